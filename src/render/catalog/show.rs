//! Offerings that were searched for, as a table and as JSON.

use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use super::json;
use crate::catalog::search::{Found, Offering};
use crate::catalog::{Basis, Catalog, InterruptionBucket, Price, Quote, SourceIndex};
use crate::model::CapacityType;
use crate::units::{Date, Millionths, Rate};

/// The table of `catalog show`, at most `width` columns wide unless that is too few for numbers.
///
/// The column `interrupted` is there when a catalog says it of one of the offerings shown.
///
/// ```text
/// instance type  GPUs  where     capacity   interrupted   USD/h
/// g5.2xlarge        1  euw1-az1  spot       5-10 %       0.8206
/// ```
#[must_use]
pub fn show_table(catalog: &Catalog, found: &Found, limit: usize, width: usize) -> String {
    let shown = &found.offerings[..limit.min(found.offerings.len())];
    let interrupted = shown.iter().any(|o| interruption(catalog, *o).is_some());
    let mut lines = vec![header(interrupted)];
    lines.extend(shown.iter().map(|o| cells(catalog, *o, interrupted)));
    let mut out = aligned(&lines, width);
    let total = found.offerings.len();
    _ = writeln!(out, "{} of {total} offerings shown.", shown.len());
    if found.unpriced > 0 {
        let n = found.unpriced;
        _ = writeln!(
            out,
            "{n} more have no known rate to compare with the highest."
        );
    }
    if interrupted {
        out.push_str("interrupted: share of spot machines in a month; AWS alone says it.\n");
    }
    out.push_str("~ derived from a listed rate, ≈ estimated; see --json for sources and dates.\n");
    out
}

/// A line of the table: a name, a count, and whatever else up to the rate.
type Cells = Vec<String>;

fn header(interrupted: bool) -> Cells {
    let mut cells = vec!["instance type", "GPUs", "where", "capacity"];
    cells.extend(interrupted.then_some("interrupted"));
    cells.push("USD/h");
    cells.into_iter().map(str::to_owned).collect()
}

fn cells(catalog: &Catalog, offering: Offering, interrupted: bool) -> Cells {
    let instance_type = catalog.instance_type(offering.instance_type);
    let place = catalog.place(offering.place);
    let region = &catalog.region(place.region).name;
    let gpus = instance_type.gpu.map(|g| thousandths(g.milli));
    let mut cells = vec![
        instance_type.name.clone(),
        gpus.unwrap_or_else(|| "-".to_owned()),
        place.zone.as_ref().unwrap_or(region).clone(),
        offering.capacity.to_string(),
    ];
    if interrupted {
        let share = interruption(catalog, offering).map(|(bucket, _)| bucket.as_str());
        cells.push(share.map_or_else(|| "-".to_owned(), |share| format!("{share} %")));
    }
    cells.push(rate_cell(offering.price));
    cells
}

/// Puts cells below each other: counts and rates to the right, words to the left.
fn aligned(lines: &[Cells], width: usize) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let widest = |column: usize| lines.iter().map(|cells| cells[column].width()).max();
    let mut widths: Vec<usize> = (0..columns).map(|c| widest(c).unwrap_or(0)).collect();
    // Names give way first: numbers can't be cut.
    let others = widths[1..].iter().sum::<usize>() + 2 * (columns - 1);
    widths[0] = widths[0].min(width.saturating_sub(others).max(12));
    let mut out = String::new();
    for cells in lines {
        for (column, (cell, &width)) in cells.iter().zip(&widths).enumerate() {
            let cell = shorten(cell, width);
            let gap = if column == 0 { "" } else { "  " };
            _ = if column == 1 || column == columns - 1 {
                write!(out, "{gap}{cell:>width$}")
            } else {
                write!(out, "{gap}{cell:<width$}")
            };
        }
        out.push('\n');
    }
    out
}

/// How often an offering is interrupted: only spot is, and not every provider says how often.
fn interruption(
    catalog: &Catalog,
    offering: Offering,
) -> Option<(InterruptionBucket, SourceIndex)> {
    let region = catalog.place(offering.place).region;
    match offering.capacity {
        CapacityType::Spot => catalog.interruption(offering.instance_type, region),
        CapacityType::OnDemand | CapacityType::Reserved => None,
    }
}

/// Thousandths as a decimal: `8`, `0.167`.
fn thousandths(milli: u32) -> String {
    Rate::from_pico_usd(u64::from(milli) * 1_000_000_000).to_string()
}

/// A rate to four decimals with the mark of its basis.
fn rate_cell(price: Price) -> String {
    const TEN_THOUSANDTH: u64 = 100_000_000;
    match price {
        Price::Unknown { .. } => "unknown".to_owned(),
        Price::Known(Quote { rate, basis, .. }) => {
            let mark = match basis {
                Basis::Listed => "",
                Basis::Derived => "~",
                Basis::Estimated => "≈",
            };
            let rounded = rate.checked_ratio(1, TEN_THOUSANDTH);
            let rounded = rounded.and_then(|r| r.checked_ratio(TEN_THOUSANDTH, 1));
            format!("{mark}{}", rounded.unwrap_or(rate))
        }
    }
}

fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept + "…"
}

/// The offerings as JSON, with exact rates, their basis, source and day.
#[must_use]
pub fn show_json(catalog: &Catalog, found: &Found, limit: usize) -> String {
    #[derive(Serialize)]
    struct Json<'a> {
        format_version: &'static str,
        total: usize,
        unpriced: usize,
        offerings: Vec<OfferingJson<'a>>,
    }
    let offerings = found.offerings.iter().take(limit);
    json(&Json {
        format_version: "1.0",
        total: found.offerings.len(),
        unpriced: found.unpriced,
        offerings: offerings.map(|o| OfferingJson::new(catalog, *o)).collect(),
    })
}

/// One offering as programs see it. A rate that isn't known is `null` and has a reason.
#[derive(Serialize)]
struct OfferingJson<'a> {
    provider: &'static str,
    region: &'a str,
    zone: Option<&'a str>,
    instance_type: &'a str,
    vcpus: String,
    memory_mib: Option<u32>,
    arch: Option<&'static str>,
    gpu: Option<&'a str>,
    gpus: Option<String>,
    capacity: String,
    usd_per_hour: Option<Rate>,
    unknown: Option<&'static str>,
    basis: Option<&'static str>,
    source: Option<&'a str>,
    as_of: Option<Date>,
    interruption: Option<InterruptionJson<'a>>,
}

/// The share of spot machines that was interrupted in a month; without `to` there is no upper end.
#[derive(Serialize)]
struct InterruptionJson<'a> {
    month_share_from: Millionths,
    month_share_to: Option<Millionths>,
    source: &'a str,
    as_of: Date,
}

impl<'a> InterruptionJson<'a> {
    fn new(catalog: &'a Catalog, bucket: InterruptionBucket, source: SourceIndex) -> Self {
        let (month_share_from, month_share_to) = bucket.share_of_month();
        let source = catalog.source(source);
        Self {
            month_share_from,
            month_share_to,
            source: &source.title,
            as_of: source.as_of,
        }
    }
}

impl<'a> OfferingJson<'a> {
    fn new(catalog: &'a Catalog, offering: Offering) -> Self {
        let instance_type = catalog.instance_type(offering.instance_type);
        let place = catalog.place(offering.place);
        let quote = offering.price.quote();
        let source = quote.map(|q| catalog.source(q.source));
        Self {
            provider: instance_type.provider.as_str(),
            region: &catalog.region(place.region).name,
            zone: place.zone.as_deref(),
            instance_type: &instance_type.name,
            vcpus: thousandths(instance_type.vcpus_milli),
            memory_mib: instance_type.memory_mib,
            arch: instance_type.arch.map(|a| a.as_str()),
            gpu: instance_type.gpu.map(|g| catalog.gpu(g.gpu).name.as_str()),
            gpus: instance_type.gpu.map(|g| thousandths(g.milli)),
            capacity: offering.capacity.to_string(),
            usd_per_hour: quote.map(|q| q.rate),
            unknown: match offering.price {
                Price::Unknown { reason } => Some(reason.as_str()),
                Price::Known(_) => None,
            },
            basis: quote.map(|q| q.basis.as_str()),
            source: source.map(|s| s.title.as_str()),
            as_of: source.map(|s| s.as_of),
            interruption: interruption(catalog, offering)
                .map(|(bucket, source)| InterruptionJson::new(catalog, bucket, source)),
        }
    }
}
