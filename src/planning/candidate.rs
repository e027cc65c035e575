//! An offering that a stage could run on, sized and priced.

use super::limits::Usage;
use super::sites::{FoundRate, SiteIndex};
use super::sizing::Sizing;
use crate::catalog::{Basis, GpuCount, PlaceIndex, TypeIndex};
use crate::model::CapacityType;
use crate::units::Money;

/// What a candidate runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Offered<'a> {
    /// An instance type in a zone.
    Cloud {
        place: PlaceIndex,
        instance_type: TypeIndex,
    },
    /// A pool of an owned cluster.
    Owned { cluster: &'a str, pool: &'a str },
}

/// An offering that meets every requirement of a stage, sized and priced.
#[derive(Debug, Clone)]
pub(crate) struct Candidate<'a> {
    pub(crate) site: SiteIndex,
    pub(crate) offered: Offered<'a>,
    pub(crate) capacity: CapacityType,
    pub(crate) rate: FoundRate,
    pub(crate) gpu: Option<GpuCount>,
    pub(crate) sizing: Sizing,
    /// Compute per month.
    pub(crate) compute: Money,
    /// Compute, storage and what datasets cost to bring here: all that depends on this stage alone.
    pub(crate) cost: Money,
    /// What it takes of shared limits.
    pub(crate) usage: Usage,
}

impl Candidate<'_> {
    /// Ties go to fewer nodes, then by (provider, region, zone, name): the indices are in that order.
    pub(crate) fn order(&self) -> (Money, u32, SiteIndex, Offered<'_>, CapacityType) {
        (
            self.cost,
            self.sizing.nodes,
            self.site,
            self.offered,
            self.capacity,
        )
    }

    /// Whether any figure of it is estimated.
    pub(crate) fn estimated(&self) -> bool {
        let rate =
            matches!(self.rate, FoundRate::Catalog(quote) if quote.basis == Basis::Estimated);
        rate || self.sizing.estimated_from.is_some()
    }
}
