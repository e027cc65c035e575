//! What data costs on its way and where it is kept, and how long nodes wait for it.

use mlinfra::model::{
    Cluster, Dataset, Demand, Domain, LocationPattern, Project, ProviderName, Read, Source, Stage,
};
use mlinfra::units::Bytes;

use super::money::{HOUR_MS, MONTH_MS, Micro, charge, divide};
use super::offers::{Spot, World};

/// What is read from where, how much, how often.
pub(super) struct Flow {
    pub(super) amount: Bytes,
    /// Millionths.
    pub(super) times: i128,
    pub(super) zonal: bool,
    pub(super) waited: bool,
}

pub(super) fn runs_of(stage: &Stage) -> i128 {
    match &stage.demand {
        Demand::Runs(runs) => runs.per_month.runs.get().into(),
        Demand::AlwaysOn { .. } => 1_000_000,
    }
}

pub(super) fn waits(stage: &Stage, read: &Read) -> bool {
    matches!(stage.demand, Demand::Runs(_)) && !read.streamed
}

impl World<'_> {
    /// What datasets and outputs cost at a place, waiting included, and how long the datasets take.
    pub(super) fn data(
        &self,
        stage: &Stage,
        to: &Spot,
        waiting_hour: Micro,
    ) -> Option<(Micro, u64)> {
        let (mut cost, mut wait) = (0, 0);
        for read in stage.reads.values() {
            let Source::Dataset(name) = &read.source else {
                continue;
            };
            let dataset = &self.project.datasets[name];
            let flow = Flow {
                amount: read.amount.unwrap_or(dataset.size),
                times: runs_of(stage),
                zonal: dataset.zone.is_some(),
                waited: waits(stage, read),
            };
            let from = spot_of(dataset);
            cost += self.moved(&flow, &from, to)?;
            let waited = self.wait(&flow, &from, to);
            cost += divide(waiting_hour * i128::from(waited), HOUR_MS);
            wait += waited;
        }
        for output in stage.outputs.values() {
            let rate = self.storage(to)?;
            let megabytes = i128::from(output.size.get() / 1_000_000);
            cost += match (&stage.demand, output.retain) {
                (Demand::Runs(_), Some(retain)) => {
                    let copies = runs_of(stage) * i128::from(retain.millis());
                    charge(rate, megabytes * copies / 1_000, MONTH_MS * 1_000_000)
                }
                _ => charge(rate, megabytes, 1_000),
            };
        }
        Some((cost, wait))
    }

    fn region(&self, at: &Spot) -> Option<mlinfra::catalog::RegionIndex> {
        self.catalog.find_region(at.provider?, &at.location.region)
    }

    fn cluster(&self) -> &Cluster {
        self.project.clusters.values().next().unwrap()
    }

    /// Pico-USD per GB-month.
    fn storage(&self, at: &Spot) -> Option<u64> {
        match self.region(at) {
            Some(region) => self
                .catalog
                .storage(region)
                .quote()
                .map(|q| q.rate.pico_usd()),
            None => Some(self.cluster().storage.map_or(0, |rate| rate.pico_usd())),
        }
    }

    /// What a flow costs in a month; `None` where nobody says.
    pub(super) fn moved(&self, flow: &Flow, from: &Spot, to: &Spot) -> Option<Micro> {
        let price = match (self.region(from), self.region(to)) {
            (Some(a), Some(b)) if a == b && flow.zonal && from.zone != to.zone => {
                self.catalog.between_zones(a).quote()?.rate
            }
            _ if from.location == to.location => return Some(0),
            (Some(a), Some(b)) => self.catalog.transfer(a, b).quote()?.rate,
            (Some(a), None) => self.catalog.egress(a).quote()?.rate,
            (None, _) => most_specific(&self.cluster().transfer, to)?,
        };
        let bytes = i128::from(flow.amount.get());
        Some(charge(
            price.pico_usd(),
            bytes * flow.times,
            1_000_000_000 * 1_000_000,
        ))
    }

    /// Milliseconds that nodes wait for a flow: bytes × 8 over kilobits per second.
    pub(super) fn wait(&self, flow: &Flow, from: &Spot, to: &Spot) -> u64 {
        if !flow.waited || from.location == to.location {
            return 0;
        }
        let kilobits = match (self.region(from), self.region(to)) {
            (Some(a), Some(b)) => self
                .catalog
                .bandwidth(a, b)
                .map(|found| u64::from(found.megabits_per_second) * 1000),
            (None, _) => most_specific(&self.cluster().throughput, to).map(|g| g.get()),
            (_, None) => most_specific(&self.cluster().throughput, from).map(|g| g.get()),
        };
        kilobits.map_or(0, |kilobits| flow.amount.get() * 8 / kilobits)
    }
}

fn most_specific<T: Copy>(patterns: &[(LocationPattern, T)], at: &Spot) -> Option<T> {
    let mut matching: Vec<_> = patterns
        .iter()
        .filter(|(p, _)| p.matches(&at.location.provider, &at.location.region))
        .collect();
    matching.sort_by_key(|(p, _)| p.as_str().len());
    matching.last().map(|(_, value)| *value)
}

fn spot_of(dataset: &Dataset) -> Spot {
    Spot {
        location: dataset.location.clone(),
        provider: ProviderName::from_name(&dataset.location.provider),
        zone: dataset.zone.as_ref().map(|zone| zone.value.clone()),
    }
}

/// Reads of one stage from another: the producer, and what flows.
pub(super) fn flows_from<'p>(
    project: &'p Project,
    stage: &'p Stage,
) -> impl Iterator<Item = (&'p String, Flow)> {
    stage.reads.values().filter_map(|read| {
        let Source::Output {
            stage: producer,
            output,
        } = &read.source
        else {
            return None;
        };
        let from = &project.stages[producer];
        let output = &from.outputs[output];
        // A service reads every new version once.
        let times = match stage.demand {
            Demand::Runs(_) => runs_of(stage),
            Demand::AlwaysOn { .. } => runs_of(from),
        };
        let flow = Flow {
            amount: read.amount.unwrap_or(output.size),
            times,
            zonal: output.scope == Domain::Zone,
            waited: waits(stage, read),
        };
        Some((producer, flow))
    })
}
