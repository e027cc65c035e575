use serde::Serialize;

use super::estimate::Estimate;

/// Whether a model fits a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    if u128::from(estimate.total()) * 100 <= u128::from(usable) * 95 {
        Verdict::Fits
    } else {
        Verdict::DoesNotFit
    }
}

/// Training fits with a tenth above the estimate: measured totals differ from it by some 5 %, and
/// allocators fragment memory. Between that and the estimate it is tight.
#[must_use]
pub fn training_verdict(estimate: &Estimate, usable: u64) -> Verdict {
    let total = u128::from(estimate.total());
    if total * 110 <= u128::from(usable) * 100 {
        Verdict::Fits
    } else if total <= u128::from(usable) {
        Verdict::Tight
    } else {
        Verdict::DoesNotFit
    }
}
