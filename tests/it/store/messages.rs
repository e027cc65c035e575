//! What is told of a state that can't be used: what, who, and a way out.

use mlinfra::diagnostics::{Diagnostic, ExitKind, Hint};
use mlinfra::state::{JournalError, StateError};
use mlinfra::store::blobs::{BlobError, SealError};
use mlinfra::store::lease::{Holder, Lease, LeaseError};
use mlinfra::store::vault::{VaultError, diagnostic};

use super::events::at;

#[track_caller]
fn check(error: impl Into<VaultError>, code: &str, exit: ExitKind, says: &[&str]) -> Diagnostic {
    let told = diagnostic(&error.into());
    assert_eq!((told.code.slug, told.code.exit), (code, exit));
    let mut text = told.detail.clone();
    for hint in &told.hints {
        text += "\n";
        text += match hint {
            Hint::Text(text) | Hint::Command { command: text, .. } => text,
        };
    }
    for part in says {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
    told
}

fn lease() -> Box<Lease> {
    Box::new(Lease {
        fence: 7,
        renewed: 3,
        holder: Some(Holder {
            who: "ada".into(),
            host: "ci-7".into(),
            process: 4711,
            job: Some("https://ci.acme.test/42".into()),
            command: "apply".into(),
            life: None,
        }),
        since: at(0),
        expires: at(60),
        serial: 0,
        nonce: 0,
    })
}

fn name() -> String {
    "state.json".into()
}

#[test]
fn a_lock_says_who_holds_it_since_when_and_how_it_is_broken() {
    let says = [
        "ada on ci-7 (process 4711), with `apply`, in the CI job https://ci.acme.test/42",
        "Lock 7, since 2027-01-15T08:00:00Z; it lasts until 2027-01-15T08:01:00Z",
        "mlinfra state unlock 7",
    ];
    check(
        LeaseError::Held(lease()),
        "state::locked",
        ExitKind::Locked,
        &says,
    );
    let mut nameless = lease();
    nameless.holder = Some(Holder::default());
    let says = ["held by somebody on an unknown machine"];
    check(
        LeaseError::Held(nameless),
        "state::locked",
        ExitKind::Locked,
        &says,
    );
}

#[test]
fn a_lock_that_is_not_there_or_another_is_told() {
    let (code, exit) = ("state::not-locked", ExitKind::Error);
    check(
        LeaseError::NotThat(None),
        code,
        exit,
        &["Nobody holds the state"],
    );
    check(
        LeaseError::NotThat(Some(lease())),
        code,
        exit,
        &["the number 7, by ada"],
    );
    check(
        LeaseError::Lost,
        "state::lock-lost",
        ExitKind::Locked,
        &["Nothing was written"],
    );
}

#[test]
fn damage_is_told_with_its_place() {
    let exit = ExitKind::StateDamaged;
    let state = |source| VaultError::State {
        name: name(),
        source,
    };
    let json = serde_json::from_str::<u8>("{").unwrap_err();
    let says = [
        "`state.json` is no state",
        "line 1 column",
        "mlinfra state history",
    ];
    check(state(StateError::Form(json)), "state::damaged", exit, &says);
    check(
        state(StateError::Digest),
        "state::damaged",
        exit,
        &["its digest doesn't fit"],
    );
    check(
        LeaseError::Form("x".into()),
        "state::damaged",
        exit,
        &["`lease.json`"],
    );
    let journal = VaultError::Journal {
        name: "journal/1".into(),
        line: 3,
        source: JournalError::Damaged { line: 9 },
    };
    let says = ["line 3 of `journal/1`", "Nothing was changed"];
    check(journal, "state::journal-damaged", exit, &says);
    let rolled_back = |found| VaultError::RolledBack { found, expected: 5 };
    let says = ["has serial 3, and serial 5 was written", "push --force"];
    check(rolled_back(3), "state::rolled-back", exit, &says);
    check(
        rolled_back(0),
        "state::rolled-back",
        exit,
        &["There is no state in this place"],
    );
}

#[test]
fn states_that_are_not_this_one_are_told_apart() {
    let exit = ExitKind::Error;
    let newer = VaultError::State {
        name: name(),
        source: StateError::Newer { found: 9 },
    };
    check(
        newer,
        "state::newer-format",
        exit,
        &["format version 9; this program knows up to 1"],
    );
    let other = VaultError::OtherProject { found: "q".into() };
    check(
        other,
        "state::other-project",
        exit,
        &["project `q`", "a place of its own"],
    );
    let lineage = VaultError::OtherLineage {
        found: "a".into(),
        expected: "b".into(),
    };
    check(
        lineage,
        "state::other-lineage",
        exit,
        &["lineage `a`", "`b`", "push --force"],
    );
    let older = VaultError::Older {
        found: 1,
        expected: 2,
    };
    check(
        older,
        "state::older",
        exit,
        &["serial 1", "has 2", "push --force"],
    );
    let diverged = VaultError::Diverged { serial: 4 };
    check(
        diverged,
        "state::diverged",
        exit,
        &["serial 4", "push --force"],
    );
}

#[test]
fn a_place_that_does_not_answer_or_lets_nobody_in_is_told() {
    let message = || "no route".to_owned();
    let unreachable = "state::unreachable";
    let failed = BlobError::Failed {
        name: name(),
        message: message(),
    };
    check(
        failed,
        unreachable,
        ExitKind::Error,
        &["`state.json`: no route."],
    );
    let unknown = BlobError::Unknown {
        name: name(),
        message: message(),
    };
    check(
        unknown,
        unreachable,
        ExitKind::Error,
        &["no answer whether `state.json` was written"],
    );
    let conflict = BlobError::Conflict { name: name() };
    check(conflict, unreachable, ExitKind::Error, &["again and again"]);
    let denied = BlobError::Denied {
        name: name(),
        message: message(),
    };
    check(
        denied,
        "state::denied",
        ExitKind::Credentials,
        &["check the credentials"],
    );
}

#[test]
fn a_key_that_is_missing_wrong_or_too_much_is_told() {
    let sealing = |problem| BlobError::Sealing {
        name: name(),
        problem,
    };
    let exit = ExitKind::Credentials;
    let key = || "630dcd29".to_owned();
    let says = ["encrypted with the key 630dcd29", "MLINFRA_STATE_KEY"];
    check(
        sealing(SealError::NoKey { key: key() }),
        "state::encrypted",
        exit,
        &says,
    );
    let other = SealError::OtherKey {
        found: key(),
        given: "aa".into(),
    };
    check(
        sealing(other),
        "state::wrong-key",
        exit,
        &["key 630dcd29", "at hand is aa"],
    );
    let says = ["isn't encrypted", "unset `MLINFRA_STATE_KEY`"];
    check(
        sealing(SealError::NotSealed),
        "state::not-encrypted",
        exit,
        &says,
    );
    let damaged = sealing(SealError::Damaged);
    check(
        damaged,
        "state::damaged",
        ExitKind::StateDamaged,
        &["`state.json` is damaged"],
    );
    let newer = sealing(SealError::Newer { form: "2".into() });
    check(
        newer,
        "state::newer-format",
        ExitKind::Error,
        &["in the form 2"],
    );
}
