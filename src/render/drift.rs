//! What something else than mlinfra changed, for `plan --refresh-only`.

use serde_json::{Value, json};

use super::style::{Palette, paint};
use super::text::inert_line;

/// One difference between what was known and what was read.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftRow {
    /// The object's address.
    pub address: String,
    /// What happened, in a word or two: `gone`, `changed`.
    pub what: &'static str,
    /// The attribute that has another value.
    pub attribute: Option<String>,
    /// Its value as it was known.
    pub before: Option<Value>,
    /// Its value as read; of a broken object, why it is.
    pub after: Option<Value>,
}

/// For people.
#[must_use]
pub fn human(rows: &[DriftRow], palette: &Palette) -> String {
    if rows.is_empty() {
        return "What exists is as it was left.\n".into();
    }
    let mut text = paint(palette.strong, "Changed outside of mlinfra:");
    text.push('\n');
    for row in rows {
        let address = inert_line(&row.address);
        let what = match (&row.attribute, &row.after) {
            (Some(attribute), after) => {
                let (before, after) = (shown(row.before.as_ref()), shown(after.as_ref()));
                format!("{}: {before} → {after}", inert_line(attribute))
            }
            (None, Some(Value::String(why))) => format!("{}: {}", row.what, inert_line(why)),
            (None, _) => row.what.to_owned(),
        };
        text.push_str(&format!("  {address}  {what}\n"));
    }
    text.push_str("\nThe next apply sets right what the plan asks for.\n");
    text
}

fn shown(value: Option<&Value>) -> String {
    value.map_or("nothing".into(), |value| inert_line(&value.to_string()))
}

/// For programs.
#[must_use]
pub fn json(rows: &[DriftRow]) -> Value {
    let each = rows.iter().map(|row| {
        json!({
            "address": row.address,
            "what": row.what,
            "attribute": row.attribute,
            "before": row.before,
            "after": row.after,
        })
    });
    json!({ "format_version": "1.0", "resource_drift": each.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_names_both_values() {
        let row = DriftRow {
            address: "pool.serve.nodes[0]".into(),
            what: "changed",
            attribute: Some("labels".into()),
            before: Some(json!({"a": "1"})),
            after: None,
        };
        let text = human(&[row], &Palette::PLAIN);
        assert!(
            text.contains("  pool.serve.nodes[0]  labels: {\"a\":\"1\"} → nothing\n"),
            "{text}"
        );
        assert_eq!(
            human(&[], &Palette::PLAIN),
            "What exists is as it was left.\n"
        );
    }
}
