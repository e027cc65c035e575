//! Branch and bound, the part with the lowest bound first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::branch::{self, Split};
use super::relaxation::{Model, Prices};
use super::repair::Repair;
use super::rows::{self, Domains};
use super::work::Work;
use super::{Coupled, Found, Outcome, Value};
use crate::planning::optimise::{self, Answer, Cost, FORBIDDEN};

/// Times that a repaired choice may break constraints which weren't known.
const REPAIRS: usize = 5;

/// A part of the problem: options to choose from.
#[derive(Debug)]
pub(super) struct Part {
    /// No choice in it costs less.
    pub(super) bound: Cost,
    pub(super) depth: usize,
    pub(super) serial: u64,
    pub(super) domains: Domains,
    pub(super) prices: Prices,
}

impl Part {
    /// The lowest bound first; of equals the one that is nearest to an answer, then the first.
    fn order(&self) -> (Cost, Reverse<usize>, u64) {
        (self.bound, Reverse(self.depth), self.serial)
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Part {}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Part {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

/// What a complete choice turned out to be.
pub(super) enum Verdict {
    Kept {
        cost: Cost,
    },
    /// It breaks these rows; none if it is forbidden.
    Broken(Vec<usize>),
}

/// What is known of a part after its relaxations.
#[derive(Default)]
pub(super) struct Insight {
    /// A choice that breaks a row, and which.
    pub(super) broken: Option<(Vec<usize>, usize)>,
    /// The last choice that keeps them all.
    pub(super) kept: Option<Vec<usize>>,
    /// How much each option adds to the bound, if that isn't exact.
    pub(super) rises: Option<Vec<Vec<Cost>>>,
}

pub(super) struct Search<'a, 'w, 's> {
    pub(super) model: Model<'a>,
    pub(super) best: Option<(Cost, Vec<usize>)>,
    /// The options that a better choice may have.
    pub(super) open: Domains,
    pub(super) queue: BinaryHeap<Reverse<Part>>,
    pub(super) serial: u64,
    pub(super) work: &'w mut Work<'s>,
}

/// Finds the choice of least cost.
pub(super) fn cheapest(problem: &Coupled<'_>, work: &mut Work<'_>) -> Outcome {
    let first = optimise::solve(&problem.additive, work);
    if let (Answer::Exact(solution), false) = (&first, problem.is_coupled()) {
        return Outcome::Optimal(Found {
            value: value(solution.cost),
            choice: solution.choice.clone(),
        });
    }
    let sizes = problem.additive.unary.iter().map(Vec::len);
    let mut search = Search {
        model: Model::new(problem),
        best: None,
        open: sizes.map(|n| (0..n).collect()).collect(),
        queue: BinaryHeap::new(),
        serial: 0,
        work,
    };
    let lower = match first {
        Answer::Nothing => return search.infeasible(),
        Answer::Exact(solution) => {
            let verdict = search.consider(&solution.choice);
            if problem.credits.is_empty() && matches!(verdict, Verdict::Kept { .. }) {
                return search.outcome();
            }
            solution.cost
        }
        Answer::Bounded(bounded) => {
            if let Some(found) = &bounded.found {
                search.consider(&found.choice);
            }
            if !problem.is_coupled() {
                search.open = bounded.kept.into_iter().map(Into::into).collect();
            }
            bounded.lower
        }
    };
    let most_credit = search.model.most_credit.iter();
    let most_credit = most_credit.fold(0, |sum: Cost, most| sum.saturating_add(*most));
    let (domains, credits) = (search.open.clone(), problem.credits.len());
    search.push(
        lower.saturating_sub(most_credit),
        0,
        domains,
        vec![0; credits].into(),
    );
    search.run();
    search.outcome()
}

impl Search<'_, '_, '_> {
    fn run(&mut self) {
        while let Some(Reverse(part)) = self.queue.pop() {
            if part.bound >= self.cutoff() {
                self.queue.clear();
                return;
            }
            if self.work.exhausted() {
                self.queue.push(Reverse(part));
                return;
            }
            self.expand(part);
        }
    }

    fn outcome(self) -> Outcome {
        let lower = self.queue.peek().map(|Reverse(part)| part.bound);
        match (self.best, lower) {
            (Some((cost, choice)), None) => Outcome::Optimal(Found {
                value: value(cost),
                choice,
            }),
            (Some((cost, choice)), Some(lower)) => Outcome::Within {
                found: Found {
                    value: value(cost),
                    choice,
                },
                lower: value(lower.min(cost)),
            },
            (None, Some(lower)) => Outcome::Stopped {
                lower: value(lower),
            },
            (None, None) => Outcome::Infeasible {
                in_the_way: names(&self.model),
            },
        }
    }

    /// What a choice must cost less than to be of use.
    pub(super) fn cutoff(&self) -> Cost {
        self.best.as_ref().map_or(FORBIDDEN, |(cost, _)| *cost)
    }

    fn push(&mut self, bound: Cost, depth: usize, domains: Domains, prices: Prices) {
        self.serial += 1;
        self.queue.push(Reverse(Part {
            bound,
            depth,
            serial: self.serial,
            domains,
            prices,
        }));
    }

    /// Bounds a part, and splits it unless that settles it.
    fn expand(&mut self, mut part: Part) {
        if !rows::rule_out(&self.model.rows, &mut part.domains, self.work) {
            return;
        }
        let Some(insight) = self.bound(&mut part) else {
            return;
        };
        let doubtful = self.best.is_none() && insight.broken.is_some();
        if doubtful && !self.can_be_kept(&mut part) {
            return;
        }
        if self.work.exhausted() {
            self.queue.push(Reverse(part));
            return;
        }
        if !self.reduce(&mut part) || part.bound >= self.cutoff() {
            return;
        }
        self.split(part, &insight);
    }

    /// Discards options by the bound at the best prices; returns whether any choice is left.
    pub(super) fn reduce(&mut self, part: &mut Part) -> bool {
        let cutoff = self.cutoff();
        if cutoff == FORBIDDEN || !self.model.problem.is_coupled() {
            return true;
        }
        let domains = &mut part.domains;
        let left = self.model.reduce(domains, &part.prices, cutoff, self.work);
        let left = left && rows::rule_out(&self.model.rows, domains, self.work);
        if part.depth == 0 {
            self.open.clone_from(&part.domains);
        }
        left
    }

    fn split(&mut self, part: Part, insight: &Insight) {
        let Some(Split { variable, parts }) = self.where_to_split(&part, insight) else {
            // All is decided: there is one choice, and nothing has been said of it yet.
            let choice: Vec<usize> = part.domains.iter().map(|domain| domain[0]).collect();
            self.consider(&choice);
            return;
        };
        for domain in parts.into_iter().filter(|domain| !domain.is_empty()) {
            let mut domains = part.domains.clone();
            domains[variable] = domain;
            self.push(part.bound, part.depth + 1, domains, part.prices.clone());
        }
    }

    fn where_to_split(&self, part: &Part, insight: &Insight) -> Option<Split> {
        let domains = &part.domains;
        if let Some((choice, row)) = &insight.broken {
            let split = branch::on_row(&self.model.rows[*row], choice, domains);
            if split.is_some() {
                return split;
            }
        }
        if let Some(rises) = &insight.rises {
            return branch::by_bound(domains, rises);
        }
        let choice = insight.kept.as_ref();
        let choice = choice.or_else(|| insight.broken.as_ref().map(|(choice, _)| choice))?;
        let on_credit = branch::on_credit(&self.model, choice, domains);
        on_credit.or_else(|| branch::on_choice(choice, domains))
    }

    pub(super) fn repair(&mut self, choice: &[usize]) {
        let mut choice = choice.to_vec();
        for _ in 0..REPAIRS {
            let Some(repaired) = Repair::new(&self.model, &self.open, &choice).run(self.work)
            else {
                return;
            };
            if matches!(self.consider(&repaired), Verdict::Kept { .. }) {
                return;
            }
            choice = repaired;
        }
    }

    /// Holds a complete choice against all constraints, and remembers it if it is the best.
    pub(super) fn consider(&mut self, choice: &[usize]) -> Verdict {
        let cost = self.model.cost(choice);
        if cost == FORBIDDEN {
            return Verdict::Broken(Vec::new());
        }
        let additive = &self.model.problem.additive;
        let rows = self.model.rows.iter().enumerate();
        let above = rows.filter(|(_, row)| row.excess(additive, choice) > 0);
        let mut broken: Vec<usize> = above.map(|(i, _)| i).collect();
        if broken.is_empty()
            && let Some(lazy) = self.model.problem.lazy
        {
            let more = self.model.add(lazy.violated(choice));
            let rows = &self.model.rows;
            broken.extend(more.filter(|i| rows[*i].excess(additive, choice) > 0));
        }
        if !broken.is_empty() {
            for row in &broken {
                self.model.rows[*row].met = true;
            }
            return Verdict::Broken(broken);
        }
        let better = self
            .best
            .as_ref()
            .is_none_or(|(least, known)| (cost, choice) < (*least, known.as_slice()));
        if better {
            self.best = Some((cost, choice.to_vec()));
        }
        Verdict::Kept { cost }
    }

    fn infeasible(self) -> Outcome {
        Outcome::Infeasible {
            in_the_way: names(&self.model),
        }
    }
}

fn value(cost: Cost) -> Value {
    Value { longest: 0, cost }
}

fn names(model: &Model<'_>) -> BTreeSet<String> {
    let met = model.rows.iter().filter(|row| row.met);
    met.map(|row| row.constraint.name.clone()).collect()
}
