//! How busy the cards were over time.
//!
//! ```text
//! GPU   Mean  p95   Idle           Peak memory  Power  Samples
//!   0  0.4 %  4 %  100 %  1.2 GiB of 24.0 GiB   31 W       60
//! ```

use mlinfra_provider_nvml::{
    Finding, IDLE_PERCENT, IDLE_SHARE, OVERSIZED_MEMORY, OVERSIZED_UTILISATION, Sample, Usage, size,
};
use serde_json::json;

use super::json::FORMAT_VERSION;
use super::{or_dash, ranges, watts};
use crate::render::style::{Palette, paint};
use crate::render::table::{Column, Table};
use crate::render::text;

/// The cards at one moment, in one line; the time is in whole seconds since the first. Where that
/// isn't wide enough for all cards, it tells only how busy they are.
#[must_use]
pub fn sample_line(seconds: u64, samples: &[Sample], width: Option<usize>) -> String {
    let busy = |sample: &Sample| or_dash(&sample.utilisation, |busy| format!("{} %", busy.gpu));
    let cards = samples.iter().map(|sample| {
        let memory = or_dash(&sample.memory, |memory| size(memory.used));
        let power = or_dash(&sample.milliwatts, |draw| watts(*draw));
        format!("gpu {}: {} {memory} {power} W", sample.index, busy(sample))
    });
    let line = format!("{seconds} s  {}", cards.collect::<Vec<_>>().join(" | "));
    if width.is_none_or(|width| text::width(&line) <= width) {
        return line;
    }
    let cards = samples
        .iter()
        .map(|sample| format!("{}: {}", sample.index, busy(sample)));
    format!("{seconds} s  {}", cards.collect::<Vec<_>>().join("  "))
}

/// The summary, and what stands out with the figures that make it so.
#[must_use]
pub fn usage_text(usages: &[Usage], width: usize, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::right("GPU"),
        Column::right("Mean"),
        Column::right("p95"),
        Column::right("Idle"),
        Column::right("Peak memory"),
        Column::right("Power"),
        Column::right("Samples"),
    ]);
    for usage in usages {
        let percent = |value: Option<u32>| value.map(|value| format!("{value} %"));
        let mean = usage
            .mean_permille
            .map(|mean| format!("{}.{} %", mean / 10, mean % 10));
        let cells = [
            Some(usage.index.to_string()),
            mean,
            percent(usage.p95_percent),
            percent(usage.idle_percent),
            peak(usage),
            usage
                .mean_milliwatts
                .map(|power| format!("{} W", watts(power))),
            Some(usage.samples.to_string()),
        ];
        table.row(cells.map(|cell| cell.unwrap_or_else(|| "-".to_owned())));
    }
    let mut out = table.render(width, palette);
    let mut findings: Vec<(String, Vec<u32>)> = Vec::new();
    for usage in usages {
        let Some(finding) = finding(usage) else {
            continue;
        };
        match findings.iter_mut().find(|(known, _)| *known == finding) {
            Some((_, gpus)) => gpus.push(usage.index),
            None => findings.push((finding, vec![usage.index])),
        }
    }
    for (finding, gpus) in findings {
        let line = text::wrap(&format!("GPU {}: {finding}", ranges(&gpus)), width);
        out.push_str(&format!("\n{}\n", paint(palette.warning, &line)));
    }
    out
}

fn peak(usage: &Usage) -> Option<String> {
    let peak = usage.peak_memory?;
    let all = usage.memory.map(|all| format!(" of {}", size(all)));
    Some(format!("{}{}", size(peak), all.unwrap_or_default()))
}

fn finding(usage: &Usage) -> Option<String> {
    Some(match usage.finding()? {
        Finding::Idle => format!(
            "idle. In {} % of the samples it was used less than {IDLE_PERCENT} % (idle from \
             {IDLE_SHARE} % on).",
            usage.idle_percent?
        ),
        Finding::Oversized => format!(
            "larger than needed. 95 of 100 samples use at most {} % of its time, and it never had \
             more than {} in use (larger than needed up to {OVERSIZED_UTILISATION} % of time and \
             {OVERSIZED_MEMORY} % of memory).",
            usage.p95_percent?,
            peak(usage)?,
        ),
    })
}

/// The summary as JSON, format 1.0.
#[must_use]
pub fn usage_json(usages: &[Usage]) -> String {
    let gpus = usages.iter().map(|usage| {
        json!({
            "index": usage.index,
            "samples": usage.samples,
            "utilisation_mean_permille": usage.mean_permille,
            "utilisation_p95_percent": usage.p95_percent,
            "idle_share_percent": usage.idle_percent,
            "memory_peak_bytes": usage.peak_memory,
            "memory_total_bytes": usage.memory,
            "power_mean_milliwatts": usage.mean_milliwatts,
            "finding": usage.finding().map(|finding| match finding {
                Finding::Idle => "idle",
                Finding::Oversized => "oversized",
            }),
        })
    });
    let document = json!({
        "format_version": FORMAT_VERSION,
        "thresholds": {
            "idle_below_percent": IDLE_PERCENT,
            "idle_share_percent": IDLE_SHARE,
            "oversized_utilisation_percent": OVERSIZED_UTILISATION,
            "oversized_memory_percent": OVERSIZED_MEMORY,
        },
        "gpus": gpus.collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}
