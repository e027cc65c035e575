//! Which GPUs a model fits, as text and JSON.
//!
//! ```text
//! Doesn't fit one A2: it needs 20.86 GiB on each GPU, and 13.90 GiB may be used
//! (95 % of about 14.64 GiB). It fits 2 × A2 with tensor parallel 2.
//! ```

mod choice;
mod components;
mod json;
mod remarks;
mod rent;
mod schema;
mod sentences;

pub use json::json;
pub use rent::Rent;
pub use schema::schema;

use super::style::Palette;
use crate::fit::{Estimate, Held, Job, Usage, Verdict};

/// A job and what is known of it on several GPUs.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The stage whose job it is; `None` for a model that was given without one.
    pub stage: Option<String>,
    /// The model and how it is used.
    pub job: Job,
    /// What its reader should know of the model.
    pub notes: Vec<String>,
    /// The GPUs that were asked about; [`Answer::in_order`] puts those that it fits first, and the
    /// smallest of them first.
    pub candidates: Vec<Candidate>,
    /// All whole cards, for what would do instead.
    pub cards: Vec<Candidate>,
}

/// A job on one GPU.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its name in the catalog.
    pub name: String,
    /// The card that it is a slice of.
    pub slice_of: Option<String>,
    /// Compute capability as (major, minor).
    pub compute_capability: Option<(u32, u32)>,
    /// What the job needs on each GPU.
    pub estimate: Estimate,
    /// Whether it fits; `None` where the GPU's memory isn't known.
    pub held: Option<Held>,
    /// The cheapest known way to rent it.
    pub rent: Option<Rent>,
}

impl Answer {
    /// With the GPUs in order.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.candidates.sort_by_key(Candidate::order);
        self.cards.sort_by_key(Candidate::order);
        self
    }

    /// Whether it fits one of the GPUs that were asked about. Tight ones count where a node is tried
    /// before the work starts.
    #[must_use]
    pub fn fits_any(&self) -> bool {
        let probed = matches!(&self.job.usage, Usage::Training(how) if how.probe.is_some());
        let verdicts = self.candidates.iter().filter_map(Candidate::verdict);
        verdicts
            .into_iter()
            .any(|verdict| verdict == Verdict::Fits || (probed && verdict == Verdict::Tight))
    }
}

impl Candidate {
    fn verdict(&self) -> Option<Verdict> {
        self.held.as_ref().map(|held| held.verdict)
    }

    fn usable(&self) -> u64 {
        self.held.as_ref().map_or(0, |held| held.card.usable)
    }

    fn fits(&self) -> bool {
        self.verdict() == Some(Verdict::Fits)
    }

    /// Those that fit, the smallest first; then those that don't, the largest first, as it is the
    /// nearest; those of unknown size last.
    fn order(&self) -> (u8, u64, String) {
        let (rank, size) = match self.verdict() {
            Some(Verdict::Fits) => (0, self.usable()),
            Some(Verdict::Tight) => (1, self.usable()),
            Some(Verdict::DoesNotFit) => (2, u64::MAX - self.usable()),
            None => (3, 0),
        };
        (rank, size, self.name.clone())
    }
}

/// All answers for people, one after the other.
#[must_use]
pub fn human(answers: &[Answer], width: usize, palette: &Palette) -> String {
    let texts = answers.iter().map(|answer| match &*answer.candidates {
        [only] => components::text(answer, only, width, palette),
        _ => choice::text(answer, width, palette),
    });
    texts.collect::<Vec<String>>().join("\n")
}
