//! Rates from which on another plan wins, and what a mix of machines would save, for a terminal.

use super::why_not::offering;
use crate::planning::explain::{Explanation, Moved, Subject, Threshold};
use crate::render::plan::lines::words;
use crate::render::plan::{place, rough, runs_on};

/// Rates from which on another plan wins.
pub(super) fn changes(explanation: &Explanation, width: usize) -> String {
    let stage = &explanation.planned().name;
    let mut out: String = explanation
        .thresholds
        .iter()
        .map(|threshold| change(threshold, stage, width))
        .collect();
    let interruptions = explanation.planned().interruptions.as_ref();
    if let Some(limit) = interruptions.and_then(|i| i.break_even) {
        let text = format!(
            "the same nodes on demand would cost less if one were interrupted more often than \
             once in {}",
            rough(limit)
        );
        out.push_str(&words("interrupted", &text, width));
    }
    out
}

fn change(threshold: &Threshold, stage: &str, width: usize) -> String {
    let (at, now) = (threshold.at, threshold.now);
    // Equals differ by what is beyond their last decimal.
    let now = if at == now {
        "the rate now".to_owned()
    } else {
        format!("now {now}")
    };
    let label = match &threshold.subject {
        Subject::Own => "its rate",
        Subject::Other(_) => "next best",
        Subject::Data { .. } => "data",
    };
    let text = match &threshold.subject {
        Subject::Own if threshold.instead.is_empty() => {
            format!("above USD {at} per node-hour ({now}) it is dearer than the spec allows")
        }
        Subject::Own => format!(
            "above USD {at} per node-hour ({now}), {}",
            wins(&threshold.instead, stage)
        ),
        Subject::Other(other) => format!(
            "{} in {} wins below USD {at} per node-hour ({now})",
            runs_on(other),
            place(other)
        ),
        Subject::Data { name, from } => format!(
            "if bringing {name} from {from} cost more than USD {at} per GB ({now}), {}",
            wins(&threshold.instead, stage)
        ),
    };
    words(label, &text, width)
}

/// Which stages would run where in the plan that wins.
fn wins(instead: &[Moved], stage: &str) -> String {
    let placed = instead.iter().map(|moved| {
        let on = format!(
            "{} in {}",
            runs_on(&moved.placement),
            place(&moved.placement)
        );
        if moved.stage == stage {
            on
        } else {
            format!("{} on {on}", moved.stage)
        }
    });
    format!(
        "the plan with {} wins",
        placed.collect::<Vec<_>>().join(", ")
    )
}

/// The cheapest mix of machines for a service's peak.
pub(super) fn mixture(explanation: &Explanation, width: usize) -> String {
    let Some(mixture) = &explanation.mixture else {
        return String::new();
    };
    let peak = format!("{} requests per second", mixture.peak_rps);
    let found = if mixture.proven {
        "no mix of machines here would cost less"
    } else {
        "no cheaper mix of machines here was found"
    };
    if mixture.hour >= mixture.planned_hour {
        let planned = mixture.planned_hour;
        let text = format!("{peak}: {found} than what is planned, USD {planned} per hour");
        return words("at the peak", &text, width);
    }
    let nodes = mixture.nodes.iter();
    let nodes = nodes.map(|part| format!("{} × {}", part.nodes, offering(&part.offering)));
    let text = format!(
        "{peak}: {} would do at USD {} per hour, where {} are planned; {found}. Other hours, latency \
         and the least number of replicas aren't looked at",
        nodes.collect::<Vec<_>>().join(" and "),
        mixture.hour,
        mixture.planned_hour
    );
    words("at the peak", &text, width)
}
