//! The page of a plan.

use maud::html;

use super::costs::costs;
use super::graph;
use super::made_from::{left_out, made_from, outputs};
use super::overview::{choice, facts, header};
use super::shell::{self, Part, part};
use super::stage;
use super::verdicts::verdicts;
use crate::planning::plan::Plan;
use crate::review::verdict::Verdict;

/// Renders a plan with what policies say of it as a page for a browser. `spec` is how the spec was
/// named.
#[must_use]
pub fn plan(plan: &Plan, judged: &[Verdict], spec: &str) -> String {
    let parts = [
        Part::new("summary", "Summary"),
        Part::new("graph", "Stages and places"),
        Part::new("costs", "Costs"),
        Part::new("stages", "Stage by stage"),
        Part::new("left-out", "Left out"),
        Part::new("made-from", "Made from"),
    ];
    let [choices, drawn, costed, stages, left, made] = &parts;
    let id = |i: usize| format!("stage-{}", i + 1);
    let href = |i: usize| format!("#{}", id(i));
    let main = html! {
        (part(choices, &html! {
            (facts(plan))
            (choice(plan, href))
            (verdicts(judged, "the plan"))
        }))
        (part(drawn, &graph::of_plan(plan, href)))
        (part(costed, &costs(plan)))
        (part(stages, &html! {
            @for (i, stage) in plan.stages.iter().enumerate() { (stage::section(stage, &id(i))) }
        }))
        (part(left, &left_out(plan)))
        (part(made, &html! {
            (made_from(plan, spec))
            @if let Some(outputs) = outputs(plan) { h3 { "Outputs" } (outputs) }
        }))
    };
    let title = format!("Plan for {}", plan.project.name);
    shell::page(&title, &parts, &header(plan, judged), &main)
}
