//! The lower bound of a part of the search: constraints priced, credit taken for the most it can be.
//!
//! With a price `p ≥ 0` for every constraint, each choice within the constraints costs at least
//! what it costs with its weights paid for, less the price of the limits. Prices are fixed-point
//! numbers; what is added is rounded down and what is taken off is rounded up, so the bound holds
//! to the last micro-dollar.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::drawing::{Drawing, amount};
use super::rows::{Domains, Grid, Row};
use super::work::Work;
use super::{Constraint, Coupled, Credit, Weight};
use crate::planning::optimise::{self, Answer, Cost, FORBIDDEN, Pair, Problem};
use crate::planning::prune::{self, Sweeping};

/// Cells that take as long to look at as one decided variable when a credit is told: what it draws
/// must be held against every cut.
const CREDIT: usize = 32;

/// Bits behind the point of a price, in micro-USD per unit of weight: weights may be nanoseconds.
pub(super) const POINT: u32 = 32;

/// All of a credit, as a share.
pub(super) const WHOLE: i128 = 1 << POINT;

/// Most that all weights together may be priced at, and that costs may add up to where anything is
/// priced: sums stay below [`FORBIDDEN`].
const MOST_PRICED: i128 = 1 << 60;

/// By credit, the share of it that is taken for used up, and then by constraint, what a unit of its
/// weight costs.
pub(super) type Prices = Rc<[i128]>;

/// What is minimised beside the priced weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    Costs,
    /// Nothing: a bound above zero shows that the constraints can't be kept.
    Nothing,
}

/// What a relaxation says of a part of the search.
pub(super) enum Relaxed {
    /// No choice within the constraints costs less than `lower`.
    Bound {
        lower: Cost,
        /// A choice that the bound comes from, or one near it.
        choice: Option<Vec<usize>>,
        /// How much each option that is left adds to the bound, where that is known; then the
        /// relaxation wasn't solved exactly.
        rises: Option<Vec<Vec<Cost>>>,
    },
    /// No choice is better than what is known.
    Nothing,
}

/// A problem with all that the search has learnt of it.
pub(super) struct Model<'a> {
    pub(super) problem: &'a Coupled<'a>,
    pub(super) rows: Vec<Row>,
    /// Costs by pair of variables, in order.
    pub(super) grids: BTreeMap<(usize, usize), Vec<Grid>>,
    /// By variable, the pairs that it is in.
    pub(super) around: Vec<Vec<(usize, usize)>>,
    /// By credit, what it is for all options together: no choice has more. Known once for all parts,
    /// since such large sets take long to ask for.
    pub(super) most_credit: Vec<Cost>,
    /// Sum of the largest cost of every term that isn't forbidden.
    most: i128,
}

impl<'a> Model<'a> {
    pub(super) fn new(problem: &'a Coupled<'a>) -> Self {
        let additive = &problem.additive;
        let mut grids: BTreeMap<_, Vec<Grid>> = BTreeMap::new();
        for pair in &additive.pairs {
            let (key, grid) = Grid::new((pair.a, pair.b), &pair.costs, additive);
            grids.entry(key).or_default().push(grid);
        }
        let mut around = vec![Vec::new(); additive.unary.len()];
        for (a, b) in grids.keys() {
            around[*a].push((*a, *b));
            around[*b].push((*a, *b));
        }
        let unary = additive.unary.iter().map(Vec::as_slice);
        let terms = unary.chain(additive.pairs.iter().map(|pair| &*pair.costs));
        let largest = |costs: &[Cost]| {
            let finite = costs.iter().filter(|cost| **cost < FORBIDDEN);
            finite.max().map_or(0, |cost| i128::from(*cost))
        };
        let options = || {
            let unary = additive.unary.iter().enumerate();
            unary.flat_map(|(v, costs)| (0..costs.len()).map(move |o| (v, o)))
        };
        let most_credit = |credit: &&dyn Credit| amount(*credit, &options().collect::<Vec<_>>());
        let rows = problem.constraints.iter();
        Self {
            problem,
            rows: rows.map(|c| Row::new(c.clone(), additive)).collect(),
            grids,
            around,
            most_credit: problem.credits.iter().map(most_credit).collect(),
            most: terms.map(largest).sum(),
        }
    }

    /// Adds constraints, and says where they are.
    pub(super) fn add(&mut self, constraints: Vec<Constraint>) -> std::ops::Range<usize> {
        let first = self.rows.len();
        let additive = &self.problem.additive;
        let rows = constraints.into_iter().map(|c| Row::new(c, additive));
        self.rows.extend(rows);
        first..self.rows.len()
    }

    /// What a choice costs, less its credit.
    pub(super) fn cost(&self, choice: &[usize]) -> Cost {
        let additive = self.problem.additive.cost(choice);
        if additive == FORBIDDEN {
            return FORBIDDEN;
        }
        let chosen: Vec<(usize, usize)> = choice.iter().copied().enumerate().collect();
        additive.saturating_sub(self.credit(&chosen))
    }

    /// The credit for a set of options.
    pub(super) fn credit(&self, options: &[(usize, usize)]) -> Cost {
        let credits = self.problem.credits.iter();
        let amounts = credits.map(|credit| amount(*credit, options));
        amounts.fold(0, Cost::saturating_add)
    }

    /// By credit, how much more of it than there is the choices' own amounts add up to; negative if
    /// some is left.
    pub(super) fn overdrawn(&self, domains: &Domains, choice: &[usize]) -> Vec<(Cost, Cost)> {
        let drawn = |(credit, most): (&&dyn Credit, &Cost)| {
            let drawing = Drawing::new(*credit, *most, domains);
            let open = choice.iter().enumerate();
            let more = open.map(|(v, option)| drawing.more(domains, v, *option));
            let more = more.fold(0, Cost::saturating_add);
            (more.saturating_sub(drawing.left), drawing.left)
        };
        let credits = self.problem.credits.iter().zip(&self.most_credit);
        credits.map(drawn).collect()
    }

    /// Bounds what the choices of a part cost that cost less than `cutoff`; removes options that
    /// none of them has.
    pub(super) fn relax(
        &self,
        domains: &mut Domains,
        prices: &Prices,
        beside: Beside,
        cutoff: Cost,
        work: &mut Work<'_>,
    ) -> Relaxed {
        let (adjusted, offset) = self.adjusted(domains, prices, beside, work);
        let total = |cost: Cost| clamped(i128::from(cost) + offset);
        let chosen = |choice: &[usize]| -> Vec<usize> {
            let options = choice.iter().zip(domains.iter());
            options.map(|(option, domain)| domain[*option]).collect()
        };
        match optimise::below(&adjusted, shifted(cutoff, offset), work) {
            Answer::Nothing => Relaxed::Nothing,
            Answer::Exact(solution) => Relaxed::Bound {
                lower: total(solution.cost),
                choice: Some(chosen(&solution.choice)),
                rises: None,
            },
            Answer::Bounded(bounded) => {
                let choice = bounded.found.map(|found| chosen(&found.choice));
                narrow(domains, &bounded.kept);
                Relaxed::Bound {
                    lower: total(bounded.lower),
                    choice,
                    rises: Some(bounded.rises),
                }
            }
        }
    }

    /// Removes options that no choice cheaper than `cutoff` has, by the bound at these prices.
    /// Returns whether any choice is left.
    pub(super) fn reduce(
        &self,
        domains: &mut Domains,
        prices: &Prices,
        cutoff: Cost,
        work: &mut Work<'_>,
    ) -> bool {
        let (adjusted, offset) = self.adjusted(domains, prices, Beside::Costs, work);
        let upper = shifted(cutoff, offset).saturating_sub(1);
        let pruned = prune::worthwhile(&adjusted, upper, Sweeping::Quick, work);
        narrow(domains, &pruned.kept);
        pruned.lower <= upper && domains.iter().all(|domain| !domain.is_empty())
    }

    /// The part as a problem of costs alone, none of them negative, and what to add to each.
    fn adjusted(
        &self,
        domains: &Domains,
        prices: &Prices,
        beside: Beside,
        work: &mut Work<'_>,
    ) -> (Problem, i128) {
        let prices = self.tempered(prices);
        let decided = domains.iter().filter(|domain| domain.len() == 1).count();
        let options: usize = domains.iter().map(|domain| domain.len()).sum();
        work.spend(options * (1 + self.problem.credits.len() * (1 + decided) * CREDIT));
        let (shares, prices) = prices.split_at(self.problem.credits.len());
        let (mut unary, always) = self.own_costs(domains, shares, beside);
        let mut offset = -always;
        for (row, price) in self.priced(prices) {
            offset -= charge_up(price, row.constraint.limit);
            for (variable, weights) in &row.constraint.unary {
                for (cost, option) in unary[*variable].iter_mut().zip(&*domains[*variable]) {
                    *cost = cost.saturating_add(charge(price, weights[*option]));
                }
            }
        }
        for costs in &mut unary {
            let least = costs.iter().copied().min().unwrap_or(0);
            if least < FORBIDDEN {
                offset += i128::from(least);
                let open = costs.iter_mut().filter(|cost| **cost < FORBIDDEN);
                open.for_each(|cost| *cost = cost.saturating_sub(least));
            }
        }
        let pairs = self.pair_costs(domains, prices, beside, work);
        (Problem { unary, pairs }, offset)
    }

    /// What options cost by themselves less the most that each may add to the credits, and what is
    /// taken off whatever is chosen.
    ///
    /// Of each credit, the share that is taken for used up counts whole; of the rest, each option
    /// counts what it adds to what is decided. Both are at least the credit, so any mixture is.
    fn own_costs(
        &self,
        domains: &Domains,
        shares: &[i128],
        beside: Beside,
    ) -> (Vec<Vec<Cost>>, i128) {
        let additive = &self.problem.additive;
        let own = |variable: usize, option: usize| match additive.unary[variable][option] {
            FORBIDDEN => FORBIDDEN,
            _ if beside == Beside::Nothing => 0,
            cost => cost,
        };
        let all = domains.iter().enumerate();
        let unary = all.map(|(v, domain)| domain.iter().map(|o| own(v, *o)).collect());
        let mut unary: Vec<Vec<Cost>> = unary.collect();
        let mut always = 0;
        let credits = self.problem.credits.iter().zip(&self.most_credit);
        let credits = credits.zip(shares).filter(|_| beside == Beside::Costs);
        for ((credit, most), share) in credits {
            let drawing = Drawing::new(*credit, *most, domains);
            always += i128::from(drawing.decided_amount) + charge_up(*share, drawing.left);
            let rest = WHOLE - share;
            for (variable, costs) in unary.iter_mut().enumerate() {
                let options = costs.iter_mut().zip(&*domains[variable]);
                for (cost, option) in options.filter(|(cost, _)| **cost < FORBIDDEN) {
                    let more = drawing.more(domains, variable, *option);
                    *cost = cost.saturating_sub(clamped(charge_up(rest, more)));
                }
            }
        }
        (unary, always)
    }

    fn pair_costs(
        &self,
        domains: &Domains,
        prices: &[i128],
        beside: Beside,
        work: &mut Work<'_>,
    ) -> Vec<Pair> {
        let mut terms: BTreeMap<(usize, usize), Vec<(i128, &Grid)>> = BTreeMap::new();
        for (key, grids) in &self.grids {
            terms.insert(*key, grids.iter().map(|grid| (0, grid)).collect());
        }
        for (row, price) in self.priced(prices) {
            for (key, grids) in &row.grids {
                let priced = grids.iter().map(|grid| (price, grid));
                terms.entry(*key).or_default().extend(priced);
            }
        }
        let cost = |term: &(i128, &Grid), x: usize, y: usize| match (term.0, term.1.at(x, y)) {
            (0, FORBIDDEN) => FORBIDDEN,
            (0, _) if beside == Beside::Nothing => 0,
            (0, cost) => cost,
            (price, weight) => charge(price, weight),
        };
        let pair = |((a, b), terms): ((usize, usize), Vec<(i128, &Grid)>)| {
            work.spend(terms.len() * domains[a].len() * domains[b].len());
            let cells = domains[a]
                .iter()
                .flat_map(|x| domains[b].iter().map(move |y| (*x, *y)));
            let sum = |(x, y): (usize, usize)| {
                let costs = terms.iter().map(|term| cost(term, x, y));
                costs.fold(0, Cost::saturating_add)
            };
            Pair {
                a,
                b,
                costs: cells.map(sum).collect(),
            }
        };
        terms.into_iter().map(pair).collect()
    }

    /// Constraints that have a price.
    fn priced<'p>(&'p self, prices: &'p [i128]) -> impl Iterator<Item = (&'p Row, i128)> {
        let rows = self.rows.iter().zip(prices.iter().copied());
        rows.filter(|(_, price)| *price > 0)
    }

    /// Prices at which no sum is too large to count.
    fn tempered(&self, prices: &Prices) -> Vec<i128> {
        let credits = self.problem.credits.len();
        let mut prices = prices.to_vec();
        if self.most > MOST_PRICED {
            prices[credits..].fill(0);
        }
        loop {
            let rows = self.rows.iter().zip(&prices[credits..]);
            let worth = rows.map(|(row, price)| {
                let most = row.most.max(row.constraint.limit);
                price.saturating_mul(i128::from(most)) >> POINT
            });
            if worth.fold(0, i128::saturating_add) <= MOST_PRICED {
                return prices;
            }
            let rows = prices[credits..].iter_mut();
            rows.for_each(|price| *price >>= 1);
        }
    }
}

/// What a weight costs, rounded down.
fn charge(price: i128, weight: Weight) -> Cost {
    clamped(price.saturating_mul(i128::from(weight)) >> POINT)
}

/// What a limit is worth, rounded up.
fn charge_up(price: i128, limit: Weight) -> i128 {
    let product = price.saturating_mul(i128::from(limit));
    -((-product) >> POINT)
}

/// A cost that isn't mistaken for [`FORBIDDEN`].
fn clamped(cost: i128) -> Cost {
    let most = i128::from(FORBIDDEN - 1);
    Cost::try_from(cost.clamp(i128::from(Cost::MIN), most)).unwrap_or(FORBIDDEN - 1)
}

/// A cutoff for costs that lack the offset.
fn shifted(cutoff: Cost, offset: i128) -> Cost {
    if cutoff == FORBIDDEN {
        FORBIDDEN
    } else {
        clamped(i128::from(cutoff) - offset)
    }
}

/// Keeps the options at these places of each domain.
fn narrow(domains: &mut Domains, kept: &[Vec<usize>]) {
    for (domain, kept) in domains.iter_mut().zip(kept) {
        if kept.len() < domain.len() {
            *domain = kept.iter().map(|place| domain[*place]).collect();
        }
    }
}
