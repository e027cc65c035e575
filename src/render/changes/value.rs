//! Values of attributes in few words. What nodes run when they start isn't shown: it may be long, and
//! it is where people leave what nobody should read.

use serde_json::Value;

use crate::catalog::text::sha256_hex;
use crate::render::text;

/// Attributes of which only the digest and the length are shown.
const HIDDEN: &[&str] = &["user_data"];

/// Columns of a value; what is longer is cut.
const WIDEST: usize = 48;

/// An attribute's value as programs may see it.
pub(super) fn visible(name: &str, value: &Value) -> Value {
    match value.as_str() {
        Some(text) if HIDDEN.contains(&name) && !text.is_empty() => {
            let digest = sha256_hex(text.as_bytes());
            Value::from(format!("sha256:{digest} ({} bytes)", text.len()))
        }
        _ => value.clone(),
    }
}

/// The same for people: short, and without what a terminal would act on.
pub(super) fn short(name: &str, value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "(none)".to_owned();
    };
    if let Some(text) = value.as_str().filter(|_| HIDDEN.contains(&name)) {
        let digest: String = sha256_hex(text.as_bytes()).chars().take(8).collect();
        return match text.len() {
            0 => "(none)".to_owned(),
            length => format!("{length} bytes ({digest}…)"),
        };
    }
    text::cut(&text::inert_line(&value.to_string()), WIDEST)
}
