//! The bill of one stage, line by line, for a terminal.
//!
//! ```text
//!   compute     2 nodes × 3h8m × 30.42 runs at USD 1.603584 per             305.65 ≈
//!               node-hour, estimated from aws@2025-06-28
//!               a run: 3m start-up, 3h work, about 5m of saves and interruptions
//! ```

use super::fit;
use super::lines::{Entry, list, words};
use super::{cited, compute_mark, mark, rough, sentences, short, time};
use crate::planning::plan::{Funnel, Movement, PlannedStage, Stored, Waiting};
use crate::units::{Duration, Millionths, Money, grouped};

/// The label of what interruptions do.
pub(in crate::render) const RISK: &str = "risk";

/// Renders the bill of a stage.
pub(super) fn bill(stage: &PlannedStage, width: usize) -> String {
    let mut out = priced(stage, width);
    if let Some(fit) = &stage.fit {
        out.push_str(&list(fit::label(fit), &fit::sentences(fit), width));
    }
    let fallbacks = sentences::fallbacks(&stage.fallbacks);
    out.push_str(&list("or else", &fallbacks, width));
    for note in &stage.notes {
        out.push_str(&words("note", note, width));
    }
    out.push_str(&funnel(&stage.funnel, width));
    out
}

/// The lines of a bill that cost something, and what its nodes' time is made of.
pub(in crate::render) fn priced(stage: &PlannedStage, width: usize) -> String {
    let entries = entries(stage);
    entries.iter().map(|entry| entry.human(width)).collect()
}

/// What [`priced`] shows, line by line.
pub(in crate::render) fn entries(stage: &PlannedStage) -> Vec<Entry> {
    let mut all = compute(stage);
    if let Some(scaling) = stage
        .scaling
        .filter(|s| s.always_at_peak != s.scaled_to_zero)
    {
        all.push(Entry::said("", sentences::ways_to_scale(stage, scaling)));
    }
    if let Some(interruptions) = &stage.interruptions {
        all.push(Entry::said(RISK, sentences::risk(interruptions, stage)));
    }
    if stage.costs.covered > Money::ZERO {
        let text = "by commitments that are paid already".to_owned();
        all.push(Entry::new("covered", text, -stage.costs.covered, ""));
    }
    for movement in &stage.movements {
        all.push(moved(movement, stage));
        all.extend(waited(movement, stage));
    }
    all.extend(stage.storage.iter().map(kept));
    all
}

fn compute(stage: &PlannedStage) -> Vec<Entry> {
    if let Some(holder) = super::rides_with(stage) {
        let text = format!("on the nodes of {holder}, whose bill holds them");
        return vec![Entry::said("compute", text)];
    }
    let rate = format!(
        "USD {} per node-hour, {}",
        stage.rate.usd,
        cited(&stage.rate)
    );
    let time = if stage.nodes_of.is_some() {
        shared_time(stage)
    } else {
        time(&stage.placement, &stage.usage)
    };
    let text = format!("{time} at {rate}");
    let (cost, mark) = (stage.costs.compute, compute_mark(stage));
    let mut all = vec![Entry::new("compute", text, cost, mark)];
    let made_up = run_time(stage).filter(|_| stage.nodes_of.is_none());
    all.extend(made_up.map(|text| Entry::said("", text)));
    if let Some(replicas) = stage.placement.replicas {
        let plural = if replicas == 1 { "replica" } else { "replicas" };
        let text = format!("for {replicas} {plural} at the busiest hour");
        all.push(Entry::said("", text));
    }
    all
}

/// The node-hours of a shared pool, which no one stage's times explain.
fn shared_time(stage: &PlannedStage) -> String {
    let hours = (stage.usage.node_hours.get() + 5_000) / 10_000;
    let nodes = stage.placement.nodes;
    let plural = if nodes == 1 { "node" } else { "nodes" };
    format!(
        "up to {nodes} shared {plural}, about {}.{:02} node-hours",
        grouped(u128::from(hours / 100)),
        hours % 100
    )
}

/// What a run's time is made of; `None` when it is work alone, or a service's.
fn run_time(stage: &PlannedStage) -> Option<String> {
    let usage = &stage.usage;
    if usage.nodes_by_hour.is_some() || usage.duration == usage.work {
        return None;
    }
    let mut parts = Vec::new();
    if usage.startup > Duration::ZERO {
        parts.push(format!("{} start-up", usage.startup));
    }
    parts.push(format!("{} work", rough(usage.work)));
    let known = usage.startup.millis().saturating_add(usage.work.millis());
    let more = Duration::from_millis(usage.duration.millis().saturating_sub(known));
    if more > Duration::ZERO {
        parts.push(format!(
            "about {} for saving and interruptions",
            rough(more)
        ));
    }
    Some(format!("a run: {}", parts.join(", ")))
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

fn moved(movement: &Movement, stage: &PlannedStage) -> Entry {
    let rate = if movement.cost == Money::ZERO {
        "at no charge".to_owned()
    } else {
        format!(
            "at USD {} per GB, {}",
            movement.rate.usd,
            cited(&movement.rate)
        )
    };
    let within = movement.from == stage.placement.location && movement.cost > Money::ZERO;
    let what = format!(
        "{} {}{} from {}{} {rate}",
        movement.name,
        movement.amount,
        times(movement.times_per_month),
        if within { "another zone of " } else { "" },
        movement.from
    );
    let mark = if movement.cost == Money::ZERO {
        ""
    } else {
        mark(movement.rate.basis)
    };
    Entry::new("reads", what, movement.cost, mark)
}

fn times(times: Millionths) -> String {
    if times == Millionths::ONE {
        String::new()
    } else {
        format!(", {} times,", short(times))
    }
}

/// The paid time in which nodes wait for data from elsewhere.
fn waited(movement: &Movement, stage: &PlannedStage) -> Option<Entry> {
    Some(match movement.wait? {
        Waiting::For { time, estimated } => {
            let nodes = stage.placement.nodes;
            let plural = if nodes == 1 { "node" } else { "nodes" };
            let what = format!(
                "{nodes} {plural} × {}{} until {} is there",
                rough(time),
                times(movement.times_per_month),
                movement.name
            );
            let mark = if estimated { super::ESTIMATED } else { "" };
            Entry::new("waits", what, movement.wait_cost, mark)
        }
        Waiting::Unknown => {
            let what = format!(
                "for {}: nobody has measured how long from {} (not counted)",
                movement.name, movement.from
            );
            Entry::said("waits", what)
        }
    })
}

fn kept(stored: &Stored) -> Entry {
    let copies = if stored.copies == Millionths::ONE {
        String::new()
    } else {
        format!(" × {} copies", short(stored.copies))
    };
    let what = format!("{} {}{copies}", stored.output, stored.size);
    match &stored.rate {
        Some(rate) => {
            let what = format!("{what} at USD {} per GB-month, {}", rate.usd, cited(rate));
            Entry::new("keeps", what, stored.cost, mark(rate.basis))
        }
        None => Entry::said(
            "keeps",
            format!("{what} here; the owner names no price (not priced)"),
        ),
    }
}
