//! Spend that is promised already: what it covers costs nothing more.
//!
//! A commitment of `c` USD per hour at a discount of `d` covers on-demand use that would cost
//! `c / (1 − d)` at list, hour by hour; what isn't used in an hour is lost, what is used beyond it is
//! paid at list. Stages whose runs may fall in the same hour of the week are taken to compete for it,
//! and what is covered is given where it saves most. So nothing is promised that the clouds' own
//! hourly arithmetic might not keep. Spot is never covered.
//!
//! What a set of stages saves is a monotone submodular function of the set (the rank of a
//! transversal polymatroid, weighted), which is what lets the joint choice bound it.

use std::collections::{BTreeMap, BTreeSet};

use super::candidate::{Candidate, Offered};
use super::hours::HOURS;
use super::plan::CommitmentUse;
use super::sizing::MONTH;
use crate::catalog::Catalog;
use crate::model::{CapacityType, Commitment, Project, ProviderName};
use crate::units::{Millionths, Money, Quantity, Rate};

/// Most commitments that are told apart; the spec's check keeps to it.
pub(crate) const MAX_COMMITMENTS: usize = 12;

/// The commitments of a project.
#[derive(Debug)]
pub(crate) struct Commitments<'a> {
    all: Vec<&'a Commitment>,
    /// By commitment: pico-USD at list that it covers in an hour.
    caps: Vec<u128>,
    catalog: &'a Catalog,
}

impl<'a> Commitments<'a> {
    pub(crate) fn new(project: &'a Project, catalog: &'a Catalog) -> Self {
        let all: Vec<&Commitment> = project.commitments.values().collect();
        let caps = all.iter().map(|commitment| cap(commitment)).collect();
        Self { all, caps, catalog }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The commitments of each provider that has some, one bit for each.
    pub(crate) fn by_provider(&self) -> Vec<u32> {
        let mut bits: BTreeMap<ProviderName, u32> = BTreeMap::new();
        for (i, commitment) in self.all.iter().enumerate() {
            *bits.entry(commitment.provider).or_default() |= 1 << i;
        }
        bits.into_values().collect()
    }

    /// Which commitments cover an offering, one bit for each.
    pub(crate) fn covering(&self, offered: &Offered<'_>, capacity: CapacityType) -> u32 {
        let Offered::Cloud {
            place,
            instance_type,
        } = offered
        else {
            return 0;
        };
        if self.is_empty() || capacity != CapacityType::OnDemand {
            return 0;
        }
        let region = self.catalog.region(self.catalog.place(*place).region);
        let name = &self.catalog.instance_type(*instance_type).name;
        let covers = |commitment: &&Commitment| {
            commitment.provider == region.provider
                && commitment
                    .region
                    .as_ref()
                    .is_none_or(|wanted| wanted.value == region.name)
                && commitment
                    .family
                    .as_ref()
                    .is_none_or(|family| in_family(name, &family.value))
        };
        let bits = self.all.iter().enumerate();
        bits.filter(|(_, commitment)| covers(commitment))
            .fold(0, |bits, (i, _)| bits | 1 << i)
    }

    /// What is taken off the cost of each of these candidates, which run beside each other.
    pub(crate) fn credits(&self, chosen: &[&Candidate<'_>]) -> Vec<Money> {
        let mut credits = vec![Money::ZERO; chosen.len()];
        let mut drawing: Vec<usize> = (0..chosen.len())
            .filter(|i| chosen[*i].covered_by != 0)
            .collect();
        // What saves most for each dollar of list price comes first: that is the most that can be
        // saved, by the greedy theorem for polymatroids.
        let draws: Vec<u128> = chosen.iter().map(|candidate| draw(candidate)).collect();
        let worth = |a: usize, b: usize| worth((chosen[a], draws[a]), (chosen[b], draws[b]));
        drawing.sort_by(|a, b| worth(*b, *a).then(a.cmp(b)));
        let mut covered = vec![0u128; drawing.len()];
        let cuts = self.cuts(&drawing, chosen);
        for (column, hours) in columns(&drawing, chosen) {
            let mut cuts = cuts.clone();
            let mut before = 0;
            for (n, draw) in column.into_iter().enumerate() {
                let rank = rank_with(&mut cuts, chosen[drawing[n]].covered_by, draw);
                covered[n] = covered[n].saturating_add((rank - before).saturating_mul(hours));
                before = rank;
            }
        }
        for (i, covered) in drawing.into_iter().zip(covered) {
            credits[i] = chosen[i].compute.portion(covered, draws[i]);
        }
        credits
    }

    /// What a plan uses of all commitments together; `None` when there are none.
    pub(crate) fn used(&self, chosen: &[&Candidate<'_>]) -> Option<CommitmentUse> {
        if self.is_empty() {
            return None;
        }
        let month = Quantity::hours(MONTH);
        let paid = self
            .all
            .iter()
            .map(|c| Money::charge(c.usd_per_hour, month));
        let caps = self
            .caps
            .iter()
            .fold(0u128, |sum, cap| sum.saturating_add(*cap));
        let caps = Rate::from_pico_usd(u64::try_from(caps).unwrap_or(u64::MAX));
        Some(CommitmentUse {
            paid_anyway: paid.sum(),
            covered: self.credits(chosen).into_iter().sum(),
            could_cover: Money::charge(caps, month),
        })
    }

    /// The cuts between these candidates and the commitments that can be least, each with what its
    /// commitments cover in an hour. A commitment is cut only with others so that some candidates
    /// have none left, so these are the unions of what covers single candidates: some dozens, where
    /// all sets of commitments are thousands.
    fn cuts(&self, drawing: &[usize], chosen: &[&Candidate<'_>]) -> Vec<(u32, u128)> {
        let masks: BTreeSet<u32> = drawing.iter().map(|i| chosen[*i].covered_by).collect();
        let mut cuts = BTreeSet::from([0]);
        for mask in masks {
            let joined: Vec<u32> = cuts.iter().map(|cut| cut | mask).collect();
            cuts.extend(joined);
        }
        let cover = |cut: u32| {
            let caps = self.caps.iter().enumerate();
            let caps = caps.filter(|(i, _)| cut & (1 << i) != 0);
            caps.fold(0u128, |sum, (_, cap)| sum.saturating_add(*cap))
        };
        cuts.into_iter().map(|cut| (cut, cover(cut))).collect()
    }
}

/// Adds what one more candidate draws to the cuts that leave it a commitment, and returns the least:
/// the most list price of one hour that is covered then.
fn rank_with(cuts: &mut [(u32, u128)], covered_by: u32, draw: u128) -> u128 {
    for (cut, cost) in cuts.iter_mut() {
        if covered_by & !*cut != 0 {
            *cost = cost.saturating_add(draw);
        }
    }
    cuts.iter().map(|(_, cost)| *cost).min().unwrap_or(0)
}

/// Pico-USD per hour at list that a commitment covers.
fn cap(commitment: &Commitment) -> u128 {
    let one = u128::from(Millionths::ONE.get());
    let left = one.saturating_sub(commitment.discount.get().into());
    u128::from(commitment.usd_per_hour.pico_usd()) * one / left.max(1)
}

/// Whether an instance type is of a family: the family's name, and then no further letter
/// (`m7i.large` is of `m7i` and not of `m7`).
fn in_family(name: &str, family: &str) -> bool {
    name.strip_prefix(family)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Different hours of the week by what each candidate draws in them, and how many such hours.
fn columns(drawing: &[usize], chosen: &[&Candidate<'_>]) -> BTreeMap<Vec<u128>, u128> {
    let mut columns = BTreeMap::new();
    let nodes = |i: usize, hour: usize| chosen[i].hours.nodes()[hour];
    let mut since = 0;
    for hour in 1..=HOURS {
        // Most hours are like the one before: only the first of them is looked at.
        let goes_on = |i: &usize| nodes(*i, hour) == nodes(*i, since);
        if hour < HOURS && drawing.iter().all(goes_on) {
            continue;
        }
        let column: Vec<u128> = drawing.iter().map(|i| draw_at(chosen[*i], since)).collect();
        *columns.entry(column).or_insert(0) += u128::try_from(hour - since).unwrap_or(0);
        since = hour;
    }
    columns
}

fn draw_at(candidate: &Candidate<'_>, hour: usize) -> u128 {
    u128::from(candidate.rate.rate().pico_usd()) * u128::from(candidate.hours.nodes()[hour])
}

/// What a candidate may draw in all hours of the week together.
fn draw(candidate: &Candidate<'_>) -> u128 {
    let nodes = candidate.hours.nodes().iter();
    let node_hours: u64 = nodes.map(|nodes| u64::from(*nodes)).sum();
    u128::from(candidate.rate.rate().pico_usd()) * u128::from(node_hours)
}

/// Compares what a dollar of list price covered saves: the share of the time in which a stage may
/// run that it does run.
///
/// Each candidate comes with what it may draw.
fn worth(first: (&Candidate<'_>, u128), second: (&Candidate<'_>, u128)) -> std::cmp::Ordering {
    let cost = |candidate: &Candidate<'_>| candidate.compute.micro_usd().unsigned_abs();
    let left = cost(first.0).saturating_mul(second.1);
    let right = cost(second.0).saturating_mul(first.1);
    left.cmp(&right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_ends_where_no_letter_follows() {
        for (name, family, inside) in [
            ("m7i.large", "m7i", true),
            ("m7i.large", "m7", false),
            ("n2-standard-8", "n2", true),
            ("n2d-standard-8", "n2", false),
            ("Standard_D8s_v5", "Standard_D", true),
        ] {
            assert_eq!(in_family(name, family), inside, "{name} of {family}");
        }
    }
}
