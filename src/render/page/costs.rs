//! What the bill is made of: by component, and by stage and component.

use maud::{Markup, html};

use super::bars::{Stretch, bar, simple};
use super::figures::{cell, percent, plain, share};
use super::shell::wide;
use crate::planning::plan::{Costs, Plan};
use crate::render::plan::{stage_mark, total_mark};
use crate::units::Money;

/// A part of every bill.
pub(super) struct Component {
    pub name: &'static str,
    /// How its bars are drawn.
    class: &'static str,
    /// What it is, for those who don't know the word.
    about: &'static str,
    pub of: fn(&Costs) -> Money,
}

const COMPONENTS: [Component; 5] = [
    Component {
        name: "Compute",
        class: "compute",
        about: "nodes at work",
        of: |costs| costs.compute,
    },
    Component {
        name: "Waiting",
        class: "waiting",
        about: "nodes that wait for data",
        of: |costs| costs.waiting,
    },
    Component {
        name: "Movement",
        class: "movement",
        about: "bringing data to the stages",
        of: |costs| costs.movement,
    },
    Component {
        name: "Storage",
        class: "storage",
        about: "keeping what stages make",
        of: |costs| costs.storage,
    },
    Component {
        name: "Covered",
        class: "covered",
        about: "taken off, as commitments pay for it",
        of: |costs| -costs.covered,
    },
];

/// The components that cost something in one of some bills.
pub(super) fn components(bills: &[Costs]) -> impl Iterator<Item = &'static Component> {
    COMPONENTS.iter().filter(|component| {
        let mut bills = bills.iter();
        bills.any(|bill| (component.of)(bill) != Money::ZERO)
    })
}

/// Both tables with their bars.
pub(super) fn costs(plan: &Plan) -> Markup {
    html! {
        (by_component(plan))
        (by_stage(plan))
    }
}

fn by_component(plan: &Plan) -> Markup {
    let most = components(&[plan.costs])
        .map(|c| size((c.of)(&plan.costs)))
        .max();
    let most = most.unwrap_or(0);
    html! {
        table.chart {
            caption { "By component, USD per month" }
            thead { tr {
                th scope="col" { "Component" }
                th.num scope="col" { "USD" }
                th.num scope="col" { "Share" }
                td.bars aria-hidden="true" {}
            } }
            tbody {
                @for component in components(&[plan.costs]) {
                    @let amount = (component.of)(&plan.costs);
                    tr {
                        th scope="row" { (component.name) " " span.more { (component.about) } }
                        (cell(amount, ""))
                        (plain(&percent(amount, plan.costs.total)))
                        td.bars { (simple(share(size(amount), most), component.class)) }
                    }
                }
            }
            tfoot { tr {
                th scope="row" { "Total" }
                (cell(plan.costs.total, total_mark(plan)))
                (plain(""))
                td.bars {}
            } }
        }
    }
}

fn by_stage(plan: &Plan) -> Markup {
    let shown: Vec<&Component> = components(&[plan.costs]).collect();
    let most = plan.stages.iter().map(|s| size(s.costs.total)).max();
    let most = most.unwrap_or(0);
    let table = html! {
        table.chart.sortable {
            caption { "By stage, USD per month" }
            thead { tr {
                th scope="col" { "Stage" }
                @for component in &shown {
                    th.num scope="col" { span class={ "key " (component.class) } {} (component.name) }
                }
                th.num scope="col" { "Total" }
                td.bars aria-hidden="true" {}
            } }
            tbody {
                @for stage in &plan.stages {
                    tr {
                        th scope="row" { (stage.name) }
                        @for component in &shown { (cell((component.of)(&stage.costs), "")) }
                        (cell(stage.costs.total, stage_mark(stage)))
                        td.bars { (bar(&stacked(&stage.costs, most), None)) }
                    }
                }
            }
            tfoot { tr {
                th scope="row" { "Total" }
                @for component in &shown { (cell((component.of)(&plan.costs), "")) }
                (cell(plan.costs.total, total_mark(plan)))
                td.bars {}
            } }
        }
    };
    wide("Costs by stage", &table)
}

/// The parts of a bill side by side. What commitments cover is taken off compute first.
fn stacked(costs: &Costs, most: u128) -> Vec<Stretch> {
    let net = Costs {
        compute: costs.compute - costs.covered,
        covered: Money::ZERO,
        ..*costs
    };
    let mut from = 0;
    let net = [net];
    let parts = components(&net).map(|component| {
        let length = share(size((component.of)(&net[0])), most).min(10_000 - from);
        from += length;
        Stretch {
            from: from - length,
            length,
            class: component.class,
        }
    });
    parts.collect()
}

fn size(amount: Money) -> u128 {
    amount.micro_usd().unsigned_abs()
}
