//! How many nodes a stage needs of one machine shape, for how long.

use crate::catalog::Catalog;
use crate::model::{Demand, Interconnect, Runs, Stage, StageKind, Work};
use crate::units::{Duration, Millionths, Quantity};

use super::billing;
use super::hours::Hours;
use super::risk::Risk;
use super::scaling::{self, Scaled};
use super::service;
use super::shape::Shape;
use super::step::{Step, StepSet};

/// Most nodes of a batch run when the spec names no `max_nodes`.
///
/// Rates are linear in vCPUs within a family, so without a limit a job of 256 vCPUs could as well
/// be spread over 128 tiny nodes, which no scheduler likes. 32 keeps clusters of a size that people
/// run daily; a spec that needs more says so.
const DEFAULT_MAX_NODES: u32 = 32;

/// Time from the start of a rented node to the start of its work, when the spec names no `startup`:
/// booting takes about a minute, and fetching an image of several gigabytes one or two more. It is
/// an assumption, printed with the bill; nodes of owned pools stand already.
const DEFAULT_STARTUP: Duration = Duration::from_millis(3 * 60 * 1000);

/// Hours that a month is billed with, by convention of the clouds (365 × 24 / 12).
pub(crate) const MONTH: Duration = Duration::from_hours(730);

/// Milliseconds of a month that belong to one hour of the day: 730 / 24 hours.
pub(crate) const MONTH_MILLIS_BY_HOUR: u64 = MONTH.millis() / 24;

/// Nodes and time of a stage on one shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sizing {
    /// Nodes of a run; for a service, nodes at its busiest hour.
    pub(crate) nodes: u32,
    /// Copies of a service at its busiest hour.
    pub(crate) replicas: Option<u32>,
    /// Nodes of a service by hour of the day; `None` for runs.
    pub(crate) by_hour: Option<[u32; 24]>,
    /// Copies of a service by hour of the day; `None` for runs.
    pub(crate) copies_by_hour: Option<[u32; 24]>,
    /// Nodes by hour without a least number of replicas: what the traffic of each hour needs.
    pub(crate) needed_by_hour: Option<[u32; 24]>,
    /// From the start of a node to the start of its work.
    pub(crate) startup: Duration,
    /// Work of one run as if nothing interrupted it; of a month for a service.
    pub(crate) work: Duration,
    /// Expected time of one run from start to end, without waiting for data; a month for a service.
    pub(crate) duration: Duration,
    /// Milliseconds of node time that are paid: of all nodes in one run, or of a service in a month.
    pub(crate) node_millis: u128,
    /// Runs in a month; one for a service.
    pub(crate) runs: Millionths,
    /// What interruptions do to it; `None` where there are none.
    pub(crate) risk: Option<Risk>,
    /// How soon a service answers at its busiest hour; `None` where nobody asked or it can't be told.
    pub(crate) answers: Option<Answers>,
    /// The GPU whose measurement was scaled to get there; `None` when measured or given.
    pub(crate) estimated_from: Option<String>,
    /// Whether the service keeps less head-room at its peak than planned for.
    pub(crate) tight: bool,
}

/// How soon a service answers that takes one request after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answers {
    /// Share of requests that wait for a free replica, in percent.
    pub(crate) waiting_percent: u32,
    /// Mean time that a request waits.
    pub(crate) mean_wait: Duration,
    /// Time within which 95 % of requests are answered.
    pub(crate) p95: Duration,
}

impl Sizing {
    /// Node-hours in a month.
    pub(crate) fn node_hours(&self) -> Quantity {
        Quantity::node_hours(self.node_millis).times(Quantity::from(self.runs))
    }

    /// Node-hours in a month that one hour of waiting in each run adds.
    ///
    /// All nodes of a run wait: what was measured is the bandwidth of one pair of machines, and
    /// nobody measured that a fleet has more.
    pub(crate) fn waiting_node_hours(&self) -> Quantity {
        if self.by_hour.is_some() {
            return Quantity::count(0);
        }
        Quantity::count(self.nodes.into()).times(Quantity::from(self.runs))
    }

    /// When in the week its nodes may be in use.
    pub(crate) fn hours(&self, stage: &Stage) -> Hours {
        match (&self.by_hour, &stage.demand) {
            (Some(nodes), _) => Hours::of_day(*nodes),
            (None, Demand::Runs(runs)) => {
                let starts = runs.per_month.starts.as_deref();
                Hours::of_runs(starts, self.duration, self.nodes)
            }
            (None, Demand::AlwaysOn { .. }) => Hours::always(self.nodes),
        }
    }
}

/// Sizes a stage on a shape that nobody interrupts, or names the first requirement that the shape
/// can't meet.
pub(crate) fn size(stage: &Stage, shape: &Shape, catalog: &Catalog) -> Result<Sizing, Step> {
    let unit = unit_nodes(stage, shape);
    match unit.fails.first() {
        Some(step) => Err(step),
        None => demand(stage, unit.nodes, shape, catalog),
    }
}

/// All requirements on size and time that a shape can't meet. Time is judged with as many nodes as
/// the stage would need if it were allowed them.
pub(crate) fn fails(stage: &Stage, shape: &Shape, catalog: &Catalog) -> StepSet {
    let unit = unit_nodes(stage, shape);
    let step = demand(stage, unit.nodes, shape, catalog).err();
    unit.fails.and(step.into())
}

/// What a stage's work or traffic makes of so many nodes of a shape.
fn demand(stage: &Stage, unit: u32, shape: &Shape, catalog: &Catalog) -> Result<Sizing, Step> {
    match &stage.demand {
        Demand::Runs(runs) => batch(runs, unit, shape, catalog),
        Demand::AlwaysOn { traffic, replicas } => {
            let fleet = service::Fleet {
                unit,
                per_node: replicas_per_node(stage, shape),
                one_by_one: stage.serving.as_ref().is_none_or(|s| s.max_batch <= 1),
            };
            service::size(traffic.as_ref(), replicas, &fleet, shape, catalog)
        }
    }
}

/// From the start of a node to the start of its work: as the spec says, or as assumed.
pub(crate) fn startup(given: Option<Duration>, shape: &Shape) -> Duration {
    let assumed = if shape.provider.is_some() {
        DEFAULT_STARTUP
    } else {
        Duration::ZERO
    };
    given.unwrap_or(assumed)
}

/// Nodes that one run, or one replica, needs, and what stands against them.
pub(crate) struct Unit {
    pub(crate) nodes: u32,
    pub(crate) fails: StepSet,
}

/// Nodes that one run, or one replica, needs for its GPUs, vCPUs and memory.
pub(crate) fn unit_nodes(stage: &Stage, shape: &Shape) -> Unit {
    let needs = &stage.requirements;
    let mut fails = StepSet::default();
    let mut nodes = 1;
    let mut count = |wanted: Option<u32>, step: Step| match wanted {
        Some(wanted) => nodes = nodes.max(wanted),
        None => fails = fails.with(step),
    };
    if let Some(gpu) = &needs.gpu {
        let have = shape.gpus_for(stage);
        count(
            ceil_u32(gpu.value.count.value.into(), have.into()),
            Step::GpuCount,
        );
    }
    if let Some(vcpus) = &needs.vcpus {
        let milli = u64::from(vcpus.value) * 1000;
        count(ceil_u32(milli, shape.vcpus_milli.into()), Step::Vcpus);
    }
    if let Some(memory) = &needs.memory {
        let mib = shape.memory_mib.map_or(0, u64::from);
        count(ceil_u32(memory.value.mib_ceil(), mib), Step::Memory);
    }
    let single = needs
        .gpu
        .as_ref()
        .is_some_and(|g| g.value.interconnect == Interconnect::SingleNode);
    Unit {
        nodes,
        fails: fails
            .with_if(single && nodes > 1, Step::Interconnect)
            .with_if(nodes > max_nodes(stage), Step::MaxNodes),
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
pub(crate) fn replicas_per_node(stage: &Stage, shape: &Shape) -> u32 {
    let needs = &stage.requirements;
    let by_gpu = needs
        .gpu
        .as_ref()
        .map(|gpu| shape.gpus_for(stage) / gpu.value.count.value.max(1));
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
    let (work, estimated_from) = match &runs.work {
        Work::Fixed(duration) => (duration.value, None),
        Work::PerGpu(table) => {
            let gpu = shape.gpu.ok_or(Step::Work)?;
            let found = scaling::for_gpu(&table.value, gpu, catalog);
            lengthen(&found.ok_or(Step::Work)?)?
        }
    };
    let startup = startup(runs.startup, shape);
    let duration = sum(startup, work);
    if runs
        .deadline
        .as_ref()
        .is_some_and(|deadline| duration > deadline.value)
    {
        return Err(Step::Deadline);
    }
    Ok(Sizing {
        nodes,
        replicas: None,
        by_hour: None,
        copies_by_hour: None,
        needed_by_hour: None,
        startup,
        work,
        duration,
        node_millis: node_millis(duration, nodes, shape),
        runs: runs.per_month.runs,
        risk: None,
        answers: None,
        estimated_from,
        tight: false,
    })
}

/// Milliseconds that all nodes of a run are billed for together.
pub(crate) fn node_millis(duration: Duration, nodes: u32, shape: &Shape) -> u128 {
    let each = match shape.provider {
        Some(provider) => billing::billed(provider, duration),
        None => duration,
    };
    u128::from(each.millis()) * u128::from(nodes)
}

pub(crate) const fn sum(a: Duration, b: Duration) -> Duration {
    Duration::from_millis(a.millis().saturating_add(b.millis()))
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
