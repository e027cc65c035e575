//! What a reviewer opens: the bill of each stage, and the plan as a whole.

use super::stages::magnitude;
use crate::planning::plan::{Plan, PlannedStage};
use crate::render::markdown::{code, escape};
use crate::render::plan::{bill, catalogs, funnel, legend, summed_up};
use crate::review::SpecReview;

/// The stages of the head, those whose cost changes most first.
pub(super) fn by_change(review: &SpecReview) -> Vec<&PlannedStage> {
    let change = |stage: &PlannedStage| {
        let mut reviews = review.stages.iter();
        let found = reviews.find(|reviewed| reviewed.name == stage.name);
        found.map_or(0, magnitude)
    };
    let stages = review.head.plan().map_or(&[][..], |plan| &plan.stages);
    let mut stages: Vec<&PlannedStage> = stages.iter().collect();
    stages.sort_by_cached_key(|stage| std::cmp::Reverse(change(stage)));
    stages
}

/// The bills of so many stages, in the order of the plan.
pub(super) fn bills(review: &SpecReview, most: usize, with_funnels: bool) -> Vec<String> {
    let Some(plan) = review.head.plan() else {
        return Vec::new();
    };
    let kept: Vec<&PlannedStage> = by_change(review).into_iter().take(most).collect();
    let is_kept = |stage: &&PlannedStage| kept.iter().any(|kept| std::ptr::eq(*kept, *stage));
    let stages = plan.stages.iter().filter(is_kept);
    stages.map(|stage| one_bill(stage, with_funnels)).collect()
}

fn one_bill(stage: &PlannedStage, with_funnel: bool) -> String {
    let funnel = if with_funnel {
        funnel(stage)
    } else {
        String::new()
    };
    format!(
        "<details><summary>{}: USD {} per month</summary>\n\n{}{funnel}\n</details>\n",
        code(&stage.name, 60),
        stage.costs.total.cents(),
        bill(stage)
    )
}

/// What policies only tell, as many lines as there is room for.
pub(super) fn told(notes: &[String], most: usize) -> String {
    let lines = notes.iter().take(most).map(|note| format!("- {note}\n"));
    let lines: String = lines.collect();
    let heading = match notes.len() {
        1 => "1 note of a policy".to_owned(),
        count => format!("{count} notes of policies"),
    };
    format!("<details><summary>{heading}</summary>\n\n{lines}\n</details>\n")
}

/// What holds for the plan as a whole, and what isn't in its bill.
pub(super) fn whole(plan: &Plan) -> String {
    let mut lines = summed_up(plan);
    let not_priced = plan.not_priced.iter();
    lines.extend(not_priced.map(|what| format!("Not priced: {what}")));
    let not_counted = plan.not_considered.iter();
    lines.extend(not_counted.map(|what| format!("Not counted: {what}")));
    lines.extend(legend(plan));
    lines.push(format!("Catalogs: {}", catalogs(plan)));
    let lines: String = lines
        .iter()
        .map(|line| format!("- {}\n", escape(line)))
        .collect();
    format!("<details><summary>The plan as a whole</summary>\n\n{lines}\n</details>\n")
}
