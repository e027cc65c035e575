//! What a state holds, for `mlinfra state list` and `show`.

use serde::Serialize;
use serde_json::{Value, json};

use super::applied;
use super::style::Palette;
use super::table::{Column, Table};
use super::text::inert_line;
use crate::state::{State, StateObject};

/// What is known of an object beside its attributes, in a word or two.
fn condition(object: &StateObject, deposed: bool) -> &'static str {
    match (deposed, object.tainted) {
        (true, _) => "to be deleted",
        (false, true) => "broken",
        (false, false) => "",
    }
}

/// Every object with its address, those that await deletion after the others.
fn all(state: &State) -> impl Iterator<Item = (&str, &StateObject, bool)> {
    let objects = state
        .objects
        .iter()
        .map(|(address, o)| (&**address, o, false));
    let deposed = state
        .deposed
        .iter()
        .flat_map(|(address, objects)| objects.iter().map(|o| (&**address, o, true)));
    objects.chain(deposed)
}

/// The objects as a table, and what they cost.
#[must_use]
pub fn list(state: &State, width: usize, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("Address"),
        Column::left("Where"),
        Column::left("Identifier").shrinking(),
        Column::right("USD/hour"),
        Column::left(""),
    ]);
    for (address, object, deposed) in all(state) {
        let cost = object.intent.usd_per_hour;
        table.row([
            inert_line(address),
            inert_line(&object.id.scope),
            inert_line(&object.id.id),
            cost.map_or(String::new(), |cost| cost.to_string()),
            condition(object, deposed).to_owned(),
        ]);
    }
    if table.is_empty() {
        return applied::existing(state);
    }
    format!(
        "{}\n{}",
        table.render(width, palette),
        applied::existing(state)
    )
}

/// One object with all that is known of it.
#[must_use]
pub fn show(address: &str, object: &StateObject) -> String {
    let intent = &object.intent;
    let mut rows = vec![
        ("address", address.to_owned()),
        ("stage", intent.stage.clone()),
        ("provider", object.provider.clone()),
        ("kind", object.id.kind.to_string()),
        ("where", object.id.scope.clone()),
        ("identifier", object.id.id.clone()),
        ("name", object.name.clone()),
    ];
    rows.extend(
        intent
            .usd_per_hour
            .map(|cost| ("USD/hour", cost.to_string())),
    );
    if intent.alternative > 0 {
        rows.push(("choice", format!("{} of the plan", intent.alternative + 1)));
    }
    if intent.prevent_destroy {
        rows.push(("prevent_destroy", "true".into()));
    }
    if object.tainted {
        rows.push(("condition", "broken: it will be replaced".into()));
    }
    let mut text = String::new();
    for (name, value) in rows {
        text.push_str(&format!("{name:<16}{}\n", inert_line(&value)));
    }
    text.push_str("\nattributes\n");
    let width = object.observed.keys().map(String::len).max().unwrap_or(0);
    for (name, value) in &object.observed {
        let shown = inert_line(&value.to_string());
        text.push_str(&format!("  {name:<width$}  {shown}\n"));
    }
    text
}

/// The same for programs.
#[must_use]
pub fn json(state: &State) -> Value {
    let objects: Vec<Value> = all(state)
        .map(|(address, object, deposed)| object_json(address, object, deposed))
        .collect();
    let hourly = applied::hourly(state);
    json!({
        "format_version": "1.0",
        "project": state.project,
        "lineage": state.lineage,
        "serial": state.serial,
        "objects": objects,
        "usd_per_hour": hourly.known,
        "objects_at_unknown_price": hourly.unknown,
    })
}

/// One object for programs.
#[must_use]
pub fn object_json(address: &str, object: &StateObject, deposed: bool) -> Value {
    json!({
        "address": address,
        "stage": object.intent.stage,
        "provider": object.provider,
        "kind": object.id.kind,
        "scope": object.id.scope,
        "id": object.id.id,
        "name": object.name,
        "usd_per_hour": object.intent.usd_per_hour,
        "alternative": object.intent.alternative,
        "prevent_destroy": object.intent.prevent_destroy,
        "tainted": object.tainted,
        "deposed": deposed,
        "attributes": object.observed,
    })
}

/// What the state was when it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastState {
    /// Its serial.
    pub serial: u64,
    /// When it was opened, as RFC 3339.
    pub time: String,
    /// By whom.
    pub who: String,
    /// On which machine.
    pub host: String,
    /// For what.
    pub command: String,
    /// The CI job, if it was one.
    pub job: Option<String>,
    /// How many objects were in it.
    pub objects: usize,
    /// sha-256 of the state, in hex.
    pub sha256: String,
}

/// Earlier states as a table.
#[must_use]
pub fn history(all: &[PastState], width: usize, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::right("Serial"),
        Column::left("Opened"),
        Column::left("For"),
        Column::left("By").shrinking(),
        Column::right("Objects"),
    ]);
    for past in all {
        let by = match &past.job {
            Some(job) => job.clone(),
            None => format!("{}@{}", past.who, past.host),
        };
        // To the second.
        let time: String = past.time.chars().take(19).collect();
        table.row([
            past.serial.to_string(),
            time,
            past.command.clone(),
            by,
            past.objects.to_string(),
        ]);
    }
    if table.is_empty() {
        return "Nothing is kept of earlier states.\n".into();
    }
    table.render(width, palette)
}

/// Earlier states for programs.
#[must_use]
pub fn history_json(all: &[PastState]) -> Value {
    json!({ "format_version": "1.0", "states": all })
}
