//! Another state is put in only where nothing is forgotten by it, and a lock is broken so that its
//! holder can't go on.

use mlinfra::state::State;
use mlinfra::store::lease::{Holder, LeaseError};
use mlinfra::store::vault::{Vault, VaultError, break_open, look, peek};

use super::at_once;
use super::events::{addresses, at, key, made, open, started};
use crate::blobs::Memory;

/// A state with serial 3 and the object 1, which nobody holds.
fn closed() -> (Memory, State) {
    let blobs = Memory::default();
    let mut vault = open(&blobs, 0).unwrap();
    at_once(vault.note(made(1), at(0))).unwrap();
    at_once(vault.commit(|_| {}, at(0))).unwrap();
    at_once(vault.commit(|_| {}, at(0))).unwrap();
    at_once(vault.close()).unwrap();
    let state = at_once(peek(&blobs)).unwrap().unwrap();
    assert_eq!(state.serial, 3);
    (blobs, state)
}

/// Puts a state in; the state after that.
fn push(blobs: &Memory, state: State, force: bool) -> Result<State, VaultError> {
    let mut vault = open(blobs, 1)?;
    let pushed = at_once(vault.push(state, force, at(1)));
    at_once(vault.close()).unwrap();
    pushed?;
    Ok(at_once(peek(blobs))?.unwrap())
}

#[test]
fn a_state_goes_back_where_it_came_from() {
    let (blobs, state) = closed();
    let pushed = push(&blobs, state.clone(), false).unwrap();
    assert_eq!((pushed.serial, &pushed.objects), (5, &state.objects));
}

#[test]
fn a_state_as_it_was_looked_at_goes_back_though_its_journal_was_open() {
    let blobs = Memory::default();
    let mut vault = open(&blobs, 0).unwrap();
    at_once(vault.note(made(1), at(0))).unwrap();
    let seen = at_once(look(&blobs)).unwrap().unwrap().state;
    at_once(vault.close()).unwrap();
    let pushed = push(&blobs, seen, false).unwrap();
    assert_eq!(addresses(&pushed), ["pool.n1"]);
}

#[test]
fn an_older_state_is_refused_unless_it_is_forced() {
    let (blobs, state) = closed();
    let older = State { serial: 2, ..state };
    let refused = push(&blobs, older.clone(), false);
    assert!(matches!(
        refused,
        Err(VaultError::Older {
            found: 2,
            expected: 3
        })
    ));
    let pushed = push(&blobs, older, true).unwrap();
    assert!(pushed.serial > 4, "{}", pushed.serial);
}

#[test]
fn one_with_the_same_serial_and_other_objects_is_refused_unless_it_is_forced() {
    let (blobs, state) = closed();
    let mut other = state;
    other.objects.clear();
    let refused = push(&blobs, other.clone(), false);
    assert!(matches!(refused, Err(VaultError::Diverged { serial: 3 })));
    let (blobs, _) = closed();
    assert!(push(&blobs, other, true).unwrap().objects.is_empty());
}

#[test]
fn one_of_another_lineage_is_refused_unless_it_is_forced() {
    let (blobs, state) = closed();
    let other = State {
        lineage: "xyz".into(),
        serial: 90,
        ..state
    };
    let refused = push(&blobs, other.clone(), false);
    assert!(
        matches!(refused, Err(VaultError::OtherLineage { found, expected })
            if found == "xyz" && expected == "abc")
    );
    let pushed = push(&blobs, other, true).unwrap();
    assert_eq!((pushed.lineage.as_str(), pushed.serial), ("xyz", 91));
}

#[test]
fn one_of_another_project_is_refused_always() {
    let (blobs, state) = closed();
    let other = State {
        project: "q".into(),
        ..state
    };
    for force in [false, true] {
        let refused = push(&blobs, other.clone(), force);
        assert!(matches!(refused, Err(VaultError::OtherProject { found }) if found == "q"));
    }
}

#[test]
fn any_state_of_the_project_goes_into_an_empty_place() {
    let (_, state) = closed();
    let pushed = push(&Memory::default(), state.clone(), false).unwrap();
    assert_eq!(
        (pushed.lineage, pushed.objects),
        (state.lineage, state.objects)
    );
    assert_eq!(pushed.serial, 4);
}

#[test]
fn what_was_begun_stays_open_when_another_state_is_put_in() {
    let (blobs, state) = closed();
    let mut vault = open(&blobs, 1).unwrap();
    at_once(vault.note(vec![(key(7), 1, started(7))], at(1))).unwrap();
    at_once(vault.push(state, true, at(1))).unwrap();
    at_once(vault.close()).unwrap();
    let vault = open(&blobs, 2).unwrap();
    assert_eq!(vault.unsettled().keys().collect::<Vec<_>>(), [&key(7)]);
}

fn unlock(blobs: &Memory, fence: u64) -> Result<(), VaultError> {
    at_once(break_open(blobs, fence, Holder::default(), at(5)))
}

#[track_caller]
fn lost(result: Result<(), VaultError>) {
    let is = matches!(result, Err(VaultError::Lease(LeaseError::Lost)));
    assert!(is, "{result:?}");
}

#[test]
fn a_holder_whose_lock_is_broken_can_neither_begin_nor_write_anything() {
    let blobs = Memory::default();
    let mut hangs: Vault<'_> = open(&blobs, 0).unwrap();
    at_once(hangs.note(made(1), at(0))).unwrap();
    at_once(hangs.note(vec![(key(2), 1, started(2))], at(0))).unwrap();
    unlock(&blobs, 1).unwrap();
    lost(at_once(hangs.note(made(3), at(5))));
    lost(at_once(hangs.commit(|_| {}, at(5))));
    assert_eq!(at_once(hangs.renew(at(5))), Err(LeaseError::Lost));
    // Nothing is waited for, and all is there that it had begun.
    let next = open(&blobs, 6).unwrap();
    assert_eq!(addresses(next.state()), ["pool.n1"]);
    assert_eq!(next.unsettled().keys().collect::<Vec<_>>(), [&key(2)]);
    lost(at_once(hangs.note(made(3), at(7))));
}

#[test]
fn a_lock_is_broken_by_its_own_number_alone() {
    let blobs = Memory::default();
    let nobody = unlock(&blobs, 1);
    assert!(matches!(
        nobody,
        Err(VaultError::Lease(LeaseError::NotThat(None)))
    ));
    let vault = open(&blobs, 0).unwrap();
    let Err(VaultError::Lease(LeaseError::NotThat(Some(lease)))) = unlock(&blobs, 2) else {
        panic!("it was broken");
    };
    assert_eq!(lease.fence, 1);
    at_once(vault.close()).unwrap();
    let free = unlock(&blobs, 1);
    assert!(matches!(
        free,
        Err(VaultError::Lease(LeaseError::NotThat(None)))
    ));
}

#[test]
fn one_that_had_not_written_a_state_yet_is_freed_too() {
    let blobs = Memory::default();
    let held = mlinfra::store::lease::Held::acquire(&blobs, Holder::default(), at(0));
    at_once(held).unwrap();
    unlock(&blobs, 1).unwrap();
    assert!(at_once(peek(&blobs)).unwrap().is_none());
    assert!(open(&blobs, 1).is_ok());
}
