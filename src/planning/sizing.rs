//! How many nodes a stage needs of one machine shape, for how long.

use crate::catalog::{Catalog, GpuCount};
use crate::model::{
    Demand, Interconnect, Replicas, Runs, Stage, StageKind, Throughput, Traffic, Work,
};
use crate::units::{Duration, Millionths, Quantity};

use super::scaling::{self, Scaled};
use super::shape::Shape;
use super::step::Step;

/// Most nodes of a batch run when the spec names no `max_nodes`.
///
/// Rates are linear in vCPUs within a family, so without a limit a job of 256 vCPUs could as well
/// be spread over 128 tiny nodes, which no scheduler likes. 32 keeps clusters of a size that people
/// run daily; a spec that needs more says so.
const DEFAULT_MAX_NODES: u32 = 32;

/// Share of a replica's measured throughput that planning counts on, as a fraction: queues grow
/// without bound as a server nears its full rate.
const HEADROOM: (u64, u64) = (7, 10);

/// Hours that a month is billed with, by convention of the clouds (365 × 24 / 12).
pub(crate) const MONTH: Duration = Duration::from_hours(730);

/// Nodes and time of a stage on one shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sizing {
    /// Nodes of a run; for a service, nodes at its busiest hour.
    pub(crate) nodes: u32,
    /// Copies of a service.
    pub(crate) replicas: Option<u32>,
    /// Hours of one run; of a month for a service.
    pub(crate) duration: Duration,
    /// Runs in a month; one for a service.
    pub(crate) runs: Millionths,
    /// The GPU whose measurement was scaled to get there; `None` when measured or given.
    pub(crate) estimated_from: Option<String>,
    /// Whether the service keeps less head-room at its peak than planned for.
    pub(crate) tight: bool,
}

impl Sizing {
    /// Node-hours in a month.
    pub(crate) fn node_hours(&self) -> Quantity {
        Quantity::count(self.nodes.into())
            .times(Quantity::hours(self.duration))
            .times(Quantity::from(self.runs))
    }
}

/// Sizes a stage on a shape, or names the requirement that the shape can't meet.
pub(crate) fn size(stage: &Stage, shape: &Shape, catalog: &Catalog) -> Result<Sizing, Step> {
    let unit = unit_nodes(stage, shape)?;
    match &stage.demand {
        Demand::Runs(runs) => batch(runs, unit, shape, catalog),
        Demand::AlwaysOn { traffic, replicas } => {
            let per_node = replicas_per_node(stage, shape);
            service(traffic.as_ref(), replicas, (unit, per_node), shape, catalog)
        }
    }
}

/// Nodes that one run, or one replica, needs for its GPUs, vCPUs and memory.
fn unit_nodes(stage: &Stage, shape: &Shape) -> Result<u32, Step> {
    let needs = &stage.requirements;
    let mut nodes = 1;
    if let Some(gpu) = &needs.gpu {
        let whole = shape.gpu.map_or(0, GpuCount::whole);
        if whole == 0 {
            return Err(Step::GpuCount);
        }
        nodes = gpu.value.count.value.div_ceil(whole);
        if nodes > 1 && gpu.value.interconnect == Interconnect::SingleNode {
            return Err(Step::Interconnect);
        }
    }
    if let Some(vcpus) = &needs.vcpus {
        let milli = u64::from(vcpus.value) * 1000;
        nodes = nodes.max(ceil_u32(milli, shape.vcpus_milli.into()).ok_or(Step::Vcpus)?);
    }
    if let Some(memory) = &needs.memory {
        let mib = shape.memory_mib.ok_or(Step::Memory)?;
        nodes = nodes.max(ceil_u32(memory.value.mib_ceil(), mib.into()).ok_or(Step::Memory)?);
    }
    let single = needs
        .gpu
        .as_ref()
        .is_some_and(|g| g.value.interconnect == Interconnect::SingleNode);
    if single && nodes > 1 {
        return Err(Step::Interconnect);
    }
    if nodes > max_nodes(stage) {
        Err(Step::MaxNodes)
    } else {
        Ok(nodes)
    }
}

/// Most nodes of a run, or of a replica: a replica stands on one node unless the spec says more.
pub(crate) fn max_nodes(stage: &Stage) -> u32 {
    let default = if stage.kind == StageKind::Serving {
        1
    } else {
        DEFAULT_MAX_NODES
    };
    stage
        .requirements
        .max_nodes
        .as_ref()
        .map_or(default, |n| n.value)
}

fn ceil_u32(need: u64, have: u64) -> Option<u32> {
    if have == 0 {
        None
    } else {
        u32::try_from(need.div_ceil(have)).ok()
    }
}

/// How many replicas share a node by what they require; at least one.
fn replicas_per_node(stage: &Stage, shape: &Shape) -> u32 {
    let needs = &stage.requirements;
    let by_gpu = needs
        .gpu
        .as_ref()
        .map(|gpu| shape.gpu.map_or(0, GpuCount::whole) / gpu.value.count.value.max(1));
    let by_vcpus = needs
        .vcpus
        .as_ref()
        .map(|v| shape.vcpus_milli / v.value.saturating_mul(1000).max(1));
    let by_memory = needs.memory.as_ref().map(|m| {
        let fit = u64::from(shape.memory_mib.unwrap_or(0)) / m.value.mib_ceil().max(1);
        u32::try_from(fit).unwrap_or(u32::MAX)
    });
    // Without a stated need a replica has its node for itself.
    [by_gpu, by_vcpus, by_memory]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(1)
        .max(1)
}

fn batch(runs: &Runs, nodes: u32, shape: &Shape, catalog: &Catalog) -> Result<Sizing, Step> {
    let (duration, estimated_from) = match &runs.work {
        Work::Fixed(duration) => (duration.value, None),
        Work::PerGpu(table) => {
            let gpu = shape.gpu.ok_or(Step::Work)?.gpu;
            let found = scaling::for_gpu(&table.value, catalog.gpu(gpu), catalog);
            lengthen(&found.ok_or(Step::Work)?)?
        }
    };
    if runs
        .deadline
        .as_ref()
        .is_some_and(|deadline| duration > deadline.value)
    {
        return Err(Step::Deadline);
    }
    let runs = runs.per_month.runs;
    Ok(Sizing {
        nodes,
        replicas: None,
        duration,
        runs,
        estimated_from,
        tight: false,
    })
}

fn lengthen(scaled: &Scaled<'_, Duration>) -> Result<(Duration, Option<String>), Step> {
    let Some((numerator, denominator)) = scaled.slowdown else {
        return Ok((scaled.measured, None));
    };
    let longer = scaled
        .measured
        .checked_ratio(numerator, denominator)
        .ok_or(Step::Work)?;
    Ok((longer, Some(scaled.measured_on.to_owned())))
}

fn service(
    traffic: Option<&Traffic>,
    replicas: &Replicas,
    (unit, per_node): (u32, u32),
    shape: &Shape,
    catalog: &Catalog,
) -> Result<Sizing, Step> {
    let (rps, estimated_from) = match (&replicas.throughput, shape.gpu) {
        (None, _) => (None, None),
        (Some(Throughput::Fixed(rps)), _) => (Some(rps.value.get()), None),
        (Some(Throughput::PerGpu(table)), Some(gpu)) => {
            let found = scaling::for_gpu(&table.value, catalog.gpu(gpu.gpu), catalog);
            let (rps, from) = slow_down(&found.ok_or(Step::Throughput)?);
            (Some(rps), from)
        }
        (Some(Throughput::PerGpu(_)), None) => return Err(Step::Throughput),
    };
    let (copies, tight) = copies(traffic, replicas, rps)?;
    let nodes = if per_node > 1 {
        copies.div_ceil(per_node)
    } else {
        copies.saturating_mul(unit)
    };
    Ok(Sizing {
        nodes,
        replicas: Some(copies),
        duration: MONTH,
        runs: Millionths::ONE,
        estimated_from,
        tight,
    })
}

fn slow_down(scaled: &Scaled<'_, Millionths>) -> (u64, Option<String>) {
    let Some((numerator, denominator)) = scaled.slowdown else {
        return (scaled.measured.get(), None);
    };
    let slower =
        u128::from(scaled.measured.get()) * u128::from(denominator) / u128::from(numerator);
    (
        u64::try_from(slower).unwrap_or(u64::MAX),
        Some(scaled.measured_on.to_owned()),
    )
}

/// Replicas at the busiest hour, and whether they have less head-room there than planned for.
///
/// `clamp(ceil(peak / (throughput × 0.7)), min, max)`; an offering on which even the maximum can't
/// answer the peak is refused.
fn copies(
    traffic: Option<&Traffic>,
    replicas: &Replicas,
    rps: Option<u64>,
) -> Result<(u32, bool), Step> {
    let (Some(traffic), Some(rps)) = (traffic, rps) else {
        return Ok((replicas.max, false));
    };
    let peak = u128::from(traffic.peak_rps.value.get());
    if peak > u128::from(rps) * u128::from(replicas.max) {
        return Err(Step::Throughput);
    }
    let usable = u128::from(rps) * u128::from(HEADROOM.0);
    let wanted = if usable == 0 {
        0
    } else {
        (peak * u128::from(HEADROOM.1)).div_ceil(usable)
    };
    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
    Ok((
        wanted.clamp(replicas.min, replicas.max),
        wanted > replicas.max,
    ))
}
