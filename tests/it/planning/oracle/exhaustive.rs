//! Every combination of offerings of all stages, one after the other.

use std::collections::BTreeMap;

use mlinfra::catalog::Catalog;
use mlinfra::model::{Budget, Demand, OnExceed, Project, Quota};
use mlinfra::planning::plan::Plan;

use super::credit::{self, Promise};
use super::data::flows_from;
use super::money::{HOUR_MS, Micro, divide};
use super::offers::{self, Offer, World};
use super::rules::{Kind, Limit, agree, drawn, kind_of, limits};

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    pub(super) fastest: bool,
    /// Milliseconds of a pass, beside the spec's.
    pub(super) deadline: Option<u64>,
}

/// A combination: the time of a pass where that is asked for, then the cost.
pub(super) type Value = (u64, Micro);

/// The best of all combinations.
#[derive(Debug, Default)]
pub(super) struct Best {
    pub(super) value: Option<Value>,
    pub(super) choice: Vec<usize>,
    /// What would be best without all rules of one kind, where that is better.
    pub(super) without: BTreeMap<Kind, Value>,
}

/// What one combination costs, takes and breaks.
pub(super) struct Judged {
    pub(super) cost: Micro,
    pub(super) credit: Micro,
    pub(super) waiting: Micro,
    pub(super) moving: Micro,
    pub(super) pass: u64,
    /// By stage: its cost, with what comes to it.
    pub(super) shares: Vec<Micro>,
    /// By stage: the time of a run, and the waiting in it.
    pub(super) times: Vec<(u64, u64)>,
    pub(super) broken: Vec<Kind>,
}

/// Data from one stage to another, by their offers.
struct Link {
    from: usize,
    to: usize,
    table: Vec<Vec<Option<(Micro, u64)>>>,
}

pub(super) struct Instance<'c> {
    catalog: &'c Catalog,
    project: &'c Project,
    pub(super) names: Vec<String>,
    pub(super) offers: Vec<Vec<Offer<'c>>>,
    links: Vec<Link>,
    /// Producers before readers.
    order: Vec<usize>,
    limits: Vec<Limit>,
    /// Hours of the week that differ in some offer, and how many there are of each.
    hours: Vec<(usize, i128)>,
    promises: Vec<Promise>,
}

impl<'c> Instance<'c> {
    pub(super) fn new(catalog: &'c Catalog, project: &'c Project) -> Self {
        let world = World { catalog, project };
        let all = offers::of_all(&world);
        let names: Vec<String> = all.keys().cloned().collect();
        let offers: Vec<Vec<Offer<'c>>> = all.into_values().collect();
        let at = |name: &String| names.iter().position(|n| n == name).unwrap();
        let mut links = Vec::new();
        for (to, name) in names.iter().enumerate() {
            for (producer, flow) in flows_from(project, &project.stages[name]) {
                let from = at(producer);
                let cell = |a: &Offer<'_>, b: &Offer<'_>| {
                    let moved = world.moved(&flow, &a.at, &b.at)?;
                    Some((moved, world.wait(&flow, &a.at, &b.at)))
                };
                let row = |a| offers[to].iter().map(|b| cell(a, b)).collect();
                links.push(Link {
                    from,
                    to,
                    table: offers[from].iter().map(row).collect(),
                });
            }
        }
        let mut order: Vec<usize> = Vec::new();
        while order.len() < names.len() {
            let ready = |i: &usize| {
                !order.contains(i) && links.iter().all(|l| l.to != *i || order.contains(&l.from))
            };
            order.extend((0..names.len()).find(ready));
        }
        Self {
            catalog,
            project,
            limits: limits(catalog, project, &offers),
            hours: different_hours(&offers),
            promises: credit::promises(project),
            names,
            offers,
            links,
            order,
        }
    }

    pub(super) fn combinations(&self) -> usize {
        self.offers.iter().map(Vec::len).product()
    }

    pub(super) fn promised(&self) -> bool {
        !self.promises.is_empty()
    }

    /// Looks at all combinations.
    pub(super) fn best(&self, asked: Asked, budgets: bool) -> Best {
        let mut best = Best::default();
        if self.combinations() == 0 {
            return best;
        }
        let mut choice = vec![0; self.names.len()];
        loop {
            self.look(&choice, asked, budgets, &mut best);
            let Some(next) = (0..choice.len()).find(|i| choice[*i] + 1 < self.offers[*i].len())
            else {
                return best;
            };
            choice[next] += 1;
            choice[..next].fill(0);
        }
    }

    fn look(&self, choice: &[usize], asked: Asked, budgets: bool, best: &mut Best) {
        let Some(judged) = self.judge(choice, asked, budgets) else {
            return;
        };
        let value = (
            if asked.fastest { judged.pass } else { 0 },
            judged.cost - judged.credit,
        );
        if best.value.is_some_and(|known| known <= value) {
            return;
        }
        let mut broken = judged.broken;
        broken.dedup();
        match broken.as_slice() {
            [] => {
                best.value = Some(value);
                best.choice = choice.to_vec();
                best.without.retain(|_, relaxed| *relaxed < value);
            }
            [kind] => {
                let relaxed = best.without.entry(*kind).or_insert(value);
                *relaxed = value.min(*relaxed);
            }
            _ => {}
        }
    }

    /// `None` when data would move at a rate that isn't known.
    pub(super) fn judge(&self, choice: &[usize], asked: Asked, budgets: bool) -> Option<Judged> {
        let chosen: Vec<&Offer<'_>> = choice
            .iter()
            .zip(&self.offers)
            .map(|(i, offers)| &offers[*i])
            .collect();
        let mut shares: Vec<Micro> = chosen.iter().map(|offer| offer.cost).collect();
        let mut waits: Vec<u64> = vec![0; chosen.len()];
        let (mut waiting, mut moving) = (0, 0);
        for link in &self.links {
            let (moved, wait) = link.table[choice[link.from]][choice[link.to]]?;
            let waited = divide(chosen[link.to].waiting_hour * i128::from(wait), HOUR_MS);
            shares[link.to] += moved + waited;
            waits[link.to] += wait;
            waiting += waited;
            moving += moved;
        }
        let mut ends = vec![0; chosen.len()];
        for stage in &self.order {
            let before = self.links.iter().filter(|l| l.to == *stage);
            let start = before.map(|l| ends[l.from]).max().unwrap_or(0);
            let offer = chosen[*stage];
            ends[*stage] = start + offer.size.pass + offer.dataset_wait + waits[*stage];
        }
        let pass = ends.into_iter().max().unwrap_or(0);
        let mut broken = self.over_limits(choice, &chosen);
        if budgets {
            broken.extend(self.over_budget(&shares, asked.fastest));
        }
        broken.extend(self.late(&chosen, &waits));
        let most = self.project.deadline.as_ref().map(|d| d.value.millis());
        if most
            .into_iter()
            .chain(asked.deadline)
            .any(|most| pass > most)
        {
            broken.push(Kind::ProjectDeadline);
        }
        broken.extend(self.company(&chosen));
        Some(Judged {
            cost: shares.iter().sum(),
            credit: credit::taken_off(&self.promises, &chosen, &self.hours),
            waiting,
            moving,
            pass,
            times: (0..chosen.len())
                .map(|i| (chosen[i].size.duration, chosen[i].dataset_wait + waits[i]))
                .collect(),
            shares,
            broken,
        })
    }

    fn over_limits(&self, choice: &[usize], chosen: &[&Offer<'_>]) -> Vec<Kind> {
        let broken = self.limits.iter().filter(|limit| {
            self.hours.iter().any(|(hour, _)| {
                let used: u64 = (0..chosen.len())
                    .map(|i| limit.draws[i][choice[i]] * chosen[i].size.hours[*hour])
                    .sum();
                used > limit.max
            })
        });
        let mut kinds: Vec<Kind> = broken.map(|limit| limit.kind).collect();
        kinds.sort();
        kinds
    }

    /// Budgets that deny count, except those over all stages where the least cost before
    /// commitments is wanted.
    fn over_budget(&self, shares: &[Micro], fastest: bool) -> Option<Kind> {
        let over = |budget: &Budget| {
            let inside: Vec<usize> = (0..shares.len())
                .filter(|i| {
                    let names = budget.stages.as_ref();
                    names.is_none_or(|names| names.value.contains(&self.names[*i]))
                })
                .collect();
            let used: Micro = inside.iter().map(|i| shares[*i]).sum();
            budget.on_exceed == OnExceed::Deny
                && (fastest || inside.len() < shares.len() || !self.project.commitments.is_empty())
                && used > budget.limit.micro_usd()
        };
        self.project
            .budgets
            .values()
            .any(over)
            .then_some(Kind::Budget)
    }

    /// A run that waits must end in time all the same.
    fn late(&self, chosen: &[&Offer<'_>], waits: &[u64]) -> Option<Kind> {
        let late = |i: usize| match &self.project.stages[&self.names[i]].demand {
            Demand::Runs(runs) => runs.deadline.as_ref().is_some_and(|most| {
                let wait = waits[i] + chosen[i].dataset_wait;
                wait > 0 && chosen[i].size.duration + wait > most.value.millis()
            }),
            Demand::AlwaysOn { .. } => false,
        };
        (0..chosen.len()).any(late).then_some(Kind::StageDeadline)
    }

    fn company(&self, chosen: &[&Offer<'_>]) -> Vec<Kind> {
        let together = self.project.affinities.values();
        let together = together.map(|rule| (&rule.stages.value, rule.same, true));
        let apart = self.project.anti_affinities.values();
        let apart = apart.map(|rule| (&rule.stages.value, rule.different, false));
        let mut broken = Vec::new();
        for (names, domain, same) in together.chain(apart) {
            let members: Vec<&Offer<'_>> = (0..chosen.len())
                .filter(|i| names.contains(&self.names[*i]))
                .map(|i| chosen[i])
                .collect();
            for (i, a) in members.iter().enumerate() {
                for b in &members[i + 1..] {
                    if !agree(a, b, domain, same) {
                        broken.push(kind_of(domain, same));
                    }
                }
            }
        }
        broken
    }

    /// Most that a choice draws of a quota in any hour.
    pub(super) fn drawn(&self, quota: &Quota, choice: &[usize]) -> u64 {
        let at = |hour: usize| {
            let chosen = choice.iter().zip(&self.offers).map(|(i, list)| &list[*i]);
            chosen
                .map(|offer| drawn(self.catalog, quota, offer) * offer.size.hours[hour])
                .sum()
        };
        (0..168).map(at).max().unwrap_or(0)
    }

    /// A GPU that a choice uses.
    pub(super) fn gpu_of(&self, choice: &[usize]) -> Option<String> {
        let mut chosen = choice.iter().zip(&self.offers);
        chosen.find_map(|(i, list)| list[*i].node.gpu.map(|(gpu, _)| gpu.name.clone()))
    }

    /// Where the plan puts each stage, in the oracle's terms.
    pub(super) fn choice_of(&self, plan: &Plan) -> Option<Vec<usize>> {
        let find = |(name, offers): (&String, &Vec<Offer<'_>>)| {
            let stage = plan.stages.iter().find(|s| s.name == *name)?;
            let at = &stage.placement;
            offers.iter().position(|offer| {
                offer.at.location == at.location
                    && offer.at.zone == at.zone
                    && offer.name == at.instance_type
                    && offer.capacity == at.capacity_type
                    && offer.size.nodes == u64::from(at.nodes)
            })
        };
        self.names.iter().zip(&self.offers).map(find).collect()
    }
}

fn different_hours(offers: &[Vec<Offer<'_>>]) -> Vec<(usize, i128)> {
    let mut columns: BTreeMap<Vec<u64>, (usize, i128)> = BTreeMap::new();
    for hour in 0..168 {
        let column = offers
            .iter()
            .flatten()
            .map(|offer| offer.size.hours[hour])
            .collect();
        columns.entry(column).or_insert((hour, 0)).1 += 1;
    }
    columns.into_values().collect()
}
