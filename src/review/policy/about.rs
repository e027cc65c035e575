//! What each rule is, in words: one table for listings, messages and documents.

use crate::model::{Rule, Strictness, Thresholds};
use crate::units::{Duration, Millionths, Money};

/// What a rule is.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// How strictly it is held where nobody says.
    pub strictness: Strictness,
    /// One sentence: what holds where it is kept.
    pub kept: &'static str,
    /// One sentence: why that matters.
    pub why: &'static str,
    /// One way to keep it.
    pub hint: &'static str,
    /// Its thresholds as they are where nobody says, as arguments of its block.
    pub thresholds: &'static str,
}

/// What a rule is.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table with a row for each rule")]
pub const fn about(rule: Rule) -> About {
    use Strictness::{Note, Warn};

    let (strictness, [kept, why, hint, thresholds]) = match rule {
        Rule::GpuWithoutLifetime => (
            Warn,
            [
                "GPUs outside production have a time by which they are gone.",
                "A forgotten GPU costs as much as a used one.",
                "give the stage a `max_lifetime`, e.g. \"12h\"",
                "production = [\"prod\", \"production\"]",
            ],
        ),
        Rule::SpotWithoutCheckpoint => (
            Warn,
            [
                "Long work on spot nodes is saved on the way.",
                "An interruption near its end costs the whole run again.",
                "set `checkpoint_every = \"auto\"` in `interruption`, or don't tolerate interruptions",
                "max_rerun = \"1h\"",
            ],
        ),
        Rule::CrossRegionData => (
            Note,
            [
                "No stage pays much for data from other regions.",
                "Every run pays again for the same way.",
                "keep a copy of the data where it is read, or name that region in `requirements`",
                "max_monthly = 10",
            ],
        ),
        Rule::PublicExposure => (
            Warn,
            [
                "No port of a node is open to the whole internet.",
                "What answers there answers everybody.",
                "name the networks that need it in `open_to`, e.g. \"10.0.0.0/8\"",
                "",
            ],
        ),
        Rule::UnpricedItems => (
            Note,
            [
                "All that costs is in the bill.",
                "What isn't priced comes on top of what the plan says.",
                "accept by name what is known to be small: `accepted = [\"boot disks\"]`",
                "accepted = []",
            ],
        ),
        Rule::IdleReplicas => (
            Warn,
            [
                "No service keeps much more than its traffic needs.",
                "Replicas that wait for traffic are paid like those that have some.",
                "lower `min` in `replicas`, or let services share nodes with `share`",
                "max_monthly = 100, max_idle = 0.5",
            ],
        ),
        Rule::StaleCatalog => (
            Note,
            [
                "Prices are of late.",
                "A plan is as good as the prices that it was made from.",
                "update the catalogs and lock them anew with `mlinfra catalog lock`",
                "max_age = \"90d\"",
            ],
        ),
        Rule::NoOwner => (
            Note,
            [
                "A team pays for the project and somebody answers for it.",
                "Nobody asks about a cost that is nobody's.",
                "give the `project` block a `team` and an `owner`",
                "",
            ],
        ),
    };
    About {
        strictness,
        kept,
        why,
        hint,
        thresholds,
    }
}

/// From where on a rule is broken where nobody says.
#[must_use]
pub fn usual(rule: Rule) -> Thresholds {
    let nothing = Thresholds::default();
    match rule {
        Rule::GpuWithoutLifetime => Thresholds {
            production: Some(["prod", "production"].map(str::to_owned).into()),
            ..nothing
        },
        Rule::SpotWithoutCheckpoint => Thresholds {
            max_rerun: Some(Duration::from_hours(1)),
            ..nothing
        },
        Rule::CrossRegionData => Thresholds {
            max_monthly: Some(Money::from_micro_usd(10_000_000)),
            ..nothing
        },
        Rule::UnpricedItems => Thresholds {
            accepted: Some([].into()),
            ..nothing
        },
        Rule::IdleReplicas => Thresholds {
            max_monthly: Some(Money::from_micro_usd(100_000_000)),
            max_idle: Some(Millionths::new(500_000)),
            ..nothing
        },
        Rule::StaleCatalog => Thresholds {
            max_age: Some(Duration::from_hours(90 * 24)),
            ..nothing
        },
        Rule::PublicExposure | Rule::NoOwner => nothing,
    }
}
