//! What data costs: moving it to its readers and keeping what stages make.

use super::graph::{self, StageRead};
use super::plan::{Cited, Movement, RateCited, Stored, Waiting};
use super::sites::{FoundRate, Locus, SiteIndex, Sites, Storage, Wait};
use crate::catalog::Catalog;
use crate::model::{Dataset, Demand, Domain, Project, Source, Stage, StageOutput};
use crate::units::{Bytes, Duration, Millionths, Money, Quantity, Rate};

/// The cost of moving so much so often at a rate per GB.
pub(super) fn movement_cost(rate: Rate, amount: Bytes, times: Millionths) -> Money {
    Money::charge(
        rate,
        Quantity::gigabytes(amount).times(Quantity::from(times)),
    )
}

/// What a read of another stage's output costs per month between two places, waiting aside.
pub(crate) fn flow_cost(
    read: &StageRead<'_>,
    sites: &Sites<'_>,
    from: Locus,
    to: Locus,
) -> Option<Money> {
    sites
        .movement(from, to, read.scope)
        .map(|rate| movement_cost(rate.rate(), read.amount, read.times))
}

/// How long the nodes of a run wait for a read of another stage's output.
pub(crate) fn flow_wait(
    read: &StageRead<'_>,
    sites: &Sites<'_>,
    from: SiteIndex,
    to: SiteIndex,
) -> Duration {
    if read.waited_for {
        sites.wait(from, to, read.amount).counted()
    } else {
        Duration::ZERO
    }
}

/// What a stage's data asks of a place, as far as it depends on this stage alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataHere {
    /// Bringing datasets there and keeping outputs there, per month.
    pub(crate) cost: Money,
    /// Time in each run that each dataset takes; one by one, as the bill rounds the cost of each.
    waits: Vec<Duration>,
}

impl DataHere {
    /// Time in each run that all datasets take.
    pub(crate) fn wait(&self) -> Duration {
        self.waits
            .iter()
            .copied()
            .fold(Duration::ZERO, super::sizing::sum)
    }

    /// What that costs per month when an hour of it costs so much.
    pub(crate) fn waiting(&self, hour: Money) -> Money {
        self.waits.iter().map(|wait| hour.for_hours(*wait)).sum()
    }
}

/// What a stage's data asks of a place; `None` when part of the cost isn't known.
pub(crate) fn data_at(
    stage: &Stage,
    project: &Project,
    sites: &Sites<'_>,
    to: Locus,
) -> Option<DataHere> {
    let mut here = DataHere {
        cost: Money::ZERO,
        waits: Vec::new(),
    };
    for read in stage.reads.values() {
        let Source::Dataset(name) = &read.source else {
            continue;
        };
        let dataset = &project.datasets[name];
        let from = dataset_locus(dataset, sites)?;
        let rate = sites.movement(from, to, scope_of(dataset))?;
        let (amount, times) = graph::dataset_read(stage, read, dataset.size);
        here.cost += movement_cost(rate.rate(), amount, times);
        if graph::waits(stage, read) {
            here.waits
                .push(sites.wait(from.site, to.site, amount).counted());
        }
    }
    for output in stage.outputs.values() {
        here.cost += match sites.storage(to.site) {
            Storage::Priced(rate) => storage_cost(rate, stage, output),
            Storage::NotCharged => Money::ZERO,
            Storage::Unknown => return None,
        };
    }
    Some(here)
}

/// Where a dataset is.
pub(crate) fn dataset_locus(dataset: &Dataset, sites: &Sites<'_>) -> Option<Locus> {
    let site = sites.find(&dataset.location)?;
    let place = dataset
        .zone
        .as_ref()
        .and_then(|zone| sites.zone(site, &zone.value));
    Some(Locus { site, place })
}

/// Whether a dataset is kept for a region or on the disks of a zone.
pub(crate) const fn scope_of(dataset: &Dataset) -> Domain {
    if dataset.zone.is_some() {
        Domain::Zone
    } else {
        Domain::Region
    }
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
    pub(crate) scope: Domain,
    pub(crate) from: Locus,
    /// What an hour of waiting costs the reader in a month; `None` when it doesn't wait.
    pub(crate) waiting_hour: Option<Money>,
}

impl MovementOf<'_> {
    /// The printed line; `None` when the rate isn't known, which the choice has ruled out.
    pub(crate) fn line(&self, to: Locus, sites: &Sites<'_>, catalog: &Catalog) -> Option<Movement> {
        let rate = sites.movement(self.from, to, self.scope)?;
        let wait = match self.waiting_hour {
            Some(_) => sites.wait(self.from.site, to.site, self.amount),
            None => Wait::None,
        };
        let time = wait.counted();
        Some(Movement {
            name: self.name.to_owned(),
            source: self.source.clone(),
            from: sites.location(self.from.site),
            amount: self.amount,
            times_per_month: self.times,
            rate: if self.from.site == to.site && rate.rate() == Rate::ZERO {
                same_site()
            } else {
                cite(rate, catalog)
            },
            cost: movement_cost(rate.rate(), self.amount, self.times),
            wait: match wait {
                Wait::None => None,
                Wait::For { time, estimated } => Some(Waiting::For { time, estimated }),
                Wait::Unknown => Some(Waiting::Unknown),
            },
            wait_cost: self.waiting_hour.unwrap_or(Money::ZERO).for_hours(time),
        })
    }
}

fn same_site() -> RateCited {
    RateCited {
        usd: Rate::ZERO,
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
