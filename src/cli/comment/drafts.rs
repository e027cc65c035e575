//! The texts of comments.

use super::reviews::Reviewed;
use super::{Place, What};
use crate::forge::{Draft, Marker, fitted};
use crate::render::markdown::shown;
use crate::render::review::{Shown, markdown};
use crate::review::Made;

/// Columns of a spec's path in a heading.
const NAME: usize = 60;

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
            let report = place.report.clone();
            markdown(spec, &Shown { limit, report })
        });
        Draft {
            marker,
            text,
            make: what.when.is_met(spec),
        }
    });
    each.collect()
}

/// What an older comment says once the change no longer touches its spec.
pub(super) fn withdrawn(spec: &str) -> String {
    let spec = match spec {
        "." => "The spec at the root".to_owned(),
        spec => shown(spec, NAME),
    };
    format!(
        "### {spec}: no difference any more\n\n\
         An earlier version of this change made one. As it is now, it leaves this spec as it was.\n"
    )
}
