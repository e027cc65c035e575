//! Offerings that several stages can share: each meets the requirements of all, and has as many
//! nodes at each hour as they need together.
//!
//! Shared pools stand on demand or are owned: an interruption of a shared node would stop all that
//! run on it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Planner;
use super::bill;
use super::candidate::Candidate;
use super::candidates::{StageCandidates, gpu_lists, placed};
use super::eligibility::earliest;
use super::hours::Hours;
use super::limits::Load;
use super::matters::Matters;
use super::packing::{self, Shared};
use super::search::{Offer, Search, Sized, no_worse};
use super::shape::Shape;
use super::sites::Locus;
use super::sizing::Sizing;
use crate::catalog::InstanceType;
use crate::model::{CapacityType, Stage};
use crate::units::Money;

/// By member of a pool its candidates, aligned: the same place in each list is the same offering.
pub(super) type PoolCandidates<'a> = Vec<Vec<Candidate<'a>>>;

/// What decides whether one shared offering can stand for another.
///
/// Hours only where they matter: with loads or coverage.
type Key = (Locus, Vec<Load>, u32, Option<Rc<Hours>>);

/// One pass over all offerings for the stages of one pool.
struct PoolSearch<'s, 'a> {
    planner: &'s Planner<'a>,
    /// The members' places in the order of stages.
    stages: &'s [usize],
    members: Vec<Search<'s, 'a>>,
    /// What matters to any of them.
    matters: Matters,
    best: BTreeMap<Key, Vec<Pooled<'a>>>,
}

/// One offering for all members.
struct Pooled<'a> {
    cost: Money,
    /// Which member holds the nodes.
    holder: usize,
    members: Vec<Candidate<'a>>,
}

impl Pooled<'_> {
    /// Whether it makes another one superfluous that draws alike at its place.
    fn beats(&self, other: &Self, matters: Matters) -> bool {
        let order = |pooled: &Self| {
            let holder = &pooled.members[pooled.holder];
            (pooled.cost, holder.sizing.nodes)
        };
        let offering = |pooled: &Self| pooled.members[0].offered;
        let mut members = self.members.iter().zip(&other.members);
        members.all(|(own, other)| no_worse(own, other, matters))
            && (order(self), offering(self)) <= (order(other), offering(other))
    }
}

/// The members on one shape.
struct Fit {
    /// Each as if it had its own nodes.
    own: Vec<Rc<Sized>>,
    /// One with all nodes, the others with none.
    sized: Vec<Rc<Sized>>,
    shared: Shared,
    /// Which member holds the nodes.
    holder: usize,
}

impl<'a> Planner<'a> {
    /// The candidates of a pool for some stages; nothing when no offering can be shared by them.
    pub(super) fn pool_candidates(
        &self,
        stages: &[usize],
        found: &[StageCandidates<'a>],
        matters: &[Matters],
    ) -> PoolCandidates<'a> {
        let market = self.market(None);
        let together = stages.iter().map(|stage| matters[*stage]);
        let matters = together.fold(Matters::default(), Matters::and);
        let members = stages.iter().map(|stage| {
            // A pool takes no other GPUs than the stage by itself.
            let (first, second) = gpu_lists(self.order[*stage]);
            let names = if found[*stage].escalated {
                second
            } else {
                first
            };
            Search::new(self.order[*stage], &market, names, matters)
        });
        let mut search = PoolSearch {
            planner: self,
            stages,
            members: members.collect(),
            matters,
            best: BTreeMap::new(),
        };
        search.clouds();
        search.owned();
        let mut lists = vec![Vec::new(); stages.len()];
        for pooled in search.best.into_values().flatten() {
            for (list, member) in lists.iter_mut().zip(pooled.members) {
                list.push(member);
            }
        }
        lists
    }
}

impl<'a> PoolSearch<'_, 'a> {
    fn clouds(&mut self) {
        let catalog = self.planner.catalog;
        let open: Vec<bool> = catalog
            .places()
            .map(|(place, _)| self.all(|m| m.eligibility.place_step(place).is_none()))
            .collect();
        if !self.all(|m| {
            m.eligibility
                .capacity_step(CapacityType::OnDemand)
                .is_none()
        }) {
            return;
        }
        for (index, instance_type) in catalog.instance_types() {
            if !self.all(|m| m.eligibility.type_pin(&instance_type.name).is_none()) {
                continue;
            }
            let rows = catalog.rows_of(index);
            let mut rows = rows
                .iter()
                .filter(|row| open[usize::from(row.place.0)])
                .peekable();
            if rows.peek().is_none() {
                continue;
            }
            let shape = Shape::of_type(instance_type);
            let Some(fit) = self.fit(&shape, Some(instance_type)) else {
                continue;
            };
            for row in rows {
                let Some(quote) = row.price(CapacityType::OnDemand).quote() else {
                    continue;
                };
                let offer = Offer::rented(row, CapacityType::OnDemand, quote, &shape, catalog);
                self.offer(&offer, &fit);
            }
        }
    }

    fn owned(&mut self) {
        let planner = self.planner;
        for (site, name, cluster) in planner.sites.clusters() {
            for (pool_name, pool) in &cluster.node_pools {
                let shape = Shape::of_pool(pool, planner.catalog);
                let open = self.all(|m| {
                    let steps = [
                        m.eligibility.owned_step(&cluster.site, pool_name),
                        m.eligibility.capacity_step(CapacityType::Reserved),
                    ];
                    earliest(steps).is_none()
                });
                let Some(fit) = self.fit(&shape, None).filter(|_| open) else {
                    continue;
                };
                if fit
                    .shared
                    .hours
                    .nodes()
                    .iter()
                    .any(|nodes| *nodes > pool.nodes)
                {
                    continue;
                }
                let offer = Offer::owned(site, (name, pool_name), pool, &shape);
                self.offer(&offer, &fit);
            }
        }
    }

    fn all(&self, test: impl FnMut(&Search<'_, 'a>) -> bool) -> bool {
        self.members.iter().all(test)
    }

    /// All members on one shape; `None` when one of them can't be, or they are too many.
    fn fit(&self, shape: &Shape, of: Option<&InstanceType>) -> Option<Fit> {
        let sized = self.members.iter().map(|m| m.size(shape, of).ok());
        let sized: Vec<Rc<Sized>> = sized.collect::<Option<_>>()?;
        let packed: Vec<(&Stage, &Sizing)> = self
            .members
            .iter()
            .zip(&sized)
            .map(|(member, sized)| (member.stage, &*sized.sizing))
            .collect();
        let shared = packing::pack(&packed, shape)?;
        let holder = holder(&sized);
        let in_pool = |(i, own): (usize, &Rc<Sized>)| {
            let (sizing, hours) = if i == holder {
                (held(&own.sizing, &shared), shared.hours.clone())
            } else {
                let none = Sizing {
                    node_millis: 0,
                    ..(*own.sizing).clone()
                };
                (none, Hours::always(0))
            };
            Rc::new(Sized {
                sizing: Rc::new(sizing),
                hours: Rc::new(hours),
            })
        };
        Some(Fit {
            holder,
            sized: sized.iter().enumerate().map(in_pool).collect(),
            own: sized,
            shared,
        })
    }

    /// Keeps a shared offering if no other at its place is better.
    fn offer(&mut self, offer: &Offer<'a>, fit: &Fit) {
        if self.members.iter().any(|member| member.too_dear(offer)) {
            return;
        }
        let Some(pooled) = self.pooled(offer, fit) else {
            return;
        };
        let holder = &pooled.members[fit.holder];
        let free = holder.loads.is_empty() && holder.covered_by == 0;
        let key = (
            holder.locus,
            holder.loads.clone(),
            holder.covered_by,
            (!free).then(|| Rc::clone(&holder.hours)),
        );
        let (kept, matters) = (self.best.entry(key).or_default(), self.matters);
        if !kept.iter().any(|rival| rival.beats(&pooled, matters)) {
            kept.retain(|rival| !pooled.beats(rival, matters));
            kept.push(pooled);
        }
    }

    /// The members' candidates: one holds all nodes, the others run on them.
    fn pooled(&self, offer: &Offer<'a>, fit: &Fit) -> Option<Pooled<'a>> {
        let place = |(i, (search, sized)): (usize, (&Search<'_, 'a>, &Rc<Sized>))| {
            let mut candidate = search.candidate(offer, sized);
            candidate.shared_with = Some(self.stages[fit.holder]);
            if i != fit.holder {
                candidate.loads = Vec::new();
                candidate.covered_by = 0;
            }
            let waiting = fit.own[i].sizing.waiting_node_hours();
            candidate.waiting_hour = Money::charge(offer.counted, waiting);
            self.with_data(self.stages[i], &candidate)
        };
        let members = self.members.iter().zip(&fit.sized).enumerate();
        let members: Vec<Candidate<'a>> = members.map(place).collect::<Option<_>>()?;
        Some(Pooled {
            cost: members.iter().map(|m| m.cost).sum(),
            holder: fit.holder,
            members,
        })
    }

    /// Adds what a member's data costs there; `None` where that isn't known or comes too late.
    fn with_data(&self, stage: usize, candidate: &Candidate<'a>) -> Option<Candidate<'a>> {
        let planner = self.planner;
        let stage = planner.order[stage];
        let here = bill::data_at(stage, planner.project, &planner.sites, candidate.locus)?;
        placed(candidate, &here, stage.deadline())
    }
}

/// The member that holds the nodes: a service, which has some at all hours, else who needs most.
fn holder(sized: &[Rc<Sized>]) -> usize {
    let size = |i: &usize| {
        let sizing = &sized[*i].sizing;
        let hours = sizing.node_hours().millionths();
        (sizing.by_hour.is_some(), hours, std::cmp::Reverse(*i))
    };
    (0..sized.len()).max_by_key(size).unwrap_or(0)
}

/// The holder's sizing with the nodes of all members.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an expectation, rounded once to a whole millisecond; casts saturate"
)]
fn held(own: &Sizing, shared: &Shared) -> Sizing {
    let runs = super::risk::fraction(own.runs);
    let millis = if runs > 0.0 {
        shared.node_hours * 3.6e6 / runs
    } else {
        0.0
    };
    Sizing {
        nodes: shared.hours.nodes().iter().copied().max().unwrap_or(0),
        node_millis: millis.round() as u128,
        ..own.clone()
    }
}
