use std::collections::BTreeMap;

use serde::Serialize;

use super::{Origin, Written};
use crate::units::{Duration, Millionths};

/// How much a stage runs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// A job that runs so many times a month and ends.
    Runs(Runs),
    /// A service that is always on.
    AlwaysOn {
        /// Requests over the day; replicas stand at their maximum when not given.
        traffic: Option<Traffic>,
        /// How many copies, and how much each can answer.
        replicas: Replicas,
    },
}

/// A `run` block.
#[derive(Debug, Clone, Serialize)]
pub struct Runs {
    /// How long one run takes.
    pub work: Work,
    /// How often.
    pub per_month: RunsPerMonth,
    /// Longest time from start to end of a run.
    pub deadline: Option<Written<Duration>>,
    /// Probability, above 0 and below 1, with which spot capacity must meet the deadline; 0.99 when
    /// not given. Only where there is a deadline.
    pub deadline_confidence: Option<Written<Millionths>>,
    /// Time until a new node works; when not given, planning decides by where the node is.
    pub startup: Option<Duration>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// How long one run takes on the number of GPUs or vCPUs that the stage requires.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// The same on whatever meets the requirements: `duration = "3h"`.
    Fixed(Written<Duration>),
    /// Measured by GPU name: `work = { A100 = "40h" }`; other GPUs are scaled and marked.
    PerGpu(Written<BTreeMap<String, Duration>>),
}

/// How often a stage runs.
#[derive(Debug, Clone, Serialize)]
pub struct RunsPerMonth {
    /// Runs in a month of 730 hours.
    pub runs: Millionths,
    /// The cron expression that it comes from, if it does.
    pub schedule: Option<String>,
    /// Minutes of the week (UTC, 0 being Sunday 00:00) at which the schedule may start a run, sorted;
    /// `None` without a schedule. A day of the month may fall on any day of the week. Not serialized:
    /// `schedule` says the same.
    #[serde(skip)]
    pub starts: Option<Vec<u16>>,
}

/// A `traffic` block.
#[derive(Debug, Clone, Serialize)]
pub struct Traffic {
    /// Requests per second at the busiest hour.
    pub peak_rps: Written<Millionths>,
    /// The shape of a day.
    pub hourly: TrafficShape,
    /// Longest answer time of 95 % of requests.
    pub p95_latency: Option<Written<Duration>>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// The shape of a day's traffic, as shares of the peak.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrafficShape {
    /// The peak all day.
    Flat,
    /// Full from 9 to 17, shoulders around it, little at night.
    OfficeHours,
    /// 24 shares, hour by hour from midnight.
    Custom(Vec<Millionths>),
}

/// A `replicas` block.
#[derive(Debug, Clone, Serialize)]
pub struct Replicas {
    /// Fewest copies.
    pub min: u32,
    /// Most copies.
    pub max: u32,
    /// Requests per second that one copy answers.
    pub throughput: Option<Throughput>,
    /// Time until a new node works; when not given, planning decides by where the node is.
    pub startup: Option<Duration>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// Requests per second of one replica.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Throughput {
    /// The same on whatever meets the requirements: `throughput_rps = 20`.
    Fixed(Written<Millionths>),
    /// Measured by GPU name: `throughput_rps = { A2 = 9 }`; other GPUs are scaled and marked.
    PerGpu(Written<BTreeMap<String, Millionths>>),
}

/// An `interruption` block. Without one, a stage must not be interrupted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Interruption {
    /// Whether spot capacity may be used.
    pub tolerated: bool,
    /// How often state is saved.
    pub checkpoint_every: CheckpointEvery,
    /// What saving once takes.
    pub checkpoint_cost: Option<Duration>,
    /// What loading the last save takes.
    pub restore: Option<Duration>,
    /// Expected interruptions of one node per hour; the provider's figure when not given.
    pub per_hour: Option<Written<Millionths>>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Option<Origin>,
}

/// How often state is saved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckpointEvery {
    /// Never: an interrupted run starts again.
    #[default]
    Never,
    /// As often as is cheapest.
    Auto,
    /// At this interval.
    Every(Duration),
}
