//! Changes as they are shown.

use insta::assert_snapshot;
use mlinfra::changes::change::Change;
use mlinfra::render;
use mlinfra::render::changes::{human, json};
use mlinfra::render::style::Palette;
use serde_json::{Value, json as value};

use super::world::{Pool, World, pool, wanted};

/// For a terminal of 80 columns.
#[track_caller]
fn shown(changes: &[Change]) -> String {
    let text = human(changes, 80, &Palette::PLAIN);
    assert!(
        text.lines().all(|line| render::text::width(line) <= 80),
        "{text}"
    );
    text
}

#[test]
fn a_first_plan() {
    let serve = Pool {
        stage: "serve",
        count: 5,
        ..pool()
    };
    let (changes, _) = World::new().diff(&wanted(&[pool(), serve]));
    assert_snapshot!(shown(&changes));
}

#[test]
fn nothing_to_do() {
    let world = World::with(&[pool()]);
    let (changes, _) = world.diff(&pool().wanted());
    assert_eq!(shown(&changes), "No changes. What exists is as planned.\n");
}

#[test]
fn what_changes_is_shown_before_and_after() {
    let world = World::with(&[Pool {
        user_data: "first",
        ..pool()
    }]);
    let other = Pool {
        user_data: "echo second",
        label: "b",
        count: 1,
        ..pool()
    };
    let (changes, _) = world.diff(&other.wanted());
    assert_snapshot!(shown(&changes));
}

#[test]
fn what_something_else_did_comes_first() {
    let mut world = World::with(&[pool()]);
    let node = world.state.objects.get_mut("pool.train.nodes[0]").unwrap();
    node.observed.insert(
        "labels".into(),
        value!({ "l": "by\u{1b}[31m hand", "more": "1" }),
    );
    world.gone.insert("pool.train.nodes[1]".into());
    let (changes, _) = world.diff(&pool().wanted());
    assert_snapshot!(shown(&changes));
}

#[test]
fn what_runs_on_a_lower_choice_is_told() {
    let mut world = World::new();
    world.full.insert("r1a");
    let two = Pool {
        ways: vec![("r1", "r1a"), ("r2", "r2a")],
        ..pool()
    };
    world.apply(&two.wanted());
    let (changes, _) = world.diff(&two.wanted());
    assert_eq!(
        shown(&changes),
        "train runs on its 2nd choice since there was no capacity for the first.\n\
         No changes. What exists is as planned.\n",
    );
    let first = Pool {
        ways: vec![("r1", "r1b")],
        create_first: false,
        ..pool()
    };
    let (changes, _) = world.diff(&first.wanted());
    assert_snapshot!(shown(&changes));
}

#[test]
fn what_is_destroyed_or_forgotten() {
    let mut world = World::with(&[pool()]);
    world.gone.insert("pool.train.nodes[1]".into());
    let (changes, _) = world.diff(&[]);
    assert_snapshot!(shown(&changes));
}

#[test]
fn programs_see_the_shape_of_terraforms_plans() {
    let world = World::with(&[Pool {
        user_data: "first",
        count: 1,
        ..pool()
    }]);
    let other = Pool {
        user_data: "secret second",
        count: 1,
        ..pool()
    };
    let (changes, _) = world.diff(&other.wanted());
    let json = Value::Object(json(&changes));
    assert_eq!(
        json["summary"],
        value!({ "add": 1, "change": 1, "destroy": 1 })
    );
    let node = &json["resource_changes"][2];
    assert_eq!(node["address"], "pool.train.nodes[0]");
    assert_eq!(node["type"], "nodes");
    assert_eq!(node["name"], "nodes[0]");
    assert_eq!(node["action_reason"], "dependency-changed");
    assert_eq!(node["change"]["actions"], value!(["create", "delete"]));
    assert_eq!(
        node["change"]["after_unknown"],
        value!({ "launch_template_version": true })
    );
    assert_eq!(
        node["change"]["replace_paths"],
        value!([["launch_template_version"]])
    );
    assert_eq!(node["change"]["before"]["launch_template_version"], 1);
    assert_eq!(
        node["usd_per_hour"],
        value!({ "before": "1.00", "after": "1.00" })
    );
    assert!(!json.to_string().contains("secret"), "{json}");
    assert_eq!(json["resource_drift"], value!([]));
}

#[test]
fn drift_goes_from_what_was_made_to_what_was_read() {
    let mut world = World::with(&[pool()]);
    let node = world.state.objects.get_mut("pool.train.nodes[0]").unwrap();
    node.observed.insert("labels".into(), value!({}));
    world.gone.insert("pool.train.nodes[1]".into());
    let (changes, _) = world.diff(&pool().wanted());
    let json = Value::Object(json(&changes));
    let drift = json["resource_drift"].as_array().unwrap();
    assert_eq!(drift.len(), 2);
    assert_eq!(drift[0]["change"]["before"]["labels"], value!({ "l": "a" }));
    assert_eq!(drift[0]["change"]["after"]["labels"], value!({}));
    assert_eq!(drift[1]["change"]["actions"], value!(["delete"]));
    assert_eq!(drift[1]["change"]["after"], Value::Null);
}
