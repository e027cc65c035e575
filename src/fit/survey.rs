//! A job held against one card with all that a person choosing a card asks.

use super::card::Card;
use super::estimate::Estimate;
use super::job::Job;
use super::largest::{Largest, Room, fewest, largest};
use super::verdict::Verdict;

/// What is known of a job on one kind of card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The card.
    pub card: Card,
    /// What one card needs to have.
    pub estimate: Estimate,
    /// Whether it has.
    pub verdict: Verdict,
    /// Bytes that the estimate may come to on this card.
    pub limit: u64,
    /// The largest batch and sequence that fit, by the job's own number of cards.
    pub largest: Largest,
    /// The fewest cards that fit, and how the job is spread over them.
    pub fewest: Option<Room>,
}

/// Holds a job against a card.
#[must_use]
pub fn held(job: &Job, card: Card) -> Held {
    let judged = job.judge(&card);
    Held {
        estimate: judged.estimate,
        verdict: judged.verdict,
        limit: job.limit(card.usable),
        largest: largest(job, &card),
        fewest: fewest(job, &card),
        card,
    }
}
