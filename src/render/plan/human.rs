//! The plan for a terminal of 80 columns.
//!
//! ```text
//! Plan for recommender (team ranking): USD 2,609.70 per month
//!
//! Stage    Runs on                     Where                    USD per month
//! prepare  4 × c6a.16xlarge, spot      aws/us-east-1 use1-az4          412.10
//! ```

use super::{
    catalogs, cited, compute_mark, legend, mark, place, proof, runs_on, short, stage_mark, summary,
    time, total_mark,
};
use crate::model::OutputValue;
use crate::planning::plan::{
    BudgetStatus, BudgetUse, Funnel, Movement, Plan, PlannedOutput, PlannedStage, Stored,
};
use crate::render::style::{Palette, paint};
use crate::render::table::{Column, Table};
use crate::render::text;
use crate::units::{Money, grouped};

/// Columns of the amounts at the right edge, with their marks.
const AMOUNT: usize = 14;
/// Columns of the labels at the left edge.
const LABEL: usize = 12;

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
            runs_on(&stage.placement),
            place(&stage.placement),
            stage.costs.total.cents(),
            stage_mark(stage).to_owned(),
        ]);
    }
    table.render(width, palette)
}

/// The bill of a stage, line by line.
fn bill(stage: &PlannedStage, width: usize) -> String {
    let rate = format!(
        "USD {} per node-hour, {}",
        stage.rate.usd,
        cited(&stage.rate)
    );
    let compute = format!("{} at {rate}", time(&stage.placement, &stage.usage));
    let mut out = line(
        "compute",
        &compute,
        stage.costs.compute,
        compute_mark(stage),
        width,
    );
    if let Some(replicas) = stage.placement.replicas {
        let plural = if replicas == 1 { "replica" } else { "replicas" };
        out.push_str(&words(
            "",
            &format!("for {replicas} {plural} at the busiest hour"),
            width,
        ));
    }
    for movement in &stage.movements {
        out.push_str(&moved(movement, width));
    }
    for stored in &stage.storage {
        out.push_str(&kept(stored, width));
    }
    out.push_str(&funnel(&stage.funnel, width));
    for note in &stage.notes {
        out.push_str(&words("note", note, width));
    }
    out
}

/// How many offerings each requirement left, in the order in which they were checked.
fn funnel(funnel: &Funnel, width: usize) -> String {
    let counted = |n: u64, what: &str| {
        let n = grouped(n.into());
        words("", &format!("{n:>7} {what}"), width)
    };
    let first = format!(
        "{:>7} offerings of all catalogs and owned pools",
        grouped(funnel.offerings.into())
    );
    let mut out = words("chosen from", &first, width);
    for step in &funnel.steps {
        out.push_str(&counted(step.left, &step.text));
    }
    out
}

fn moved(movement: &Movement, width: usize) -> String {
    let times = if movement.times_per_month.get() == 1_000_000 {
        String::new()
    } else {
        format!(" × {}", short(movement.times_per_month))
    };
    let rate = if movement.cost == Money::ZERO {
        "at no charge".to_owned()
    } else {
        format!(
            "at USD {} per GB, {}",
            movement.rate.usd,
            cited(&movement.rate)
        )
    };
    let what = format!(
        "{} {}{times} from {} {rate}",
        movement.name, movement.amount, movement.from
    );
    line(
        "reads",
        &what,
        movement.cost,
        mark_unless_free(movement),
        width,
    )
}

fn mark_unless_free(movement: &Movement) -> &'static str {
    if movement.cost == Money::ZERO {
        ""
    } else {
        mark(movement.rate.basis)
    }
}

fn kept(stored: &Stored, width: usize) -> String {
    let copies = if stored.copies.get() == 1_000_000 {
        String::new()
    } else {
        format!(" × {} copies", short(stored.copies))
    };
    let what = format!("{} {}{copies}", stored.output, stored.size);
    match &stored.rate {
        Some(rate) => {
            let what = format!("{what} at USD {} per GB-month, {}", rate.usd, cited(rate));
            line("keeps", &what, stored.cost, mark(rate.basis), width)
        }
        None => words(
            "keeps",
            &format!("{what} where its owner names no price (not priced)"),
            width,
        ),
    }
}

/// A line with an amount at the right edge; the words are wrapped beside it.
fn line(label: &str, words: &str, amount: Money, mark: &str, width: usize) -> String {
    let room = width.saturating_sub(LABEL + 2 + AMOUNT).max(20);
    let wrapped = text::wrap(&text::inert_line(words), room);
    let mut out = String::new();
    for (i, part) in wrapped.lines().enumerate() {
        if i == 0 {
            let pad = " ".repeat(room.saturating_sub(text::width(part)));
            let amount = amount.cents();
            let figure = format!("{amount:>width$} {mark}", width = AMOUNT - 2);
            out.push_str(format!("  {label:<LABEL$}{part}{pad}{figure}").trim_end());
        } else {
            out.push_str(&format!("  {:<LABEL$}{part}", ""));
        }
        out.push('\n');
    }
    out
}

/// A line of words alone.
fn words(label: &str, words: &str, width: usize) -> String {
    let room = width.saturating_sub(LABEL + 2).max(20);
    let mut out = String::new();
    for (i, part) in text::wrap(&text::inert_line(words), room)
        .lines()
        .enumerate()
    {
        let label = if i == 0 { label } else { "" };
        out.push_str(&format!("  {label:<LABEL$}{part}\n"));
    }
    out
}

/// The total, and what a reader must know to trust it.
fn closing(plan: &Plan, width: usize) -> String {
    let costs = &plan.costs;
    let sum = format!(
        "compute {} + moved {} + kept {}",
        costs.compute.cents(),
        costs.movement.cents(),
        costs.storage.cents()
    );
    let mut out = line("total", &sum, costs.total, total_mark(plan), width);
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

fn output(name: &str, output: &PlannedOutput) -> String {
    match &output.value {
        None => format!("{name} = (sensitive)"),
        Some(OutputValue::AfterApply { .. }) => format!("{name} = (known after apply)"),
        Some(OutputValue::Known(value)) => format!("{name} = {value}"),
    }
}

/// A label with one entry to a line; nothing when there are none.
fn list(label: &str, entries: &[String], width: usize) -> String {
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    labels
        .zip(entries)
        .map(|(label, entry)| words(label, entry, width))
        .collect()
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
