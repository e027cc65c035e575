//! The rules that a combination must keep, one by one.

use mlinfra::catalog::Catalog;
use mlinfra::model::{CapacityType, Domain, Project, Quota};

use super::offers::Offer;

/// What can forbid a combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Pool,
    GpuQuota,
    VcpuQuota,
    Budget,
    StageDeadline,
    ProjectDeadline,
    SameProvider,
    SameRegion,
    SameZone,
    OtherProvider,
    OtherRegion,
    OtherZone,
}

impl Kind {
    pub(super) const ALL: [Self; 12] = [
        Self::Pool,
        Self::GpuQuota,
        Self::VcpuQuota,
        Self::Budget,
        Self::StageDeadline,
        Self::ProjectDeadline,
        Self::SameProvider,
        Self::SameRegion,
        Self::SameZone,
        Self::OtherProvider,
        Self::OtherRegion,
        Self::OtherZone,
    ];
}

/// Capacity that stages share.
pub(super) struct Limit {
    pub(super) kind: Kind,
    pub(super) max: u64,
    /// By stage and offer: what a node draws.
    pub(super) draws: Vec<Vec<u64>>,
}

/// Whether two offers are in one place, or surely in different ones.
pub(super) fn agree(a: &Offer<'_>, b: &Offer<'_>, domain: Domain, same: bool) -> bool {
    let (a, b) = (&a.at, &b.at);
    match domain {
        Domain::Provider => (a.provider == b.provider) == same,
        Domain::Region => (a.location == b.location) == same,
        Domain::Zone if a.location != b.location => !same,
        // A site is one zone.
        Domain::Zone if a.provider.is_none() => same,
        Domain::Zone => a.zone.is_some() && b.zone.is_some() && (a.zone == b.zone) == same,
    }
}

pub(super) fn kind_of(domain: Domain, same: bool) -> Kind {
    match (domain, same) {
        (Domain::Provider, true) => Kind::SameProvider,
        (Domain::Region, true) => Kind::SameRegion,
        (Domain::Zone, true) => Kind::SameZone,
        (Domain::Provider, false) => Kind::OtherProvider,
        (Domain::Region, false) => Kind::OtherRegion,
        (Domain::Zone, false) => Kind::OtherZone,
    }
}

pub(super) fn limits(
    catalog: &Catalog,
    project: &Project,
    offers: &[Vec<Offer<'_>>],
) -> Vec<Limit> {
    let draws = |draw: &dyn Fn(&Offer<'_>) -> u64| -> Vec<Vec<u64>> {
        offers
            .iter()
            .map(|list| list.iter().map(draw).collect())
            .collect()
    };
    let mut limits = Vec::new();
    for (cluster, settings) in &project.clusters {
        for (pool, settings) in &settings.node_pools {
            let name = format!("{cluster}/{pool}");
            limits.push(Limit {
                kind: Kind::Pool,
                max: settings.nodes.into(),
                draws: draws(&|offer| u64::from(offer.name == name)),
            });
        }
    }
    for quota in project.quotas.values() {
        limits.push(Limit {
            kind: if quota.gpu.is_some() {
                Kind::GpuQuota
            } else {
                Kind::VcpuQuota
            },
            max: quota.max.into(),
            draws: draws(&|offer| drawn(catalog, quota, offer)),
        });
    }
    limits
}

/// What a node takes of a quota: GPUs of the name, or vCPUs of clouds.
pub(super) fn drawn(catalog: &Catalog, quota: &Quota, offer: &Offer<'_>) -> u64 {
    let provider = quota.provider.is_none_or(|p| offer.at.provider == Some(p));
    let known = offer
        .at
        .provider
        .and_then(|p| catalog.find_region(p, &offer.at.location.region));
    let region = quota
        .region
        .as_ref()
        .is_none_or(|r| known.is_some() && offer.at.location.region == *r);
    match (&quota.gpu, offer.node.gpu) {
        _ if !provider || !region => 0,
        (Some(name), Some((gpu, milli))) if gpu.answers_to(&name.value) => milli.div_ceil(1000),
        (Some(name), Some((gpu, milli))) if gpu.is_slice_of(&name.value) => {
            (milli / 1000).div_ceil(gpu.slice.as_ref().unwrap().per_card.into())
        }
        (Some(_), _) => 0,
        (None, _) if offer.capacity == CapacityType::Reserved => 0,
        (None, _) => offer.node.vcpus_milli / 1000,
    }
}
