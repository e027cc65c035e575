//! Which requirement removed how many offerings, in a fixed order.

use super::step::Step;
use crate::model::{
    CapacityType, Demand, GpuChoice, GpuRequirement, Interconnect, Origin, Stage, Work,
};
use crate::units::{Millionths, grouped};

/// Counts of removed offerings by step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) total: u64,
    removed: [u64; Step::ALL.len()],
}

impl Counts {
    pub(crate) fn remove(&mut self, step: Step) {
        self.remove_many(step, 1);
    }

    pub(crate) fn remove_many(&mut self, step: Step, offerings: u64) {
        self.removed[step as usize] += offerings;
    }

    pub(crate) const fn removed(&self, step: Step) -> u64 {
        self.removed[step as usize]
    }

    pub(crate) fn left(&self) -> u64 {
        self.total - self.removed.iter().sum::<u64>()
    }
}

/// What a step asks of an offering of this stage, in words, and where the spec says so.
///
/// `escalated` tells which of a preference's two lists of GPUs was counted with.
pub(crate) fn describe(step: Step, stage: &Stage, escalated: bool) -> (String, Option<Origin>) {
    let needs = &stage.requirements;
    let gpu = needs.gpu.as_ref();
    match step {
        Step::Providers => (
            "are in a provider and region that the spec allows".into(),
            None,
        ),
        Step::Pin => ("match the pin".into(), stage.pin.as_ref().map(|p| p.origin)),
        Step::Locations => with(needs.locations.as_ref(), |patterns| {
            let names: Vec<&str> = patterns.iter().map(|p| p.as_str()).collect();
            format!("are in {}", names.join(" or "))
        }),
        Step::Capacity => capacity(stage),
        Step::GpuModel => with(gpu, |g| {
            let slices = if g.slices { ", whole or in slices" } else { "" };
            format!("have {}{slices}", gpu_names(&g.choice, escalated))
        }),
        Step::GpuMemory => with(gpu.and_then(|g| g.value.memory_min.as_ref()), |memory| {
            format!("have at least {memory} of memory on each GPU")
        }),
        Step::ComputeCapability => with(
            gpu.and_then(|g| g.value.compute_capability_min.as_ref()),
            |(major, minor)| format!("have compute capability {major}.{minor} or newer"),
        ),
        Step::GpuFit => (
            format!("have GPUs that {}", held(stage)),
            stage.model.as_ref().map(|model| model.origin),
        ),
        Step::GpuCount => with(gpu, |g| {
            let text = if g.slices {
                "have GPUs"
            } else {
                "have whole GPUs"
            };
            text.into()
        }),
        Step::Interconnect => with(gpu, single_node),
        Step::Arch => with(needs.arch.as_ref(), |arch| {
            format!("have {arch} processors")
        }),
        Step::CpuVendor => with(needs.cpu_vendor.as_ref(), |v| {
            format!("have a processor by {}", v.join(" or "))
        }),
        Step::Sustained => (
            "have sustained processors, not shared or burstable ones".into(),
            None,
        ),
        Step::Vcpus => with(needs.vcpus.as_ref(), |n| format!("can make up {n} vCPUs")),
        Step::Memory => with(needs.memory.as_ref(), |m| {
            format!("can make up {m} of memory")
        }),
        Step::MaxNodes => {
            let most = super::sizing::max_nodes(stage);
            let text = format!(
                "do with at most {most} node{}",
                if most == 1 { "" } else { "s" }
            );
            (text, needs.max_nodes.as_ref().map(|n| n.origin))
        }
        Step::LocalDisk => with(needs.local_disk_min.as_ref(), |size| {
            format!("have at least {size} of local disk")
        }),
        Step::Work | Step::Deadline | Step::Throughput | Step::Latency => demand(step, stage),
        Step::Interruptions | Step::DeadlineRisk => interruptions(step, stage),
        Step::OwnedNodes => (
            "are in the cloud, or in a pool with enough nodes".into(),
            None,
        ),
        Step::PriceKnown => ("have a known rate".into(), None),
        Step::MaxNodeHour => with(needs.max_node_hour.as_ref(), |rate| {
            format!("cost at most USD {rate} per node-hour")
        }),
        Step::DataPriced => data_priced(stage),
        Step::Waiting => {
            let (_, origin) = demand(Step::Deadline, stage);
            let text = "get their datasets soon enough to meet the deadline";
            (text.into(), origin)
        }
    }
}

fn with<T>(
    written: Option<&crate::model::Written<T>>,
    text: impl Fn(&T) -> String,
) -> (String, Option<Origin>) {
    written.map_or_else(Default::default, |w| (text(&w.value), Some(w.origin)))
}

fn single_node(gpu: &GpuRequirement) -> String {
    let count = gpu.count.value;
    match gpu.interconnect {
        Interconnect::SingleNode => format!("have all {count} GPUs in one node"),
        Interconnect::Any => String::new(),
    }
}

/// What a GPU must hold, in words: the model at the batch and sequence that the stage asks for.
fn held(stage: &Stage) -> String {
    let model = stage
        .model
        .as_ref()
        .map_or("the model", |m| m.value.as_str());
    let (verb, batch, sequence) = match (&stage.serving, &stage.training) {
        (Some(serving), _) => ("hold", serving.max_batch, serving.sequence),
        (None, Some(training)) => ("can train", training.micro_batch, training.sequence),
        (None, None) => ("hold", 1, None),
    };
    let tokens = sequence.map_or(String::new(), |n| {
        format!(" × {} tokens", grouped(n.into()))
    });
    format!("{verb} `{model}` at a batch of {batch}{tokens}")
}

/// The GPU names of a choice, in words.
fn gpu_names(choice: &GpuChoice, escalated: bool) -> String {
    match choice {
        GpuChoice::Any => "a GPU".into(),
        GpuChoice::Prefer {
            otherwise: Some(names),
            ..
        } if escalated => names.value.join(" or "),
        GpuChoice::AnyOf(names)
        | GpuChoice::Prefer {
            preferred: names, ..
        } => names.value.join(" or "),
    }
}

fn capacity(stage: &Stage) -> (String, Option<Origin>) {
    if let Some(allowed) = &stage.requirements.capacity {
        let names: Vec<&str> = allowed.value.iter().map(|c| c.as_str()).collect();
        let mut text = format!("are sold {}", names.join(" or "));
        if allowed.value.contains(&CapacityType::Spot) && !stage.interruption.tolerated {
            text.push_str(", spot only if `interruption` says `tolerated = true`");
        }
        return (text, Some(allowed.origin));
    }
    (
        "aren't spot: the stage doesn't tolerate interruption".into(),
        stage.interruption.origin,
    )
}

fn demand(step: Step, stage: &Stage) -> (String, Option<Origin>) {
    match (&stage.demand, step) {
        (Demand::Runs(runs), Step::Work) => match &runs.work {
            Work::PerGpu(table) => (
                "have measured or published throughput for the work".into(),
                Some(table.origin),
            ),
            Work::Fixed(_) => Default::default(),
        },
        (Demand::Runs(runs), _) => with(runs.deadline.as_ref(), |d| format!("end within {d}")),
        (Demand::AlwaysOn { traffic, .. }, Step::Latency) => with(
            traffic.as_ref().and_then(|t| t.p95_latency.as_ref()),
            |limit| format!("answer 95 % of requests within {limit} at the peak"),
        ),
        (Demand::AlwaysOn { traffic, .. }, _) => {
            let origin = traffic.as_ref().map(|t| t.peak_rps.origin);
            (
                "answer the peak with at most the maximum of replicas".into(),
                origin,
            )
        }
    }
}

fn interruptions(step: Step, stage: &Stage) -> (String, Option<Origin>) {
    let (Step::DeadlineRisk, Demand::Runs(runs)) = (step, &stage.demand) else {
        let text = "aren't interrupted so often that a run would hardly ever end";
        return (text.into(), stage.interruption.origin);
    };
    let surely = runs.deadline_confidence.as_ref().map(|share| share.value);
    let percent = Millionths::new(surely.unwrap_or(super::risk::CONFIDENCE).get() * 100);
    with(runs.deadline.as_ref(), |deadline| {
        format!(
            "end within {deadline} in spite of interruptions, with a probability of {percent} %"
        )
    })
}

fn data_priced(stage: &Stage) -> (String, Option<Origin>) {
    let origin = stage.reads.values().next().map(|r| r.origin);
    (
        "are where moving and keeping its data has a known rate".into(),
        origin,
    )
}
