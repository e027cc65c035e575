//! Capacity that stages share: nodes of owned pools, and quotas.
//!
//! What stages use in one hour of the week must fit together. A stage whose runs start at unknown
//! times may run in any hour.

use super::candidate::Offered;
use super::hours::Hours;
use crate::catalog::{Catalog, GpuCount};
use crate::model::{Project, ProviderName, Quota};

/// What one node takes of a limit; never nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Load {
    /// Which limit.
    pub(crate) limit: u16,
    /// How much of it.
    pub(crate) per_node: u64,
}

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

    /// The same with another size of one of them.
    pub(crate) fn with_max(mut self, index: u16, max: u64) -> Self {
        if let Some(limit) = self.0.get_mut(usize::from(index)) {
            limit.max = max;
        }
        self
    }

    pub(crate) fn get(&self, index: u16) -> &Limit<'a> {
        &self.0[usize::from(index)]
    }

    /// All limits with their indices.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u16, &Limit<'a>)> {
        (0u16..).zip(&self.0)
    }

    /// What a node of an offering takes of each limit, in order of limits.
    pub(crate) fn loads(
        &self,
        offered: &Offered<'_>,
        gpu: Option<GpuCount>,
        catalog: &Catalog,
    ) -> Vec<Load> {
        let load = |(limit, settings): (u16, &Limit<'_>)| {
            let per_node = match &settings.counts {
                Counted::Nodes { cluster, pool } => match offered {
                    Offered::Owned {
                        cluster: c,
                        pool: p,
                    } if c == cluster && p == pool => 1,
                    _ => 0,
                },
                Counted::Quota(quota) => quota_load(quota, offered, gpu, catalog),
            };
            (per_node > 0).then_some(Load { limit, per_node })
        };
        self.all().filter_map(load).collect()
    }
}

/// Whether the first draws no more on any limit than the second, at any hour.
pub(crate) fn draws_no_more(first: (&[Load], &Hours), second: (&[Load], &Hours)) -> bool {
    first.0.iter().all(|load| {
        let mut same = second.0.iter().filter(|other| other.limit == load.limit);
        same.any(|other| load.per_node <= other.per_node && first.1.no_more_than(second.1))
    })
}

fn quota_load(
    quota: &Quota,
    offered: &Offered<'_>,
    gpu: Option<GpuCount>,
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
    match (&quota.gpu, gpu, offered) {
        (Some(name), Some(gpu), _) => gpus_of(&name.value, gpu, catalog),
        (Some(_), None, _) | (None, _, Offered::Owned { .. }) => 0,
        (None, _, Offered::Cloud { instance_type, .. }) => u64::from(
            catalog
                .instance_type(*instance_type)
                .vcpus_milli
                .div_ceil(1000),
        ),
    }
}

/// GPUs of a name that a node has. A quota on a card counts cards: a node's slices are as many as
/// it takes to cut them, and a part of a card is one, as no two nodes share a card for certain. A
/// quota on slices counts slices.
fn gpus_of(name: &str, count: GpuCount, catalog: &Catalog) -> u64 {
    let gpu = catalog.gpu(count.gpu);
    let units = u64::from(count.milli.div_ceil(1000));
    match &gpu.slice {
        _ if gpu.answers_to(name) => units,
        Some(slice) if gpu.is_slice_of(name) => units.div_ceil(slice.per_card.max(1).into()),
        _ => 0,
    }
}
