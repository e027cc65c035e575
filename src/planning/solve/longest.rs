//! The shortest longest path, and the least cost among the choices that have it.
//!
//! The least weight of one path bounds the length of the longest from below, so the paths that turn
//! out longest are minimised one after the other. Mostly a choice exists whose other paths are no
//! longer than that bound. Where none does, the length is found by bisection: whether all paths can
//! be so short is a search without costs.

use std::cell::RefCell;
use std::rc::Rc;

use super::work::Work;
use super::{
    Constraint, Coupled, Credit, Found, Lazy, Objective, Outcome, Paths, Value, Weight, search,
};
use crate::planning::optimise::{Cost, FORBIDDEN, Pair, Problem};

/// Paths that are minimised by themselves before the search goes on by bisection.
const PATHS: usize = 8;

/// Paths within a length, and whatever else is given only when broken.
struct Within<'a> {
    problem: &'a Problem,
    paths: &'a dyn Paths,
    most: Weight,
    other: Option<&'a dyn Lazy>,
    /// Paths that have been too long once; sub-problems start from them.
    known: &'a RefCell<Vec<Constraint>>,
}

impl Lazy for Within<'_> {
    fn violated(&self, choice: &[usize]) -> Vec<Constraint> {
        let mut found = self
            .other
            .map_or_else(Vec::new, |lazy| lazy.violated(choice));
        let path = Constraint {
            limit: self.most,
            ..self.paths.longest(choice)
        };
        if path.weight(self.problem, choice) > self.most {
            let mut known = self.known.borrow_mut();
            if !known.iter().any(|other| same_path(other, &path)) {
                known.push(path.clone());
            }
            found.push(path);
        }
        found
    }
}

fn same_path(one: &Constraint, other: &Constraint) -> bool {
    one.unary == other.unary && one.pairs == other.pairs
}

struct Longest<'a, 'w, 's> {
    problem: &'a Coupled<'a>,
    paths: &'a dyn Paths,
    known: RefCell<Vec<Constraint>>,
    best: Option<Found>,
    lower: Weight,
    work: &'w mut Work<'s>,
}

/// Minimises the longest path, then the cost.
pub(super) fn shortest(problem: &Coupled<'_>, paths: &dyn Paths, work: &mut Work<'_>) -> Outcome {
    let mut longest = Longest {
        problem,
        paths,
        known: RefCell::default(),
        best: None,
        lower: 0,
        work,
    };
    if let Some(outcome) = longest.start() {
        return outcome;
    }
    longest.each_path();
    longest.bisect();
    longest.finish()
}

impl Longest<'_, '_, '_> {
    /// Finds any choice; an outcome if there is none or none was found.
    fn start(&mut self) -> Option<Outcome> {
        match self.solve_with(
            recosted(&self.problem.additive, &Constraint::default()),
            None,
            vec![],
        ) {
            Outcome::Optimal(found) | Outcome::Within { found, .. } => {
                self.learn(&found.choice);
                None
            }
            Outcome::Stopped { .. } => Some(Outcome::Stopped { lower: UNKNOWN }),
            infeasible @ Outcome::Infeasible { .. } => Some(infeasible),
        }
    }

    /// Minimises the longest path of the best choice, as long as that helps.
    fn each_path(&mut self) {
        let mut minimised: Vec<Constraint> = Vec::new();
        for _ in 0..PATHS {
            let Some(best) = &self.best else { return };
            let path = self.paths.longest(&best.choice);
            let again = minimised.iter().any(|other| same_path(other, &path));
            if again || self.lower >= best.value.longest || self.work.exhausted() {
                return;
            }
            match self.solve_with(recosted(&self.problem.additive, &path), None, vec![]) {
                Outcome::Optimal(found) => {
                    self.lower = self.lower.max(found.value.cost);
                    self.learn(&found.choice);
                }
                Outcome::Within { found, lower } => {
                    self.lower = self.lower.max(lower.cost);
                    self.learn(&found.choice);
                }
                Outcome::Stopped { .. } | Outcome::Infeasible { .. } => return,
            }
            minimised.push(path);
        }
    }

    /// Narrows the length down between the bound and the best choice; tries the bound first.
    fn bisect(&mut self) {
        let mut most = self.lower;
        while let Some(best) = self.best.as_ref().map(|best| best.value.longest) {
            if self.lower >= best || self.work.exhausted() {
                return;
            }
            match self.solve_with(
                recosted(&self.problem.additive, &Constraint::default()),
                Some(most),
                vec![],
            ) {
                Outcome::Optimal(found) | Outcome::Within { found, .. } => {
                    self.learn(&found.choice);
                }
                Outcome::Infeasible { .. } => self.lower = most.saturating_add(1),
                Outcome::Stopped { .. } => return,
            }
            let best = self.best.as_ref().map_or(best, |best| best.value.longest);
            most = self.lower + (best - self.lower) / 2;
        }
    }

    /// The least cost at the length that was found.
    fn finish(mut self) -> Outcome {
        let Some(best) = self.best.take() else {
            return Outcome::Stopped { lower: UNKNOWN };
        };
        let length = best.value.longest;
        let proven = self.lower >= length;
        let (costs, credits) = (self.problem.additive.clone(), self.problem.credits.clone());
        let last = self.solve_with(costs, Some(length), credits);
        let (found, lower) = match last {
            Outcome::Optimal(found) => {
                let lower = found.value.cost;
                (found, lower)
            }
            Outcome::Within { found, lower } => (found, lower.cost),
            Outcome::Stopped { lower } => (best.clone(), lower.cost),
            Outcome::Infeasible { .. } => (best.clone(), Cost::MIN),
        };
        let mut found = self.valued(&found.choice);
        if best.value < found.value {
            found = best;
        }
        if proven && lower >= found.value.cost {
            return Outcome::Optimal(found);
        }
        let lower = Value {
            longest: self.lower.min(found.value.longest),
            cost: if proven { lower } else { UNKNOWN.cost },
        };
        Outcome::Within { found, lower }
    }

    /// Solves for these costs, with all paths within `most`.
    fn solve_with(
        &mut self,
        additive: Problem,
        most: Option<Weight>,
        credits: Vec<&dyn Credit>,
    ) -> Outcome {
        let within = Within {
            problem: &self.problem.additive,
            paths: self.paths,
            most: most.unwrap_or(Weight::MAX),
            other: self.problem.lazy,
            known: &self.known,
        };
        let known: Vec<Constraint> = self.known.borrow().clone();
        let known = known.into_iter().map(|path| Constraint {
            limit: within.most,
            ..path
        });
        let constraints = self.problem.constraints.iter().cloned();
        let part = Coupled {
            additive,
            constraints: constraints.chain(known).collect(),
            lazy: Some(&within),
            credits,
            objective: Objective::Cost,
        };
        search::cheapest(&part, self.work)
    }

    /// Remembers a choice if it is the best.
    fn learn(&mut self, choice: &[usize]) {
        let found = self.valued(choice);
        if self
            .best
            .as_ref()
            .is_none_or(|best| found.value < best.value)
        {
            self.best = Some(found);
        }
    }

    fn valued(&self, choice: &[usize]) -> Found {
        let additive = &self.problem.additive;
        let path = self.paths.longest(choice);
        let chosen: Vec<(usize, usize)> = choice.iter().copied().enumerate().collect();
        let credits = self.problem.credits.iter();
        let credit: Cost = credits.map(|credit| credit.of(&chosen)).sum();
        Found {
            value: Value {
                longest: path.weight(additive, choice),
                cost: additive.cost(choice).saturating_sub(credit),
            },
            choice: choice.to_vec(),
        }
    }
}

/// What is known of an optimum before anything is.
const UNKNOWN: Value = Value {
    longest: 0,
    cost: Cost::MIN,
};

/// The problem with a path's weights for costs, and nothing else but what is forbidden.
fn recosted(problem: &Problem, path: &Constraint) -> Problem {
    let only_forbidden = |costs: &[Cost]| -> Vec<Cost> {
        let cost = |cost: &Cost| if *cost == FORBIDDEN { FORBIDDEN } else { 0 };
        costs.iter().map(cost).collect()
    };
    let mut unary: Vec<Vec<Cost>> = problem.unary.iter().map(|c| only_forbidden(c)).collect();
    for (variable, weights) in &path.unary {
        for (cost, weight) in unary[*variable].iter_mut().zip(&**weights) {
            *cost = cost.saturating_add(*weight);
        }
    }
    let forbidden = problem.pairs.iter().filter_map(|pair| {
        let any = pair.costs.contains(&FORBIDDEN);
        any.then(|| Pair {
            costs: only_forbidden(&pair.costs).into(),
            ..*pair
        })
    });
    let weighed = path.pairs.iter().map(|(a, b, weights)| Pair {
        a: *a,
        b: *b,
        costs: Rc::clone(weights),
    });
    Problem {
        unary,
        pairs: forbidden.chain(weighed).collect(),
    }
}
