//! How a rule is held, by what an organisation's files and a spec say of it.
//!
//! Where the organisation says nothing of a rule, the spec decides. Where it does, the stricter of the
//! two wins: the spec may raise the severity and lower a threshold, and not the other way round.

use std::collections::BTreeSet;

use super::about::{about, usual};
use crate::model::{Organisation, Policy, Project, Rule, Strictness, Thresholds};

/// How a rule is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) strictness: Strictness,
    /// All that the rule has are there.
    pub(super) thresholds: Thresholds,
    /// Whether a waiver of the spec lifts it.
    pub(super) waivable: bool,
}

/// How a rule is held in a project; by the organisation alone where there is only a plan.
pub(super) fn terms(rule: Rule, organisation: &Organisation, project: Option<&Project>) -> Terms {
    let ruled = organisation.policies.iter();
    let ruled = ruled.filter(|(of, _)| *of == rule);
    let ruled = ruled
        .map(|(_, policy)| alone(rule, policy))
        .reduce(strictest);
    let own = project.and_then(|project| project.policies.get(&rule));
    match (ruled, own) {
        (None, None) => Terms {
            strictness: about(rule).strictness,
            thresholds: usual(rule),
            waivable: true,
        },
        (None, Some(own)) => Terms {
            // Who may write the policy may write the waiver.
            waivable: true,
            ..alone(rule, own)
        },
        (Some(ruled), None) => ruled,
        (Some(ruled), Some(own)) => Terms {
            strictness: ruled
                .strictness
                .max(own.strictness.unwrap_or(Strictness::Off)),
            thresholds: lowest(ruled.thresholds, own.thresholds.clone()),
            waivable: ruled.waivable,
        },
    }
}

/// What one block makes of a rule.
fn alone(rule: Rule, policy: &Policy) -> Terms {
    let strictness = policy.strictness.unwrap_or(about(rule).strictness);
    Terms {
        strictness,
        thresholds: first(policy.thresholds.clone(), usual(rule)),
        waivable: policy.waivable || strictness < Strictness::Deny,
    }
}

/// What two files of an organisation make of a rule.
fn strictest(one: Terms, other: Terms) -> Terms {
    Terms {
        strictness: one.strictness.max(other.strictness),
        thresholds: lowest(one.thresholds, other.thresholds),
        waivable: one.waivable && other.waivable,
    }
}

/// Those of the first, and of the second what the first lacks.
fn first(one: Thresholds, other: Thresholds) -> Thresholds {
    Thresholds {
        production: one.production.or(other.production),
        max_rerun: one.max_rerun.or(other.max_rerun),
        max_monthly: one.max_monthly.or(other.max_monthly),
        max_idle: one.max_idle.or(other.max_idle),
        max_age: one.max_age.or(other.max_age),
        accepted: one.accepted.or(other.accepted),
    }
}

/// The stricter of each.
fn lowest(one: Thresholds, other: Thresholds) -> Thresholds {
    Thresholds {
        production: both(one.production, other.production),
        max_rerun: least(one.max_rerun, other.max_rerun),
        max_monthly: least(one.max_monthly, other.max_monthly),
        max_idle: least(one.max_idle, other.max_idle),
        max_age: least(one.max_age, other.max_age),
        accepted: both(one.accepted, other.accepted),
    }
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.into_iter().chain(other).min()
}

/// What both let pass.
fn both(
    one: Option<BTreeSet<String>>,
    other: Option<BTreeSet<String>>,
) -> Option<BTreeSet<String>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(&one & &other),
        (one, other) => one.or(other),
    }
}
