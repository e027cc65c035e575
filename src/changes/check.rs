//! Whether a plan may still be carried out.

use super::frozen::{Frozen, Inputs, PriorDigest};
use crate::diagnostics::{Diagnostic, apply};
use crate::state::State;

const ANEW: &str = "To see what would be done now, run:";

/// Whether a plan may be applied to a state: it is that state's, hasn't been applied, and what exists
/// and what it was made from are as they were.
///
/// A project of which nothing exists yet has no state; its plan names the lineage that the state gets.
///
/// # Errors
///
/// `apply::foreign-plan`, `apply::consumed-plan`, `apply::stale-plan`, `apply::edited-spec` or
/// `apply::edited-catalog`, whichever comes first.
pub fn check(frozen: &Frozen, state: &State, now: &Inputs) -> Result<(), Diagnostic> {
    let there = PriorDigest::of(state);
    if frozen.project != state.project {
        return Err(other_project(frozen, state));
    }
    if frozen.prior.lineage != there.lineage {
        return Err(other_lineage(frozen, &there));
    }
    if state.consumed.contains(&frozen.digest()) {
        return Err(consumed());
    }
    if frozen.prior.digest != there.digest {
        return Err(stale(frozen, &there));
    }
    if frozen.inputs.spec_sha256 != now.spec_sha256 {
        return Err(edited_spec(frozen, now));
    }
    if frozen.inputs.catalogs != now.catalogs {
        return Err(edited_catalogs(frozen, now));
    }
    Ok(())
}

fn other_project(frozen: &Frozen, state: &State) -> Diagnostic {
    Diagnostic::error(&apply::FOREIGN_PLAN)
        .detail(format!(
            "The plan is for project `{}`, and this is the state of `{}`.",
            frozen.project, state.project
        ))
        .hint("run it in the folder of the spec that it was made from.")
}

fn other_lineage(frozen: &Frozen, there: &PriorDigest) -> Diagnostic {
    Diagnostic::error(&apply::FOREIGN_PLAN)
        .detail(format!(
            "The plan was made for the state with lineage `{}`, and this one has `{}`. They are \
             different states of one project, and what one has isn't in the other.",
            frozen.prior.lineage, there.lineage
        ))
        .hint("check that `state` in the spec names the place that the plan was made with.")
        .hint_command(ANEW, "mlinfra plan")
}

fn consumed() -> Diagnostic {
    Diagnostic::error(&apply::CONSUMED_PLAN)
        .detail(
            "This plan was applied before, in whole or in part, and a plan is applied once: what it \
             was made from isn't there any more.",
        )
        .hint_command("To go on with what was left, run:", "mlinfra resume")
        .hint_command(ANEW, "mlinfra plan")
}

fn stale(frozen: &Frozen, there: &PriorDigest) -> Diagnostic {
    let serials = if frozen.prior.serial == there.serial {
        format!("the state's serial is {} in both", there.serial)
    } else {
        format!(
            "the state's serial was {} then and is {} now",
            frozen.prior.serial, there.serial
        )
    };
    Diagnostic::error(&apply::STALE_PLAN)
        .detail(format!(
            "What exists has changed since the plan was made: {serials}. What the plan would do isn't \
             what is needed any more."
        ))
        .hint_command(ANEW, "mlinfra plan")
}

fn edited_spec(frozen: &Frozen, now: &Inputs) -> Diagnostic {
    Diagnostic::error(&apply::EDITED_SPEC)
        .detail(format!(
            "The spec has digest {} now, and the plan was made from {}. What would be made isn't what \
             the spec asks for.",
            short(&now.spec_sha256),
            short(&frozen.inputs.spec_sha256)
        ))
        .hint("apply it with the spec, the variables and the models that it was made from.")
        .hint_command(ANEW, "mlinfra plan")
}

fn edited_catalogs(frozen: &Frozen, now: &Inputs) -> Diagnostic {
    let (then, now) = (&frozen.inputs.catalogs, &now.catalogs);
    let names = then.keys().chain(now.keys());
    let mut changed: Vec<String> = names
        .filter(|name| then.get(*name) != now.get(*name))
        .map(|name| format!("`{name}`"))
        .collect();
    changed.sort();
    changed.dedup();
    Diagnostic::error(&apply::EDITED_CATALOG)
        .detail(format!(
            "The plan was made from other prices: {} isn't the same in both.",
            changed.join(", ")
        ))
        .hint("apply it with the catalogs and the version of mlinfra that it was made with.")
        .hint_command(ANEW, "mlinfra plan")
}

/// As much of a digest as a reader compares.
fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}
