//! The exact joint choice of a site for every stage.
//!
//! The cost of a choice is a sum of terms that look at one stage or at two, so it is minimised by
//! variable elimination: take a stage, combine all terms that mention it, remember for each choice
//! of its neighbours which of its own options is best, and go on with the rest. On a chain or a
//! tree no combined term ever looks at more than one other stage, and this is the textbook dynamic
//! program. On other graphs the tables grow with the number of neighbours at once, and options that
//! can't be part of an optimum are discarded first (`prune`); what would still need a table of more
//! than [`MAX_TABLE`] cells is refused rather than solved badly.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::prune;

/// Most cells of one combined table: 16 million cells are 128 MB of costs, which is about what a
/// plan may use of memory.
const MAX_TABLE: usize = 16_000_000;

/// Most combinations that elimination may look at for one problem: a second or two of work.
const MAX_EFFORT: usize = 400_000_000;

/// Combinations that are looked at without pruning first: a few milliseconds of work.
const EASY: usize = 4_000_000;

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

/// Why there is no solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsolved {
    /// Every combination is forbidden.
    Infeasible,
    /// The graph is so dense that the tables would not fit.
    TooDense,
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
pub(crate) fn solve(problem: &Problem) -> Result<Solution, Unsolved> {
    if problem.unary.iter().any(Vec::is_empty) {
        return Err(Unsolved::Infeasible);
    }
    let order = Order::of(problem);
    let cells: usize = problem.pairs.iter().map(|pair| pair.costs.len()).sum();
    if order.effort <= EASY.max(cells.saturating_mul(LOOKS)) {
        return eliminate_all(problem, &order);
    }
    let kept = prune::worthwhile(problem);
    let restricted = problem.restricted(&kept);
    let order = Order::of(&restricted);
    if order.effort > MAX_EFFORT {
        return Err(Unsolved::TooDense);
    }
    let solution = eliminate_all(&restricted, &order)?;
    let choice = solution
        .choice
        .iter()
        .zip(&kept)
        .map(|(option, kept)| kept[*option])
        .collect();
    Ok(Solution { choice, ..solution })
}

impl Problem {
    /// The problem with some options of each variable alone.
    fn restricted(&self, kept: &[Vec<usize>]) -> Self {
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

/// In which order variables are eliminated, and how many combinations that looks at.
struct Order {
    variables: Vec<usize>,
    effort: usize,
}

impl Order {
    /// Always the variable next whose combined table is smallest; the first one of equals.
    fn of(problem: &Problem) -> Self {
        let sizes: Vec<usize> = problem.unary.iter().map(Vec::len).collect();
        let mut around: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); sizes.len()];
        for pair in &problem.pairs {
            around[pair.a].insert(pair.b);
            around[pair.b].insert(pair.a);
        }
        let cells = |v: usize, around: &[BTreeSet<usize>]| {
            let sizes = around[v].iter().map(|n| sizes[*n]);
            sizes.fold(1usize, usize::saturating_mul)
        };
        let mut left: BTreeSet<usize> = (0..sizes.len()).collect();
        let (mut variables, mut effort) = (Vec::new(), 0usize);
        while let Some(next) = left.iter().copied().min_by_key(|v| cells(*v, &around)) {
            effort = effort.saturating_add(cells(next, &around).saturating_mul(sizes[next]));
            left.remove(&next);
            variables.push(next);
            let beside = std::mem::take(&mut around[next]);
            for a in &beside {
                around[*a].remove(&next);
                around[*a].extend(beside.iter().filter(|b| *b != a));
            }
        }
        Self { variables, effort }
    }
}

/// Eliminates one variable after the other.
fn eliminate_all(problem: &Problem, order: &Order) -> Result<Solution, Unsolved> {
    let sizes: Vec<usize> = problem.unary.iter().map(Vec::len).collect();
    if sizes.contains(&0) {
        return Err(Unsolved::Infeasible);
    }
    let mut tables = initial_tables(problem);
    let mut rules = Vec::new();
    let mut total: Cost = 0;
    for variable in &order.variables {
        let (touching, rest) = tables
            .into_iter()
            .partition(|t| t.variables.contains(variable));
        tables = rest;
        let (rule, table) = eliminate(*variable, touching, &sizes)?;
        if table.variables.is_empty() {
            total = total.saturating_add(table.costs[0]);
        } else {
            tables.push(table);
        }
        rules.push(rule);
    }
    if total == FORBIDDEN {
        return Err(Unsolved::Infeasible);
    }
    Ok(Solution {
        cost: total,
        choice: choose(&rules, &sizes),
    })
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
    tables: Vec<Table>,
    sizes: &[usize],
) -> Result<(Rule, Table), Unsolved> {
    let around: Vec<usize> = neighbours(variable, tables.iter()).into_iter().collect();
    let cells = around
        .iter()
        .try_fold(1usize, |cells, n| cells.checked_mul(sizes[*n]));
    let cells = cells
        .filter(|cells| *cells <= MAX_TABLE)
        .ok_or(Unsolved::TooDense)?;
    let terms: Vec<Term<'_>> = tables
        .iter()
        .map(|t| Term::new(t, variable, &around, sizes))
        .collect();
    let mut costs = Vec::with_capacity(cells);
    let mut best = Vec::with_capacity(cells);
    let mut at = vec![0usize; around.len()];
    for _ in 0..cells {
        let bases: Vec<usize> = terms.iter().map(|term| term.base(&at)).collect();
        let (option, cost) = best_option(&terms, &bases, sizes[variable]);
        costs.push(cost);
        best.push(option);
        advance(&mut at, &around, sizes);
    }
    let rule = Rule {
        variable,
        neighbours: around.clone(),
        best,
    };
    Ok((
        rule,
        Table {
            variables: around,
            costs: costs.into(),
        },
    ))
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

    fn base(&self, at: &[usize]) -> usize {
        self.strides
            .iter()
            .zip(at)
            .map(|(stride, option)| stride * option)
            .sum()
    }
}

/// Steps to the next combination, last variable fastest.
fn advance(at: &mut [usize], variables: &[usize], sizes: &[usize]) {
    for (option, variable) in at.iter_mut().zip(variables).rev() {
        *option += 1;
        if *option < sizes[*variable] {
            return;
        }
        *option = 0;
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
