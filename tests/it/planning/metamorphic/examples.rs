//! The examples over the embedded catalogs.

use std::cell::Cell;
use std::path::Path;

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::Sources;
use mlinfra::model::Project;
use mlinfra::planning::plan::{Plan, Proof};
use mlinfra::planning::{self, Options};
use mlinfra::spec;
use mlinfra::units::Duration;

use super::{total, without_preferences};

fn example(name: &str) -> (Sources, Project) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut sources = Sources::new();
    let mut files: Vec<_> = std::fs::read_dir(root.join(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with(".mlinfra.hcl"))
        .collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        sources.add(file.file_name().unwrap().to_str().unwrap(), text);
    }
    let (project, found) = spec::load(&sources, &spec::Inputs::default());
    assert!(!found.has_errors());
    (sources, project.unwrap())
}

fn plan(project: &Project, sources: &Sources, stop: &dyn Fn() -> bool) -> Option<Plan> {
    let catalog = Catalog::embedded().unwrap();
    let options = Options {
        stop: Some(stop),
        ..Options::default()
    };
    planning::plan(project, &catalog, sources, &options).0
}

#[track_caller]
fn check_relaxations(name: &str) {
    let (sources, project) = example(name);
    let strict = without_preferences(&project);
    let best = total(&plan(&strict, &sources, &|| false).unwrap());
    let relaxations: [fn(&mut Project); 4] = [
        |project| project.providers.clear(),
        |project| {
            for stage in project.stages.values_mut() {
                stage.requirements.locations = None;
                stage.requirements.cpu_vendor = None;
                stage.requirements.arch = None;
            }
        },
        |project| {
            for stage in project.stages.values_mut() {
                stage.interruption.tolerated = true;
            }
        },
        |project| {
            if let Some(deadline) = &mut project.deadline {
                deadline.value = Duration::from_hours(10_000);
            }
            project.quotas.values_mut().for_each(|q| q.max *= 2);
        },
    ];
    for relax in relaxations {
        let mut relaxed = strict.clone();
        relax(&mut relaxed);
        let relaxed = total(&plan(&relaxed, &sources, &|| false).unwrap());
        assert!(relaxed <= best, "{name}: {best} then {relaxed}");
    }
}

#[track_caller]
fn check_stops(name: &str) {
    let (sources, project) = example(name);
    let best = total(&plan(&project, &sources, &|| false).unwrap());
    for calls in [0, 3, 50] {
        let left = Cell::new(calls);
        let stop = || left.replace(i32::max(left.get() - 1, -1)) <= 0;
        let Some(plan) = plan(&project, &sources, &stop) else {
            continue;
        };
        match plan.proof {
            Proof::Optimal => assert_eq!(total(&plan), best, "{name}"),
            Proof::Within { lower } => {
                assert!(lower.micro_usd() <= best && best <= total(&plan), "{name}");
            }
            Proof::WithinTime { .. } => panic!("nobody asked for the least time"),
        }
    }
}

#[test]
fn relaxed_examples_never_cost_more() {
    check_relaxations("cloud-only");
    check_relaxations("recommender");
}

#[test]
fn stopped_examples_bound_the_optimum() {
    check_stops("cloud-only");
    check_stops("recommender");
}
