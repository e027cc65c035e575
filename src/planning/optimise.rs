//! The exact joint choice of a site for every stage.
//!
//! The cost of a choice is a sum of terms that look at one stage or at two, so it is minimised by
//! variable elimination: take a stage, combine all terms that mention it, remember for each choice
//! of its neighbours which of its own options is best, and go on with the rest. On a chain or a
//! tree no combined term ever looks at more than one other stage, and this is the textbook dynamic
//! program. On other graphs the tables grow with the number of neighbours at once, and options that
//! can't be part of an optimum are discarded first (`prune`). What would still need a table of more
//! than [`MAX_TABLE`] cells is answered with a bound and the options that are left; `solve` splits
//! it.

mod order;

use std::collections::BTreeSet;
use std::rc::Rc;

use self::order::Order;
use super::prune::{self, Sweeping};
use super::solve::work::Work;

/// Most cells of one combined table: 16 million cells are 128 MB of costs, which is about what a
/// plan may use of memory.
const MAX_TABLE: usize = 16_000_000;

/// Most combinations that elimination may look at for one problem: a second or two of work.
const MAX_EFFORT: usize = 400_000_000;

/// The same for a part of a problem that was split: splitting once more is cheaper than more.
const MAX_PART: usize = 20_000_000;

/// Combinations that are looked at without pruning first: a few milliseconds of work.
const EASY: usize = 4_000_000;

/// Cells of a combined table that are filled before the next question whether to stop: some
/// milliseconds.
const BETWEEN_STOPS: usize = 1 << 14;

/// How many times pruning looks at every cell of the problem, about: elimination that looks at fewer
/// combinations than that, as on any chain or tree, isn't worth pruning for.
const LOOKS: usize = 16;

/// Costs in micro-USD; [`FORBIDDEN`] marks a combination that isn't allowed.
pub(crate) type Cost = i64;

/// A combination that must not be chosen. Sums saturate, so it stays the largest.
pub(crate) const FORBIDDEN: Cost = i64::MAX;

/// A problem: options by variable, and what pairs of options cost.
#[derive(Debug, Clone, Default)]
pub(crate) struct Problem {
    /// By variable and option: what it costs by itself.
    pub(crate) unary: Vec<Vec<Cost>>,
    /// Costs of two variables together.
    pub(crate) pairs: Vec<Pair>,
}

/// What two variables cost together.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) a: usize,
    pub(crate) b: usize,
    /// By option of `a`, then of `b`; shared, since tables are large and looked at by many.
    pub(crate) costs: Rc<[Cost]>,
}

/// What the solver says of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The optimum.
    Exact(Solution),
    /// No optimum: the tables would not fit.
    Bounded(Bounded),
    /// Every combination is forbidden, or costs at least as much as one that is known.
    Nothing,
}

/// What is known of a problem that is too dense for elimination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bounded {
    /// No choice costs less.
    pub(crate) lower: Cost,
    /// What local search found.
    pub(crate) found: Option<Solution>,
    /// By variable, the options that may be part of an optimum, in order.
    pub(crate) kept: Vec<Vec<usize>>,
    /// How much each of them adds to the bound, about.
    pub(crate) rises: Vec<Vec<Cost>>,
}

/// The best option of each variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Solution {
    pub(crate) cost: Cost,
    pub(crate) choice: Vec<usize>,
}

/// Terms over several variables: the cost of every combination, last variable fastest.
struct Table {
    variables: Vec<usize>,
    costs: Rc<[Cost]>,
}

/// How an eliminated variable is chosen once its neighbours are.
struct Rule {
    variable: usize,
    neighbours: Vec<usize>,
    best: Vec<u16>,
}

/// Finds a choice of least cost. Among equals, each variable takes its first option given the
/// variables eliminated after it, so equal problems give equal solutions.
pub(crate) fn solve(problem: &Problem, work: &mut Work<'_>) -> Answer {
    if let Some(answer) = easily(problem, work) {
        return answer;
    }
    let found = prune::best_found(problem, prune::STARTS, work);
    let upper = found.as_ref().map_or(FORBIDDEN, |found| found.cost);
    hard(problem, found, upper, MAX_EFFORT, work)
}

/// Finds a choice of least cost below `cutoff`, for a part of a problem that was split.
pub(crate) fn below(problem: &Problem, cutoff: Cost, work: &mut Work<'_>) -> Answer {
    if let Some(answer) = easily(problem, work) {
        return match answer {
            Answer::Exact(solution) if solution.cost >= cutoff => Answer::Nothing,
            answer => answer,
        };
    }
    let found = prune::best_found(problem, prune::FEW_STARTS, work);
    hard(problem, found, cutoff.saturating_sub(1), MAX_PART, work)
}

/// Elimination, where it looks at so few combinations that nothing else is worth a try.
fn easily(problem: &Problem, work: &mut Work<'_>) -> Option<Answer> {
    if problem.unary.iter().any(Vec::is_empty) {
        return Some(Answer::Nothing);
    }
    let order = Order::of(problem);
    let easy = order.effort <= EASY.max(problem.cells().saturating_mul(LOOKS));
    let fits = easy && order.largest <= MAX_TABLE;
    if fits {
        eliminate_all(problem, &order, work)
    } else {
        None
    }
}

/// Discards what costs more than `upper`, then eliminates if `most` combinations are enough.
fn hard(
    problem: &Problem,
    found: Option<Solution>,
    upper: Cost,
    most: usize,
    work: &mut Work<'_>,
) -> Answer {
    let pruned = prune::worthwhile(problem, upper, Sweeping::Thorough, work);
    if pruned.kept.iter().any(Vec::is_empty) || pruned.lower > upper {
        return Answer::Nothing;
    }
    let restricted = problem.restricted(&pruned.kept);
    let order = Order::of(&restricted);
    let fits = order.effort <= most && order.largest <= MAX_TABLE;
    let answer = fits.then(|| eliminate_all(&restricted, &order, work));
    match answer.flatten() {
        Some(Answer::Exact(solution)) if solution.cost <= upper => {
            let chosen = solution.choice.iter().zip(&pruned.kept);
            let choice = chosen.map(|(option, kept)| kept[*option]).collect();
            Answer::Exact(Solution { choice, ..solution })
        }
        Some(_) => Answer::Nothing,
        None => Answer::Bounded(Bounded {
            lower: pruned.lower,
            found,
            kept: pruned.kept,
            rises: pruned.rises,
        }),
    }
}

impl Problem {
    /// How many cells the tables of all pairs have.
    pub(crate) fn cells(&self) -> usize {
        self.pairs.iter().map(|pair| pair.costs.len()).sum()
    }

    /// What a choice costs; [`FORBIDDEN`] if any part of it is, or if that is too much to count.
    pub(crate) fn cost(&self, choice: &[usize]) -> Cost {
        let own = self.unary.iter().zip(choice);
        let own = own.map(|(costs, option)| costs[*option]);
        let pairs = self.pairs.iter().map(|pair| {
            let others = self.unary[pair.b].len();
            pair.costs[choice[pair.a] * others + choice[pair.b]]
        });
        own.chain(pairs).fold(0, Cost::saturating_add)
    }

    /// The problem with some options of each variable alone.
    pub(super) fn restricted(&self, kept: &[Vec<usize>]) -> Self {
        let unary = self.unary.iter().zip(kept);
        let pair = |pair: &Pair| {
            let others = self.unary[pair.b].len();
            let rows = kept[pair.a].iter();
            let cells = rows.flat_map(|a| kept[pair.b].iter().map(move |b| a * others + b));
            Pair {
                costs: cells.map(|cell| pair.costs[cell]).collect(),
                ..*pair
            }
        };
        Self {
            unary: unary
                .map(|(costs, kept)| kept.iter().map(|o| costs[*o]).collect())
                .collect(),
            pairs: self.pairs.iter().map(pair).collect(),
        }
    }
}

/// Eliminates one variable after the other; nothing if that was stopped. No variable may be without
/// options.
fn eliminate_all(problem: &Problem, order: &Order, work: &mut Work<'_>) -> Option<Answer> {
    let sizes: Vec<usize> = problem.unary.iter().map(Vec::len).collect();
    let mut tables = initial_tables(problem);
    let mut rules = Vec::new();
    let mut total: Cost = 0;
    for variable in &order.variables {
        let (touching, rest) = tables
            .into_iter()
            .partition(|t| t.variables.contains(variable));
        tables = rest;
        let (rule, table) = eliminate(*variable, &touching, &sizes, work)?;
        if table.variables.is_empty() {
            total = total.saturating_add(table.costs[0]);
        } else {
            tables.push(table);
        }
        rules.push(rule);
    }
    if total == FORBIDDEN {
        return Some(Answer::Nothing);
    }
    Some(Answer::Exact(Solution {
        cost: total,
        choice: choose(&rules, &sizes),
    }))
}

fn initial_tables(problem: &Problem) -> Vec<Table> {
    let unary = problem.unary.iter().enumerate();
    let unary = unary.map(|(i, costs)| Table {
        variables: vec![i],
        costs: costs.as_slice().into(),
    });
    let pairs = problem.pairs.iter();
    let pairs = pairs.map(|p| Table {
        variables: vec![p.a, p.b],
        costs: Rc::clone(&p.costs),
    });
    unary.chain(pairs).collect()
}

fn neighbours<'t>(variable: usize, tables: impl Iterator<Item = &'t Table>) -> BTreeSet<usize> {
    let touching = tables.filter(|t| t.variables.contains(&variable));
    let mut around: BTreeSet<usize> = touching.flat_map(|t| t.variables.iter().copied()).collect();
    around.remove(&variable);
    around
}

/// Combines all tables that mention `variable` and minimises over its options.
fn eliminate(
    variable: usize,
    tables: &[Table],
    sizes: &[usize],
    work: &mut Work<'_>,
) -> Option<(Rule, Table)> {
    let around: Vec<usize> = neighbours(variable, tables.iter()).into_iter().collect();
    let cells = around.iter().map(|n| sizes[*n]).product();
    let terms: Vec<Term<'_>> = tables
        .iter()
        .map(|t| Term::new(t, variable, &around, sizes))
        .collect();
    let mut costs = Vec::with_capacity(cells);
    let mut best = Vec::with_capacity(cells);
    let mut at = Cell::first(&around, &terms, sizes);
    let looks = sizes[variable].saturating_mul(terms.len());
    for cell in 0..cells {
        if cell % BETWEEN_STOPS == BETWEEN_STOPS - 1 {
            work.spend(looks.saturating_mul(BETWEEN_STOPS));
            if work.exhausted() {
                return None;
            }
        }
        let (option, cost) = best_option(&terms, &at.bases, sizes[variable]);
        costs.push(cost);
        best.push(option);
        at.advance();
    }
    work.spend(looks.saturating_mul(cells % BETWEEN_STOPS));
    let rule = Rule {
        variable,
        neighbours: around.clone(),
        best,
    };
    let table = Table {
        variables: around,
        costs: costs.into(),
    };
    Some((rule, table))
}

fn best_option(terms: &[Term<'_>], bases: &[usize], options: usize) -> (u16, Cost) {
    let (mut best, mut least) = (0, FORBIDDEN);
    for option in 0..options {
        let costs = terms
            .iter()
            .zip(bases)
            .map(|(t, base)| t.costs[base + option * t.own_stride]);
        let cost = costs.fold(0, Cost::saturating_add);
        if cost < least {
            (best, least) = (u16::try_from(option).unwrap_or(u16::MAX), cost);
        }
    }
    (best, least)
}

/// A table as seen from the eliminated variable: strides into it.
struct Term<'t> {
    costs: &'t [Cost],
    own_stride: usize,
    strides: Vec<usize>,
}

impl<'t> Term<'t> {
    fn new(table: &'t Table, variable: usize, around: &[usize], sizes: &[usize]) -> Self {
        let stride_of = |wanted: usize| {
            let at = table.variables.iter().position(|v| *v == wanted)?;
            Some(
                table.variables[at + 1..]
                    .iter()
                    .map(|v| sizes[*v])
                    .product(),
            )
        };
        Self {
            costs: &table.costs,
            own_stride: stride_of(variable).unwrap_or(0),
            strides: around.iter().map(|v| stride_of(*v).unwrap_or(0)).collect(),
        }
    }
}

/// A combination of options, and where it begins in each table.
struct Cell<'t> {
    terms: &'t [Term<'t>],
    /// How many options each variable has.
    sizes: Vec<usize>,
    options: Vec<usize>,
    /// By term.
    bases: Vec<usize>,
}

impl<'t> Cell<'t> {
    fn first(variables: &[usize], terms: &'t [Term<'t>], sizes: &[usize]) -> Self {
        Self {
            terms,
            sizes: variables.iter().map(|variable| sizes[*variable]).collect(),
            options: vec![0; variables.len()],
            bases: vec![0; terms.len()],
        }
    }

    /// Steps to the next combination, last variable fastest; after the last comes the first.
    fn advance(&mut self) {
        for variable in (0..self.sizes.len()).rev() {
            let terms = self.bases.iter_mut().zip(self.terms);
            self.options[variable] += 1;
            if self.options[variable] < self.sizes[variable] {
                terms.for_each(|(base, term)| *base += term.strides[variable]);
                return;
            }
            self.options[variable] = 0;
            let back = self.sizes[variable] - 1;
            terms.for_each(|(base, term)| *base -= back * term.strides[variable]);
        }
    }
}

fn choose(rules: &[Rule], sizes: &[usize]) -> Vec<usize> {
    let mut choice = vec![0; sizes.len()];
    for rule in rules.iter().rev() {
        let cell = rule
            .neighbours
            .iter()
            .fold(0, |cell, n| cell * sizes[*n] + choice[*n]);
        choice[rule.variable] = usize::from(rule.best[cell]);
    }
    choice
}

#[cfg(test)]
mod tests;
