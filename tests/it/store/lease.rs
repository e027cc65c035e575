use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{SignedDuration, Timestamp};
use mlinfra::store::blobs::{Blob, BlobError, Blobs, Local, Reply, Version, When};
use mlinfra::store::lease::{Held, Holder, LeaseError, TIME_TO_LIVE, current};
use proptest::prelude::*;

use super::at_once;

fn local() -> (tempfile::TempDir, Local) {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::new(folder.path());
    (folder, local)
}

fn holder(who: &str) -> Holder {
    Holder {
        who: who.into(),
        ..Holder::default()
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

const TTL: i64 = TIME_TO_LIVE.as_secs();

fn acquire(blobs: &dyn Blobs, who: &str, seconds: i64) -> Result<Held, LeaseError> {
    at_once(Held::acquire(blobs, holder(who), at(seconds)))
}

#[test]
fn one_has_it_until_it_is_given_back() {
    let (_folder, local) = local();
    assert_eq!(at_once(current(&local)), Ok(None));
    let first = acquire(&local, "ada", 0).unwrap();
    let Err(LeaseError::Held(lease)) = acquire(&local, "bob", 1) else {
        panic!("it is held");
    };
    assert_eq!(lease.holder, Some(holder("ada")));
    assert_eq!(lease.since, at(0));
    at_once(first.release(&local)).unwrap();
    assert_eq!(at_once(current(&local)), Ok(None));
    assert_eq!(acquire(&local, "bob", 2).unwrap().fence(), 2);
}

#[test]
fn a_holder_that_renews_keeps_it_and_one_that_stops_loses_it() {
    let (_folder, local) = local();
    let mut first = acquire(&local, "ada", 0).unwrap();
    at_once(first.renew(&local, at(TTL - 1))).unwrap();
    assert!(matches!(
        acquire(&local, "bob", TTL),
        Err(LeaseError::Held(_))
    ));
    assert!(!first.is_over(at(2 * TTL - 2)));
    assert!(first.is_over(at(2 * TTL - 1)));
    let second = acquire(&local, "bob", 2 * TTL - 1).unwrap();
    assert_eq!(second.fence(), first.fence() + 1);
    assert_eq!(
        at_once(first.renew(&local, at(2 * TTL))),
        Err(LeaseError::Lost)
    );
    assert_eq!(at_once(first.release(&local)), Err(LeaseError::Lost));
    let now = at_once(current(&local)).unwrap().unwrap();
    assert_eq!(now.holder, Some(holder("bob")));
}

#[test]
fn a_file_that_is_no_lease_is_told() {
    let (_folder, local) = local();
    at_once(local.put("lease.json", b"{}", &When::Always)).unwrap();
    assert!(matches!(
        acquire(&local, "ada", 0),
        Err(LeaseError::Form(_))
    ));
}

/// Loses the answers of some writes, which happened or not.
struct Lossy {
    local: Local,
    /// One bit for each write from the lowest on: whether its answer is lost.
    lost: u32,
    /// The same for whether it happens.
    happens: u32,
    writes: AtomicU32,
}

impl Blobs for Lossy {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        self.local.get(name)
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        let write = self.writes.fetch_add(1, Ordering::SeqCst) % 32;
        let bit = |bits: u32| bits >> write & 1 == 1;
        let (lost, happens) = (bit(self.lost), bit(self.happens));
        Box::pin(async move {
            if !lost {
                return self.local.put(name, bytes, when).await;
            }
            if happens {
                // Whether it did or not isn't told.
                drop(self.local.put(name, bytes, when).await);
            }
            Err(BlobError::Unknown {
                name: name.into(),
                message: "the answer was lost".into(),
            })
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        self.local.list(prefix)
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        self.local.delete(name)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Three writers take, renew, give back and stop at random, and answers are lost. Two never have
    /// the lease at a time, and the fence of each new holder is higher than all before.
    #[test]
    fn two_never_have_it_at_a_time(
        steps in prop::collection::vec((0usize..3, 0u8..4, 0i64..40), 1..60),
        lost in any::<u32>(),
        happens in any::<u32>(),
    ) {
        let (_folder, local) = local();
        let lossy = Lossy { local, lost, happens, writes: AtomicU32::new(0) };
        let mut writers: [Option<Held>; 3] = [None, None, None];
        let (mut now, mut highest) = (0, 0);
        for (writer, action, passed) in steps {
            now += passed;
            let mine = writers[writer].take();
            writers[writer] = match (action, mine) {
                // A writer that stops: it thinks that it has it still, and comes back late.
                (0, mine) => mine,
                (1, Some(held)) => {
                    drop(at_once(held.release(&lossy)));
                    None
                }
                (_, Some(mut held)) => at_once(held.renew(&lossy, at(now))).is_ok().then_some(held),
                (_, None) => match acquire(&lossy, "x", now) {
                    Ok(held) => {
                        prop_assert!(held.fence() > highest);
                        highest = held.fence();
                        Some(held)
                    }
                    Err(_) => None,
                },
            };
            let live = writers.iter().flatten().filter(|held| !held.is_over(at(now)));
            prop_assert!(live.count() <= 1);
        }
    }
}

#[test]
fn a_lease_lasts_long_enough_to_be_renewed_several_times() {
    assert!(TIME_TO_LIVE >= SignedDuration::from_secs(30));
}
