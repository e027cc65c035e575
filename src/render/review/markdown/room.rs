//! How much of each part a comment has room for.
//!
//! Parts shrink one after the other, from what matters least. The first that makes the comment fit
//! keeps as much as it can; those before it are gone, and those after it are whole.

use super::super::mermaid;
use super::{causes, findings, stages};
use crate::review::SpecReview;

/// What may be left out, what matters least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// How candidates were narrowed down: all or none.
    Funnels,
    /// Bills of stages.
    Bills,
    /// Lines of what policies only tell.
    Told,
    /// The plan as a whole: all or none.
    Whole,
    /// The graph: all or none.
    Graph,
    /// Lines of changes of the spec.
    SpecChanges,
    /// Rows of stages.
    Rows,
    /// Lines of prices.
    Prices,
    /// Lines of what is paid once.
    OneOff,
    /// Lines of budgets and policies.
    Findings,
    /// Lines of notes.
    Notes,
    /// Catalogs, plan and command: all or none.
    Origin,
}

const PARTS: [Part; 12] = [
    Part::Funnels,
    Part::Bills,
    Part::Told,
    Part::Whole,
    Part::Graph,
    Part::SpecChanges,
    Part::Rows,
    Part::Prices,
    Part::OneOff,
    Part::Findings,
    Part::Notes,
    Part::Origin,
];

/// How many of each part are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Room([usize; PARTS.len()]);

impl Room {
    /// All that a review has.
    pub(super) fn all(review: &SpecReview) -> Self {
        let plan = review.head.plan();
        let stages = plan.map_or(0, |plan| plan.stages.len());
        let planned = usize::from(plan.is_some());
        let drawn = plan.is_some_and(|plan| mermaid::too_many(plan).is_none());
        Self(PARTS.map(|part| match part {
            Part::Funnels => usize::from(stages > 0),
            Part::Bills => stages,
            Part::Told => findings::notes(review).len(),
            Part::Whole => planned,
            Part::Graph => usize::from(drawn),
            Part::SpecChanges => review.spec_changes.len(),
            Part::Rows => stages::changed(review).len(),
            Part::Prices => causes::prices(review).len(),
            Part::OneOff => review.one_off.len(),
            Part::Findings => findings::lines(review).len(),
            Part::Notes => review.notes.len(),
            Part::Origin => 1,
        }))
    }

    /// How many of a part are shown.
    pub(super) const fn of(&self, part: Part) -> usize {
        self.0[part as usize]
    }

    fn with(&self, part: Part, count: usize) -> Self {
        let mut room = self.clone();
        room.0[part as usize] = count;
        room
    }

    /// What of all isn't shown, in words.
    pub(super) fn left_out(&self, all: &Self) -> Vec<String> {
        let missing = |part| all.of(part).saturating_sub(self.of(part));
        let parts = PARTS.iter().filter(|part| missing(**part) > 0);
        let of = |n: usize, one: &str, many: &str| match n {
            1 => format!("1 {one}"),
            n => format!("{n} {many}"),
        };
        parts
            .map(|part| match (part, missing(*part)) {
                (Part::Funnels, _) => "how candidates were narrowed down".into(),
                (Part::Bills, n) => of(n, "bill", "bills"),
                (Part::Told, n) => of(n, "note of a policy", "notes of policies"),
                (Part::Whole, _) => "the plan as a whole".into(),
                (Part::Graph, _) => "the graph".into(),
                (Part::SpecChanges, n) => of(n, "change of the spec", "changes of the spec"),
                (Part::Rows, n) => of(n, "row of a stage", "rows of stages"),
                (Part::Prices, n) => of(n, "price", "prices"),
                (Part::OneOff, n) => of(n, "one-off cost", "one-off costs"),
                (Part::Findings, n) => of(n, "budget or policy", "budgets and policies"),
                (Part::Notes, n) => of(n, "note", "notes"),
                (Part::Origin, _) => "catalogs and command".into(),
            })
            .collect()
    }
}

/// The text with as much room as the limit allows, in characters; `None` when not even the least of
/// it fits.
pub(super) fn fitted(all: &Room, limit: usize, text: impl Fn(&Room) -> String) -> Option<String> {
    let fits = |room: &Room| {
        let text = text(room);
        (text.chars().count() <= limit).then_some(text)
    };
    if let Some(text) = fits(all) {
        return Some(text);
    }
    let mut room = all.clone();
    for part in PARTS {
        room = room.with(part, 0);
        if let Some(least) = fits(&room) {
            return Some(most_of(&room, part, all.of(part), least, fits));
        }
    }
    None
}

/// The text with the most of one part that fits, between none, which does, and all, which doesn't.
fn most_of(
    room: &Room,
    part: Part,
    all: usize,
    least: String,
    fits: impl Fn(&Room) -> Option<String>,
) -> String {
    let (mut most, mut low, mut high) = (least, 0, all);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match fits(&room.with(part, middle)) {
            Some(text) => (most, low) = (text, middle),
            None => high = middle,
        }
    }
    most
}
