//! What a change changes beside bills: the spec, the catalogs, and what is paid once.

use maud::{Markup, html};
use serde_json::Value;

use crate::render::page::figures::{cell, plain};
use crate::render::page::shell::wide;
use crate::render::review::words::written;
use crate::review::{CatalogChange, OneOff, OneOffCost, OneOffKind, SpecChange};
use crate::units::Date;

/// Letters of a value that are shown at once; longer ones unfold.
const SHOWN: usize = 120;

/// What changed in the spec.
pub(super) fn spec_changes(changes: &[SpecChange]) -> Markup {
    let table = html! {
        table {
            caption { "What changed in the spec" }
            thead { tr {
                th scope="col" { "Block" }
                th scope="col" { "Argument" }
                th scope="col" { "Before" }
                th scope="col" { "After" }
            } }
            tbody {
                @for change in changes {
                    tr {
                        th scope="row" { code { (change.address) } }
                        td { @if change.path.is_empty() { "the whole block" } @else { code { (written(&change.path)) } } }
                        td { (value(change.before.as_ref())) }
                        td { (value(change.after.as_ref())) }
                    }
                }
            }
        }
    };
    html! {
        h3 { "Changes of the spec" }
        @if changes.is_empty() {
            p { "The spec says what it said." }
        } @else {
            (wide("Changes of the spec", &table))
        }
    }
}

fn value(value: Option<&Value>) -> Markup {
    let text = match value {
        None => return html! { span.more { "not there" } },
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let letters = text.chars().count();
    html! {
        @if letters > SHOWN {
            details { summary { (letters) " characters" } code { (text) } }
        } @else {
            code { (text) }
        }
    }
}

/// Catalogs that aren't the same on both sides; nothing when all are.
pub(super) fn catalog_changes(changes: &[CatalogChange]) -> Markup {
    let day = |day: Option<Date>| day.map_or("not there".to_owned(), |day| day.to_string());
    html! {
        @if !changes.is_empty() {
            h3 { "Changes of catalogs" }
            table {
                caption { "Catalogs that changed, with the day of their figures" }
                thead { tr {
                    th scope="col" { "Catalog" }
                    th scope="col" { "Before" }
                    th scope="col" { "After" }
                } }
                tbody {
                    @for change in changes {
                        tr {
                            th scope="row" { (change.name) }
                            td { (day(change.before)) }
                            td { (day(change.after)) }
                        }
                    }
                }
            }
        }
    }
}

/// What the change costs once; nothing when that is nothing.
pub(super) fn one_off(paid: &[OneOff]) -> Markup {
    html! {
        @if !paid.is_empty() {
            h3 { "Paid once" }
            table {
                caption { "What it costs once to get from one to the other, about" }
                thead { tr {
                    th scope="col" { "Stage" }
                    th scope="col" { "For" }
                    th.num scope="col" { "USD" }
                } }
                tbody {
                    @for one in paid {
                        tr {
                            th scope="row" { (one.stage) }
                            td {
                                (paid_for(&one.kind))
                                @if let OneOffCost::Unknown { why } = &one.cost { " " span.more { (why) } }
                            }
                            @match &one.cost {
                                OneOffCost::About { usd } => (cell(*usd, crate::render::plan::ESTIMATED)),
                                OneOffCost::Unknown { .. } => (plain("not known")),
                            }
                        }
                    }
                }
            }
        }
    }
}

fn paid_for(kind: &OneOffKind) -> String {
    match kind {
        OneOffKind::MoveData {
            output,
            from,
            to,
            amount,
        } => format!("bringing {output} ({amount}) from {from} to {to}"),
        OneOffKind::Overlap { nodes: 1 } => "a new node that starts before the old ones end".into(),
        OneOffKind::Overlap { nodes } => {
            format!("{nodes} new nodes that start before the old ones end")
        }
    }
}
