//! What holds of every place for blobs, and of the vault in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Barrier;

use mlinfra::model::StatePlace;
use mlinfra::store::blobs::{BlobError, Blobs, When};
use mlinfra::store::lease::{LeaseError, TIME_TO_LIVE};
use mlinfra::store::place;
use mlinfra::store::vault::{VaultError, look};

use super::events::{addresses, at, key, made, open, started};
use super::wait;

/// A key for encryption.
pub(super) const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A folder of blobs somewhere.
pub(super) struct Somewhere {
    place: StatePlace,
    environment: BTreeMap<String, String>,
    /// Where the folder is on this machine, it is kept as long as this.
    _folder: Option<tempfile::TempDir>,
}

impl Somewhere {
    pub(super) fn open(&self) -> Box<dyn Blobs> {
        place::open(&self.place, Path::new("/"), &self.environment).unwrap()
    }

    pub(super) fn sealed(mut self) -> Self {
        let variable = "MLINFRA_STATE_KEY".to_owned();
        self.environment.insert(variable, KEY.to_owned());
        self
    }
}

pub(super) fn local() -> Somewhere {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    Somewhere {
        place: StatePlace::Local {
            path: path.to_str().unwrap().into(),
        },
        environment: BTreeMap::new(),
        _folder: Some(folder),
    }
}

#[cfg(feature = "object-stores")]
mod remote {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::proxy::{self, Losses};
    use super::super::servers::Store;
    use super::Somewhere;

    /// A new folder in an object store, reached through a port.
    pub(super) fn through(store: Store, port: u16) -> Somewhere {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let key = format!("mlinfra/p{}", NEXT.fetch_add(1, Ordering::SeqCst));
        Somewhere {
            place: store.place(port, &key),
            environment: store.environment(port),
            _folder: None,
        }
    }

    /// A new folder in an object store; none where it can't be had, which is told.
    #[track_caller]
    pub(super) fn new(store: Store) -> Option<Somewhere> {
        match store.port() {
            Ok(port) => Some(through(store, port)),
            Err(why) => {
                crate::skipped::skip(&why);
                None
            }
        }
    }

    /// The same behind a proxy that loses answers.
    #[track_caller]
    pub(super) fn lossy(store: Store, losses: Losses) -> Option<Somewhere> {
        match store.port() {
            Ok(port) => Some(through(store, proxy::before(port, losses))),
            Err(why) => {
                crate::skipped::skip(&why);
                None
            }
        }
    }
}

fn what_was_written_last_is_read_and_listed(somewhere: &Somewhere) {
    let blobs = somewhere.open();
    assert_eq!(wait(blobs.get("a/b.json")).unwrap(), None);
    assert!(wait(blobs.list("")).unwrap().is_empty());
    let first = wait(blobs.put("a/b.json", b"1", &When::Absent)).unwrap();
    let blob = wait(blobs.get("a/b.json")).unwrap().unwrap();
    assert_eq!((blob.bytes.as_slice(), &blob.version), (&b"1"[..], &first));
    let second = wait(blobs.put("a/b.json", b"22", &When::Is(first))).unwrap();
    let blob = wait(blobs.get("a/b.json")).unwrap().unwrap();
    assert_eq!((blob.bytes.as_slice(), blob.version), (&b"22"[..], second));
    // More than a page of any of them, and names that begin alike.
    let names: Vec<String> = (1..=12).map(|n| format!("a/{n:08}-x.jsonl")).collect();
    for name in &names {
        wait(blobs.put(name, b"", &When::Always)).unwrap();
    }
    wait(blobs.put("ab", b"", &When::Always)).unwrap();
    assert_eq!(wait(blobs.list("a/0")).unwrap(), names);
    assert_eq!(wait(blobs.list("a/00000012")).unwrap(), names[11..]);
    assert_eq!(wait(blobs.list("")).unwrap().len(), 14);
    assert!(wait(blobs.list("b/")).unwrap().is_empty());
    // It may be gone already.
    wait(blobs.delete("a/b.json")).unwrap();
    wait(blobs.delete("a/b.json")).unwrap();
    assert_eq!(wait(blobs.get("a/b.json")).unwrap(), None);
}

fn a_write_whose_condition_does_not_hold_changes_nothing(somewhere: &Somewhere) {
    let blobs = somewhere.open();
    let put = |bytes: &'static [u8], when: &When| wait(blobs.put("s", bytes, when));
    let conflict = Err(BlobError::Conflict { name: "s".into() });
    let first = put(b"1", &When::Absent).unwrap();
    assert_eq!(put(b"2", &When::Absent), conflict);
    put(b"2", &When::Is(first.clone())).unwrap();
    assert_eq!(put(b"3", &When::Is(first.clone())), conflict);
    assert_eq!(wait(blobs.get("s")).unwrap().unwrap().bytes, b"2");
    let last = put(b"4", &When::Always).unwrap();
    wait(blobs.delete("s")).unwrap();
    assert_eq!(put(b"5", &When::Is(last)), conflict);
    assert_eq!(wait(blobs.get("s")).unwrap(), None);
    put(b"6", &When::Absent).unwrap();
}

fn of_writers_at_the_same_time_exactly_one_wins(somewhere: &Somewhere) {
    const WRITERS: usize = 5;
    let mut before = When::Absent;
    for round in 0..6u32 {
        let barrier = Barrier::new(WRITERS);
        let wins: Vec<bool> = std::thread::scope(|scope| {
            let write = |writer: usize| {
                let (barrier, before) = (&barrier, &before);
                scope.spawn(move || {
                    let blobs = somewhere.open();
                    let bytes = format!("{round} {writer}");
                    barrier.wait();
                    match wait(blobs.put("s", bytes.as_bytes(), before)) {
                        Ok(_) => true,
                        Err(BlobError::Conflict { .. }) => false,
                        Err(error) => panic!("{error}"),
                    }
                })
            };
            let writers: Vec<_> = (0..WRITERS).map(write).collect();
            writers.into_iter().map(|w| w.join().unwrap()).collect()
        });
        assert_eq!(wins.iter().filter(|won| **won).count(), 1, "round {round}");
        let blob = wait(somewhere.open().get("s")).unwrap().unwrap();
        let winner = wins.iter().position(|won| *won).unwrap();
        assert_eq!(blob.bytes, format!("{round} {winner}").as_bytes());
        before = When::Is(blob.version);
    }
}

fn of_those_who_open_at_the_same_time_one_gets_the_state(somewhere: &Somewhere) {
    const WRITERS: usize = 4;
    for round in 0..3 {
        let barrier = Barrier::new(WRITERS);
        let opened: Vec<bool> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|_| {
                    scope.spawn(|| {
                        let blobs = somewhere.open();
                        barrier.wait();
                        match open(&*blobs, round * TIME_TO_LIVE.as_secs()) {
                            Ok(_) => true,
                            Err(VaultError::Lease(LeaseError::Held(_))) => false,
                            Err(error) => panic!("{error}"),
                        }
                    })
                })
                .collect();
            writers.into_iter().map(|w| w.join().unwrap()).collect()
        });
        assert_eq!(
            opened.iter().filter(|won| **won).count(),
            1,
            "round {round}"
        );
    }
}

fn a_vault_outlives_its_holders(somewhere: &Somewhere) {
    let blobs = somewhere.open();
    let mut first = open(&*blobs, 0).unwrap();
    wait(first.note(made(1), at(1))).unwrap();
    wait(first.commit(|_| {}, at(2))).unwrap();
    wait(first.note(made(2), at(3))).unwrap();
    wait(first.note(vec![(key(3), 1, started(3))], at(3))).unwrap();
    // Whoever only looks sees all of that, and takes nothing.
    let seen = wait(look(&*blobs)).unwrap().unwrap();
    assert_eq!(addresses(&seen.state), ["pool.n1", "pool.n2"]);
    assert_eq!(seen.unsettled.keys().collect::<Vec<_>>(), [&key(3)]);
    assert_eq!(seen.lease.unwrap().fence, 1);
    // The first hangs, and another comes.
    let later = 3 + TIME_TO_LIVE.as_secs();
    assert!(matches!(
        open(&*blobs, 10),
        Err(VaultError::Lease(LeaseError::Held(_)))
    ));
    let mut second = open(&*blobs, later).unwrap();
    assert_eq!(addresses(second.state()), ["pool.n1", "pool.n2"]);
    assert!(second.unsettled().contains_key(&key(3)));
    // What the first was about to begin is refused before it begins; nor can it write the state.
    let lost = |result: Result<(), VaultError>| {
        assert!(
            matches!(result, Err(VaultError::Lease(LeaseError::Lost))),
            "{result:?}"
        );
    };
    lost(wait(first.note(made(4), at(later))));
    lost(wait(first.commit(|state| state.objects.clear(), at(later))));
    assert_eq!(wait(first.renew(at(later))), Err(LeaseError::Lost));
    wait(second.note(made(3), at(later))).unwrap();
    wait(second.commit(|_| {}, at(later))).unwrap();
    wait(second.close()).unwrap();
    let third = open(&*blobs, later).unwrap();
    assert_eq!(addresses(third.state()), ["pool.n1", "pool.n2", "pool.n3"]);
    assert!(third.unsettled().is_empty());
    wait(third.close()).unwrap();
    assert_eq!(wait(look(&*blobs)).unwrap().unwrap().lease, None);
}

/// The tests of one kind of place.
macro_rules! holds_in {
    ($name:ident, $place:expr, [$($property:ident),*]) => {
        mod $name {
            $(
                #[test]
                fn $property() {
                    let somewhere: Option<super::Somewhere> = $place;
                    if let Some(somewhere) = somewhere {
                        super::$property(&somewhere);
                    }
                }
            )*
        }
    };
}

macro_rules! all_hold_in {
    ($name:ident, $place:expr) => {
        holds_in!(
            $name,
            $place,
            [
                what_was_written_last_is_read_and_listed,
                a_write_whose_condition_does_not_hold_changes_nothing,
                of_writers_at_the_same_time_exactly_one_wins,
                of_those_who_open_at_the_same_time_one_gets_the_state,
                a_vault_outlives_its_holders
            ]
        );
    };
}

all_hold_in!(in_files, Some(super::local()));
all_hold_in!(in_sealed_files, Some(super::local().sealed()));

#[cfg(feature = "object-stores")]
mod stores {
    use proptest::prelude::*;

    use super::super::proxy::Losses;
    use super::super::servers::Store;
    use super::*;

    all_hold_in!(s3, super::super::remote::new(super::Store::S3));
    all_hold_in!(
        s3_sealed,
        super::super::remote::new(super::Store::S3).map(super::Somewhere::sealed)
    );
    all_hold_in!(azure, super::super::remote::new(super::Store::Azure));
    all_hold_in!(gcs, super::super::remote::new(super::Store::Gcs));

    /// A life of the vault in which answers are lost, after the write happened or not: nothing of it
    /// fails, and everything is there once.
    fn nothing_is_lost_or_doubled(store: Store, losses: Losses) {
        let Some(somewhere) = remote::lossy(store, losses) else {
            return;
        };
        let blobs = somewhere.open();
        let mut vault = open(&*blobs, 0).unwrap();
        for number in 1..=4 {
            wait(vault.note(made(number), at(1))).unwrap();
            if number % 2 == 0 {
                wait(vault.commit(|_| {}, at(2))).unwrap();
            }
        }
        wait(vault.renew(at(3))).unwrap();
        wait(vault.note(made(5), at(3))).unwrap();
        wait(vault.close()).unwrap();
        let vault = open(&*blobs, 4).unwrap();
        let all = ["pool.n1", "pool.n2", "pool.n3", "pool.n4", "pool.n5"];
        assert_eq!(addresses(vault.state()), all);
        // One serial for each opening and each commit.
        assert_eq!(vault.state().serial, 4);
        assert_eq!(vault.state().fence, 2);
    }

    #[track_caller]
    fn told(somewhere: &Somewhere, code: &str, says: &str) {
        let blobs = somewhere.open();
        for error in [
            open(&*blobs, 0).err().unwrap(),
            wait(look(&*blobs)).unwrap_err(),
        ] {
            let told = mlinfra::store::vault::diagnostic(&error);
            assert_eq!(told.code.slug, code, "{}", told.detail);
            assert!(told.detail.contains(says), "{}", told.detail);
        }
    }

    #[test]
    fn a_bucket_that_is_not_there_does_not_pass_for_a_state_that_is_not() {
        for (store, says) in [
            (Store::S3, "404, NoSuchBucket"),
            (Store::Azure, "404, ContainerNotFound"),
            (Store::Gcs, "404, NoSuchBucket"),
        ] {
            let Some(mut somewhere) = remote::new(store) else {
                continue;
            };
            match &mut somewhere.place {
                StatePlace::S3 { bucket, .. }
                | StatePlace::Gcs { bucket, .. }
                | StatePlace::AzureBlob {
                    container: bucket, ..
                } => "nowhere".clone_into(bucket),
                StatePlace::Local { .. } => panic!("{store:?} is no folder"),
            }
            told(&somewhere, "state::unreachable", says);
        }
    }

    #[test]
    fn a_store_that_lets_nobody_in_is_told_by_what_it_says() {
        let Some(mut somewhere) = remote::new(Store::Azure) else {
            return;
        };
        let key = "AZURE_STORAGE_ACCOUNT_KEY".to_owned();
        somewhere.environment.insert(key, "AAAA".into());
        told(&somewhere, "state::denied", "the store answered 403");
    }

    #[test]
    fn a_store_that_is_not_there_is_told() {
        let port = super::super::servers::free_port();
        let somewhere = remote::through(Store::S3, port);
        told(&somewhere, "state::unreachable", "onnection refused");
    }

    /// At most two of any three writes in a row: those that lose more give up, rightly.
    fn losses() -> impl Strategy<Value = Losses> {
        (any::<u32>(), any::<u32>()).prop_map(|(lost, happens)| Losses {
            lost: lost & 0b0110_1101_1011_0110_1101_1011_0110_1101,
            happens,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn lost_answers_lose_and_double_nothing_in_s3(losses in losses()) {
            nothing_is_lost_or_doubled(Store::S3, losses);
        }

        #[test]
        fn lost_answers_lose_and_double_nothing_in_azure(losses in losses()) {
            nothing_is_lost_or_doubled(Store::Azure, losses);
        }

        #[test]
        fn lost_answers_lose_and_double_nothing_in_google(losses in losses()) {
            nothing_is_lost_or_doubled(Store::Gcs, losses);
        }
    }
}
