//! An offering that a stage could run on, sized and priced.

use std::rc::Rc;

use super::hours::Hours;
use super::limits::Load;
use super::sites::{FoundRate, Locus};
use super::sizing::Sizing;
use crate::catalog::{Basis, GpuCount, PlaceIndex, TypeIndex};
use crate::model::CapacityType;
use crate::units::{Duration, Money};

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
    /// Where it is, as exactly as the stage's data and company need it told.
    pub(crate) locus: Locus,
    pub(crate) offered: Offered<'a>,
    pub(crate) capacity: CapacityType,
    pub(crate) rate: FoundRate,
    pub(crate) gpu: Option<GpuCount>,
    pub(crate) sizing: Rc<Sizing>,
    /// Compute per month, expected, before commitments.
    pub(crate) compute: Money,
    /// What one hour of waiting for data in each run adds to a month.
    pub(crate) waiting_hour: Money,
    /// Time in each run that its datasets take to come here; nothing where it isn't known.
    pub(crate) dataset_wait: Duration,
    /// Compute, storage, and what datasets cost to bring here and to wait for: all that depends on
    /// this stage alone.
    pub(crate) cost: Money,
    /// What each of its nodes takes of shared limits.
    pub(crate) loads: Vec<Load>,
    /// When in the week its nodes may be in use.
    pub(crate) hours: Rc<Hours>,
    /// Commitments that cover it, one bit for each.
    pub(crate) covered_by: u32,
    /// The stage whose nodes it runs on, by its place in the order, where several share a pool: that
    /// stage's own candidate holds the nodes of all.
    pub(crate) shared_with: Option<usize>,
}

impl Candidate<'_> {
    /// Ties go to fewer nodes, then by (provider, region, zone, name): the indices are in that order.
    pub(crate) fn order(&self) -> (Money, u32, Locus, Offered<'_>, CapacityType) {
        (
            self.cost,
            self.sizing.nodes,
            self.locus,
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

    /// From the start of a run to its end as far as this stage alone decides it.
    pub(crate) fn duration(&self) -> Duration {
        super::sizing::sum(self.sizing.duration, self.dataset_wait)
    }
}
