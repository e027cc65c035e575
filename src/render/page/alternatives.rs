//! What may be taken where an offering is out of stock, as a table to sort.

use maud::{Markup, html};

use super::figures::{difference, marked};
use super::shell::wide;
use crate::planning::plan::{Fallback, PlannedStage};
use crate::render::plan::{cited, mark, place, runs_on};

/// The alternatives of a stage, best first; nothing when there are none.
pub(super) fn alternatives(stage: &PlannedStage) -> Markup {
    if stage.fallbacks.is_empty() {
        return html! {};
    }
    let caption = format!(
        "What apply takes instead where {} is out of stock, best first",
        runs_on(&stage.placement)
    );
    let table = html! {
        table.sortable {
            caption { (caption) }
            thead { tr {
                th scope="col" { "Runs on" }
                th scope="col" { "Where" }
                th.num scope="col" { "USD per node-hour" }
                th.num scope="col" { "Added per month" }
            } }
            tbody { @for fallback in &stage.fallbacks { (row(fallback)) } }
        }
    };
    html! {
        h4 { "Alternatives" }
        (wide(&format!("Alternatives of {}", stage.name), &table))
    }
}

fn row(fallback: &Fallback) -> Markup {
    let rate = &fallback.rate;
    html! {
        tr {
            td { (runs_on(&fallback.placement)) }
            td { (place(&fallback.placement)) }
            td.num data-key=(rate.usd.pico_usd()) {
                (marked(&rate.usd.to_string(), mark(rate.basis)))
                " " span.more { (cited(rate)) }
            }
            (difference(fallback.added, ""))
        }
    }
}
