//! Reviews from files, joined.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use crate::diagnostics::{Diagnostic, forge};
use crate::review::{Review, SpecReview};
use crate::store::plans;

/// What a change costs in one spec.
pub(super) struct Reviewed {
    /// When that held.
    pub valid_at: String,
    /// What it costs.
    pub spec: SpecReview,
}

/// Reads reviews, and joins them by the paths of their specs.
///
/// # Errors
///
/// `cli::cannot-read`, and `forge::wrong-review` when a file holds none or two tell of one spec.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Reviewed>, Diagnostic> {
    let mut all = BTreeMap::new();
    for path in paths {
        let review = read_one(path)?;
        for spec in review.specs {
            let name = spec.spec.clone();
            let reviewed = Reviewed {
                valid_at: review.valid_at.clone(),
                spec,
            };
            if all.insert(name.clone(), reviewed).is_some() {
                let path = path.display();
                return Err(Diagnostic::error(&forge::WRONG_REVIEW).detail(format!(
                    "`{path}` tells of the spec `{name}`, of which a review before it tells too."
                )));
            }
        }
    }
    Ok(all.into_values().collect())
}

/// When the latest of them held; empty when there are none.
pub(super) fn newest(reviews: &[Reviewed]) -> &str {
    let times = reviews.iter().map(|review| review.valid_at.as_str());
    let newest = times.max_by_key(|time| time.parse::<Timestamp>().ok());
    newest.unwrap_or_default()
}

fn read_one(path: &Path) -> Result<Review, Diagnostic> {
    let wrong = |why: String| {
        let path = path.display();
        Diagnostic::error(&forge::WRONG_REVIEW)
            .detail(format!("`{path}` {why}"))
            .hint_command(
                "To write a review, run:",
                "mlinfra diff --base main --json > review.json",
            )
    };
    let value: Value = plans::read(path, &forge::WRONG_REVIEW)?;
    let version = value.get("format_version").and_then(Value::as_str);
    let Some(version) = version else {
        return Err(wrong(
            "has no `format_version`, so it is something else.".to_owned(),
        ));
    };
    if version.split('.').next() != Some("1") {
        return Err(wrong(format!(
            "has format {version}. This version of mlinfra reads format 1."
        )));
    }
    let review: Review = serde_json::from_value(value)
        .map_err(|error| wrong(format!("isn't a review: {error}.")))?;
    if review.valid_at.parse::<Timestamp>().is_err() {
        return Err(wrong("doesn't say in `valid_at` when it held.".to_owned()));
    }
    Ok(review)
}
