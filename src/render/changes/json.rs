//! Changes as JSON, in the shape that policy tools for Terraform plans read.

use mlinfra_provider_api::Attributes;
use serde_json::{Map, Value, json};

use super::value::visible;
use crate::changes::change::{Action, Change, Reason, Summary};

/// `summary`, `resource_changes` and `resource_drift` of a plan.
#[must_use]
pub fn json(changes: &[Change]) -> Map<String, Value> {
    let Summary {
        add,
        change,
        destroy,
    } = Summary::of(changes);
    let drift = changes.iter().filter(|change| has_drifted(change));
    let parts = [
        (
            "summary",
            json!({ "add": add, "change": change, "destroy": destroy }),
        ),
        ("resource_changes", changes.iter().map(planned).collect()),
        ("resource_drift", drift.map(drifted).collect()),
    ];
    parts
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Whether something else than mlinfra changed or deleted it.
pub(super) fn has_drifted(change: &Change) -> bool {
    !change.drifted.is_empty() || change.reason == Reason::Gone
}

fn planned(change: &Change) -> Value {
    let actions: &[&str] = match change.action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Update => &["update"],
        Action::CreateThenDelete => &["create", "delete"],
        Action::DeleteThenCreate => &["delete", "create"],
        Action::Delete => &["delete"],
        Action::Forget => &["forget"],
    };
    let unknown = change
        .unknown
        .iter()
        .map(|name| (name.clone(), Value::Bool(true)));
    let paths: Vec<[&String; 1]> = change.replaced_by.iter().map(|name| [name]).collect();
    resource(
        change,
        json!({
            "actions": actions,
            "before": shown(change.before.as_ref()),
            "after": shown(change.after.as_ref()),
            "after_unknown": unknown.collect::<Map<_, _>>(),
            "before_sensitive": {},
            "after_sensitive": {},
            "replace_paths": paths,
        }),
    )
}

/// From what mlinfra made to what was read.
fn drifted(change: &Change) -> Value {
    let is_gone = change.reason == Reason::Gone;
    let read = change.before.as_ref().filter(|_| !is_gone);
    let mut made = change.before.clone().unwrap_or_default();
    made.extend(change.drifted.clone());
    resource(
        change,
        json!({
            "actions": [if is_gone { "delete" } else { "update" }],
            "before": shown(Some(&made)),
            "after": shown(read),
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
            "replace_paths": [],
        }),
    )
}

fn resource(change: &Change, what: Value) -> Value {
    let deposed = change
        .id
        .as_ref()
        .filter(|_| change.reason == Reason::Deposed);
    let name = change.address.rsplit('.').next().unwrap_or_default();
    json!({
        "address": change.address,
        "deposed": deposed.map(|id| &id.id),
        "mode": "managed",
        "type": change.kind,
        "name": name,
        "provider_name": change.provider,
        "scope": change.scope,
        "stage": change.stage,
        "alternative": change.alternative,
        "usd_per_hour": {
            "before": change.usd_per_hour_before,
            "after": change.usd_per_hour_after,
        },
        "change": what,
        "action_reason": change.reason.as_str(),
    })
}

fn shown(attributes: Option<&Attributes>) -> Value {
    let Some(attributes) = attributes else {
        return Value::Null;
    };
    let shown = attributes
        .iter()
        .map(|(name, value)| (name.clone(), visible(name, value)));
    Value::Object(shown.collect())
}
