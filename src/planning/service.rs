//! How many replicas of a service stand at each hour of the day.

use super::hours;
use super::queueing::{self, Queue};
use super::scaling::{self, Scaled};
use super::seconds;
use super::shape::Shape;
use super::sizing::{Answers, MONTH, MONTH_MILLIS_BY_HOUR, Sizing, startup};
use super::step::Step;
use crate::catalog::Catalog;
use crate::model::{Replicas, Throughput, Traffic};
use crate::units::Millionths;

/// Share of a replica's measured throughput that planning counts on, as a fraction: queues grow
/// without bound as a server nears its full rate.
pub(crate) const HEADROOM: (u64, u64) = (7, 10);

/// How replicas stand on nodes.
pub(crate) struct Fleet {
    /// Nodes that one replica needs.
    pub(crate) unit: u32,
    /// Replicas that share a node.
    pub(crate) per_node: u32,
    /// Whether a replica answers requests one by one, so that waiting can be told.
    pub(crate) one_by_one: bool,
}

impl Fleet {
    /// Nodes that so many replicas stand on.
    pub(crate) fn nodes(&self, copies: u32) -> u32 {
        if self.per_node > 1 {
            copies.div_ceil(self.per_node)
        } else {
            copies.saturating_mul(self.unit)
        }
    }
}

/// Sizes a service on a shape: for every hour of the day the replicas that its traffic needs.
pub(crate) fn size(
    traffic: Option<&Traffic>,
    replicas: &Replicas,
    fleet: &Fleet,
    shape: &Shape,
    catalog: &Catalog,
) -> Result<Sizing, Step> {
    let (rps, estimated_from) = throughput(replicas, shape, catalog)?;
    let day = copies_by_hour(traffic, replicas, rps, fleet)?;
    let by_hour = day.copies.map(|copies| fleet.nodes(copies));
    let total: u64 = by_hour.iter().map(|nodes| u64::from(*nodes)).sum();
    Ok(Sizing {
        nodes: by_hour.into_iter().max().unwrap_or(0),
        replicas: day.copies.into_iter().max(),
        by_hour: Some(by_hour),
        copies_by_hour: Some(day.copies),
        needed_by_hour: Some(day.needed.map(|copies| fleet.nodes(copies))),
        startup: startup(replicas.startup, shape),
        work: MONTH,
        duration: MONTH,
        node_millis: u128::from(total) * u128::from(MONTH_MILLIS_BY_HOUR),
        runs: Millionths::ONE,
        risk: None,
        answers: answers(traffic, rps, day.copies.into_iter().max(), fleet),
        estimated_from,
        tight: day.tight,
    })
}

/// Requests per second that one replica answers here, and the GPU that was measured instead.
pub(crate) fn throughput(
    replicas: &Replicas,
    shape: &Shape,
    catalog: &Catalog,
) -> Result<(Option<u64>, Option<String>), Step> {
    match (&replicas.throughput, shape.gpu) {
        (None, _) => Ok((None, None)),
        (Some(Throughput::Fixed(rps)), _) => Ok((Some(rps.value.get()), None)),
        (Some(Throughput::PerGpu(table)), Some(gpu)) => {
            let found = scaling::for_gpu(&table.value, gpu, catalog);
            let (rps, from) = slow_down(&found.ok_or(Step::Throughput)?);
            Ok((Some(rps), from))
        }
        (Some(Throughput::PerGpu(_)), None) => Err(Step::Throughput),
    }
}

fn slow_down(scaled: &Scaled<'_, Millionths>) -> (u64, Option<String>) {
    let Some((numerator, denominator)) = scaled.slowdown else {
        return (scaled.measured.get(), None);
    };
    let slower =
        u128::from(scaled.measured.get()) * u128::from(denominator) / u128::from(numerator);
    (
        u64::try_from(slower).unwrap_or(u64::MAX),
        Some(scaled.measured_on.to_owned()),
    )
}

/// Replicas over a day.
struct Day {
    copies: [u32; 24],
    /// The same if there were no least number of them.
    needed: [u32; 24],
    /// Whether those of some hour have less head-room than planned for.
    tight: bool,
}

/// `clamp(ceil(rps of the hour / (throughput × 0.7)), min, max)`, and more where 95 % of answers
/// would come too late otherwise. An offering on which even the maximum can't answer the peak is
/// refused.
fn copies_by_hour(
    traffic: Option<&Traffic>,
    replicas: &Replicas,
    rps: Option<u64>,
    fleet: &Fleet,
) -> Result<Day, Step> {
    let (Some(traffic), Some(rps)) = (traffic, rps) else {
        return Ok(Day {
            copies: [replicas.max; 24],
            needed: [replicas.max; 24],
            tight: false,
        });
    };
    let peak = u128::from(traffic.peak_rps.value.get());
    if peak > u128::from(rps) * u128::from(replicas.max) {
        return Err(Step::Throughput);
    }
    let latency = traffic.p95_latency.as_ref().filter(|_| fleet.one_by_one);
    let mut day = Day {
        copies: [0; 24],
        needed: [0; 24],
        tight: false,
    };
    let shares = hours::shares(&traffic.hourly);
    for (hour, share) in shares.iter().enumerate() {
        // Sorted out once for each share: a day has few different ones.
        if let Some(same) = shares[..hour].iter().position(|earlier| earlier == share) {
            day.copies[hour] = day.copies[same];
            day.needed[hour] = day.needed[same];
            continue;
        }
        let now = peak * u128::from(share.get()) / u128::from(Millionths::ONE.get());
        let mut wanted = with_headroom(now, rps);
        if let Some(limit) = latency {
            let (now, each) = (per_second(now), per_second(rps.into()));
            let answered = queueing::replicas_for(now, each, limit.value, replicas.max);
            wanted = wanted.max(answered.ok_or(Step::Latency)?);
        }
        day.tight |= wanted > replicas.max;
        day.copies[hour] = wanted.clamp(replicas.min, replicas.max);
        day.needed[hour] = wanted.min(replicas.max);
    }
    Ok(day)
}

/// How soon requests are answered at the busiest hour.
fn answers(
    traffic: Option<&Traffic>,
    rps: Option<u64>,
    copies: Option<u32>,
    fleet: &Fleet,
) -> Option<Answers> {
    let traffic = traffic.filter(|t| fleet.one_by_one && t.p95_latency.is_some())?;
    let (peak, each) = (traffic.peak_rps.value.get(), rps?);
    let queue = Queue::new(copies?, per_second(peak.into()), per_second(each.into()))?;
    Some(Answers {
        waiting_percent: percent(queue.probability_of_waiting()),
        mean_wait: seconds::to_duration(queue.mean_wait(), MONTH)?,
        p95: seconds::to_duration(queue.percentile_of_answers(queueing::IN_TIME), MONTH)?,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a probability, rounded up to a whole percent"
)]
fn percent(probability: f64) -> u32 {
    (probability * 100.0).ceil() as u32
}

fn with_headroom(now: u128, rps: u64) -> u32 {
    let usable = u128::from(rps) * u128::from(HEADROOM.0);
    let wanted = if usable == 0 {
        0
    } else {
        (now * u128::from(HEADROOM.1)).div_ceil(usable)
    };
    u32::try_from(wanted).unwrap_or(u32::MAX)
}

/// Millionths of requests per second as a number for queueing theory.
#[expect(
    clippy::cast_precision_loss,
    reason = "an expectation, far from 2⁵³ millionths"
)]
fn per_second(millionths: u128) -> f64 {
    millionths as f64 / 1e6
}
