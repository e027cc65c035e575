//! The plan for a pull request or a wiki.

use super::fit;
use super::{
    catalogs, cited, legend, nodes_of, place, proof, rides_with, sentences, stage_mark, summary,
    time, total_mark,
};
use crate::planning::plan::{BudgetStatus, Plan, PlannedStage};
use crate::render::markdown::{code, escape};
use crate::units::{Money, grouped};

/// Renders a plan as GitHub-flavoured Markdown. Everything from the spec is escaped.
#[must_use]
pub fn markdown(plan: &Plan) -> String {
    let about = if plan.costs.estimated { "about " } else { "" };
    let mut out = format!(
        "### {}: {about}USD {} per month\n\n| Stage | Runs on | Where | For | USD per month |\n\
         | :-- | :-- | :-- | :-- | --: |\n",
        escape(&plan.project.name),
        plan.costs.total.cents()
    );
    for stage in &plan.stages {
        out.push_str(&row(stage));
    }
    out.push_str(&format!(
        "| **Total** | | | | **{}**{} |\n\n",
        plan.costs.total.cents(),
        after(total_mark(plan))
    ));
    for budget in &plan.budgets {
        let sign = match budget.status {
            BudgetStatus::Within => "✅",
            BudgetStatus::Warning | BudgetStatus::ExceededAllowed => "⚠️",
            BudgetStatus::ExceededDenied => "❌",
        };
        let (used, limit) = (budget.used.cents(), budget.limit.cents());
        out.push_str(&format!(
            "- {sign} Budget {}: USD {used} of {limit}\n",
            escape(&budget.name)
        ));
    }
    for point in summed_up(plan) {
        out.push_str(&format!("- {}\n", escape(&point)));
    }
    for stage in &plan.stages {
        out.push_str(&details(stage));
    }
    out.push_str(&footer(plan));
    out
}

/// What a reviewer must know of the plan as a whole.
pub(in crate::render) fn summed_up(plan: &Plan) -> Vec<String> {
    let mut points = vec![format!("Proof: {}", proof(plan))];
    if let Some(alone) = plan.each_alone {
        let alone = sentences::each_alone(alone, plan.costs.total);
        points.push(format!("Alone: {alone}"));
    }
    if let Some(sharing) = &plan.sharing {
        let outgrown = sentences::outgrown(plan).map_or(String::new(), |text| format!("; {text}"));
        let shared = sentences::shared(sharing, plan.costs.total);
        points.push(format!("Sharing: {shared}{outgrown}"));
    }
    if let Some(pass) = sentences::pass(plan) {
        points.push(format!("Pass: {pass}"));
    }
    if let Some(used) = plan.commitments {
        points.push(format!("Committed: {}", sentences::committed(used)));
    }
    points
}

/// A mark with the space before it; nothing for no mark.
fn after(mark: &str) -> String {
    if mark.is_empty() {
        String::new()
    } else {
        format!(" {mark}")
    }
}

fn row(stage: &PlannedStage) -> String {
    format!(
        "| {} | {} | {} | {} | {}{} |\n",
        escape(&stage.name),
        escape(&nodes_of(stage)),
        escape(&place(&stage.placement)),
        escape(&time(&stage.placement, &stage.usage)),
        stage.costs.total.cents(),
        after(stage_mark(stage))
    )
}

fn details(stage: &PlannedStage) -> String {
    format!(
        "\n<details><summary>{}</summary>\n\n{}{}\n</details>\n",
        code(&stage.name, 60),
        bill(stage),
        funnel(stage)
    )
}

/// The lines of a stage's bill, how its model fits, what interrupts it and what else would do, as a
/// list.
pub(in crate::render) fn bill(stage: &PlannedStage) -> String {
    let costs = &stage.costs;
    let mut out = compute(stage);
    if let Some(fit) = &stage.fit {
        let verdict = fit.verdict.as_str();
        for sentence in fit::sentences(fit) {
            out.push_str(&format!("- memory ({verdict}): {}\n", escape(&sentence)));
        }
    }
    if let Some(interruptions) = &stage.interruptions {
        let risk = sentences::risk(interruptions, stage);
        out.push_str(&format!("- risk: {}\n", escape(&risk)));
    }
    for movement in &stage.movements {
        out.push_str(&format!(
            "- reads {} ({}) from {}: USD {}\n",
            escape(&movement.name),
            movement.amount,
            escape(&movement.from.to_string()),
            movement.cost.cents()
        ));
        if movement.wait_cost > Money::ZERO {
            out.push_str(&format!(
                "- waits for {}: USD {}\n",
                escape(&movement.name),
                movement.wait_cost.cents()
            ));
        }
    }
    if costs.covered > Money::ZERO {
        out.push_str(&format!(
            "- covered by commitments: USD -{}\n",
            costs.covered.cents()
        ));
    }
    for stored in &stage.storage {
        let cost = stored.rate.as_ref().map_or("not priced".into(), |_| {
            format!("USD {}", stored.cost.cents())
        });
        out.push_str(&format!(
            "- keeps {} ({}): {cost}\n",
            escape(&stored.output),
            stored.size
        ));
    }
    for fallback in sentences::fallbacks(&stage.fallbacks) {
        out.push_str(&format!("- or else {}\n", escape(&fallback)));
    }
    for note in &stage.notes {
        out.push_str(&format!("- {}\n", escape(note)));
    }
    out
}

fn compute(stage: &PlannedStage) -> String {
    if let Some(holder) = rides_with(stage) {
        let holder = escape(holder);
        return format!("- compute on the nodes of {holder}, whose bill holds them\n");
    }
    let rate = &stage.rate;
    format!(
        "- compute USD {} at USD {} per node-hour, {}\n",
        stage.costs.compute.cents(),
        rate.usd,
        escape(&cited(rate))
    )
}

/// How the candidates of a stage were narrowed down, as a table.
pub(in crate::render) fn funnel(stage: &PlannedStage) -> String {
    let mut out = format!(
        "\n| {} offerings that … | left |\n| :-- | --: |\n",
        grouped(stage.funnel.offerings.into())
    );
    for step in &stage.funnel.steps {
        out.push_str(&format!(
            "| {} | {} |\n",
            escape(&step.text),
            grouped(step.left.into())
        ));
    }
    out
}

fn footer(plan: &Plan) -> String {
    let mut lines = legend(plan);
    lines.push(format!(
        "Not priced: {}.",
        escape(&plan.not_priced.join("; "))
    ));
    if !plan.not_considered.is_empty() {
        let list = escape(&plan.not_considered.join("; "));
        lines.push(format!("Not counted: {list}."));
    }
    lines.push(format!("Catalogs: {}.", catalogs(plan)));
    format!("\n{}\n\n{}\n", lines.join("  \n"), summary(plan))
}
