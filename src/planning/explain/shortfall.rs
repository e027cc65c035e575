//! What an offering has where it fails a requirement, in a few words with figures.

use super::Explainer;
use crate::catalog::CpuVendors;
use crate::model::{Demand, Stage};
use crate::planning::audit::Audited;
use crate::planning::candidate::Offered;
use crate::planning::gpu_fit::{self, Fitting};
use crate::planning::risk::{self, Threats};
use crate::planning::shape::Shape;
use crate::planning::sizing::{self, unit_nodes};
use crate::planning::step::Step;
use crate::units::{Bytes, Duration, Millionths};

impl Explainer<'_, '_> {
    /// What the offering has instead of what a step asks, in words that go after "it"; empty when
    /// there is no figure to give.
    pub(super) fn shortfall(&self, step: Step, audited: &Audited<'_>) -> String {
        let shape = &audited.shape;
        let stage = self.planner.order[self.index];
        match step {
            Step::Providers | Step::Locations => {
                format!("is in {}", self.planner.sites.location(audited.site))
            }
            Step::GpuModel | Step::GpuCount | Step::Interconnect => self.gpus_of(shape),
            Step::GpuMemory | Step::ComputeCapability => self.gpu_facts(step, shape),
            Step::GpuFit => self.too_small(stage, shape),
            Step::Arch => shape.arch.map_or("has an unknown one".into(), |arch| {
                format!("has {}", arch.as_str())
            }),
            Step::CpuVendor if shape.cpu_vendors == CpuVendors::default() => {
                "has one of an unknown maker".into()
            }
            Step::CpuVendor => format!("has {}", shape.cpu_vendors),
            Step::Sustained => "is of a shared or burstable kind".into(),
            Step::Vcpus | Step::Memory => "doesn't say how much it has".into(),
            Step::MaxNodes => format!("would take {}", unit_nodes(stage, shape).nodes),
            Step::LocalDisk => format!("has {} GB", shape.local_disk_gb.unwrap_or(0)),
            Step::Deadline => self.without_deadline(stage, shape),
            Step::DeadlineRisk => self.in_time(stage, audited),
            Step::OwnedNodes => self.pool_nodes(audited),
            Step::PriceKnown => "has a rate in no catalog".into(),
            Step::MaxNodeHour => audited
                .rate
                .map_or(String::new(), |rate| format!("costs USD {rate}")),
            Step::Pin
            | Step::Capacity
            | Step::Work
            | Step::Interruptions
            | Step::Throughput
            | Step::Latency
            | Step::DataPriced
            | Step::Waiting => String::new(),
        }
    }

    fn gpus_of(&self, shape: &Shape) -> String {
        shape.gpu.map_or("has no GPU".into(), |gpu| {
            let count = Millionths::new(u64::from(gpu.milli) * 1000);
            format!("has {count} × {}", self.planner.catalog.gpu(gpu.gpu).name)
        })
    }

    fn gpu_facts(&self, step: Step, shape: &Shape) -> String {
        let Some(gpu) = shape.gpu.map(|gpu| self.planner.catalog.gpu(gpu.gpu)) else {
            return "has no GPU".into();
        };
        match (
            step,
            shape.gpu_memory_mib(self.planner.catalog),
            gpu.compute_capability,
        ) {
            (Step::GpuMemory, Some(mib), _) => format!("has {mib} MiB on each {}", gpu.name),
            (Step::ComputeCapability, _, Some((major, minor))) => {
                format!("has {major}.{minor} ({})", gpu.name)
            }
            _ => format!("has {}, of which it isn't known", gpu.name),
        }
    }

    /// What the stage's model needs on a GPU, and what it has.
    fn too_small(&self, stage: &Stage, shape: &Shape) -> String {
        let catalog = self.planner.catalog;
        let (Some(fitting), Some(count)) = (Fitting::of(stage, self.planner.project), shape.gpu)
        else {
            return "has no GPU".into();
        };
        let Some(card) = gpu_fit::card(count, catalog.gpu(count.gpu)) else {
            return "has one whose memory isn't known".into();
        };
        format!(
            "has {} on each {}, of which {} may be planned with, and {} are needed",
            Bytes::new(card.usable).gib(),
            card.name,
            Bytes::new(fitting.job().limit(card.usable)).gib_number(),
            Bytes::new(fitting.needs(&card).total()).gib_number()
        )
    }

    /// How long a run takes where it isn't cut off.
    fn without_deadline(&self, stage: &Stage, shape: &Shape) -> String {
        let mut free = stage.clone();
        if let Demand::Runs(runs) = &mut free.demand {
            runs.deadline = None;
        }
        let sized = sizing::size(&free, shape, self.planner.catalog);
        sized.map_or(String::new(), |sizing| {
            format!("takes {}", whole_minutes(sizing.duration))
        })
    }

    /// How surely a run on spot ends in time.
    fn in_time(&self, stage: &Stage, audited: &Audited<'_>) -> String {
        let mut bold = stage.clone();
        if let Demand::Runs(runs) = &mut bold.demand
            && let Some(deadline) = &runs.deadline
        {
            let origin = deadline.origin;
            runs.deadline_confidence = Some(crate::model::Written::new(Millionths::new(0), origin));
        }
        let (catalog, shape) = (self.planner.catalog, &audited.shape);
        let (
            Ok(calm),
            Offered::Cloud {
                place,
                instance_type,
            },
            Some(provider),
        ) = (
            sizing::size(&bold, shape, catalog),
            audited.offered,
            shape.provider,
        )
        else {
            return String::new();
        };
        let published = catalog.interruption(instance_type, catalog.place(place).region);
        let threats = Threats::new(&bold, self.planner.project);
        let threat = threats.of(provider, shape.gpu.is_some(), published);
        let risky = risk::interrupted(&bold, &calm, threat, shape);
        let surely = risky
            .ok()
            .and_then(|s| s.risk)
            .and_then(|risk| risk.in_time);
        surely.map_or(String::new(), |surely| {
            format!("does so with {} %", percent(surely))
        })
    }

    fn pool_nodes(&self, audited: &Audited<'_>) -> String {
        let need = audited.sizing.as_ref().map_or(0, |sizing| sizing.nodes);
        let have = self.nodes_of(audited);
        format!("has {have}, and the stage needs {need}")
    }

    /// How many nodes there are of an offering: any number in a cloud.
    pub(super) fn nodes_of(&self, audited: &Audited<'_>) -> u32 {
        match audited.offered {
            Offered::Owned { cluster, pool } => {
                self.planner.project.clusters[cluster].node_pools[pool].nodes
            }
            Offered::Cloud { .. } => u32::MAX,
        }
    }
}

/// A time rounded up to whole minutes: no deadline that is told this way is too short.
pub(super) fn whole_minutes(time: Duration) -> Duration {
    const MINUTE: u64 = 60_000;
    Duration::from_millis(time.millis().div_ceil(MINUTE).saturating_mul(MINUTE))
}

/// A probability in percent to one decimal, rounded down.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 1000"
)]
fn percent(share: f64) -> Millionths {
    Millionths::new((share.clamp(0.0, 1.0) * 1000.0).floor() as u64 * 100_000)
}
