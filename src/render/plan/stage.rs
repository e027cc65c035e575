//! The bill of one stage, line by line, for a terminal.
//!
//! ```text
//!   compute     2 nodes × 3h8m × 30.42 runs at USD 1.603584 per             305.65 ≈
//!               node-hour, estimated from aws@2025-06-28
//!               a run: 3m start-up, 3h work, about 5m of saves and interruptions
//! ```

use super::lines::{line, words};
use super::{cited, compute_mark, mark, place, rough, runs_on, short, time};
use crate::planning::plan::{
    Fallback, Funnel, HazardCited, Interruptions, Movement, PlannedStage, ScalingCosts, Stored,
    Waiting,
};
use crate::units::{Duration, Millionths, Money, grouped};

/// How many fallbacks a terminal shows; the JSON has all.
const FALLBACKS: usize = 3;

/// Renders the bill of a stage.
pub(super) fn bill(stage: &PlannedStage, width: usize) -> String {
    let mut out = compute(stage, width);
    if let Some(interruptions) = &stage.interruptions {
        out.push_str(&words("risk", &risk(interruptions, stage), width));
    }
    if let Some(scaling) = stage
        .scaling
        .filter(|s| s.always_at_peak != s.scaled_to_zero)
    {
        out.push_str(&words("", &ways_to_scale(stage, scaling), width));
    }
    if stage.costs.covered > Money::ZERO {
        let text = "covered by commitments that are paid already";
        out.push_str(&line("covered", text, -stage.costs.covered, "", width));
    }
    for movement in &stage.movements {
        out.push_str(&moved(movement, width));
        out.push_str(&waited(movement, stage, width));
    }
    for stored in &stage.storage {
        out.push_str(&kept(stored, width));
    }
    out.push_str(&funnel(&stage.funnel, width));
    out.push_str(&fallbacks(&stage.fallbacks, width));
    for note in &stage.notes {
        out.push_str(&words("note", note, width));
    }
    out
}

fn compute(stage: &PlannedStage, width: usize) -> String {
    let rate = format!(
        "USD {} per node-hour, {}",
        stage.rate.usd,
        cited(&stage.rate)
    );
    let text = format!("{} at {rate}", time(&stage.placement, &stage.usage));
    let (cost, mark) = (stage.costs.compute, compute_mark(stage));
    let mut out = line("compute", &text, cost, mark, width);
    if let Some(made_up) = run_time(stage) {
        out.push_str(&words("", &made_up, width));
    }
    if let Some(replicas) = stage.placement.replicas {
        let plural = if replicas == 1 { "replica" } else { "replicas" };
        let text = format!("for {replicas} {plural} at the busiest hour");
        out.push_str(&words("", &text, width));
    }
    out
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
        parts.push(format!("about {} saves and interruptions", rough(more)));
    }
    Some(format!("a run: {}", parts.join(", ")))
}

fn risk(interruptions: &Interruptions, stage: &PlannedStage) -> String {
    let source = match &interruptions.source {
        HazardCited::Given => "given in the spec".to_owned(),
        HazardCited::Published { class, source } => format!("{source}: {class}"),
        HazardCited::Assumed => "not published, so assumed".to_owned(),
    };
    let per = if stage.usage.nodes_by_hour.is_some() {
        "month"
    } else {
        "run"
    };
    let mut text = format!(
        "a node is interrupted about once in {} ({source}), {} times a {per}",
        rough(interruptions.mean_between),
        short(interruptions.count),
    );
    if interruptions.gang > 1 {
        text.push_str(&format!("; each stops all {} nodes", interruptions.gang));
    }
    if let Some(every) = interruptions.checkpoint_every {
        text.push_str(&format!("; saved every {}", rough(every)));
    }
    if let Some(in_time) = interruptions.in_time {
        text.push_str(&format!(
            "; ends by its deadline with at least {} %",
            percent(in_time)
        ));
    }
    if let Some(limit) = interruptions.break_even {
        text.push_str(&format!(
            "; on demand would cost less if it were more often than once in {}",
            rough(limit)
        ));
    }
    text
}

fn percent(share: Millionths) -> Millionths {
    // Two decimals, rounded down: no more is promised than holds.
    Millionths::new(share.get() / 100 * 10_000)
}

fn ways_to_scale(stage: &PlannedStage, scaling: ScalingCosts) -> String {
    let nodes = stage.usage.nodes_by_hour.unwrap_or_default();
    let (least, most) = (nodes.iter().min(), nodes.iter().max());
    let (least, most) = (least.copied().unwrap_or(0), most.copied().unwrap_or(0));
    let now = if least == most {
        format!("{most} nodes at every hour")
    } else {
        format!("{least} to {most} nodes by the hour")
    };
    format!(
        "{now}; always at the peak it would cost {}, without a least number of replicas {}",
        scaling.always_at_peak.cents(),
        scaling.scaled_to_zero.cents()
    )
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

fn fallbacks(fallbacks: &[Fallback], width: usize) -> String {
    let labels = std::iter::once("or else").chain(std::iter::repeat(""));
    let shown = fallbacks.iter().take(FALLBACKS);
    labels
        .zip(shown)
        .map(|(label, fallback)| {
            let text = format!(
                "{} in {}, USD {} more",
                runs_on(&fallback.placement),
                place(&fallback.placement),
                fallback.added.cents()
            );
            words(label, &text, width)
        })
        .collect()
}

fn moved(movement: &Movement, width: usize) -> String {
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
        "{} {}{} from {} {rate}",
        movement.name,
        movement.amount,
        times(movement.times_per_month),
        movement.from
    );
    let mark = if movement.cost == Money::ZERO {
        ""
    } else {
        mark(movement.rate.basis)
    };
    line("reads", &what, movement.cost, mark, width)
}

fn times(times: Millionths) -> String {
    if times == Millionths::ONE {
        String::new()
    } else {
        format!(" × {}", short(times))
    }
}

/// The paid time in which nodes wait for data from elsewhere.
fn waited(movement: &Movement, stage: &PlannedStage, width: usize) -> String {
    match movement.wait {
        Some(Waiting::For { time, estimated }) => {
            let nodes = stage.placement.nodes;
            let plural = if nodes == 1 { "node" } else { "nodes" };
            let what = format!(
                "{nodes} {plural} × {}{} until {} is there",
                rough(time),
                times(movement.times_per_month),
                movement.name
            );
            let mark = if estimated { super::ESTIMATED } else { "" };
            line("waits", &what, movement.wait_cost, mark, width)
        }
        Some(Waiting::Unknown) => {
            let what = format!(
                "for {}: nobody has measured how long from {} (not counted)",
                movement.name, movement.from
            );
            words("waits", &what, width)
        }
        None => String::new(),
    }
}

fn kept(stored: &Stored, width: usize) -> String {
    let copies = if stored.copies == Millionths::ONE {
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
