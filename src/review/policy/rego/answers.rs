//! What a rule gives → verdicts.

use serde_json::Value;

use super::syntax::Asked;
use crate::review::verdict::{Severity, Status, Verdict};

/// The verdicts of a rule by what it gives: a set of messages, each a text or an object with `msg`.
///
/// Beside `msg`, an object may have `stage` (or `subject`) and `hint`. What the package's `exception`
/// names is a note.
pub(super) fn verdicts(asked: &Asked, found: &Value, exceptions: Option<&Value>) -> Vec<Verdict> {
    let severity = match exceptions.is_some_and(|names| excepts(names, &asked.word)) {
        true => Severity::Note,
        false => asked.severity,
    };
    let broken: Vec<Verdict> = messages(found)
        .into_iter()
        .map(|message| broken(asked, severity, &message))
        .collect();
    if !broken.is_empty() {
        return broken;
    }
    vec![Verdict {
        rule: asked.name.clone(),
        severity: asked.severity,
        status: Status::Kept,
        subject: None,
        message: "Nothing breaks it.".to_owned(),
        hint: None,
        place: None,
    }]
}

/// One for each breach. A rule that is just true is one breach, and so is one that gives one text.
fn messages(found: &Value) -> Vec<Value> {
    match found {
        Value::Null | Value::Bool(false) => Vec::new(),
        Value::Array(items) => items.clone(),
        // `deny[msg] := …`, which is an object by messages, in the older form.
        Value::Object(members) if !members.contains_key("msg") => {
            members.keys().cloned().map(Value::from).collect()
        }
        other => vec![other.clone()],
    }
}

fn broken(asked: &Asked, severity: Severity, found: &Value) -> Verdict {
    let text = |key: &str| found.get(key).and_then(Value::as_str);
    let message = match (found, text("msg")) {
        (Value::String(text), _) => text.clone(),
        (_, Some(text)) => text.to_owned(),
        (Value::Bool(_), None) => format!("`{}` is true.", asked.name),
        (other, None) => other.to_string(),
    };
    let stage = text("stage").map(|stage| format!("stage.{stage}"));
    Verdict {
        rule: asked.name.clone(),
        severity,
        status: Status::Broken,
        subject: text("subject").map(str::to_owned).or(stage),
        message,
        hint: text("hint").map(str::to_owned),
        place: None,
    }
}

/// Whether an exception of a package names a rule by the words after `deny_`; `""` names `deny` itself.
fn excepts(exceptions: &Value, word: &str) -> bool {
    match exceptions {
        Value::Array(items) => items.iter().any(|item| excepts(item, word)),
        Value::String(name) => name == word,
        _ => false,
    }
}
