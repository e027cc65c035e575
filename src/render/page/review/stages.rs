//! What a change makes of each stage: before, after, and why.

use maud::{Markup, html};

use super::is_shown;
use super::summary::{estimated, known};
use crate::planning::plan::{PlannedStage, RateCited};
use crate::render::page::figures::{difference, plain, signed};
use crate::render::page::graph::{Graph, Kind};
use crate::render::page::shell::wide;
use crate::render::plan::{cited, nodes_of, place};
use crate::review::{Reason, Side, SpecReview, StageReview, StageStatus};

/// One row for each stage; `id` names the sections of those after the change.
pub(super) fn stages(spec: &SpecReview, id: &impl Fn(usize) -> String) -> Markup {
    let table = html! {
        table.sortable {
            caption { "What the change makes of each stage, USD per month" }
            thead { tr {
                th scope="col" { "Stage" }
                th.num scope="col" { "Difference" }
                th.num scope="col" { "Before" }
                th.num scope="col" { "After" }
                th scope="col" { "Runs on" }
                th scope="col" { "Why" }
            } }
            tbody { @for stage in &spec.stages { (row(spec, stage, id)) } }
        }
    };
    html! {
        h3 { "Stages" }
        @if spec.stages.is_empty() {
            p { "There are no stages to compare." }
        } @else {
            (wide(&format!("Stages of {}", spec.project), &table))
        }
    }
}

/// What became of a stage, with a sign and a word, and how it is drawn.
const fn status(status: StageStatus) -> (&'static str, Kind) {
    match status {
        StageStatus::Added => ("+ new", Kind::Added),
        StageStatus::Removed => ("\u{2212} gone", Kind::Removed),
        StageStatus::Changed => ("~ changed", Kind::Changed),
        StageStatus::Unchanged => ("as before", Kind::Stage),
    }
}

fn row(spec: &SpecReview, stage: &StageReview, id: &impl Fn(usize) -> String) -> Markup {
    let (before, after) = (spec.base.stage(&stage.name), spec.head.stage(&stage.name));
    let section = section_of(spec, &stage.name).map(id);
    html! {
        tr {
            th scope="row" {
                @match section {
                    Some(id) => a href={ "#" (id) } { (stage.name) },
                    None => (stage.name),
                }
                " " span.more.status { (status(stage.status).0) }
            }
            @match stage.difference {
                Some(by) => (difference(by.total().total, estimated(by.total()))),
                None => (plain("not known")),
            }
            (known(costs(&spec.base, before)))
            (known(costs(&spec.head, after)))
            td { (runs(before, after)) }
            td.why {
                @if !stage.reasons.is_empty() {
                    ul { @for reason in &stage.reasons { li { (sentence(reason)) } } }
                }
            }
        }
    }
}

/// The place of a stage among those after the change, where the page has a section for it.
fn section_of(spec: &SpecReview, name: &str) -> Option<usize> {
    let mut stages = spec.head.plan()?.stages.iter();
    stages
        .position(|stage| stage.name == name)
        .filter(|_| is_shown(spec, name))
}

/// Nothing for a stage that isn't on a side that is known.
fn costs(side: &Side, stage: Option<&PlannedStage>) -> Option<crate::planning::plan::Costs> {
    side.costs()
        .map(|_| stage.map(|stage| stage.costs).unwrap_or_default())
}

/// What a stage runs on, and what it ran on where that is something else.
fn runs(before: Option<&PlannedStage>, after: Option<&PlannedStage>) -> Markup {
    let [before, after] = [before, after].map(|stage| {
        stage.map(|stage| format!("{} in {}", nodes_of(stage), place(&stage.placement)))
    });
    match (before, after) {
        (Some(before), Some(after)) if before != after => html! {
            del { (before) } " " ins { (after) }
        },
        (Some(before), None) => html! { del { (before) } },
        (None, Some(after)) => html! { ins { (after) } },
        (_, after) => html! { (after.unwrap_or_default()) },
    }
}

/// Why a stage's cost is another, in words.
fn sentence(reason: &Reason) -> String {
    match reason {
        Reason::Spec { addresses } => format!("the spec changed: {}", addresses.join(", ")),
        Reason::Rate {
            what,
            before,
            after,
        } => format!(
            "the rate of {what}: {} before, {} now",
            rate(before),
            rate(after)
        ),
        Reason::Elsewhere { addresses } => {
            format!("chosen anew, as {} changed", addresses.join(", "))
        }
        Reason::OtherPrices => "chosen anew, as prices changed".into(),
    }
}

fn rate(rate: &RateCited) -> String {
    format!("USD {} ({})", rate.usd, cited(rate))
}

/// The graph after the change, with what is new, other or gone marked in words and lines.
pub(super) fn graph(spec: &SpecReview, name: &str, id: &impl Fn(usize) -> String) -> Markup {
    let mut graph = Graph::default();
    let mut drawn = Vec::new();
    let after = spec.head.plan().map_or(&[][..], |plan| &plan.stages);
    let gone = spec
        .stages
        .iter()
        .filter(|s| s.status == StageStatus::Removed);
    let gone = gone.filter_map(|stage| spec.base.stage(&stage.name));
    for stage in after.iter().chain(gone) {
        let mut reviews = spec.stages.iter();
        let review = reviews.find(|review| review.name == stage.name);
        let (word, kind) = status(review.map_or(StageStatus::Unchanged, |r| r.status));
        let bill = match (kind, review.and_then(|review| review.difference)) {
            (Kind::Stage, _) => format!("USD {}", stage.costs.total.cents()),
            (_, None) => word.to_owned(),
            (_, Some(by)) => format!("{word}, USD {}", signed(by.total().total)),
        };
        let section = section_of(spec, &stage.name).map(|i| format!("#{}", id(i)));
        graph.stage(stage, kind, &bill, section);
        drawn.push(stage);
    }
    graph.connect(&drawn);
    graph.render(name)
}
