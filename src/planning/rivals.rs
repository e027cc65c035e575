//! Candidates that can't be part of any optimum, found before the joint choice.

use super::candidate::Candidate;
use super::limits::draws_no_more;
use super::matters::Matters;
use super::sites::Locus;
use crate::units::{Duration, Money};

/// What else than its own cost decides between candidates at one place.
pub(crate) struct Rivalry<'r> {
    /// Most time that data of other stages can take to come to a place.
    pub(crate) most_wait: &'r dyn Fn(Locus) -> Duration,
    pub(crate) matters: Matters,
}

/// Leaves out candidates that cost no less and draw at least as much of every limit as one that
/// comes before them at the same place. Returns the rest by place, cheapest first.
///
/// Without this, a quota on vCPUs would keep one candidate for each number of vCPUs that can be
/// bought, and the joint choice is quadratic in the number of candidates.
pub(crate) fn undominated<'a>(
    candidates: impl IntoIterator<Item = Candidate<'a>>,
    rivalry: &Rivalry<'_>,
) -> Vec<Candidate<'a>> {
    let mut all: Vec<Candidate<'_>> = candidates.into_iter().collect();
    all.sort_by(|a, b| (a.locus, a.order()).cmp(&(b.locus, b.order())));
    let mut kept: Vec<Candidate<'_>> = Vec::new();
    for candidate in all {
        let before = kept.iter().rev();
        let mut rivals = before.take_while(|rival| rival.locus == candidate.locus);
        if !rivals.any(|rival| rivalry.beaten(&candidate, rival)) {
            kept.push(candidate);
        }
    }
    kept
}

impl Rivalry<'_> {
    /// Whether a rival that costs no more makes a candidate superfluous.
    fn beaten(&self, candidate: &Candidate<'_>, rival: &Candidate<'_>) -> bool {
        // Waiting costs by the hour, so whoever is cheaper without any wait and with the longest is
        // cheaper with all between.
        let waited = |c: &Candidate<'_>| -> Money {
            let wait = (self.most_wait)(c.locus);
            c.cost + c.waiting_hour.for_hours(wait)
        };
        let waiting = !self.matters.waiting || waited(rival) <= waited(candidate);
        let time = !self.matters.time || rival.sizing.duration <= candidate.sizing.duration;
        let draws = draws_no_more(
            (&rival.loads, &rival.hours),
            (&candidate.loads, &candidate.hours),
        );
        waiting && time && draws && covered(candidate, rival)
    }
}

/// Whether commitments can't make the candidate cheaper than its rival: nothing covers it, or the
/// rival is covered alike and draws no more.
fn covered(candidate: &Candidate<'_>, rival: &Candidate<'_>) -> bool {
    let alike = candidate.covered_by == rival.covered_by
        && candidate.hours == rival.hours
        && rival.rate.rate() <= candidate.rate.rate();
    candidate.covered_by == 0 || alike
}
