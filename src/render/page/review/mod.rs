//! The page of a review: what a change costs, why, and what policies say of it.

mod causes;
mod spec_changes;
mod stages;
mod summary;

use maud::{Markup, html};

use self::causes::by_cause;
use self::spec_changes::{catalog_changes, one_off, spec_changes};
use self::stages::{graph, stages};
use super::costs::costs;
use super::figures::said;
use super::made_from::{left_out, made_from};
use super::overview::budgets;
use super::shell::{self, Part, part};
use super::stage;
use super::verdicts::verdicts;
use crate::planning::plan::Plan;
use crate::review::{Review, SpecReview, StageStatus};

/// Renders a review as a page for a browser.
#[must_use]
pub fn review(review: &Review) -> String {
    let mut parts = Vec::new();
    let mut main = Vec::new();
    if review.specs.len() > 1 {
        let all = Part::new("specs", "All specs");
        main.push(part(
            &all,
            &summary::specs(review, |i| format!("#spec-{}", i + 1)),
        ));
        parts.push(all);
    }
    for (i, spec) in review.specs.iter().enumerate() {
        let id = format!("spec-{}", i + 1);
        let of = match &review.specs[..] {
            [_] => String::new(),
            _ => format!(": {}", spec.project),
        };
        for (one, content) in spec_parts(spec, &id, &of) {
            main.push(part(&one, &content));
            parts.push(one);
        }
    }
    let main = html! { @for part in &main { (part) } };
    let title = summary::title(review);
    shell::page(&title, &parts, &summary::header(review), &main)
}

/// What there is to say of one spec, each part under a heading of its own; `of` tells apart those of
/// several specs.
fn spec_parts(spec: &SpecReview, id: &str, of: &str) -> Vec<(Part, Markup)> {
    let stage_id = |i: usize| format!("{id}-stage-{}", i + 1);
    let title = format!("{} ({})", spec.project, spec.spec);
    let mut all = vec![(Part::new(id, title), changes(spec, &stage_id))];
    let Some(plan) = spec.head.plan() else {
        return all;
    };
    let named =
        |suffix: &str, title: &str| Part::new(format!("{id}-{suffix}"), format!("{title}{of}"));
    all.extend([
        (
            named("graph", "Stages and places"),
            graph(spec, id, &stage_id),
        ),
        (
            named("bills", "Bills after the change"),
            bills_of_changed(spec, plan, &stage_id),
        ),
        (named("left-out", "Left out"), left_out(plan)),
        (named("made-from", "Made from"), made_from(plan, &spec.spec)),
    ]);
    all
}

/// What the change is, what it costs and why, and what is said of it.
fn changes(spec: &SpecReview, id: &impl Fn(usize) -> String) -> Markup {
    html! {
        (summary::sides(spec))
        @for note in &spec.notes { p { (said(note)) } }
        (stages(spec, id))
        (verdicts(&spec.verdicts, "the plan after the change"))
        @if let Some(plan) = spec.head.plan().filter(|plan| !plan.budgets.is_empty()) {
            h3 { "Budgets after the change" }
            (budgets(&plan.budgets))
        }
        (by_cause(spec))
        (spec_changes(&spec.spec_changes))
        (catalog_changes(&spec.catalog_changes))
        (one_off(&spec.one_off))
    }
}

/// The bill as a whole, and that of each stage that isn't as it was.
fn bills_of_changed(spec: &SpecReview, plan: &Plan, id: &impl Fn(usize) -> String) -> Markup {
    let shown = |name: &str| is_shown(spec, name);
    let rest = plan.stages.iter().filter(|stage| !shown(&stage.name));
    let rest: Vec<&str> = rest.map(|stage| stage.name.as_str()).collect();
    html! {
        (costs(plan))
        @for (i, stage) in plan.stages.iter().enumerate() {
            @if shown(&stage.name) { (stage::section(stage, &id(i))) }
        }
        @if !rest.is_empty() { p { "As before: " (rest.join(", ")) "." } }
    }
}

/// Whether the page has a section with a stage's bill.
fn is_shown(spec: &SpecReview, name: &str) -> bool {
    let mut stages = spec.stages.iter();
    let stage = stages.find(|stage| stage.name == name);
    stage.is_none_or(|stage| stage.status != StageStatus::Unchanged)
}
