//! The best plans in which a stage runs on something else: another zone, another machine, another
//! provider, region, or way of buying.

use std::collections::BTreeSet;

use super::{Alternative, Explainer, Instead, OtherPlan, Outcome};
use crate::model::{CapacityType, Location, ProviderName};
use crate::planning::candidate::Offered;
use crate::planning::candidates::{Allowed, Finder, StageCandidates};
use crate::planning::plan::{BudgetStatus, Costs, Plan, Proof};
use crate::planning::searches::Searches;
use crate::planning::sites::SiteIndex;

/// How many other regions are told: enough to see whether the choice is close, few enough to read.
const REGIONS: usize = 5;

impl<'a> Explainer<'_, 'a> {
    /// The best plan with each kind of alternative.
    pub(super) fn alternatives(&self) -> Vec<Alternative> {
        let mut all = vec![];
        all.extend(self.other_zone());
        all.push(self.other_machine());
        all.extend(self.other_providers());
        all.extend(self.other_regions());
        all.extend(self.other_capacity());
        all
    }

    /// Candidates of the stage among the offerings that `allowed` takes.
    pub(super) fn within(&self, allowed: Allowed<'_>) -> StageCandidates<'a> {
        let matters = self.planner.matters(self.options)[self.index];
        let market = self.planner.market(Some(allowed));
        let finder = Finder::new(market, Searches::default());
        self.planner.candidates_of(self.index, &finder, matters)
    }

    /// The best plan in which the stage runs on an offering that `allowed` takes.
    pub(super) fn instead(&self, instead: Instead, allowed: Allowed<'_>) -> Alternative {
        let candidates = self.within(allowed);
        let outcome = if candidates.kept.is_empty() {
            Outcome::NoOffering(self.rejected(allowed).map(Box::new))
        } else {
            self.plan_with(candidates)
        };
        Alternative { instead, outcome }
    }

    fn other_zone(&self) -> Option<Alternative> {
        let now = self.now();
        let place = match now.offered {
            Offered::Cloud { place, .. } => place,
            Offered::Owned { .. } => return None,
        };
        let found = self.instead(Instead::OtherZone, &|site, offered, capacity| {
            let elsewhere = matches!(offered, Offered::Cloud { place: p, .. } if *p != place);
            elsewhere && self.same_machine(site, offered, capacity)
        });
        // Many types are sold in one zone of a region only.
        matches!(found.outcome, Outcome::Plan(_)).then_some(found)
    }

    fn other_machine(&self) -> Alternative {
        self.instead(Instead::OtherMachine, &|site, offered, capacity| {
            !self.same_machine(site, offered, capacity)
        })
    }

    /// Whether an offering is the chosen machine, bought alike, somewhere in the same region.
    pub(super) fn same_machine(
        &self,
        site: SiteIndex,
        offered: &Offered<'_>,
        capacity: CapacityType,
    ) -> bool {
        let now = self.now();
        let alike = match (&now.offered, offered) {
            (
                Offered::Cloud { instance_type, .. },
                Offered::Cloud {
                    instance_type: other,
                    ..
                },
            ) => instance_type == other,
            (owned, other) => owned == other,
        };
        alike && site == now.locus.site && capacity == now.capacity
    }

    fn other_providers(&self) -> Vec<Alternative> {
        let sites = &self.planner.sites;
        let now = sites.provider(self.now().locus.site);
        let all: BTreeSet<Option<ProviderName>> =
            sites.all().map(|site| sites.provider(site)).collect();
        let others = all.into_iter().filter(|provider| *provider != now);
        let named = |provider: Option<ProviderName>| {
            provider.map_or(Location::ONPREM.to_owned(), |name| name.to_string())
        };
        others
            .map(|provider| {
                self.instead(Instead::Provider(named(provider)), &|site, _, _| {
                    sites.provider(site) == provider
                })
            })
            .collect()
    }

    /// The best plans in other regions, best first: each is the best without those before it.
    fn other_regions(&self) -> Vec<Alternative> {
        let mut seen = BTreeSet::from([self.now().locus.site]);
        let mut all = Vec::new();
        while all.len() < REGIONS {
            let mut candidates = self.found[self.index].clone();
            candidates.kept.retain(|c| !seen.contains(&c.locus.site));
            if candidates.kept.is_empty() {
                break;
            }
            let outcome = self.plan_with(candidates);
            let Outcome::Plan(plan) = &outcome else {
                break;
            };
            let location = plan.placement.location.clone();
            let Some(site) = self.planner.sites.find(&location) else {
                break;
            };
            seen.insert(site);
            all.push(Alternative {
                instead: Instead::Region(location),
                outcome,
            });
        }
        all
    }

    fn other_capacity(&self) -> Vec<Alternative> {
        let owned = self.planner.sites.clusters().next().is_some();
        let kinds = [
            CapacityType::OnDemand,
            CapacityType::Spot,
            CapacityType::Reserved,
        ];
        kinds
            .into_iter()
            .filter(|kind| *kind != self.now().capacity)
            .filter(|kind| owned || *kind != CapacityType::Reserved)
            .map(|kind| self.instead(Instead::Capacity(kind), &|_, _, capacity| capacity == kind))
            .collect()
    }

    /// Another plan, held against the best.
    pub(super) fn compared(&self, other: &Plan) -> OtherPlan {
        let stage = &other.stages[self.index];
        let pairs = other.stages.iter().zip(&self.plan.stages).enumerate();
        let moved = pairs.filter(|(index, (with, without))| {
            *index != self.index && with.placement != without.placement
        });
        let denied = |plan: &Plan| -> BTreeSet<String> {
            let budgets = plan.budgets.iter();
            let denied = budgets.filter(|b| b.status == BudgetStatus::ExceededDenied);
            denied.map(|budget| budget.name.clone()).collect()
        };
        OtherPlan {
            placement: stage.placement.clone(),
            rate: stage.rate.clone(),
            added: difference(&other.costs, &self.plan.costs),
            pass: other.pass,
            moved: moved.map(|(_, (with, _))| with.into()).collect(),
            exceeds: denied(other)
                .difference(&denied(&self.plan))
                .cloned()
                .collect(),
            unpreferred: false,
            proven: other.proof == Proof::Optimal,
        }
    }
}

/// What one bill costs more than another, part by part.
pub(super) fn difference(with: &Costs, without: &Costs) -> Costs {
    Costs {
        compute: with.compute - without.compute,
        waiting: with.waiting - without.waiting,
        movement: with.movement - without.movement,
        storage: with.storage - without.storage,
        covered: with.covered - without.covered,
        total: with.total - without.total,
        estimated: with.estimated || without.estimated,
    }
}
