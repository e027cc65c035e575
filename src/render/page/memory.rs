//! Whether a stage's model fits its GPU: each component's memory against the card's room.

use maud::{Markup, html};

use super::bars::{Stretch, bar};
use super::figures::{plain, said, share};
use crate::fit::{Component, Verdict};
use crate::planning::plan::PlannedFit;
use crate::render::plan::fit;
use crate::units::Bytes;

/// The memory of a stage on each GPU.
pub(super) fn memory(planned: &PlannedFit) -> Markup {
    let verdict = match planned.verdict {
        Verdict::Fits => ("good", "\u{2713} fits"),
        Verdict::Tight => ("warn", "! tight"),
        Verdict::DoesNotFit => ("bad", "\u{2717} doesn't fit"),
    };
    // What isn't counted could take all the room that is left.
    let room = fit::room(planned).filter(|_| planned.estimate.not_counted.is_empty());
    html! {
        h4 { "Memory of each " (planned.gpu) }
        ul.plain {
            @for (i, sentence) in fit::sentences(planned).into_iter().chain(room).enumerate() {
                li {
                    @if i == 0 { span class={ "verdict " (verdict.0) } { (verdict.1) } ": " }
                    (said(&sentence))
                }
            }
        }
        (components(planned))
    }
}

/// One row for each component, whose bar begins where the one before ends.
fn components(planned: &PlannedFit) -> Markup {
    let room = planned.usable_bytes;
    let whole = u128::from(room.max(planned.needed_bytes));
    let limit = share(planned.limit_bytes.into(), whole);
    let mut before = 0_u64;
    let rows = planned.estimate.components.iter().map(|component| {
        let from = share(before.into(), whole);
        before = before.saturating_add(component.bytes);
        let length = share(before.into(), whole).saturating_sub(from);
        let class = "compute";
        let stretch = Stretch {
            from,
            length,
            class,
        };
        row(component, &bar(&[stretch], Some(limit)))
    });
    html! {
        table.chart {
            caption {
                "Memory in GiB, component by component; the bars are as wide as what a program can have, and \
                 the line is how much of that an estimate may come to"
            }
            thead { tr {
                th scope="col" { "Component" }
                th.num scope="col" { "GiB" }
                td.bars aria-hidden="true" {}
            } }
            tbody { @for row in rows { (row) } }
            tfoot {
                (sum("Needed", planned.needed_bytes))
                (sum("An estimate may come to", planned.limit_bytes))
                (sum("A program can have", room))
            }
        }
    }
}

fn row(component: &Component, bar: &Markup) -> Markup {
    html! {
        tr {
            th scope="row" {
                (component.term.as_str()) " "
                @if !component.formula.is_empty() { span.more { (component.formula) } }
            }
            (plain(&Bytes::new(component.bytes).gib_number()))
            td.bars { (bar) }
        }
    }
}

fn sum(name: &str, bytes: u64) -> Markup {
    html! {
        tr {
            th scope="row" { (name) }
            (plain(&Bytes::new(bytes).gib_number()))
            td.bars {}
        }
    }
}
