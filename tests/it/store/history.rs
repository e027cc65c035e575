//! What the state was at each opening, and the plan that is being applied.

use mlinfra::store::blobs::Blobs as _;
use mlinfra::store::lease::Holder;
use mlinfra::store::vault::{KEPT, Vault, history, past, plan_kept};

use super::at_once;
use super::events::{addresses, at, made, open};
use crate::blobs::Memory;

#[test]
fn each_opening_keeps_what_the_state_was_and_who_opened_it() {
    let blobs = Memory::default();
    let mut first = open(&blobs, 0).unwrap();
    at_once(first.note(made(1), at(1))).unwrap();
    at_once(first.commit(|_| {}, at(1))).unwrap();
    at_once(first.close()).unwrap();
    let holder = Holder {
        who: "ada".into(),
        command: "apply".into(),
        ..Holder::default()
    };
    let second = at_once(Vault::open(&blobs, "p", "abc", holder.clone(), at(60)));
    let mut second = second.unwrap();
    at_once(second.commit(|state| state.objects.clear(), at(60))).unwrap();
    // It dies with an object noted: what is kept next has that too.
    at_once(second.note(made(2), at(60))).unwrap();
    let third = open(&blobs, 1000).unwrap();
    assert_eq!(addresses(third.state()), ["pool.n2"]);
    let all = at_once(history(&blobs)).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].serial, all[0].objects), (2, 1));
    assert_eq!((all[0].time, &all[0].holder), (at(60), &holder));
    assert_eq!((all[1].serial, all[1].objects), (4, 1));
    let whole = at_once(past(&blobs, 2)).unwrap().unwrap();
    assert_eq!(addresses(&whole), ["pool.n1"]);
    assert_eq!(whole.digest(), all[0].sha256);
    let last = at_once(past(&blobs, 4)).unwrap().unwrap();
    assert_eq!(addresses(&last), ["pool.n2"]);
    assert!(at_once(past(&blobs, 3)).unwrap().is_none());
}

#[test]
fn the_last_openings_are_kept_and_no_others() {
    let blobs = Memory::default();
    let openings = i64::try_from(KEPT).unwrap() + 5;
    for time in 0..openings {
        at_once(open(&blobs, time).unwrap().close()).unwrap();
    }
    let all = at_once(history(&blobs)).unwrap();
    let serials: Vec<u64> = all.iter().map(|past| past.serial).collect();
    let last = u64::try_from(openings).unwrap() - 1;
    assert_eq!(serials, (5..=last).collect::<Vec<_>>());
    assert_eq!(at_once(blobs.list("history/")).unwrap().len(), 2 * KEPT);
}

#[test]
fn a_plan_is_kept_until_it_is_dropped() {
    let blobs = Memory::default();
    let digest = "9f86d081";
    let vault = open(&blobs, 0).unwrap();
    assert_eq!(at_once(plan_kept(&blobs, digest)).unwrap(), None);
    at_once(vault.keep_plan(digest, b"{}")).unwrap();
    let kept = at_once(plan_kept(&blobs, digest)).unwrap();
    assert_eq!(kept.as_deref(), Some(&b"{}"[..]));
    assert_eq!(at_once(plan_kept(&blobs, "9f86d082")).unwrap(), None);
    at_once(vault.drop_plan(digest)).unwrap();
    at_once(vault.drop_plan(digest)).unwrap();
    assert_eq!(at_once(plan_kept(&blobs, digest)).unwrap(), None);
}
