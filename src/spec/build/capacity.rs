use std::collections::BTreeMap;

use super::Builder;
use crate::diagnostics::spec;
use crate::model::{
    Cluster, CostBasis, Location, LocationPattern, NodePool, ProviderName, ProviderSettings,
    Written,
};
use crate::spec::section::Section;
use crate::spec::typed::Typed;

impl Builder<'_, '_> {
    pub(super) fn providers(&self, root: &Section) -> BTreeMap<ProviderName, ProviderSettings> {
        let built = root.blocks("provider").filter_map(|section| {
            let settings = ProviderSettings {
                regions: section.texts("regions").map_or_else(Vec::new, |w| w.value),
                interruptions_per_hour: section.number("interruptions_per_hour"),
                account: section.other_texts(),
                origin: section.origin,
            };
            Some((ProviderName::from_name(section.label()?)?, settings))
        });
        built.collect()
    }

    pub(super) fn cluster(&self, section: &Section) -> Option<Cluster> {
        let node_pools = self.named(section, "node_pool", |s| self.node_pool(s));
        if section.lacks("node_pool") {
            let detail = "A cluster has at least one `node_pool` block.";
            self.report(&spec::MISSING_BLOCK, section.origin, detail);
        }
        let transfer = self.by_place(section, "transfer", Typed::as_rate);
        let throughput = self.by_place(section, "throughput", Typed::as_number);
        let location = section.location("location")?;
        if location.value.provider != Location::ONPREM {
            let detail = "Owned capacity is at `onprem/SITE`; capacity of a cloud is chosen from \
                          its catalog.";
            self.report(&spec::INVALID_FORM, location.origin, detail);
        }
        Some(Cluster {
            kubeconfig_context: section.text("kubeconfig_context").map(|t| t.value),
            site: location.value.region,
            transfer,
            throughput,
            storage: section.rate("storage_per_gb_month").map(|r| r.value),
            node_pools,
            origin: section.origin,
        })
    }

    /// What holds for the places that a pattern matches.
    fn by_place<T>(
        &self,
        section: &Section,
        argument: &str,
        read: fn(&Typed) -> Option<T>,
    ) -> Vec<(LocationPattern, T)> {
        let Some(map) = section.map(argument) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (pattern, written) in map.value {
            match (
                crate::spec::convert::pattern(&pattern),
                read(&written.value),
            ) {
                (Some(pattern), Some(value)) => found.push((pattern, value)),
                _ => {
                    let detail = format!(
                        "`{pattern}` isn't a place; it is written `PROVIDER/REGION`, where `*` \
                         stands for anything, e.g. \"aws/*\"."
                    );
                    self.report(&spec::INVALID_FORM, written.origin, detail);
                }
            }
        }
        found
    }

    fn node_pool(&self, section: &Section) -> Option<NodePool> {
        let gpu = section.text("gpu");
        let gpus = section.count("gpus_per_node");
        if let (None, Some(at)) = (section.given("gpu"), section.given("gpus_per_node")) {
            let detail = "`gpus_per_node` says how many of `gpu` there are, which isn't given.";
            self.report(&spec::CONFLICT, at, detail);
        }
        let basis = section.text("cost_basis");
        Some(NodePool {
            gpus_per_node: match (&gpu, gpus) {
                (None, _) => 0,
                (Some(_), None) => 1,
                (Some(_), Some(count)) => small(&count),
            },
            gpu,
            vcpus: small(&section.count("vcpus")?),
            memory: section.bytes("memory")?.value,
            arch: section
                .text("arch")
                .map_or_else(|| "x86_64".to_owned(), |t| t.value),
            cpu_vendor: section.text("cpu_vendor").map(|t| t.value),
            nodes: small(&section.count("nodes")?),
            cost_per_node_hour: section.rate("cost_per_node_hour")?.value,
            cost_basis: match basis.as_ref().map(|b| b.value.as_str()) {
                Some("sunk") => CostBasis::Sunk,
                Some("marginal") => CostBasis::Marginal,
                _ => CostBasis::Amortised,
            },
            origin: section.origin,
        })
    }
}

/// A count whose table entry keeps it far below 2³².
pub(super) fn small(count: &Written<u64>) -> u32 {
    u32::try_from(count.value).unwrap_or(u32::MAX)
}
