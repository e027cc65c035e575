//! A review as the file that GitLab shows beside a merge request (`artifacts: reports: terraform`).
//!
//! ```json
//! {"create": 1, "update": 2, "delete": 0}
//! ```

use serde_json::{Value, json};

use crate::review::{Review, StageStatus};

/// Counts the stages of all specs that are new, that change and that are gone.
#[must_use]
pub fn terraform_report(review: &Review) -> Value {
    let stages = || review.specs.iter().flat_map(|spec| &spec.stages);
    let count = |status| stages().filter(|stage| stage.status == status).count();
    json!({
        "create": count(StageStatus::Added),
        "update": count(StageStatus::Changed),
        "delete": count(StageStatus::Removed),
    })
}
