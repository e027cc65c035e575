//! What changed: in the spec, in the catalogs, and what is paid once for it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::planning::plan::RateCited;
use crate::render::markdown::{code, shown};
use crate::render::review::words;
use crate::review::{CatalogChange, OneOffCost, Reason, SpecChange, SpecReview};
use crate::units::Money;

/// Columns of a value; what is longer is cut.
const VALUE: usize = 80;

/// One line for each change of the spec.
pub(super) fn spec_changes(review: &SpecReview) -> Vec<String> {
    review.spec_changes.iter().map(spec_change).collect()
}

fn spec_change(change: &SpecChange) -> String {
    let mut what = code(&change.address, 60);
    if !change.path.is_empty() {
        what.push_str(&format!(" {}", shown(&words::written(&change.path), 60)));
    }
    match (&change.before, &change.after) {
        (None, None) => what,
        (None, Some(_)) if change.path.is_empty() => format!("{what} is new"),
        (Some(_), None) if change.path.is_empty() => format!("{what} is gone"),
        (None, Some(after)) => format!("{what}: {}, was not set", value(after)),
        (Some(before), None) => format!("{what}: not set any more, was {}", value(before)),
        (Some(before), Some(after)) => format!("{what}: {} → {}", value(before), value(after)),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::String(text) => code(text, VALUE),
        other => code(&other.to_string(), VALUE),
    }
}

/// One line for each catalog and each rate that isn't the same on both sides.
pub(super) fn prices(review: &SpecReview) -> Vec<String> {
    let mut rates: BTreeMap<&str, (&RateCited, &RateCited)> = BTreeMap::new();
    for reason in review.stages.iter().flat_map(|stage| &stage.reasons) {
        if let Reason::Rate {
            what,
            before,
            after,
        } = reason
        {
            rates.insert(what, (before, after));
        }
    }
    let rates = rates
        .into_iter()
        .map(|(what, (before, after))| rate(what, before, after));
    let catalogs = review.catalog_changes.iter().map(catalog);
    rates.chain(catalogs).collect()
}

fn rate(what: &str, before: &RateCited, after: &RateCited) -> String {
    format!(
        "{}: USD {} ({}) → {} ({})",
        shown(what, 80),
        before.usd,
        shown(&before.source, 40),
        after.usd,
        shown(&after.source, 40)
    )
}

fn catalog(change: &CatalogChange) -> String {
    let name = shown(&change.name, 40);
    match (change.before, change.after) {
        (None, None) => format!("catalog {name}"),
        (None, Some(after)) => format!("catalog {name} of {after} is new"),
        (Some(before), None) => format!("catalog {name} of {before} is gone"),
        (Some(before), Some(after)) if before == after => {
            format!("catalog {name} of {after} has other figures")
        }
        (Some(before), Some(after)) => format!("catalog {name}: {before} → {after}"),
    }
}

/// One line for each thing that is paid once.
pub(super) fn one_off(review: &SpecReview) -> Vec<String> {
    let lines = review.one_off.iter().map(words::one_off);
    lines.map(|line| shown(&line, 240)).collect()
}

/// The sum of what is known to be paid once.
pub(super) fn one_off_sum(review: &SpecReview) -> Money {
    let known = review.one_off.iter().filter_map(|one| match one.cost {
        OneOffCost::About { usd } => Some(usd),
        OneOffCost::Unknown { .. } => None,
    });
    known.sum()
}
