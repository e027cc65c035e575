//! What a stage could run on, one offering after the other, each held against every requirement and
//! priced by the documented formulas.

use std::collections::BTreeMap;

use mlinfra::catalog::{Catalog, Gpu};
use mlinfra::model::{
    CapacityType, Cluster, CostBasis, Dataset, Demand, Domain, GpuChoice, Interconnect, Location,
    NodePool, Project, ProviderName, Read, Runs, Source, Stage, StageKind, Work,
};
use mlinfra::units::Bytes;

use super::money::{HOUR_MS, MONTH_MS, Micro, charge, divide};
use super::services;
use super::spot::Job;

/// A place: a region or an owned site, and the zone where it is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) location: Location,
    pub(super) provider: Option<ProviderName>,
    pub(super) zone: Option<String>,
}

/// One node of what is offered.
#[derive(Clone)]
pub(super) struct Node<'c> {
    pub(super) provider: Option<ProviderName>,
    pub(super) vcpus_milli: u64,
    pub(super) memory_mib: u64,
    pub(super) gpu: Option<(&'c Gpu, u64)>,
}

/// An offering that a stage can use.
#[derive(Clone)]
pub(super) struct Offer<'c> {
    pub(super) at: Spot,
    pub(super) name: String,
    pub(super) capacity: CapacityType,
    pub(super) node: Node<'c>,
    /// Pico-USD per node-hour at list.
    pub(super) list: u64,
    pub(super) size: Size,
    pub(super) compute: Micro,
    /// What an hour of waiting in every run costs in a month.
    pub(super) waiting_hour: Micro,
    pub(super) dataset_wait: u64,
    /// Compute, datasets, storage.
    pub(super) cost: Micro,
}

/// Nodes and time.
#[derive(Debug, Clone)]
pub(super) struct Size {
    pub(super) nodes: u64,
    /// By hour of the week.
    pub(super) hours: Vec<u64>,
    /// Of a run, expected; nothing for a service.
    pub(super) duration: u64,
    /// What it adds to a pass without waiting.
    pub(super) pass: u64,
    /// Milliseconds of nodes that are paid, in a run or of a service in a month.
    pub(super) paid: i128,
}

/// The world that a spec is planned in.
pub(super) struct World<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) project: &'c Project,
}

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

impl<'c> World<'c> {
    /// All offerings that one stage can use, as far as that depends on itself.
    pub(super) fn offers(&self, stage: &Stage) -> Vec<Offer<'c>> {
        let choice = stage.requirements.gpu.as_ref().map(|gpu| &gpu.value.choice);
        match choice {
            None | Some(GpuChoice::Any) => self.offers_with(stage, None),
            Some(GpuChoice::AnyOf(names)) => self.offers_with(stage, Some(&names.value)),
            Some(GpuChoice::Prefer {
                preferred,
                otherwise,
            }) => {
                let found = self.offers_with(stage, Some(&preferred.value));
                match otherwise {
                    Some(names) if found.is_empty() => self.offers_with(stage, Some(&names.value)),
                    _ => found,
                }
            }
        }
    }

    fn offers_with(&self, stage: &Stage, gpus: Option<&[String]>) -> Vec<Offer<'c>> {
        let mut offers = Vec::new();
        for (_, place) in self.catalog.places() {
            let region = self.catalog.region(place.region);
            let at = Spot {
                location: Location {
                    provider: region.provider.to_string(),
                    region: region.name.clone(),
                },
                provider: Some(region.provider),
                zone: place.zone.clone(),
            };
            for row in self.catalog.rows() {
                if self.catalog.place(row.place) != place {
                    continue;
                }
                let kind = self.catalog.instance_type(row.instance_type);
                let node = Node {
                    provider: Some(region.provider),
                    vcpus_milli: kind.vcpus_milli.into(),
                    memory_mib: kind.memory_mib.unwrap().into(),
                    gpu: kind
                        .gpu
                        .map(|g| (self.catalog.gpu(g.gpu), u64::from(g.whole()))),
                };
                for capacity in [CapacityType::OnDemand, CapacityType::Spot] {
                    let Some(quote) = row.price(capacity).quote() else {
                        continue;
                    };
                    let rate = quote.rate.pico_usd();
                    let bucket = self.catalog.interruption(row.instance_type, place.region);
                    let most = bucket.map(|(bucket, _)| bucket.share_of_month().1);
                    let hazard = self.hazard(stage, &node, most.flatten().map(|m| m.get()));
                    let asked = Asked {
                        stage,
                        gpus,
                        at: &at,
                        name: &kind.name,
                        capacity,
                    };
                    offers.extend(self.offer(&asked, &node, (rate, rate), hazard));
                }
            }
        }
        for (name, cluster) in &self.project.clusters {
            for (pool, settings) in &cluster.node_pools {
                offers.extend(self.owned(stage, gpus, (name, cluster), (pool, settings)));
            }
        }
        offers
    }

    fn owned(
        &self,
        stage: &Stage,
        gpus: Option<&[String]>,
        (cluster_name, cluster): (&str, &Cluster),
        (pool_name, pool): (&str, &NodePool),
    ) -> Option<Offer<'c>> {
        let at = Spot {
            location: Location {
                provider: "onprem".into(),
                region: cluster.site.clone(),
            },
            provider: None,
            zone: None,
        };
        let gpu = pool.gpu.as_ref().map(|gpu| {
            let variants = || {
                self.catalog
                    .gpus()
                    .map(|(_, g)| g)
                    .filter(|g| g.answers_to(&gpu.value))
            };
            let exact = variants().find(|g| g.name.eq_ignore_ascii_case(&gpu.value));
            let least = variants().min_by_key(|g| g.memory_mib);
            (exact.or(least).unwrap(), u64::from(pool.gpus_per_node))
        });
        let node = Node {
            provider: None,
            vcpus_milli: u64::from(pool.vcpus) * 1000,
            memory_mib: pool.memory.get() >> 20,
            gpu,
        };
        let list = pool.cost_per_node_hour.pico_usd();
        let counted = if pool.cost_basis == CostBasis::Sunk {
            0
        } else {
            list
        };
        let name = format!("{cluster_name}/{pool_name}");
        let asked = Asked {
            stage,
            gpus,
            at: &at,
            name: &name,
            capacity: CapacityType::Reserved,
        };
        let offer = self.offer(&asked, &node, (list, counted), 0.0)?;
        (offer.size.nodes <= pool.nodes.into()).then_some(offer)
    }

    /// Interruptions of one spot node per hour; `most` is the published share of a month, in
    /// millionths.
    fn hazard(&self, stage: &Stage, node: &Node<'_>, most: Option<u64>) -> f64 {
        let millionths = |value: u64| f64::from(u32::try_from(value).unwrap()) / 1e6;
        let provider = node.provider.and_then(|p| self.project.providers.get(&p));
        let given = stage.interruption.per_hour.as_ref();
        let given = given.or(provider.and_then(|p| p.interruptions_per_hour.as_ref()));
        match (given, most) {
            (Some(given), _) => millionths(given.value.get()),
            (None, Some(most)) => -(-millionths(most)).ln_1p() / 730.0,
            (None, None) if node.gpu.is_some() => 0.25,
            (None, None) => 0.05,
        }
    }

    /// Holds one offering against everything that the stage asks for.
    fn offer(
        &self,
        asked: &Asked<'_>,
        node: &Node<'c>,
        (list, rate): (u64, u64),
        hazard: f64,
    ) -> Option<Offer<'c>> {
        let stage = asked.stage;
        let needs = &stage.requirements;
        let dear = needs
            .max_node_hour
            .as_ref()
            .is_some_and(|most| list > most.value.pico_usd());
        if dear
            || !asked.place_fits(self.project)
            || !asked.capacity_fits()
            || !asked.gpu_fits(node)
        {
            return None;
        }
        let unit = unit_nodes(stage, node)?;
        let hazard = (asked.capacity == CapacityType::Spot).then_some(hazard);
        let size = match &stage.demand {
            Demand::Runs(runs) => self.run(stage, runs, unit, node, hazard)?,
            Demand::AlwaysOn { traffic, replicas } => services::size(
                self,
                stage,
                (traffic.as_ref(), replicas),
                (unit, node),
                hazard,
            )?,
        };
        let runs = runs_of(stage);
        let compute = charge(rate, size.paid * runs, HOUR_MS * 1_000_000);
        let waiting_hour = match stage.demand {
            Demand::Runs(_) => charge(rate, i128::from(size.nodes) * runs, 1_000_000),
            Demand::AlwaysOn { .. } => 0,
        };
        let (data, wait) = self.data(stage, asked.at, waiting_hour)?;
        if let Demand::Runs(Runs {
            deadline: Some(most),
            ..
        }) = &stage.demand
            && wait > 0
            && size.duration + wait > most.value.millis()
        {
            return None;
        }
        Some(Offer {
            at: asked.at.clone(),
            name: asked.name.to_owned(),
            capacity: asked.capacity,
            node: node.clone(),
            list,
            cost: compute + data,
            compute,
            waiting_hour,
            dataset_wait: wait,
            size,
        })
    }

    fn run(
        &self,
        stage: &Stage,
        runs: &Runs,
        nodes: u64,
        node: &Node<'_>,
        hazard: Option<f64>,
    ) -> Option<Size> {
        let work = match &runs.work {
            Work::Fixed(time) => time.value.millis(),
            Work::PerGpu(table) => {
                let table = &table.value;
                let (name, (slow, fast)) = self.scaled(table.keys(), node.gpu?.0)?;
                let measured = u128::from(table[name].millis());
                u64::try_from((measured * slow).div_ceil(fast)).unwrap()
            }
        };
        let startup = startup(runs.startup, node);
        let deadline = runs.deadline.as_ref().map(|d| d.value.millis());
        if deadline.is_some_and(|most| startup + work > most) {
            return None;
        }
        let mut duration = startup + work;
        if let Some(hazard) = hazard {
            let gang = if stage.kind == StageKind::Training {
                nodes
            } else {
                1
            };
            let gang = f64::from(u32::try_from(gang).unwrap());
            let job = Job::new(&stage.interruption, work, hazard * gang);
            duration = startup + millis_up(job.expected())?;
            let wanted = runs
                .deadline_confidence
                .as_ref()
                .map_or(990_000, |c| c.value.get());
            let wanted = f64::from(u32::try_from(wanted).unwrap()) / 1e6;
            if deadline.is_some_and(|most| job.within(most - startup) < wanted) {
                return None;
            }
        }
        Some(Size {
            nodes,
            hours: busy(runs.per_month.starts.as_deref(), duration, nodes),
            duration,
            pass: duration,
            paid: i128::from(billed(node.provider, duration)) * i128::from(nodes),
        })
    }

    /// The GPU of a table to go by, and how many times as fast it is.
    pub(super) fn scaled<'t>(
        &self,
        names: impl Iterator<Item = &'t String>,
        gpu: &Gpu,
    ) -> Option<(&'t String, (u128, u128))> {
        let names: Vec<&String> = names.collect();
        let measured = names.iter().filter(|name| gpu.answers_to(name));
        if let Some(name) = measured.max_by_key(|name| name.len()) {
            return Some((name, (1, 1)));
        }
        let mut best: Option<(u128, &String, (u128, u128))> = None;
        for name in names {
            let variants = self
                .catalog
                .gpus()
                .map(|(_, g)| g)
                .filter(|g| g.answers_to(name));
            let speed = |g: &Gpu| {
                Some((
                    u128::from(g.tensor_milli_tflops?),
                    u128::from(g.bandwidth_milli_gb_s?),
                ))
            };
            let fastest = variants.filter_map(speed).max()?;
            let own = speed(gpu)?;
            let ratio = if fastest.0 * own.1 > fastest.1 * own.0 {
                (fastest.0, own.0)
            } else {
                (fastest.1, own.1)
            };
            let far = ratio.0.max(ratio.1) * 1_000_000 / ratio.0.min(ratio.1);
            if best.is_none_or(|(nearest, ..)| far < nearest) {
                best = Some((far, name, ratio));
            }
        }
        best.map(|(_, name, ratio)| (name, ratio))
    }

    /// What datasets and outputs cost at a place, waiting included, and how long the datasets take.
    fn data(&self, stage: &Stage, to: &Spot, waiting_hour: Micro) -> Option<(Micro, u64)> {
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

fn most_specific<T: Copy>(
    patterns: &[(mlinfra::model::LocationPattern, T)],
    at: &Spot,
) -> Option<T> {
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

/// One offering and what is asked of it.
struct Asked<'a> {
    stage: &'a Stage,
    gpus: Option<&'a [String]>,
    at: &'a Spot,
    name: &'a str,
    capacity: CapacityType,
}

impl Asked<'_> {
    fn place_fits(&self, project: &Project) -> bool {
        let at = &self.at.location;
        let allowed = match self.at.provider.map(|p| project.providers.get(&p)) {
            // Owned capacity always competes.
            None => true,
            Some(None) => project.providers.is_empty(),
            Some(Some(settings)) => {
                settings.regions.is_empty() || settings.regions.iter().any(|r| r.value == at.region)
            }
        };
        let inside = self
            .stage
            .requirements
            .locations
            .as_ref()
            .is_none_or(|patterns| {
                patterns
                    .value
                    .iter()
                    .any(|p| p.matches(&at.provider, &at.region))
            });
        let pool = self.name.rsplit('/').next().unwrap();
        let pinned = self.stage.pin.as_ref().is_none_or(|pin| {
            pin.provider.as_ref().is_none_or(|p| p.value == at.provider)
                && pin.region.as_ref().is_none_or(|r| r.value == at.region)
                && pin.instance_type.as_ref().is_none_or(|t| t.value == pool)
                && pin
                    .capacity
                    .as_ref()
                    .is_none_or(|c| c.value == self.capacity)
        });
        allowed && inside && pinned
    }

    fn capacity_fits(&self) -> bool {
        let listed = self.stage.requirements.capacity.as_ref();
        let risky = self.capacity == CapacityType::Spot;
        listed.is_none_or(|list| list.value.contains(&self.capacity))
            && (!risky || self.stage.interruption.tolerated)
    }

    fn gpu_fits(&self, node: &Node<'_>) -> bool {
        let Some(needed) = &self.stage.requirements.gpu else {
            return true;
        };
        let Some((gpu, count)) = node.gpu else {
            return false;
        };
        let named = self
            .gpus
            .is_none_or(|names| names.iter().any(|n| gpu.answers_to(n)));
        // Cards report up to 7 % less than they are sold with.
        let enough = needed.value.memory_min.as_ref().is_none_or(|min| {
            u64::from(gpu.memory_mib.unwrap()) * 100 >= min.value.mib_ceil() * 93
        });
        named && enough && count > 0
    }
}

/// Nodes of a run or a replica.
fn unit_nodes(stage: &Stage, node: &Node<'_>) -> Option<u64> {
    let needs = &stage.requirements;
    let mut nodes = 1;
    if let Some(gpu) = &needs.gpu {
        nodes = nodes.max(u64::from(gpu.value.count.value).div_ceil(node.gpu?.1));
    }
    if let Some(vcpus) = &needs.vcpus {
        nodes = nodes.max((u64::from(vcpus.value) * 1000).div_ceil(node.vcpus_milli));
    }
    if let Some(memory) = &needs.memory {
        nodes = nodes.max(memory.value.mib_ceil().div_ceil(node.memory_mib));
    }
    let single = needs
        .gpu
        .as_ref()
        .is_some_and(|gpu| gpu.value.interconnect == Interconnect::SingleNode);
    let usual = if stage.kind == StageKind::Serving {
        1
    } else {
        32
    };
    let most = needs.max_nodes.as_ref().map_or(usual, |n| n.value.into());
    (nodes <= most && (nodes == 1 || !single)).then_some(nodes)
}

pub(super) fn startup(given: Option<mlinfra::units::Duration>, node: &Node<'_>) -> u64 {
    match (given, node.provider) {
        (Some(given), _) => given.millis(),
        (None, Some(_)) => 180_000,
        (None, None) => 0,
    }
}

/// Seconds as milliseconds, rounded up; `None` beyond a hundred years.
fn millis_up(seconds: f64) -> Option<u64> {
    if seconds > 100.0 * 365.0 * 86_400.0 {
        return None;
    }
    // A hair less, so that noise in the last digit adds no millisecond.
    format!("{:.0}", (seconds * 1e3 - 1e-6).ceil()).parse().ok()
}

/// What a provider bills a run for.
fn billed(provider: Option<ProviderName>, duration: u64) -> u64 {
    let up = |unit: u64| duration.div_ceil(unit) * unit;
    match provider {
        None => duration,
        Some(ProviderName::Aws | ProviderName::Gcp) => up(1_000).max(60_000),
        Some(ProviderName::Azure) => up(1_000),
        Some(ProviderName::Lambda) => up(60_000),
    }
}

/// By hour of the week the nodes of a run, where starts are minutes of it.
fn busy(starts: Option<&[u16]>, duration: u64, nodes: u64) -> Vec<u64> {
    let Some(starts) = starts else {
        return vec![nodes; 168];
    };
    let mut hours = vec![0; 168];
    for start in starts {
        let begin = u64::from(*start) * 60_000;
        let mut hour = begin / 3_600_000;
        let first = hour;
        // An hour counts from the moment at which the run is in it.
        while hour * 3_600_000 < begin + duration && hour < first + 168 {
            hours[usize::try_from(hour % 168).unwrap()] = nodes;
            hour += 1;
        }
    }
    hours
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

/// By name of each stage its offers.
pub(super) fn of_all<'c>(world: &World<'c>) -> BTreeMap<String, Vec<Offer<'c>>> {
    let stages = world.project.stages.iter();
    stages
        .map(|(name, stage)| (name.clone(), world.offers(stage)))
        .collect()
}
