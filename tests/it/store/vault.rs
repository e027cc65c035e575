//! A writer that dies at any instant loses nothing: what is in the cloud is in the state or told as
//! unsettled, and whoever comes next settles it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use mlinfra::state::{Event, State};
use mlinfra::store::blobs::{Blob, BlobError, Blobs, Local, Reply, Version, When};
use mlinfra::store::lease::{Holder, LeaseError, TIME_TO_LIVE};
use mlinfra::store::vault::{Vault, VaultError, peek};
use mlinfra_provider_api::OpKey;
use proptest::prelude::*;

use super::at_once;
use super::events::{addresses, at, ensured, key, made, open, started};
use crate::blobs::{Memory, Mortal};

#[test]
fn what_was_noted_is_in_the_state_after_a_commit_and_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::new(folder.path());
    let mut vault = open(&local, 0).unwrap();
    at_once(vault.note(made(1), at(1))).unwrap();
    at_once(vault.commit(|_| {}, at(2))).unwrap();
    assert_eq!(vault.state().objects["pool.n1"].made_by, key(1));
    // Noted, and never committed: the writer is gone.
    at_once(vault.note(made(2), at(3))).unwrap();
    at_once(vault.note(vec![(key(3), 1, started(3))], at(3))).unwrap();
    drop(vault);
    assert!(matches!(
        open(&local, 4),
        Err(VaultError::Lease(LeaseError::Held(_)))
    ));
    let vault = open(&local, 4 + TIME_TO_LIVE.as_secs()).unwrap();
    let addresses: Vec<&String> = vault.state().objects.keys().collect();
    assert_eq!(addresses, ["pool.n1", "pool.n2"]);
    let unsettled: Vec<OpKey> = vault.unsettled().keys().copied().collect();
    assert_eq!(unsettled, [key(3)]);
}

#[test]
fn a_holder_that_wakes_after_its_time_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::new(folder.path());
    let mut sleeper = open(&local, 0).unwrap();
    let later = TIME_TO_LIVE.as_secs();
    let mut next = open(&local, later).unwrap();
    assert!(sleeper.is_over(at(later)));
    at_once(next.note(made(1), at(later))).unwrap();
    let lost = at_once(sleeper.commit(|state| state.objects.clear(), at(later + 1)));
    assert!(
        matches!(lost, Err(VaultError::Lease(LeaseError::Lost))),
        "{lost:?}"
    );
    at_once(next.commit(|_| {}, at(later + 2))).unwrap();
    let now = at_once(peek(&local)).unwrap().unwrap();
    assert!(now.objects.contains_key("pool.n1"));
    assert_eq!(at_once(sleeper.renew(at(later + 3))), Err(LeaseError::Lost));
}

#[test]
fn the_state_of_another_project_is_refused_and_left_open_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::new(folder.path());
    at_once(open(&local, 0).unwrap().close()).unwrap();
    let other = at_once(Vault::open(&local, "q", "abc", Holder::default(), at(1)));
    assert!(matches!(other, Err(VaultError::OtherProject { found }) if found == "p"));
    assert!(open(&local, 2).is_ok());
}

#[test]
fn a_damaged_state_or_journal_is_told_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::new(folder.path());
    let mut vault = open(&local, 0).unwrap();
    at_once(vault.note(vec![(key(1), 1, started(1))], at(0))).unwrap();
    drop(vault);
    let later = TIME_TO_LIVE.as_secs();
    let name = at_once(local.list("journal/")).unwrap().remove(0);
    for (name, damaged) in [(name, "journal"), ("state.json".into(), "state")] {
        let whole = at_once(local.get(&name)).unwrap().unwrap().bytes;
        let changed = String::from_utf8(whole.clone())
            .unwrap()
            .replace("abc", "abd");
        at_once(local.put(&name, changed.as_bytes(), &When::Always)).unwrap();
        match open(&local, later) {
            Err(VaultError::Journal { .. }) => assert_eq!(damaged, "journal"),
            Err(VaultError::State { .. }) => assert_eq!(damaged, "state"),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{damaged} was taken"),
        }
        assert_eq!(
            at_once(local.get(&name)).unwrap().unwrap().bytes,
            changed.as_bytes()
        );
        at_once(local.put(&name, &whole, &When::Always)).unwrap();
    }
    assert!(open(&local, later).is_ok());
}

/// Blobs that don't write the state for some times, and say so or say nothing.
struct Refusing {
    blobs: Memory,
    left: Mutex<u32>,
    says_so: bool,
}

impl Blobs for Refusing {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        self.blobs.get(name)
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        let mut left = self.left.lock().unwrap();
        if name != "state.json" || *left == 0 {
            return self.blobs.put(name, bytes, when);
        }
        *left -= 1;
        let (name, message) = (name.to_owned(), "full".to_owned());
        let error = if self.says_so {
            BlobError::Failed { name, message }
        } else {
            BlobError::Unknown { name, message }
        };
        Box::pin(async move { Err(error) })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        self.blobs.list(prefix)
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        self.blobs.delete(name)
    }
}

/// A state with one operation begun, of which writes can be refused.
fn refusing(says_so: bool) -> Refusing {
    let blobs = Refusing {
        blobs: Memory::default(),
        left: Mutex::new(0),
        says_so,
    };
    let mut vault = open(&blobs, 0).unwrap();
    at_once(vault.note(vec![(key(1), 1, started(1))], at(0))).unwrap();
    at_once(vault.close()).unwrap();
    blobs
}

#[test]
fn a_state_that_could_not_be_written_is_written_when_it_can_be() {
    let blobs = refusing(true);
    let mut vault = open(&blobs, 1).unwrap();
    *blobs.left.lock().unwrap() = 2;
    for time in 2..4 {
        let refused = at_once(vault.commit(|_| {}, at(time)));
        assert!(matches!(
            refused,
            Err(VaultError::Blobs(BlobError::Failed { .. }))
        ));
        assert!(vault.unsettled().contains_key(&key(1)));
    }
    at_once(vault.note(vec![(key(1), 1, ensured(1))], at(4))).unwrap();
    at_once(vault.note(vec![(key(2), 1, started(2))], at(4))).unwrap();
    at_once(vault.commit(|_| {}, at(5))).unwrap();
    at_once(vault.close()).unwrap();
    let vault = open(&blobs, 6).unwrap();
    assert_eq!(addresses(vault.state()), ["pool.n1"]);
    assert_eq!(vault.unsettled().keys().collect::<Vec<_>>(), [&key(2)]);
}

#[test]
fn nothing_is_begun_where_nobody_knows_which_state_is_there() {
    let blobs = refusing(false);
    let mut vault = open(&blobs, 1).unwrap();
    *blobs.left.lock().unwrap() = 1;
    let is_unknown = |result: Result<(), VaultError>| {
        matches!(result, Err(VaultError::Blobs(BlobError::Unknown { .. })))
    };
    assert!(is_unknown(at_once(vault.commit(|_| {}, at(2)))));
    assert!(is_unknown(at_once(
        vault.note(vec![(key(2), 1, started(2))], at(3))
    )));
    assert!(is_unknown(at_once(vault.commit(|_| {}, at(3)))));
    at_once(vault.close()).unwrap();
    let vault = open(&blobs, 4).unwrap();
    assert_eq!(vault.unsettled().keys().collect::<Vec<_>>(), [&key(1)]);
}

/// Makes the objects 1 to 4 that aren't there yet, in one run, committing between; asks the cloud
/// first what became of what is unsettled. Ends at the first error, as a dead process does.
fn run(
    blobs: &dyn Blobs,
    cloud: &Mutex<BTreeMap<u8, u32>>,
    seconds: i64,
) -> Result<(), VaultError> {
    let mut vault = open(blobs, seconds)?;
    let settled: Vec<_> = vault
        .unsettled()
        .iter()
        .map(|(op, u)| (*op, u.attempt))
        .collect();
    for (op, attempt) in settled {
        let number = (1..=4).find(|n| key(*n) == op).unwrap();
        let event = if cloud.lock().unwrap().contains_key(&number) {
            ensured(number)
        } else {
            Event::Failed {
                kind: "unavailable".into(),
                message: "it never began".into(),
            }
        };
        at_once(vault.note(vec![(op, attempt, event)], at(seconds)))?;
    }
    at_once(vault.commit(|_| {}, at(seconds)))?;
    for number in 1..=4 {
        if vault
            .state()
            .objects
            .contains_key(&format!("pool.n{number}"))
        {
            continue;
        }
        at_once(vault.note(vec![(key(number), 1, started(number))], at(seconds)))?;
        *cloud.lock().unwrap().entry(number).or_insert(0) += 1;
        at_once(vault.note(vec![(key(number), 1, ensured(number))], at(seconds)))?;
        if number % 2 == 0 {
            at_once(vault.commit(|_| {}, at(seconds)))?;
        }
    }
    at_once(vault.commit(|_| {}, at(seconds)))?;
    at_once(vault.close())?;
    Ok(())
}

fn objects(state: &State) -> Vec<&str> {
    state
        .objects
        .values()
        .map(|object| object.id.id.as_str())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_dies_whenever_nothing_is_made_twice_or_forgotten(
        deaths in prop::collection::vec((1u32..30, any::<bool>()), 0..5),
    ) {
        let blobs = Memory::default();
        let cloud = Mutex::new(BTreeMap::new());
        let mut now = 0;
        for (left, happens) in deaths {
            let mortal = Mortal::new(blobs.clone(), left, happens);
            drop(run(&mortal, &cloud, now));
            now += TIME_TO_LIVE.as_secs();
        }
        run(&blobs, &cloud, now).unwrap();
        let made = cloud.into_inner().unwrap();
        prop_assert!(made.values().all(|times| *times == 1), "{:?}", made);
        let state = at_once(peek(&blobs)).unwrap().unwrap();
        prop_assert_eq!(objects(&state), ["id-1", "id-2", "id-3", "id-4"]);
    }
}
