//! The plan for a terminal of 80 columns.
//!
//! ```text
//! Plan for recommender (team ranking): USD 2,609.70 per month
//!
//! Stage    Runs on                     Where                    USD per month
//! prepare  4 × c6a.16xlarge on spot     aws/us-east-1 use1-az4          412.10
//! ```

use super::lines::{line, list, words};
use super::stage::bill;
use super::{catalogs, legend, nodes_of, place, proof, sentences, stage_mark, summary, total_mark};
use crate::model::OutputValue;
use crate::planning::plan::{BudgetStatus, BudgetUse, Costs, Plan, PlannedOutput};
use crate::render::style::{Palette, paint};
use crate::render::table::{Column, Table};
use crate::render::text;
use crate::units::{Money, grouped};

/// Renders a plan.
#[must_use]
pub fn human(plan: &Plan, width: usize, palette: &Palette) -> String {
    let mut out = body(plan, width, palette);
    out.push_str(&format!("\n{}\n", paint(palette.strong, &summary(plan))));
    out
}

/// Renders a plan without the line that counts what is made: `render::changes` counts objects.
#[must_use]
pub fn body(plan: &Plan, width: usize, palette: &Palette) -> String {
    let mut out = overview(plan, width, palette);
    for stage in &plan.stages {
        out.push_str(&format!(
            "\n{}\n",
            paint(palette.strong, &text::inert_line(&stage.name))
        ));
        out.push_str(&bill(stage, width));
    }
    out.push_str(&format!("\n{}\n", paint(palette.strong, "together")));
    out.push_str(&closing(plan, width));
    out
}

fn title(plan: &Plan) -> String {
    let team = plan
        .project
        .team
        .as_ref()
        .map(|t| format!(" (team {t})"))
        .unwrap_or_default();
    let about = if plan.costs.estimated { "about " } else { "" };
    let name = text::inert_line(&plan.project.name);
    let team = text::inert_line(&team);
    format!(
        "Plan for {name}{team}: {about}USD {} per month",
        plan.costs.total.cents()
    )
}

/// What the plan chooses, and what that costs: the head of what [`human`] prints.
#[must_use]
pub fn overview(plan: &Plan, width: usize, palette: &Palette) -> String {
    let title = paint(palette.strong, &title(plan));
    format!("{title}\n\n{}", choices(plan, width, palette))
}

fn choices(plan: &Plan, width: usize, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("Stage").shrinking(),
        Column::left("Runs on").wrapping(),
        Column::left("Where").wrapping(),
        Column::right("USD/month"),
        Column::left(""),
    ]);
    for stage in &plan.stages {
        table.row([
            stage.name.clone(),
            nodes_of(stage),
            place(&stage.placement),
            stage.costs.total.cents(),
            stage_mark(stage).to_owned(),
        ]);
    }
    table.render(width, palette)
}

/// The total, and what a reader must know to trust it.
fn closing(plan: &Plan, width: usize) -> String {
    let costs = &plan.costs;
    let mut out = line("total", &parts(costs), costs.total, total_mark(plan), width);
    for used in &plan.budgets {
        out.push_str(&words("budget", &budget(used), width));
    }
    out.push_str(&words("proof", &proof(plan), width));
    if let Some(alone) = plan.each_alone {
        out.push_str(&words(
            "alone",
            &sentences::each_alone(alone, costs.total),
            width,
        ));
    }
    if let Some(sharing) = &plan.sharing {
        out.push_str(&words(
            "sharing",
            &sentences::shared(sharing, costs.total),
            width,
        ));
    }
    if let Some(outgrown) = sentences::outgrown(plan) {
        out.push_str(&words("", &outgrown, width));
    }
    if let Some(pass) = sentences::pass(plan) {
        out.push_str(&words("pass", &pass, width));
    }
    if let Some(used) = plan.commitments {
        out.push_str(&words("committed", &sentences::committed(used), width));
    }
    out.push_str(&list("marks", &legend(plan), width));
    out.push_str(&list("not priced", &plan.not_priced, width));
    out.push_str(&list("not counted", &plan.not_considered, width));
    let outputs = plan.outputs.iter().map(|(name, o)| output(name, o));
    let outputs: Vec<String> = outputs.collect();
    out.push_str(&list("outputs", &outputs, width));
    out.push_str(&words("catalogs", &catalogs(plan), width));
    out
}

/// What the total is made of; parts that are nothing aren't named.
fn parts(costs: &Costs) -> String {
    let mut sum = format!("compute {}", costs.compute.cents());
    let parts = [
        (" + waiting", costs.waiting),
        (" + movement", costs.movement),
        (" + storage", costs.storage),
        (" − covered", costs.covered),
    ];
    for (name, cost) in parts {
        if cost != Money::ZERO {
            sum.push_str(&format!("{name} {}", cost.cents()));
        }
    }
    sum
}

pub(in crate::render) fn output(name: &str, output: &PlannedOutput) -> String {
    match &output.value {
        None => format!("{name} = (sensitive)"),
        Some(OutputValue::AfterApply { .. }) => format!("{name} = (known after apply)"),
        Some(OutputValue::Known(value)) => format!("{name} = {value}"),
    }
}

/// `month: USD 2,600.00 of 3,000.00 (86 %), within`.
pub(in crate::render) fn budget(budget: &BudgetUse) -> String {
    let share = used_up(budget).map_or(String::new(), |share| format!(" ({share})"));
    let verdict = match budget.status {
        BudgetStatus::Within => "within",
        BudgetStatus::Warning => "nearly used",
        BudgetStatus::ExceededAllowed => "exceeded (allowed)",
        BudgetStatus::ExceededDenied => "exceeded: this plan is refused",
    };
    format!(
        "{}: USD {} of {}{share}, {verdict}",
        text::inert_line(&budget.name),
        budget.used.cents(),
        budget.limit.cents()
    )
}

/// How much of a budget is used, in whole percent, rounded down; `None` of nothing.
pub(in crate::render) fn used_up(budget: &BudgetUse) -> Option<String> {
    let (used, limit) = (budget.used.micro_usd(), budget.limit.micro_usd());
    let percent = used.saturating_mul(100).checked_div(limit)?;
    Some(format!("{} %", grouped(percent.unsigned_abs())))
}
