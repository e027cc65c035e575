//! Which offerings a stage could run on, at what cost by site, and why the others can't.
//!
//! Of all offerings that a stage could use at one site, only the cheapest can be part of an
//! optimum: data cost depends on the site alone. Offerings that draw on limited capacity (an owned
//! pool, a quota) are kept apart, since the optimum may have to leave them to another stage.

use std::collections::BTreeMap;

use super::candidate::{Candidate, Offered};
use super::eligibility::{Eligibility, earliest};
use super::funnel::Counts;
use super::limits::{Limits, Usage};
use super::rivals;
use super::shape::Shape;
use super::sites::{FoundRate, SiteIndex, Sites};
use super::sizing::{self, Sizing};
use super::step::Step;
use crate::catalog::{Catalog, GpuCount, InstanceType};
use crate::model::{CapacityType, GpuChoice, Project, Stage};
use crate::units::{Money, Quantity};

/// The candidates of one stage.
#[derive(Debug)]
pub(crate) struct StageCandidates<'a> {
    /// The cheapest by site and by limited capacity used, in order of site.
    pub(crate) kept: Vec<Candidate<'a>>,
    pub(crate) counts: Counts,
    /// Whether the preferred GPUs could not be had and the others were taken.
    pub(crate) escalated: bool,
}

/// What finding candidates needs to know besides the stage.
pub(crate) struct Market<'m, 'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) project: &'a Project,
    pub(crate) sites: &'m Sites<'a>,
    pub(crate) limits: &'m Limits<'a>,
}

/// Finds the candidates of a stage. `site_costs` holds, by site, what its data costs there: `None`
/// where that isn't known.
pub(crate) fn find<'a>(
    stage: &'a Stage,
    market: &Market<'_, 'a>,
    site_costs: &[Option<Money>],
) -> StageCandidates<'a> {
    let choice = stage.requirements.gpu.as_ref().map(|gpu| &gpu.value.choice);
    let passes: Vec<Option<&[String]>> = match choice {
        None | Some(GpuChoice::Any) => vec![None],
        Some(GpuChoice::AnyOf(names)) => vec![Some(&names.value)],
        Some(GpuChoice::Prefer {
            preferred,
            otherwise,
        }) => {
            let rest = otherwise.as_ref().map(|names| Some(names.value.as_slice()));
            std::iter::once(Some(preferred.value.as_slice()))
                .chain(rest)
                .collect()
        }
    };
    let last = passes.len() - 1;
    for (i, names) in passes.into_iter().enumerate() {
        let mut search = Search::new(stage, market, site_costs, names);
        search.clouds();
        search.owned();
        if !search.best.is_empty() || i == last {
            return StageCandidates {
                kept: rivals::undominated(search.best.into_values()),
                counts: search.counts,
                escalated: i > 0,
            };
        }
    }
    StageCandidates {
        kept: Vec::new(),
        counts: Counts::default(),
        escalated: false,
    }
}

/// One pass over all offerings for one stage.
struct Search<'m, 'a> {
    stage: &'a Stage,
    market: &'m Market<'m, 'a>,
    site_costs: &'m [Option<Money>],
    eligibility: Eligibility<'a>,
    counts: Counts,
    best: BTreeMap<(SiteIndex, Usage), Candidate<'a>>,
    /// By site: the least `rate × node time` yet of offerings that draw on no limit. Most of a
    /// hundred thousand offerings are dearer, and are told so by one multiplication.
    least: Vec<Option<u128>>,
}

impl<'m, 'a> Search<'m, 'a> {
    fn new(
        stage: &'a Stage,
        market: &'m Market<'m, 'a>,
        site_costs: &'m [Option<Money>],
        names: Option<&[String]>,
    ) -> Self {
        let eligibility = Eligibility::new(stage, market.project, market.catalog, names);
        let (counts, best) = (Counts::default(), BTreeMap::new());
        Self {
            stage,
            market,
            site_costs,
            eligibility,
            counts,
            best,
            least: vec![None; site_costs.len()],
        }
    }

    fn clouds(&mut self) {
        let catalog = self.market.catalog;
        let places: Vec<Option<Step>> = catalog
            .places()
            .map(|(place, _)| self.eligibility.place_step(place))
            .collect();
        let capacities = [CapacityType::OnDemand, CapacityType::Spot]
            .map(|capacity| (capacity, self.eligibility.capacity_step(capacity)));
        for (index, instance_type) in catalog.instance_types() {
            let shape = Shape::of_type(instance_type);
            let sized = self.size(&shape, Some(instance_type));
            let type_step = earliest([
                self.eligibility.type_pin(&instance_type.name),
                sized.as_ref().err().copied(),
            ]);
            for row in catalog.rows_of(index) {
                let place_step = places[usize::from(row.place.0)];
                for (capacity, capacity_step) in capacities {
                    self.counts.total += 1;
                    let step = earliest([place_step, capacity_step, type_step]);
                    let (Ok(sized), None) = (&sized, step) else {
                        self.counts.remove(step.unwrap_or(Step::Work));
                        continue;
                    };
                    let Some(quote) = row.price(capacity).quote() else {
                        self.counts.remove(Step::PriceKnown);
                        continue;
                    };
                    let region = catalog.place(row.place).region;
                    self.offer(Offer {
                        site: Sites::of_region(region),
                        offered: Offered::Cloud {
                            place: row.place,
                            instance_type: index,
                        },
                        capacity,
                        rate: FoundRate::Catalog(quote),
                        gpu: shape.gpu,
                        sized,
                    });
                }
            }
        }
    }

    fn owned(&mut self) {
        for (site, name, cluster) in self.market.sites.clusters() {
            for (pool_name, pool) in &cluster.node_pools {
                self.counts.total += 1;
                let shape = Shape::of_pool(pool, self.market.catalog);
                let sized = self.size(&shape, None).and_then(|sized| {
                    let enough = sized.sizing.nodes <= pool.nodes;
                    if enough {
                        Ok(sized)
                    } else {
                        Err(Step::OwnedNodes)
                    }
                });
                let step = earliest([
                    self.eligibility.owned_step(&cluster.site, pool_name),
                    self.eligibility.capacity_step(CapacityType::Reserved),
                    sized.as_ref().err().copied(),
                ]);
                let (Ok(sized), None) = (&sized, step) else {
                    self.counts.remove(step.unwrap_or(Step::Work));
                    continue;
                };
                self.offer(Offer {
                    site,
                    offered: Offered::Owned {
                        cluster: name,
                        pool: pool_name,
                    },
                    capacity: CapacityType::Reserved,
                    rate: FoundRate::Spec(pool.cost_per_node_hour),
                    gpu: shape.gpu,
                    sized,
                });
            }
        }
    }

    /// Checks what only a rate and a site can fail, and keeps the offering if it is the best yet.
    fn offer(&mut self, offer: Offer<'_, 'a>) {
        let rate = offer.rate.rate();
        let dearest = self.stage.requirements.max_node_hour.as_ref();
        if dearest.is_some_and(|limit| rate > limit.value) {
            return self.counts.remove(Step::MaxNodeHour);
        }
        let Some(site_cost) = self.site_costs[usize::from(offer.site.0)] else {
            return self.counts.remove(Step::DataPriced);
        };
        let sizing = &offer.sized.sizing;
        let limits = self.market.limits;
        let usage = limits.usage(&offer.offered, offer.gpu, sizing.nodes, self.market.catalog);
        if usage.is_empty() {
            let size = u128::from(rate.pico_usd()) * u128::from(offer.sized.node_millis);
            let least = &mut self.least[usize::from(offer.site.0)];
            if least.is_some_and(|least| size > least) {
                return;
            }
            *least = Some(size);
        }
        let compute = Money::charge(rate, offer.sized.node_hours);
        let cost = compute + site_cost;
        let known = self.best.get(&(offer.site, usage.clone()));
        let order = (
            cost,
            sizing.nodes,
            offer.site,
            offer.offered,
            offer.capacity,
        );
        if known.is_none_or(|known| order < known.order()) {
            let candidate = Candidate {
                site: offer.site,
                offered: offer.offered,
                capacity: offer.capacity,
                rate: offer.rate,
                gpu: offer.gpu,
                sizing: sizing.clone(),
                compute,
                cost,
                usage: usage.clone(),
            };
            self.best.insert((offer.site, usage), candidate);
        }
    }

    /// Sizes the stage on a shape after the requirements that the shape alone decides.
    fn size(&self, shape: &Shape, of: Option<&InstanceType>) -> Result<Sized, Step> {
        if let Some(step) = self.eligibility.gpu_step(shape.gpu) {
            return Err(step);
        }
        let sized = sizing::size(self.stage, shape, self.market.catalog);
        let processor = self.eligibility.processor_step(shape, of);
        if let Some(step) = earliest([processor, sized.as_ref().err().copied()]) {
            return Err(step);
        }
        sized.map(|sizing| Sized {
            node_hours: sizing.node_hours(),
            node_millis: sizing.duration.millis().saturating_mul(sizing.nodes.into()),
            sizing,
        })
    }
}

struct Sized {
    node_hours: Quantity,
    /// Nodes × milliseconds of one run: with the rate it orders offerings, since all have as many
    /// runs.
    node_millis: u64,
    sizing: Sizing,
}

struct Offer<'s, 'a> {
    site: SiteIndex,
    offered: Offered<'a>,
    capacity: CapacityType,
    rate: FoundRate,
    gpu: Option<GpuCount>,
    sized: &'s Sized,
}
