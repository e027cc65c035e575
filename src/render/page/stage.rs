//! One stage in full: its bill, its memory, its alternatives, how it was chosen.

use maud::{Markup, html};

use super::alternatives::alternatives;
use super::bars::simple;
use super::figures::{cell, plain, said, share};
use super::memory::memory;
use crate::planning::plan::{Funnel, PlannedStage};
use crate::render::plan::lines::Entry;
use crate::render::plan::stage::{RISK, entries};
use crate::render::plan::{nodes_of, place, stage_mark};
use crate::units::grouped;

/// The section of a stage; `id` is never from a spec.
pub(super) fn section(stage: &PlannedStage, id: &str) -> Markup {
    html! {
        section.stage id=(id) aria-labelledby={ (id) "-title" } {
            h3 id={ (id) "-title" } { (stage.name) " " span.kind { (stage.kind.as_str()) } }
            p.choice { strong { (nodes_of(stage)) } " in " (place(&stage.placement)) }
            (bill(stage))
            (risk(stage))
            @if let Some(fit) = &stage.fit { (memory(fit)) }
            @if !stage.notes.is_empty() {
                h4 { "Notes" }
                ul { @for note in &stage.notes { li { (said(note)) } } }
            }
            (alternatives(stage))
            (funnel(&stage.funnel))
        }
    }
}

fn bill(stage: &PlannedStage) -> Markup {
    let entries = entries(stage);
    let mut rows: Vec<Row<'_>> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.label != RISK) {
        match rows.last_mut() {
            Some(row) if entry.label.is_empty() => row.more.push(entry),
            _ => rows.push(Row {
                entry,
                more: Vec::new(),
            }),
        }
    }
    html! {
        table.bill {
            caption { "Bill of " (stage.name) ", USD per month" }
            thead { tr {
                th scope="col" { "For" }
                th scope="col" { "What, and at which rate" }
                th.num scope="col" { "USD" }
            } }
            tbody { @for row in &rows { (line(row)) } }
            tfoot { tr {
                th scope="row" colspan="2" { "Total" }
                (cell(stage.costs.total, stage_mark(stage)))
            } }
        }
    }
}

/// An entry of the bill with those that go on with it.
struct Row<'a> {
    entry: &'a Entry,
    more: Vec<&'a Entry>,
}

fn line(row: &Row<'_>) -> Markup {
    html! {
        tr {
            th scope="row" { (row.entry.label) }
            td {
                (row.entry.words)
                @for more in &row.more { " " span.more { (more.words) } }
            }
            @match row.entry.amount {
                Some(amount) => (cell(amount, row.entry.mark)),
                None => (plain("")),
            }
        }
    }
}

/// What interruptions do, where there are some.
fn risk(stage: &PlannedStage) -> Markup {
    let entries = entries(stage);
    let risks = entries.iter().filter(|entry| entry.label == RISK);
    html! {
        @for risk in risks {
            h4 { "Interruptions" }
            p { (risk.words) "." }
        }
    }
}

/// How many offerings each requirement left.
fn funnel(funnel: &Funnel) -> Markup {
    let all = funnel.offerings;
    let left = match funnel.candidates {
        1 => "1 was left".to_owned(),
        n => format!("{} were left", grouped(n.into())),
    };
    html! {
        details {
            summary { "Chosen from " (grouped(all.into())) " offerings, of which " (left) }
            table.chart {
                caption { "Offerings that were left after each requirement; the bars are logarithmic" }
                thead { tr {
                    th scope="col" { "Offerings that …" }
                    th.num scope="col" { "Left" }
                    td.bars aria-hidden="true" {}
                } }
                tbody {
                    (step("are in a catalog or an owned pool", all, all))
                    @for one in &funnel.steps { (step(&one.text, one.left, all)) }
                }
            }
        }
    }
}

fn step(text: &str, left: u64, all: u64) -> Markup {
    html! {
        tr {
            th scope="row" { (text) }
            (plain(&grouped(left.into())))
            td.bars { (simple(share(logarithm(left), logarithm(all)), "compute")) }
        }
    }
}

/// The binary logarithm of one more, in quarters, rounded down: a bar of a few pixels' steps.
fn logarithm(count: u64) -> u128 {
    let count = u128::from(count.min(u64::from(u32::MAX) - 1)) + 1;
    count.pow(4).checked_ilog2().unwrap_or(0).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_grow_by_four_for_each_doubling() {
        let of = [0, 1, 3, 7, u64::MAX].map(logarithm);
        assert_eq!(of, [0, 4, 8, 12, 127]);
    }
}
