//! How many nodes of one shape several stages need together, hour by hour.
//!
//! Replicas and the parts of a job are items with GPUs, vCPUs and memory, packed onto nodes first-fit
//! by decreasing size, as schedulers place pods. A stage that doesn't say how many vCPUs or how much
//! memory it needs takes what comes with its GPUs, or a whole node if it has none.

use super::hours::{HOURS as WEEK, Hours};
use super::risk;
use super::shape::Shape;
use super::sizing::{MONTH, Sizing};
use crate::catalog::GpuCount;
use crate::model::Stage;

/// Most items that are packed at once; who has more has outgrown a shared pool.
const MOST_ITEMS: u32 = 2_000;

/// What a node has, or an item needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Amounts {
    gpus: u64,
    vcpus_milli: u64,
    memory_mib: u64,
}

impl Amounts {
    fn of_node(shape: &Shape) -> Self {
        Self {
            gpus: shape.gpu.map_or(0, GpuCount::whole).into(),
            vcpus_milli: shape.vcpus_milli.into(),
            memory_mib: shape.memory_mib.unwrap_or(0).into(),
        }
    }

    const fn fits_in(&self, room: &Self) -> bool {
        self.gpus <= room.gpus
            && self.vcpus_milli <= room.vcpus_milli
            && self.memory_mib <= room.memory_mib
    }

    const fn without(self, item: &Self) -> Self {
        Self {
            gpus: self.gpus - item.gpus,
            vcpus_milli: self.vcpus_milli - item.vcpus_milli,
            memory_mib: self.memory_mib - item.memory_mib,
        }
    }

    /// The largest share of a node that it takes, in millionths.
    fn size(&self, node: &Self) -> u64 {
        let share = |part: u64, of: u64| (part * 1_000_000).checked_div(of).unwrap_or(0);
        share(self.gpus, node.gpus)
            .max(share(self.vcpus_milli, node.vcpus_milli))
            .max(share(self.memory_mib, node.memory_mib))
    }
}

/// One stage in a shared pool.
struct Member {
    item: Amounts,
    demand: Demand,
}

enum Demand {
    /// Items by hour of the day.
    Service([u32; 24]),
    /// So many items while it runs; by hour of the week, how likely it is to run.
    Job {
        items: u32,
        likely: Box<[f64; WEEK]>,
    },
}

/// Nodes that the members of a pool need together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shared {
    /// By hour of the week, when all run that may.
    pub(crate) hours: Hours,
    /// Expected node-hours in a month.
    pub(crate) node_hours: f64,
}

/// Packs stages, each with its sizing on this shape; `None` when they have too many parts.
pub(crate) fn pack(members: &[(&Stage, &Sizing)], shape: &Shape) -> Option<Shared> {
    let node = Amounts::of_node(shape);
    let mut members: Vec<Member> = members
        .iter()
        .map(|(stage, sizing)| Member::new(stage, sizing, &node))
        .collect();
    members.sort_by_key(|member| std::cmp::Reverse((member.item.size(&node), member.item)));
    let mut known: Vec<(Vec<u32>, u32)> = Vec::new();
    let mut nodes = |counts: Vec<u32>| -> Option<u32> {
        if let Some((_, nodes)) = known.iter().find(|(same, _)| *same == counts) {
            return Some(*nodes);
        }
        let items = members.iter().map(|m| m.item).zip(counts.iter().copied());
        let nodes = first_fit(items, &node)?;
        known.push((counts, nodes));
        Some(nodes)
    };
    let mut peak = [0; WEEK];
    let mut expected = 0.0;
    for (hour, peak) in peak.iter_mut().enumerate() {
        let jobs: Vec<usize> = (0..members.len())
            .filter(|i| members[*i].likely(hour) > 0.0)
            .collect();
        // Jobs whose starts aren't known fall independently, so every set of them may run at once.
        for set in 0u32..1 << jobs.len() {
            let mut chance = 1.0;
            let mut counts: Vec<u32> = members.iter().map(|m| m.steady(hour)).collect();
            for (bit, job) in jobs.iter().enumerate() {
                let likely = members[*job].likely(hour);
                let runs = set & (1 << bit) != 0;
                chance *= if runs { likely } else { 1.0 - likely };
                if runs {
                    counts[*job] = members[*job].items();
                }
            }
            let nodes = nodes(counts)?;
            expected += chance * f64::from(nodes);
            *peak = (*peak).max(nodes);
        }
    }
    Some(Shared {
        hours: Hours::of_week(peak),
        node_hours: expected * risk::hours(MONTH) / 168.0,
    })
}

fn first_fit(items: impl Iterator<Item = (Amounts, u32)>, node: &Amounts) -> Option<u32> {
    let mut rooms: Vec<Amounts> = Vec::new();
    let mut all = 0u32;
    for (item, count) in items {
        all = all.saturating_add(count);
        if all > MOST_ITEMS {
            return None;
        }
        let mut first = 0;
        for _ in 0..count {
            // Equal items fit nowhere before the last one did.
            match (first..rooms.len()).find(|i| item.fits_in(&rooms[*i])) {
                Some(at) => {
                    rooms[at] = rooms[at].without(&item);
                    first = at;
                }
                None => {
                    first = rooms.len();
                    rooms.push(node.without(&item));
                }
            }
        }
    }
    u32::try_from(rooms.len()).ok()
}

impl Member {
    fn new(stage: &Stage, sizing: &Sizing, node: &Amounts) -> Self {
        let (demand, parts) = match sizing.copies_by_hour {
            Some(copies) => {
                let parts = parts_of_replica(stage, node);
                let items = copies.map(|copies| copies.saturating_mul(parts));
                (Demand::Service(items), parts)
            }
            None => (
                Demand::Job {
                    items: sizing.nodes,
                    likely: likely(stage, sizing),
                },
                sizing.nodes,
            ),
        };
        Self {
            item: item(stage, node, parts.max(1)),
            demand,
        }
    }

    /// Items that stand in an hour in any case.
    fn steady(&self, hour: usize) -> u32 {
        match &self.demand {
            Demand::Service(items) => items[hour % 24],
            Demand::Job { .. } => 0,
        }
    }

    fn items(&self) -> u32 {
        match &self.demand {
            Demand::Service(_) => 0,
            Demand::Job { items, .. } => *items,
        }
    }

    fn likely(&self, hour: usize) -> f64 {
        match &self.demand {
            Demand::Service(_) => 0.0,
            Demand::Job { likely, .. } => likely[hour],
        }
    }
}

/// Nodes that one replica is spread over.
fn parts_of_replica(stage: &Stage, node: &Amounts) -> u32 {
    let gpu = stage.requirements.gpu.as_ref();
    let gpus = gpu.map_or(0, |gpu| u64::from(gpu.value.count.value));
    let parts = gpus.div_ceil(node.gpus.max(1)).max(1);
    u32::try_from(parts).unwrap_or(u32::MAX)
}

/// What one of so many equal parts of a run or a replica needs.
fn item(stage: &Stage, node: &Amounts, parts: u32) -> Amounts {
    let needs = &stage.requirements;
    let parts = u64::from(parts);
    let gpus = needs
        .gpu
        .as_ref()
        .map_or(0, |gpu| u64::from(gpu.value.count.value));
    let gpus = gpus.div_ceil(parts).min(node.gpus);
    let vcpus = needs.vcpus.as_ref().map(|v| u64::from(v.value) * 1000);
    let memory = needs.memory.as_ref().map(|m| m.value.mib_ceil());
    // What comes with the GPUs; without any, the whole node.
    let come_along = |of: u64| match (gpus, node.gpus) {
        (0, _) | (_, 0) => of,
        (gpus, all) => of * gpus / all,
    };
    let part = |need: Option<u64>, of: u64, other: Option<u64>| match (need, other) {
        (Some(need), _) => need.div_ceil(parts).min(of),
        // Who says how many vCPUs and not how much memory needs little of it, and the reverse.
        (None, Some(_)) if gpus == 0 => 0,
        (None, _) => come_along(of),
    };
    Amounts {
        gpus,
        vcpus_milli: part(vcpus, node.vcpus_milli, memory),
        memory_mib: part(memory, node.memory_mib, vcpus),
    }
}

/// By hour of the week, how likely a job is to be running.
fn likely(stage: &Stage, sizing: &Sizing) -> Box<[f64; WEEK]> {
    let hours = sizing.hours(stage);
    let open = (0..WEEK).filter(|hour| hours.nodes()[*hour] > 0).count();
    let open = u32::try_from(open).map_or(1.0, f64::from).max(1.0);
    let running = risk::hours(sizing.duration) * risk::fraction(sizing.runs);
    let share = running / (risk::hours(MONTH) * open / 168.0);
    let mut likely = Box::new([0.0; WEEK]);
    for (hour, chance) in likely.iter_mut().enumerate() {
        if hours.nodes()[hour] > 0 {
            *chance = share.min(1.0);
        }
    }
    likely
}
