//! A writer that dies at any instant loses nothing: what is in the cloud is in the state or told as
//! unsettled, and whoever comes next settles it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use mlinfra::state::{Event, State};
use mlinfra::store::blobs::{Blobs, Local, When};
use mlinfra::store::lease::{Holder, LeaseError, TIME_TO_LIVE};
use mlinfra::store::vault::{Vault, VaultError, peek};
use mlinfra_provider_api::OpKey;
use proptest::prelude::*;

use super::at_once;
use super::events::{at, ensured, key, made, open, started};
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
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

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
