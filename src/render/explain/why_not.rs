//! What excludes offerings, or what they would cost, for a terminal.

use super::human::{bought, outcome};
use crate::planning::explain::{
    Answer, Explanation, Failed, NamedOffering, OtherPlan, Outcome, Rejected, WhyNot,
};
use crate::render::plan::lines::words;
use crate::units::{Money, grouped};

/// Why no offering of a kind will do, by the one that comes nearest.
pub(super) fn none(rejected: &Rejected) -> String {
    if of_no_provider(rejected) {
        return "left out by the `provider` blocks of the spec".into();
    }
    let reasons: Vec<String> = rejected.failed.iter().map(reason).collect();
    format!(
        "no offering will do; nearest is {}, which fails {}",
        offering(&rejected.nearest),
        reasons.join(", and ")
    )
}

/// Whether the spec doesn't have the provider.
pub(super) fn of_no_provider(rejected: &Rejected) -> bool {
    let mut failed = rejected.failed.iter();
    failed.any(|failed| failed.requirement == "providers")
}

/// `“have A30 or A100” (main.mlinfra.hcl:74): it has 8 × H100`.
fn reason(failed: &Failed) -> String {
    let mut text = format!("“{}”", failed.text);
    if let Some(source) = &failed.source {
        text.push_str(&format!(" ({source})"));
    }
    if !failed.has.is_empty() {
        text.push_str(&format!(": it {}", failed.has));
    }
    text
}

/// `p4d.24xlarge (8 × A100-40-SXM4) in aws/us-east-1 use1-az1, on spot`.
pub(super) fn offering(named: &NamedOffering) -> String {
    let mut text = named.instance_type.clone();
    if let (Some(gpu), Some(count)) = (&named.gpu, named.gpus_per_node) {
        text.push_str(&format!(" ({count} × {gpu})"));
    }
    let zone = named.zone.as_deref();
    let place = match zone {
        Some(zone) if zone.starts_with(&named.location.region) => {
            format!("{}/{zone}", named.location.provider)
        }
        Some(zone) => format!("{} {zone}", named.location),
        None => named.location.to_string(),
    };
    format!("{text} in {place}, {}", bought(named.capacity_type))
}

pub(super) fn why_not(explanation: &Explanation, asked: &WhyNot, width: usize) -> String {
    let total = explanation.plan.costs.total;
    let plural = |n: u64, what: &str| {
        let s = if n == 1 { "" } else { "s" };
        format!("{} {what}{s}", grouped(n.into()))
    };
    let mut out = words(
        "asked",
        &format!(
            "{}: {}, of which {} every requirement",
            asked.asked,
            plural(asked.offerings, "offering"),
            match asked.eligible {
                0 => "none meets".to_owned(),
                1 => "1 meets".to_owned(),
                n => format!("{} meet", grouped(n.into())),
            }
        ),
        width,
    );
    match &asked.answer {
        Answer::Chosen => out.push_str(&words("answer", "the stage does run there", width)),
        Answer::Rejected(rejected) => out.push_str(&rejection(rejected, width)),
        Answer::Possible(possible) => {
            out.push_str(&outcome("at best", possible, false, total, width));
            if let Outcome::Plan(plan) = possible {
                out.push_str(&parts(plan, width));
            }
        }
    }
    out
}

fn rejection(rejected: &Rejected, width: usize) -> String {
    let mut out = words("nearest", &offering(&rejected.nearest), width);
    for (i, failed) in rejected.failed.iter().enumerate() {
        let label = if i == 0 { "fails" } else { "" };
        out.push_str(&words(label, &reason(failed), width));
    }
    for (i, counted) in rejected.by_requirement.iter().enumerate() {
        let label = if i == 0 { "of all" } else { "" };
        let verb = if counted.offerings == 1 {
            "fails"
        } else {
            "fail"
        };
        let count = grouped(counted.offerings.into());
        let text = format!("{count} {verb} “{}”", counted.text);
        out.push_str(&words(label, &text, width));
    }
    out
}

/// What a difference between plans is made of.
fn parts(plan: &OtherPlan, width: usize) -> String {
    let parts = [
        ("compute", plan.added.compute),
        ("waiting", plan.added.waiting),
        ("movement", plan.added.movement),
        ("storage", plan.added.storage),
        ("covered by commitments", -plan.added.covered),
    ];
    let made: Vec<String> = parts
        .into_iter()
        .filter(|(_, cost)| *cost != Money::ZERO)
        .map(|(name, cost)| {
            let sign = if cost > Money::ZERO { "+" } else { "" };
            format!("{name} {sign}{}", cost.cents())
        })
        .collect();
    if made.is_empty() {
        return String::new();
    }
    words("made of", &made.join(", "), width)
}
