//! The plan for a terminal of 80 columns.
//!
//! ```text
//! Plan for recommender (team ranking): USD 2,609.70 per month
//!
//! Stage    Runs on                     Where                    USD per month
//! prepare  4 × c6a.16xlarge, spot      aws/us-east-1 use1-az4          412.10
//! ```

use super::lines::{line, list, words};
use super::stage::bill;
use super::{
    catalogs, legend, place, proof, rides_with, rough, runs_on, stage_mark, summary, total_mark,
};
use crate::model::OutputValue;
use crate::planning::plan::{
    BudgetStatus, BudgetUse, CommitmentUse, Costs, Plan, PlannedOutput, Sharing,
};
use crate::render::style::{Palette, paint};
use crate::render::table::{Column, Table};
use crate::render::text;
use crate::units::{Millionths, Money};

/// Renders a plan.
#[must_use]
pub fn human(plan: &Plan, width: usize, palette: &Palette) -> String {
    let mut out = format!("{}\n\n", paint(palette.strong, &title(plan)));
    out.push_str(&overview(plan, width, palette));
    for stage in &plan.stages {
        out.push_str(&format!(
            "\n{}\n",
            paint(palette.strong, &text::inert_line(&stage.name))
        ));
        out.push_str(&bill(stage, width));
    }
    out.push_str(&format!("\n{}\n", paint(palette.strong, "together")));
    out.push_str(&closing(plan, width));
    out.push_str(&format!("\n{}\n", paint(palette.strong, &summary(plan))));
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

fn overview(plan: &Plan, width: usize, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("Stage").shrinking(),
        Column::left("Runs on").shrinking(),
        Column::left("Where").shrinking(),
        Column::right("USD/month"),
        Column::left(""),
    ]);
    for stage in &plan.stages {
        table.row([
            stage.name.clone(),
            match rides_with(stage) {
                Some(holder) => format!("the nodes of {holder}"),
                None => runs_on(&stage.placement),
            },
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
    if let Some(alone) = plan.each_alone {
        out.push_str(&words("alone", &each_alone(alone, costs.total), width));
    }
    if let Some(sharing) = &plan.sharing {
        out.push_str(&words("sharing", &shared(sharing), width));
    }
    if stages_read_each_other(plan) {
        let text = format!(
            "one pass through all stages takes about {}",
            rough(plan.pass)
        );
        out.push_str(&words("pass", &text, width));
    }
    if let Some(used) = plan.commitments {
        out.push_str(&words("committed", &committed(used), width));
    }
    for used in &plan.budgets {
        out.push_str(&words("budget", &budget(used), width));
    }
    out.push_str(&words("proof", &proof(plan), width));
    out.push_str(&list("marks", &legend(plan), width));
    out.push_str(&list("not priced", &plan.not_priced, width));
    out.push_str(&list("not counted", &plan.not_considered, width));
    out.push_str(&words("catalogs", &catalogs(plan), width));
    let outputs: Vec<String> = plan
        .outputs
        .iter()
        .map(|(name, o)| output(name, o))
        .collect();
    out.push_str(&list("outputs", &outputs, width));
    out
}

/// What the total is made of; parts that are nothing aren't named.
fn parts(costs: &Costs) -> String {
    let mut sum = format!("compute {}", costs.compute.cents());
    let parts = [
        (" + waited", costs.waiting),
        (" + moved", costs.movement),
        (" + kept", costs.storage),
        (" − covered", costs.covered),
    ];
    for (name, cost) in parts {
        if cost != Money::ZERO {
            sum.push_str(&format!("{name} {}", cost.cents()));
        }
    }
    sum
}

fn each_alone(alone: Money, together: Money) -> String {
    let more = (alone - together).micro_usd();
    let percent = match together.micro_usd() {
        0 => String::new(),
        together => format!(" ({} % more)", more.saturating_mul(100) / together),
    };
    format!(
        "USD {}{percent} if each stage took what is cheapest for it alone",
        alone.cents()
    )
}

/// Whether one pass through all stages is more than the longest of them.
fn stages_read_each_other(plan: &Plan) -> bool {
    let mut movements = plan.stages.iter().flat_map(|stage| &stage.movements);
    movements.any(|movement| movement.source.starts_with("stage."))
}

/// What sharing nodes costs and saves, and until when that is so.
fn shared(sharing: &Sharing) -> String {
    let cost =
        |cost: Option<Money>| cost.map_or("not possible".into(), |c| format!("USD {}", c.cents()));
    let (together, apart) = (cost(sharing.shared), cost(sharing.apart));
    if sharing.pools.is_empty() {
        return format!("a pool for each stage {apart}, with a shared one {together}");
    }
    let pools = sharing.pools.iter();
    let pools = pools.map(|pool| {
        let stages = pool.stages.join(", ");
        match &pool.name {
            Some(name) => format!("{stages} share pool {name}"),
            None => format!("{stages} share one pool"),
        }
    });
    let pools = pools.collect::<Vec<_>>().join("; ");
    let until = match sharing.apart_pays_from {
        _ if sharing.growth_unknown => "there was no time to find out until when".into(),
        Some(Millionths::ONE) => "a pool for each costs less already".into(),
        Some(growth) => {
            format!("a pool for each costs less from {growth} times as many requests and runs on")
        }
        None => "a pool for each doesn't pay at 64 times as many requests and runs either".into(),
    };
    format!("{pools}: {together} instead of {apart} with a pool for each; {until}")
}

fn committed(used: CommitmentUse) -> String {
    format!(
        "USD {} per month are paid in any case and not counted here; they cover {} of the {} of \
         list price that they could",
        used.paid_anyway.cents(),
        used.covered.cents(),
        used.could_cover.cents()
    )
}

fn output(name: &str, output: &PlannedOutput) -> String {
    match &output.value {
        None => format!("{name} = (sensitive)"),
        Some(OutputValue::AfterApply { .. }) => format!("{name} = (known after apply)"),
        Some(OutputValue::Known(value)) => format!("{name} = {value}"),
    }
}

fn budget(budget: &BudgetUse) -> String {
    let share = match budget.limit.micro_usd() {
        0 => String::new(),
        limit => format!(
            " ({} %)",
            budget.used.micro_usd().saturating_mul(100) / limit
        ),
    };
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
