//! An explanation for a terminal of 80 columns.
//!
//! ```text
//! train runs on 1 × p4d.24xlarge (8 × A100-40-SXM4) in aws/us-east-2a, on demand, for USD 1,043.21
//! of the plan's USD 1,411.07 per month. …
//! ```

use crate::model::CapacityType;
use crate::planning::explain::{Alternative, Explanation, Instead, OtherPlan, Outcome, Removed};
use crate::planning::plan::{PlannedStage, Proof};
use crate::render::plan::lines::words;
use crate::render::plan::{place, runs_on, stage};
use crate::render::style::{Palette, paint};
use crate::render::text;
use crate::units::{Money, grouped};

/// Columns of the words beside the counts of the funnel.
const COUNT: usize = 9;

/// Renders an explanation.
#[must_use]
pub fn human(explanation: &Explanation, width: usize, palette: &Palette) -> String {
    let planned = explanation.planned();
    let mut out = text::wrap(&text::inert_line(&opening(explanation)), width);
    out.push('\n');
    let mut section = |title: &str, body: String| {
        if !body.is_empty() {
            out.push_str(&format!("\n{}\n{body}", paint(palette.strong, title)));
        }
    };
    section("Why these were left", funnel(explanation, width));
    section("The bill, USD per month", stage::priced(planned, width));
    section("Next best, by what the whole plan would cost more per month", next_best(explanation, width));
    out
}

/// What, where, how it is bought, what it costs, and why it beat the rest.
fn opening(explanation: &Explanation) -> String {
    let planned = explanation.planned();
    let placement = &planned.placement;
    let total = explanation.plan.costs.total;
    let of_plan = if explanation.plan.stages.len() > 1 {
        format!(" of the plan's USD {}", total.cents())
    } else {
        String::new()
    };
    let about = if planned.costs.estimated { "about " } else { "" };
    format!(
        "{} runs on {} in {}, {}, for {about}USD {}{of_plan} per month{}.",
        planned.name,
        machine(placement),
        place(placement),
        bought(placement.capacity_type),
        planned.costs.total.cents(),
        because(explanation),
    )
}

fn machine(placement: &crate::planning::plan::Placement) -> String {
    runs_on(placement).replace(", spot", "")
}

const fn bought(capacity: CapacityType) -> &'static str {
    match capacity {
        CapacityType::OnDemand => "on demand",
        CapacityType::Spot => "on spot",
        CapacityType::Reserved => "owned",
    }
}

/// Why nothing else was taken, with the next best.
fn because(explanation: &Explanation) -> String {
    let runner_up = explanation.alternatives.iter().find_map(|a| match (&a.instead, &a.outcome) {
        (Instead::OtherMachine, Outcome::Plan(plan)) => Some(plan),
        _ => None,
    });
    let Some(other) = runner_up else {
        return ": it is the only machine that meets every requirement".into();
    };
    let proven = match explanation.plan.proof {
        Proof::Optimal => "no other choice makes a cheaper plan",
        Proof::Within { .. } | Proof::WithinTime { .. } => {
            "no cheaper plan was found in the time given"
        }
    };
    format!(
        ": {proven}, and the next best machine, {} in {}, would cost {}",
        runs_on(&other.placement),
        place(&other.placement),
        more(other.added.total, explanation.plan.costs.total)
    )
}

/// `USD 12.30 (1.2 %) more`.
fn more(added: Money, of: Money) -> String {
    let (amount, word) = if added < Money::ZERO {
        (-added, "less")
    } else {
        (added, "more")
    };
    if added == Money::ZERO {
        return "exactly as much".into();
    }
    format!("USD {}{} {word}", amount.cents(), percent(amount, of))
}

/// ` (1.2 %)`; nothing of nothing.
fn percent(part: Money, of: Money) -> String {
    let of = of.micro_usd();
    if of <= 0 {
        return String::new();
    }
    let tenths = part.micro_usd().saturating_mul(1000) / of;
    match tenths {
        0 => " (under 0.1 %)".into(),
        tenths => format!(" ({}.{} %)", grouped((tenths / 10).unsigned_abs()), tenths % 10),
    }
}

fn funnel(explanation: &Explanation, width: usize) -> String {
    let planned = explanation.planned();
    let mut out = format!(
        "{:>COUNT$}  offerings of all catalogs and owned pools, of which\n",
        grouped(planned.funnel.offerings.into())
    );
    for step in &explanation.removed {
        out.push_str(&funnel_line(step, width));
    }
    out.push_str(&kept_by_cost(planned, width));
    out
}

/// A count, what it is of, and the line of the spec that asks for it at the right edge.
fn funnel_line(step: &Removed, width: usize) -> String {
    let source = step.source.as_deref().unwrap_or("");
    let room = width.saturating_sub(COUNT + 4 + text::width(source)).max(20);
    let wrapped = text::wrap(&text::inert_line(&step.text), room);
    let mut out = String::new();
    for (i, part) in wrapped.lines().enumerate() {
        let line = if i == 0 {
            let count = grouped(step.left.into());
            let pad = " ".repeat(room.saturating_sub(text::width(part)));
            format!("{count:>COUNT$}  {part}{pad}  {}", text::inert_line(source))
        } else {
            format!("{:COUNT$}  {part}", "")
        };
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn kept_by_cost(planned: &PlannedStage, width: usize) -> String {
    let text = match planned.funnel.candidates {
        1 => "It was the only one left.".to_owned(),
        _ => "Of these, the one chosen makes the whole plan cost least.".to_owned(),
    };
    let lines = text::wrap(&text, width.saturating_sub(COUNT + 2));
    lines
        .lines()
        .map(|line| format!("{:COUNT$}  {line}\n", ""))
        .collect()
}

fn next_best(explanation: &Explanation, width: usize) -> String {
    let total = explanation.plan.costs.total;
    explanation
        .alternatives
        .iter()
        .map(|alternative| alternative_line(alternative, total, width))
        .collect()
}

fn alternative_line(alternative: &Alternative, total: Money, width: usize) -> String {
    let label = label(&alternative.instead);
    match &alternative.outcome {
        Outcome::Plan(plan) => other_plan(&alternative.instead, &label, plan, total, width),
        Outcome::NoOffering => words(&label, "no offering meets every requirement", width),
        Outcome::NoPlan { limits } if limits.is_empty() => words(
            &label,
            "no plan: its data would have to move at an unknown rate",
            width,
        ),
        Outcome::NoPlan { limits } => {
            words(&label, &format!("no plan keeps {}", limits.join(" and ")), width)
        }
        Outcome::Stopped => words(&label, "not known: the search was stopped", width),
    }
}

fn label(instead: &Instead) -> String {
    match instead {
        Instead::OtherZone => "other zone".into(),
        Instead::OtherMachine => "other type".into(),
        Instead::Provider(name) => format!("on {name}"),
        Instead::Region(_) => "region".into(),
        Instead::Capacity(kind) => bought(*kind).into(),
    }
}

fn other_plan(
    instead: &Instead,
    label: &str,
    plan: &OtherPlan,
    total: Money,
    width: usize,
) -> String {
    let mut text = format!(
        "{} in {}: {}",
        runs_on(&plan.placement),
        place(&plan.placement),
        more(plan.added.total, total)
    );
    if let Instead::OtherZone = instead {
        text = format!("{}: {}", place(&plan.placement), more(plan.added.total, total));
    }
    if !plan.moved.is_empty() {
        let names: Vec<&str> = plan.moved.iter().map(|(name, _)| name.as_str()).collect();
        text.push_str(&format!("; {} would move too", names.join(", ")));
    }
    if !plan.exceeds.is_empty() {
        text.push_str(&format!("; over budget {}", plan.exceeds.join(", ")));
    }
    if !plan.proven {
        text.push_str("; the best that was found in time");
    }
    words(label, &text, width)
}
