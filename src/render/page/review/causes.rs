//! The difference of a spec's bill by cause and component.

use maud::{Markup, html};

use super::summary::estimated;
use crate::planning::plan::Costs;
use crate::render::page::costs::components;
use crate::render::page::figures::difference;
use crate::render::page::shell::wide;
use crate::review::SpecReview;

/// One row for each cause; nothing where a side isn't known.
pub(super) fn by_cause(spec: &SpecReview) -> Markup {
    let Some(by) = spec.difference else {
        return html! {};
    };
    let causes = [
        ("Spec", "the spec says something else", by.spec),
        ("Prices", "the same offering has another price", by.prices),
        (
            "Choice",
            "something else is chosen, as something else changed",
            by.choice,
        ),
    ];
    let shown: Vec<_> = components(&[by.spec, by.prices, by.choice]).collect();
    let cells = |costs: Costs| {
        html! {
            @for component in &shown { (difference((component.of)(&costs), "")) }
            (difference(costs.total, estimated(costs)))
        }
    };
    let table = html! {
        table {
            caption { "The difference by cause and component, USD per month" }
            thead { tr {
                th scope="col" { "Cause" }
                @for component in &shown { th.num scope="col" { (component.name) } }
                th.num scope="col" { "Total" }
            } }
            tbody {
                @for (name, about, costs) in causes {
                    tr {
                        th scope="row" { (name) " " span.more { (about) } }
                        (cells(costs))
                    }
                }
            }
            tfoot { tr { th scope="row" { "Together" } (cells(by.total())) } }
        }
    };
    html! {
        h3 { "By cause" }
        (wide("The difference by cause", &table))
    }
}
