//! A state of thousands of objects is opened and written in no time that anybody would notice.

use std::time::Duration;

use mlinfra::state::{State, StateObject};
use mlinfra::store::blobs::{Blobs as _, Local, When};
use mlinfra_provider_api::{Attributes, ObjectId, ObjectKind};

use super::at_once;
use super::events::{at, key, open};

const OBJECTS: usize = 5000;

/// Ten times what a build without optimisation takes on two slow cores that other tests share.
const LIMIT: Duration = Duration::from_secs(20);

fn state() -> State {
    let mut state = State::new("p", "abc");
    let kind = ObjectKind::new("nodes").unwrap();
    for number in 0..OBJECTS {
        let text = |name: &str| (name.to_owned(), format!("{name}-{number}").into());
        let attributes: Attributes = ["type", "zone", "image", "subnet", "address"]
            .into_iter()
            .map(text)
            .collect();
        let object = StateObject {
            provider: "sandbox".into(),
            id: ObjectId {
                kind: kind.clone(),
                scope: "us-east-1a".into(),
                id: format!("i-{number:017}"),
            },
            name: format!("p-train-{number}"),
            desired: attributes.clone(),
            observed: attributes,
            made_by: key(1),
            tainted: false,
            intent: mlinfra::state::Intent::default(),
        };
        state
            .objects
            .insert(format!("pool.train[{number}]"), object);
    }
    state
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn a_state_of_5000_objects_is_opened_and_committed_quickly() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::new(folder.path());
    let text = state().to_text();
    at_once(local.put("state.json", text.as_bytes(), &When::Absent)).unwrap();
    let started = std::time::Instant::now();
    let mut vault = open(&local, 0).unwrap();
    let opened = started.elapsed();
    at_once(vault.commit(|_| {}, at(1))).unwrap();
    let took = started.elapsed();
    assert_eq!(vault.state().objects.len(), OBJECTS);
    assert!(took < LIMIT, "{took:?}");
    println!(
        "{} bytes: opened in {opened:?}, committed after {took:?}",
        text.len()
    );
}
