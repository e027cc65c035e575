//! What something else changed, as it is shown.

use super::super::running::prepare::Found;
use crate::applying::Drifted;
use crate::render::drift::DriftRow;

/// One row for each difference.
pub(super) fn rows(found: &Found) -> Vec<DriftRow> {
    found
        .drift
        .iter()
        .map(|drift| {
            let (what, attribute, before, after) = match &drift.what {
                Drifted::Changed {
                    attribute,
                    before,
                    after,
                } => ("changed", Some(attribute), before.clone(), after.clone()),
                Drifted::Gone => ("gone", None, None, None),
                Drifted::Failed { reason } => ("broken", None, None, Some(reason.clone().into())),
                Drifted::Disowned => ("not tagged as ours any more", None, None, None),
            };
            DriftRow {
                address: drift.address.clone(),
                what,
                attribute: attribute.cloned(),
                before,
                after,
            }
        })
        .collect()
}
