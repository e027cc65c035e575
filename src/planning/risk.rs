//! What interruptions of spot nodes do to a stage: how often they come, how much longer its runs
//! take, and how surely they end in time.
//!
//! Three clouds publish interruptions in three units, or not at all. Here they are all one: the
//! expected number of interruptions of one node in one hour of running. Where nothing is published,
//! what is assumed comes from measured traces and isn't hopeful, and it is marked.

use super::shape::Shape;
use super::sizing::{self, Sizing, sum};
use super::spot::{Checkpoints, Expected, Hazard, Job};
use super::step::Step;
use crate::catalog::{InterruptionBucket, SourceIndex};
use crate::model::{
    CheckpointEvery, Demand, Interruption, Project, ProviderName, Stage, StageKind,
};
use crate::units::{Duration, Millionths};

/// Interruptions of a GPU node per hour where nothing is published: one in four hours, the median
/// of 20 published traces of K80 and V100 spot nodes on AWS (2022 and 2023; 0.7 to 22 hours).
const ASSUMED_GPU: f64 = 0.25;

/// Interruptions of a node without GPUs per hour where nothing is published: one in twenty hours,
/// which is an eviction rate of 5 % in Azure's unit, the upper end of its lowest class.
const ASSUMED_CPU: f64 = 0.05;

/// Time to get a node again, its start included, when one was taken away. Another zone or type from
/// the plan's fallbacks is there within minutes; a pool that is used up may stay so for hours.
const REACQUIRE: Duration = Duration::from_millis(10 * 60 * 1000);

/// What saving once costs when the spec says how often and not what.
const CHECKPOINT_COST: Duration = Duration::from_millis(60 * 1000);

/// What loading the last save takes when the spec doesn't say.
const RESTORE: Duration = Duration::from_millis(2 * 60 * 1000);

/// How surely spot must meet a deadline when the spec doesn't say.
pub(crate) const CONFIDENCE: Millionths = Millionths::new(990_000);

/// Where an interruption rate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HazardSource {
    /// The spec gives it.
    Spec,
    /// A class that the provider publishes, taken at its upper end.
    Published(InterruptionBucket, SourceIndex),
    /// A class that the provider publishes and that has no upper end, so that the rate is assumed.
    Unbounded(InterruptionBucket, SourceIndex),
    /// Nobody publishes it.
    Assumed,
}

/// How often one node is interrupted, and who says so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Threat {
    pub(crate) hazard: Hazard,
    pub(crate) source: HazardSource,
}

/// What interruptions do to a stage on an offering.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Risk {
    /// Of one node.
    pub(crate) threat: Threat,
    /// Nodes that are of use only all together: one that goes stops them all.
    pub(crate) gang: u32,
    /// One run with its interruptions, start-up aside; `None` for a service.
    pub(crate) expected: Option<Expected>,
    /// How surely a run ends by its deadline, at least; `None` without one.
    pub(crate) in_time: Option<f64>,
}

/// What threatens spot nodes of a stage, by provider and published class.
#[derive(Debug)]
pub(crate) struct Threats<'a> {
    stage: &'a Stage,
    project: &'a Project,
}

impl<'a> Threats<'a> {
    pub(crate) const fn new(stage: &'a Stage, project: &'a Project) -> Self {
        Self { stage, project }
    }

    /// The threat to one node of an offering; `published` is what the catalogs know of it.
    pub(crate) fn of(
        &self,
        provider: ProviderName,
        gpu: bool,
        published: Option<(InterruptionBucket, SourceIndex)>,
    ) -> Threat {
        let of_provider = self.project.providers.get(&provider);
        let given = self.stage.interruption.per_hour.as_ref();
        let given = given.or(of_provider.and_then(|p| p.interruptions_per_hour.as_ref()));
        if let Some(per_hour) = given {
            return Threat {
                hazard: rate(fraction(per_hour.value)),
                source: HazardSource::Spec,
            };
        }
        match published.map(|(bucket, source)| (bucket.share_of_month().1, bucket, source)) {
            Some((Some(most), bucket, source)) => Threat {
                hazard: Hazard::from_share_of_month(fraction(most)).unwrap_or(rate(ASSUMED_CPU)),
                source: HazardSource::Published(bucket, source),
            },
            unbounded => Threat {
                hazard: rate(if gpu { ASSUMED_GPU } else { ASSUMED_CPU }),
                source: unbounded.map_or(HazardSource::Assumed, |(_, bucket, source)| {
                    HazardSource::Unbounded(bucket, source)
                }),
            },
        }
    }
}

/// A rate that is finite and not negative, as all here are.
fn rate(per_hour: f64) -> Hazard {
    Hazard::per_hour(per_hour).unwrap_or(Hazard::NONE)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a probability or a rate, far from 2⁵³ millionths"
)]
pub(crate) fn fraction(value: Millionths) -> f64 {
    value.get() as f64 / 1e6
}

/// A run of this stage as the arithmetic of interruptions sees it.
pub(crate) fn job(interruption: &Interruption, work: Duration) -> Job {
    let cost = interruption.checkpoint_cost.unwrap_or(CHECKPOINT_COST);
    let (checkpoints, restore) = match interruption.checkpoint_every {
        CheckpointEvery::Never => (Checkpoints::Never, Duration::ZERO),
        CheckpointEvery::Auto => (
            Checkpoints::Auto { cost },
            interruption.restore.unwrap_or(RESTORE),
        ),
        CheckpointEvery::Every(interval) => (
            Checkpoints::Every { interval, cost },
            interruption.restore.unwrap_or(RESTORE),
        ),
    };
    Job {
        work,
        checkpoints,
        restore,
        reacquire: REACQUIRE,
    }
}

/// Nodes of a run that are of use only all together: those of a training job are; data is processed
/// in parts, and a part that is lost is done again.
pub(crate) fn gang(stage: &Stage, nodes: u32) -> u32 {
    if stage.kind == StageKind::Training {
        nodes
    } else {
        1
    }
}

/// The sizing with interruptions: longer, and not at all where they can't be lived with.
pub(crate) fn interrupted(
    stage: &Stage,
    calm: &Sizing,
    threat: Threat,
    shape: &Shape,
) -> Result<Sizing, Step> {
    let gang = gang(stage, calm.nodes);
    let Demand::Runs(runs) = &stage.demand else {
        return Ok(service(calm, threat));
    };
    let job = job(&stage.interruption, calm.work);
    let hazard = threat.hazard.of_gang(gang);
    let expected = job.expected(hazard).ok_or(Step::Interruptions)?;
    let in_time = runs.deadline.as_ref().map(|deadline| {
        let left = deadline
            .value
            .millis()
            .saturating_sub(calm.startup.millis());
        job.probability_within(hazard, Duration::from_millis(left))
    });
    let wanted = runs.deadline_confidence.as_ref();
    let wanted = wanted.map_or(CONFIDENCE, |share| share.value);
    if in_time.is_some_and(|surely| surely < fraction(wanted)) {
        return Err(Step::DeadlineRisk);
    }
    let duration = sum(calm.startup, expected.time);
    Ok(Sizing {
        duration,
        node_millis: sizing::node_millis(duration, calm.nodes, shape),
        risk: Some(Risk {
            threat,
            gang,
            expected: Some(expected),
            in_time,
        }),
        ..calm.clone()
    })
}

/// A service pays the start of another node for every one that goes.
fn service(calm: &Sizing, threat: Threat) -> Sizing {
    let longer = 1.0 + threat.hazard.get() * hours(calm.startup);
    Sizing {
        node_millis: times(calm.node_millis, longer),
        risk: Some(Risk {
            threat,
            gang: 1,
            expected: None,
            in_time: None,
        }),
        ..calm.clone()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an expectation; 2⁵³ ms are 285,000 years"
)]
pub(crate) fn hours(duration: Duration) -> f64 {
    duration.millis() as f64 / 3.6e6
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an expectation, rounded once to a whole millisecond; casts saturate"
)]
fn times(node_millis: u128, factor: f64) -> u128 {
    (node_millis as f64 * factor).round() as u128
}
