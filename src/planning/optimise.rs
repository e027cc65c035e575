//! The exact joint choice of a site for every stage.
//!
//! The cost of a choice is a sum of terms that look at one stage or at two, so it is minimised by
//! variable elimination: take a stage, combine all terms that mention it, remember for each choice
//! of its neighbours which of its own options is best, and go on with the rest. On a chain or a
//! tree no combined term ever looks at more than one other stage, and this is the textbook dynamic
//! program. On other graphs the tables grow with the number of neighbours at once; beyond
//! [`MAX_TABLE`] cells the problem is refused rather than solved badly.

use std::collections::BTreeSet;

use super::prune;

/// Most cells of one combined table: 16 million cells are 128 MB of costs, which is about what a
/// plan may use of memory, and are filled in a fraction of a second.
const MAX_TABLE: usize = 16_000_000;

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

impl Problem {
    /// The problem with these options of each variable only.
    fn only(&self, left: &[Vec<usize>]) -> Self {
        let unary = self.unary.iter().zip(left);
        let unary = unary.map(|(costs, left)| left.iter().map(|i| costs[*i]).collect());
        let pair = |pair: &Pair| {
            let width = self.unary[pair.b].len();
            let rows = left[pair.a].iter();
            let costs = rows.flat_map(|a| left[pair.b].iter().map(move |b| (a, b)));
            Pair {
                a: pair.a,
                b: pair.b,
                costs: costs.map(|(a, b)| pair.costs[a * width + b]).collect(),
            }
        };
        Self {
            unary: unary.collect(),
            pairs: self.pairs.iter().map(pair).collect(),
        }
    }
}

/// What two variables cost together.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) a: usize,
    pub(crate) b: usize,
    /// By option of `a`, then of `b`.
    pub(crate) costs: Vec<Cost>,
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
    costs: Vec<Cost>,
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
    let sizes: Vec<usize> = problem.unary.iter().map(Vec::len).collect();
    if sizes.contains(&0) {
        return Err(Unsolved::Infeasible);
    }
    // Chains and trees are solved faster than they are narrowed down.
    if problem.pairs.len() < sizes.len() {
        return eliminate_all(problem, &sizes);
    }
    let left = prune::worth_trying(problem);
    let narrowed = problem.only(&left);
    let sizes: Vec<usize> = left.iter().map(Vec::len).collect();
    let mut solution = eliminate_all(&narrowed, &sizes)?;
    for (option, left) in solution.choice.iter_mut().zip(&left) {
        *option = left[*option];
    }
    Ok(solution)
}

fn eliminate_all(problem: &Problem, sizes: &[usize]) -> Result<Solution, Unsolved> {
    let mut tables = initial_tables(problem);
    let mut left: BTreeSet<usize> = (0..sizes.len()).collect();
    let mut rules = Vec::new();
    let mut total: Cost = 0;
    while let Some(variable) = cheapest_to_eliminate(&left, &tables, sizes) {
        left.remove(&variable);
        let (touching, rest) = tables
            .into_iter()
            .partition(|t| t.variables.contains(&variable));
        tables = rest;
        let (rule, table) = eliminate(variable, touching, sizes)?;
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
        choice: choose(&rules, sizes),
    })
}

fn initial_tables(problem: &Problem) -> Vec<Table> {
    let unary = problem.unary.iter().enumerate();
    let unary = unary.map(|(i, costs)| Table {
        variables: vec![i],
        costs: costs.clone(),
    });
    let pairs = problem.pairs.iter();
    let pairs = pairs.map(|p| Table {
        variables: vec![p.a, p.b],
        costs: p.costs.clone(),
    });
    unary.chain(pairs).collect()
}

/// The variable whose combined table is smallest; the first one of equals.
fn cheapest_to_eliminate(
    left: &BTreeSet<usize>,
    tables: &[Table],
    sizes: &[usize],
) -> Option<usize> {
    left.iter().copied().min_by_key(|v| {
        let around = neighbours(*v, tables.iter());
        around
            .iter()
            .fold(1usize, |cells, n| cells.saturating_mul(sizes[*n]))
    })
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
            costs,
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cost_of(problem: &Problem, choice: &[usize]) -> Cost {
        let unary = problem
            .unary
            .iter()
            .zip(choice)
            .map(|(costs, option)| costs[*option]);
        let pairs = problem
            .pairs
            .iter()
            .map(|p| p.costs[choice[p.a] * problem.unary[p.b].len() + choice[p.b]]);
        unary.chain(pairs).fold(0, Cost::saturating_add)
    }

    /// The oracle: every combination, one after the other.
    fn exhaustive(problem: &Problem) -> Cost {
        let sizes: Vec<usize> = problem.unary.iter().map(Vec::len).collect();
        let all: Vec<usize> = (0..sizes.len()).collect();
        let mut choice = vec![0; sizes.len()];
        let mut least = FORBIDDEN;
        for _ in 0..sizes.iter().product::<usize>() {
            least = least.min(cost_of(problem, &choice));
            advance(&mut choice, &all, &sizes);
        }
        least
    }

    fn cost() -> impl Strategy<Value = Cost> {
        prop_oneof![9 => 0..50i64, 1 => Just(FORBIDDEN)]
    }

    fn problem() -> impl Strategy<Value = Problem> {
        proptest::collection::vec(1..=4usize, 1..=5).prop_flat_map(|sizes| {
            let n = sizes.len();
            let unary: Vec<_> = sizes
                .iter()
                .map(|s| proptest::collection::vec(cost(), *s))
                .collect();
            let pairs: Vec<_> = (0..n)
                .flat_map(|a| (a + 1..n).map(move |b| (a, b)))
                .map(|(a, b)| {
                    let table = proptest::collection::vec(cost(), sizes[a] * sizes[b]);
                    proptest::option::of(table.prop_map(move |costs| Pair { a, b, costs }))
                })
                .collect();
            (unary, pairs).prop_map(|(unary, pairs)| Problem {
                unary,
                pairs: pairs.into_iter().flatten().collect(),
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn elimination_equals_exhaustive_search(problem in problem()) {
            match solve(&problem) {
                Ok(solution) => {
                    prop_assert_eq!(solution.cost, exhaustive(&problem));
                    prop_assert_eq!(cost_of(&problem, &solution.choice), solution.cost);
                }
                Err(why) => {
                    prop_assert_eq!(why, Unsolved::Infeasible);
                    prop_assert_eq!(exhaustive(&problem), FORBIDDEN);
                }
            }
        }
    }

    #[test]
    fn a_dense_graph_is_solved_where_most_options_are_never_best() {
        let n = 8;
        let unary: Vec<Cost> = (0..40).map(|option| 100 * (option - 3i64).abs()).collect();
        let apart: Vec<Cost> = (0..40i64)
            .flat_map(|a| (0..40).map(move |b| (a - b).abs()))
            .collect();
        let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
        let problem = Problem {
            unary: vec![unary; n],
            pairs: pairs
                .map(|(a, b)| Pair {
                    a,
                    b,
                    costs: apart.clone(),
                })
                .collect(),
        };
        let solution = solve(&problem).unwrap();
        assert_eq!((solution.cost, solution.choice), (0, vec![3; n]));
    }

    #[test]
    fn a_graph_that_is_too_dense_is_refused() {
        let n = 12;
        let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
        let problem = Problem {
            unary: vec![vec![0; 10]; n],
            pairs: pairs
                .map(|(a, b)| Pair {
                    a,
                    b,
                    costs: vec![1; 100],
                })
                .collect(),
        };
        assert_eq!(solve(&problem), Err(Unsolved::TooDense));
    }
}
