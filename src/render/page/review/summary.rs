//! The head of a review's page: what the change costs, and what was held against what.

use maud::{Markup, html};

use crate::planning::plan::Costs;
use crate::render::page::figures::{cell, difference, plain, signed};
use crate::render::page::overview::whose;
use crate::render::page::shell::wide;
use crate::render::page::verdicts::refused;
use crate::render::plan::ESTIMATED;
use crate::render::review::words::share;
use crate::review::{Made, Review, Side, SpecReview};
use crate::units::Money;

/// What a browser calls the page.
pub(super) fn title(review: &Review) -> String {
    match &review.specs[..] {
        [one] => format!("Cost of a change of {}", one.project),
        all => format!("Cost of a change of {} specs", all.len()),
    }
}

/// What is changed, and the figures.
pub(super) fn header(review: &Review) -> Markup {
    let [before, after] = [
        |spec: &SpecReview| spec.base.costs(),
        |spec: &SpecReview| spec.head.costs(),
    ]
    .map(|of: fn(&SpecReview) -> Option<Costs>| {
        let all: Option<Vec<Costs>> = review.specs.iter().map(of).collect();
        all.map(|costs| costs.into_iter().sum::<Costs>())
    });
    let denied = review.specs.iter().filter(|spec| spec.is_denied()).count();
    html! {
        p.what { "Cost of a change" }
        h1 {
            @match &review.specs[..] {
                [one] => (one.project),
                all => { (all.len()) " specs" },
            }
        }
        @if let [one] = &review.specs[..] {
            @if let Some(plan) = one.head.plan() { (whose(&plan.project)) }
        }
        (figure(before, after))
        @if denied > 0 {
            (refused())
        }
        p.whose { "As of " time datetime=(review.valid_at) { (review.valid_at) } }
    }
}

fn figure(before: Option<Costs>, after: Option<Costs>) -> Markup {
    let (Some(before), Some(after)) = (before, after) else {
        return html! { p.figure { strong { "The difference isn't known" } } };
    };
    let difference = after.total - before.total;
    let about = if before.estimated || after.estimated {
        "about "
    } else {
        ""
    };
    html! {
        p.figure {
            (about) strong { "USD " (signed(difference)) } " per month" (share(difference, before.total))
        }
        p.whose { "USD " (before.total.cents()) " before, " (after.total.cents()) " after" }
    }
}

/// One row for each spec.
pub(super) fn specs(review: &Review, href: impl Fn(usize) -> String) -> Markup {
    let table = html! {
        table.sortable {
            caption { "What the change makes of each spec's bill, USD per month" }
            thead { tr {
                th scope="col" { "Spec" }
                th scope="col" { "Verdict" }
                th.num scope="col" { "Before" }
                th.num scope="col" { "After" }
                th.num scope="col" { "Difference" }
            } }
            tbody {
                @for (i, spec) in review.specs.iter().enumerate() {
                    tr {
                        th scope="row" { a href=(href(i)) { (spec.project) } " " span.more { (spec.spec) } }
                        td { (verdict(spec)) }
                        (known(spec.base.costs()))
                        (known(spec.head.costs()))
                        @match spec.difference {
                            Some(by) => (difference(by.total().total, estimated(by.total()))),
                            None => (plain("not known")),
                        }
                    }
                }
            }
        }
    };
    wide("All specs", &table)
}

fn verdict(spec: &SpecReview) -> Markup {
    match (spec.is_denied(), &spec.head.made) {
        (true, _) => html! { span.verdict.bad { "\u{2717} refused" } },
        (_, Made::Refused { .. }) => html! { span.verdict.bad { "\u{2717} no plan" } },
        _ => html! { span.verdict.good { "\u{2713} allowed" } },
    }
}

/// What a bill comes to, where it is known.
pub(super) fn known(costs: Option<Costs>) -> Markup {
    match costs {
        Some(costs) => cell(costs.total, estimated(costs)),
        None => plain("not known"),
    }
}

/// The mark of a bill.
pub(super) const fn estimated(costs: Costs) -> &'static str {
    if costs.estimated { ESTIMATED } else { "" }
}

/// Both sides: what they are called, what came of them, and what identifies them.
pub(super) fn sides(spec: &SpecReview) -> Markup {
    html! {
        table {
            caption { "What is compared; the bills in USD per month" }
            thead { tr {
                td {}
                th scope="col" { "Version and plan" }
                th.num scope="col" { "USD" }
            } }
            tbody {
                (side("Before", &spec.base))
                (side("After", &spec.head))
            }
            @if let Some(by) = spec.difference {
                tfoot { tr {
                    th scope="row" colspan="2" { "Difference" }
                    (difference(by.total().total, estimated(by.total())))
                } }
            }
        }
    }
}

fn side(name: &str, side: &Side) -> Markup {
    html! {
        tr {
            th scope="row" { (name) }
            td {
                (side.label)
                @if let Some(commit) = &side.commit { " " code { (commit) } }
                (made(&side.made))
            }
            @match &side.made {
                Made::Absent => (cell(Money::ZERO, "")),
                _ => (known(side.costs())),
            }
        }
    }
}

fn made(made: &Made) -> Markup {
    match made {
        Made::Planned { plan_sha256, .. } => html! { " " span.more { code { (plan_sha256) } } },
        Made::Absent => html! { " " span.more { "there is no such spec" } },
        Made::Refused { why } => html! {
            " " span.more { "no plan can be made" }
            ul { @for why in why { li { (why) } } }
        },
    }
}
