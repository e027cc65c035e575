//! Which offerings a stage could run on, at what cost by site, and why the others can't.
//!
//! Of all offerings that a stage could use at one site, only the cheapest can be part of an
//! optimum: data cost depends on the site alone. Offerings that draw on limited capacity (an owned
//! pool, a quota) are kept apart, since the optimum may have to leave them to another stage.

use std::collections::BTreeMap;
use std::rc::Rc;

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

/// Finds candidates, and remembers what it found: stages that ask for the same are searched once.
pub(crate) struct Finder<'m, 'a> {
    market: Market<'m, 'a>,
    found: BTreeMap<(String, usize), Rc<Found<'a>>>,
}

/// What one pass over all offerings found, before data is looked at.
struct Found<'a> {
    /// The cheapest by site and usage, at the cost of its nodes alone.
    best: Vec<Candidate<'a>>,
    counts: Counts,
    /// By site: how many offerings meet every requirement.
    offers: Vec<u64>,
}

impl<'m, 'a> Finder<'m, 'a> {
    pub(crate) const fn new(market: Market<'m, 'a>) -> Self {
        Self {
            market,
            found: BTreeMap::new(),
        }
    }

    /// Finds the candidates of a stage. `site_costs` holds, by site, what its data costs there:
    /// `None` where that isn't known.
    pub(crate) fn find(
        &mut self,
        stage: &'a Stage,
        site_costs: &[Option<Money>],
    ) -> StageCandidates<'a> {
        let choice = stage.requirements.gpu.as_ref().map(|gpu| &gpu.value.choice);
        let (first, second) = match choice {
            None | Some(GpuChoice::Any) => (None, None),
            Some(GpuChoice::AnyOf(names)) => (Some(names), None),
            Some(GpuChoice::Prefer {
                preferred,
                otherwise,
            }) => (Some(preferred), otherwise.as_ref()),
        };
        let names = first.map(|names| names.value.as_slice());
        let candidates = self.pass(stage, names, 0).at(site_costs);
        match second {
            Some(names) if candidates.kept.is_empty() => StageCandidates {
                escalated: true,
                ..self.pass(stage, Some(&names.value), 1).at(site_costs)
            },
            _ => candidates,
        }
    }

    /// One pass with these GPUs; any GPU when there are none.
    fn pass(&mut self, stage: &'a Stage, names: Option<&[String]>, pass: usize) -> Rc<Found<'a>> {
        let asked = (
            stage.kind,
            &stage.requirements,
            &stage.pin,
            &stage.demand,
            stage.interruption.tolerated,
        );
        let key = (serde_json::to_string(&asked).unwrap_or_default(), pass);
        if let Some(found) = self.found.get(&key) {
            return Rc::clone(found);
        }
        let mut search = Search::new(stage, &self.market, names);
        search.clouds();
        search.owned();
        let found = Rc::new(Found {
            best: search.best.into_values().collect(),
            counts: search.counts,
            offers: search.offers,
        });
        self.found.insert(key, Rc::clone(&found));
        found
    }
}

impl<'a> Found<'a> {
    /// The candidates with what a stage's data costs at their sites.
    fn at(&self, site_costs: &[Option<Money>]) -> StageCandidates<'a> {
        let mut counts = self.counts.clone();
        for (offers, _) in self
            .offers
            .iter()
            .zip(site_costs)
            .filter(|(_, cost)| cost.is_none())
        {
            counts.remove_many(Step::DataPriced, *offers);
        }
        let priced = self.best.iter().filter_map(|candidate| {
            let cost = candidate.compute + site_costs[usize::from(candidate.site.0)]?;
            Some(Candidate {
                cost,
                ..candidate.clone()
            })
        });
        StageCandidates {
            kept: rivals::undominated(priced),
            counts,
            escalated: false,
        }
    }
}

/// One pass over all offerings for one stage.
struct Search<'m, 'a> {
    stage: &'a Stage,
    market: &'m Market<'m, 'a>,
    eligibility: Eligibility<'a>,
    counts: Counts,
    offers: Vec<u64>,
    best: BTreeMap<(SiteIndex, Usage), Candidate<'a>>,
    /// By site: the least `rate × node time` yet of offerings that draw on no limit. Most of a
    /// hundred thousand offerings are dearer, and are told so by one multiplication.
    least: Vec<Option<u128>>,
}

impl<'m, 'a> Search<'m, 'a> {
    fn new(stage: &'a Stage, market: &'m Market<'m, 'a>, names: Option<&[String]>) -> Self {
        let sites = market.sites.len();
        Self {
            stage,
            market,
            eligibility: Eligibility::new(stage, market.project, market.catalog, names),
            counts: Counts::default(),
            offers: vec![0; sites],
            best: BTreeMap::new(),
            least: vec![None; sites],
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
        self.offers[usize::from(offer.site.0)] += 1;
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
        let known = self.best.get(&(offer.site, usage.clone()));
        let order = (
            compute,
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
                cost: compute,
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
