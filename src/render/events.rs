//! The first events of a run, in the shape of Terraform's machine-readable output: what speaks, what is
//! planned, and how much of it.

use serde_json::{Value, json};

use crate::changes::change::{Action, Change, Summary};

/// Version of the form of events.
const VERSION: &str = "1.0";

/// The events before anything is done.
#[must_use]
pub fn planned(changes: &[Change], time: &str) -> Vec<Value> {
    let program = env!("CARGO_PKG_VERSION");
    let mut events = vec![event(
        "version",
        &format!("mlinfra {program}"),
        time,
        json!({ "mlinfra": program, "ui": VERSION }),
    )];
    let something = changes.iter().filter(|change| change.action.is_something());
    events.extend(something.map(|change| {
        let message = format!("{}: {}", change.address, word(change.action));
        let body = json!({
            "change": {
                "resource": { "addr": change.address, "resource_type": change.kind },
                "action": word(change.action),
                "reason": change.reason.as_str(),
            },
        });
        event("planned_change", &message, time, body)
    }));
    let Summary {
        add,
        change,
        destroy,
    } = Summary::of(changes);
    events.push(event(
        "change_summary",
        &format!("Plan: {add} to add, {change} to change, {destroy} to destroy."),
        time,
        json!({
            "changes": { "operation": "plan", "add": add, "change": change, "remove": destroy },
        }),
    ));
    events
}

/// An action as Terraform's events name it.
const fn word(action: Action) -> &'static str {
    match action {
        Action::NoOp => "no-op",
        Action::Create => "create",
        Action::Update => "update",
        Action::CreateThenDelete | Action::DeleteThenCreate => "replace",
        Action::Delete => "delete",
        Action::Forget => "forget",
    }
}

/// An event of outputs, at the end.
#[must_use]
pub fn outputs(outputs: &Value, time: &str) -> Value {
    event("outputs", "Outputs", time, json!({ "outputs": outputs }))
}

fn event(kind: &str, message: &str, time: &str, body: Value) -> Value {
    let mut event = json!({
        "@level": "info",
        "@message": message,
        "@timestamp": time,
        "type": kind,
    });
    if let (Some(event), Value::Object(body)) = (event.as_object_mut(), body) {
        event.extend(body);
    }
    event
}
