use super::Builder;
use super::affinity::stages;
use super::capacity::small;
use crate::diagnostics::spec;
use crate::model::{Budget, Commitment, OnExceed, ProviderName, Quota, QuotaScope};
use crate::spec::section::Section;
use crate::units::Millionths;

/// Kinds of commitment that are sold for one instance family.
const NEEDS_FAMILY: &[&str] = &["instance-savings-plan", "reserved-instances"];

impl Builder<'_, '_> {
    pub(super) fn budget(&self, section: &Section) -> Option<Budget> {
        let on_exceed = section.text("on_exceed");
        Some(Budget {
            limit: section.money("limit")?.value,
            warn_at: section
                .number("warn_at")
                .map_or(Millionths::ONE, |n| n.value),
            on_exceed: match on_exceed.as_ref().map(|t| t.value.as_str()) {
                Some("warn") => OnExceed::Warn,
                _ => OnExceed::Deny,
            },
            stages: stages(section),
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
        let kind = section.text("kind");
        if let Some(kind) = &kind
            && NEEDS_FAMILY.contains(&kind.value.as_str())
            && section.lacks_argument("family")
        {
            let why = format!(
                "A commitment of kind `{}` covers one instance family, e.g. `family = \"m7i\"`.",
                kind.value
            );
            self.missing(section.origin, "`family`", &why);
        }
        let family = section.text("family");
        if let Some(family) = family.as_ref().filter(|f| f.value.is_empty()) {
            let detail = "A family is the part of an instance type's name before the size, e.g. \
                          \"m7i\", \"Standard_D\" or \"n2\".";
            self.report(&spec::INVALID_FORM, family.origin, detail);
        }
        Some(Commitment {
            provider: ProviderName::from_name(&section.text("provider")?.value)?,
            kind: kind?.value,
            usd_per_hour: section.rate("usd_per_hour")?.value,
            discount: section.number("discount")?.value,
            remaining: section.duration("remaining").map(|d| d.value),
            region: section.text("region"),
            family,
            origin: section.origin,
        })
    }
}
