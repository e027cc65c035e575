//! The joint choice: one candidate for every stage, so that all of them together cost least.
//!
//! Here the plan's couplings become a problem of numbers, which `solve` solves without knowing what
//! they mean: costs of single stages and of pairs that data or company joins, sums that must stay
//! within limits, and what commitments take off.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::candidate::Candidate;
use super::couplings::{self, Hourly};
use super::freeze::Chosen;
use super::optimise::{Cost, FORBIDDEN, Problem};
use super::plan::Proof;
use super::solve::work::Work;
use super::solve::{self, Coupled, Outcome};
use super::{Objective, Options, Planner};
use crate::units::Money;

/// Why there is no joint choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoChoice {
    /// Every combination breaks a limit or moves data at an unknown rate.
    Infeasible {
        /// The limits that were in the way, by name; empty when only rates were.
        limits: BTreeSet<String>,
    },
    /// Every combination costs more than can be counted.
    TooDear,
    /// Nothing was found before the search was stopped.
    Stopped,
}

impl<'a> Planner<'a> {
    /// Chooses one candidate for each stage. Stages that share a pool choose one together.
    pub(super) fn choose<'c>(
        &self,
        stages: &[&'c [Candidate<'a>]],
        pools: &[Vec<usize>],
        options: &Options<'_>,
    ) -> Result<Chosen<'c, 'a>, NoChoice> {
        let joint = Joint::new(self, stages, pools);
        match joint.solve(options, true) {
            // Where not all budgets can be kept, the plan will be refused; it is shown as it would be
            // without any, so that it doesn't depend on which of them was looked at first.
            Err(NoChoice::Infeasible { limits }) if couplings::names_budget(&limits) => {
                let chosen = joint.solve(options, false)?;
                Ok(Chosen {
                    exceeds: true,
                    ..chosen
                })
            }
            result => result,
        }
    }
}

/// The candidates of all stages, and what couples them.
pub(super) struct Joint<'j, 'c, 'a> {
    pub(super) planner: &'j Planner<'a>,
    pub(super) stages: &'j [&'c [Candidate<'a>]],
    /// By variable of the problem: the stages that it decides. Those of a pool have lists of
    /// candidates that belong together place by place.
    variables: Vec<Vec<usize>>,
    /// By stage: its variable.
    of: Vec<usize>,
}

impl<'j, 'c, 'a> Joint<'j, 'c, 'a> {
    pub(super) fn new(
        planner: &'j Planner<'a>,
        stages: &'j [&'c [Candidate<'a>]],
        pools: &[Vec<usize>],
    ) -> Self {
        let mut variables: Vec<Vec<usize>> = Vec::new();
        let mut of = vec![0; stages.len()];
        for stage in 0..stages.len() {
            let pool = pools.iter().find(|pool| pool.contains(&stage));
            let first = pool.and_then(|pool| pool.iter().min()).copied();
            match first.filter(|first| *first < stage) {
                Some(first) => {
                    of[stage] = of[first];
                    variables[of[first]].push(stage);
                }
                None => {
                    of[stage] = variables.len();
                    variables.push(vec![stage]);
                }
            }
        }
        Self {
            planner,
            stages,
            variables,
            of,
        }
    }

    /// The variable that decides a stage.
    pub(super) fn variable(&self, stage: usize) -> usize {
        self.of[stage]
    }

    /// The candidates of the stages that an option of a variable stands for.
    pub(super) fn decided(&self, variable: usize, option: usize) -> Vec<&'c Candidate<'a>> {
        let stages = self.variables[variable].iter();
        stages.map(|stage| &self.stages[*stage][option]).collect()
    }

    fn solve(&self, options: &Options<'_>, budgets: bool) -> Result<Chosen<'c, 'a>, NoChoice> {
        let flows = self.flows();
        let mut constraints = couplings::stage_deadlines(self);
        if budgets {
            let cheapest =
                options.objective == Objective::Cost && self.planner.commitments.is_empty();
            constraints.extend(couplings::budgets(self, &flows, !cheapest));
        }
        let company = couplings::company(self).map_err(|rule| NoChoice::Infeasible {
            limits: BTreeSet::from([rule]),
        })?;
        let pairs = flows.into_iter().map(|(_, pair)| pair).chain(company);
        let hourly = Hourly::new(self, options.deadline(self.planner.project));
        let credits = couplings::Committed::by_provider(self);
        let longest = couplings::LongestPass { joint: self };
        let never = || false;
        let mut work = match options.stop {
            Some(stop) => Work::until(stop),
            None => Work::by_default(&never),
        };
        let outcome = solve::solve(
            &Coupled {
                additive: Problem {
                    unary: self.own_costs(),
                    pairs: pairs.collect(),
                },
                constraints,
                lazy: hourly.as_ref().map(|hourly| hourly as _),
                credits: credits.iter().map(|credit| credit as _).collect(),
                objective: match options.objective {
                    Objective::Cost => solve::Objective::Cost,
                    Objective::Time => solve::Objective::Longest(&longest),
                },
            },
            &mut work,
        );
        self.read(outcome, options.objective)
    }

    fn read(&self, outcome: Outcome, objective: Objective) -> Result<Chosen<'c, 'a>, NoChoice> {
        let (found, proof) = match outcome {
            Outcome::Optimal(found) => (found, Proof::Optimal),
            Outcome::Within { found, lower } => {
                let proof = match objective {
                    Objective::Cost => Proof::Within {
                        lower: Money::from_micro_usd(lower.cost.into()),
                    },
                    Objective::Time => Proof::WithinTime {
                        lower: couplings::duration(lower.longest),
                    },
                };
                (found, proof)
            }
            Outcome::Infeasible { in_the_way } if in_the_way.is_empty() && self.too_dear() => {
                return Err(NoChoice::TooDear);
            }
            Outcome::Infeasible { in_the_way } => {
                return Err(NoChoice::Infeasible { limits: in_the_way });
            }
            Outcome::Stopped { .. } => return Err(NoChoice::Stopped),
        };
        Ok(Chosen {
            candidates: self.candidates(&found.choice),
            proof,
            exceeds: false,
            pools: Vec::new(),
        })
    }

    /// The candidates of a choice.
    pub(super) fn candidates(&self, choice: &[usize]) -> Vec<&'c Candidate<'a>> {
        let stages = self.stages.iter().zip(&self.of);
        stages
            .map(|(list, variable)| &list[choice[*variable]])
            .collect()
    }

    fn own_costs(&self) -> Vec<Vec<Cost>> {
        let costs = |(variable, stages): (usize, &Vec<usize>)| {
            let options = 0..self.stages[stages[0]].len();
            let cost = |option| self.decided(variable, option).iter().map(|c| c.cost).sum();
            options.map(|option| counted(cost(option))).collect()
        };
        self.variables.iter().enumerate().map(costs).collect()
    }

    /// A table by candidate of one stage, then of another.
    pub(super) fn table(
        &self,
        a: usize,
        b: usize,
        mut cell: impl FnMut(&Candidate<'_>, &Candidate<'_>) -> i64,
    ) -> Rc<[i64]> {
        let (a, b) = (self.stages[a], self.stages[b]);
        let mut cells = Vec::with_capacity(a.len() * b.len());
        for first in a {
            for second in b {
                cells.push(cell(first, second));
            }
        }
        cells.into()
    }

    /// Whether costs are in the way that are too large to count, rather than rates that aren't
    /// known.
    fn too_dear(&self) -> bool {
        let least = self
            .stages
            .iter()
            .filter_map(|list| list.iter().map(|c| c.cost).min());
        let together: Money = least.sum();
        let flows_too_dear = self.planner.reads.iter().any(|read| {
            self.stages[read.from].iter().any(|a| {
                let mut to = self.stages[read.to].iter();
                to.any(|b| self.planner.flow(read, a, b).is_some_and(beyond))
            })
        });
        beyond(together) || flows_too_dear
    }
}

fn beyond(cost: Money) -> bool {
    cost >= Money::from_micro_usd(FORBIDDEN.into())
}

/// A cost as the solver counts.
pub(super) fn counted(cost: Money) -> Cost {
    Cost::try_from(cost.micro_usd()).unwrap_or(FORBIDDEN)
}
