//! What lets offerings in when one requirement is relaxed: by how much, how many, and the cheapest.

use super::Planner;
use super::audit::Audited;
use super::candidate::Offered;
use super::gpu_fit::{self, Fitting};
use super::sizing::{max_nodes, sum, unit_nodes};
use super::step::Step;
use crate::catalog::Gpu;
use crate::fit::{Largest, largest};
use crate::model::{CapacityType, Demand, GpuChoice, Interconnect, Stage};
use crate::units::{Bytes, Duration, Money, Rate};

/// A requirement that was relaxed, with what that lets in. In order of the cheapest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Relaxed {
    /// Compute per month on the cheapest.
    cost: Money,
    /// What to do, with the value that would do.
    pub(super) advice: String,
    /// How many offerings meet everything then.
    pub(super) offerings: u64,
    /// Which, where, how bought, at what rate.
    pub(super) cheapest: String,
    /// The requirement that is relaxed.
    pub(super) step: Step,
}

/// A way to relax a requirement.
pub(super) struct Relaxation {
    /// The requirement that is written down, where offerings fail another one for it.
    written: Option<Step>,
    /// Leaves the requirement out; whether there is anything to leave out.
    drop: fn(&mut Stage) -> bool,
    /// How far an offering is from being let in; those that are nearest are told of.
    farness: fn(&Planner<'_>, &Stage, &Audited<'_>) -> u64,
    /// What to do, by the nearest that are let in then and by the cheapest of them.
    advice: fn(&Stage, &Admitted<'_, '_>) -> String,
}

/// What a relaxed requirement lets in first.
struct Admitted<'p, 'a> {
    planner: &'p Planner<'a>,
    all: Vec<Audited<'p>>,
    cheapest: Audited<'p>,
}

impl Relaxation {
    /// What this way of relaxing a stage lets in; `None` when that is nothing.
    pub(super) fn tried(
        &self,
        planner: &Planner<'_>,
        index: usize,
        step: Step,
        names: Option<&[String]>,
    ) -> Option<Relaxed> {
        let stage = planner.order[index];
        let mut free = stage.clone();
        if !(self.drop)(&mut free) {
            return None;
        }
        let gpu = free.requirements.gpu.as_ref();
        let any = gpu.is_some_and(|gpu| matches!(gpu.value.choice, GpuChoice::Any));
        let names = if any { None } else { names };
        let without_providers = step == Step::Providers;
        let mut all = Vec::new();
        planner.audit(index, &free, names, &mut |audited| {
            let fails = audited.fails;
            let lets_in = fails.is_empty()
                || (without_providers && fails.len() == 1 && fails.contains(Step::Providers));
            if lets_in {
                all.push(audited.clone());
            }
        });
        let farness = |audited: &Audited<'_>| (self.farness)(planner, stage, audited);
        let least = all.iter().map(farness).min()?;
        all.retain(|audited| farness(audited) == least);
        let cheapest = all.iter().min_by_key(|a| (a.compute(), a.order()))?.clone();
        let admitted = Admitted {
            planner,
            all,
            cheapest,
        };
        Some(Relaxed {
            cost: admitted.cheapest.compute()?,
            advice: (self.advice)(stage, &admitted),
            offerings: u64::try_from(admitted.all.len()).unwrap_or(u64::MAX),
            cheapest: admitted.named(&admitted.cheapest),
            step: self.written.unwrap_or(step),
        })
    }
}

impl Admitted<'_, '_> {
    /// `p5en.48xlarge in aws/eu-north-1, on demand, at USD 63.296 per node-hour`.
    fn named(&self, audited: &Audited<'_>) -> String {
        let name = match audited.offered {
            Offered::Cloud { instance_type, .. } => self
                .planner
                .catalog
                .instance_type(instance_type)
                .name
                .clone(),
            Offered::Owned { cluster, pool } => format!("{cluster}/{pool}"),
        };
        let bought = match audited.capacity {
            CapacityType::OnDemand => "on demand",
            CapacityType::Spot => "on spot",
            CapacityType::Reserved => "owned",
        };
        let location = self.planner.sites.location(audited.site);
        let rate = audited.rate.unwrap_or(Rate::ZERO);
        format!("`{name}` in {location}, {bought}, at USD {rate} per node-hour")
    }
}

/// The ways to relax what a step asks; none where nobody wrote it.
pub(super) const fn of(step: Step) -> &'static [Relaxation] {
    match step {
        Step::Providers => &[PROVIDERS],
        Step::Pin => &[PIN],
        Step::Locations => &[LOCATIONS],
        Step::Capacity => &[CAPACITY],
        Step::GpuModel => &[GPU_MODEL, SLICES],
        Step::GpuMemory => &[GPU_MEMORY],
        Step::ComputeCapability => &[COMPUTE_CAPABILITY],
        Step::GpuFit => &[FIT_BATCH, FIT_SEQUENCE],
        Step::Interconnect => &[INTERCONNECT, GPU_COUNT],
        Step::Arch => &[ARCH],
        Step::CpuVendor => &[CPU_VENDOR],
        Step::MaxNodes => &[MAX_NODES, VCPUS, MEMORY],
        Step::LocalDisk => &[LOCAL_DISK],
        Step::Deadline => &[DEADLINE],
        Step::Throughput | Step::Latency => &[REPLICAS],
        Step::MaxNodeHour => &[MAX_NODE_HOUR],
        _ => &[],
    }
}

const PROVIDERS: Relaxation = Relaxation {
    written: None,
    drop: |_| true,
    farness: |_, _, _| 0,
    advice: |_, admitted| {
        let site = admitted.cheapest.site;
        format!(
            "allow {} in the `provider` blocks",
            admitted.planner.sites.location(site)
        )
    },
};

const PIN: Relaxation = Relaxation {
    written: None,
    drop: |stage| stage.pin.take().is_some(),
    farness: |_, _, _| 0,
    advice: |_, _| "drop the `pin`".into(),
};

const LOCATIONS: Relaxation = Relaxation {
    written: None,
    drop: |stage| stage.requirements.locations.take().is_some(),
    farness: |_, _, _| 0,
    advice: |_, admitted| {
        let site = admitted.cheapest.site;
        format!(
            "add \"{}\" to `locations`",
            admitted.planner.sites.location(site)
        )
    },
};

const CAPACITY: Relaxation = Relaxation {
    written: None,
    drop: |stage| {
        stage.interruption.tolerated = true;
        stage.requirements.capacity = None;
        true
    },
    farness: |_, _, _| 0,
    advice: |_, admitted| match admitted.cheapest.capacity {
        CapacityType::Spot => "allow spot with `tolerated = true` in `interruption`".into(),
        other => format!("add \"{}\" to `capacity`", other.as_str()),
    },
};

const GPU_MODEL: Relaxation = Relaxation {
    written: None,
    drop: |stage| {
        let gpu = stage.requirements.gpu.as_mut();
        gpu.is_some_and(|gpu| {
            let any = matches!(gpu.value.choice, GpuChoice::Any);
            gpu.value.choice = GpuChoice::Any;
            !any
        })
    },
    farness: |_, _, _| 0,
    advice: |_, admitted| {
        let gpu = admitted.cheapest.shape.gpu;
        let name = gpu.map_or("", |gpu| {
            admitted.planner.catalog.gpu(gpu.gpu).name.as_str()
        });
        format!("allow the GPU `{name}`")
    },
};

const SLICES: Relaxation = Relaxation {
    written: None,
    drop: |stage| {
        let gpu = stage.requirements.gpu.as_mut();
        gpu.is_some_and(|gpu| !std::mem::replace(&mut gpu.value.slices, true))
    },
    farness: |_, _, _| 0,
    advice: |_, _| "set `slices = true`".into(),
};

const GPU_MEMORY: Relaxation = Relaxation {
    written: None,
    drop: |stage| {
        let gpu = stage.requirements.gpu.as_mut();
        gpu.is_some_and(|gpu| gpu.value.memory_min.take().is_some())
    },
    farness: |planner, _, a| less_far(a.shape.gpu_memory_mib(planner.catalog)),
    advice: |_, admitted| {
        let shape = &admitted.cheapest.shape;
        let mib = shape.gpu_memory_mib(admitted.planner.catalog).unwrap_or(0);
        format!("lower `memory_min` to {}", Bytes::from_mib(mib.into()))
    },
};

const COMPUTE_CAPABILITY: Relaxation = Relaxation {
    written: None,
    drop: |stage| {
        let gpu = stage.requirements.gpu.as_mut();
        gpu.is_some_and(|gpu| gpu.value.compute_capability_min.take().is_some())
    },
    farness: |planner, _, a| {
        let capability = gpu(planner, a).and_then(|gpu| gpu.compute_capability);
        less_far(capability.map(|(major, minor)| major * 1000 + minor))
    },
    advice: |_, admitted| {
        let gpu = gpu(admitted.planner, &admitted.cheapest);
        let (major, minor) = gpu
            .and_then(|gpu| gpu.compute_capability)
            .unwrap_or_default();
        format!("lower `compute_capability_min` to {major}.{minor}")
    },
};

const FIT_BATCH: Relaxation = Relaxation {
    written: None,
    drop: |stage| match (&mut stage.serving, &mut stage.training) {
        (Some(serving), _) => std::mem::replace(&mut serving.max_batch, 1) > 1,
        (None, Some(training)) => std::mem::replace(&mut training.micro_batch, 1) > 1,
        (None, None) => false,
    },
    farness: |planner, stage, a| less_far(room(planner, stage, a).and_then(|room| room.batch)),
    advice: |stage, admitted| {
        let room = room(admitted.planner, stage, &admitted.cheapest);
        let batch = room.and_then(|room| room.batch).unwrap_or(1);
        let name = if stage.serving.is_some() {
            "max_batch"
        } else {
            "micro_batch"
        };
        format!("lower `{name}` to {batch}")
    },
};

/// The part of a sequence below which shortening it is no advice.
const LEAST_OF_SEQUENCE: u32 = 4;

const FIT_SEQUENCE: Relaxation = Relaxation {
    written: None,
    drop: |stage| {
        let sequence = match (&mut stage.serving, &mut stage.training) {
            (Some(serving), _) => &mut serving.sequence,
            (None, Some(training)) => &mut training.sequence,
            (None, None) => return false,
        };
        // Work that needs long texts isn't done with the shortest.
        sequence.as_mut().is_some_and(|tokens| {
            let least = tokens.div_ceil(LEAST_OF_SEQUENCE);
            std::mem::replace(tokens, least) > least
        })
    },
    farness: |planner, stage, a| less_far(room(planner, stage, a).and_then(|room| room.sequence)),
    advice: |stage, admitted| {
        let room = room(admitted.planner, stage, &admitted.cheapest);
        let tokens = room.and_then(|room| room.sequence).unwrap_or(1);
        format!("lower `sequence` to {tokens}")
    },
};

/// What of a stage's job would fit the GPUs of an offering.
fn room(planner: &Planner<'_>, stage: &Stage, audited: &Audited<'_>) -> Option<Largest> {
    let (count, fitting) = (audited.shape.gpu?, Fitting::of(stage, planner.project)?);
    let card = gpu_fit::card(count, planner.catalog.gpu(count.gpu))?;
    Some(largest(fitting.job(), &card))
}

const INTERCONNECT: Relaxation = Relaxation {
    written: None,
    drop: |stage| {
        let gpu = stage.requirements.gpu.as_mut();
        gpu.is_some_and(|gpu| {
            let single = gpu.value.interconnect == Interconnect::SingleNode;
            gpu.value.interconnect = Interconnect::Any;
            single
        })
    },
    farness: |_, _, _| 0,
    advice: |_, _| "set `interconnect = \"any\"`".into(),
};

const GPU_COUNT: Relaxation = Relaxation {
    written: None,
    drop: |stage| {
        let gpu = stage.requirements.gpu.as_mut();
        gpu.is_some_and(|gpu| {
            let several = gpu.value.count.value > 1;
            gpu.value.count.value = 1;
            several
        })
    },
    farness: |_, stage, a| less_far(Some(a.shape.gpus_for(stage))),
    advice: |stage, admitted| {
        let most = admitted.cheapest.shape.gpus_for(stage);
        format!("lower the `count` of GPUs to {most}")
    },
};

const ARCH: Relaxation = Relaxation {
    written: None,
    drop: |stage| stage.requirements.arch.take().is_some(),
    farness: |_, _, _| 0,
    advice: |_, _| "drop `arch`".into(),
};

const CPU_VENDOR: Relaxation = Relaxation {
    written: None,
    drop: |stage| stage.requirements.cpu_vendor.take().is_some(),
    farness: |_, _, _| 0,
    advice: |_, _| "drop `cpu_vendor`".into(),
};

const MAX_NODES: Relaxation = Relaxation {
    written: None,
    drop: |stage| {
        let origin = stage.origin;
        let free = crate::model::Written::new(u32::MAX, origin);
        stage.requirements.max_nodes = Some(free);
        true
    },
    farness: |_, stage, a| unit_nodes(stage, &a.shape).nodes.into(),
    advice: |stage, admitted| {
        let nodes = unit_nodes(stage, &admitted.cheapest.shape).nodes;
        format!("raise `max_nodes` to {nodes}")
    },
};

const VCPUS: Relaxation = Relaxation {
    written: Some(Step::Vcpus),
    drop: |stage| stage.requirements.vcpus.take().is_some(),
    farness: |_, _, a| less_far(Some(a.shape.vcpus_milli)),
    advice: |stage, admitted| {
        let each = u64::from(admitted.cheapest.shape.vcpus_milli / 1000);
        let most = each.saturating_mul(max_nodes(stage).into());
        format!("lower `vcpus` to {most}")
    },
};

const MEMORY: Relaxation = Relaxation {
    written: Some(Step::Memory),
    drop: |stage| stage.requirements.memory.take().is_some(),
    farness: |_, _, a| less_far(a.shape.memory_mib),
    advice: |stage, admitted| {
        let each = u64::from(admitted.cheapest.shape.memory_mib.unwrap_or(0));
        let most = each.saturating_mul(max_nodes(stage).into());
        format!("lower `memory` to {}", Bytes::from_mib(most))
    },
};

const LOCAL_DISK: Relaxation = Relaxation {
    written: None,
    drop: |stage| stage.requirements.local_disk_min.take().is_some(),
    farness: |_, _, a| less_far(a.shape.local_disk_gb),
    advice: |_, admitted| {
        let most = admitted.cheapest.shape.local_disk_gb.unwrap_or(0);
        format!("lower `local_disk_min` to {most}GB")
    },
};

const DEADLINE: Relaxation = Relaxation {
    written: None,
    drop: |stage| match &mut stage.demand {
        Demand::Runs(runs) => runs.deadline.take().is_some(),
        Demand::AlwaysOn { .. } => false,
    },
    farness: |planner, stage, a| end(planner, stage, a).map_or(u64::MAX, Duration::millis),
    advice: |stage, admitted| {
        const MINUTE: u64 = 60_000;
        match end(admitted.planner, stage, &admitted.cheapest) {
            Some(end) => {
                let minutes = end.millis().div_ceil(MINUTE);
                let deadline = Duration::from_millis(minutes.saturating_mul(MINUTE));
                format!("set the `deadline` to {deadline}")
            }
            None => "raise the `deadline`".into(),
        }
    },
};

/// When a run ends on demand or on owned nodes, with the wait for its datasets. Spot would have to
/// meet a deadline with some certainty, which isn't a matter of adding.
fn end(planner: &Planner<'_>, stage: &Stage, audited: &Audited<'_>) -> Option<Duration> {
    if audited.capacity == CapacityType::Spot {
        return None;
    }
    let here = super::bill::data_at(stage, planner.project, &planner.sites, audited.site.into())?;
    Some(sum(audited.sizing.as_ref()?.duration, here.wait()))
}

/// The more an offering has, the nearer it is.
fn less_far(have: Option<u32>) -> u64 {
    u64::MAX - have.map_or(0, u64::from)
}

fn gpu<'p>(planner: &'p Planner<'_>, audited: &Audited<'_>) -> Option<&'p Gpu> {
    audited.shape.gpu.map(|gpu| planner.catalog.gpu(gpu.gpu))
}

fn replicas(audited: &Audited<'_>) -> u32 {
    audited
        .sizing
        .as_ref()
        .and_then(|sizing| sizing.replicas)
        .unwrap_or(MANY)
}

/// More replicas than any service has.
const MANY: u32 = 1_000_000;

const REPLICAS: Relaxation = Relaxation {
    written: None,
    drop: |stage| match &mut stage.demand {
        Demand::AlwaysOn { replicas, .. } => {
            replicas.max = MANY;
            true
        }
        Demand::Runs(_) => false,
    },
    farness: |_, _, a| replicas(a).into(),
    advice: |_, admitted| {
        format!(
            "raise `max` of `replicas` to {}",
            replicas(&admitted.cheapest)
        )
    },
};

const MAX_NODE_HOUR: Relaxation = Relaxation {
    written: None,
    drop: |stage| stage.requirements.max_node_hour.take().is_some(),
    farness: |_, _, a| a.rate.map_or(u64::MAX, Rate::pico_usd),
    advice: |_, admitted| {
        let least = admitted.cheapest.rate.unwrap_or(Rate::ZERO);
        format!("raise `max_node_hour` to {least}")
    },
};
