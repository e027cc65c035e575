//! How a part of the search is split: the options of one variable in two, so that no choice is in
//! both parts.

use std::rc::Rc;

use super::relaxation::Model;
use super::rows::{Domains, Row};
use crate::planning::optimise::Cost;

/// The options of one variable in each of the two parts.
pub(super) struct Split {
    pub(super) variable: usize,
    pub(super) parts: [Rc<[usize]>; 2],
}

/// Splits where a choice breaks a constraint: one part has the options that weigh less than the
/// chosen one, of the variable that could take most off.
pub(super) fn on_row(row: &Row, choice: &[usize], domains: &Domains) -> Option<Split> {
    let open = row.variables().filter(|v| domains[*v].len() > 1);
    let gain = |variable: usize| {
        let weight = |option: usize| row.weight_of(variable, option, choice);
        let least = domains[variable].iter().map(|option| weight(*option)).min();
        weight(choice[variable]).saturating_sub(least.unwrap_or(0))
    };
    let gains = open.map(|variable| (gain(variable), variable));
    let (gain, variable) = gains.max_by_key(|(gain, v)| (*gain, std::cmp::Reverse(*v)))?;
    if gain <= 0 {
        return Some(apart(variable, choice[variable], domains));
    }
    let chosen = row.weight_of(variable, choice[variable], choice);
    let lighter = |option: &usize| row.weight_of(variable, *option, choice) < chosen;
    Some(by(variable, domains, lighter))
}

/// Splits where a choice draws more credit in the bound than in truth: what it chose, and the rest.
/// Takes the variable whose credit was counted highest.
pub(super) fn on_credit(model: &Model<'_>, choice: &[usize], domains: &Domains) -> Option<Split> {
    let draws = |variable: usize, option: usize| {
        let mut credits = model.problem.credits.iter();
        credits.any(|credit| credit.draws(variable, option))
    };
    let singles = domains.iter().enumerate().filter(|(_, d)| d.len() == 1);
    let mut decided: Vec<(usize, usize)> = singles.map(|(v, d)| (v, d[0])).collect();
    let mut best: Option<(Cost, usize)> = None;
    for (variable, option) in choice.iter().enumerate() {
        if domains[variable].len() > 1 && draws(variable, *option) {
            decided.push((variable, *option));
            let drawn = model.credit(&decided);
            decided.pop();
            if best.is_none_or(|(most, _)| drawn > most) {
                best = Some((drawn, variable));
            }
        }
    }
    let (_, variable) = best?;
    Some(apart(variable, choice[variable], domains))
}

/// Splits the options of the variable that has most: those that add less to the bound, and the rest.
pub(super) fn by_bound(domains: &Domains, rises: &[Vec<Cost>]) -> Option<Split> {
    let variable = largest(domains)?;
    let domain = &domains[variable];
    let mut places: Vec<usize> = (0..domain.len()).collect();
    places.sort_by_key(|place| rises[variable].get(*place));
    let half: std::collections::BTreeSet<usize> = places
        .iter()
        .take(domain.len() / 2)
        .map(|p| domain[*p])
        .collect();
    Some(by(variable, domains, |option| half.contains(option)))
}

/// Splits off what a choice has for the variable with most options.
pub(super) fn on_choice(choice: &[usize], domains: &Domains) -> Option<Split> {
    let variable = largest(domains)?;
    Some(apart(variable, choice[variable], domains))
}

/// The variable with most options; the first of equals, none if all are decided.
fn largest(domains: &Domains) -> Option<usize> {
    let open = (0..domains.len()).filter(|v| domains[*v].len() > 1);
    open.max_by_key(|v| (domains[*v].len(), std::cmp::Reverse(*v)))
}

fn apart(variable: usize, option: usize, domains: &Domains) -> Split {
    let split = by(variable, domains, |other| *other == option);
    if split.parts.iter().all(|part| !part.is_empty()) {
        return split;
    }
    let middle = domains[variable][domains[variable].len() / 2];
    by(variable, domains, |other| *other < middle)
}

fn by(variable: usize, domains: &Domains, first: impl Fn(&usize) -> bool) -> Split {
    let (first, second): (Vec<usize>, Vec<usize>) =
        domains[variable].iter().copied().partition(first);
    Split {
        variable,
        parts: [first.into(), second.into()],
    }
}
