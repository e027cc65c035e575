//! One pass over all offerings for one stage: which could do, and which of them may be best.
//!
//! Most of a hundred thousand offerings fail a requirement or are dearer than another at the same
//! place; both are found out by a few comparisons, and nothing is allocated for them. An offering is
//! kept unless another at the same place, drawing no more on any limit, costs no more, however long
//! the nodes wait for data, and takes no longer where time matters.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::candidate::{Candidate, Offered};
use super::candidates::Market;
use super::eligibility::{Eligibility, earliest};
use super::funnel::Counts;
use super::hours::Hours;
use super::limits::Load;
use super::matters::Matters;
use super::risk::{self, Threats};
use super::shape::Shape;
use super::sites::{FoundRate, Locus, SiteIndex, Sites};
use super::sizing::{self, Sizing};
use super::step::Step;
use crate::catalog::{Catalog, InstanceType, Quote, Row, TypeIndex};
use crate::model::{CapacityType, CostBasis, NodePool, Stage};
use crate::units::{Duration, Money, Rate};

/// How many of the cheapest offerings of a site are remembered as what a stage may fall back on, on
/// spot and not.
const NEARBY: usize = 4;

/// What one pass over all offerings found, before data is looked at.
#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    /// Those that may be best at their place, at the cost of their nodes alone.
    pub(crate) best: Vec<Candidate<'a>>,
    /// The cheapest few of each site, as fallbacks.
    pub(crate) nearby: Vec<Candidate<'a>>,
    pub(crate) counts: Counts,
    /// By site and time of a run: how many offerings meet every requirement.
    pub(crate) offers: BTreeMap<(SiteIndex, Duration), u64>,
}

/// One pass over all offerings for one stage.
pub(crate) struct Search<'m, 'a> {
    pub(super) stage: &'a Stage,
    market: &'m Market<'m, 'a>,
    pub(super) eligibility: Eligibility<'a>,
    threats: Threats<'a>,
    matters: Matters,
    counts: Counts,
    /// By site: times of a run and how many offerings take so long.
    offers: Vec<Vec<(Duration, u64)>>,
    /// By place and what is drawn on limits and commitments.
    best: BTreeMap<Key, Vec<Candidate<'a>>>,
    /// By place: figures of kept offerings that draw on nothing. Most others are worse than one of
    /// them, and are told so without allocating.
    front: Vec<Vec<Figures>>,
    /// By site, those that aren't spot and those that are, cheapest first.
    nearby: Vec<Vec<(Figures, Remembered<'a>)>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    locus: Locus,
    loads: Vec<Load>,
    covered_by: u32,
    /// Only where it matters: with loads or coverage.
    hours: Option<Rc<Hours>>,
}

/// What decides between offerings at one place, each the less the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Figures {
    /// Rate × node time of a run: all offerings have as many runs.
    size: u128,
    /// Rate × nodes, when the stage waits for data.
    burn: u128,
    /// Of a run, when time matters.
    duration: u64,
}

impl Figures {
    fn none_worse_than(&self, other: &Self) -> bool {
        self.size <= other.size && self.burn <= other.burn && self.duration <= other.duration
    }
}

/// An offering that is remembered as a fallback, with the stage on it.
type Remembered<'a> = (Offer<'a>, Rc<Sized>);

/// A stage on a shape.
pub(crate) struct Sized {
    pub(super) sizing: Rc<Sizing>,
    pub(super) hours: Rc<Hours>,
}

/// An offering that a stage can use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer<'a> {
    pub(super) site: SiteIndex,
    pub(super) offered: Offered<'a>,
    pub(super) capacity: CapacityType,
    pub(super) rate: FoundRate,
    /// What the choice counts: nothing for nodes that are paid already.
    pub(super) counted: Rate,
    pub(super) gpu: Option<crate::catalog::GpuCount>,
}

impl<'a> Offer<'a> {
    /// An instance type in a zone at a known rate.
    pub(super) fn rented(
        row: &Row,
        capacity: CapacityType,
        quote: Quote,
        shape: &Shape,
        catalog: &Catalog,
    ) -> Self {
        Self {
            site: Sites::of_region(catalog.place(row.place).region),
            offered: Offered::Cloud {
                place: row.place,
                instance_type: row.instance_type,
            },
            capacity,
            rate: FoundRate::Catalog(quote),
            counted: quote.rate,
            gpu: shape.gpu,
        }
    }

    /// A pool of a cluster, by their names.
    pub(super) fn owned(
        site: SiteIndex,
        (cluster, name): (&'a str, &'a str),
        pool: &NodePool,
        shape: &Shape,
    ) -> Self {
        let rate = pool.cost_per_node_hour;
        Self {
            site,
            offered: Offered::Owned {
                cluster,
                pool: name,
            },
            capacity: CapacityType::Reserved,
            rate: FoundRate::Spec(rate),
            counted: if pool.cost_basis == CostBasis::Sunk {
                Rate::ZERO
            } else {
                rate
            },
            gpu: shape.gpu,
        }
    }
}

impl<'m, 'a> Search<'m, 'a> {
    pub(crate) fn new(
        stage: &'a Stage,
        market: &'m Market<'m, 'a>,
        names: Option<&[String]>,
        matters: Matters,
    ) -> Self {
        Self {
            stage,
            market,
            eligibility: Eligibility::new(stage, market.project, market.catalog, names),
            threats: Threats::new(stage, market.project),
            matters,
            counts: Counts::default(),
            offers: vec![Vec::new(); market.sites.len()],
            best: BTreeMap::new(),
            front: vec![Vec::new(); market.sites.len() + market.catalog.places().count()],
            nearby: vec![Vec::new(); market.sites.len() * 2],
        }
    }

    pub(crate) fn run(mut self) -> Found<'a> {
        self.clouds();
        self.owned();
        let nearby = std::mem::take(&mut self.nearby);
        let nearby = nearby.into_iter().flatten();
        Found {
            nearby: nearby
                .map(|(_, (offer, sized))| self.candidate(&offer, &sized))
                .collect(),
            best: self.best.into_values().flatten().collect(),
            counts: self.counts,
            offers: by_site_and_time(self.offers),
        }
    }

    fn clouds(&mut self) {
        let catalog = self.market.catalog;
        let places: Vec<Option<Step>> = catalog
            .places()
            .map(|(place, _)| self.eligibility.place_step(place))
            .collect();
        let on_demand = self.eligibility.capacity_step(CapacityType::OnDemand);
        let spot = self.eligibility.capacity_step(CapacityType::Spot);
        for (index, instance_type) in catalog.instance_types() {
            let shape = Shape::of_type(instance_type);
            let sized = self.size(&shape, Some(instance_type));
            let type_step = earliest([
                self.eligibility.type_pin(&instance_type.name),
                sized.as_ref().err().copied(),
            ]);
            let mut risky = Risky::default();
            for row in catalog.rows_of(index) {
                let place_step = places[usize::from(row.place.0)];
                self.counts.total += 2;
                match (&sized, earliest([place_step, on_demand, type_step])) {
                    (Ok(sized), None) => {
                        self.rented(row, CapacityType::OnDemand, &shape, sized);
                    }
                    (_, step) => self.counts.remove(step.unwrap_or(Step::Work)),
                }
                match (&sized, earliest([place_step, spot, type_step])) {
                    (Ok(calm), None) => match risky.sized(self, index, row, &shape, calm) {
                        Ok(sized) => {
                            self.rented(row, CapacityType::Spot, &shape, &sized);
                        }
                        Err(step) => self.counts.remove(step),
                    },
                    (_, step) => self.counts.remove(step.unwrap_or(Step::Work)),
                }
            }
        }
    }

    /// An offering of a cloud that meets everything but perhaps has no known rate.
    fn rented(&mut self, row: &Row, capacity: CapacityType, shape: &Shape, sized: &Rc<Sized>) {
        let Some(quote) = row.price(capacity).quote() else {
            return self.counts.remove(Step::PriceKnown);
        };
        let offer = Offer::rented(row, capacity, quote, shape, self.market.catalog);
        self.offer(&offer, sized);
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
                let offer = Offer::owned(site, (name, pool_name), pool, &shape);
                self.offer(&offer, sized);
            }
        }
    }

    /// Whether a node costs more than the stage allows.
    pub(super) fn too_dear(&self, offer: &Offer<'a>) -> bool {
        let dearest = self.stage.requirements.max_node_hour.as_ref();
        dearest.is_some_and(|limit| offer.rate.rate() > limit.value)
    }

    /// Checks what only a rate can fail, and keeps the offering if it may be best.
    fn offer(&mut self, offer: &Offer<'a>, sized: &Rc<Sized>) {
        let allowed = self.market.allowed;
        if allowed.is_some_and(|allowed| !allowed(offer.site, &offer.offered, offer.capacity)) {
            return;
        }
        if self.too_dear(offer) {
            return self.counts.remove(Step::MaxNodeHour);
        }
        let time = if self.matters.time {
            sized.sizing.duration
        } else {
            Duration::ZERO
        };
        count(&mut self.offers[usize::from(offer.site.0)], time);
        let figures = self.figures(offer, sized);
        self.remember_nearby(figures, offer, sized);
        let locus = self.locus(offer);
        let place = self.place_of(locus);
        let mut front = self.front[place].iter();
        // What a commitment covers may cost nothing, however dear it is at list.
        let covered = || {
            let commitments = &self.market.commitments;
            commitments.covering(&offer.offered, offer.capacity) != 0
        };
        if front.any(|kept| strictly_better(kept, &figures)) && !covered() {
            return;
        }
        let candidate = self.candidate(offer, sized);
        let free = candidate.loads.is_empty() && candidate.covered_by == 0;
        let key = Key {
            locus,
            loads: candidate.loads.clone(),
            covered_by: candidate.covered_by,
            hours: (!free).then(|| Rc::clone(&candidate.hours)),
        };
        let matters = self.matters;
        let kept = self.best.entry(key).or_default();
        if kept.iter().any(|rival| beats(rival, &candidate, matters)) {
            return;
        }
        kept.retain(|rival| !beats(&candidate, rival, matters));
        kept.push(candidate);
        if free {
            let front = &mut self.front[place];
            front.retain(|kept| !figures.none_worse_than(kept));
            front.push(figures);
        }
    }

    fn figures(&self, offer: &Offer<'_>, sized: &Sized) -> Figures {
        let rate = u128::from(offer.counted.pico_usd());
        let sizing = &sized.sizing;
        Figures {
            size: rate.saturating_mul(sizing.node_millis),
            burn: if self.matters.waiting {
                rate * u128::from(sizing.nodes)
            } else {
                0
            },
            duration: if self.matters.time {
                sizing.duration.millis()
            } else {
                0
            },
        }
    }

    fn remember_nearby(&mut self, figures: Figures, offer: &Offer<'a>, sized: &Rc<Sized>) {
        let spot = usize::from(offer.capacity == CapacityType::Spot);
        let nearby = &mut self.nearby[usize::from(offer.site.0) * 2 + spot];
        let full = nearby.len() == NEARBY;
        if full && nearby.last().is_some_and(|(last, _)| *last <= figures) {
            return;
        }
        let at = nearby.partition_point(|(kept, _)| *kept <= figures);
        if full {
            nearby.pop();
        }
        nearby.insert(at, (figures, (*offer, Rc::clone(sized))));
    }

    /// A number for each locus: sites first, then zones.
    fn place_of(&self, locus: Locus) -> usize {
        locus.place.map_or(usize::from(locus.site.0), |place| {
            self.market.sites.len() + usize::from(place.0)
        })
    }

    fn locus(&self, offer: &Offer<'_>) -> Locus {
        let place = match offer.offered {
            Offered::Cloud { place, .. } if self.matters.zone => Some(place),
            _ => None,
        };
        Locus {
            site: offer.site,
            place,
        }
    }

    pub(super) fn candidate(&self, offer: &Offer<'a>, sized: &Rc<Sized>) -> Candidate<'a> {
        let (market, sizing) = (self.market, &sized.sizing);
        let compute = Money::charge(offer.counted, sizing.node_hours());
        Candidate {
            locus: self.locus(offer),
            offered: offer.offered,
            capacity: offer.capacity,
            rate: offer.rate,
            gpu: offer.gpu,
            sizing: Rc::clone(sizing),
            compute,
            waiting_hour: Money::charge(offer.counted, sizing.waiting_node_hours()),
            dataset_wait: Duration::ZERO,
            cost: compute,
            loads: market
                .limits
                .loads(&offer.offered, offer.gpu, market.catalog),
            hours: Rc::clone(&sized.hours),
            covered_by: market.commitments.covering(&offer.offered, offer.capacity),
            shared_with: None,
        }
    }

    /// Sizes the stage on a shape after the requirements that the shape alone decides.
    pub(super) fn size(&self, shape: &Shape, of: Option<&InstanceType>) -> Result<Rc<Sized>, Step> {
        if let Some(step) = self.eligibility.gpu_step(shape) {
            return Err(step);
        }
        let sized = sizing::size(self.stage, shape, self.market.catalog);
        let processor = self.eligibility.processor_step(shape, of);
        if let Some(step) = earliest([processor, sized.as_ref().err().copied()]) {
            return Err(step);
        }
        sized.map(|sizing| self.sized(sizing))
    }

    fn sized(&self, sizing: Sizing) -> Rc<Sized> {
        Rc::new(Sized {
            hours: Rc::new(sizing.hours(self.stage)),
            sizing: Rc::new(sizing),
        })
    }
}

fn count(times: &mut Vec<(Duration, u64)>, time: Duration) {
    match times.iter_mut().find(|(known, _)| *known == time) {
        Some((_, offers)) => *offers += 1,
        None => times.push((time, 1)),
    }
}

fn by_site_and_time(offers: Vec<Vec<(Duration, u64)>>) -> BTreeMap<(SiteIndex, Duration), u64> {
    let sites = (0u16..).map(SiteIndex).zip(offers);
    sites
        .flat_map(|(site, times)| times.into_iter().map(move |(t, n)| ((site, t), n)))
        .collect()
}

/// One type's sizings on spot, by how often its nodes are interrupted: few rates differ.
#[derive(Default)]
struct Risky {
    known: Vec<(RiskClass, Result<Rc<Sized>, Step>)>,
}

/// Which of the few interruption rates of a type.
type RiskClass = Option<crate::catalog::InterruptionBucket>;

impl Risky {
    fn sized(
        &mut self,
        search: &Search<'_, '_>,
        index: TypeIndex,
        row: &Row,
        shape: &Shape,
        calm: &Rc<Sized>,
    ) -> Result<Rc<Sized>, Step> {
        let catalog = search.market.catalog;
        let published = catalog.interruption(index, catalog.place(row.place).region);
        let class = published.map(|(bucket, _)| bucket);
        if let Some((_, sized)) = self.known.iter().find(|(known, _)| *known == class) {
            return sized.clone();
        }
        let provider = catalog.instance_type(index).provider;
        let threat = search.threats.of(provider, shape.gpu.is_some(), published);
        let sized = risk::interrupted(search.stage, &calm.sizing, threat, shape);
        let sized = sized.map(|sizing| search.sized(sizing));
        self.known.push((class, sized.clone()));
        sized
    }
}

/// Whether an offering with the first figures makes one with the second superfluous without looking
/// at ties, which go by order.
fn strictly_better(first: &Figures, second: &Figures) -> bool {
    first.none_worse_than(second) && first.size < second.size
}

/// Whether the first of two candidates that draw alike at one place makes the second superfluous.
fn beats(first: &Candidate<'_>, second: &Candidate<'_>, matters: Matters) -> bool {
    no_worse(first, second, matters) && first.order() <= second.order()
}

/// Whether the first of two candidates that draw alike at one place has nothing but its cost
/// against it.
pub(super) fn no_worse(first: &Candidate<'_>, second: &Candidate<'_>, matters: Matters) -> bool {
    let waiting = !matters.waiting || first.waiting_hour <= second.waiting_hour;
    let time = !matters.time || first.sizing.duration <= second.sizing.duration;
    // The dearer its hours are, the less of them a commitment covers.
    let covered = first.covered_by == 0 || first.rate.rate() <= second.rate.rate();
    waiting && time && covered
}
