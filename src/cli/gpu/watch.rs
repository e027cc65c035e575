//! `mlinfra gpu list --watch`: how busy the cards are over time.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use mlinfra_provider_nvml::{Library, Sample, Usage};

use super::Io;
use super::interrupt::Interrupt;
use crate::render::gpu::{sample_line, usage_json, usage_text};
use crate::render::text;

/// What is watched, how often and for how long.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct WatchArgs {
    /// Look at utilisation, memory and power again and again, and sum them up at the end
    #[arg(long, conflicts_with = "labels")]
    pub watch: bool,
    /// Time between two looks
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = duration)]
    #[arg(requires = "watch")]
    every: Duration,
    /// Time after which to stop; without it, Ctrl-C does
    #[arg(long = "for", value_name = "TIME", value_parser = duration, requires = "watch")]
    total: Option<Duration>,
}

/// At least a hundredth of a second: NVML's own figures change no faster.
fn duration(text: &str) -> Result<Duration, String> {
    let parsed = crate::units::Duration::parse(text).map_err(|error| error.to_string())?;
    let parsed = Duration::from_millis(parsed.millis());
    if parsed < Duration::from_millis(10) {
        return Err("needs at least 10ms".to_owned());
    }
    Ok(parsed)
}

/// Samples that are kept; beyond that, watching ends. A week of seconds for eight cards.
const SAMPLES: usize = 7 * 24 * 3600 * 8;

/// Watches until the time is over or someone interrupts, and prints the summary.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where time comes from"
)]
pub(super) fn run(args: &WatchArgs, json: bool, library: &Library, io: &mut Io) {
    let interrupt = Interrupt::listen();
    let start = Instant::now();
    let mut samples: Vec<Sample> = Vec::new();
    let mut next = start;
    while samples.len() < SAMPLES {
        let taken = library.sample();
        if !json {
            // A column less than there are, or the terminal would break the line.
            let width = io.is_terminal.then(|| io.width.saturating_sub(1));
            let line = sample_line((next - start).as_secs(), &taken, width);
            show(&line, width, io);
        }
        samples.extend(taken);
        next += args.every;
        let over = args.total.is_some_and(|total| next - start >= total);
        if over || interrupt.wait_until(next) {
            break;
        }
    }
    let cards: BTreeSet<u32> = samples.iter().map(|sample| sample.index).collect();
    let usages: Vec<Usage> = cards
        .into_iter()
        .map(|index| Usage::of(index, &samples))
        .collect();
    let text = if json {
        usage_json(&usages)
    } else {
        let after = if io.is_terminal { "\n\n" } else { "\n" };
        format!("{after}{}", usage_text(&usages, io.width, &io.palette))
    };
    io.print(&text);
}

/// One line, which on a terminal takes the place of the one before: spaces hide what was there.
fn show(line: &str, width: Option<usize>, io: &mut Io) {
    match width {
        Some(width) => {
            let line = text::cut(line, width);
            let rest = width.saturating_sub(text::width(&line));
            io.print(&format!("\r{line}{:rest$}", ""));
        }
        None => io.print(&format!("{line}\n")),
    }
    io.flush();
}
