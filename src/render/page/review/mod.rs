//! The page of a review: what a change costs, why, and what policies say of it.

mod causes;
mod spec_changes;
mod stages;
mod summary;
mod verdicts;

use maud::{Markup, html};

use self::causes::by_cause;
use self::spec_changes::{catalog_changes, one_off, spec_changes};
use self::stages::{graph, stages};
use self::verdicts::verdicts;
use super::costs::costs;
use super::figures::said;
use super::made_from::left_out;
use super::overview::budgets;
use super::shell::{self, Part, part};
use super::stage;
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
        for (one, content) in spec_parts(spec, &id) {
            main.push(part(&one, &content));
            parts.push(one);
        }
    }
    let main = html! { @for part in &main { (part) } };
    let title = summary::title(review);
    shell::page(&title, &parts, &summary::header(review), &main)
}

/// What there is to say of one spec, each part under a heading of its own.
fn spec_parts(spec: &SpecReview, id: &str) -> Vec<(Part, Markup)> {
    let stage_id = |i: usize| format!("{id}-stage-{}", i + 1);
    let name = &spec.project;
    let mut all = vec![(
        Part::new(id, format!("{name} ({})", spec.spec)),
        html! {
            (summary::sides(spec))
            @for note in &spec.notes { p { (said(note)) } }
            (stages(spec, &stage_id))
            (by_cause(spec))
            (spec_changes(&spec.spec_changes))
            (catalog_changes(&spec.catalog_changes))
            (one_off(&spec.one_off))
            (verdicts(&spec.verdicts))
            @if let Some(plan) = spec.head.plan().filter(|plan| !plan.budgets.is_empty()) {
                h3 { "Budgets after the change" }
                (budgets(&plan.budgets))
            }
        },
    )];
    let Some(plan) = spec.head.plan() else {
        return all;
    };
    let drawn = Part::new(
        format!("{id}-graph"),
        format!("Stages and places of {name}"),
    );
    all.push((drawn, graph(spec, id, &stage_id)));
    let bills = Part::new(
        format!("{id}-bills"),
        format!("Bills of {name} after the change"),
    );
    all.push((bills, bills_of_changed(spec, plan, &stage_id)));
    let left = Part::new(format!("{id}-left-out"), format!("Left out of {name}"));
    all.push((left, left_out(plan)));
    all
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
