//! What a dead run left, found in one look.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mlinfra::applying::{Clock as _, Recovered, recover, settle_absent, take_strays};
use mlinfra::changes::graph::{Action, Ensure, Operation};
use mlinfra::state::{Event, Intent};
use mlinfra::store::vault::Vault;
use mlinfra_provider_api::{Desired, OpKey, OwnerTag, Provider as _};
use serde_json::json;

use super::sandbox::desired;
use super::scene::{Scene, making, removing};
use super::time::run;
use super::world::key;
use crate::blobs::Mortal;

fn volume(name: &str) -> Desired {
    desired("volume", name, json!({"zone": "a", "size_gib": 1}))
}

fn begins(address: &str, desired: &Desired) -> Event {
    Event::EnsureStarted {
        address: address.into(),
        provider: "world".into(),
        desired: desired.clone(),
        intent: Intent::default(),
    }
}

/// A vault whose last holder died after it noted this.
fn died<'s>(scene: &'s Scene, events: Vec<(OpKey, u32, Event)>) -> Vault<'s> {
    let mut vault = run(&scene.time, scene.open(&scene.blobs));
    run(&scene.time, vault.note(events, scene.time.now())).unwrap();
    drop(vault);
    scene.time.pass(Duration::from_mins(2));
    run(&scene.time, scene.open(&scene.blobs))
}

fn recovered(scene: &Scene, vault: &mut Vault<'_>) -> Recovered {
    let providers = scene.providers();
    let recovered = recover(vault, &providers, &*scene.time);
    run(&scene.time, recovered).unwrap()
}

/// The provider did what was asked for, and the caller died.
fn done_by_the_cloud(scene: &Scene, key: OpKey, want: &Desired) {
    run(&scene.time, scene.cloud.sandbox.ensure(&key, want)).unwrap();
}

#[test]
fn a_thousand_open_operations_are_settled_by_one_list_and_no_wait() {
    let scene = Scene::new(json!({}));
    let keys: Vec<OpKey> = (0..1000u32)
        .map(|n| {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&n.to_be_bytes());
            OpKey::new(key)
        })
        .collect();
    let begun = keys.iter().enumerate().map(|(n, key)| {
        let want = volume(&format!("v{n}"));
        if n < 10 {
            done_by_the_cloud(&scene, *key, &want);
        }
        (*key, 1, begins(&format!("v.{n}"), &want))
    });
    let mut vault = died(&scene, begun.collect());
    let before = scene.time.millis();
    let found = recovered(&scene, &mut vault);
    assert_eq!(scene.time.millis(), before);
    assert_eq!(
        (scene.cloud.calls("list"), scene.cloud.calls("read")),
        (1, 0)
    );
    assert_eq!((found.adopted.len(), found.open.len()), (10, 990));
    assert!(found.is_complete() && found.strays.is_empty());
    assert_eq!(vault.unsettled().len(), 990);
    assert_eq!(vault.state().objects.len(), 10);
}

#[test]
fn what_is_given_up_is_waited_for_once_for_all() {
    let scene = Scene::new(json!({}));
    let wants = ["a", "b", "c"].map(volume);
    let events = wants.iter().enumerate();
    let events = events.map(|(n, want)| (key(1, n, 0), 1, begins(&want.name, want)));
    let mut vault = died(&scene, events.collect());
    let open = recovered(&scene, &mut vault).open;
    let keys: BTreeSet<OpKey> = open.iter().map(|open| open.key).collect();
    let before = scene.time.millis();
    let settling = async {
        let providers = scene.providers();
        let settled = settle_absent(&mut vault, &providers, &*scene.time, &keys);
        // One of them arrives while it is looked for.
        let late = async {
            scene.time.sleep(Duration::from_secs(3)).await;
            scene.cloud.sandbox.ensure(&key(1, 1, 0), &wants[1]).await
        };
        let (settled, late) = both(settled, late).await;
        late.unwrap();
        settled.unwrap()
    };
    let settled = run(&scene.time, settling);
    assert_eq!(settled.adopted, ["b"]);
    assert_eq!(settled.never_made, ["a", "c"]);
    assert_eq!(scene.time.millis() - before, 8000);
    assert_eq!(scene.cloud.calls("list"), 1 + 5);
    assert!(vault.unsettled().is_empty());
    assert_eq!(vault.state().objects.len(), 1);
}

async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (std::pin::pin!(a), std::pin::pin!(b));
    let (mut left, mut right) = (None, None);
    std::future::poll_fn(|context| {
        if left.is_none()
            && let std::task::Poll::Ready(value) = a.as_mut().poll(context)
        {
            left = Some(value);
        }
        if right.is_none()
            && let std::task::Poll::Ready(value) = b.as_mut().poll(context)
        {
            right = Some(value);
        }
        if left.is_some() && right.is_some() {
            return std::task::Poll::Ready(());
        }
        std::task::Poll::Pending
    })
    .await;
    (left.unwrap(), right.unwrap())
}

#[test]
fn what_isnt_ready_yet_is_in_the_state_and_stays_open_for_who_waits_for_it() {
    let scene = Scene::new(json!({"latency": {"volume": {"create_ms": 300_000}}}));
    let want = volume("a");
    done_by_the_cloud(&scene, key(1, 0, 0), &want);
    let mut vault = died(&scene, vec![(key(1, 0, 0), 1, begins("a", &want))]);
    let found = recovered(&scene, &mut vault);
    assert_eq!(found.adopted, ["a"]);
    let there = &vault.state().objects["a"].id;
    assert_eq!(found.open[0].found.as_ref(), Some(there));
    assert_eq!(vault.unsettled().len(), 1);
    run(&scene.time, vault.close()).unwrap();
    // The next run makes it under the same key: that is, it waits.
    let report = scene.run(vec![making(0, "a", vec![want])]);
    assert_eq!(report.done, [0]);
    assert!(scene.time.millis() >= 300_000);
    assert!(
        run(&scene.time, scene.open(&scene.blobs))
            .unsettled()
            .is_empty()
    );
    assert_eq!(scene.addresses(), ["a"]);
}

#[test]
fn a_change_that_wasnt_made_stays_open_and_one_that_was_is_taken_over() {
    for changed in [false, true] {
        let scene = Scene::new(json!({}));
        scene.run(vec![making(0, "a", vec![volume("a")])]);
        let larger = desired("volume", "a", json!({"zone": "a", "size_gib": 2}));
        if changed {
            done_by_the_cloud(&scene, key(3, 0, 0), &larger);
        }
        let mut vault = died(&scene, vec![(key(3, 0, 0), 1, begins("a", &larger))]);
        let found = recovered(&scene, &mut vault);
        assert_eq!(found.open.len(), usize::from(!changed), "{found:?}");
        assert_eq!(found.adopted.len(), usize::from(changed));
        assert!(found.strays.is_empty());
        let object = &vault.state().objects["a"];
        assert_eq!(object.made_by, key(1, 0, 0));
        assert_eq!(object.observed["size_gib"], if changed { 2 } else { 1 });
    }
}

#[test]
fn removals_and_their_like_are_settled_by_reading() {
    let scene = Scene::new(json!({}));
    let all = ["a", "b", "c", "d"];
    let makes = all.iter().enumerate();
    scene.run(
        makes
            .map(|(n, name)| making(n, name, vec![volume(name)]))
            .collect(),
    );
    let id = |address: &str| scene.state().objects[address].id.clone();
    let removes = |address: &str| Event::RemoveStarted {
        address: address.into(),
        provider: "world".into(),
        id: id(address),
    };
    let undoes = |address: &str| Event::UndoStarted {
        address: address.into(),
        provider: "world".into(),
        id: id(address),
    };
    let events = vec![
        (key(2, 0, 0), 1, removes("a")),
        (key(2, 1, 0), 1, removes("b")),
        (key(2, 2, 0), 1, undoes("c")),
        (key(2, 3, 0), 1, undoes("d")),
    ];
    for gone in ["a", "c"] {
        scene.cloud.sandbox.delete(&id(gone)).unwrap();
    }
    let mut vault = died(&scene, events);
    let mut found = recovered(&scene, &mut vault);
    found.gone.sort();
    assert_eq!(found.gone, ["a", "c"]);
    assert!(vault.unsettled().is_empty());
    assert_eq!(scene.addresses(), ["b", "d"]);
}

#[test]
fn a_provider_that_cant_be_reached_leaves_all_of_its_open() {
    let down = json!({"error": "unavailable"});
    let scene = Scene::new(json!({"faults": [{"operation": "list", "fault": down}]}));
    let want = volume("a");
    let mut vault = died(&scene, vec![(key(1, 0, 0), 1, begins("a", &want))]);
    let found = recovered(&scene, &mut vault);
    let why = "the sandbox's script says so".to_owned();
    assert_eq!(found.unknown, [("a".to_owned(), why.clone())]);
    assert_eq!(found.unlisted.len(), 1);
    let (name, error) = &found.unlisted[0];
    assert_eq!((&**name, &*error.message), ("world", &*why));
    assert!(!found.is_complete());
    assert_eq!(vault.unsettled().len(), 1);
    // Nor is one that isn't there any more forgotten.
    let none = BTreeMap::new();
    let found = run(&scene.time, recover(&mut vault, &none, &*scene.time)).unwrap();
    let why = "there is no provider `world`".to_owned();
    assert_eq!(found.unknown, [("a".to_owned(), why)]);
}

#[test]
fn what_nothing_knows_awaits_its_deletion_and_others_objects_dont() {
    let scene = Scene::new(json!({}));
    done_by_the_cloud(&scene, key(7, 0, 0), &volume("late"));
    let owner = OwnerTag::new("q", "abc").unwrap();
    let theirs = Desired {
        owner,
        ..volume("theirs")
    };
    done_by_the_cloud(&scene, key(7, 1, 0), &theirs);
    let mut vault = died(&scene, vec![]);
    let found = recovered(&scene, &mut vault);
    let names: Vec<&str> = found.strays.iter().map(|s| &*s.observed.name).collect();
    assert_eq!(names, ["late"]);
    run(
        &scene.time,
        take_strays(&mut vault, &found.strays, &*scene.time),
    )
    .unwrap();
    // Known now, so that it isn't found again.
    assert!(recovered(&scene, &mut vault).strays.is_empty());
    run(&scene.time, vault.close()).unwrap();
    let stray = scene.state().deposed["stray"][0].clone();
    scene.run(vec![removing(0, "stray", stray.id)]);
    assert!(scene.state().deposed.is_empty());
    let left = scene.cloud.sandbox.objects().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].name, "theirs");
}

#[test]
fn a_stray_whose_name_is_wanted_is_taken_over_instead_of_deleted() {
    let scene = Scene::new(json!({}));
    done_by_the_cloud(&scene, key(7, 0, 0), &volume("a"));
    let mut vault = died(&scene, vec![]);
    let strays = recovered(&scene, &mut vault).strays;
    run(&scene.time, take_strays(&mut vault, &strays, &*scene.time)).unwrap();
    run(&scene.time, vault.close()).unwrap();
    let id = scene.state().deposed["stray"][0].id.clone();
    let report = scene.run(vec![
        making(0, "a", vec![volume("a")]),
        Operation {
            after: vec![0],
            ..removing(1, "stray", id)
        },
    ]);
    assert_eq!(report.done, [0, 1]);
    assert_eq!(scene.cloud.calls("remove"), 0);
    assert!(scene.state().deposed.is_empty());
    assert_eq!(scene.addresses(), ["a"]);
}

#[test]
fn a_death_between_any_two_writes_of_an_undo_leaves_nothing_unknown() {
    let volumes = ["a", "b"].map(volume);
    let mut all_done = false;
    for writes in 0..12 {
        let quota = json!({"error": {"quota": {"name": "volumes"}}});
        let rule = json!({"operation": "ensure", "object": "b", "fault": quota});
        let scene = Scene::new(json!({"faults": [rule]}));
        let stage = volumes.iter().enumerate().map(|(n, want)| {
            let mut operation = making(n, &want.name, vec![want.clone()]);
            if let Action::Ensure(Ensure { on_failure, .. }) = &mut operation.action {
                *on_failure = mlinfra::changes::graph::OnFailure::Undo;
            }
            operation.after = (0..n).collect();
            operation
        });
        let graph = mlinfra::changes::graph::Graph::new(stage.collect()).unwrap();
        let blobs = Mortal::new(scene.blobs.clone(), writes + 1, false);
        let ended = run(&scene.time, scene.carried_out(&blobs, &graph, u64::MAX)).ok();
        let done = ended.is_some_and(|report| report.undone == [0]);
        all_done |= done;
        scene.time.pass(Duration::from_mins(2));
        let mut vault = run(&scene.time, scene.open(&scene.blobs));
        let found = recovered(&scene, &mut vault);
        assert!(found.strays.is_empty(), "{writes}: {found:?}");
        let there = scene.cloud.sandbox.objects().unwrap();
        let known: Vec<_> = vault
            .state()
            .objects
            .values()
            .map(|o| o.id.clone())
            .collect();
        let there: Vec<_> = there.into_iter().map(|object| object.id).collect();
        assert_eq!(known, there, "{writes}");
        assert!(!done || there.is_empty(), "{writes}");
    }
    assert!(all_done);
}
