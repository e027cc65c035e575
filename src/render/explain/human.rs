//! An explanation for a terminal of 80 columns.
//!
//! ```text
//! train runs on 1 × p4d.24xlarge (8 × A100-40-SXM4) in aws/us-east-2a, on demand. It costs USD
//! 1,043.21 of the plan's USD 1,411.07 per month; no other choice makes a cheaper plan. …
//! ```

use super::changes::{changes, mixture};
use super::why_not::{none, of_no_provider, why_not};
use crate::model::CapacityType;
use crate::planning::explain::{Alternative, Explanation, Instead, OtherPlan, Outcome, Removed};
use crate::planning::plan::{PlannedFit, PlannedStage, Proof};
use crate::render::plan::fit;
use crate::render::plan::lines::words;
use crate::render::plan::{machine, place, rides_with, runs_on, stage};
use crate::render::style::{Palette, paint};
use crate::render::text;
use crate::units::{Bytes, Money, grouped};

/// Columns of the words beside the counts of the funnel.
const COUNT: usize = 9;

/// Renders an explanation.
#[must_use]
pub fn human(explanation: &Explanation, width: usize, palette: &Palette) -> String {
    let planned = explanation.planned();
    let why = match explanation.why_not {
        Some(_) => String::new(),
        None => because(explanation),
    };
    let opening = format!("{}{why}.", opening(explanation));
    let mut out = text::wrap(&text::inert_line(&opening), width);
    out.push('\n');
    let mut section = |title: &str, body: String| {
        if !body.is_empty() {
            out.push_str(&format!("\n{}\n{body}", paint(palette.strong, title)));
        }
    };
    if let Some(asked) = &explanation.why_not {
        section("Why not that", why_not(explanation, asked, width));
        return out;
    }
    section("Why these were left", funnel(explanation, width));
    section("The bill, USD per month", stage::priced(planned, width));
    if let Some(fit) = &planned.fit {
        let title = format!("Memory of each {}, GiB", text::inert_line(&fit.gpu));
        section(&title, memory(fit, width));
    }
    section(
        "Next best, and what the whole plan would cost more, USD per month",
        next_best(explanation, width),
    );
    section("What would change it", changes(explanation, width));
    section("A mix of machines", mixture(explanation, width));
    out
}

/// What a stage's model needs on each GPU, component by component.
fn memory(fit: &PlannedFit, width: usize) -> String {
    let estimate = &fit.estimate;
    let mut out = String::new();
    for component in &estimate.components {
        let (label, bytes) = (component.term.as_str(), component.bytes);
        out.push_str(&component_row(label, bytes, &component.formula, width));
    }
    let moment = estimate
        .moment
        .map_or(String::new(), |m| format!(", {}", m.as_str()));
    let about = if fit.usable_estimated { "about " } else { "" };
    let usable = Bytes::new(fit.usable_bytes).gib_number();
    let share = fit::percent(fit.needed_bytes, fit.usable_bytes);
    let text = format!("of {about}{usable} that a program can have ({share} %){moment}");
    out.push_str(&component_row("in all", fit.needed_bytes, &text, width));
    let mut notes = fit::sentences(fit).split_off(1);
    notes.extend(fit::room(fit));
    for note in notes {
        for line in text::wrap(&text::inert_line(&note), width.saturating_sub(2).max(20)).lines() {
            out.push_str(&format!("  {line}\n"));
        }
    }
    out
}

/// `  weights          13.04  6,738,415,616 parameters in bf16`
fn component_row(label: &str, bytes: u64, words: &str, width: usize) -> String {
    /// Columns of the longest label, and of the sizes beside it.
    const LABEL: usize = 14;
    const SIZE: usize = 8;
    let room = width.saturating_sub(LABEL + SIZE + 4).max(20);
    let mut out = String::new();
    for (i, line) in text::wrap(&text::inert_line(words), room)
        .lines()
        .enumerate()
    {
        let (label, size) = match i {
            0 => (label, Bytes::new(bytes).gib_number()),
            _ => ("", String::new()),
        };
        out.push_str(&format!("  {label:<LABEL$}{size:>SIZE$}  {line}\n"));
    }
    out
}

/// What, where, how it is bought and what it costs.
fn opening(explanation: &Explanation) -> String {
    let planned = explanation.planned();
    let placement = &planned.placement;
    let total = explanation.plan.costs.total;
    let of_plan = if explanation.plan.stages.len() > 1 {
        format!(" of the plan's USD {}", total.cents())
    } else {
        String::new()
    };
    let about = if planned.costs.estimated {
        "about "
    } else {
        ""
    };
    let on = match rides_with(planned) {
        Some(holder) => format!("the nodes of {holder}, {}", machine(placement)),
        None => machine(placement),
    };
    format!(
        "{} runs on {on} in {}, {}. It costs {about}USD {}{of_plan} per month",
        planned.name,
        place(placement),
        bought(placement.capacity_type),
        planned.costs.total.cents(),
    )
}

pub(super) const fn bought(capacity: CapacityType) -> &'static str {
    match capacity {
        CapacityType::OnDemand => "on demand",
        CapacityType::Spot => "on spot",
        CapacityType::Reserved => "owned",
    }
}

/// Why nothing else was taken, with the next best.
fn because(explanation: &Explanation) -> String {
    let runner_up = explanation
        .alternatives
        .iter()
        .find_map(|a| match (&a.instead, &a.outcome) {
            (Instead::OtherMachine, Outcome::Plan(plan)) => Some(plan),
            _ => None,
        });
    let Some(other) = runner_up else {
        return "; no other machine meets every requirement".into();
    };
    let fastest = explanation.plan.inputs.objective == "time";
    let proven = match explanation.plan.proof {
        Proof::Optimal if fastest => "no other choice makes a faster plan",
        Proof::Optimal => "no other choice makes a cheaper plan",
        Proof::Within { .. } | Proof::WithinTime { .. } => {
            "no better plan was found in the time given"
        }
    };
    format!(
        "; {proven}. With the next best machine, {} in {}, the plan would cost {}",
        runs_on(&other.placement),
        place(&other.placement),
        more(other.added.total, explanation.plan.costs.total)
    )
}

/// `USD 12.30 (1.2 %) more`.
pub(super) fn more(added: Money, of: Money) -> String {
    let (amount, word) = if added < Money::ZERO {
        (-added, "less")
    } else {
        (added, "more")
    };
    if added == Money::ZERO {
        return "exactly as much".into();
    }
    let percent = match percent(amount, of) {
        percent if percent.is_empty() => percent,
        percent => format!(" ({percent})"),
    };
    format!("USD {}{percent} {word}", amount.cents())
}

/// `1.2 %`; nothing of nothing, nor what is less than a tenth.
pub(super) fn percent(part: Money, of: Money) -> String {
    let of = of.micro_usd();
    if of <= 0 {
        return String::new();
    }
    let tenths = part.micro_usd().saturating_mul(1000) / of;
    match tenths {
        0 => String::new(),
        tenths => format!(
            "{}.{} %",
            grouped((tenths / 10).unsigned_abs()),
            (tenths % 10).abs()
        ),
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
    let objective = &explanation.plan.inputs.objective;
    out.push_str(&kept_at_last(planned, objective, width));
    out
}

/// A count, what it is of, and the line of the spec that asks for it at the right edge.
fn funnel_line(step: &Removed, width: usize) -> String {
    let source = step.source.as_deref().unwrap_or("");
    let room = width
        .saturating_sub(COUNT + 4 + text::width(source))
        .max(20);
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

fn kept_at_last(planned: &PlannedStage, objective: &str, width: usize) -> String {
    let text = match (planned.funnel.candidates, objective) {
        (1, _) => "It was the only one left.",
        (_, "time") => "Of these, the one chosen makes the whole plan fastest.",
        _ => "Of these, the one chosen makes the whole plan cost least.",
    };
    let lines = text::wrap(text, width.saturating_sub(COUNT + 2));
    lines
        .lines()
        .map(|line| format!("{:COUNT$}  {line}\n", ""))
        .collect()
}

/// The best plans with something else. A plan that is the best in several respects is shown at the
/// first.
fn next_best(explanation: &Explanation, width: usize) -> String {
    let total = explanation.plan.costs.total;
    let all = &explanation.alternatives;
    let same = |one: &Alternative, other: &Alternative| match (&one.outcome, &other.outcome) {
        (Outcome::Plan(one), Outcome::Plan(other)) => {
            one.placement == other.placement && one.added.total == other.added.total
        }
        _ => false,
    };
    // What can't be had at a provider and can't be had bought as only that provider sells is said once.
    let same_reason = |one: &Alternative, other: &Alternative| match (&one.outcome, &other.outcome)
    {
        (Outcome::NoOffering(Some(one)), Outcome::NoOffering(Some(other))) => {
            none(one) == none(other)
        }
        _ => false,
    };
    let mut out = String::new();
    for (i, alternative) in all.iter().enumerate() {
        if left_out(&alternative.outcome) || all[..i].iter().any(|e| same_reason(e, alternative)) {
            continue;
        }
        if all[..i].iter().any(|earlier| same(earlier, alternative)) {
            continue;
        }
        let later = all[i + 1..].iter().filter(|later| same(alternative, later));
        let also: Vec<String> = later.map(|later| as_best(&later.instead)).collect();
        let zone_only = alternative.instead == Instead::OtherZone;
        let label = label(&alternative.instead);
        out.push_str(&outcome(
            &label,
            &alternative.outcome,
            zone_only,
            total,
            width,
        ));
        if !also.is_empty() {
            out.push_str(&words(
                "",
                &format!("(also the best {})", also.join(", ")),
                width,
            ));
        }
    }
    let excluded = all
        .iter()
        .filter_map(|alternative| match &alternative.instead {
            Instead::Provider(name) if left_out(&alternative.outcome) => Some(name.to_string()),
            _ => None,
        });
    let excluded: Vec<String> = excluded.collect();
    if !excluded.is_empty() {
        let text = format!(
            "{}: left out by the `provider` blocks of the spec",
            excluded.join(", ")
        );
        out.push_str(&words("elsewhere", &text, width));
    }
    out
}

/// Whether it is at a provider that the spec doesn't have.
fn left_out(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::NoOffering(Some(rejected)) if of_no_provider(rejected))
}

fn as_best(instead: &Instead) -> String {
    match instead {
        Instead::OtherZone => "in another zone".into(),
        Instead::OtherMachine => "of another type".into(),
        Instead::Provider(_) | Instead::Capacity(_) => label(instead),
        Instead::Region(_) => "in another region".into(),
    }
}

pub(super) fn outcome(
    label: &str,
    outcome: &Outcome,
    zone_only: bool,
    total: Money,
    width: usize,
) -> String {
    match outcome {
        Outcome::Plan(plan) => other_plan(label, plan, zone_only, total, width),
        Outcome::NoOffering(None) => words(label, "there is none", width),
        Outcome::NoOffering(Some(rejected)) => words(label, &none(rejected), width),
        Outcome::NoPlan { limits } if limits.is_empty() => words(
            label,
            "no plan: data would move at an unknown rate, or a rule on which stages are together forbids it",
            width,
        ),
        Outcome::NoPlan { limits } => words(
            label,
            &format!("no plan keeps {}", limits.join(" and ")),
            width,
        ),
        Outcome::Stopped => words(label, "not known: the search was stopped", width),
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
    label: &str,
    plan: &OtherPlan,
    zone_only: bool,
    total: Money,
    width: usize,
) -> String {
    let mut text = if zone_only {
        format!("the same in {}", place(&plan.placement))
    } else {
        format!("{} in {}", runs_on(&plan.placement), place(&plan.placement))
    };
    if !plan.moved.is_empty() {
        let names: Vec<&str> = plan
            .moved
            .iter()
            .map(|moved| moved.stage.as_str())
            .collect();
        let verb = if names.len() == 1 { "moves" } else { "move" };
        text.push_str(&format!("; {} {verb} too", names.join(", ")));
    }
    if !plan.exceeds.is_empty() {
        text.push_str(&format!("; over budget {}", plan.exceeds.join(", ")));
    }
    if plan.unpreferred {
        text.push_str("; not a preferred GPU");
    }
    if !plan.proven {
        text.push_str("; the best found in time");
    }
    let text = text::inert_line(&text);
    difference(label, &text, plan.added.total, total, width)
}

/// Columns of a difference at the right edge: `+12,345.67  123.4 %`.
const DIFFERENCE: usize = 21;

/// A label, words, and the difference in USD and percent at the right edge.
fn difference(label: &str, words: &str, added: Money, of: Money, width: usize) -> String {
    const LABEL: usize = 12;
    let room = width.saturating_sub(2 + LABEL + DIFFERENCE).max(20);
    let sign = if added > Money::ZERO { "+" } else { "" };
    let figure = format!("{sign}{}{:>9}", added.cents(), percent(added, of));
    let wrapped = text::wrap(words, room);
    let mut out = String::new();
    for (i, part) in wrapped.lines().enumerate() {
        if i == 0 {
            let pad = " ".repeat(room.saturating_sub(text::width(part)));
            let line = format!("  {label:<LABEL$}{part}{pad}{figure:>DIFFERENCE$}");
            out.push_str(line.trim_end());
            out.push('\n');
        } else {
            out.push_str(&format!("  {:<LABEL$}{part}\n", ""));
        }
    }
    out
}
