//! The texts of comments.

use super::reviews::Reviewed;
use super::{Place, What};
use crate::forge::{Draft, Marker, fitted};
use crate::review::Made;

/// What is said of each spec, as long as the forge takes.
pub(super) fn drafts(what: &What, place: &Place<'_>, reviews: &[Reviewed]) -> Vec<Draft> {
    let each = reviews.iter().map(|Reviewed { valid_at, spec }| {
        let plan = match &spec.head.made {
            Made::Planned { plan_sha256, .. } => Some(plan_sha256.as_str()),
            Made::Absent | Made::Refused { .. } => None,
        };
        let mut marker = Marker::new(&spec.spec, &what.tag, plan, valid_at);
        marker.id = place.forge.nonce();
        let text = fitted(place.forge, &marker.line(), |limit| {
            text(spec, limit, place.report.as_deref())
        });
        Draft {
            marker,
            text,
            make: what.when.is_met(spec),
        }
    });
    each.collect()
}

fn text(spec: &crate::review::SpecReview, limit: usize, report: Option<&str>) -> String {
    let mut text = format!("### {}\n\n", escaped(&spec.spec));
    for stage in &spec.stages {
        text.push_str(&format!(
            "- {} {:?}\n",
            escaped(&stage.name),
            stage.difference.map(|d| d.total().total.micro_usd())
        ));
    }
    if text.chars().count() > limit {
        text = text.chars().take(limit).collect();
    }
    if let Some(report) = report {
        text.push_str(&format!("\n[Report]({report})\n"));
    }
    text
}

fn escaped(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-._/ ".contains(*c))
        .collect()
}

/// What an older comment says once the change no longer touches its spec.
pub(super) fn withdrawn(spec: &str) -> String {
    let spec = escaped(spec);
    format!(
        "### {spec}: no difference any more\n\nAn earlier version of this change touched this spec. It no longer does.\n"
    )
}
