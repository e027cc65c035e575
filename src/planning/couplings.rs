//! What couples stages beside their data: shared limits by the hour, budgets, deadlines, company,
//! and committed spend.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Planner;
use super::bill;
use super::candidate::Candidate;
use super::hours::HOURS as WEEK;
use super::joint::{Joint, counted};
use super::limits::Limits;
use super::optimise::{Cost, FORBIDDEN, Pair};
use super::pass::Pass;
use super::sites::Sites;
use super::solve::{Constraint, Credit, Lazy, Paths, Weight};
use crate::model::{Budget, Domain, OnExceed};
use crate::units::Duration;

/// Begins the names of budgets, so that they are told from limits that nobody can raise.
const BUDGET: &str = "budget ";

/// How the longest time of one pass is called.
pub(super) const PROJECT_DEADLINE: &str = "the deadline of the project";

/// How a stage's deadline is called.
pub(super) fn deadline_of(stage: &str) -> String {
    format!("the deadline of stage `{stage}`")
}

/// Whether a budget is among the constraints that were in the way.
pub(super) fn names_budget(names: &BTreeSet<String>) -> bool {
    names.iter().any(|name| name.starts_with(BUDGET))
}

/// Budgets that deny, over the stages that they cover; `whole` tells whether those over all stages
/// count too. They needn't where the least cost before commitments is wanted: that plan is the last
/// to exceed them.
///
/// `flows` are the costs of reads, each with the stage that reads. A stage's share of a budget is its
/// cost before commitments are taken off.
pub(super) fn budgets(
    joint: &Joint<'_, '_, '_>,
    flows: &[(usize, Pair)],
    whole: bool,
) -> Vec<Constraint> {
    let planner = joint.planner;
    let covered = |budget: &Budget| -> BTreeSet<usize> {
        let stages = planner.order.iter().enumerate();
        let inside = stages.filter(|(_, stage)| budget.covers(&stage.name));
        inside.map(|(index, _)| index).collect()
    };
    let denying = planner.project.budgets.iter();
    let denying = denying.filter(|(_, budget)| budget.on_exceed == OnExceed::Deny);
    let mut constraints = Vec::new();
    for (name, budget) in denying {
        let stages = covered(budget);
        if stages.len() == planner.order.len() && !whole {
            continue;
        }
        let own = |stage: usize| {
            let costs = joint.stages[stage].iter().map(|c| counted(c.cost));
            (joint.variable(stage), costs.collect::<Rc<[Weight]>>())
        };
        let reads = flows.iter().filter(|(stage, _)| stages.contains(stage));
        constraints.push(Constraint {
            name: format!("{BUDGET}`{name}`"),
            limit: counted(budget.limit),
            unary: stages.iter().map(|stage| own(*stage)).collect(),
            pairs: reads
                .map(|(_, pair)| (pair.a, pair.b, Rc::clone(&pair.costs)))
                .collect(),
        });
    }
    constraints
}

/// Deadlines that waiting for other stages' data could break.
pub(super) fn stage_deadlines(joint: &Joint<'_, '_, '_>) -> Vec<Constraint> {
    let planner = joint.planner;
    let mut constraints = Vec::new();
    for (index, stage) in planner.order.iter().enumerate() {
        let waits = planner.reads_beside(index);
        let mut waits = waits.filter(|r| r.to == index && r.waited_for).peekable();
        let (Some(deadline), Some(_)) = (stage.deadline(), waits.peek()) else {
            continue;
        };
        // A run on spot may be expected to end after its deadline and yet be as sure as asked to meet
        // it; then it may just not wait for anything on top.
        let times = joint.stages[index].iter();
        let times = times.map(|c| millis(c.duration().min(deadline)));
        constraints.push(Constraint {
            name: deadline_of(&stage.name),
            limit: millis(deadline),
            unary: vec![(joint.variable(index), times.collect())],
            pairs: waits.filter_map(|read| wait_between(joint, read)).collect(),
        });
    }
    constraints
}

/// The variables of a read with how long it is waited for; `None` within a pool.
fn wait_between(
    joint: &Joint<'_, '_, '_>,
    read: &super::StageRead<'_>,
) -> Option<(usize, usize, Rc<[Weight]>)> {
    let (a, b) = (joint.variable(read.from), joint.variable(read.to));
    let table = || {
        joint.table(read.from, read.to, |from, to| {
            let (from, to) = (from.locus.site, to.locus.site);
            millis(bill::flow_wait(read, &joint.planner.sites, from, to))
        })
    };
    (a != b).then(|| (a, b, table()))
}

fn millis(time: Duration) -> Weight {
    Weight::try_from(time.millis()).unwrap_or(Weight::MAX)
}

/// A time that the solver counted in milliseconds.
pub(super) fn duration(millis: Weight) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// Stages that must be in one place, or in different ones.
struct Company<'a> {
    stages: Vec<usize>,
    domain: Domain,
    same: bool,
    name: &'a str,
}

fn all_company<'a>(planner: &Planner<'a>) -> Vec<Company<'a>> {
    let places = |names: &[String]| {
        let order = &planner.order;
        let place = |name: &String| order.iter().position(|stage| stage.name == *name);
        names.iter().filter_map(place).collect()
    };
    let together = planner.project.affinities.iter();
    let together = together.map(|(name, rule)| Company {
        stages: places(&rule.stages.value),
        domain: rule.same,
        same: true,
        name,
    });
    let apart = planner.project.anti_affinities.iter();
    let apart = apart.map(|(name, rule)| Company {
        stages: places(&rule.stages.value),
        domain: rule.different,
        same: false,
        name,
    });
    together.chain(apart).collect()
}

/// What pairs of stages may not choose together: those that must be in one place, or in different
/// ones. Fails with the name of a rule that a shared pool can't keep: it is in one place.
pub(super) fn company(joint: &Joint<'_, '_, '_>) -> Result<Vec<Pair>, String> {
    let planner = joint.planner;
    let mut pairs = Vec::new();
    for Company {
        stages,
        domain,
        same,
        name,
    } in all_company(planner)
    {
        for (i, a) in stages.iter().enumerate() {
            for b in &stages[i + 1..] {
                if joint.variable(*a) == joint.variable(*b) {
                    if same {
                        continue;
                    }
                    return Err(format!("anti-affinity `{name}`"));
                }
                let costs = joint.table(*a, *b, |first, second| {
                    if agrees(&planner.sites, first, second, domain, same) {
                        0
                    } else {
                        FORBIDDEN
                    }
                });
                pairs.push(Pair {
                    a: joint.variable(*a),
                    b: joint.variable(*b),
                    costs,
                });
            }
        }
    }
    Ok(pairs)
}

/// Whether two candidates are in one place as a rule wants, or in different ones. Where a cloud's
/// zones aren't known, nothing can be promised of them, either way.
fn agrees(
    sites: &Sites<'_>,
    first: &Candidate<'_>,
    second: &Candidate<'_>,
    domain: Domain,
    same: bool,
) -> bool {
    let (a, b) = (first.locus, second.locus);
    match domain {
        // All owned capacity counts as one provider.
        Domain::Provider => (sites.provider(a.site) == sites.provider(b.site)) == same,
        Domain::Region => (a.site == b.site) == same,
        Domain::Zone if a.site != b.site => !same,
        Domain::Zone => {
            let zones_known = sites.zone_known(a) && sites.zone_known(b);
            let owned = sites.provider(a.site).is_none();
            (zones_known || owned) && (a.place == b.place) == same
        }
    }
}

/// Limits by the hour of the week, and the deadline of a whole pass: too many to be listed, so those
/// that a choice breaks are told when it does.
pub(super) struct Hourly<'h, 'j, 'c, 'a> {
    joint: &'h Joint<'j, 'c, 'a>,
    deadline: Option<Duration>,
}

impl<'h, 'j, 'c, 'a> Hourly<'h, 'j, 'c, 'a> {
    /// `None` when there is nothing of the kind.
    pub(super) fn new(joint: &'h Joint<'j, 'c, 'a>, deadline: Option<Duration>) -> Option<Self> {
        let mut limits = joint.planner.limits.all();
        let any = limits.next().is_some() || deadline.is_some();
        any.then_some(Self { joint, deadline })
    }

    fn limit_at(&self, limit: u16, hour: usize) -> Constraint {
        let weight = |candidate: &Candidate<'_>| -> Weight {
            Weight::try_from(used(candidate, limit, hour)).unwrap_or(Weight::MAX)
        };
        let users = self.joint.stages.iter().enumerate();
        let users = users.map(|(stage, list)| {
            let weights: Rc<[Weight]> = list.iter().map(weight).collect();
            (self.joint.variable(stage), weights)
        });
        let settings = self.joint.planner.limits.get(limit);
        Constraint {
            name: settings.name.clone(),
            limit: Weight::try_from(settings.max).unwrap_or(Weight::MAX),
            unary: users
                .filter(|(_, weights)| weights.iter().any(|w| *w > 0))
                .collect(),
            pairs: Vec::new(),
        }
    }
}

impl Lazy for Hourly<'_, '_, '_, '_> {
    fn violated(&self, choice: &[usize]) -> Vec<Constraint> {
        let chosen = self.joint.candidates(choice);
        let planner = self.joint.planner;
        let broken = planner.limits.broken_hours(&chosen);
        let mut constraints: Vec<Constraint> = broken
            .into_iter()
            .map(|(limit, hour)| self.limit_at(limit, hour))
            .collect();
        if let Some(deadline) = self.deadline {
            let (time, path) = planner.pass().longest(&chosen);
            if time > deadline {
                let name = PROJECT_DEADLINE.to_owned();
                constraints.push(along(self.joint, &path, millis(deadline), name));
            }
        }
        constraints
    }
}

/// The longest pass, to be made short.
pub(super) struct LongestPass<'h, 'j, 'c, 'a> {
    pub(super) joint: &'h Joint<'j, 'c, 'a>,
}

impl Paths for LongestPass<'_, '_, '_, '_> {
    fn longest(&self, choice: &[usize]) -> Constraint {
        let chosen = self.joint.candidates(choice);
        let (_, path) = self.joint.planner.pass().longest(&chosen);
        along(self.joint, &path, Weight::MAX, String::new())
    }
}

/// The time along a path of stages, with all that they wait for.
fn along(joint: &Joint<'_, '_, '_>, path: &[usize], limit: Weight, name: String) -> Constraint {
    let own = |stage: &usize| {
        let times = joint.stages[*stage].iter();
        let times = times.map(|c| millis(Pass::own_time(c)));
        (joint.variable(*stage), times.collect::<Rc<[Weight]>>())
    };
    let waits = joint.planner.reads.iter();
    let waits = waits.filter(|read| read.waited_for && path.contains(&read.to));
    Constraint {
        name,
        limit,
        unary: path.iter().map(own).collect(),
        pairs: waits.filter_map(|read| wait_between(joint, read)).collect(),
    }
}

/// What a candidate takes of a limit in an hour of the week.
fn used(candidate: &Candidate<'_>, limit: u16, hour: usize) -> u64 {
    let load = candidate.loads.iter().find(|load| load.limit == limit);
    load.map_or(0, |load| {
        load.per_node
            .saturating_mul(candidate.hours.nodes()[hour].into())
    })
}

impl Limits<'_> {
    /// Limits that a choice breaks, each with the hour of the week in which it does most.
    pub(super) fn broken_hours(&self, chosen: &[&Candidate<'_>]) -> Vec<(u16, usize)> {
        let mut users: BTreeMap<u16, Vec<&Candidate<'_>>> = BTreeMap::new();
        for candidate in chosen {
            for load in &candidate.loads {
                users.entry(load.limit).or_default().push(candidate);
            }
        }
        let worst = |(limit, users): (u16, Vec<&Candidate<'_>>)| {
            let at = |hour: usize| -> u64 {
                let amounts = users.iter().map(|candidate| used(candidate, limit, hour));
                amounts.fold(0, u64::saturating_add)
            };
            // The first of equal hours, so that equal choices break the same one.
            let hour = (0..WEEK).max_by_key(|hour| (at(*hour), std::cmp::Reverse(*hour)))?;
            (at(hour) > self.get(limit).max).then_some((limit, hour))
        };
        users.into_iter().filter_map(worst).collect()
    }
}

/// What commitments of one provider take off, for the solver.
pub(super) struct Committed<'h, 'j, 'c, 'a> {
    joint: &'h Joint<'j, 'c, 'a>,
    /// The commitments, one bit for each.
    bits: u32,
}

impl<'h, 'j, 'c, 'a> Committed<'h, 'j, 'c, 'a> {
    /// One for each provider with commitments: they have nothing to do with each other.
    pub(super) fn by_provider(joint: &'h Joint<'j, 'c, 'a>) -> Vec<Self> {
        let bits = joint.planner.commitments.by_provider().into_iter();
        bits.map(|bits| Self { joint, bits }).collect()
    }
}

impl Credit for Committed<'_, '_, '_, '_> {
    fn of(&self, fixed: &[(usize, usize)]) -> Cost {
        let candidates: Vec<&Candidate<'_>> = fixed
            .iter()
            .flat_map(|(variable, option)| self.joint.decided(*variable, *option))
            .filter(|candidate| candidate.covered_by & self.bits != 0)
            .collect();
        let credits = self.joint.planner.commitments.credits(&candidates);
        counted(credits.into_iter().sum())
    }

    fn draws(&self, variable: usize, option: usize) -> bool {
        let decided = self.joint.decided(variable, option);
        decided
            .iter()
            .any(|candidate| candidate.covered_by & self.bits != 0)
    }
}

impl<'a> Planner<'a> {
    /// Whether a choice that differs from a permitted one in one stage is permitted too; `deadline`
    /// is that of a whole pass, by the spec and by what was asked for.
    pub(super) fn permitted(
        &self,
        chosen: &[&Candidate<'a>],
        changed: usize,
        deadline: Option<Duration>,
    ) -> bool {
        let limits =
            chosen[changed].loads.is_empty() || self.limits.broken_hours(chosen).is_empty();
        limits
            && self.company_kept(chosen, changed)
            && self.deadlines_kept(chosen, changed)
            && deadline.is_none_or(|most| self.pass().longest(chosen).0 <= most)
    }

    fn company_kept(&self, chosen: &[&Candidate<'a>], changed: usize) -> bool {
        let mut rules = all_company(self).into_iter();
        rules.all(|rule| {
            let others = rule.stages.iter().filter(|other| **other != changed);
            let here = chosen[changed];
            let keeps =
                |other: &usize| agrees(&self.sites, here, chosen[*other], rule.domain, rule.same);
            !rule.stages.contains(&changed) || others.clone().all(keeps)
        })
    }

    fn deadlines_kept(&self, chosen: &[&Candidate<'a>], changed: usize) -> bool {
        let readers = self.reads_beside(changed).filter(|r| r.from == changed);
        let mut stages = readers.map(|r| r.to).chain([changed]);
        stages.all(|index| {
            let Some(deadline) = self.order[index].deadline() else {
                return true;
            };
            let waits = self.reads_beside(index).filter(|r| r.to == index);
            let waits = waits.map(|read| {
                let (from, to) = (chosen[read.from].locus.site, chosen[index].locus.site);
                bill::flow_wait(read, &self.sites, from, to)
            });
            let own = chosen[index].duration().min(deadline);
            waits.fold(own, super::sizing::sum) <= deadline
        })
    }

    pub(super) const fn pass(&self) -> Pass<'_, 'a> {
        Pass {
            reads: self.reads.as_slice(),
            sites: &self.sites,
        }
    }
}
