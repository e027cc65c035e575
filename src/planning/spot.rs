//! How long a job takes, and how surely it is done in time, on nodes that may be taken away.
//!
//! Interruptions are taken as a Poisson process: independent of each other and of how long a node
//! has run. `checkpointing` has the expectations, `deadline` the bound on the probability; here are
//! the types that the planner speaks. Nothing here knows prices.

mod checkpointing;
mod deadline;
#[cfg(test)]
mod tests;

use super::seconds;
use crate::units::Duration;

/// Hours of an average month, as everywhere in the plan.
const HOURS_PER_MONTH: f64 = 730.0;
const SECONDS_PER_HOUR: f64 = 3600.0;

/// A job that is expected to take longer is taken never to end: nobody waits for 100 years.
const ENDLESS: Duration = Duration::from_hours(100 * 365 * 24);

/// How often a node is taken away: expected interruptions per hour, at least 0 and finite.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Hazard(f64);

impl Hazard {
    /// Never interrupted.
    pub(crate) const NONE: Self = Self(0.0);

    /// From interruptions per hour; `None` when negative or not finite.
    pub(crate) fn per_hour(interruptions: f64) -> Option<Self> {
        (interruptions >= 0.0 && interruptions.is_finite()).then_some(Self(interruptions))
    }

    /// From the share of nodes interrupted within a month, as the buckets of AWS give it:
    /// `−ln(1 − p) / 730`. `None` unless `0 ≤ p < 1`.
    pub(crate) fn from_share_of_month(share: f64) -> Option<Self> {
        let hazard = Self::from_share_of_hour(share)?;
        Self::per_hour(hazard.0 / HOURS_PER_MONTH)
    }

    /// From the share of nodes interrupted within an hour, as Azure's eviction rates give it:
    /// `−ln(1 − p)`. `None` unless `0 ≤ p < 1`.
    pub(crate) fn from_share_of_hour(share: f64) -> Option<Self> {
        let is_share = (0.0..1.0).contains(&share);
        is_share.then(|| Self((-(-share).ln_1p()).max(0.0)))
    }

    /// Of `nodes` nodes that can only work together: the first one lost stops all.
    #[must_use]
    pub(crate) fn of_gang(self, nodes: u32) -> Self {
        Self((self.0 * f64::from(nodes)).min(f64::MAX))
    }

    /// Interruptions per hour.
    pub(crate) fn get(self) -> f64 {
        self.0
    }

    /// Mean time between interruptions in hours; infinite without any.
    pub(crate) fn mean_hours(self) -> f64 {
        1.0 / self.0
    }

    fn per_second(self) -> f64 {
        self.0 / SECONDS_PER_HOUR
    }
}

/// When a job saves its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checkpoints {
    /// Never: an interrupted job starts from the beginning.
    Never,
    /// After every `interval` of work, each time for `cost`.
    Every {
        /// Work between two checkpoints.
        interval: Duration,
        /// Time in which saving stops the work.
        cost: Duration,
    },
    /// Whenever is best, or never if that is better.
    Auto {
        /// Time in which saving stops the work.
        cost: Duration,
    },
}

/// A job and what an interruption does to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    /// Time of the work alone, without interruptions and checkpoints.
    pub(crate) work: Duration,
    /// When state is saved.
    pub(crate) checkpoints: Checkpoints,
    /// Time from having a node again to working again.
    pub(crate) restore: Duration,
    /// Time until there is a node again.
    pub(crate) reacquire: Duration,
}

/// What to expect of a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Expected {
    /// Expected time from start to end: work, checkpoints, lost work, restores and waiting for
    /// nodes.
    pub(crate) time: Duration,
    /// Work between two checkpoints; `None` when none is made, zero when saving is free and so
    /// done all the time.
    pub(crate) interval: Option<Duration>,
    /// Expected number of interruptions.
    pub(crate) interruptions: f64,
}

impl Job {
    /// Returns what to expect, or `None` when the job would take more than 100 years.
    pub(crate) fn expected(&self, hazard: Hazard) -> Option<Expected> {
        let (schedule, total) = self.best(hazard);
        let time = seconds::to_duration(total, ENDLESS)?;
        let interval = match schedule.interval {
            Some(interval) => Some(seconds::to_duration(interval, ENDLESS)?),
            None => None,
        };
        // A job runs for F/λ in all, until its F interruptions have come, and waits for F·D.
        let rate = hazard.per_second();
        let interruptions = rate * total / (1.0 + rate * seconds::of(self.reacquire));
        Some(Expected {
            time,
            interval,
            interruptions,
        })
    }

    /// Returns a proven lower bound, up to rounding of about 10⁻⁸, on the probability that the job
    /// is done within `limit`, with the checkpoints that [`expected`](Self::expected) goes by.
    pub(crate) fn probability_within(&self, hazard: Hazard, limit: Duration) -> f64 {
        let (schedule, _) = self.best(hazard);
        let outage = deadline::Outage {
            rate: hazard.per_second(),
            restore: seconds::of(self.restore),
            reacquire: seconds::of(self.reacquire),
        };
        deadline::probability(seconds::of(self.work), schedule, outage, seconds::of(limit))
    }

    /// Returns the hazard at which the job is expected to take `factor` times its work.
    ///
    /// Beyond it, spot nodes at a rate `r` cost more than nodes that stay at `factor · r`. `None`
    /// when there is no such hazard: spot pays at none (`factor` isn't above what checkpoints alone
    /// take), or at any (interruptions cost no time).
    pub(crate) fn break_even(&self, factor: f64) -> Option<Hazard> {
        let aim = seconds::of(self.work) * factor;
        let exceeds = |rate: f64| self.best(Hazard(rate)).1 > aim;
        // From once in a million years to a thousand times a second; beyond either, no answer
        // would mean anything.
        let (mut low, mut high) = (1e-10_f64, 3.6e6_f64);
        if !aim.is_finite() || exceeds(low) || !exceeds(high) {
            return None;
        }
        // 17 powers of ten halved 64 times leave less than a float can tell apart.
        for _ in 0..64 {
            let middle = (low * high).sqrt();
            if exceeds(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(Hazard(low))
    }

    /// The checkpoints made and the expected seconds with them, which may be infinite.
    fn best(&self, hazard: Hazard) -> (checkpointing::Schedule, f64) {
        let work = seconds::of(self.work);
        let time = |schedule| self.time(schedule, hazard);
        let never = checkpointing::Schedule::NEVER;
        match self.checkpoints {
            Checkpoints::Every { interval, cost } if interval < self.work => {
                let every = checkpointing::Schedule {
                    interval: Some(seconds::of(interval)),
                    cost: seconds::of(cost),
                };
                (every, time(every))
            }
            // With the first checkpoint due after the end, none is made.
            Checkpoints::Never | Checkpoints::Every { .. } => (never, time(never)),
            Checkpoints::Auto { cost } => {
                let cost = seconds::of(cost);
                let mean = hazard.per_second().recip();
                let auto = checkpointing::Schedule {
                    interval: Some(checkpointing::best_interval(cost, mean, work)),
                    cost,
                };
                let (with, without) = (time(auto), time(never));
                if with < without {
                    (auto, with)
                } else {
                    (never, without)
                }
            }
        }
    }

    fn time(&self, schedule: checkpointing::Schedule, hazard: Hazard) -> f64 {
        let work = seconds::of(self.work);
        if work == 0.0 {
            return 0.0;
        }
        let interval = schedule.interval.unwrap_or(work);
        checkpointing::expected(
            work,
            schedule.cost,
            seconds::of(self.restore),
            seconds::of(self.reacquire),
            hazard.per_second().recip(),
            interval,
        )
    }
}
