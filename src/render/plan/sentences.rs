//! What plans say in sentences, for terminals and Markdown alike.
//!
//! ```text
//! a node is interrupted about once in 20h (assumed, as no rate is published), 0.16 times a run
//! 4 × m5a.16xlarge in aws/us-east-1 use1-az1 or use1-az2, USD 704.61 more
//! ```

use super::{place, rough, runs_on, short};
use crate::planning::plan::{
    CommitmentUse, Fallback, HazardCited, Interruptions, Plan, PlannedStage, ScalingCosts, Sharing,
};
use crate::units::{Millionths, Money, grouped};

/// How many fallbacks are shown; the JSON has all.
const FALLBACKS: usize = 3;

/// How often the nodes of a stage are interrupted, who says so, and what follows.
pub(in crate::render) fn risk(interruptions: &Interruptions, stage: &PlannedStage) -> String {
    let source = match &interruptions.source {
        HazardCited::Given => "given in the spec".to_owned(),
        HazardCited::Published { class, source } => format!("{source}: {class}"),
        HazardCited::Unbounded { class, source } => {
            format!("assumed; {source} says {class}")
        }
        HazardCited::Assumed => "assumed, as no rate is published".to_owned(),
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
            "; ends by its deadline with a probability of {}",
            at_least(in_time)
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

/// `at least 99.7 %`: two decimals, rounded down, as no more is promised than holds. What was
/// rounded up to certainty before isn't certain.
fn at_least(share: Millionths) -> String {
    if share == Millionths::ONE {
        return "over 99.99 %".into();
    }
    let percent = Millionths::new(share.get() / 100 * 10_000);
    format!("at least {percent} %")
}

/// How many nodes stand by the hour, and what other ways to scale would cost.
pub(super) fn ways_to_scale(stage: &PlannedStage, scaling: ScalingCosts) -> String {
    let nodes = stage.usage.nodes_by_hour.unwrap_or_default();
    let (least, most) = (nodes.iter().min(), nodes.iter().max());
    let (least, most) = (least.copied().unwrap_or(0), most.copied().unwrap_or(0));
    let now = match (least == most, most) {
        (true, 1) => "1 node at every hour".to_owned(),
        (true, most) => format!("{most} nodes at every hour"),
        (false, most) => format!("{least} to {most} nodes by the hour"),
    };
    // What is planned is the amount beside it and needn't be told again.
    let other = [
        (scaling.always_at_peak, "always at the peak"),
        (scaling.scaled_to_zero, "without a least number of replicas"),
    ];
    let other = other
        .iter()
        .filter(|(cost, _)| *cost != stage.costs.compute);
    let other: Vec<String> = other
        .map(|(cost, way)| format!("USD {} {way}", cost.cents()))
        .collect();
    if other.is_empty() {
        return now;
    }
    format!("{now}; it would cost {}", other.join(", "))
}

/// What may be taken instead, one to a line. Fallbacks that differ in their place alone stand on one.
pub(super) fn fallbacks(fallbacks: &[Fallback]) -> Vec<String> {
    let mut lines: Vec<(String, Vec<String>, String)> = Vec::new();
    for fallback in fallbacks {
        let added = match fallback.added {
            Money::ZERO => "at the same cost".to_owned(),
            added if added < Money::ZERO => format!("USD {} less", (-added).cents()),
            added => format!("USD {} more", added.cents()),
        };
        let (what, place) = (runs_on(&fallback.placement), place(&fallback.placement));
        match lines.last_mut() {
            Some((before, places, same)) if *before == what && *same == added => {
                places.push(place);
            }
            _ => lines.push((what, vec![place], added)),
        }
    }
    let shown = lines.iter().take(FALLBACKS);
    shown
        .map(|(what, places, added)| format!("{what} in {}, {added}", one_of(places)))
        .collect()
}

/// `aws/us-east-1 use1-az1, use1-az2 or aws/us-west-2 usw2-az1`: each region is named once.
fn one_of(places: &[String]) -> String {
    let mut region = None;
    let short: Vec<&str> = places
        .iter()
        .map(|place| match place.split_once(' ') {
            Some((head, zone)) if region == Some(head) => zone,
            head_and_zone => {
                region = head_and_zone.map(|(head, _)| head);
                place
            }
        })
        .collect();
    either(&short, "or")
}

/// `a, b and c`.
fn either(names: &[&str], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

/// What looking at one stage after the other would cost.
pub(in crate::render) fn each_alone(alone: Money, together: Money) -> String {
    let more = (alone - together).micro_usd();
    let percent = match together.micro_usd() {
        0 => String::new(),
        together => {
            let percent = more.saturating_mul(100) / together;
            format!(" ({} % more)", grouped(percent.unsigned_abs()))
        }
    };
    format!(
        "USD {}{percent} if each stage took what computes cheapest for it, wherever its data is",
        alone.cents()
    )
}

/// What sharing nodes costs and saves, and until when.
pub(in crate::render) fn shared(sharing: &Sharing, total: Money) -> String {
    let usd = |cost: Option<Money>, none: &str| {
        cost.map_or(none.to_owned(), |cost| format!("USD {}", cost.cents()))
    };
    let apart = usd(sharing.apart, "there is no plan");
    if sharing.pools.is_empty() {
        let shared = usd(sharing.shared, "there is no plan");
        return format!("each stage has a pool of its own: {apart}; with a shared one {shared}");
    }
    let pools = sharing.pools.iter().map(|pool| {
        let stages: Vec<&str> = pool.stages.iter().map(String::as_str).collect();
        let stages = either(&stages, "and");
        match &pool.name {
            Some(name) => format!("{stages} share pool {name}"),
            None => format!("{stages} share one pool"),
        }
    });
    let pools = pools.collect::<Vec<_>>().join("; ");
    format!(
        "{pools}: the plan costs USD {}; with a pool for each, {apart}",
        total.cents()
    )
}

/// From which growth on sharing doesn't pay; nothing where cost doesn't decide.
pub(in crate::render) fn outgrown(plan: &Plan) -> Option<String> {
    let sharing = plan.sharing.as_ref()?;
    if sharing.pools.is_empty() || plan.inputs.objective == "time" {
        return None;
    }
    Some(match sharing.apart_pays_from {
        _ if sharing.growth_unknown => "there was no time to find out until when that holds".into(),
        Some(Millionths::ONE) => "a pool for each costs less already".into(),
        Some(growth) => {
            format!("a pool for each costs less from {growth} times as many requests and runs on")
        }
        None => "a pool for each doesn't pay at 64 times as many requests and runs either".into(),
    })
}

/// What commitments cover, and what is left of them.
pub(in crate::render) fn committed(used: CommitmentUse) -> String {
    format!(
        "USD {} per month are paid in any case and not in the total; they cover USD {} at list \
         prices, of USD {} that they could",
        used.paid_anyway.cents(),
        used.covered.cents(),
        used.could_cover.cents()
    )
}

/// How long one pass takes; `None` where no stage reads what another makes.
pub(in crate::render) fn pass(plan: &Plan) -> Option<String> {
    let mut movements = plan.stages.iter().flat_map(|stage| &stage.movements);
    movements
        .any(|movement| movement.source.starts_with("stage."))
        .then(|| {
            let pass = rough(plan.pass);
            format!("one pass through all stages takes about {pass}")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_named_once_for_its_zones() {
        let places = ["a/r z1", "a/r z2", "a/q z3", "g/e-a"].map(str::to_owned);
        assert_eq!(one_of(&places), "a/r z1, z2, a/q z3 or g/e-a");
        assert_eq!(one_of(&places[..1]), "a/r z1");
    }

    #[test]
    fn certainty_is_never_promised() {
        assert_eq!(at_least(Millionths::ONE), "over 99.99 %");
        assert_eq!(at_least(Millionths::new(999_999)), "at least 99.99 %");
        assert_eq!(at_least(Millionths::new(900_000)), "at least 90 %");
    }
}
