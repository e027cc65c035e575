//! What isn't as it was written is told, with its place, and left as it is.

use mlinfra::diagnostics::ExitKind;
use mlinfra::store::blobs::{Blobs as _, Version, When};
use mlinfra::store::lease::{Held, Holder, TIME_TO_LIVE};
use mlinfra::store::vault::{Vault, VaultError, diagnostic, look};

use super::at_once;
use super::events::{addresses, at, key, made, open, started};
use crate::blobs::Memory;

const LATER: i64 = TIME_TO_LIVE.as_secs();

/// A state with an object, and a journal of a holder that is gone with two segments.
fn left_over() -> Memory {
    let blobs = Memory::default();
    let mut vault = open(&blobs, 0).unwrap();
    at_once(vault.note(made(1), at(0))).unwrap();
    at_once(vault.commit(|_| {}, at(0))).unwrap();
    at_once(vault.note(made(2), at(0))).unwrap();
    at_once(vault.note(vec![(key(3), 1, started(3))], at(0))).unwrap();
    blobs
}

fn read(blobs: &Memory, name: &str) -> Vec<u8> {
    at_once(blobs.get(name)).unwrap().unwrap().bytes
}

fn put(blobs: &Memory, name: &str, bytes: &[u8]) -> Version {
    at_once(blobs.put(name, bytes, &When::Always)).unwrap()
}

/// All but what whoever tries to open writes: the lease, and the end of a journal that is closed before
/// it is read, which is empty.
fn content(blobs: &Memory) -> Vec<(String, Vec<u8>)> {
    let names = at_once(blobs.list("")).unwrap().into_iter();
    let names = names.filter(|name| name != "lease.json");
    let all = names.map(|name| (name.clone(), read(blobs, &name)));
    all.filter(|(_, bytes)| !bytes.is_empty()).collect()
}

/// Flips each byte of a blob in turn, and says where `told` isn't what came of it.
#[track_caller]
fn flip_each(name: &str, told: impl Fn(&VaultError, usize) -> bool) {
    let blobs = left_over();
    let whole = read(&blobs, name);
    for at_byte in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at_byte] ^= 1;
        put(&blobs, name, &bytes);
        let before = content(&blobs);
        let Err(error) = open(&blobs, LATER) else {
            panic!(
                "byte {at_byte} of {name} was taken: {:?}",
                bytes[at_byte] as char
            );
        };
        let line = 1 + whole[..at_byte].iter().filter(|b| **b == b'\n').count();
        assert!(told(&error, line), "byte {at_byte} of {name}: {error:?}");
        assert_eq!(diagnostic(&error).code.exit, ExitKind::StateDamaged);
        assert!(content(&blobs) == before, "byte {at_byte} of {name}");
        assert!(at_once(look(&blobs)).is_err(), "byte {at_byte}");
    }
}

#[test]
fn no_flipped_byte_of_a_state_goes_unnoticed() {
    flip_each("state.json", |error, _| match error {
        VaultError::State { name, .. } => name == "state.json",
        _ => false,
    });
}

#[test]
fn no_flipped_byte_of_a_journal_goes_unnoticed() {
    let names = at_once(left_over().list("journal/")).unwrap();
    assert_eq!(names.len(), 2);
    for segment in &names {
        flip_each(segment, |error, damaged| match error {
            // A line that has lost its end reaches into the next, and one that gained one ends early.
            VaultError::Journal { name, line, .. } => {
                (name == segment && (*line == damaged || line + 1 == damaged))
                    || (*name == names[1] && *line == 1 && damaged == 2)
            }
            _ => false,
        });
    }
}

#[test]
fn a_journal_that_lacks_a_segment_in_the_middle_is_told() {
    let blobs = left_over();
    let names = at_once(blobs.list("journal/")).unwrap();
    at_once(blobs.delete(&names[0])).unwrap();
    let Err(VaultError::Journal { name, line, .. }) = open(&blobs, LATER) else {
        panic!("it was taken");
    };
    assert_eq!((name, line), (names[1].clone(), 1));
}

#[test]
fn a_last_line_that_was_being_written_stands_for_nothing() {
    let names = at_once(left_over().list("journal/")).unwrap();
    let last = &names[1];
    let whole = read(&left_over(), last);
    for cut in 0..whole.len() {
        let blobs = left_over();
        put(&blobs, last, &whole[..cut]);
        let seen = at_once(look(&blobs)).unwrap().unwrap();
        assert_eq!(addresses(&seen.state), ["pool.n1", "pool.n2"], "{cut}");
        assert!(seen.unsettled.is_empty());
        let vault = open(&blobs, LATER).unwrap();
        assert_eq!(addresses(vault.state()), ["pool.n1", "pool.n2"], "{cut}");
        assert!(vault.unsettled().is_empty());
    }
}

#[test]
fn an_older_state_in_its_place_is_told_until_it_is_accepted() {
    let blobs = Memory::default();
    at_once(open(&blobs, 0).unwrap().close()).unwrap();
    let old = read(&blobs, "state.json");
    let mut vault = open(&blobs, 1).unwrap();
    at_once(vault.note(made(1), at(1))).unwrap();
    at_once(vault.commit(|_| {}, at(1))).unwrap();
    at_once(vault.close()).unwrap();
    for found in [1, 0] {
        if found == 1 {
            put(&blobs, "state.json", &old);
        } else {
            at_once(blobs.delete("state.json")).unwrap();
        }
        let expected = 3;
        let told = |error: VaultError| match error {
            VaultError::RolledBack {
                found: f,
                expected: e,
            } => (f, e) == (found, expected),
            _ => false,
        };
        assert!(told(open(&blobs, 2).err().unwrap()));
        assert!(told(at_once(look(&blobs)).unwrap_err()));
    }
    let vault = at_once(Vault::open_older(
        &blobs,
        "p",
        "abc",
        Holder::default(),
        at(3),
    ));
    let vault = vault.unwrap();
    assert_eq!(vault.state().serial, 4, "it is later than all that were");
    at_once(vault.close()).unwrap();
    assert!(open(&blobs, 4).is_ok());
}

#[test]
fn an_older_state_is_told_after_its_writer_died_if_it_had_renewed() {
    let blobs = Memory::default();
    let mut vault = open(&blobs, 0).unwrap();
    let old = read(&blobs, "state.json");
    at_once(vault.commit(|_| {}, at(1))).unwrap();
    at_once(vault.renew(at(2))).unwrap();
    drop(vault);
    put(&blobs, "state.json", &old);
    let error = open(&blobs, 2 + LATER).err().unwrap();
    let expected = 2;
    assert!(matches!(error, VaultError::RolledBack { found: 1, expected: e } if e == expected));
}

#[test]
fn a_lease_that_is_damaged_is_told_and_stops_everything() {
    let blobs = left_over();
    let whole = read(&blobs, "lease.json");
    put(&blobs, "lease.json", &whole[1..]);
    let error = open(&blobs, LATER).err().unwrap();
    assert_eq!(diagnostic(&error).code.slug, "state::damaged");
    assert!(at_once(look(&blobs)).is_err());
    assert!(at_once(Held::acquire(&blobs, Holder::default(), at(LATER))).is_err());
    assert_eq!(read(&blobs, "lease.json"), whole[1..]);
}
