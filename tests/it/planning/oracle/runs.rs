//! How many nodes a run needs, for how long, and when.

use mlinfra::catalog::Gpu;
use mlinfra::model::{Interconnect, ProviderName, Runs, Stage, StageKind, Work};

use super::offers::{Node, Size, World};
use super::spot::Job;

impl World<'_> {
    pub(super) fn run(
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
                let (name, (slow, fast)) = self.scaled(table.keys(), node)?;
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
        node: &Node<'_>,
    ) -> Option<(&'t String, (u128, u128))> {
        let (name, (slow, fast)) = self.scaled_whole(names, node.gpu?.0)?;
        Some((name, (slow * 1000, fast * u128::from(node.share()))))
    }

    fn scaled_whole<'t>(
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
}

/// Nodes of a run or a replica.
pub(super) fn unit_nodes(stage: &Stage, node: &Node<'_>) -> Option<u64> {
    let needs = &stage.requirements;
    let mut nodes = 1;
    if let Some(gpu) = &needs.gpu {
        let have = node.gpus(gpu.value.slices);
        nodes = nodes.max(u64::from(gpu.value.count.value).div_ceil(have));
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
