//! The built-in rules: who breaks each, and how.

use super::exposure::is_public;
use super::judge::Judged;
use super::terms::Terms;
use crate::diagnostics::Origin;
use crate::model::{CapacityType, Location, Rule, Stage};
use crate::planning::plan::{Movement, PlannedStage};
use crate::units::{Date, Money};

/// One who breaks a rule.
#[derive(Debug, Clone)]
pub(super) struct Breach {
    /// The address; `None` for the plan as a whole.
    pub(super) subject: Option<String>,
    /// What was found, in one sentence.
    pub(super) message: String,
    /// Where in the spec that is.
    pub(super) origin: Option<Origin>,
}

/// Who breaks a rule; `None` when that can't be told from what is at hand.
pub(super) fn breaches(
    rule: Rule,
    judged: &Judged<'_>,
    terms: &Terms,
    today: Date,
) -> Option<Vec<Breach>> {
    match rule {
        Rule::GpuWithoutLifetime => gpu_without_lifetime(judged, terms),
        Rule::SpotWithoutCheckpoint => Some(spot_without_checkpoint(judged, terms)),
        Rule::CrossRegionData => Some(cross_region_data(judged, terms)),
        Rule::PublicExposure => public_exposure(judged),
        Rule::UnpricedItems => Some(unpriced_items(judged, terms)),
        Rule::IdleReplicas => Some(idle_replicas(judged, terms)),
        Rule::StaleCatalog => Some(stale_catalog(judged, terms, today)),
        Rule::NoOwner => Some(no_owner(judged)),
    }
}

impl Judged<'_> {
    /// A stage as the spec has it.
    fn written(&self, stage: &PlannedStage) -> Option<&Stage> {
        self.spec.as_ref()?.project.stages.get(&stage.name)
    }

    fn breach(
        &self,
        stage: &PlannedStage,
        message: String,
        origin: impl FnOnce(&Stage) -> Option<Origin>,
    ) -> Breach {
        let written = self.written(stage);
        Breach {
            subject: Some(format!("stage.{}", stage.name)),
            message,
            origin: written.map(|stage| origin(stage).unwrap_or(stage.origin)),
        }
    }

    /// One about the plan as a whole.
    fn whole(&self, message: String) -> Breach {
        Breach {
            subject: None,
            message,
            origin: self.spec.as_ref().map(|spec| spec.project.origin),
        }
    }
}

/// What is owned isn't made, so it needs no end. Where several stages share nodes, these live as long
/// as the shortest of them says.
fn gpu_without_lifetime(judged: &Judged<'_>, terms: &Terms) -> Option<Vec<Breach>> {
    let project = judged.spec.as_ref()?.project;
    let production = terms.thresholds.production.as_ref();
    let outside = judged.plan.project.labels.get("env");
    let Some(env) = outside.filter(|env| !production.is_some_and(|names| names.contains(*env)))
    else {
        return Some(Vec::new());
    };
    let ends = |holder: &PlannedStage| {
        let mut riders = judged.plan.stages.iter().filter(|stage| {
            stage.name == holder.name || stage.nodes_of.as_ref() == Some(&holder.name)
        });
        riders.any(|rider| {
            let stage = project.stages.get(&rider.name);
            stage.is_some_and(|stage| stage.max_lifetime.is_some())
        })
    };
    let endless = judged.plan.stages.iter().filter(|stage| {
        let made = stage.placement.location.provider != Location::ONPREM;
        made && stage.placement.gpu.is_some() && holds_nodes(stage) && !ends(stage)
    });
    let breach = |stage: &PlannedStage| {
        let message = format!(
            "Stage `{}` has GPUs in `{env}` and no `max_lifetime`, so nothing ends them but people.",
            stage.name
        );
        judged.breach(stage, message, |_| None)
    };
    Some(endless.map(breach).collect())
}

/// Whether a stage has nodes of its own.
pub(super) fn holds_nodes(stage: &PlannedStage) -> bool {
    let holder = stage.nodes_of.as_ref();
    holder.is_none_or(|holder| *holder == stage.name)
}

/// Services lose nothing when a replica goes: others answer.
fn spot_without_checkpoint(judged: &Judged<'_>, terms: &Terms) -> Vec<Breach> {
    let risky = judged.plan.stages.iter().filter(|stage| {
        let saved = stage.interruptions.as_ref();
        let saved = saved.is_some_and(|risk| risk.checkpoint_every.is_some());
        let run = stage.usage.nodes_by_hour.is_none();
        let long = terms.thresholds.max_rerun < Some(stage.usage.work);
        stage.placement.capacity_type == CapacityType::Spot && run && long && !saved
    });
    let breach = |stage: &PlannedStage| {
        let message = format!(
            "Stage `{}` works {} on spot nodes and saves nothing on the way, so an interruption begins \
             it again.",
            stage.name, stage.usage.work
        );
        judged.breach(stage, message, |stage| stage.interruption.origin)
    };
    risky.map(breach).collect()
}

fn cross_region_data(judged: &Judged<'_>, terms: &Terms) -> Vec<Breach> {
    let most = terms.thresholds.max_monthly.unwrap_or_default();
    let breach = |stage: &PlannedStage| {
        let far = stage.movements.iter();
        let far: Vec<&Movement> = far
            .filter(|movement| movement.from != stage.placement.location)
            .collect();
        let cost: Money = far.iter().map(|movement| movement.cost).sum();
        let dearest = far.iter().max_by_key(|movement| movement.cost)?;
        if cost <= most {
            return None;
        }
        let message = format!(
            "Stage `{}` in {} pays USD {} per month for data from elsewhere, most of it for `{}` from {}.",
            stage.name,
            stage.placement.location,
            cost.cents(),
            dearest.name,
            dearest.from
        );
        Some(judged.breach(stage, message, |stage| {
            stage.reads.get(&dearest.name).map(|read| read.origin)
        }))
    };
    judged.plan.stages.iter().filter_map(breach).collect()
}

fn public_exposure(judged: &Judged<'_>) -> Option<Vec<Breach>> {
    judged.spec.as_ref()?;
    let breach = |stage: &PlannedStage| {
        let nodes = &judged.written(stage)?.nodes;
        let range = nodes.open_to.iter().find(|range| is_public(range))?;
        let ports: Vec<String> = nodes.open_ports.iter().map(u16::to_string).collect();
        if ports.is_empty() {
            return None;
        }
        let message = format!(
            "Nodes of stage `{}` answer all of {range} on port{} {}.",
            stage.name,
            if ports.len() == 1 { "" } else { "s" },
            ports.join(", ")
        );
        Some(judged.breach(stage, message, |stage| stage.nodes.origin))
    };
    Some(judged.plan.stages.iter().filter_map(breach).collect())
}

fn unpriced_items(judged: &Judged<'_>, terms: &Terms) -> Vec<Breach> {
    let accepted = terms.thresholds.accepted.as_ref();
    let missing: Vec<&str> = judged
        .plan
        .not_priced
        .iter()
        .filter(|name| !accepted.is_some_and(|names| names.contains(*name)))
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let message = format!("The bill is without: {}.", missing.join("; "));
    vec![judged.whole(message)]
}

fn idle_replicas(judged: &Judged<'_>, terms: &Terms) -> Vec<Breach> {
    let most = terms.thresholds.max_monthly.unwrap_or_default();
    let share = terms.thresholds.max_idle.unwrap_or_default();
    let breach = |stage: &PlannedStage| {
        let paid = stage.costs.compute;
        let needed = stage.scaling?.scaled_to_zero;
        let idle = paid - needed;
        if idle <= most || idle <= paid.share(share) {
            return None;
        }
        let message = format!(
            "Of the USD {} per month that nodes of stage `{}` cost, {} is for more than its traffic needs.",
            paid.cents(),
            stage.name,
            idle.cents()
        );
        Some(judged.breach(stage, message, |_| None))
    };
    judged.plan.stages.iter().filter_map(breach).collect()
}

fn stale_catalog(judged: &Judged<'_>, terms: &Terms, today: Date) -> Vec<Breach> {
    const DAY: u64 = 86_400_000;

    let most = terms.thresholds.max_age.unwrap_or_default();
    let stale = judged.plan.inputs.catalogs.iter().filter(|catalog| {
        // A catalog of tomorrow isn't stale.
        let days = u64::try_from(catalog.as_of.days_until(today)).unwrap_or(0);
        days.saturating_mul(DAY) > most.millis()
    });
    let named: Vec<String> = stale
        .map(|catalog| format!("`{}` is of {}", catalog.name, catalog.as_of))
        .collect();
    if named.is_empty() {
        return Vec::new();
    }
    // One message for all of them: they are refreshed together.
    vec![judged.whole(format!(
        "Catalogs may be {} days old at most, and {}.",
        most.millis() / DAY,
        named.join(", ")
    ))]
}

fn no_owner(judged: &Judged<'_>) -> Vec<Breach> {
    let project = &judged.plan.project;
    let missing = match (&project.team, &project.owner) {
        (Some(_), Some(_)) => return Vec::new(),
        (None, Some(_)) => "no `team` that pays",
        (Some(_), None) => "no `owner` who answers for it",
        (None, None) => "no `team` that pays and no `owner` who answers for it",
    };
    vec![judged.whole(format!("Project `{}` names {missing}.", project.name))]
}
