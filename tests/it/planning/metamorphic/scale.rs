//! What is multiplied: prices, whole projects, single stages.

use std::collections::BTreeMap;

use mlinfra::catalog::text::{assemble, sha256_hex};
use mlinfra::catalog::{Catalog, CatalogParts, Price};
use mlinfra::model::{Project, Source, Stage};
use mlinfra::units::{Money, Rate};

use super::super::oracle::markets::Market;
use super::{ROUNDING, on_random, placements, total};

fn times(price: &mut Price, factor: u64) {
    if let Price::Known(quote) = price {
        quote.rate = more(quote.rate, factor);
    }
}

fn more(rate: Rate, factor: u64) -> Rate {
    Rate::from_pico_usd(rate.pico_usd() * factor)
}

/// The same catalog at so many times the rates.
pub(super) fn dearer_catalog(market: &Market, factor: u64) -> Catalog {
    let mut parts: CatalogParts = assemble(&market.texts).unwrap();
    for row in &mut parts.rows {
        times(&mut row.on_demand, factor);
        times(&mut row.spot, factor);
    }
    let tables = [
        &mut parts.transfer,
        &mut parts.egress,
        &mut parts.storage,
        &mut parts.between_zones,
    ];
    tables
        .into_iter()
        .flatten()
        .for_each(|price| times(price, factor));
    for info in &mut parts.infos {
        info.sha256 = sha256_hex(format!("{factor} times {}", info.sha256).as_bytes());
    }
    Catalog::new(parts)
}

/// The same project with so many times the USD wherever it names any.
fn dearer_project(project: &Project, factor: u64) -> Project {
    let mut project = project.clone();
    for cluster in project.clusters.values_mut() {
        cluster
            .transfer
            .iter_mut()
            .for_each(|(_, rate)| *rate = more(*rate, factor));
        cluster.storage = cluster.storage.map(|rate| more(rate, factor));
        for pool in cluster.node_pools.values_mut() {
            pool.cost_per_node_hour = more(pool.cost_per_node_hour, factor);
        }
    }
    for budget in project.budgets.values_mut() {
        budget.limit = Money::from_micro_usd(budget.limit.micro_usd() * i128::from(factor));
    }
    for commitment in project.commitments.values_mut() {
        commitment.usd_per_hour = more(commitment.usd_per_hour, factor);
    }
    for stage in project.stages.values_mut() {
        if let Some(most) = &mut stage.requirements.max_node_hour {
            most.value = more(most.value, factor);
        }
    }
    project
}

#[test]
fn three_times_the_prices_are_three_times_the_cost_at_the_same_places() {
    on_random(40, |case| {
        let Some(plan) = case.plan(&case.project, &case.catalog()) else {
            return false;
        };
        let (project, catalog) = (
            dearer_project(&case.project, 3),
            dearer_catalog(&case.market, 3),
        );
        let other = case.plan(&project, &catalog).unwrap();
        assert_eq!(placements(&plan), placements(&other), "{}", case.seed);
        let off = total(&other) - total(&plan) * 3;
        assert!(off.abs() <= ROUNDING, "{}: off by {off}", case.seed);
        true
    });
}

/// A project without anything that its stages share.
pub(super) fn unshared(project: &Project) -> Project {
    let mut project = project.clone();
    project.quotas.clear();
    project.budgets.clear();
    project.commitments.clear();
    project.affinities.clear();
    project.anti_affinities.clear();
    let pools = project
        .clusters
        .values_mut()
        .flat_map(|c| c.node_pools.values_mut());
    pools.for_each(|pool| pool.nodes = 10_000);
    project
}

/// All stages once more, under other names, reading from each other.
fn doubled(project: &Project) -> Project {
    let renamed = |name: &str| format!("{name}-copy");
    let mut double = project.clone();
    let copies: BTreeMap<String, Stage> = project
        .stages
        .values()
        .map(|stage| {
            let mut copy = stage.clone();
            copy.name = renamed(&stage.name);
            for read in copy.reads.values_mut() {
                if let Source::Output { stage, .. } = &mut read.source {
                    *stage = renamed(stage);
                }
            }
            (copy.name.clone(), copy)
        })
        .collect();
    double.stages.extend(copies);
    double
}

#[test]
fn two_projects_in_one_that_share_nothing_cost_exactly_twice_as_much() {
    on_random(40, |case| {
        let (project, catalog) = (unshared(&case.project), case.catalog());
        let Some(one) = case.plan(&project, &catalog) else {
            return false;
        };
        let two = case.plan(&doubled(&project), &catalog).unwrap();
        assert_eq!(total(&two), total(&one) * 2, "{}", case.seed);
        assert_eq!(two.pass, one.pass);
        true
    });
}

#[test]
fn a_copy_of_a_stage_never_makes_a_plan_cheaper() {
    on_random(40, |case| {
        let mut strict = case.project.clone();
        // What covers all stages must go on covering the same.
        strict.budgets.retain(|_, budget| budget.stages.is_some());
        let catalog = case.catalog();
        let stages: Vec<&Stage> = strict.stages.values().collect();
        let mut copy = (*case.dice().pick(&stages)).clone();
        copy.name = "zzz".into();
        let mut both = strict.clone();
        both.stages.insert("zzz".into(), copy);
        let (Some(one), Some(two)) = (case.plan(&strict, &catalog), case.plan(&both, &catalog))
        else {
            return false;
        };
        assert!(total(&two) + ROUNDING >= total(&one), "{}", case.seed);
        true
    });
}
