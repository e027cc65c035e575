//! Whether a difference is worth a comment.

use clap::ValueEnum;

use crate::review::SpecReview;
use crate::units::{Millionths, Money};

/// When a comment is made.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct When {
    /// When a comment is made. One that is there is kept true in any case, and what a policy or a
    /// budget denies is always said
    #[arg(long, value_name = "WHEN", default_value = "always")]
    when: Kind,
    /// With `--when threshold`: from this difference on, either way, in USD per month
    #[arg(long, value_name = "USD", value_parser = usd)]
    threshold: Option<Money>,
    /// With `--when threshold`: from this difference on, in percent of what it cost before
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    threshold_percent: Option<Millionths>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Always
    Always,
    /// When a stage or its cost is another
    Changes,
    /// When it costs more or less, or nobody knows
    CostChange,
    /// When it costs more or less by at least the threshold
    Threshold,
}

impl When {
    /// What is wrong with it as it was written.
    pub(super) fn mistake(&self) -> Option<&'static str> {
        let given = self.threshold.is_some() || self.threshold_percent.is_some();
        match (self.when, given) {
            (Kind::Threshold, false) => {
                Some("`--when threshold` needs `--threshold`, `--threshold-percent` or both.")
            }
            (Kind::Threshold, true) | (_, false) => None,
            (_, true) => Some("A threshold is only heeded with `--when threshold`."),
        }
    }

    /// Whether a comment is made. What can't be told is said, and so is what is denied.
    pub(super) fn is_met(&self, spec: &SpecReview) -> bool {
        spec.is_denied()
            || match self.when {
                Kind::Always => true,
                Kind::Changes => spec.changes_something(),
                Kind::CostChange => difference(spec).is_none_or(|usd| usd != 0),
                Kind::Threshold => difference(spec).is_none_or(|usd| self.exceeds(usd, spec)),
            }
    }

    fn exceeds(&self, difference: i128, spec: &SpecReview) -> bool {
        let difference = difference.saturating_abs();
        let by_amount = self.threshold.map(|least| difference >= least.micro_usd());
        let by_share = self.threshold_percent.map(|percent| {
            let before = spec.base.costs().map_or(0, |costs| costs.total.micro_usd());
            // Of nothing, anything is more than any share.
            let least = before
                .saturating_abs()
                .saturating_mul(i128::from(percent.get()));
            difference > 0 && difference.saturating_mul(100_000_000) >= least
        });
        by_amount == Some(true) || by_share == Some(true)
    }
}

/// In micro-USD per month.
fn difference(spec: &SpecReview) -> Option<i128> {
    let difference = spec.difference.as_ref()?;
    Some(difference.total().total.micro_usd())
}

fn usd(text: &str) -> Result<Money, String> {
    Money::parse(text).map_err(|error| error.to_string())
}

fn percent(text: &str) -> Result<Millionths, String> {
    Millionths::parse(text.trim_end_matches('%')).map_err(|error| error.to_string())
}
