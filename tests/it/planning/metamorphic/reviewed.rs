//! Reviews of random versions of a spec over random catalogs: the causes add up, whatever changed.

use mlinfra::catalog::Catalog;
use mlinfra::model::Project;
use mlinfra::planning::plan::{Costs, Plan};
use mlinfra::planning::{Options, Searches};
use mlinfra::render::plan::digest_of;
use mlinfra::review::{
    Difference, Made, MadeFrom, Reason, Side, SpecReview, StageStatus, Version, compare,
};

use super::super::oracle::dice::Dice;
use super::super::oracle::{load, markets, specs};
use super::scale::dearer_catalog;
use super::{Case, on_random, placements};

/// One version: what it was planned from, and the plan.
struct Planned {
    project: Project,
    catalog: Catalog,
    plan: Plan,
}

impl Planned {
    fn of(case: &Case, project: &Project, catalog: Catalog) -> Option<Self> {
        let plan = case.plan(project, &catalog)?;
        let project = project.clone();
        Some(Self {
            project,
            catalog,
            plan,
        })
    }

    /// With what it was made from, or the plan alone.
    fn version(&self, whole: bool) -> Version<'_> {
        Version {
            side: Side {
                label: "x".into(),
                commit: None,
                made: Made::Planned {
                    plan_sha256: digest_of(&self.plan),
                    plan: Box::new(self.plan.clone()),
                },
            },
            from: whole.then_some(MadeFrom {
                project: &self.project,
                catalog: &self.catalog,
            }),
        }
    }
}

fn review(base: &Planned, head: &Planned, whole: bool) -> SpecReview {
    let (base, head) = (base.version(whole), head.version(whole));
    compare(
        "p".into(),
        base,
        head,
        &Searches::default(),
        &Options::default(),
    )
}

/// The amounts of a bill, one by one.
fn amounts(costs: &Costs) -> [i128; 6] {
    let parts = [
        costs.compute,
        costs.waiting,
        costs.movement,
        costs.storage,
        costs.covered,
        costs.total,
    ];
    parts.map(mlinfra::units::Money::micro_usd)
}

fn minus(a: [i128; 6], b: [i128; 6]) -> [i128; 6] {
    std::array::from_fn(|i| a[i] - b[i])
}

/// The bills of a side, by stage; nothing where it has no such stage.
fn bill(plan: &Plan, stage: &str) -> [i128; 6] {
    let stage = plan.stages.iter().find(|s| s.name == stage);
    amounts(&stage.map(|s| s.costs).unwrap_or_default())
}

/// The same spec and catalog with another spec, other rates, or both.
fn other(case: &Case, spec: bool, rates: bool) -> Option<Planned> {
    let project = if spec {
        let text = specs::spec(&mut Dice::new(case.seed + 14), &case.market).text();
        load(&text).unwrap()?.1
    } else {
        case.project.clone()
    };
    let catalog = if rates {
        let (what, rates) = (case.seed, case.seed + 99);
        markets::market(&mut Dice::new(what), &mut Dice::new(rates)).catalog()
    } else {
        case.catalog()
    };
    Planned::of(case, &project, catalog)
}

/// Both versions of a case, where both have a plan.
fn both(case: &Case, spec: bool, rates: bool) -> Option<(Planned, Planned)> {
    let base = Planned::of(case, &case.project, case.catalog())?;
    Some((base, other(case, spec, rates)?))
}

#[test]
fn the_causes_add_up_to_the_difference_of_each_part_of_each_stage() {
    for (spec, rates) in [(true, true), (true, false), (false, true)] {
        on_random(15, |case| {
            let Some((base, head)) = both(case, spec, rates) else {
                return false;
            };
            for whole in [true, false] {
                let review = review(&base, &head, whole);
                for stage in &review.stages {
                    let name = &stage.name;
                    let expected = minus(bill(&head.plan, name), bill(&base.plan, name));
                    let told = amounts(&stage.difference.unwrap().total());
                    assert_eq!(told, expected, "{}: {name}, {whole}", case.seed);
                }
                let expected = minus(amounts(&head.plan.costs), amounts(&base.plan.costs));
                let told = amounts(&review.difference.unwrap().total());
                assert_eq!(told, expected, "{}, {whole}", case.seed);
            }
            true
        });
    }
}

#[test]
fn there_and_back_again_costs_nothing() {
    on_random(15, |case| {
        let Some((base, head)) = both(case, true, true) else {
            return false;
        };
        let there = amounts(&review(&base, &head, true).difference.unwrap().total());
        let back = amounts(&review(&head, &base, true).difference.unwrap().total());
        assert_eq!(there, back.map(|amount| -amount), "{}", case.seed);
        true
    });
}

#[test]
fn nothing_differs_from_itself() {
    on_random(40, |case| {
        let Some((base, head)) = both(case, false, false) else {
            return false;
        };
        for whole in [true, false] {
            let review = review(&base, &head, whole);
            assert_eq!(review.difference, Some(Difference::default()));
            for stage in &review.stages {
                assert_eq!(stage.status, StageStatus::Unchanged, "{}", case.seed);
                assert_eq!(stage.difference, Some(Difference::default()));
                assert!(stage.reasons.is_empty(), "{:?}", stage.reasons);
            }
            assert!(review.spec_changes.is_empty() && review.catalog_changes.is_empty());
            assert!(review.one_off.is_empty() && review.notes.is_empty());
        }
        true
    });
}

#[test]
fn what_only_costs_more_by_its_rates_is_put_down_to_prices() {
    on_random(25, |case| {
        let Some(base) = Planned::of(case, &case.project, case.catalog()) else {
            return false;
        };
        let dearer = dearer_catalog(&case.market, 3);
        let Some(head) = Planned::of(case, &case.project, dearer) else {
            return false;
        };
        let riders = |plan: &Plan| -> Vec<Option<String>> {
            plan.stages.iter().map(|s| s.nodes_of.clone()).collect()
        };
        let same = placements(&base.plan) == placements(&head.plan);
        if !same || riders(&base.plan) != riders(&head.plan) {
            return false;
        }
        for whole in [true, false] {
            let review = review(&base, &head, whole);
            let difference = review.difference.unwrap();
            assert_eq!(difference.spec, Costs::default(), "{}", case.seed);
            assert_eq!(
                difference.choice,
                Costs::default(),
                "{}, {whole}",
                case.seed
            );
            let told = amounts(&difference.prices);
            let expected = minus(amounts(&head.plan.costs), amounts(&base.plan.costs));
            assert_eq!(told, expected, "{}", case.seed);
            for reason in review.stages.iter().flat_map(|stage| &stage.reasons) {
                let Reason::Rate { before, after, .. } = reason else {
                    panic!("{}: {reason:?}", case.seed);
                };
                assert_eq!(after.usd.pico_usd(), before.usd.pico_usd() * 3);
            }
        }
        true
    });
}

#[test]
fn without_a_change_of_the_spec_nothing_is_put_down_to_it() {
    on_random(25, |case| {
        let Some((base, head)) = both(case, false, true) else {
            return false;
        };
        let review = review(&base, &head, true);
        let difference = review.difference.unwrap();
        assert_eq!(difference.spec, Costs::default(), "{}", case.seed);
        assert!(!review.catalog_changes.is_empty());
        true
    });
}
