//! What to tell people of a state that can't be opened or written.

use super::super::blobs::sealed::KEY_VARIABLE;
use super::super::blobs::{BlobError, SealError};
use super::super::lease::{Holder, Lease, LeaseError};
use super::VaultError;
use crate::diagnostics::{Diagnostic, state};
use crate::state::{FORMAT_VERSION, StateError};

/// What is told of an error.
#[must_use]
pub fn diagnostic(error: &VaultError) -> Diagnostic {
    match error {
        VaultError::Lease(error) => of_lease(error),
        VaultError::State { name, source } => of_state(name, source),
        VaultError::Journal { name, line, source } => {
            journal_damaged(name, *line, &source.to_string())
        }
        VaultError::OtherProject { found } => other_project(found),
        VaultError::RolledBack { found, expected } => rolled_back(*found, *expected),
        VaultError::OtherLineage { found, expected } => other_lineage(found, expected),
        VaultError::Older { found, expected } => older(*found, *expected),
        VaultError::Diverged { serial } => diverged(*serial),
        VaultError::Blobs(error) => of_blob(error),
    }
}

/// The same of the lease alone.
fn of_lease(error: &LeaseError) -> Diagnostic {
    match error {
        LeaseError::Held(lease) => locked(lease),
        LeaseError::NotThat(lease) => not_locked(lease.as_deref()),
        LeaseError::Lost => Diagnostic::error(&state::LOCK_LOST).detail(
            "Somebody else has taken the state over, because it wasn't renewed in time or because \
             it was unlocked. Nothing was written after that. What had begun is noted in the \
             journal, and whoever opens the state next looks it up.",
        ),
        LeaseError::NoRandomness => {
            Diagnostic::error(&state::UNREACHABLE).detail("The system gives no random numbers.")
        }
        LeaseError::Form(message) => Diagnostic::error(&state::DAMAGED)
            .detail(format!(
                "`lease.json`, which tells who holds the state, isn't what was written: {message}.",
            ))
            .hint("if you are certain that nobody is applying, delete `lease.json`"),
        LeaseError::Blobs(error) => of_blob(error),
    }
}

/// A held lease in words: "ada on ci-7 (process 4711), CI job …, with `apply`".
fn told(holder: &Holder) -> String {
    let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
    let mut words = format!(
        "{} on {} (process {}), with `{}`",
        or(&holder.who, "somebody"),
        or(&holder.host, "an unknown machine"),
        holder.process,
        or(&holder.command, "an unknown command"),
    );
    if let Some(job) = &holder.job {
        words += &format!(", in the CI job {job}");
    }
    words
}

fn locked(lease: &Lease) -> Diagnostic {
    let who = told(&lease.holder.clone().unwrap_or_default());
    Diagnostic::error(&state::LOCKED)
        .detail(format!(
            "It is held by {who}.\nLock {}, since {}; it lasts until {} unless it is renewed.",
            lease.fence,
            second(lease.since),
            second(lease.expires),
        ))
        .hint("wait until it is done; a process that has died loses the lock at that time")
        .hint_command(
            "If it hangs and must not go on, take the lock from it:",
            format!("mlinfra state unlock {}", lease.fence),
        )
}

/// A time to the second: the rest is noise.
fn second(time: jiff::Timestamp) -> String {
    let whole = jiff::Timestamp::from_second(time.as_second());
    whole.unwrap_or(time).to_string()
}

fn not_locked(lease: Option<&Lease>) -> Diagnostic {
    let diagnostic = Diagnostic::error(&state::NOT_LOCKED);
    match lease {
        None => diagnostic.detail("Nobody holds the state, so there is nothing to unlock."),
        Some(lease) => diagnostic
            .detail(format!(
                "The state is held under the number {}, by {}.",
                lease.fence,
                told(&lease.holder.clone().unwrap_or_default()),
            ))
            .hint("give that number, if it is what you want to end"),
    }
}

fn of_state(name: &str, error: &StateError) -> Diagnostic {
    match error {
        StateError::Newer { found } => Diagnostic::error(&state::NEWER_FORMAT)
            .detail(format!(
                "`{name}` has format version {found}; this program knows up to {FORMAT_VERSION}.",
            ))
            .hint("use the version of mlinfra that wrote it, or a later one"),
        StateError::Form(source) => damaged(&format!("`{name}` is no state: {source}.")),
        StateError::Digest => damaged(&format!(
            "`{name}` isn't what was written: its digest doesn't fit. It was changed by hand or \
             damaged.",
        )),
    }
}

fn damaged(detail: &str) -> Diagnostic {
    let detail = format!("{detail} Nothing was changed.");
    Diagnostic::error(&state::DAMAGED)
        .detail(detail)
        .hint("put back what your store or your backup kept of it")
        .hint_command(
            "To see the states that were kept, run:",
            "mlinfra state history",
        )
}

fn journal_damaged(name: &str, line: usize, why: &str) -> Diagnostic {
    Diagnostic::error(&state::JOURNAL_DAMAGED)
        .detail(format!(
            "The journal of the last run can't be relied on, so it isn't certain what that run made: \
             {why} (line {line} of `{name}`). Nothing was changed.",
        ))
        .hint("put back what your store or your backup kept of this file")
}

fn other_project(found: &str) -> Diagnostic {
    Diagnostic::error(&state::OTHER_PROJECT)
        .detail(format!(
            "The state in this place is of project `{found}`. Applied with this spec, everything \
             in it would be deleted.",
        ))
        .hint("give each project a place of its own, by `key` or `path` of its `state` block")
}

fn rolled_back(found: u64, expected: u64) -> Diagnostic {
    let found = match found {
        0 => "There is no state in this place".to_owned(),
        serial => format!("The state in this place has serial {serial}"),
    };
    Diagnostic::error(&state::ROLLED_BACK)
        .detail(format!(
            "{found}, and serial {expected} was written. Somebody put an older one there, or \
             deleted it: what was made since is not in it and would be made again.",
        ))
        .hint("put back the last state, from your store's versions or a backup")
        .hint_command(
            "To take a state that you have checked, run:",
            "mlinfra state push --force FILE",
        )
}

fn other_lineage(found: &str, expected: &str) -> Diagnostic {
    Diagnostic::error(&state::OTHER_LINEAGE)
        .detail(format!(
            "It is of lineage `{found}`, and the state in this place is of `{expected}`: one \
             doesn't come from the other. Objects of the state in this place that aren't in it \
             would be forgotten.",
        ))
        .hint_command("To put it there nevertheless, run:", PUSH)
}

fn older(found: u64, expected: u64) -> Diagnostic {
    Diagnostic::error(&state::OLDER)
        .detail(format!(
            "It has serial {found}, and the state in this place has {expected}: what was made \
             since would be forgotten.",
        ))
        .hint_command("To put it there nevertheless, run:", PUSH)
}

fn diverged(serial: u64) -> Diagnostic {
    Diagnostic::error(&state::DIVERGED)
        .detail(format!(
            "It has serial {serial}, as the state in this place has, and other objects: both come \
             from one state and were changed apart.",
        ))
        .hint_command("To put it there nevertheless, run:", PUSH)
}

const PUSH: &str = "mlinfra state push --force FILE";

/// What is told of a place that can't be read or written.
fn of_blob(error: &BlobError) -> Diagnostic {
    match error {
        BlobError::Conflict { name } => Diagnostic::error(&state::UNREACHABLE)
            .detail(format!(
                "`{name}` is being written by somebody else, again and again."
            ))
            .hint("try again"),
        BlobError::Unknown { name, message } => {
            Diagnostic::error(&state::UNREACHABLE).detail(format!(
                "There was no answer whether `{name}` was written: {message}. What is there now \
                 tells, and the next run reads it.",
            ))
        }
        BlobError::Failed { name, message } => {
            Diagnostic::error(&state::UNREACHABLE).detail(format!("`{name}`: {message}."))
        }
        BlobError::Denied { name, message } => Diagnostic::error(&state::DENIED)
            .detail(format!("`{name}`: {message}."))
            .hint("check the credentials in the environment, and what they are allowed to do"),
        BlobError::Sealing { name, problem } => of_sealing(name, problem),
    }
}

fn of_sealing(name: &str, problem: &SealError) -> Diagnostic {
    let detail = format!("`{name}` {problem}.");
    match problem {
        SealError::NoKey { .. } => {
            Diagnostic::error(&state::ENCRYPTED)
                .detail(detail)
                .hint(format!(
                    "set `{KEY_VARIABLE}` to the key that it was encrypted with"
                ))
        }
        SealError::OtherKey { .. } => Diagnostic::error(&state::WRONG_KEY)
            .detail(format!(
                "{detail} A key is named by the first eight digits of its sha-256.",
            ))
            .hint(format!(
                "set `{KEY_VARIABLE}` to the key that it was encrypted with"
            )),
        SealError::NotSealed => Diagnostic::error(&state::NOT_ENCRYPTED)
            .detail(format!("{detail} It would be read as what it isn't."))
            .hint(format!("unset `{KEY_VARIABLE}` to use the state as it is"))
            .hint(
                "to encrypt it, pull it without the key, empty its place, and push it with the key",
            ),
        SealError::Damaged => damaged(&detail),
        SealError::NoNonce => Diagnostic::error(&state::UNREACHABLE).detail(detail),
        SealError::Newer { .. } => Diagnostic::error(&state::NEWER_FORMAT)
            .detail(detail)
            .hint("use the version of mlinfra that wrote it, or a later one"),
    }
}
