use std::collections::BTreeMap;

use mlinfra_provider_api::{Condition, Desired, ObjectId, ObjectKind, Observed, OpKey, OwnerTag};
use proptest::prelude::*;

use super::*;
use crate::units::Money;

fn id() -> ObjectId {
    ObjectId {
        kind: ObjectKind::new("nodes").unwrap(),
        scope: "us-east-1".into(),
        id: "n-1".into(),
    }
}

fn owner() -> OwnerTag {
    OwnerTag::new("p", "abc").unwrap()
}

fn intent() -> Intent {
    Intent {
        stage: "train".into(),
        prevent_destroy: true,
        usd_per_hour: Money::parse("1.25").ok(),
        ..Intent::default()
    }
}

fn object() -> StateObject {
    StateObject {
        provider: "sandbox".into(),
        id: id(),
        name: "p-train".into(),
        desired: BTreeMap::from([("count".into(), 4.into())]),
        observed: BTreeMap::from([("count".into(), 4.into())]),
        made_by: OpKey::new([1; 32]),
        tainted: false,
        intent: intent(),
    }
}

fn state() -> State {
    let mut state = State::new("p", "abc");
    state.serial = 7;
    state.objects.insert("pool.train".into(), object());
    state.deposed.insert("pool.train".into(), vec![object()]);
    state.consumed.insert("00ff".into());
    state
}

#[test]
fn a_state_is_read_as_it_was_written() {
    let text = state().to_text();
    assert_eq!(State::from_text(&text).unwrap(), state());
    assert_eq!(State::from_text(&text).unwrap().to_text(), text);
    assert_eq!(state().owner().unwrap(), owner());
}

#[test]
fn a_state_changed_by_hand_is_told() {
    let changed = state().to_text().replace("\"serial\":7", "\"serial\":8");
    assert!(matches!(
        State::from_text(&changed),
        Err(StateError::Digest)
    ));
}

#[test]
fn a_state_of_a_later_program_is_told_whatever_else_it_has() {
    let later = r#"{"sha256": "", "state": {"format_version": 2, "news": []}, "more": 1}"#;
    assert!(matches!(
        State::from_text(later),
        Err(StateError::Newer { found: 2 })
    ));
    assert!(matches!(State::from_text("{}"), Err(StateError::Form(_))));
}

fn started() -> Event {
    Event::EnsureStarted {
        address: "pool.train".into(),
        provider: "sandbox".into(),
        desired: Desired {
            kind: id().kind,
            scope: id().scope,
            name: "p-train".into(),
            owner: owner(),
            attributes: object().desired,
        },
        intent: intent(),
    }
}

fn ensured() -> Event {
    Event::Ensured {
        observed: Observed {
            id: id(),
            name: "p-train".into(),
            owner: Some(owner()),
            op_key: None,
            condition: Condition::Ready,
            attributes: object().observed,
        },
    }
}

/// Three operations: one is done, one failed and was begun anew, one is under way.
fn lines() -> Vec<String> {
    let failed = Event::Failed {
        kind: "throttled".into(),
        message: "slow down".into(),
    };
    let removing = Event::RemoveStarted {
        address: "pool.old".into(),
        provider: "sandbox".into(),
        id: id(),
    };
    let events = [
        (1, 1, started()),
        (2, 1, started()),
        (1, 1, ensured()),
        (2, 1, failed),
        (2, 2, started()),
        (3, 1, removing),
    ];
    let mut journal = Journal::default();
    let line = |(op, attempt, event)| {
        journal.line("2026-11-21T10:00:00Z", OpKey::new([op; 32]), attempt, event)
    };
    events.into_iter().map(line).collect()
}

#[test]
fn operations_without_an_end_are_told() {
    let read = read(lines().concat().as_bytes()).unwrap();
    assert_eq!(read.entries.len(), 6);
    let unsettled = read.unsettled();
    let keys: Vec<OpKey> = unsettled.keys().copied().collect();
    assert_eq!(keys, [OpKey::new([2; 32]), OpKey::new([3; 32])]);
    assert_eq!(unsettled[&keys[0]].attempt, 2);
    let known = read.outcomes().remove(&OpKey::new([1; 32]));
    assert_eq!(known, Some(Outcome::Known(Box::new(ensured()))));
}

#[test]
fn a_journal_goes_on_where_it_was_left() {
    let (lines, mut whole) = (lines(), Journal::default());
    let half = read(lines[..3].concat().as_bytes()).unwrap();
    let mut resumed = half.journal;
    for entry in &half.entries {
        whole.line(&entry.time, entry.op, entry.attempt, entry.event.clone());
    }
    assert_eq!(resumed, whole);
    let next = read(lines.concat().as_bytes()).unwrap().entries[3].clone();
    let line = resumed.line(&next.time, next.op, next.attempt, next.event);
    assert_eq!(line, lines[3]);
}

#[test]
fn a_line_that_was_being_written_stands_for_nothing() {
    let lines = lines();
    let whole = lines[..5].concat();
    for cut in 1..lines[5].len() {
        let torn = format!("{whole}{}", &lines[5][..cut]);
        let read = read(torn.as_bytes()).unwrap();
        assert_eq!((read.entries.len(), read.whole), (5, whole.len()));
    }
}

#[test]
fn a_missing_a_doubled_and_a_moved_line_are_told() {
    let lines = lines();
    let of = |order: &[usize]| {
        let text: String = order.iter().map(|i| lines[*i].as_str()).collect();
        read(text.as_bytes()).map(|read| read.entries.len())
    };
    assert_eq!(of(&[0, 1, 2]), Ok(3));
    assert_eq!(of(&[0, 2]), Err(JournalError::OutOfOrder { line: 2 }));
    assert_eq!(of(&[0, 0]), Err(JournalError::OutOfOrder { line: 2 }));
    assert_eq!(of(&[1, 0]), Err(JournalError::OutOfOrder { line: 1 }));
}

/// What is left of a state after these events.
fn folded(mut state: State, events: Vec<(u8, Event)>) -> State {
    let mut journal = Journal::default();
    let line = |(op, event)| journal.line("2026-11-21T10:00:00Z", OpKey::new([op; 32]), 1, event);
    let text: String = events.into_iter().map(line).collect();
    let unsettled = state.fold(&read(text.as_bytes()).unwrap().entries);
    assert!(unsettled.is_empty());
    state
}

fn another() -> ObjectId {
    ObjectId {
        id: "n-2".into(),
        ..id()
    }
}

fn ensured_another() -> Event {
    match ensured() {
        Event::Ensured { observed } => Event::Ensured {
            observed: Observed {
                id: another(),
                ..observed
            },
        },
        other => other,
    }
}

#[test]
fn what_was_replaced_stands_again_when_what_replaced_it_is_undone() {
    let mut before = State::new("p", "abc");
    before.objects.insert("pool.train".into(), object());
    let replaced = folded(before.clone(), vec![(2, started()), (2, ensured_another())]);
    assert_eq!(replaced.objects["pool.train"].id, another());
    assert_eq!(replaced.deposed["pool.train"][0].id, id());
    let undo = Event::UndoStarted {
        address: "pool.train".into(),
        provider: "sandbox".into(),
        id: another(),
    };
    let undone = folded(replaced, vec![(3, undo), (3, Event::UndoFinished)]);
    assert_eq!(undone, before);
}

#[test]
fn what_awaits_its_deletion_and_is_taken_over_awaits_it_no_more() {
    let mut before = State::new("p", "abc");
    before.deposed.insert("stray".into(), vec![object()]);
    let after = folded(before, vec![(2, started()), (2, ensured())]);
    assert_eq!(after.objects["pool.train"].id, id());
    assert!(after.deposed.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// No flipped bit of a whole line goes unnoticed, but for those that change nothing that is read.
    #[test]
    fn a_flipped_bit_is_told(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut text = lines().concat().into_bytes();
        let before = read(&text).unwrap().entries;
        let at = at.index(text.len());
        text[at] ^= 1 << bit;
        let ends = text.last() == Some(&b'\n');
        match read(&text) {
            Err(_) => {}
            // The end of the last line was lost, so that it stands for nothing.
            Ok(read) if !ends => prop_assert_eq!(read.entries, &before[..5]),
            Ok(read) => prop_assert_eq!(read.entries, before),
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        drop(read(&bytes));
        drop(State::from_text(&String::from_utf8_lossy(&bytes)));
    }
}
