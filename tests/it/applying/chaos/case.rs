//! One case: some runs that go wrong, then one that doesn't, and a look at what there is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mlinfra::applying::{
    Clock as _, Engine, Limits, Report, recover, refresh, settle_absent, take_strays,
};
use mlinfra::store::blobs::Blobs;
use mlinfra::store::lease::{Holder, TIME_TO_LIVE};
use mlinfra::store::vault::{Vault, VaultError, peek};
use mlinfra_provider_api::{Condition, Desired, ObjectId, OpKey, OwnerTag, Provider};
use mlinfra_provider_sandbox::{Sandbox, Script};
use serde_json::json;

use super::super::sandbox::{Shared as SandboxTime, desired};
use super::super::time::{StopAt, Time, run};
use super::super::world::owner;
use super::dice::Dice;
use super::life::{Fate, Life, Process, State};
use super::places::{Counts, Reached, Shared, Written};
use super::planned::planned;
use super::project::{PLACES, Wanted};
use crate::blobs::Memory;

/// Rounds until nothing is left to do, when nothing goes wrong any more.
const ROUNDS: u64 = 4;

/// What a process finds and leaves.
struct Place<'p> {
    blobs: &'p Memory,
    sandbox: &'p Sandbox,
    shared: &'p Shared,
}

/// Runs a case and returns what happened in it.
///
/// # Errors
///
/// What is wrong in the end.
pub(super) fn case(seed: u64) -> Result<Counts, String> {
    let mut dice = Dice::new(seed);
    let time = Arc::new(Time::default());
    let shared = Shared::new(Arc::clone(&time), seed);
    let clock = Arc::new(SandboxTime(Arc::clone(&time)));
    let mut sandbox = Sandbox::in_memory(calm(), clock);
    let strangers = plant(&time, &sandbox);
    let blobs = Memory::default();
    let mut wanted = Wanted::any(&mut dice);
    let runs = 1 + dice.below(5);
    for number in 1..=runs {
        if dice.one_in(3) {
            wanted.changes(&mut dice);
        }
        sandbox = sandbox.with_script(wild(&mut dice));
        if dice.one_in(3) {
            meddle(&sandbox, &mut dice, &shared);
        }
        *shared.trouble.lock().unwrap() = *dice.pick(&[0, 20, 100]);
        let place = Place {
            blobs: &blobs,
            sandbox: &sandbox,
            shared: &shared,
        };
        place.ill_run(&mut wanted, number * 10, &mut dice);
        let expired = u64::try_from(TIME_TO_LIVE.as_millis()).unwrap();
        time.pass(Duration::from_millis(expired + dice.below(10_000)));
    }
    *shared.trouble.lock().unwrap() = 0;
    sandbox = sandbox.with_script(calm());
    time.pass(Duration::from_mins(2));
    shared.deliver(&sandbox);
    let place = Place {
        blobs: &blobs,
        sandbox: &sandbox,
        shared: &shared,
    };
    place.heal(&wanted, runs)?;
    place.check(&wanted, &strangers)?;
    Ok(shared.counts.into_inner().unwrap())
}

/// A cloud where objects take their time, and nothing goes wrong.
fn calm() -> Script {
    let latency = json!({"nodes": {"create_ms": 20_000, "remove_ms": 10_000}});
    serde_json::from_value(json!({"latency": latency})).unwrap()
}

/// A cloud where anything goes wrong.
fn wild(dice: &mut Dice) -> Script {
    let level = *dice.pick(&[0, 1, 3]);
    let mut fault = |operation: &str, per_mille: u64, fault: serde_json::Value| json!({"operation": operation, "when": {"per-mille": dice.below(per_mille * level + 1)}, "fault": fault});
    let throttled = json!({"error": {"throttled": {"retry_after_ms": 700}}});
    let breaks = json!({"break": {"after_ms": 10_000, "reason": "no driver"}});
    let refused = json!({"error": {"unauthorized": {"action": "make"}}});
    let quota = json!({"error": {"quota": {"name": "machines"}}});
    let capacity = json!({"error": {"capacity": {"scope": "here"}}});
    let mut faults = vec![
        fault("ensure", 80, json!("lose-answer")),
        fault("ensure", 40, json!({"error": "outcome-unknown"})),
        fault("ensure", 80, throttled.clone()),
        fault("ensure", 40, json!({"error": "unavailable"})),
        fault("ensure", 20, json!({"error": "conflict"})),
        fault("ensure", 60, capacity),
        fault("ensure", 10, refused),
        fault("ensure", 10, quota),
        fault("remove", 80, json!("lose-answer")),
        fault("remove", 80, throttled.clone()),
        fault("remove", 40, json!({"error": "conflict"})),
        fault("read", 60, json!({"error": "unavailable"})),
        fault("list", 60, throttled),
    ];
    let mut broken = fault("ensure", 40, breaks);
    broken["kind"] = json!("nodes");
    faults.push(broken);
    let mut capacity = Vec::new();
    for place in PLACES {
        if dice.one_in(3) {
            let nodes = dice.below(4);
            capacity.push(json!({
                "zone": place.zone, "capacity_type": place.capacity_type, "nodes": nodes,
            }));
        }
    }
    let mut script = calm();
    script.seed = dice.next();
    script.faults = serde_json::from_value(json!(faults)).unwrap();
    script.capacity = serde_json::from_value(json!(capacity)).unwrap();
    script
}

/// Objects of others, in the same places.
fn plant(time: &Time, sandbox: &Sandbox) -> BTreeSet<ObjectId> {
    let stranger = OwnerTag::new("q", "abc").unwrap();
    let relative = OwnerTag::new("p", "abd").unwrap();
    let wants = [
        (
            stranger.clone(),
            desired("security-group", "group", json!({})),
        ),
        (
            relative,
            desired("volume", "data", json!({"zone": "r1a", "size_gib": 1})),
        ),
        (stranger, desired("launch-template", "template", json!({}))),
    ];
    let wants = wants.into_iter().zip(1..);
    let plant = |((owner, want), number): ((OwnerTag, Desired), u8)| {
        let scope = "r1".to_owned();
        let want = Desired {
            owner,
            scope,
            ..want
        };
        let key = OpKey::new([0xf0 + number; 32]);
        run(time, sandbox.ensure(&key, &want)).unwrap().id
    };
    wants.map(plant).collect()
}

/// Somebody deletes or takes away what we have.
fn meddle(sandbox: &Sandbox, dice: &mut Dice, shared: &Shared) {
    let mut ours = sandbox.objects().unwrap();
    ours.retain(|object| object.owner == Some(owner()) && object.id.kind.as_str() == "nodes");
    if ours.is_empty() {
        return;
    }
    let id = &dice.pick(&ours).id;
    let meddled = if dice.one_in(2) {
        sandbox.delete(id)
    } else {
        sandbox.interrupt(id)
    };
    if meddled.is_ok() {
        shared.count("objects that others took away");
    }
}

impl Place<'_> {
    /// A run that dies, freezes, is stopped, or ends as it may.
    fn ill_run(&self, wanted: &mut Wanted, number: u64, dice: &mut Dice) {
        let fate = if dice.one_in(4) {
            Fate::Freezes
        } else {
            Fate::Dies
        };
        let life = if dice.one_in(4) {
            Life::long()
        } else {
            Life::new(1 + dice.below(120), fate)
        };
        let stop = if dice.one_in(5) {
            self.shared.time.millis() + dice.below(60_000)
        } else {
            u64::MAX
        };
        let first = wanted.clone();
        let process = Process::new(self.process(&life, &first, number, stop));
        match process.run(&self.shared.time, &life) {
            State::Ended(ended) => self.told(&ended),
            State::Died => self.shared.count("deaths"),
            State::Frozen(frozen) => {
                self.shared.count("holders that froze");
                let expired = Duration::try_from(TIME_TO_LIVE).unwrap();
                self.shared.time.pass(expired);
                if dice.one_in(2) {
                    wanted.changes(dice);
                }
                let opened = self.shared.opened.load(Ordering::SeqCst);
                let second = Life::long();
                let process = Process::new(self.process(&second, wanted, number + 1, u64::MAX));
                if let State::Ended(ended) = process.run(&self.shared.time, &second) {
                    self.told(&ended);
                }
                let taken_over = self.shared.opened.load(Ordering::SeqCst) > opened;
                let begun = self.shared.begun();
                life.wakes();
                if let State::Ended(Err(VaultError::Lease(_))) =
                    frozen.run(&self.shared.time, &life)
                {
                    self.shared.count("holders that woke too late");
                }
                let calls = self.shared.begun() - begun;
                assert!(
                    !taken_over || calls == 0,
                    "{calls} calls of a holder whose lease was taken over"
                );
            }
        }
    }

    fn told(&self, ended: &Result<Option<Report>, VaultError>) {
        let report = match ended {
            Ok(Some(report)) => report,
            Ok(None) => return self.shared.count("recoveries that must be done again"),
            Err(_) => return self.shared.count("runs whose state couldn't be written"),
        };
        let clean = report.failed.is_empty() && report.not_started.is_empty();
        self.shared.count(if clean && report.left_open.is_empty() {
            "runs that did all"
        } else {
            "runs that did a part"
        });
        let mut counts = self.shared.counts.lock().unwrap();
        *counts.entry("objects undone").or_default() += report.undone.len() as u64;
    }

    /// What a command does: opens the state, finds out what there is, plans and applies.
    async fn process(
        &self,
        life: &Life,
        wanted: &Wanted,
        number: u64,
        stop: u64,
    ) -> Result<Option<Report>, VaultError> {
        let shared = self.shared;
        let time: &Time = &shared.time;
        let cloud = Reached {
            sandbox: self.sandbox,
            shared,
            life,
        };
        let blobs = Written {
            blobs: self.blobs,
            shared,
            life,
        };
        let providers: BTreeMap<String, &dyn Provider> =
            BTreeMap::from([("world".to_owned(), &cloud as &dyn Provider)]);
        let mut vault = Vault::open(&blobs, "p", "abc", Holder::default(), time.now()).await?;
        shared.opened.fetch_add(1, Ordering::SeqCst);
        let late = shared.is_any_late();
        let mut recovered = recover(&mut vault, &providers, time).await?;
        self.count_many("objects adopted", recovered.adopted.len());
        self.count_many("operations gone on with", recovered.open.len());
        self.count_many("strays", recovered.strays.len());
        for stray in &recovered.strays {
            let noted = shared.is_unheard(stray.observed.op_key) || vault.is_over(time.now());
            assert!(noted, "{stray:?} was told and not noted");
        }
        take_strays(&mut vault, &recovered.strays, time).await?;
        if !recovered.is_complete() {
            vault.close().await?;
            return Ok(None);
        }
        // Who froze and woke knows nothing of what the next holder made.
        if !late && !vault.is_over(time.now()) {
            self.nothing_is_unknown(&vault);
        }
        let limits = Limits::default();
        let refreshed = refresh(vault.state(), &providers, time, &limits).await;
        let refreshed = refreshed.unwrap().state;
        let take = move |state: &mut mlinfra::state::State| {
            state.objects = refreshed.objects;
            state.deposed = refreshed.deposed;
        };
        vault.commit(take, time.now()).await?;
        let plan = loop {
            let plan = planned(vault.state(), wanted, &recovered.open, number);
            let open = recovered.open.iter().map(|open| open.key);
            let given_up: BTreeSet<OpKey> = open.filter(|key| !plan.taken.contains(key)).collect();
            if given_up.is_empty() {
                break plan;
            }
            let settled = settle_absent(&mut vault, &providers, time, &given_up).await?;
            if !settled.is_complete() {
                vault.close().await?;
                return Ok(None);
            }
            recovered.open.retain(|open| !given_up.contains(&open.key));
        };
        let engine = Engine {
            providers,
            clock: time,
            stop: &StopAt { time, millis: stop },
            limits,
        };
        let mut progress = Counting(shared);
        let report = engine.run(&plan.graph, &mut vault, &mut progress).await?;
        if engine.stop.asked() {
            shared.count("runs that were stopped");
        }
        vault.close().await?;
        Ok(Some(report))
    }

    fn count_many(&self, what: &'static str, many: usize) {
        let mut counts = self.shared.counts.lock().unwrap();
        *counts.entry(what).or_default() += many as u64;
    }

    /// Everything of ours is in the state, or the journal asks for it.
    fn nothing_is_unknown(&self, vault: &Vault<'_>) {
        let state = vault.state();
        let known = state.objects.values();
        let known: BTreeSet<&ObjectId> = known
            .chain(state.deposed.values().flatten())
            .map(|object| &object.id)
            .collect();
        for object in self.sandbox.objects().unwrap() {
            let ours = object.owner == Some(owner());
            let alive = object.condition != Condition::Deleting;
            let fresh = self.shared.is_any_late();
            assert!(
                !ours || !alive || fresh || known.contains(&object.id),
                "nothing knows {object:?}"
            );
        }
    }

    /// Runs until nothing is left to do.
    fn heal(&self, wanted: &Wanted, runs: u64) -> Result<(), String> {
        let mut last = String::new();
        for round in 1..=ROUNDS {
            let life = Life::long();
            let number = 1000 * (runs + round);
            let process = Process::new(self.process(&life, wanted, number, u64::MAX));
            let State::Ended(ended) = process.run(&self.shared.time, &life) else {
                return Err("a process with a long life doesn't end".into());
            };
            let report = ended.map_err(|error| format!("the state can't be written: {error}"))?;
            if report
                .as_ref()
                .is_some_and(|report| *report == Report::default())
            {
                return Ok(());
            }
            last = format!("{report:?}");
        }
        Err(format!("there is always something left to do: {last}"))
    }

    /// There is what is wanted, once, and everything is known.
    fn check(&self, wanted: &Wanted, strangers: &BTreeSet<ObjectId>) -> Result<(), String> {
        let state = run(&self.shared.time, peek(self.blobs as &dyn Blobs));
        let state = state.map_err(|error| error.to_string())?;
        let state = state.ok_or("there is no state")?;
        if !state.deposed.is_empty() {
            return Err(format!("still to be deleted: {:?}", state.deposed));
        }
        let known: BTreeSet<ObjectId> = state.objects.values().map(|o| o.id.clone()).collect();
        let there = self.sandbox.objects().map_err(|error| error.to_string())?;
        let (ours, others): (Vec<_>, Vec<_>) = there
            .into_iter()
            .partition(|object| object.owner == Some(owner()));
        let others: BTreeSet<ObjectId> = others.into_iter().map(|object| object.id).collect();
        if others != *strangers {
            return Err(format!(
                "objects of others were {strangers:?} and are {others:?}"
            ));
        }
        let ours: BTreeSet<ObjectId> = ours.into_iter().map(|object| object.id).collect();
        if ours != known {
            return Err(format!("there are {ours:?} and known are {known:?}"));
        }
        let nodes = state
            .objects
            .keys()
            .filter(|address| address.contains(".nodes."));
        let nodes: BTreeSet<String> = nodes.cloned().collect();
        let gangs = wanted
            .pools
            .values()
            .flat_map(|pool| (0..pool.gangs).map(|gang| pool.address(&format!("nodes.{gang}"))));
        let gangs: BTreeSet<String> = gangs.collect();
        if nodes != gangs {
            return Err(format!("there are {nodes:?} and wanted are {gangs:?}"));
        }
        Ok(())
    }
}

/// Counts what the engine tells.
struct Counting<'c>(&'c Shared);

impl mlinfra::applying::Progress for Counting<'_> {
    fn started(&mut self, _: usize, _: usize, _: u32) {
        self.0.count("calls begun");
    }

    fn waiting(
        &mut self,
        _: usize,
        _: &mlinfra_provider_api::ProviderError,
        _: Duration,
        _: jiff::Timestamp,
    ) {
        self.0.count("retries");
    }

    fn refused(&mut self, _: usize, _: usize, _: &mlinfra_provider_api::ProviderError) {
        self.0.count("fallbacks");
    }

    fn done(&mut self, _: usize, _: Option<&mlinfra_provider_api::Observed>) {}

    fn failed(&mut self, _: usize, _: &mlinfra::applying::Failure) {
        self.0.count("operations that failed");
    }
}
