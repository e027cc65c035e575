//! Which rule keeps all combinations away when no limit does: one on which stages are together or
//! apart, or a pool that stages must share.
//!
//! Each rule is left out alone, and a plan made anew. Where two rules are in the way only together,
//! neither is named.

use super::{Options, Planner};
use crate::diagnostics::Diagnostic;
use crate::model::{Project, Share};

/// Most rules that are tried: each takes a search of all offerings.
const MOST_RULES: usize = 8;

/// A rule on stages: how it is written in messages, what helps, and the project without it.
struct Rule {
    detail: String,
    hint: String,
    without: Project,
}

impl Planner<'_> {
    /// Whether a rule may be what no combination keeps.
    pub(super) fn has_rules(&self) -> bool {
        !self.rules().is_empty()
    }

    /// Says in `error` what rule is in the way alone; `None` when none is.
    pub(super) fn ruled_out(&self, error: Diagnostic, options: &Options<'_>) -> Option<Diagnostic> {
        let mut rules = self.rules().into_iter().take(MOST_RULES);
        let rule = rules.find(|rule| self.would_do(&rule.without, options))?;
        Some(error.detail(rule.detail).hint(rule.hint))
    }

    fn rules(&self) -> Vec<Rule> {
        let project = self.project;
        let kept = |kind: &str, name: &str, without: Project| Rule {
            detail: format!(
                "Every stage has candidates of its own, but no combination of them keeps {kind} \
                 `{name}`."
            ),
            hint: format!("allow the stages of {kind} `{name}` other places, or leave it out"),
            without,
        };
        let mut rules = Vec::new();
        for name in project.affinities.keys() {
            let mut without = project.clone();
            without.affinities.remove(name);
            rules.push(kept("affinity", name, without));
        }
        for name in project.anti_affinities.keys() {
            let mut without = project.clone();
            without.anti_affinities.remove(name);
            rules.push(kept("anti-affinity", name, without));
        }
        for name in self.named_pools() {
            rules.push(unshared(project, name));
        }
        rules
    }

    fn would_do(&self, project: &Project, options: &Options<'_>) -> bool {
        let planner = Planner::new(project, self.catalog);
        let found = planner.candidates(options);
        let pools = planner.pools(&found, options);
        planner.decide(&found, &pools, options).is_ok()
    }
}

/// A project whose stages don't share this pool.
fn unshared(project: &Project, name: &str) -> Rule {
    let mut without = project.clone();
    for stage in without.stages.values_mut() {
        if matches!(&stage.share, Share::Pool(pool) if pool.value == name) {
            stage.share = Share::Never;
        }
    }
    Rule {
        detail: format!(
            "Every stage has candidates of its own, but no offering does for all that share pool \
             `{name}`. What is shared must meet the requirements of each, and is never on spot."
        ),
        hint: format!("leave `share = \"{name}\"` out of a stage, or allow them other offerings"),
        without,
    }
}
