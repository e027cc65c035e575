//! Limits set where they bite: a little below what the best plan without them would take.

use mlinfra::model::{Demand, Project};
use mlinfra::units::{Duration, Money};

use super::dice::Dice;
use super::exhaustive::{Asked, Instance};

/// The project without limits, but for the nodes of pools.
pub(super) fn freed(project: &Project) -> Project {
    let mut free = project.clone();
    free.budgets.clear();
    free.quotas.clear();
    free.deadline = None;
    for stage in free.stages.values_mut() {
        if let Demand::Runs(runs) = &mut stage.demand {
            runs.deadline = None;
        }
    }
    free
}

/// The project with its limits near to what the best choice of `free`, the instance without them,
/// takes.
pub(super) fn tightened(
    project: &Project,
    free: &Instance<'_>,
    dice: &mut Dice,
) -> Option<Project> {
    let choice = free.best(Asked::default(), false).choice;
    if choice.is_empty() {
        return None;
    }
    let judged = free.judge(&choice, Asked::default(), false)?;
    let mut project = project.clone();
    let mut near =
        |value: u64, low: usize| value / 100 * u64::try_from(dice.between(low, 104)).unwrap();
    for budget in project.budgets.values_mut() {
        let inside = (0..choice.len()).filter(|i| {
            let names = budget.stages.as_ref();
            names.is_none_or(|names| names.value.contains(&free.names[*i]))
        });
        let used = inside.map(|i| judged.shares[i]).sum::<i128>();
        let limit = near(u64::try_from(used).unwrap(), 94);
        budget.limit = Money::from_micro_usd(limit.into());
    }
    if let Some(deadline) = &mut project.deadline {
        deadline.value = Duration::from_millis(near(judged.pass, 60).max(1));
    }
    for (index, name) in free.names.iter().enumerate() {
        let stage = project.stages.get_mut(name).unwrap();
        let (duration, waited) = judged.times[index];
        if let Demand::Runs(runs) = &mut stage.demand
            && let Some(deadline) = &mut runs.deadline
            && waited > 0
        {
            deadline.value = Duration::from_millis(duration + near(waited, 20));
        }
    }
    for quota in project.quotas.values_mut() {
        if let Some(gpu) = &mut quota.gpu
            && let Some(name) = free.gpu_of(&choice)
        {
            gpu.value = name;
            (quota.provider, quota.region) = (None, None);
        }
        let used = free.drawn(quota, &choice);
        if used > 1 {
            let less = used.saturating_sub(u64::try_from(dice.between(1, 4)).unwrap());
            quota.max = u32::try_from(less.max(1)).unwrap();
        }
    }
    Some(project)
}
