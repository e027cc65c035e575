use serde::{Deserialize, Serialize};

use super::estimate::Estimate;

/// Whether a model fits a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// With room to spare for what the estimate may be wrong by.
    Fits,
    /// By the estimate, but not by a margin for its error: worth a try on a node.
    Tight,
    /// Not even by the estimate.
    DoesNotFit,
}

impl Verdict {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Tight => "tight",
            Self::DoesNotFit => "doesn't fit",
        }
    }
}

/// Inference fits with a twentieth of the memory left: its components are reserved at the start, so
/// little is uncertain.
#[must_use]
pub fn inference_verdict(estimate: &Estimate, usable: u64) -> Verdict {
    if estimate.total() <= inference_limit(usable) {
        Verdict::Fits
    } else {
        Verdict::DoesNotFit
    }
}

/// What inference may take of so many usable bytes.
pub(super) const fn inference_limit(usable: u64) -> u64 {
    usable / 100 * 95 + usable % 100 * 95 / 100
}

/// What training may take by the estimate of so many usable bytes.
pub(super) const fn training_limit(usable: u64) -> u64 {
    usable / 110 * 100 + usable % 110 * 100 / 110
}

/// Training fits with a tenth above the estimate: measured totals differ from it by some 5 %, and
/// allocators fragment memory. Between that and the estimate it is tight.
#[must_use]
pub fn training_verdict(estimate: &Estimate, usable: u64) -> Verdict {
    let total = estimate.total();
    if total <= training_limit(usable) {
        Verdict::Fits
    } else if total <= usable {
        Verdict::Tight
    } else {
        Verdict::DoesNotFit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::Term;

    fn of(bytes: u64) -> Estimate {
        let mut estimate = Estimate::new(None);
        estimate.push(Term::Weights, bytes, "");
        estimate
    }

    #[test]
    fn inference_fits_up_to_95_percent() {
        assert_eq!(inference_verdict(&of(950), 1000), Verdict::Fits);
        assert_eq!(inference_verdict(&of(951), 1000), Verdict::DoesNotFit);
    }

    #[test]
    fn training_fits_with_a_tenth_above_and_is_tight_without() {
        assert_eq!(training_verdict(&of(1000), 1100), Verdict::Fits);
        assert_eq!(training_verdict(&of(1001), 1100), Verdict::Tight);
        assert_eq!(training_verdict(&of(1100), 1100), Verdict::Tight);
        assert_eq!(training_verdict(&of(1101), 1100), Verdict::DoesNotFit);
    }

    #[test]
    fn limits_of_absurd_sizes_do_not_overflow() {
        assert_eq!(
            inference_verdict(&of(u64::MAX), u64::MAX),
            Verdict::DoesNotFit
        );
        assert_eq!(training_verdict(&of(u64::MAX), u64::MAX), Verdict::Tight);
    }
}
