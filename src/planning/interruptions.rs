//! What the plan says of interruptions: how often, how surely in time, and when on demand pays.

use super::Planner;
use super::candidate::{Candidate, Offered};
use super::plan::{HazardCited, Interruptions};
use super::risk::{self, HazardSource, Risk};
use super::spot::Hazard;
use crate::model::{CapacityType, Demand, Stage};
use crate::units::{Duration, Millionths, Rate};

impl<'a> Planner<'a> {
    pub(super) fn interruptions(
        &self,
        stage: &Stage,
        candidate: &Candidate<'a>,
    ) -> Option<Interruptions> {
        let risk = candidate.sizing.risk.as_ref()?;
        let of_month = || risk.threat.hazard.get() * 730.0 * f64::from(candidate.sizing.nodes);
        Some(Interruptions {
            mean_between: between(risk.threat.hazard),
            source: self.cite_hazard(risk.threat.source),
            gang: risk.gang,
            count: millionths(
                risk.expected
                    .as_ref()
                    .map_or_else(of_month, |e| e.interruptions),
            ),
            checkpoint_every: risk.expected.as_ref().and_then(|e| e.interval),
            in_time: risk.in_time.map(millionths),
            break_even: self
                .break_even(stage, candidate, risk)
                .map(between)
                .filter(|time| *time > Duration::ZERO),
        })
    }

    fn cite_hazard(&self, source: HazardSource) -> HazardCited {
        match source {
            HazardSource::Spec => HazardCited::Given,
            HazardSource::Assumed => HazardCited::Assumed,
            HazardSource::Unbounded(bucket, source) => HazardCited::Unbounded {
                class: bucket.label().to_owned(),
                source: self.catalog.source(source).citation(),
            },
            HazardSource::Published(bucket, source) => HazardCited::Published {
                class: bucket.label().to_owned(),
                source: self.catalog.source(source).citation(),
            },
        }
    }

    /// How often a node may be interrupted before the same nodes on demand cost less.
    fn break_even(&self, stage: &Stage, candidate: &Candidate<'a>, risk: &Risk) -> Option<Hazard> {
        let Demand::Runs(_) = stage.demand else {
            return None;
        };
        let on_demand = self.on_demand_rate(candidate)?;
        let sizing = &candidate.sizing;
        // On demand pays for start-up and work; spot may take this many times as long as the work.
        let calm = risk::hours(sizing.startup) + risk::hours(sizing.work);
        let ratio = ratio(on_demand, candidate.rate.rate())?;
        let longer = (calm * ratio - risk::hours(sizing.startup)) / risk::hours(sizing.work);
        let job = risk::job(&stage.interruption, sizing.work);
        let of_gang = job.break_even(longer)?;
        Hazard::per_hour(of_gang.get() / f64::from(risk.gang.max(1)))
    }

    fn on_demand_rate(&self, candidate: &Candidate<'a>) -> Option<Rate> {
        let Offered::Cloud {
            place,
            instance_type,
        } = candidate.offered
        else {
            return None;
        };
        let rows = self.catalog.rows_of(instance_type);
        let row = rows.iter().find(|row| row.place == place)?;
        row.price(CapacityType::OnDemand)
            .quote()
            .map(|quote| quote.rate)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio of two rates, for an expectation"
)]
fn ratio(on_demand: Rate, spot: Rate) -> Option<f64> {
    (spot > Rate::ZERO).then(|| on_demand.pico_usd() as f64 / spot.pico_usd() as f64)
}

/// Mean time between two interruptions.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an expectation; the cast saturates"
)]
fn between(hazard: Hazard) -> Duration {
    Duration::from_millis((hazard.mean_hours() * 3.6e6).round() as u64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an expectation; the cast saturates"
)]
fn millionths(value: f64) -> Millionths {
    // Rounded down, so that a probability isn't promised that doesn't hold.
    Millionths::new((value * 1e6).floor() as u64)
}
