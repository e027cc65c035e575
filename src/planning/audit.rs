//! All requirements that an offering fails, not only the first.
//!
//! The search counts an offering at the first requirement that it fails and looks no further, which
//! is what makes it fast. Whoever asks why an offering isn't taken, or what could be relaxed, needs
//! them all. The rules are the same: those of `eligibility`, `sizing`, `risk` and a stage's data.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::candidate::Offered;
use super::candidates::{Data, Market, Surroundings};
use super::eligibility::Eligibility;
use super::matters::Matters;
use super::risk::{self, Threats};
use super::shape::Shape;
use super::sites::{FoundRate, Locus, SiteIndex, Sites};
use super::sizing::{self, Sizing};
use super::step::{Step, StepSet};
use super::{Planner, bill};
use crate::catalog::{InstanceType, InterruptionBucket, TypeIndex};
use crate::model::{CapacityType, Stage};
use crate::units::{Duration, Money, Rate};

/// An offering with all that it fails.
#[derive(Debug, Clone)]
pub(crate) struct Audited<'a> {
    pub(crate) site: SiteIndex,
    pub(crate) offered: Offered<'a>,
    pub(crate) capacity: CapacityType,
    pub(crate) shape: Shape,
    /// `None` when it isn't known.
    pub(crate) rate: Option<Rate>,
    /// `None` when the stage can't be sized on it.
    pub(crate) sizing: Option<Rc<Sizing>>,
    pub(crate) fails: StepSet,
}

impl Audited<'_> {
    /// Compute per month; `None` when the rate or the size isn't known.
    pub(crate) fn compute(&self) -> Option<Money> {
        let sizing = self.sizing.as_ref()?;
        Some(Money::charge(self.rate?, sizing.node_hours()))
    }

    /// In the order of equal candidates.
    pub(crate) fn order(&self) -> (SiteIndex, Offered<'_>, CapacityType) {
        (self.site, self.offered, self.capacity)
    }
}

/// Judges all offerings for one stage.
pub(crate) struct Audit<'m, 'a> {
    stage: &'a Stage,
    market: &'m Market<'m, 'a>,
    eligibility: Eligibility<'a>,
    threats: Threats<'a>,
    data: Data<'m>,
}

impl<'m, 'a> Audit<'m, 'a> {
    /// `names` are the GPUs that will do; any when there are none.
    pub(crate) fn new(
        stage: &'a Stage,
        market: &'m Market<'m, 'a>,
        around: &'m Surroundings<'m>,
        names: Option<&[String]>,
    ) -> Self {
        Self {
            stage,
            market,
            eligibility: Eligibility::new(stage, market.project, market.catalog, names),
            threats: Threats::new(stage, market.project),
            data: Data::new(stage, around),
        }
    }

    /// Calls `visit` with every offering.
    pub(crate) fn each(&self, visit: &mut dyn FnMut(&Audited<'a>)) {
        self.clouds(visit);
        self.owned(visit);
    }

    fn clouds(&self, visit: &mut dyn FnMut(&Audited<'a>)) {
        let catalog = self.market.catalog;
        let places: Vec<StepSet> = catalog
            .places()
            .map(|(place, _)| self.eligibility.place_fails(place))
            .collect();
        for (index, instance_type) in catalog.instance_types() {
            let shape = Shape::of_type(instance_type);
            let pinned = self.eligibility.type_pin(&instance_type.name);
            let of_type = self
                .shape_fails(&shape, Some(instance_type))
                .and(pinned.into());
            let calm = self.sizing(&shape);
            let mut risky = BTreeMap::new();
            for row in catalog.rows_of(index) {
                let region = catalog.place(row.place).region;
                for capacity in [CapacityType::OnDemand, CapacityType::Spot] {
                    let (sizing, step) = if capacity == CapacityType::Spot {
                        let published = catalog.interruption(index, region);
                        let class = published.map(|(bucket, _)| bucket);
                        let sized: &(Option<Rc<Sizing>>, Option<Step>) =
                            risky.entry(class).or_insert_with(|| {
                                self.risky(index, &shape, calm.as_deref(), published)
                            });
                        sized.clone()
                    } else {
                        (calm.clone(), None)
                    };
                    let quote = row.price(capacity).quote();
                    let fails = places[usize::from(row.place.0)]
                        .and(of_type)
                        .and(self.eligibility.capacity_fails(capacity))
                        .and(step.into())
                        .with_if(quote.is_none(), Step::PriceKnown);
                    let offered = Offered::Cloud {
                        place: row.place,
                        instance_type: index,
                    };
                    visit(&self.judged(Audited {
                        site: Sites::of_region(region),
                        offered,
                        capacity,
                        shape,
                        rate: quote.map(|quote| FoundRate::Catalog(quote).rate()),
                        sizing,
                        fails,
                    }));
                }
            }
        }
    }

    fn owned(&self, visit: &mut dyn FnMut(&Audited<'a>)) {
        for (site, cluster_name, cluster) in self.market.sites.clusters() {
            for (pool_name, pool) in &cluster.node_pools {
                let shape = Shape::of_pool(pool, self.market.catalog);
                let sizing = self.sizing(&shape);
                let few = sizing.as_ref().is_some_and(|s| s.nodes > pool.nodes);
                let fails = self
                    .shape_fails(&shape, None)
                    .and(self.eligibility.owned_fails(&cluster.site, pool_name))
                    .and(self.eligibility.capacity_fails(CapacityType::Reserved))
                    .with_if(few, Step::OwnedNodes);
                visit(&self.judged(Audited {
                    site,
                    offered: Offered::Owned {
                        cluster: cluster_name,
                        pool: pool_name,
                    },
                    capacity: CapacityType::Reserved,
                    shape,
                    rate: Some(pool.cost_per_node_hour),
                    sizing,
                    fails,
                }));
            }
        }
    }

    fn shape_fails(&self, shape: &Shape, of: Option<&InstanceType>) -> StepSet {
        self.eligibility
            .gpu_fails(shape)
            .and(self.eligibility.processor_fails(shape, of))
            .and(sizing::fails(self.stage, shape, self.market.catalog))
    }

    fn sizing(&self, shape: &Shape) -> Option<Rc<Sizing>> {
        let sized = sizing::size(self.stage, shape, self.market.catalog);
        sized.ok().map(Rc::new)
    }

    /// The sizing on spot, or what interruptions make impossible.
    fn risky(
        &self,
        index: TypeIndex,
        shape: &Shape,
        calm: Option<&Sizing>,
        published: Option<(InterruptionBucket, crate::catalog::SourceIndex)>,
    ) -> (Option<Rc<Sizing>>, Option<Step>) {
        let Some(calm) = calm else {
            return (None, None);
        };
        let provider = self.market.catalog.instance_type(index).provider;
        let threat = self.threats.of(provider, shape.gpu.is_some(), published);
        match risk::interrupted(self.stage, calm, threat, shape) {
            Ok(sizing) => (Some(Rc::new(sizing)), None),
            Err(step) => (None, Some(step)),
        }
    }

    /// With what the rate and the stage's data make of it.
    fn judged(&self, audited: Audited<'a>) -> Audited<'a> {
        let limit = self.stage.requirements.max_node_hour.as_ref();
        let dear = limit.is_some_and(|limit| audited.rate.is_some_and(|rate| rate > limit.value));
        let here = self.data.of(audited.site.into());
        let time = audited
            .sizing
            .as_ref()
            .map_or(Duration::ZERO, |s| s.duration);
        let late = here
            .as_ref()
            .is_some_and(|here| self.data.too_late(time, here.wait()));
        Audited {
            fails: audited
                .fails
                .with_if(dear, Step::MaxNodeHour)
                .with_if(here.is_none(), Step::DataPriced)
                .with_if(late, Step::Waiting),
            ..audited
        }
    }
}

impl Planner<'_> {
    /// Judges all offerings for a stage, or for one that differs from it in what it requires.
    pub(super) fn audit<'b>(
        &'b self,
        index: usize,
        stage: &'b Stage,
        names: Option<&[String]>,
        visit: &mut dyn FnMut(&Audited<'b>),
    ) {
        let data = |locus: Locus| bill::data_at(stage, self.project, &self.sites, locus);
        let most_wait = |locus: Locus| self.most_wait(index, locus);
        let around = Surroundings {
            data: &data,
            most_wait: &most_wait,
            matters: Matters::NOTHING,
        };
        let market: Market<'b, 'b> = self.market(None);
        Audit::new(stage, &market, &around, names).each(visit);
    }
}

#[cfg(test)]
mod tests;
