//! Objects, and what happens to them.

use jiff::Timestamp;
use mlinfra::state::{Event, Intent, State};
use mlinfra::store::blobs::Blobs;
use mlinfra::store::lease::Holder;
use mlinfra::store::vault::{Vault, VaultError};
use mlinfra_provider_api::{
    Attributes, Condition, Desired, ObjectId, ObjectKind, Observed, OpKey, OwnerTag,
};

use super::wait;

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

pub(super) fn open(blobs: &dyn Blobs, seconds: i64) -> Result<Vault<'_>, VaultError> {
    wait(Vault::open(
        blobs,
        "p",
        "abc",
        Holder::default(),
        at(seconds),
    ))
}

pub(super) fn key(number: u8) -> OpKey {
    OpKey::new([number; 32])
}

pub(super) fn desired(number: u8) -> Desired {
    Desired {
        kind: ObjectKind::new("nodes").unwrap(),
        scope: "here".into(),
        name: format!("n{number}"),
        owner: OwnerTag::new("p", "abc").unwrap(),
        attributes: Attributes::from([("n".into(), number.into())]),
    }
}

pub(super) fn started(number: u8) -> Event {
    Event::EnsureStarted {
        address: format!("pool.n{number}"),
        provider: "sandbox".into(),
        desired: desired(number),
        intent: Intent::default(),
    }
}

pub(super) fn observed(number: u8) -> Observed {
    let want = desired(number);
    Observed {
        id: ObjectId {
            kind: want.kind,
            scope: want.scope,
            id: format!("id-{number}"),
        },
        name: want.name,
        owner: Some(want.owner),
        op_key: Some(key(number)),
        condition: Condition::Ready,
        attributes: want.attributes,
    }
}

pub(super) fn ensured(number: u8) -> Event {
    Event::Ensured {
        observed: observed(number),
    }
}

/// What is noted of an object that is made: that it begins, and that it is there.
pub(super) fn made(number: u8) -> Vec<(OpKey, u32, Event)> {
    vec![
        (key(number), 1, started(number)),
        (key(number), 1, ensured(number)),
    ]
}

/// The addresses of all objects of a state.
pub(super) fn addresses(state: &State) -> Vec<&str> {
    state.objects.keys().map(String::as_str).collect()
}
