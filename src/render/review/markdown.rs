//! The review of a spec as the comment on a pull request.
//!
//! What decides stands first: the money, what forbids it, and a table of the stages that change.
//! A forge takes only so many characters; what doesn't fit is left out from the bottom, and the
//! comment says so. It never fails for its size.

mod causes;
mod details;
mod findings;
mod footer;
mod room;
mod stages;
mod title;

use room::{Part, Room};

use super::mermaid;
use crate::render::markdown::shown as shown_text;
use crate::review::SpecReview;

/// How a comment is to be shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The most characters that it may have.
    pub limit: usize,
    /// Where the full report is.
    pub report: Option<String>,
}

/// Renders the review of a spec as GitHub-flavoured Markdown of at most so many characters.
/// Everything from the spec, its repository and its policies is escaped.
#[must_use]
pub fn markdown(review: &SpecReview, shown: &Shown) -> String {
    let body = |room: &Room| body(review, room, shown);
    room::fitted(&Room::all(review), shown.limit, body)
        .unwrap_or_else(|| heading_alone(review, shown.limit))
}

fn body(review: &SpecReview, room: &Room, shown: &Shown) -> String {
    let mut parts = vec![title::title(review)];
    parts.extend(title::lead(review));
    parts.push(stages::table(review, room.of(Part::Rows)));
    let runs_on = stages::runs_on(review);
    parts.push(list("Runs on", runs_on, room.of(Part::Rows)));
    let findings = findings::lines(review);
    parts.push(list(
        "Budgets and policies",
        findings,
        room.of(Part::Findings),
    ));
    let changes = causes::spec_changes(review);
    parts.push(list(
        "Changed in the spec",
        changes,
        room.of(Part::SpecChanges),
    ));
    let prices = causes::prices(review);
    parts.push(list("Changed prices", prices, room.of(Part::Prices)));
    parts.push(paid_once(review, room));
    if let (1, Some(plan)) = (room.of(Part::Graph), review.head.plan()) {
        parts.extend(mermaid::graph(plan, &review.stages));
    }
    parts.extend(opened(review, room));
    parts.push(footer::not_priced(review));
    let notes = review.notes.iter().map(|note| shown_text(note, 240));
    parts.push(list("Notes", notes.collect(), room.of(Part::Notes)));
    parts.push(footer::left_out(
        &left_out(review, room),
        shown.report.as_deref(),
    ));
    if room.of(Part::Origin) == 1 {
        parts.push(footer::origin(review));
    }
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n")
}

fn paid_once(review: &SpecReview, room: &Room) -> String {
    let lines = causes::one_off(review);
    let heading = match lines.len() {
        0 | 1 => "Paid once".to_owned(),
        _ => {
            let sum = causes::one_off_sum(review);
            format!("Paid once, about USD {} as far as it is known", sum.cents())
        }
    };
    list(&heading, lines, room.of(Part::OneOff))
}

fn opened(review: &SpecReview, room: &Room) -> Vec<String> {
    let mut all = details::bills(review, room.of(Part::Bills), room.of(Part::Funnels) == 1);
    let told = findings::notes(review);
    if room.of(Part::Told) > 0 {
        all.push(details::told(&told, room.of(Part::Told)));
    }
    if let (1, Some(plan)) = (room.of(Part::Whole), review.head.plan()) {
        all.push(details::whole(plan));
    }
    all
}

/// A heading and at most so many lines under it.
fn list(heading: &str, lines: Vec<String>, most: usize) -> String {
    if lines.is_empty() || most == 0 {
        return String::new();
    }
    let more = match lines.len().saturating_sub(most) {
        0 => String::new(),
        more => format!("- and {more} more\n"),
    };
    let lines = lines.into_iter().take(most);
    let lines: String = lines.map(|line| format!("- {line}\n")).collect();
    format!("**{heading}**\n\n{lines}{more}")
}

/// What isn't shown, in words.
fn left_out(review: &SpecReview, room: &Room) -> Vec<String> {
    let mut parts = room.left_out(&Room::all(review));
    if let Some(nodes) = review.head.plan().and_then(mermaid::too_many) {
        parts.push(format!("the graph of {nodes} stages and datasets"));
    }
    parts
}

/// For a limit that nothing else fits in.
fn heading_alone(review: &SpecReview, limit: usize) -> String {
    let title = title::title(review);
    title.trim_end().chars().take(limit).collect()
}
