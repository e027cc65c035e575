//! What data costs: moving it to its readers and keeping what stages make.

use super::graph::{self, StageRead};
use super::plan::{Cited, Movement, RateCited, Stored};
use super::sites::{FoundRate, SiteIndex, Sites, Storage};
use crate::catalog::Catalog;
use crate::model::{Demand, Project, Source, Stage, StageOutput};
use crate::units::{Bytes, Millionths, Money, Quantity};

/// The cost of moving so much so often at a rate per GB.
fn movement_cost(rate: FoundRate, amount: Bytes, times: Millionths) -> Money {
    Money::charge(
        rate.rate(),
        Quantity::gigabytes(amount).times(Quantity::from(times)),
    )
}

/// What a read of another stage's output costs per month between two sites.
pub(crate) fn flow_cost(
    read: &StageRead<'_>,
    sites: &Sites<'_>,
    from: SiteIndex,
    to: SiteIndex,
) -> Option<Money> {
    sites
        .movement(from, to)
        .map(|rate| movement_cost(rate, read.amount, read.times))
}

/// What a stage's data costs per month at a site, as far as it depends on this stage alone:
/// bringing datasets there and keeping outputs there. `None` when part of it isn't known.
pub(crate) fn site_cost(
    stage: &Stage,
    project: &Project,
    sites: &Sites<'_>,
    site: SiteIndex,
) -> Option<Money> {
    let mut total = Money::ZERO;
    for read in stage.reads.values() {
        let Source::Dataset(name) = &read.source else {
            continue;
        };
        let dataset = &project.datasets[name];
        let rate = sites.movement(sites.find(&dataset.location)?, site)?;
        let (amount, times) = graph::dataset_read(stage, read, dataset.size);
        total += movement_cost(rate, amount, times);
    }
    for output in stage.outputs.values() {
        total += match sites.storage(site) {
            Storage::Priced(rate) => storage_cost(rate, stage, output),
            Storage::NotCharged => Money::ZERO,
            Storage::Unknown => return None,
        };
    }
    Some(total)
}

fn storage_cost(rate: FoundRate, stage: &Stage, output: &StageOutput) -> Money {
    Money::charge(
        rate.rate(),
        Quantity::gigabytes(output.size).times(copies(stage, output)),
    )
}

/// Copies of an output held at a time on average: each run's copy for as long as it is retained,
/// or one when only the newest is kept.
fn copies(stage: &Stage, output: &StageOutput) -> Quantity {
    match (&stage.demand, output.retain) {
        (Demand::Runs(runs), Some(retain)) => {
            Quantity::from(runs.per_month.runs).times(Quantity::months(retain))
        }
        _ => Quantity::count(1),
    }
}

/// A rate as the plan cites it.
pub(crate) fn cite(rate: FoundRate, catalog: &Catalog) -> RateCited {
    match rate {
        FoundRate::Catalog(quote) => RateCited {
            usd: quote.rate,
            basis: quote.basis.into(),
            source: catalog.source(quote.source).citation(),
        },
        FoundRate::Spec(rate) => RateCited {
            usd: rate,
            basis: Cited::Given,
            source: "spec".into(),
        },
    }
}

/// The movement of a read for the plan.
pub(crate) struct MovementOf<'a> {
    pub(crate) name: &'a str,
    pub(crate) source: String,
    pub(crate) amount: Bytes,
    pub(crate) times: Millionths,
    pub(crate) from: SiteIndex,
    pub(crate) to: SiteIndex,
}

impl MovementOf<'_> {
    /// The printed line; `None` when the rate isn't known, which the choice has ruled out.
    pub(crate) fn line(&self, sites: &Sites<'_>, catalog: &Catalog) -> Option<Movement> {
        let rate = sites.movement(self.from, self.to)?;
        Some(Movement {
            name: self.name.to_owned(),
            source: self.source.clone(),
            from: sites.location(self.from),
            amount: self.amount,
            times_per_month: self.times,
            rate: if self.from == self.to {
                same_site()
            } else {
                cite(rate, catalog)
            },
            cost: movement_cost(rate, self.amount, self.times),
        })
    }
}

fn same_site() -> RateCited {
    RateCited {
        usd: crate::units::Rate::ZERO,
        basis: Cited::Listed,
        source: "same place".into(),
    }
}

/// The outputs that a stage keeps at a site, for the plan.
pub(crate) fn stored(
    stage: &Stage,
    sites: &Sites<'_>,
    site: SiteIndex,
    catalog: &Catalog,
) -> Vec<Stored> {
    let line = |(name, output): (&String, &StageOutput)| {
        let rate = match sites.storage(site) {
            Storage::Priced(rate) => Some(rate),
            Storage::NotCharged | Storage::Unknown => None,
        };
        Stored {
            output: name.clone(),
            size: output.size,
            copies: copies(stage, output).millionths(),
            rate: rate.map(|rate| cite(rate, catalog)),
            cost: rate.map_or(Money::ZERO, |rate| storage_cost(rate, stage, output)),
        }
    };
    stage.outputs.iter().map(line).collect()
}
