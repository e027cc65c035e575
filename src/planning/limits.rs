//! Capacity that stages share: nodes of owned pools, and quotas.
//!
//! Stages that draw on one limit are taken to run at the same time: the sum of what they use must
//! fit. That is the safe side; a pipeline whose stages never overlap could do with less.

use super::candidate::Offered;
use crate::catalog::{Catalog, GpuCount};
use crate::model::{Project, ProviderName, Quota};

/// How much a candidate takes of each limit: (limit, amount), in order of limits; zero amounts are
/// left out.
pub(crate) type Usage = Vec<(u16, u64)>;

/// One shared limit.
#[derive(Debug)]
pub(crate) struct Limit<'a> {
    /// How the plan names it.
    pub(crate) name: String,
    /// Most of it at once.
    pub(crate) max: u64,
    counts: Counted<'a>,
}

#[derive(Debug)]
enum Counted<'a> {
    Nodes { cluster: &'a str, pool: &'a str },
    Quota(&'a Quota),
}

/// All limits of a project.
#[derive(Debug)]
pub(crate) struct Limits<'a>(Vec<Limit<'a>>);

impl<'a> Limits<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        let pools = project.clusters.iter().flat_map(|(cluster, settings)| {
            settings
                .node_pools
                .iter()
                .map(move |(pool, settings)| Limit {
                    name: format!("node pool `{pool}` of cluster `{cluster}`"),
                    max: settings.nodes.into(),
                    counts: Counted::Nodes { cluster, pool },
                })
        });
        let quotas = project.quotas.iter().map(|(name, quota)| Limit {
            name: format!("quota `{name}`"),
            max: quota.max.into(),
            counts: Counted::Quota(quota),
        });
        Self(pools.chain(quotas).collect())
    }

    /// One limit of that size, for tests of the choice alone.
    #[cfg(test)]
    pub(crate) fn of_maximum(max: u64) -> Self {
        let counts = Counted::Nodes {
            cluster: "",
            pool: "",
        };
        Self(vec![Limit {
            name: "limit".into(),
            max,
            counts,
        }])
    }

    pub(crate) fn get(&self, index: u16) -> &Limit<'a> {
        &self.0[usize::from(index)]
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What an offering with so many nodes takes of each limit.
    pub(crate) fn usage(
        &self,
        offered: &Offered<'_>,
        gpu: Option<GpuCount>,
        nodes: u32,
        catalog: &Catalog,
    ) -> Usage {
        let mut usage = Usage::new();
        for (i, limit) in (0u16..).zip(&self.0) {
            let amount = match &limit.counts {
                Counted::Nodes { cluster, pool } => match offered {
                    Offered::Owned {
                        cluster: c,
                        pool: p,
                    } if c == cluster && p == pool => nodes.into(),
                    _ => 0,
                },
                Counted::Quota(quota) => quota_usage(quota, offered, gpu, nodes, catalog),
            };
            if amount > 0 {
                usage.push((i, amount));
            }
        }
        usage
    }
}

fn quota_usage(
    quota: &Quota,
    offered: &Offered<'_>,
    gpu: Option<GpuCount>,
    nodes: u32,
    catalog: &Catalog,
) -> u64 {
    let place: Option<(ProviderName, &str)> = match offered {
        Offered::Cloud { place, .. } => {
            let region = catalog.region(catalog.place(*place).region);
            Some((region.provider, &region.name))
        }
        Offered::Owned { .. } => None,
    };
    let provider = quota
        .provider
        .is_none_or(|want| place.is_some_and(|(have, _)| have == want));
    let region = quota
        .region
        .as_ref()
        .is_none_or(|want| place.is_some_and(|(_, have)| have == want));
    if !provider || !region {
        return 0;
    }
    let each = match (&quota.gpu, gpu, offered) {
        (Some(name), Some(gpu), _) if catalog.gpu(gpu.gpu).answers_to(&name.value) => {
            u64::from(gpu.milli.div_ceil(1000))
        }
        (Some(_), _, _) => 0,
        (None, _, Offered::Cloud { instance_type, .. }) => u64::from(
            catalog
                .instance_type(*instance_type)
                .vcpus_milli
                .div_ceil(1000),
        ),
        (None, _, Offered::Owned { .. }) => 0,
    };
    each * u64::from(nodes)
}
