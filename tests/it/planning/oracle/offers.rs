//! What a stage could run on, one offering after the other, each held against every requirement and
//! priced by the documented formulas.

use std::collections::BTreeMap;

use mlinfra::catalog::{Catalog, Gpu};
use mlinfra::model::{
    CapacityType, Cluster, CostBasis, Demand, GpuChoice, Location, NodePool, Project, ProviderName,
    Runs, Stage,
};

use super::data::runs_of;
use super::eligible::Asked;
use super::money::{HOUR_MS, Micro, charge};
use super::runs::unit_nodes;
use super::services;

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
    /// Which, and how many thousandths of one.
    pub(super) gpu: Option<(&'c Gpu, u64)>,
}

impl Node<'_> {
    /// GPUs that a stage can count; a part of one is one to whom slices will do.
    pub(super) fn gpus(&self, slices: bool) -> u64 {
        match self.gpu {
            Some((_, milli)) if milli < 1000 => slices.into(),
            Some((_, milli)) => milli / 1000,
            None => 0,
        }
    }

    /// Of the thousandths of one GPU, how many each has.
    pub(super) fn share(&self) -> u64 {
        self.gpu.map_or(1000, |(_, milli)| milli.min(1000))
    }
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
                        .map(|g| (self.catalog.gpu(g.gpu), u64::from(g.milli))),
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
            (
                exact.or(least).unwrap(),
                u64::from(pool.gpus_per_node) * 1000,
            )
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
            || !asked.gpu_fits(self.project, node)
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
}

/// By name of each stage its offers.
pub(super) fn of_all<'c>(world: &World<'c>) -> BTreeMap<String, Vec<Offer<'c>>> {
    let stages = world.project.stages.iter();
    stages
        .map(|(name, stage)| (name.clone(), world.offers(stage)))
        .collect()
}
