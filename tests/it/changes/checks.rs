//! Plans that may not be applied any more, each refused with its own code and a way out.

use mlinfra::changes::check::check;
use mlinfra::changes::frozen::Frozen;
use mlinfra::changes::reference;
use mlinfra::diagnostics::{Diagnostic, Sources};
use mlinfra::render;
use serde_json::Value;

use super::world::{Pool, World, inputs, pool};

#[track_caller]
fn refused(result: Result<(), Diagnostic>, code: &str) -> String {
    let diagnostic = result.unwrap_err();
    assert_eq!(diagnostic.code.slug, code);
    assert!(!diagnostic.hints.is_empty());
    render::diagnostics::human(&diagnostic.into(), &Sources::new())
}

#[test]
fn a_plan_may_be_applied_to_what_it_was_made_from() {
    let mut world = World::with(&[pool()]);
    let frozen = world.frozen(
        &Pool {
            label: "b",
            ..pool()
        }
        .wanted(),
    );
    // What is read anew, and what changes with every write, doesn't matter.
    world.state.serial += 3;
    world.state.fence += 1;
    for object in world.state.objects.values_mut() {
        object
            .observed
            .insert("addresses".into(), "10.0.0.1".into());
    }
    assert_eq!(check(&frozen, &world.state, &inputs()), Ok(()));
}

#[test]
fn a_plan_is_stale_once_something_else_was_applied() {
    let mut world = World::with(&[pool()]);
    let frozen = world.frozen(
        &Pool {
            label: "b",
            ..pool()
        }
        .wanted(),
    );
    world.apply(&Pool { count: 3, ..pool() }.wanted());
    let text = refused(check(&frozen, &world.state, &inputs()), "apply::stale-plan");
    assert!(
        text.contains("the state's serial was 1 then and is 2 now"),
        "{text}"
    );
    assert_eq!(
        mlinfra::diagnostics::apply::STALE_PLAN.exit,
        mlinfra::diagnostics::ExitKind::StalePlan
    );
}

#[test]
fn a_plan_is_stale_once_something_became_tainted() {
    let mut world = World::with(&[pool()]);
    let frozen = world.frozen(
        &Pool {
            label: "b",
            ..pool()
        }
        .wanted(),
    );
    world.state.objects.values_mut().next().unwrap().tainted = true;
    let text = refused(check(&frozen, &world.state, &inputs()), "apply::stale-plan");
    assert!(text.contains("the state's serial is 1 in both"), "{text}");
}

#[test]
fn a_plan_of_another_state_or_project_is_foreign() {
    let mut world = World::with(&[pool()]);
    let frozen = world.frozen(&pool().wanted());
    world.state.lineage = "other".into();
    let text = refused(
        check(&frozen, &world.state, &inputs()),
        "apply::foreign-plan",
    );
    assert!(
        text.contains("lineage `lineage`, and this one has `other`"),
        "{text}"
    );
    world.state.project = "q".into();
    let text = refused(
        check(&frozen, &world.state, &inputs()),
        "apply::foreign-plan",
    );
    assert!(
        text.contains("The plan is for project `p`, and this is the state of `q`."),
        "{text}"
    );
}

#[test]
fn a_plan_is_applied_once() {
    let mut world = World::with(&[pool()]);
    let frozen = world.frozen(&pool().wanted());
    world.state.consumed.insert(frozen.digest());
    refused(
        check(&frozen, &world.state, &inputs()),
        "apply::consumed-plan",
    );
}

#[test]
fn a_plan_of_another_spec_or_of_other_catalogs_is_refused() {
    let world = World::with(&[pool()]);
    let frozen = world.frozen(&pool().wanted());
    let mut now = inputs();
    now.catalogs.insert("gcp@2026-11-01".into(), "d".repeat(64));
    let text = refused(check(&frozen, &world.state, &now), "apply::edited-catalog");
    assert!(
        text.contains("`gcp@2026-11-01` isn't the same in both"),
        "{text}"
    );
    now.spec_sha256 = "6".repeat(64);
    let text = refused(check(&frozen, &world.state, &now), "apply::edited-spec");
    assert!(text.contains("digest 666666666666 now"), "{text}");
}

#[test]
fn a_plan_that_was_changed_by_hand_is_refused() {
    let world = World::with(&[pool()]);
    let value = world
        .frozen(
            &Pool {
                label: "b",
                ..pool()
            }
            .wanted(),
        )
        .to_json();
    let mut edited = value.clone();
    edited["frozen"]["changes"][0]["address"] = "pool.other.nodes".into();
    let error = Frozen::from_json(&edited).unwrap_err();
    assert_eq!(error.code.slug, "apply::edited-plan");
    // Two operations with one key are no graph.
    let mut doubled = value;
    let first = doubled["frozen"]["graph"][0].clone();
    doubled["frozen"]["graph"]
        .as_array_mut()
        .unwrap()
        .push(first);
    assert_eq!(
        Frozen::from_json(&doubled).unwrap_err().code.slug,
        "apply::edited-plan"
    );
}

#[test]
fn what_is_no_plan_or_a_later_one_is_told_apart() {
    let world = World::with(&[pool()]);
    let mut value = world.frozen(&pool().wanted()).to_json();
    value["frozen"]["format_version"] = 2.into();
    let error = Frozen::from_json(&value).unwrap_err();
    assert_eq!(error.code.slug, "apply::not-a-plan");
    assert!(
        error.detail.contains("format version 2"),
        "{}",
        error.detail
    );
    let error = Frozen::from_json(&Value::Null).unwrap_err();
    assert_eq!(error.code.slug, "apply::not-a-plan");
}

#[test]
fn a_project_whose_name_leaves_no_room_for_a_tag_is_told_so() {
    use mlinfra::changes::diff::DiffOptions;
    use mlinfra::changes::frozen::{Purpose, freeze};
    use mlinfra::changes::wanted::Realm;

    let world = World::new();
    let name = "p".repeat(60);
    let purpose = Purpose {
        project: &name,
        realm: Realm::Sandbox,
        options: &DiffOptions::default(),
        inputs: inputs(),
        plan_sha256: String::new(),
    };
    let manifests = world.manifests();
    let frozen = freeze(&purpose, Vec::new(), Vec::new(), &world.prior(), &manifests);
    assert_eq!(frozen.unwrap_err().code.slug, "apply::name-too-long");
}

#[test]
fn what_a_plan_refers_to_is_told_by_address() {
    let template = &pool().wanted()[1];
    assert_eq!(
        reference::addresses(&template.ways[0].attributes),
        ["pool.train.security-group"]
    );
}
