//! How many nodes of one shape several stages need together, hour by hour.
//!
//! Replicas and the parts of a job are items with GPUs, vCPUs and memory, packed onto nodes first-fit
//! by decreasing size, as schedulers place pods. A stage that doesn't say how many vCPUs or how much
//! memory it needs takes what comes with its GPUs, or a whole node if it has none.

use super::hours::{HOURS as WEEK, Hours};
use super::risk;
use super::shape::Shape;
use super::sizing::{self, MONTH, Sizing};
use crate::model::Stage;

/// Most items that are packed at once; who has more has outgrown a shared pool.
const MOST_ITEMS: u32 = 2_000;

/// Most sets of jobs that are looked at in an hour: all of those of ten jobs.
const MOST_SETS: usize = 1024;

/// What is left of a probability when the rest of the sets doesn't matter.
const UNLIKELY: f64 = 1e-12;

/// What a node has, or an item needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Amounts {
    gpus: u64,
    vcpus_milli: u64,
    memory_mib: u64,
}

impl Amounts {
    /// Of a node. A part of a GPU is one to whom it will do; who needs a whole one isn't here.
    fn of_node(shape: &Shape) -> Self {
        Self {
            gpus: shape.gpu.map_or(0, |gpu| gpu.counted(true)).into(),
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
        .map(|(stage, sizing)| Member::new(stage, sizing, shape, &node))
        .collect();
    members.sort_by_key(|member| std::cmp::Reverse((member.item.size(&node), member.item)));
    let mut known: Vec<(Hour, Nodes)> = Vec::new();
    let mut peak = [0; WEEK];
    let mut expected = 0.0;
    for (hour, peak) in peak.iter_mut().enumerate() {
        let asked = Hour::of(&members, hour);
        let same = known.iter().find(|(hour, _)| *hour == asked);
        let nodes = match same {
            Some((_, nodes)) => *nodes,
            None => {
                let nodes = asked.nodes(&members, &node)?;
                known.push((asked, nodes));
                nodes
            }
        };
        *peak = nodes.most;
        expected += nodes.expected;
    }
    Some(Shared {
        hours: Hours::of_week(peak),
        node_hours: expected * risk::hours(MONTH) / 168.0,
    })
}

/// What the members ask for in an hour; few hours of a week differ.
#[derive(PartialEq)]
struct Hour {
    /// By member: items that stand in any case.
    steady: Vec<u32>,
    /// Members that may run, and how likely they do.
    jobs: Vec<(usize, f64)>,
}

#[derive(Clone, Copy)]
struct Nodes {
    most: u32,
    expected: f64,
}

impl Hour {
    fn of(members: &[Member], hour: usize) -> Self {
        let jobs = members.iter().map(|member| member.likely(hour)).enumerate();
        Self {
            steady: members.iter().map(|member| member.steady(hour)).collect(),
            jobs: jobs.filter(|(_, likely)| *likely > 0.0).collect(),
        }
    }

    /// Jobs whose starts aren't known fall independently, so every set of them may run at once. Where
    /// there are too many sets, the likely ones are looked at; the others count as if all ran.
    fn nodes(&self, members: &[Member], node: &Amounts) -> Option<Nodes> {
        let packed = |runs: &dyn Fn(usize) -> bool| {
            let mut counts = self.steady.clone();
            for (bit, (job, _)) in self.jobs.iter().enumerate() {
                if runs(bit) {
                    counts[*job] = members[*job].items();
                }
            }
            first_fit(members.iter().map(|m| m.item).zip(counts), node)
        };
        let mut most = packed(&|_| true)?;
        let (mut expected, mut left) = (0.0, 1.0);
        for set in subsets(self.jobs.len()) {
            // Those of the set do what is less likely of them.
            let runs = |bit: usize| (self.jobs[bit].1 > 0.5) != set.contains(&bit);
            let chances = self.jobs.iter().enumerate();
            let chance: f64 = chances
                .map(|(bit, (_, likely))| if runs(bit) { *likely } else { 1.0 - likely })
                .product();
            if chance > 0.0 {
                let nodes = packed(&runs)?;
                most = most.max(nodes);
                expected += chance * f64::from(nodes);
                left -= chance;
            }
            if left < UNLIKELY {
                break;
            }
        }
        expected += left.max(0.0) * f64::from(most);
        Some(Nodes { most, expected })
    }
}

/// Sets of so many jobs, small ones first, and all of them up to [`MOST_SETS`].
fn subsets(jobs: usize) -> Vec<Vec<usize>> {
    let mut sets = vec![Vec::new()];
    let mut next = 0;
    while next < sets.len() && sets.len() < MOST_SETS {
        let from = sets[next].last().map_or(0, |last: &usize| last + 1);
        for job in from..jobs {
            let larger = [sets[next].as_slice(), &[job]].concat();
            sets.push(larger);
        }
        next += 1;
    }
    sets.truncate(MOST_SETS);
    sets
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
    fn new(stage: &Stage, sizing: &Sizing, shape: &Shape, node: &Amounts) -> Self {
        let (demand, parts) = match sizing.copies_by_hour {
            Some(copies) => {
                let parts = sizing::unit_nodes(stage, shape).nodes;
                let items = copies.map(|copies| copies.saturating_mul(parts));
                (Demand::Service(items), parts)
            }
            None => {
                let (at_once, likely) = likely(stage, sizing);
                let items = sizing.nodes.saturating_mul(at_once);
                (Demand::Job { items, likely }, sizing.nodes)
            }
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

/// How many runs of a job go at once, and by hour of the week how likely that is. A job with more
/// runs than fit one after the other into the hours in which it may run has several at once.
fn likely(stage: &Stage, sizing: &Sizing) -> (u32, Box<[f64; WEEK]>) {
    let hours = sizing.hours(stage);
    let open = (0..WEEK).filter(|hour| hours.nodes()[*hour] > 0).count();
    let open = u32::try_from(open).map_or(1.0, f64::from).max(1.0);
    let running = risk::hours(sizing.duration) * risk::fraction(sizing.runs);
    let share = running / (risk::hours(MONTH) * open / 168.0);
    // Noise in the last digits must not make a second run of one that fills its hours.
    let at_once = (share - 1e-6).ceil().clamp(1.0, f64::from(MOST_ITEMS + 1));
    let mut likely = Box::new([0.0; WEEK]);
    for (hour, chance) in likely.iter_mut().enumerate() {
        if hours.nodes()[hour] > 0 {
            *chance = (share / at_once).min(1.0);
        }
    }
    (whole(at_once), likely)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number that was clamped"
)]
const fn whole(number: f64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: Amounts = Amounts {
        gpus: 4,
        vcpus_milli: 16_000,
        memory_mib: 64_000,
    };

    fn item(gpus: u64, vcpus_milli: u64) -> Amounts {
        Amounts {
            gpus,
            vcpus_milli,
            memory_mib: 1_000,
        }
    }

    #[test]
    fn small_items_fill_what_large_ones_leave() {
        let nodes = |items: &[(Amounts, u32)]| first_fit(items.iter().copied(), &NODE);
        assert_eq!(nodes(&[(item(2, 8_000), 2)]), Some(1));
        assert_eq!(nodes(&[(item(2, 8_000), 3)]), Some(2));
        // 12 vCPUs for the GPUs leave 4: one small item beside them, the next on a node of its own.
        assert_eq!(nodes(&[(item(4, 12_000), 1), (item(0, 4_000), 1)]), Some(1));
        assert_eq!(nodes(&[(item(4, 12_000), 1), (item(0, 4_000), 2)]), Some(2));
        assert_eq!(nodes(&[(item(0, 1), MOST_ITEMS + 1)]), None);
    }

    #[test]
    fn all_sets_of_ten_jobs_are_looked_at_and_the_likely_ones_of_more() {
        let mut all = subsets(10);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), MOST_SETS);
        assert_eq!(subsets(34).len(), MOST_SETS);
        // 34 jobs of a node each: what isn't looked at counts as all of them, never as none.
        let job = || Member {
            item: item(0, 16_000),
            demand: Demand::Job {
                items: 1,
                likely: Box::new([0.004; WEEK]),
            },
        };
        let members: Vec<Member> = (0..34).map(|_| job()).collect();
        let nodes = Hour::of(&members, 0).nodes(&members, &NODE).unwrap();
        assert_eq!(nodes.most, 34);
        assert!(nodes.expected >= 34.0 * 0.004 && nodes.expected < 34.0 * 0.0044);
    }

    #[test]
    fn independent_jobs_are_weighed_by_how_likely_they_run() {
        let job = |vcpus_milli, chance| Member {
            item: item(0, vcpus_milli),
            demand: Demand::Job {
                items: 1,
                likely: Box::new([chance; WEEK]),
            },
        };
        let members = [job(16_000, 0.5), job(16_000, 0.25)];
        let nodes = Hour::of(&members, 0).nodes(&members, &NODE).unwrap();
        assert_eq!(nodes.most, 2);
        assert!((nodes.expected - 0.75).abs() < 1e-12);
        // Together they need no more than the larger one alone.
        let members = [job(12_000, 0.5), job(4_000, 0.25)];
        let nodes = Hour::of(&members, 0).nodes(&members, &NODE).unwrap();
        assert_eq!(nodes.most, 1);
        assert!((nodes.expected - 0.625).abs() < 1e-12);
    }
}
