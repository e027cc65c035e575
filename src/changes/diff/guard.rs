//! What may not be done.

use std::collections::BTreeMap;

use super::{Action, Change, Mode, OpenEnsure, Prior, Reason, Wanted};
use crate::changes::reference;
use crate::diagnostics::{Diagnostic, Diagnostics, apply};

/// Changes that would delete what is protected, by the spec or by the state.
pub(super) fn protected(
    changes: &[Change],
    ordered: &[&Wanted],
    wanted: &[Wanted],
    prior: &Prior<'_>,
) -> Diagnostics {
    let by_address: BTreeMap<&str, &Wanted> = ordered
        .iter()
        .map(|object| (&*object.address, *object))
        .collect();
    let origins = wanted
        .iter()
        .filter_map(|object| Some((&*object.stage, object.origin?)));
    let origins: BTreeMap<&str, _> = origins.collect();
    let mut diagnostics = Diagnostics::new();
    for change in changes.iter().filter(|change| change.action.deletes()) {
        let by_spec = change.reason != Reason::Deposed
            && by_address
                .get(&*change.address)
                .is_some_and(|object| object.prevent_destroy);
        let there = prior.state.objects.get(&change.address);
        let there = there.filter(|there| Some(&there.id) == change.id.as_ref());
        let by_state = there.is_some_and(|there| there.intent.prevent_destroy);
        if by_spec || by_state {
            let diagnostic = refused(change, by_spec);
            diagnostics.push(match origins.get(&*change.stage) {
                Some(origin) => diagnostic.at(*origin),
                None => diagnostic,
            });
        }
    }
    diagnostics
}

fn refused(change: &Change, by_spec: bool) -> Diagnostic {
    let Change { address, stage, .. } = change;
    let done = match change.action {
        Action::Delete => "be deleted",
        _ => "be deleted and made anew",
    };
    let why: Vec<String> = change
        .replaced_by
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let why = match (change.reason, why.is_empty()) {
        (Reason::NotWanted, _) => " since no stage wants it any more".to_owned(),
        (Reason::Tainted, _) => " since it is only there in part".to_owned(),
        (_, false) => format!(" for {}", why.join(", ")),
        _ => String::new(),
    };
    let says = if by_spec { "the spec" } else { "the state" };
    let diagnostic = Diagnostic::error(&apply::PREVENT_DESTROY).detail(format!(
        "`{address}` would {done}{why}, and {says} says `prevent_destroy` of stage `{stage}`."
    ));
    if by_spec {
        diagnostic.hint(format!(
            "if it may go, take `prevent_destroy` out of stage `{stage}` and apply once; then do this \
             again."
        ))
    } else {
        diagnostic.hint(format!(
            "if it may go, put stage `{stage}` back into the spec without `prevent_destroy` and apply \
             once; then do this again."
        ))
    }
}

/// Objects that may have been made, and that are to be made otherwise now: two could be the end of it.
/// Nothing can be deleted of which nobody knows whether it is there.
pub(super) fn unsettled(
    changes: &[Change],
    ordered: &[&Wanted],
    prior: &Prior<'_>,
    mode: Mode,
) -> Diagnostics {
    let creating = changes.iter().filter(|change| change.action.creates());
    let creating: BTreeMap<&str, &Change> =
        creating.map(|change| (&*change.address, change)).collect();
    let mut diagnostics = Diagnostics::new();
    for (address, open) in prior.open {
        let object = ordered.iter().find(|object| object.address == *address);
        let same = object.is_some_and(|object| way_of(object, prior).is_some());
        let told = format!(
            "`{address}` was about to be made or changed in `{}`, and nobody knows yet what became \
             of it.",
            open.desired.scope
        );
        let diagnostic = match mode {
            Mode::Destroy => Diagnostic::warning(&apply::UNSETTLED)
                .detail(format!("{told} If it is there, it isn't deleted by this.")),
            Mode::Apply if creating.contains_key(&**address) && !same => {
                Diagnostic::error(&apply::UNSETTLED).detail(format!(
                    "{told} As it is wanted otherwise now, there could be two."
                ))
            }
            Mode::Apply => continue,
        };
        let hint = "try again when the provider answers: it is asked about it first.";
        diagnostics.push(diagnostic.hint(hint));
    }
    diagnostics
}

/// The place of the way that an open operation was about to take.
pub(in crate::changes) fn way_of(object: &Wanted, prior: &Prior<'_>) -> Option<usize> {
    let open = prior.open.get(&object.address)?;
    let look = |address: &str| {
        let there = prior.object(address)?;
        Some(reference::Referent {
            id: &there.id,
            attributes: &there.observed,
        })
    };
    object.ways.iter().position(|way| {
        let as_was = open.desired.attributes == way.attributes
            || reference::resolve(&way.attributes, &look).as_ref() == Ok(&open.desired.attributes);
        as_was && open.provider == way.provider && open.desired.scope == way.scope
    })
}

/// What was begun with the object that is there, if that is what it is to be still: it is waited for
/// under the same key.
pub(in crate::changes) fn begun<'p>(object: &Wanted, prior: &Prior<'p>) -> Option<&'p OpenEnsure> {
    way_of(object, prior)?;
    let there = prior.object(&object.address)?;
    let open = prior.open.get(&object.address)?;
    let same = open.desired.name == there.name
        && open.provider == there.provider
        && open.desired.scope == there.id.scope;
    same.then_some(open)
}

/// Whether a change goes on, under the same key, with what was begun at its address and not settled.
#[must_use]
pub fn goes_on(change: &Change, wanted: &[Wanted], prior: &Prior<'_>) -> bool {
    let object = wanted
        .iter()
        .find(|object| object.address == change.address);
    object.is_some_and(|object| match change.action {
        Action::Update => begun(object, prior).is_some(),
        action if action.creates() => way_of(object, prior).is_some(),
        _ => false,
    })
}
