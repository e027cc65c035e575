//! Signals, slow clouds and places for the state that don't answer; and how often is written.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mlinfra::applying::{Clock as _, Report};
use mlinfra::changes::graph::Graph;
use mlinfra::store::blobs::{Blob, Blobs, Reply, Version, When};
use mlinfra_provider_api::Desired;
use serde_json::json;

use super::sandbox::desired;
use super::scene::{NEVER, Scene, With as _, making};
use super::time::{Time, run};
use crate::blobs::Memory;

fn volume(name: &str) -> Desired {
    desired("volume", name, json!({"zone": "a", "size_gib": 1}))
}

fn volumes(count: usize) -> Graph {
    let operations = (0..count).map(|n| {
        let name = format!("v{n:03}");
        making(n, &name, vec![volume(&name)])
    });
    Graph::new(operations.collect()).unwrap()
}

/// Blobs whose writes take their time, and from some moment on never end.
struct Slow<'s> {
    blobs: &'s Memory,
    time: &'s Time,
    takes: Duration,
    hangs_from: u64,
    writes: AtomicU32,
}

impl<'s> Slow<'s> {
    fn new(scene: &'s Scene, takes: Duration, hangs_from: u64) -> Self {
        Self {
            blobs: &scene.blobs,
            time: &scene.time,
            takes,
            hangs_from,
            writes: AtomicU32::new(0),
        }
    }
}

impl Blobs for Slow<'_> {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        self.blobs.get(name)
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        Box::pin(async move {
            if name.starts_with("journal") {
                self.writes.fetch_add(1, Ordering::SeqCst);
            }
            if self.time.millis() >= self.hangs_from {
                std::future::pending::<()>().await;
            }
            self.time.sleep(self.takes).await;
            self.blobs.put(name, bytes, when).await
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        self.blobs.list(prefix)
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        self.blobs.delete(name)
    }
}

#[track_caller]
fn carried_out(scene: &Scene, blobs: &dyn Blobs, graph: &Graph, stop: u64) -> Report {
    run(&scene.time, scene.carried_out(blobs, graph, stop)).unwrap()
}

#[test]
fn a_run_ends_within_five_seconds_of_a_signal_however_slow_the_cloud() {
    let scene = Scene::new(json!({}));
    *scene.cloud.takes.lock().unwrap() = Duration::from_mins(1);
    let report = carried_out(&scene, &scene.blobs, &volumes(30), 10_000);
    assert_eq!(scene.time.millis(), 13_000);
    assert_eq!((report.left_open.len(), report.not_started.len()), (10, 20));
    assert!(!report.unsaved);
    // The lease was given back, and the journal has what was under way.
    let vault = run(&scene.time, scene.open(&scene.blobs));
    assert_eq!(vault.unsettled().len(), 10);
}

#[test]
fn a_run_ends_within_five_seconds_of_a_signal_when_its_journal_cant_be_written() {
    for hangs_from in [4_000, 9_000, 10_500] {
        let scene = Scene::new(json!({"latency": {"volume": {"create_ms": 2000}}}));
        let blobs = Slow::new(&scene, Duration::from_millis(100), hangs_from);
        let report = carried_out(&scene, &blobs, &volumes(60), 10_000);
        assert!(report.unsaved, "{hangs_from}");
        let end = scene.time.millis();
        assert!(end <= 14_000, "{hangs_from}: {end}");
        scene.time.pass(Duration::from_mins(2));
        let mut vault = run(&scene.time, scene.open(&scene.blobs));
        let providers = scene.providers();
        let recovered = mlinfra::applying::recover(&mut vault, &providers, &*scene.time);
        let recovered = run(&scene.time, recovered).unwrap();
        assert!(recovered.strays.is_empty(), "{hangs_from}: {recovered:?}");
    }
}

#[test]
fn what_ends_together_is_written_together() {
    let mut scene = Scene::new(json!({}));
    scene.limits.parallel = 50;
    *scene.cloud.takes.lock().unwrap() = Duration::from_secs(1);
    let blobs = Slow::new(&scene, Duration::ZERO, NEVER);
    let report = carried_out(&scene, &blobs, &volumes(200), NEVER);
    assert_eq!(report.done.len(), 200);
    // Four waves: what one ends with and what the next begins with is one write.
    assert_eq!(blobs.writes.load(Ordering::SeqCst), 5);
}

#[test]
fn calls_go_on_while_the_journal_is_written() {
    let mut scene = Scene::new(json!({}));
    scene.limits.parallel = 10;
    // Calls end one after the other, each in another millisecond.
    let delays = (0..200).map(|n| {
        json!({"operation": "ensure", "object": format!("v{n:03}"),
               "fault": {"delay": {"ms": 1000 + 37 * (n % 27)}}})
    });
    let rules: Vec<_> = delays.collect();
    scene.cloud.sandbox = mlinfra_provider_sandbox::Sandbox::in_memory(
        serde_json::from_value(json!({"faults": rules})).unwrap(),
        std::sync::Arc::new(super::sandbox::Shared(std::sync::Arc::clone(&scene.time))),
    );
    let times = [0, 100].map(|takes| {
        let before = scene.time.millis();
        let blobs = Memory::default();
        let slow = Slow {
            blobs: &blobs,
            ..Slow::new(&scene, Duration::from_millis(takes), NEVER)
        };
        let graph = if takes == 0 {
            volumes(200)
        } else {
            others(200)
        };
        let report = carried_out(&scene, &slow, &graph, NEVER);
        assert_eq!(report.done.len(), 200);
        scene.time.millis() - before
    });
    // Two writes stand between a call and the next in its place at most, and other calls go on.
    assert!(times[1] * 10 < times[0] * 12, "{times:?}");
}

/// As `volumes`, under other keys, so that the second run finds them there.
fn others(count: usize) -> Graph {
    let operations = volumes(count).operations().to_vec();
    let other = |(n, operation): (usize, mlinfra::changes::graph::Operation)| {
        operation.each(|way| {
            way.key = super::world::key(3, n, 0);
            way.undo = super::world::undo(3, n, 0);
        })
    };
    Graph::new(operations.into_iter().enumerate().map(other).collect()).unwrap()
}

/// Blobs whose user freezes as soon as it has the lease, until the lease is over and another has
/// come and gone.
struct Freezing<'s> {
    scene: &'s Scene,
    writes: AtomicU32,
}

impl Blobs for Freezing<'_> {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        self.scene.blobs.get(name)
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        Box::pin(async move {
            let version = self.scene.blobs.put(name, bytes, when).await?;
            if self.writes.fetch_add(1, Ordering::SeqCst) == 0 {
                self.scene.time.pass(Duration::from_mins(2));
                let other = self.scene.open(&self.scene.blobs).await;
                other.close().await.unwrap();
            }
            Ok(version)
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        self.scene.blobs.list(prefix)
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        self.scene.blobs.delete(name)
    }
}

#[test]
fn a_holder_that_freezes_before_it_reads_the_state_doesnt_write_it() {
    let scene = Scene::new(json!({}));
    let blobs = Freezing {
        scene: &scene,
        writes: AtomicU32::new(0),
    };
    let opened = run(&scene.time, scene.carried_out(&blobs, &volumes(1), NEVER));
    let lost = opened.unwrap_err().to_string();
    assert_eq!(lost, "the lease was lost");
    assert_eq!(scene.state().fence, 2);
    assert_eq!(blobs.writes.load(Ordering::SeqCst), 1);
}
