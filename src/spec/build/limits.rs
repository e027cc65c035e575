use super::Builder;
use super::capacity::small;
use crate::model::{Budget, Commitment, OnExceed, ProviderName, Quota, QuotaScope, Written};
use crate::spec::section::Section;
use crate::spec::typed::Typed;
use crate::spec::value::Reference;
use crate::units::Millionths;

impl Builder<'_, '_> {
    pub(super) fn budget(&self, section: &Section) -> Option<Budget> {
        let on_exceed = section.text("on_exceed");
        Some(Budget {
            limit: section.rate("limit")?.value,
            warn_at: section
                .number("warn_at")
                .map_or(Millionths::ONE, |n| n.value),
            on_exceed: match on_exceed.as_ref().map(|t| t.value.as_str()) {
                Some("warn") => OnExceed::Warn,
                _ => OnExceed::Deny,
            },
            stages: section.list("stages").map(|list| {
                let names = list.value.iter().filter_map(|w| match &w.value {
                    Typed::Reference(Reference::Stage(name)) => Some(name.clone()),
                    _ => None,
                });
                Written::new(names.collect(), list.origin)
            }),
            origin: section.origin,
        })
    }

    pub(super) fn quota(&self, section: &Section) -> Option<Quota> {
        let scope = section.text("scope");
        let provider = section.text("provider");
        Some(Quota {
            scope: match scope.as_ref().map(|t| t.value.as_str()) {
                Some("team") => QuotaScope::Team,
                Some("account") => QuotaScope::Account,
                _ => QuotaScope::Project,
            },
            gpu: section.text("gpu"),
            provider: provider.and_then(|p| ProviderName::from_name(&p.value)),
            region: section.text("region").map(|t| t.value),
            max: small(&section.count("max")?),
            origin: section.origin,
        })
    }

    pub(super) fn commitment(&self, section: &Section) -> Option<Commitment> {
        Some(Commitment {
            provider: ProviderName::from_name(&section.text("provider")?.value)?,
            kind: section.text("kind")?.value,
            usd_per_hour: section.rate("usd_per_hour")?.value,
            discount: section.number("discount")?.value,
            remaining: section.duration("remaining").map(|d| d.value),
            origin: section.origin,
        })
    }
}
