//! Which of the script's faults hit a call. The same script and the same calls in the same order
//! give the same faults, since what was counted is kept in the cloud's file.

use std::collections::BTreeMap;
use std::time::Duration;

use mlinfra_provider_api::{Desired, ObjectKind};

use crate::script::{Fault, Operation, Rule, Script, When};

/// What of a call a rule can ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'c> {
    pub(crate) operation: Operation,
    pub(crate) kind: Option<&'c ObjectKind>,
    pub(crate) want: Option<&'c Desired>,
}

/// What happens to a call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// How long it waits first.
    pub(crate) delay: Duration,
    /// What else; the first of the script's rules that apply.
    pub(crate) fault: Option<Fault>,
}

/// Calls that each rule was about, by the rule's name or place.
pub(crate) type Counts = BTreeMap<String, u64>;

/// Whether any rule is about the call, so that it has to be counted.
pub(crate) fn concerned(script: &Script, call: &Call<'_>) -> bool {
    script.faults.iter().any(|rule| is_about(rule, call))
}

/// Counts the call and says what happens to it.
pub(crate) fn decide(script: &Script, counts: &mut Counts, call: &Call<'_>) -> Fate {
    let mut fate = Fate::default();
    for (idx, rule) in script.faults.iter().enumerate() {
        if !is_about(rule, call) {
            continue;
        }
        let name = rule.name.clone().unwrap_or_else(|| format!("#{}", idx + 1));
        let draw = draw(script.seed, &name);
        let count = counts.entry(name).or_default();
        *count = count.saturating_add(1);
        if !hits(&rule.when, *count, draw) {
            continue;
        }
        match &rule.fault {
            Fault::Delay { ms } => {
                fate.delay = fate.delay.saturating_add(Duration::from_millis(*ms));
            }
            other if fate.fault.is_none() => fate.fault = Some(other.clone()),
            _ => {}
        }
    }
    fate
}

fn is_about(rule: &Rule, call: &Call<'_>) -> bool {
    let zone = call
        .want
        .and_then(|want| want.attributes.get("zone")?.as_str());
    let name = call.want.map(|want| &*want.name);
    rule.operation.is_none_or(|o| o == call.operation)
        && rule.kind.as_ref().is_none_or(|k| Some(k) == call.kind)
        && rule.zone.as_deref().is_none_or(|z| Some(z) == zone)
        && rule.object.as_deref().is_none_or(|n| Some(n) == name)
}

fn hits(when: &When, count: u64, draw: u64) -> bool {
    match when {
        When::Always => true,
        When::First(n) => count <= *n,
        When::Calls(places) => places.contains(&count),
        When::PerMille(share) => mix(draw.wrapping_add(count)) % 1000 < u64::from(*share),
    }
}

/// A number for a rule, so that two rules of one script don't fall due together.
fn draw(seed: u64, name: &str) -> u64 {
    name.bytes()
        .fold(mix(seed), |sum, byte| mix(sum ^ u64::from(byte)))
}

/// `SplitMix64`'s finaliser (Steele, Lea and Flood, 2014): equal inputs, equal outputs, on every
/// platform and in every version.
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Call<'static> = Call {
        operation: Operation::Read,
        kind: None,
        want: None,
    };

    fn script(faults: &str) -> Script {
        serde_json::from_str(&format!(r#"{{"seed": 1, "faults": {faults}}}"#)).unwrap()
    }

    fn hit(script: &Script, calls: usize) -> Vec<bool> {
        let mut counts = Counts::new();
        let mut decide = || decide(script, &mut counts, &READ).fault.is_some();
        (0..calls).map(|_| decide()).collect()
    }

    #[test]
    fn the_calls_named_are_hit_and_no_others() {
        let third = script(r#"[{"when": {"calls": [3]}, "fault": "lose-answer"}]"#);
        assert_eq!(hit(&third, 4), [false, false, true, false]);
        let first = script(r#"[{"when": {"first": 2}, "fault": "lose-answer"}]"#);
        assert_eq!(hit(&first, 3), [true, true, false]);
        let other = script(r#"[{"operation": "ensure", "fault": "lose-answer"}]"#);
        assert_eq!(hit(&other, 2), [false, false]);
        assert!(!concerned(&other, &READ));
    }

    #[test]
    fn a_share_of_the_calls_is_hit_the_same_ones_each_time() {
        let tenth = script(r#"[{"when": {"per-mille": 100}, "fault": "lose-answer"}]"#);
        let hits = hit(&tenth, 10_000);
        assert_eq!(hits.iter().filter(|hit| **hit).count(), 975);
        assert_eq!(hits, hit(&tenth, 10_000));
    }

    #[test]
    fn delays_add_up_and_the_first_other_fault_wins() {
        let rules = r#"[
            {"fault": {"delay": {"ms": 5}}}, {"fault": "lose-answer"},
            {"fault": {"delay": {"ms": 7}}}, {"fault": "crash-after"}
        ]"#;
        let fate = decide(&script(rules), &mut Counts::new(), &READ);
        assert_eq!(fate.delay, Duration::from_millis(12));
        assert_eq!(fate.fault, Some(Fault::LoseAnswer));
    }
}
