//! Plans against an exhaustive search that is written to be obviously right.
//!
//! Random specs over random catalogs are planned, and every combination of offerings is priced and
//! judged here anew, from the documented rules. `MLINFRA_ORACLE_SEED=n` replays one seed and prints
//! its spec; `MLINFRA_ORACLE_INSTANCES=n` compares more of them.

mod credit;
mod data;
mod demands;
pub(super) mod dice;
mod eligible;
mod exhaustive;
mod found;
pub(super) mod markets;
mod models;
mod money;
mod offers;
mod rules;
mod runs;
mod services;
pub(super) mod specs;
mod spot;
mod tighten;
mod together;

use std::collections::BTreeMap;

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::Sources;
use mlinfra::model::Project;
use mlinfra::planning::plan::{Plan, Proof};
use mlinfra::planning::{self, Objective, Options};
use mlinfra::units::Duration;
use mlinfra::{render, spec};

use self::dice::Dice;
use self::exhaustive::{Asked, Best, Instance, Judged, Value};
use self::markets::Market;
use self::models::{Room, room};
use self::rules::Kind;

/// Instances that are compared in a test run.
const INSTANCES: usize = 2_000;
/// Specs that are made for one catalog.
const SPECS: u64 = 5;
/// Combinations beyond which an instance is left out.
const MOST: usize = 1_600;
/// How often each kind of rule must at least have decided a plan.
const BINDING: usize = 8;
/// Credits are rounded stage by stage.
const ROUNDING: i128 = 20;

/// How often something decided a plan.
#[derive(Debug, Default)]
struct Tally {
    instances: usize,
    plans: usize,
    infeasible: usize,
    fastest: usize,
    counts: BTreeMap<String, usize>,
}

impl Tally {
    /// That the instances are of the kinds that they are meant to be: a search that nothing binds
    /// proves nothing.
    fn check(&self) {
        let kinds = Kind::ALL.iter().map(|kind| format!("{kind:?}"));
        let others = [
            "Commitment",
            "Movement",
            "Waiting",
            "ModelFits",
            "ModelIsTight",
            "ModelLeavesOut",
            "OnDemand",
            "PartOfGpu",
            "Reserved",
            "Slice",
            "Spot",
        ];
        for what in kinds.chain(others.map(str::to_owned)) {
            let count = self.counts.get(&what).copied().unwrap_or(0);
            assert!(count >= BINDING, "{what} decided {count} plans: {self:?}");
        }
        assert!(self.plans >= 1_500 && self.fastest >= 200, "{self:?}");
        assert!(self.infeasible >= 100, "{self:?}");
    }

    fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }
}

/// A spec that was read.
///
/// # Errors
///
/// The messages, for one that is wrong.
pub(super) fn load(text: &str) -> Result<Option<(Sources, Project)>, String> {
    let mut sources = Sources::new();
    sources.add("main.mlinfra.hcl", text);
    let (project, found) = spec::load(&sources, &spec::Inputs::default());
    if found.has_errors() {
        let human = render::diagnostics::human(&found, &sources);
        // Random company may contradict itself; nothing else may be wrong.
        let contradicts = human.contains("no plan can be both");
        return if contradicts { Ok(None) } else { Err(human) };
    }
    Ok(Some((sources, project.unwrap())))
}

/// One comparison: a catalog, a spec, and what is asked for.
struct Case<'c> {
    catalog: &'c Catalog,
    project: &'c Project,
    sources: &'c Sources,
    instance: &'c Instance<'c>,
}

impl Case<'_> {
    /// Says what differs.
    fn compare(&self, asked: Asked, tally: &mut Tally) -> Result<(), String> {
        let objective = if asked.fastest {
            Objective::Time
        } else {
            Objective::Cost
        };
        let options = Options {
            objective,
            deadline: asked.deadline.map(Duration::from_millis),
            ..Options::default()
        };
        let (plan, found) = planning::plan(self.project, self.catalog, self.sources, &options);
        let messages = || render::diagnostics::human(&found, self.sources);
        let strict = self.instance.best(asked, true);
        // Where budgets can't be kept, the plan without them is shown.
        let (best, budgets) = match strict.value {
            Some(_) => (strict, true),
            None => (self.instance.best(asked, false), false),
        };
        let (plan, value) = match (plan, best.value) {
            (None, None) => {
                tally.infeasible += 1;
                return Ok(());
            }
            (None, Some(value)) => {
                return Err(format!(
                    "no plan for {value:?} {:?}\n{}",
                    best.choice,
                    messages()
                ));
            }
            (Some(plan), None) => {
                return Err(format!("planned what is infeasible: {:?}", plan.costs));
            }
            (Some(plan), Some(value)) => (plan, value),
        };
        let judged = self.verdict(&plan, asked, (&best, value), budgets)?;
        self.tally(&best, &judged, budgets, tally);
        tally.plans += 1;
        tally.fastest += usize::from(asked.fastest);
        Ok(())
    }

    /// Holds a plan against the best of all combinations.
    fn verdict(
        &self,
        plan: &Plan,
        asked: Asked,
        (best, value): (&Best, Value),
        budgets: bool,
    ) -> Result<Judged, String> {
        let Some(choice) = self.instance.choice_of(plan) else {
            let at: Vec<_> = plan.stages.iter().map(|s| &s.placement).collect();
            return Err(format!("no such offers: {at:?}"));
        };
        let judged = self
            .instance
            .judge(&choice, asked, budgets)
            .ok_or("unknown rate")?;
        let total = plan.costs.total.micro_usd();
        let expected = if asked.fastest { judged.pass } else { 0 };
        let planned = (expected, judged.cost - judged.credit);
        let promised = self.instance.promised();
        let near = |a: i128, b: i128| (a - b).abs() <= if promised { ROUNDING } else { 0 };
        let mut wrong = Vec::new();
        if !judged.broken.is_empty() {
            wrong.push(format!("breaks {:?}", judged.broken));
        }
        if !near(total, planned.1) {
            wrong.push(format!("says {total} and costs {}", planned.1));
        }
        if plan.pass.millis() != judged.pass {
            wrong.push(format!(
                "says {} and takes {}",
                plan.pass.millis(),
                judged.pass
            ));
        }
        if planned.0 != value.0 || !near(planned.1, value.1) {
            wrong.push(format!(
                "{planned:?} at {choice:?}, but {value:?} at {:?}",
                best.choice
            ));
        }
        if plan.proof != Proof::Optimal {
            wrong.push(format!("{:?}", plan.proof));
        }
        if wrong.is_empty() {
            Ok(judged)
        } else {
            Err(format!("{asked:?} {}", wrong.join("; ")))
        }
    }

    /// The least time, and the least cost within a little more than that.
    fn fastest(&self, seed: u64, tally: &mut Tally) -> Result<(), String> {
        let fastest = Asked {
            fastest: true,
            deadline: None,
        };
        self.compare(fastest, tally)?;
        let Some((least, _)) = self.instance.best(fastest, false).value else {
            return Ok(());
        };
        let within = Asked {
            fastest: false,
            deadline: Some(least + least * (seed % 60) / 100),
        };
        self.compare(within, tally)
    }

    fn tally(&self, best: &Best, judged: &Judged, budgets: bool, tally: &mut Tally) {
        for kind in best.without.keys() {
            tally.count(format!("{kind:?}"));
        }
        if !budgets {
            tally.count("BudgetThatCannotBeKept");
        }
        for (counted, what) in [
            (judged.credit, "Commitment"),
            (judged.waiting, "Waiting"),
            (judged.moving, "Movement"),
        ] {
            if counted > 0 {
                tally.count(what);
            }
        }
        for (offers, choice) in self.instance.offers.iter().zip(&best.choice) {
            tally.count(format!("{:?}", offers[*choice].capacity));
        }
        let chosen = self.instance.offers.iter().zip(&best.choice);
        for ((offers, choice), name) in chosen.zip(&self.instance.names) {
            let gpu = offers[*choice].node.gpu;
            if self.project.stages[name].requirements.gpu.is_none() {
                continue;
            }
            let stage = &self.project.stages[name];
            let room = room(self.project, stage, &offers[*choice].node);
            let modelled = stage.model.is_some();
            for (counted, what) in [
                (gpu.is_some_and(|(gpu, _)| gpu.slice.is_some()), "Slice"),
                (gpu.is_some_and(|(_, milli)| milli < 1000), "PartOfGpu"),
                (modelled && room == Room::Enough, "ModelFits"),
                (room == Room::Tight, "ModelIsTight"),
            ] {
                if counted {
                    tally.count(what);
                }
            }
        }
    }
}

/// Markets that offer the same at different rates: reading a spec takes longer than planning it.
const RATES: u64 = 4;

/// The catalogs of a group of seeds.
struct Group {
    market: Market,
    catalogs: Vec<Catalog>,
}

impl Group {
    fn new(number: u64) -> Self {
        let with = |rates| markets::market(&mut Dice::new(number), &mut Dice::new(rates));
        let markets = (0..RATES).map(|n| with((number << 8) + n));
        Self {
            market: with(0),
            catalogs: markets.map(|market| market.catalog()).collect(),
        }
    }
}

/// Makes and compares the instances of one seed.
fn replay(group: &Group, seed: u64, shown: bool, tally: &mut Tally) -> Result<(), String> {
    let mut dice = Dice::new(seed ^ 0xdead_beef);
    let text = specs::spec(&mut dice, &group.market).text();
    let Some((sources, project)) = load(&text)? else {
        return Ok(());
    };
    for (n, catalog) in group.catalogs.iter().enumerate() {
        let mut project = project.clone();
        if n > 0 {
            let free = tighten::freed(&project);
            let free = Instance::new(catalog, &free);
            let tight = fits(&free).then(|| tighten::tightened(&project, &free, &mut dice));
            project = tight.flatten().unwrap_or(project);
        }
        let instance = Instance::new(catalog, &project);
        if instance.combinations()
            < Instance::new(catalog, &without_models(&project)).combinations()
        {
            tally.count("ModelLeavesOut");
        }
        if shown {
            show(&text, &project, &instance);
        }
        if !fits(&instance) {
            tally.count("TooLarge");
            continue;
        }
        if instance.combinations() == 0 && n > 0 {
            continue;
        }
        tally.instances += 1;
        let case = Case {
            catalog,
            project: &project,
            sources: &sources,
            instance: &instance,
        };
        case.compare(Asked::default(), tally)?;
        if n == 1 {
            case.fastest(seed, tally)?;
        }
    }
    Ok(())
}

fn without_models(project: &Project) -> Project {
    let mut project = project.clone();
    for stage in project.stages.values_mut() {
        stage.model = None;
    }
    project
}

fn fits(instance: &Instance<'_>) -> bool {
    instance.combinations() <= if instance.promised() { MOST / 4 } else { MOST }
}

#[expect(clippy::print_stdout, reason = "for whoever replays a seed")]
fn show(text: &str, project: &Project, instance: &Instance<'_>) {
    let limits = (&project.budgets, &project.quotas, &project.deadline);
    println!("{text}\n{}", serde_json::to_string(&limits).unwrap());
    for stage in project.stages.values() {
        println!("{}", serde_json::to_string(&stage.demand).unwrap());
    }
    for (name, offers) in instance.names.iter().zip(&instance.offers) {
        for (n, offer) in offers.iter().enumerate() {
            println!(
                "{name} {n}: {} {:?} {} {} cost {} (compute {}, {}/h) nodes {} for {} + {} ms",
                offer.at.location,
                offer.at.zone,
                offer.name,
                offer.capacity,
                offer.cost,
                offer.compute,
                offer.waiting_hour,
                offer.size.nodes,
                offer.size.duration,
                offer.dataset_wait
            );
        }
    }
}

#[test]
fn plans_are_those_of_exhaustive_search() {
    let mut tally = Tally::default();
    if let Ok(seed) = std::env::var("MLINFRA_ORACLE_SEED") {
        let seed: u64 = seed.parse().unwrap();
        return replay(&Group::new(seed / SPECS), seed, true, &mut tally).unwrap();
    }
    let mut wrong = Vec::new();
    let mut seed = 0;
    let mut group = Group::new(0);
    let more = std::env::var("MLINFRA_ORACLE_INSTANCES").ok();
    let instances = more.map_or(INSTANCES, |n| n.parse().unwrap());
    while tally.instances < instances && wrong.len() < 20 {
        if seed % SPECS == 0 {
            group = Group::new(seed / SPECS);
        }
        if let Err(message) = replay(&group, seed, false, &mut tally) {
            wrong.push(format!("MLINFRA_ORACLE_SEED={seed}: {message}"));
        }
        seed += 1;
    }
    assert!(wrong.is_empty(), "{}\n{tally:?}", wrong.join("\n"));
    tally.check();
}
