//! Cells of tables ⇄ values.

use crate::catalog::{
    Arch, Basis, CpuVendor, CpuVendors, Price, Quote, SourceIndex, UnknownReason,
};
use crate::units::Rate;

/// What stands for a fact that isn't known.
pub(crate) const UNKNOWN: &str = "unknown";
/// What stands for "there is none", as for the GPU of a machine without one.
pub(crate) const NONE: &str = "-";

/// The cell of a known rate: rate, basis mark, id of its source.
#[must_use]
pub fn price_cell(rate: Rate, basis: Basis, source: &str) -> String {
    marked_cell(rate, basis, source)
}

/// The cell of another figure than a rate, with the same mark.
#[must_use]
pub fn marked_cell(figure: impl std::fmt::Display, basis: Basis, source: &str) -> String {
    format!("{figure}{}{source}", basis.mark())
}

/// The cell of a rate that isn't known.
#[must_use]
pub fn unknown_cell(reason: UnknownReason) -> String {
    format!("{UNKNOWN}:{reason}")
}

/// Reads the cell of a rate; `source` finds the place of a source's id.
pub(super) fn parse_price(
    cell: &str,
    source: impl Fn(&str) -> Option<SourceIndex>,
) -> Result<Price, String> {
    if let Some(name) = cell.strip_prefix("unknown:") {
        let reason = UnknownReason::from_name(name)
            .ok_or_else(|| format!("`{name}` is no reason for an unknown rate"))?;
        return Ok(Price::Unknown { reason });
    }
    let (rate, basis, source) = parse_marked(cell, source)?;
    let rate = Rate::parse(rate).map_err(|e| e.to_string())?;
    Ok(Price::Known(Quote {
        rate,
        source,
        basis,
    }))
}

/// Splits a marked figure into its text, its basis and its source.
pub(super) fn parse_marked(
    cell: &str,
    source: impl Fn(&str) -> Option<SourceIndex>,
) -> Result<(&str, Basis, SourceIndex), String> {
    let marks = cell.char_indices();
    let mut marks = marks.filter_map(|(at, c)| Some((at, c, Basis::from_mark(c)?)));
    let Some((at, mark, basis)) = marks.next() else {
        return Err(format!("`{cell}` has no mark `@`, `~` or `?`"));
    };
    let id = &cell[at + mark.len_utf8()..];
    let source = source(id).ok_or_else(|| format!("no source of the manifest has id `{id}`"))?;
    Ok((&cell[..at], basis, source))
}

/// Reads a whole number, `unknown` or `-`.
pub(super) fn parse_fact(cell: &str) -> Result<Option<u32>, String> {
    if cell == UNKNOWN || cell == NONE {
        return Ok(None);
    }
    let number = cell.parse();
    number
        .map(Some)
        .map_err(|_| format!("`{cell}` isn't a whole number"))
}

/// Writes thousandths as a decimal.
pub(crate) fn print_thousandths(value: u64) -> String {
    Rate::from_pico_usd(value.saturating_mul(1_000_000_000)).to_string()
}

/// Reads a decimal into thousandths.
pub(crate) fn parse_thousandths(cell: &str) -> Result<u64, String> {
    let pico = Rate::parse(cell).map_err(|e| e.to_string())?.pico_usd();
    if pico.is_multiple_of(1_000_000_000) {
        Ok(pico / 1_000_000_000)
    } else {
        Err(format!("`{cell}` has more than three decimals"))
    }
}

/// Reads an instruction set or `unknown`.
pub(super) fn parse_arch(cell: &str) -> Result<Option<Arch>, String> {
    if cell == UNKNOWN {
        return Ok(None);
    }
    Arch::from_name(cell)
        .map(Some)
        .ok_or_else(|| format!("`{cell}` is no known instruction set"))
}

/// Reads vendors joined by `|`, or `unknown`.
pub(super) fn parse_vendors(cell: &str) -> Result<CpuVendors, String> {
    if cell == UNKNOWN {
        return Ok(CpuVendors::default());
    }
    cell.split('|')
        .try_fold(CpuVendors::default(), |all, name| {
            CpuVendor::from_name(name)
                .map(|v| all.with(v))
                .ok_or_else(|| format!("`{name}` is no known CPU vendor"))
        })
}
