//! What would fit instead: the largest batch or sequence on a card, and the fewest cards.

use super::card::Card;
use super::job::{Job, Usage};
use super::verdict::Verdict;
use crate::model::{Recompute, Sharding};

/// Largest batch or sequence that is looked for: beyond it nothing is learnt.
pub const MOST: u32 = 1 << 24;

/// Most GPUs that are looked for.
const MOST_GPUS: u64 = 1024;

/// The largest batch and the largest sequence that still fit, each with the other as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Largest {
    /// Samples; `None` when not even one fits.
    pub batch: Option<u32>,
    /// Tokens; `None` when not even one fits or the job has no sequence.
    pub sequence: Option<u32>,
}

/// The largest batch and sequence that fit a card.
#[must_use]
pub fn largest(job: &Job, card: &Card) -> Largest {
    let fits = |job: Job| job.judge(card).verdict == Verdict::Fits;
    Largest {
        batch: most(|batch| fits(job.with_batch(batch))),
        sequence: job
            .sequence()
            .and_then(|_| most(|tokens| fits(job.with_sequence(tokens)))),
    }
}

/// The largest number that still does, when all below it do.
fn most(fits: impl Fn(u32) -> bool) -> Option<u32> {
    if !fits(1) {
        return None;
    }
    let (mut yes, mut no) = (1, 2);
    while no <= MOST && fits(no) {
        yes = no;
        no *= 2;
    }
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        if fits(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    Some(yes)
}

/// The fewest cards that a job fits, and how it is spread over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// GPUs of a run, or of one copy of a service.
    pub gpus: u64,
    /// GPUs among which each matrix is cut.
    pub tensor: u64,
    /// What ranks share in training; `None` in inference.
    pub sharding: Option<Sharding>,
    /// What is computed again in training; `None` in inference.
    pub recompute: Option<Recompute>,
}

/// The fewest cards of one kind that a job fits; `None` when not even the most that are tried do.
///
/// Training is first tried as it is, then with more shared among ranks, then with full
/// recomputation: each costs more time than the one before. A service is cut over ever more GPUs,
/// as many as divide its heads.
#[must_use]
pub fn fewest(job: &Job, card: &Card) -> Option<Room> {
    let counts = std::iter::successors(Some(1), |n| Some(n * 2)).take_while(|n| *n <= MOST_GPUS);
    match &job.usage {
        Usage::Inference(_) => counts
            .filter(|gpus| divides_heads(job, *gpus))
            .find_map(|gpus| cut(job, gpus, card)),
        Usage::Training(_) => counts.filter_map(|gpus| shared(job, gpus, card)).next(),
    }
}

fn divides_heads(job: &Job, gpus: u64) -> bool {
    let shape = job.subject.shape.as_ref();
    shape.map_or(gpus == 1, |shape| shape.heads.is_multiple_of(gpus))
}

fn cut(job: &Job, gpus: u64, card: &Card) -> Option<Room> {
    let mut tried = job.clone();
    tried.gpus = gpus;
    if let Usage::Inference(how) = &mut tried.usage {
        how.tensor_parallel = None;
        how.pipeline_parallel = 1;
    }
    (tried.judge(card).verdict == Verdict::Fits).then_some(Room {
        gpus,
        tensor: gpus,
        sharding: None,
        recompute: None,
    })
}

fn shared(job: &Job, gpus: u64, card: &Card) -> Option<Room> {
    let Usage::Training(how) = &job.usage else {
        return None;
    };
    let given = (how.sharding, how.recompute);
    let mut ways = vec![given];
    if gpus > u64::from(how.tensor_parallel) * u64::from(how.pipeline_parallel) {
        let more = [Sharding::Zero1, Sharding::Zero2, Sharding::Zero3];
        let more = more.into_iter().filter(|sharding| *sharding > how.sharding);
        ways.extend(more.map(|sharding| (sharding, how.recompute)));
    }
    if how.recompute != Recompute::Full {
        let full: Vec<_> = ways.iter().map(|(s, _)| (*s, Recompute::Full)).collect();
        ways.extend(full);
    }
    ways.into_iter().find_map(|(sharding, recompute)| {
        let mut tried = job.clone();
        tried.gpus = gpus;
        let Usage::Training(how) = &mut tried.usage else {
            return None;
        };
        (how.sharding, how.recompute) = (sharding, recompute);
        let tensor = tried.parallel()?.tensor;
        (tried.judge(card).verdict == Verdict::Fits).then_some(Room {
            gpus,
            tensor,
            sharding: Some(sharding),
            recompute: Some(recompute),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_number_is_found_at_every_edge() {
        for limit in [1, 2, 3, 7, 8, 9, 1000, MOST - 1, MOST] {
            assert_eq!(most(|n| n <= limit), Some(limit));
        }
        assert_eq!(most(|_| false), None);
        assert!(most(|_| true) >= Some(MOST));
    }
}
