//! What came of carrying out a plan: what exists now, what it costs, and how to go on.

use serde_json::{Value, json};

use super::style::{Palette, paint};
use super::text::inert_line;
use crate::state::State;
use crate::units::Money;

/// How operations ended, counted and named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Objects that were made.
    pub created: usize,
    /// Objects that were changed.
    pub changed: usize,
    /// Objects that were deleted.
    pub destroyed: usize,
    /// Addresses of what couldn't be done, with why.
    pub failed: Vec<(String, String)>,
    /// Addresses whose calls were under way when the run was stopped.
    pub left_open: Vec<String>,
    /// Addresses of what wasn't begun.
    pub not_started: Vec<String>,
}

impl Tally {
    /// Whether all was done.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.left_open.is_empty() && self.not_started.is_empty()
    }
}

/// What everything that exists costs for an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hourly {
    /// What is known of it.
    pub known: Money,
    /// Objects that are billed at a price that isn't known.
    pub unknown: usize,
}

/// Kinds that cost something while they exist, whether their price is known or not.
const BILLED: &[&str] = &["nodes", "volume"];

/// What the objects of a state cost for an hour, those included that await deletion.
#[must_use]
pub fn hourly(state: &State) -> Hourly {
    let deposed = state.deposed.values().flatten();
    let mut hourly = Hourly::default();
    for object in state.objects.values().chain(deposed) {
        match object.intent.usd_per_hour {
            Some(cost) => hourly.known += cost,
            None if BILLED.contains(&object.id.kind.as_str()) => hourly.unknown += 1,
            None => {}
        }
    }
    hourly
}

impl std::fmt::Display for Hourly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let known = self.known.cents();
        match self.unknown {
            0 => write!(f, "USD {known} per hour"),
            1 => write!(f, "USD {known} per hour and one object at an unknown price"),
            n => write!(f, "USD {known} per hour and {n} objects at unknown prices"),
        }
    }
}

/// What is told at the end; `again` are the commands that help when it isn't complete, each with what
/// it does.
#[must_use]
pub fn human(tally: &Tally, state: &State, again: &[(String, &str)], palette: &Palette) -> String {
    let mut text = String::new();
    let counts = format!(
        "{} created, {} changed, {} destroyed",
        tally.created, tally.changed, tally.destroyed
    );
    if tally.is_complete() {
        text.push_str(&paint(palette.strong, &format!("Applied: {counts}.")));
        text.push('\n');
        text.push_str(&existing(state));
        return text;
    }
    text.push_str(&paint(palette.error, "Not complete"));
    text.push_str(&format!(": {counts}{}.\n", missing(tally)));
    if !tally.failed.is_empty() {
        text.push('\n');
        let width = tally.failed.iter().map(|(a, _)| a.len()).max().unwrap_or(0);
        for (address, why) in &tally.failed {
            text.push_str(&format!(
                "  {:width$}  {}\n",
                inert_line(address),
                inert_line(why)
            ));
        }
        text.push('\n');
    }
    text.push_str(&existing(state));
    text.push_str(&match tally.left_open.len() {
        0 => String::new(),
        1 => "One more may come of what was under way; the next command looks for it.\n".into(),
        count => {
            format!(
                "{count} more may come of what was under way; the next command looks for them.\n"
            )
        }
    });
    let width = again.iter().map(|(command, _)| command.len()).max();
    for (command, does) in again {
        let width = width.unwrap_or(0);
        text.push_str(&format!("  {command:width$}  {does}\n"));
    }
    text
}

fn missing(tally: &Tally) -> String {
    let parts = [
        (tally.failed.len(), "failed"),
        (tally.left_open.len(), "under way when it was stopped"),
        (tally.not_started.len(), "not started"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    parts
        .map(|(count, what)| format!(", {count} {what}"))
        .collect()
}

/// How much exists, and what it costs.
#[must_use]
pub fn existing(state: &State) -> String {
    let deposed: usize = state.deposed.values().map(Vec::len).sum();
    match state.objects.len() + deposed {
        0 => "Nothing exists now.\n".into(),
        1 => format!("One object exists now: {}.\n", hourly(state)),
        count => format!("{count} objects exist now: {}.\n", hourly(state)),
    }
}

/// The same for programs: the last event of a run.
#[must_use]
pub fn event(tally: &Tally, state: &State, time: &str) -> Value {
    let hourly = hourly(state);
    let failed = tally.failed.iter();
    let failed: Vec<Value> = failed
        .map(|(address, why)| json!({ "addr": address, "reason": why }))
        .collect();
    json!({
        "@level": if tally.is_complete() { "info" } else { "error" },
        "@message": human(tally, state, &[], &Palette::PLAIN).trim_end(),
        "@timestamp": time,
        "type": "change_summary",
        "changes": {
            "operation": "apply",
            "add": tally.created,
            "change": tally.changed,
            "remove": tally.destroyed,
        },
        "complete": tally.is_complete(),
        "failed": failed,
        "left_open": tally.left_open,
        "not_started": tally.not_started,
        "objects": state.objects.len(),
        "usd_per_hour": hourly.known,
        "objects_at_unknown_price": hourly.unknown,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use mlinfra_provider_api::{ObjectId, ObjectKind, OpKey};

    use super::*;
    use crate::state::{Intent, StateObject};

    fn state() -> State {
        let object = |kind: &str, cost: Option<&str>| StateObject {
            provider: "sandbox".into(),
            id: ObjectId {
                kind: ObjectKind::new(kind).unwrap(),
                scope: "r".into(),
                id: format!("{kind}-1"),
            },
            name: "n".into(),
            desired: BTreeMap::new(),
            observed: BTreeMap::new(),
            made_by: OpKey::new([1; 32]),
            tainted: false,
            intent: Intent {
                usd_per_hour: cost.map(|cost| Money::parse(cost).unwrap()),
                ..Intent::default()
            },
        };
        let mut state = State::new("p", "abc");
        state
            .objects
            .insert("pool.a.nodes".into(), object("nodes", Some("3.2")));
        state
            .objects
            .insert("pool.b.nodes".into(), object("nodes", None));
        state
            .objects
            .insert("pool.b.net".into(), object("network", None));
        state
    }

    #[test]
    fn an_unknown_price_is_told_and_not_counted() {
        let hourly = hourly(&state());
        assert_eq!(hourly.unknown, 1);
        assert_eq!(
            existing(&state()),
            "3 objects exist now: USD 3.20 per hour and one object at an unknown price.\n"
        );
        assert_eq!(existing(&State::new("p", "abc")), "Nothing exists now.\n");
    }

    #[test]
    fn what_is_incomplete_says_what_exists_and_how_to_go_on() {
        let tally = Tally {
            created: 2,
            failed: vec![("pool.b.nodes".into(), "none is left".into())],
            not_started: vec!["pool.c.nodes".into()],
            ..Tally::default()
        };
        let again = [("mlinfra resume".to_owned(), "goes on")];
        let text = human(&tally, &state(), &again, &Palette::PLAIN);
        assert_eq!(
            text,
            "Not complete: 2 created, 0 changed, 0 destroyed, 1 failed, 1 not started.\n\n  \
             pool.b.nodes  none is left\n\n\
             3 objects exist now: USD 3.20 per hour and one object at an unknown price.\n  \
             mlinfra resume  goes on\n"
        );
        assert_eq!(event(&tally, &state(), "t")["complete"], false);
    }

    #[test]
    fn what_may_still_come_is_told_when_a_run_was_stopped() {
        let tally = Tally {
            left_open: vec!["pool.b.nodes".into()],
            ..Tally::default()
        };
        let text = human(&tally, &State::new("p", "abc"), &[], &Palette::PLAIN);
        assert_eq!(
            text,
            "Not complete: 0 created, 0 changed, 0 destroyed, 1 under way when it was stopped.\n\
             Nothing exists now.\n\
             One more may come of what was under way; the next command looks for it.\n"
        );
    }
}
