//! Whoever looks disturbs nobody, and sees a state and its own journal whatever is written meanwhile.

use std::sync::Mutex;

use mlinfra::store::blobs::{Blob, Blobs, Reply, Version, When};
use mlinfra::store::vault::look;

use super::at_once;
use super::events::{addresses, at, key, made, open, started};
use crate::blobs::Memory;

/// Blobs that look the same until so many calls have been made, and then are others.
struct Changing {
    before: Memory,
    after: Memory,
    calls: Mutex<u32>,
}

impl Changing {
    fn now(&self) -> &Memory {
        let mut calls = self.calls.lock().unwrap();
        if *calls == 0 {
            return &self.after;
        }
        *calls -= 1;
        &self.before
    }
}

impl Blobs for Changing {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        self.now().get(name)
    }

    fn put<'a>(&'a self, name: &'a str, _: &'a [u8], _: &'a When) -> Reply<'a, Version> {
        panic!("{name} is written");
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        self.now().list(prefix)
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        panic!("{name} is deleted");
    }
}

/// A copy of what there is now.
fn copy(blobs: &Memory) -> Memory {
    let copy = Memory::default();
    for name in at_once(blobs.list("")).unwrap() {
        let bytes = at_once(blobs.get(&name)).unwrap().unwrap().bytes;
        at_once(copy.put(&name, &bytes, &When::Always)).unwrap();
    }
    copy
}

#[test]
fn there_is_nothing_to_see_where_nothing_was_written() {
    assert_eq!(at_once(look(&Memory::default())).unwrap(), None);
}

#[test]
fn a_run_under_way_is_seen_as_far_as_it_is_and_not_disturbed() {
    let blobs = Memory::default();
    let mut vault = open(&blobs, 0).unwrap();
    at_once(vault.note(made(1), at(0))).unwrap();
    at_once(vault.note(vec![(key(2), 1, started(2))], at(0))).unwrap();
    let before = copy(&blobs);
    let seen = at_once(look(&blobs)).unwrap().unwrap();
    assert_eq!(addresses(&seen.state), ["pool.n1"]);
    assert_eq!(seen.state.serial, 1);
    assert_eq!(seen.unsettled.keys().collect::<Vec<_>>(), [&key(2)]);
    assert_eq!(seen.lease.unwrap().fence, 1);
    for name in at_once(blobs.list("")).unwrap() {
        let now = at_once(blobs.get(&name)).unwrap();
        assert_eq!(now, at_once(before.get(&name)).unwrap(), "{name}");
    }
    at_once(vault.commit(|_| {}, at(1))).unwrap();
}

#[test]
fn a_commit_between_any_two_of_its_reads_is_not_seen_half() {
    let before = Memory::default();
    let mut vault = open(&before, 0).unwrap();
    at_once(vault.note(made(1), at(0))).unwrap();
    at_once(vault.note(vec![(key(2), 1, started(2))], at(0))).unwrap();
    let early = copy(&before);
    at_once(vault.note(made(2).split_off(1), at(0))).unwrap();
    at_once(vault.note(made(3), at(0))).unwrap();
    at_once(vault.commit(|_| {}, at(1))).unwrap();
    at_once(vault.note(vec![(key(4), 1, started(4))], at(1))).unwrap();
    let (mut old, mut new) = (0, 0);
    for calls in 0..12 {
        let changing = Changing {
            before: early.clone(),
            after: before.clone(),
            calls: Mutex::new(calls),
        };
        let seen = at_once(look(&changing)).unwrap().unwrap();
        let unsettled: Vec<_> = seen.unsettled.keys().copied().collect();
        if seen.state.serial == 1 {
            old += 1;
            assert_eq!(addresses(&seen.state), ["pool.n1"], "after {calls}");
            assert_eq!(unsettled, [key(2)], "after {calls}");
        } else {
            new += 1;
            let all = ["pool.n1", "pool.n2", "pool.n3"];
            assert_eq!(addresses(&seen.state), all, "after {calls}");
            assert_eq!(unsettled, [key(4)], "after {calls}");
        }
    }
    assert!(old > 0 && new > 0, "{old} {new}");
}
