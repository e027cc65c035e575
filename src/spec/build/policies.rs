use std::collections::{BTreeMap, BTreeSet};

use super::Builder;
use super::capacity::small;
use crate::diagnostics::{Diagnostic, spec};
use crate::model::{
    OnExceed, Organisation, Policy, ProviderName, Rule, SharedBudget, SharedQuota, Strictness,
    Thresholds, Waiver, Whose,
};
use crate::spec::section::Section;
use crate::spec::suggest;
use crate::spec::value::Reference;
use crate::units::{Date, Millionths};

/// Arguments that every rule has.
const COMMON: &[&str] = &["severity", "waivable"];

impl Builder<'_, '_> {
    pub(super) fn policies(&self, root: &Section) -> BTreeMap<Rule, Policy> {
        let blocks = root.blocks("policy");
        blocks.filter_map(|section| self.policy(section)).collect()
    }

    /// All that an organisation's files say.
    pub(in crate::spec) fn organisation(&self, root: &Section) -> Organisation {
        let policies = root.blocks("policy");
        Organisation {
            policies: policies
                .filter_map(|section| self.policy(section))
                .collect(),
            budgets: self.named(root, "budget", shared_budget),
            quotas: self.named(root, "quota", shared_quota),
        }
    }

    fn policy(&self, section: &Section) -> Option<(Rule, Policy)> {
        let rule = Rule::from_name(section.label()?)?;
        for (name, at) in section.all_given() {
            if COMMON.contains(&name) || rule.thresholds().contains(&name) {
                continue;
            }
            let known = COMMON[..1].iter().chain(rule.thresholds());
            let diagnostic = Diagnostic::error(&spec::UNSUPPORTED_ARGUMENT)
                .at(at)
                .label(format!("rule `{}` has no such argument", rule.as_str()))
                .hint(format!(
                    "the arguments here are {}.",
                    suggest::list(known.copied())
                ));
            self.evaluator.report(diagnostic);
        }
        let severity = section.text("severity");
        let policy = Policy {
            strictness: severity.and_then(|text| Strictness::from_name(&text.value)),
            thresholds: thresholds(section),
            waivable: section.boolean("waivable").is_some_and(|b| b.value),
            origin: section.origin,
        };
        Some((rule, policy))
    }

    pub(super) fn waivers(&self, root: &Section) -> Vec<Waiver> {
        let blocks = root.blocks("waiver");
        let mut waivers: Vec<Waiver> = blocks.filter_map(|s| self.waiver(s)).collect();
        // The order of blocks means nothing.
        waivers.sort_by(|a, b| {
            let key = |w: &Waiver| (w.rule, w.stage.clone(), w.until, w.reason.clone());
            key(a).cmp(&key(b))
        });
        waivers
    }

    fn waiver(&self, section: &Section) -> Option<Waiver> {
        let rule = Rule::from_name(section.label()?);
        let stage = match section.reference("stage").map(|written| written.value) {
            Some(Reference::Stage(name)) => Some(name),
            _ if section.lacks_argument("stage") => None,
            _ => return None,
        };
        let (reason, until) = (section.text("reason"), section.text("until"));
        if let Some(reason) = reason.as_ref().filter(|text| text.value.trim().is_empty()) {
            let detail = "A waiver is read by those who review it: say in a sentence why the rule may \
                          be broken.";
            self.report(&spec::INVALID_FORM, reason.origin, detail);
            return None;
        }
        let until = until?;
        let Ok(last) = Date::parse(&until.value) else {
            let detail = format!(
                "`{}` isn't a day; one is written year, month, day: \"2026-12-31\".",
                until.value
            );
            self.report(&spec::INVALID_FORM, until.origin, detail);
            return None;
        };
        Some(Waiver {
            rule: rule?,
            stage,
            reason: reason?.value,
            until: last,
            origin: section.origin,
        })
    }
}

fn thresholds(section: &Section) -> Thresholds {
    let names = |argument: &str| -> Option<BTreeSet<String>> {
        let list = section.texts_written(argument)?;
        Some(list.value.into_iter().collect())
    };
    Thresholds {
        production: names("production"),
        max_rerun: section.duration("max_rerun").map(|d| d.value),
        max_monthly: section.money("max_monthly").map(|m| m.value),
        max_idle: section.number("max_idle").map(|n| n.value),
        max_age: section.duration("max_age").map(|d| d.value),
        accepted: names("accepted"),
    }
}

fn whose(section: &Section) -> Whose {
    let text = |argument: &str| section.text(argument).map(|text| text.value);
    Whose {
        team: text("team"),
        owner: text("owner"),
        project: text("project"),
        stage: text("stage"),
    }
}

fn shared_budget(section: &Section) -> Option<SharedBudget> {
    let warns = section.text("on_exceed").is_some_and(|t| t.value == "warn");
    let warn_at = section.number("warn_at");
    Some(SharedBudget {
        whose: whose(section),
        limit: section.money("limit")?.value,
        warn_at: warn_at.map_or(Millionths::ONE, |n| n.value),
        on_exceed: if warns {
            OnExceed::Warn
        } else {
            OnExceed::Deny
        },
    })
}

fn shared_quota(section: &Section) -> Option<SharedQuota> {
    let provider = section.text("provider");
    Some(SharedQuota {
        whose: whose(section),
        gpu: section.text("gpu"),
        provider: provider.and_then(|p| ProviderName::from_name(&p.value)),
        region: section.text("region").map(|t| t.value),
        max: small(&section.count("max")?),
    })
}
