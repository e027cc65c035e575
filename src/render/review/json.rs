use serde_json::{Value, json};

use crate::review::Review;

/// Renders a review as JSON: what `mlinfra comment` reads back.
#[must_use]
pub fn json(review: &Review) -> Value {
    json!(review)
}
