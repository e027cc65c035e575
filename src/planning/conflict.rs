//! Why a stage has no candidate: the smallest set of requirements that can't be met together, and
//! which of them, relaxed alone, would let offerings in.
//!
//! Each offering fails a set of requirements. Requirements conflict when every offering fails one of
//! them: they are a hitting set of those sets, and the smallest one says most. It is found by trying
//! all sets of one requirement, then of two, and so on: few requirements are ever involved.

use std::collections::BTreeMap;

use super::audit::Audited;
use super::candidates::gpu_lists;
use super::relaxation::{self, Relaxed};
use super::step::{Step, StepSet};
use super::{Planner, funnel};
use crate::diagnostics::{Origin, Sources};
use crate::model::Stage;

/// Largest set of requirements that is looked for. Of more that conflict only together, a reader
/// learns nothing from the list.
const LARGEST: usize = 4;

/// Most ways out that are told.
const MOST_HINTS: usize = 4;

/// Why a stage has no candidate.
pub(super) struct Conflict {
    /// Which requirements can't be met together, in sentences; may be empty.
    pub(super) detail: String,
    /// What would let offerings in, the cheapest first.
    pub(super) hints: Vec<String>,
}

impl Planner<'_> {
    /// Why a stage has no candidate.
    pub(super) fn conflict(&self, index: usize, escalated: bool, sources: &Sources) -> Conflict {
        let stage = self.order[index];
        let names = all_gpus(stage);
        let mut masks: BTreeMap<StepSet, u64> = BTreeMap::new();
        let mut nearest: Option<(u32, Step)> = None;
        self.audit(index, stage, names.as_deref(), &mut |audited: &Audited<
            '_,
        >| {
            let mask = requirements(audited.fails);
            *masks.entry(mask).or_default() += 1;
            let first = mask.first().map(|step| (mask.len(), step));
            nearest = match (nearest, first) {
                (Some(best), Some(this)) => Some(best.min(this)),
                (best, this) => best.or(this),
            };
        });
        let describe = |step: Step| described(step, stage, escalated, sources);
        let smallest = smallest_conflict(masks.keys().copied());
        let mut detail = smallest.map_or(String::new(), |steps| {
            together(&steps.into_iter().map(describe).collect::<Vec<_>>())
        });
        // Too many nodes are both more than are allowed and more than the one that GPUs must be in.
        let nodes = StepSet::default()
            .with(Step::Interconnect)
            .with(Step::MaxNodes);
        let alone = masks
            .keys()
            .filter(|mask| mask.len() == 1 || **mask == nodes);
        let mut relaxed: Vec<Relaxed> = alone
            .flat_map(|mask| mask.iter())
            .flat_map(|step| self.relaxed(index, step, names.as_deref()))
            .collect();
        relaxed.sort();
        relaxed.dedup_by(|one, other| one.advice == other.advice);
        if relaxed.is_empty()
            && let Some((several, _)) = nearest.filter(|(several, _)| *several > 1)
        {
            detail.push_str(&format!(
                "\nNo requirement is in the way alone: the nearest offering fails {several}."
            ));
        }
        let hints = relaxed.iter().take(MOST_HINTS);
        Conflict {
            detail,
            hints: hints
                .map(|r| self.hint(r, stage, escalated, sources))
                .collect(),
        }
    }

    fn hint(&self, relaxed: &Relaxed, stage: &Stage, escalated: bool, sources: &Sources) -> String {
        let (_, origin) = funnel::describe(relaxed.step, stage, escalated);
        let place = reference(origin, sources);
        let offerings = if relaxed.offerings == 1 {
            "1 offering".to_owned()
        } else {
            format!(
                "{} offerings",
                crate::units::grouped(relaxed.offerings.into())
            )
        };
        format!(
            "{}{place}: {offerings}, the cheapest {}",
            relaxed.advice, relaxed.cheapest
        )
    }

    fn relaxed(&self, index: usize, step: Step, names: Option<&[String]>) -> Vec<Relaxed> {
        relaxation::of(step)
            .iter()
            .filter_map(|relaxation| relaxation.tried(self, index, step, names))
            .collect()
    }
}

/// All GPUs that a stage would take, preferred or not; any when it names none.
fn all_gpus(stage: &Stage) -> Option<Vec<String>> {
    let (first, second) = gpu_lists(stage);
    let first = first?.iter();
    Some(first.chain(second.unwrap_or_default()).cloned().collect())
}

/// The failed steps as the requirements that they come from: a deadline has three ways to be
/// missed, and a node without GPUs has none of any model.
fn requirements(fails: StepSet) -> StepSet {
    fails.iter().fold(StepSet::default(), |all, step| {
        all.with(match step {
            Step::DeadlineRisk | Step::Waiting => Step::Deadline,
            Step::GpuCount => Step::GpuModel,
            step => step,
        })
    })
}

/// The smallest set of requirements of which every offering fails one; of equal ones the first.
fn smallest_conflict(masks: impl Iterator<Item = StepSet>) -> Option<Vec<Step>> {
    let masks: Vec<StepSet> = masks.collect();
    let all = masks
        .iter()
        .fold(StepSet::default(), |all, mask| all.and(*mask));
    let steps: Vec<Step> = all.iter().collect();
    if masks.iter().any(|mask| mask.is_empty()) {
        return None;
    }
    (1..=LARGEST.min(steps.len())).find_map(|size| hitting(&masks, &steps, size, &mut Vec::new()))
}

/// The first set of so many more steps, after those chosen, that has one of every mask.
fn hitting(
    masks: &[StepSet],
    steps: &[Step],
    more: usize,
    chosen: &mut Vec<Step>,
) -> Option<Vec<Step>> {
    if more == 0 {
        let hit = |mask: &StepSet| chosen.iter().any(|step| mask.contains(*step));
        return masks.iter().all(hit).then(|| chosen.clone());
    }
    for (i, step) in steps.iter().enumerate() {
        chosen.push(*step);
        let found = hitting(masks, &steps[i + 1..], more - 1, chosen);
        if found.is_some() {
            return found;
        }
        chosen.pop();
    }
    None
}

fn described(step: Step, stage: &Stage, escalated: bool, sources: &Sources) -> String {
    let (text, origin) = funnel::describe(step, stage, escalated);
    format!("“{text}”{}", reference(origin, sources))
}

fn reference(origin: Option<Origin>, sources: &Sources) -> String {
    let place = origin.and_then(|origin| sources.line_ref(origin));
    place.map_or(String::new(), |place| format!(" ({place})"))
}

/// Says that requirements can't be met together, of which there is none too many.
fn together(steps: &[String]) -> String {
    let list = format!("  {}", steps.join("\n  "));
    match steps.len() {
        1 => format!("No offering meets this one:\n{list}"),
        2 => format!("Each of these two can be met, but not both together:\n{list}"),
        3 => format!("Any two of these can be met together; all three can't:\n{list}"),
        _ => {
            format!("Any of these can be met without one of the others; all of them can't:\n{list}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest conflict of masks that are given as lists of steps.
    #[track_caller]
    fn check(masks: &[&[Step]], expected: Option<&[Step]>) {
        let masks = masks.iter().map(|steps| {
            steps
                .iter()
                .fold(StepSet::default(), |set, step| set.with(*step))
        });
        assert_eq!(smallest_conflict(masks).as_deref(), expected);
    }

    #[test]
    fn the_smallest_set_that_every_offering_fails_one_of_is_found() {
        use Step::{Arch, Deadline, GpuModel, Locations, MaxNodeHour};
        check(&[&[Arch], &[Arch, Deadline]], Some(&[Arch]));
        check(
            &[&[Arch], &[Deadline], &[Arch, Deadline]],
            Some(&[Arch, Deadline]),
        );
        check(
            &[&[Locations, Arch], &[GpuModel, Arch], &[MaxNodeHour]],
            Some(&[Arch, MaxNodeHour]),
        );
        check(
            &[
                &[Locations],
                &[GpuModel],
                &[MaxNodeHour],
                &[Locations, GpuModel],
            ],
            Some(&[Locations, GpuModel, MaxNodeHour]),
        );
    }

    #[test]
    fn there_is_no_conflict_where_an_offering_fails_nothing_or_too_many_are_needed() {
        use Step::{Arch, Deadline, GpuModel, Locations, MaxNodeHour};
        check(&[&[Arch], &[]], None);
        let five = [Arch, Deadline, GpuModel, Locations, MaxNodeHour];
        let alone: Vec<&[Step]> = five.iter().map(std::slice::from_ref).collect();
        check(&alone, None);
    }

    #[test]
    fn the_ways_to_miss_a_deadline_are_one_requirement() {
        let fails = StepSet::default()
            .with(Step::Deadline)
            .with(Step::DeadlineRisk)
            .with(Step::Waiting);
        assert_eq!(requirements(fails), StepSet::default().with(Step::Deadline));
    }
}
