//! The search against exhaustive search, on small random problems with couplings of every kind.

use std::cell::Cell;

use super::*;
use crate::planning::optimise::{FORBIDDEN, Pair};

/// Numbers that look random and are the same in every run.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678)
    }

    /// A number from 0 up to, but without, `n`.
    pub(super) fn below(&mut self, n: i64) -> i64 {
        let multiplied = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = multiplied.wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % n
    }

    fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }

    fn index(&mut self, n: usize) -> usize {
        usize::try_from(self.below(i64::try_from(n).unwrap())).unwrap()
    }

    fn numbers(&mut self, count: usize, mut number: impl FnMut(&mut Self) -> i64) -> Vec<i64> {
        (0..count).map(|_| number(self)).collect()
    }
}

/// Draws of options by variable, up to a cap, in groups.
#[derive(Debug)]
struct Capped(Vec<(Vec<Vec<i64>>, i64)>);

impl Credit for Capped {
    fn of(&self, fixed: &[(usize, usize)]) -> Cost {
        let group = |(draws, cap): &(Vec<Vec<i64>>, i64)| {
            let drawn: i64 = fixed.iter().map(|(v, o)| draws[*v][*o]).sum();
            drawn.min(*cap)
        };
        self.0.iter().map(group).sum()
    }

    fn draws(&self, variable: usize, option: usize) -> bool {
        self.0.iter().any(|(draws, _)| draws[variable][option] > 0)
    }
}

/// Paths with times, of which each must take no longer than the limit.
#[derive(Debug)]
struct Timed {
    sizes: Vec<usize>,
    paths: Vec<Constraint>,
}

impl Paths for Timed {
    fn longest(&self, choice: &[usize]) -> Constraint {
        let paths = self.paths.iter();
        let longest = paths.max_by_key(|path| weigh(path, &self.sizes, choice));
        longest.unwrap().clone()
    }
}

impl Lazy for Timed {
    fn violated(&self, choice: &[usize]) -> Vec<Constraint> {
        let path = self.longest(choice);
        let long = weigh(&path, &self.sizes, choice) > path.limit;
        if long { vec![path] } else { vec![] }
    }
}

fn weigh(constraint: &Constraint, sizes: &[usize], choice: &[usize]) -> i64 {
    let unary = constraint
        .unary
        .iter()
        .map(|(v, weights)| weights[choice[*v]]);
    let pairs = constraint.pairs.iter();
    let pairs = pairs.map(|(a, b, weights)| weights[choice[*a] * sizes[*b] + choice[*b]]);
    unary.chain(pairs).sum()
}

#[derive(Debug)]
struct Case {
    additive: Problem,
    constraints: Vec<Constraint>,
    deadlines: Option<Timed>,
    credits: Vec<Capped>,
    paths: Option<Timed>,
}

impl Case {
    fn random(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let sizes: Vec<usize> = (0..1 + dice.index(5)).map(|_| 1 + dice.index(6)).collect();
        let additive = additive(&mut dice, &sizes);
        let constraints =
            (0..dice.below(4)).map(|i| constraint(&mut dice, &sizes, &format!("c{i}")));
        let constraints = constraints.collect();
        Self {
            deadlines: dice.one_in(3).then(|| timed(&mut dice, &sizes)),
            credits: (0..dice.below(3))
                .map(|_| capped(&mut dice, &sizes))
                .collect(),
            paths: dice.one_in(3).then(|| timed(&mut dice, &sizes)),
            additive,
            constraints,
        }
    }

    fn coupled(&self) -> Coupled<'_> {
        let paths = self.paths.as_ref();
        Coupled {
            additive: self.additive.clone(),
            constraints: self.constraints.clone(),
            lazy: self.deadlines.as_ref().map(|d| d as &dyn Lazy),
            credits: self.credits.iter().map(|c| c as &dyn Credit).collect(),
            objective: paths.map_or(Objective::Cost, |paths| Objective::Longest(paths)),
        }
    }

    /// How good a choice is; nothing if it isn't allowed.
    fn value(&self, choice: &[usize]) -> Option<Value> {
        let sizes: Vec<usize> = self.additive.unary.iter().map(Vec::len).collect();
        let deadlines = self.deadlines.iter().flat_map(|timed| &timed.paths);
        let mut all = self.constraints.iter().chain(deadlines);
        if all.any(|c| weigh(c, &sizes, choice) > c.limit) {
            return None;
        }
        let mut cost = 0i64;
        for (costs, option) in self.additive.unary.iter().zip(choice) {
            cost = cost.saturating_add(costs[*option]);
        }
        for pair in &self.additive.pairs {
            cost = cost.saturating_add(pair.costs[choice[pair.a] * sizes[pair.b] + choice[pair.b]]);
        }
        if cost == FORBIDDEN {
            return None;
        }
        let chosen: Vec<(usize, usize)> = choice.iter().copied().enumerate().collect();
        let paths = self.paths.iter().flat_map(|timed| &timed.paths);
        let longest = paths.map(|path| weigh(path, &sizes, choice)).max();
        Some(Value {
            longest: longest.unwrap_or(0),
            cost: cost
                - self
                    .credits
                    .iter()
                    .map(|credit| credit.of(&chosen))
                    .sum::<Cost>(),
        })
    }

    /// The oracle: every combination, one after the other.
    fn exhaustive(&self) -> Option<Value> {
        let sizes: Vec<usize> = self.additive.unary.iter().map(Vec::len).collect();
        let combinations: usize = sizes.iter().product();
        let choice = |mut number: usize| -> Vec<usize> {
            let option = |size: &usize| {
                let option = number % size;
                number /= size;
                option
            };
            sizes.iter().map(option).collect()
        };
        let values = (0..combinations).filter_map(|number| self.value(&choice(number)));
        values.min()
    }
}

fn additive(dice: &mut Dice, sizes: &[usize]) -> Problem {
    let cost = |dice: &mut Dice| {
        if dice.one_in(12) {
            FORBIDDEN
        } else {
            dice.below(60)
        }
    };
    let unary = sizes.iter().map(|size| dice.numbers(*size, cost)).collect();
    let mut pairs = Vec::new();
    for (a, b) in every_pair(sizes.len()) {
        if dice.one_in(2) {
            let (a, b) = if dice.one_in(2) { (a, b) } else { (b, a) };
            let costs = dice.numbers(sizes[a] * sizes[b], cost).into();
            pairs.push(Pair { a, b, costs });
        }
    }
    Problem { unary, pairs }
}

fn every_pair(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |b| (0..b).map(move |a| (a, b)))
}

fn constraint(dice: &mut Dice, sizes: &[usize], name: &str) -> Constraint {
    let weight = |dice: &mut Dice| dice.below(10);
    let mut constraint = Constraint {
        name: name.into(),
        limit: dice.below(25),
        ..Constraint::default()
    };
    for (variable, size) in sizes.iter().enumerate() {
        if !dice.one_in(3) {
            constraint
                .unary
                .push((variable, dice.numbers(*size, weight).into()));
        }
    }
    for (a, b) in every_pair(sizes.len()) {
        if dice.one_in(4) {
            let (a, b) = if dice.one_in(2) { (a, b) } else { (b, a) };
            let weights = dice.numbers(sizes[a] * sizes[b], weight).into();
            constraint.pairs.push((a, b, weights));
        }
    }
    constraint
}

/// A few paths through variables in their order, with times of variables and between them.
fn timed(dice: &mut Dice, sizes: &[usize]) -> Timed {
    let times: Vec<Rc<[i64]>> = sizes
        .iter()
        .map(|size| dice.numbers(*size, |dice| 1 + dice.below(12)).into())
        .collect();
    let limit = 10 + dice.below(40);
    let path = |dice: &mut Dice, number: i64| {
        let on: Vec<usize> = (0..sizes.len()).filter(|_| !dice.one_in(3)).collect();
        let between = on.windows(2).map(|two| {
            let cells = sizes[two[0]] * sizes[two[1]];
            (
                two[0],
                two[1],
                dice.numbers(cells, |dice| dice.below(6)).into(),
            )
        });
        Constraint {
            name: format!("path {number}"),
            limit,
            pairs: between.collect(),
            unary: on.iter().map(|v| (*v, Rc::clone(&times[*v]))).collect(),
        }
    };
    let paths = (0..1 + dice.below(4)).map(|number| path(dice, number));
    Timed {
        paths: paths.collect(),
        sizes: sizes.to_vec(),
    }
}

fn capped(dice: &mut Dice, sizes: &[usize]) -> Capped {
    let draw = |dice: &mut Dice| if dice.one_in(2) { 0 } else { dice.below(30) };
    let group = |dice: &mut Dice| {
        let draws = sizes.iter().map(|size| dice.numbers(*size, draw)).collect();
        (draws, dice.below(60))
    };
    Capped((0..1 + dice.below(3)).map(|_| group(dice)).collect())
}

#[track_caller]
fn check_allowed(case: &Case, found: &Found, seed: u64) {
    assert_eq!(case.value(&found.choice), Some(found.value), "seed {seed}");
}

#[test]
fn every_kind_of_coupling_gives_what_exhaustive_search_gives() {
    for seed in 0..4000 {
        let case = Case::random(seed);
        let expected = case.exhaustive();
        match solve(&case.coupled(), &mut Work::by_default(&|| false)) {
            Outcome::Optimal(found) => {
                assert_eq!(Some(found.value), expected, "seed {seed}");
                check_allowed(&case, &found, seed);
            }
            Outcome::Infeasible { .. } => assert_eq!(expected, None, "seed {seed}"),
            other => panic!("seed {seed}: {other:?}"),
        }
    }
}

#[test]
fn a_search_that_is_stopped_bounds_the_optimum_from_both_sides() {
    let (mut within, mut stopped) = (0, 0);
    for seed in 0..1500 {
        let case = Case::random(seed);
        let Some(optimum) = case.exhaustive() else {
            continue;
        };
        let asked = Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() > seed % 7
        };
        match solve(&case.coupled(), &mut Work::until(&stop)) {
            Outcome::Optimal(found) => assert_eq!(found.value, optimum, "seed {seed}"),
            Outcome::Within { found, lower } => {
                within += 1;
                assert!(lower <= optimum && optimum <= found.value, "seed {seed}");
                check_allowed(&case, &found, seed);
            }
            Outcome::Stopped { lower } => {
                stopped += 1;
                assert!(lower <= optimum, "seed {seed}");
            }
            Outcome::Infeasible { .. } => panic!("seed {seed}"),
        }
    }
    assert!(
        within > 100 && stopped > 20,
        "{within} within, {stopped} stopped"
    );
}

#[test]
fn equal_problems_give_equal_outcomes() {
    for seed in 0..100 {
        let (one, other) = (Case::random(seed), Case::random(seed));
        let outcome = solve(&one.coupled(), &mut Work::by_default(&|| false));
        assert_eq!(
            outcome,
            solve(&other.coupled(), &mut Work::by_default(&|| false))
        );
    }
}

/// Variables whose options are places in a plane, each with its own favourite ones; moving costs by
/// distance.
fn in_a_plane(n: usize, places: usize, edges: &[(usize, usize)], seed: u64) -> Problem {
    let mut dice = Dice::new(seed);
    let at: Vec<(i64, i64)> = (0..places)
        .map(|_| (dice.below(1000), dice.below(1000)))
        .collect();
    let apart = at.iter().flat_map(|a| {
        let away = |b: &(i64, i64)| (a.0 - b.0).abs() + (a.1 - b.1).abs();
        at.iter().map(away).collect::<Vec<_>>()
    });
    let apart: Rc<[Cost]> = apart.collect();
    let pair = |(a, b): &(usize, usize)| Pair {
        a: *a,
        b: *b,
        costs: Rc::clone(&apart),
    };
    Problem {
        unary: (0..n)
            .map(|_| dice.numbers(places, |dice| 3000 + dice.below(4000)))
            .collect(),
        pairs: edges.iter().map(pair).collect(),
    }
}

fn only_costs(additive: Problem) -> Coupled<'static> {
    Coupled {
        additive,
        constraints: Vec::new(),
        lazy: None,
        credits: Vec::new(),
        objective: Objective::Cost,
    }
}

/// `n` variables with so many options that compete for two limits which half of what the cheapest
/// would like has to fit.
fn competing(n: usize, options: usize, seed: u64) -> Coupled<'static> {
    let chain: Vec<(usize, usize)> = (1..n).map(|v| (v - 1, v)).collect();
    let mut problem = only_costs(in_a_plane(n, options, &chain, seed));
    let cheapest = match optimise_alone(&problem.additive) {
        Outcome::Optimal(found) => found.choice,
        other => panic!("{other:?}"),
    };
    let mut dice = Dice::new(seed + 1);
    for name in ["gpus", "vcpus"] {
        // What costs more takes less of the limit, about.
        let weights = |dice: &mut Dice, v: usize| -> Rc<[i64]> {
            let costs = problem.additive.unary[v].iter();
            costs
                .map(|cost| (7000 - cost) / 100 + dice.below(20))
                .collect()
        };
        let unary: Vec<(usize, Rc<[i64]>)> = (0..n).map(|v| (v, weights(&mut dice, v))).collect();
        let wished: i64 = unary.iter().map(|(v, w)| w[cheapest[*v]]).sum();
        problem.constraints.push(Constraint {
            name: name.into(),
            limit: wished / 2,
            unary,
            pairs: Vec::new(),
        });
    }
    problem
}

fn optimise_alone(additive: &Problem) -> Outcome {
    solve(
        &only_costs(additive.clone()),
        &mut Work::by_default(&|| false),
    )
}

#[test]
fn stages_that_compete_for_two_limits_are_placed_optimally() {
    let outcome = solve(&competing(5, 20, 3), &mut Work::by_default(&|| false));
    assert!(matches!(outcome, Outcome::Optimal(_)), "{outcome:?}");
}

#[test]
fn a_clique_that_elimination_cannot_hold_is_solved() {
    let edges: Vec<(usize, usize)> = every_pair(12).collect();
    let mut problem = in_a_plane(12, 10, &edges, 1);
    let equal = Problem {
        unary: vec![vec![0; 10]; 12],
        pairs: edges
            .iter()
            .map(|(a, b)| Pair {
                a: *a,
                b: *b,
                costs: vec![1; 100].into(),
            })
            .collect(),
    };
    match optimise_alone(&equal) {
        Outcome::Optimal(found) => assert_eq!((found.value.cost, found.choice), (66, vec![0; 12])),
        other => panic!("{other:?}"),
    }
    assert!(matches!(optimise_alone(&problem), Outcome::Optimal(_)));
    problem.unary[0] = vec![FORBIDDEN; 10];
    let in_the_way = BTreeSet::new();
    assert_eq!(optimise_alone(&problem), Outcome::Infeasible { in_the_way });
}
