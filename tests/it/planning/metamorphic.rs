//! What must hold between two plans of random instances, whatever they are.

mod examples;
mod reviewed;
mod scale;

use std::cell::Cell;

use mlinfra::catalog::Catalog;
use mlinfra::catalog::text::assemble;
use mlinfra::diagnostics::Sources;
use mlinfra::model::{Demand, GpuChoice, Interconnect, Project, Stage, Written};
use mlinfra::planning::plan::{Placement, Plan, Proof};
use mlinfra::planning::{self, Options};
use mlinfra::render;
use mlinfra::units::{Duration, Millionths};

use self::scale::unshared;
use super::oracle::dice::Dice;
use super::oracle::load;
use super::oracle::markets::{self, Market};
use super::oracle::specs::{self, Spec};

/// Random instances of each test.
const INSTANCES: u64 = 120;
/// Millionths of a USD that roundings may add up to, stage by stage and line by line.
const ROUNDING: i128 = 100;

/// A random market, a spec over it, and its plan.
struct Case {
    seed: u64,
    market: Market,
    spec: Spec,
    sources: Sources,
    project: Project,
}

impl Case {
    fn catalog(&self) -> Catalog {
        self.market.catalog()
    }

    fn dice(&self) -> Dice {
        Dice::new(self.seed ^ 0x5555)
    }

    /// The plan of another project, when there is one and its budgets are kept.
    fn plan(&self, project: &Project, catalog: &Catalog) -> Option<Plan> {
        let (plan, found) = planning::plan(project, catalog, &self.sources, &Options::default());
        plan.filter(|_| !found.has_errors())
    }
}

/// Runs a check on random instances, and demands that it held for enough of them: a check says
/// whether there was anything to compare.
#[track_caller]
fn on_random(at_least: u64, check: impl Fn(&Case) -> bool) {
    let mut compared = 0;
    for seed in 0..INSTANCES {
        // Other instances than those of the oracle.
        let seed = seed + 1_000_000;
        let market = markets::market(&mut Dice::new(seed), &mut Dice::new(seed + 7));
        let spec = specs::spec(&mut Dice::new(seed + 13), &market);
        let Some((sources, project)) = load(&spec.text()).unwrap() else {
            continue;
        };
        let case = Case {
            seed,
            market,
            spec,
            sources,
            project,
        };
        compared += u64::from(check(&case));
    }
    assert!(compared >= at_least, "{compared} instances were compared");
}

fn total(plan: &Plan) -> i128 {
    plan.costs.total.micro_usd()
}

fn placements(plan: &Plan) -> Vec<&Placement> {
    plan.stages.iter().map(|stage| &stage.placement).collect()
}

/// Without preferences: these are kept whatever they cost, so that what makes one possible may make
/// the plan dearer.
fn without_preferences(project: &Project) -> Project {
    let mut plain = project.clone();
    for stage in plain.stages.values_mut() {
        if let Some(gpu) = &mut stage.requirements.gpu
            && let GpuChoice::Prefer {
                preferred,
                otherwise,
            } = &gpu.value.choice
        {
            let mut names = preferred.clone();
            names
                .value
                .extend(otherwise.iter().flat_map(|names| names.value.clone()));
            gpu.value.choice = GpuChoice::AnyOf(names);
        }
    }
    plain
}

/// Plans a project and a relaxed one, which must not cost more.
fn never_dearer(case: &Case, strict: &Project, relaxed: &Project) -> bool {
    let catalog = case.catalog();
    let Some(plan) = case.plan(strict, &catalog) else {
        return false;
    };
    let Some(easier) = case.plan(relaxed, &catalog) else {
        panic!("{}: no plan any more\n{}", case.seed, case.spec.text());
    };
    let (strict, relaxed) = (total(&plan), total(&easier));
    assert!(
        relaxed <= strict + ROUNDING,
        "{}: {strict} then {relaxed}",
        case.seed
    );
    relaxed < strict
}

#[test]
fn the_order_of_rows_and_blocks_changes_no_byte() {
    on_random(40, |case| {
        let mut dice = case.dice();
        let plan = case.plan(&case.project, &case.catalog());
        let mut texts = case.market.texts.clone();
        dice.shuffle(&mut texts);
        for text in &mut texts {
            text.tables.values_mut().for_each(|rows| dice.shuffle(rows));
            text.sort();
        }
        let mut spec = case.spec.clone();
        dice.shuffle(&mut spec.blocks);
        let (sources, project) = load(&spec.text()).unwrap().unwrap();
        let catalog = Catalog::new(assemble(&texts).unwrap());
        let (other, _) = planning::plan(&project, &catalog, &sources, &Options::default());
        let Some(plan) = plan else {
            return false;
        };
        let json = |plan: &Plan| render::plan::json(plan).to_string();
        assert_eq!(json(&plan), json(&other.unwrap()), "{}", case.seed);
        true
    });
}

#[test]
fn a_dropped_requirement_never_costs_more() {
    let drops: [fn(&mut Stage); 6] = [
        |stage| stage.requirements.memory = None,
        |stage| stage.requirements.max_node_hour = None,
        |stage| stage.requirements.locations = None,
        |stage| stage.requirements.capacity = None,
        |stage| stage.pin = None,
        |stage| {
            if let Some(gpu) = &mut stage.requirements.gpu {
                gpu.value.memory_min = None;
                gpu.value.interconnect = Interconnect::Any;
            }
        },
    ];
    on_random(5, |case| {
        let strict = without_preferences(&case.project);
        let cheaper = drops.iter().filter(|drop| {
            let mut relaxed = strict.clone();
            relaxed.stages.values_mut().for_each(drop);
            never_dearer(case, &strict, &relaxed)
        });
        cheaper.count() > 0
    });
}

#[test]
fn a_raised_limit_never_costs_more() {
    let raises: [fn(&mut Project); 5] = [
        |project| project.quotas.values_mut().for_each(|quota| quota.max *= 2),
        |project| {
            for budget in project.budgets.values_mut() {
                budget.limit = budget.limit + budget.limit;
            }
        },
        |project| {
            let pools = project
                .clusters
                .values_mut()
                .flat_map(|c| c.node_pools.values_mut());
            pools.for_each(|pool| pool.nodes *= 2);
        },
        |project| {
            if let Some(deadline) = &mut project.deadline {
                deadline.value = Duration::from_millis(deadline.value.millis() * 2);
            }
        },
        |project| {
            for stage in project.stages.values_mut() {
                if let Demand::Runs(runs) = &mut stage.demand
                    && let Some(deadline) = &mut runs.deadline
                {
                    deadline.value = Duration::from_millis(deadline.value.millis() * 2);
                }
            }
        },
    ];
    on_random(5, |case| {
        let strict = without_preferences(&case.project);
        let cheaper = raises.iter().filter(|raise| {
            let mut relaxed = strict.clone();
            raise(&mut relaxed);
            never_dearer(case, &strict, &relaxed)
        });
        cheaper.count() > 0
    });
}

#[test]
fn another_region_never_costs_more() {
    on_random(5, |case| {
        let cloud = case.market.clouds[0];
        let regions = case
            .market
            .regions
            .iter()
            .map(|(name, _)| name.split_once('/').unwrap());
        let regions: Vec<String> = regions
            .filter(|(c, _)| *c == cloud)
            .map(|(_, r)| format!("{r:?}"))
            .collect();
        if regions.len() < 2 {
            return false;
        }
        let limited = |regions: &[String]| {
            let list = regions.join(", ");
            let block = format!("provider \"{cloud}\" {{\n regions = [{list}]\n}}\n");
            let (_, project) = load(&(case.spec.text() + &block)).unwrap().unwrap();
            without_preferences(&project)
        };
        never_dearer(case, &limited(&regions[..1]), &limited(&regions))
    });
}

#[test]
fn a_dear_offering_beside_the_others_changes_no_choice() {
    on_random(40, |case| {
        let Some(plan) = case.plan(&case.project, &case.catalog()) else {
            return false;
        };
        let mut texts = case.market.texts.clone();
        for text in &mut texts {
            let cells = |row: &String| row.split('\t').map(str::to_owned).collect::<Vec<_>>();
            for (path, rows) in &mut text.tables {
                let dear: Vec<String> = rows
                    .iter()
                    .map(cells)
                    .map(|cells| match path.as_str() {
                        "types.tsv" => format!("{}0\t{}", cells[0], cells[1..].join("\t")),
                        _ => format!("{}0\t{}\t9000@x\t8000@x", cells[0], cells[1]),
                    })
                    .collect();
                if path == "types.tsv" || path.starts_with("rates/") {
                    rows.extend(dear);
                }
            }
            text.sort();
        }
        let catalog = Catalog::new(assemble(&texts).unwrap());
        let other = case.plan(&case.project, &catalog).unwrap();
        assert_eq!(placements(&plan), placements(&other), "{}", case.seed);
        assert_eq!(plan.costs, other.costs, "{}", case.seed);
        true
    });
}

#[test]
fn more_interruptions_never_make_spot_cheaper() {
    on_random(20, |case| {
        let mut project = without_preferences(&unshared(&case.project));
        project.deadline = None;
        let hit = |per_hour: u64| {
            let mut project = project.clone();
            for stage in project.stages.values_mut() {
                let per_hour = Written::new(Millionths::new(per_hour), stage.origin);
                stage.interruption.per_hour = Some(per_hour);
                if let Demand::Runs(runs) = &mut stage.demand {
                    runs.deadline = None;
                }
            }
            case.plan(&project, &case.catalog())
        };
        let mut before = None;
        let mut dearer = false;
        for per_hour in [1_000, 30_000, 200_000, 900_000, 5_000_000] {
            let now = hit(per_hour).map(|plan| total(&plan));
            if let (Some(before), Some(now)) = (before, now) {
                assert!(now >= before, "{}: {before} then {now}", case.seed);
                dearer |= now > before;
            }
            before = now.or(before);
        }
        dearer
    });
}

#[test]
fn a_stopped_search_says_how_far_it_may_be_off() {
    let seen = Cell::new((0, 0, 0));
    on_random(40, |case| {
        let catalog = case.catalog();
        let Some(best) = case.plan(&case.project, &catalog) else {
            return false;
        };
        for calls in [0, 1, 2, 5, 20, 100] {
            let left = Cell::new(calls);
            let stop = || {
                left.set(i32::max(left.get() - 1, -1));
                left.get() < 0
            };
            let options = Options {
                stop: Some(&stop),
                ..Options::default()
            };
            let (plan, found) = planning::plan(&case.project, &catalog, &case.sources, &options);
            let (optimal, within, none) = seen.get();
            match plan.as_ref().map(|plan| (plan, plan.proof)) {
                None => {
                    assert!(found.has_errors());
                    seen.set((optimal, within, none + 1));
                }
                Some((plan, Proof::Optimal)) => {
                    assert_eq!(total(plan), total(&best), "{} {calls}", case.seed);
                    seen.set((optimal + 1, within, none));
                }
                Some((plan, Proof::Within { lower })) => {
                    assert!(lower.micro_usd() <= total(&best), "{} {calls}", case.seed);
                    assert!(total(plan) >= total(&best), "{} {calls}", case.seed);
                    seen.set((optimal, within + 1, none));
                }
                Some((_, proof)) => panic!("{proof:?}"),
            }
        }
        true
    });
    let (optimal, within, _) = seen.get();
    assert!(optimal > 50 && within > 5, "{:?}", seen.get());
}
