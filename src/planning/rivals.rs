//! Candidates that another one at the same site makes superfluous.

use super::candidate::Candidate;
use super::limits::Usage;

/// Leaves out what no optimum needs: candidates that draw at least as much of every limit as one
/// that comes before them at the same site. Returns the rest by site, cheapest first.
///
/// Without this, a quota on vCPUs would keep one candidate for each number of vCPUs that can be
/// bought, and the joint choice is quadratic in the number of candidates.
pub(crate) fn undominated<'a>(
    candidates: impl IntoIterator<Item = Candidate<'a>>,
) -> Vec<Candidate<'a>> {
    let mut all: Vec<Candidate<'_>> = candidates.into_iter().collect();
    all.sort_by(|a, b| (a.site, a.order()).cmp(&(b.site, b.order())));
    let mut kept: Vec<Candidate<'_>> = Vec::new();
    for candidate in all {
        let before = kept.iter().rev();
        let mut rivals = before.take_while(|rival| rival.site == candidate.site);
        if !rivals.any(|rival| draws_no_more(&rival.usage, &candidate.usage)) {
            kept.push(candidate);
        }
    }
    kept
}

fn draws_no_more(rival: &Usage, than: &Usage) -> bool {
    rival.iter().all(|(limit, amount)| {
        let mut same = than.iter().filter(|(other, _)| other == limit);
        same.any(|(_, other)| amount <= other)
    })
}
