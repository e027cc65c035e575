//! One rule of the comparison in each test.

use std::collections::{BTreeMap, BTreeSet};

use mlinfra::changes::change::{Action, Reason, Summary};
use mlinfra::changes::diff::OpenEnsure;
use mlinfra_provider_api::OpKey;

use super::world::{Pool, World, pool, wanted};

const TEMPLATE: &str = "pool.train.launch-template";
const GROUP: &str = "pool.train.security-group";
const NODE: &str = "pool.train.nodes[0]";

/// What is done, as `address action reason`.
#[track_caller]
fn check(world: &World, pools: &[Pool], expect: &[&str]) {
    let changes = world.changes(&wanted(pools));
    let told = changes.iter().map(|(address, action, reason)| {
        let action = serde_json::to_value(action).unwrap();
        format!("{address} {} {reason}", action.as_str().unwrap())
    });
    assert_eq!(told.collect::<Vec<_>>(), expect);
}

fn two_regions() -> Pool {
    Pool {
        ways: vec![("r1", "r1a"), ("r2", "r2a")],
        ..pool()
    }
}

#[test]
fn what_is_not_there_is_made_after_what_it_refers_to() {
    check(
        &World::new(),
        &[pool()],
        &[
            "pool.train.security-group create not-in-state",
            "pool.train.launch-template create not-in-state",
            "pool.train.nodes[0] create not-in-state",
            "pool.train.nodes[1] create not-in-state",
        ],
    );
}

#[test]
fn what_refers_to_new_objects_is_known_after_apply() {
    let (changes, _) = World::new().diff(&pool().wanted());
    let node = changes
        .iter()
        .find(|change| change.address == NODE)
        .unwrap();
    let unknown = BTreeSet::from(["launch_template".into(), "launch_template_version".into()]);
    assert_eq!(node.unknown, unknown);
    assert!(!node.after.as_ref().unwrap().contains_key("launch_template"));
}

#[test]
fn what_is_as_planned_stays() {
    let world = World::with(&[pool()]);
    check(&world, &[pool()], &[]);
    let (changes, _) = world.diff(&pool().wanted());
    assert!(
        changes
            .iter()
            .all(|change| change.reason == Reason::AsPlanned)
    );
    assert_eq!(changes.len(), 4);
}

#[test]
fn a_label_changes_everything_where_it_is() {
    let other = Pool {
        label: "b",
        ..pool()
    };
    let mut world = World::with(&[pool()]);
    check(
        &world,
        std::slice::from_ref(&other),
        &[
            "pool.train.security-group update plan-changed",
            "pool.train.launch-template update plan-changed",
            "pool.train.nodes[0] update plan-changed",
            "pool.train.nodes[1] update plan-changed",
        ],
    );
    world.apply(&other.wanted());
    check(&world, &[other], &[]);
}

#[test]
fn a_new_version_of_the_template_makes_nodes_anew() {
    let other = Pool {
        user_data: "echo",
        ..pool()
    };
    let world = World::with(&[pool()]);
    check(
        &world,
        std::slice::from_ref(&other),
        &[
            "pool.train.launch-template update plan-changed",
            "pool.train.nodes[0] create-then-delete dependency-changed",
            "pool.train.nodes[1] create-then-delete dependency-changed",
        ],
    );
    let (changes, _) = world.diff(&other.wanted());
    let node = changes
        .iter()
        .find(|change| change.address == NODE)
        .unwrap();
    assert_eq!(
        node.replaced_by,
        BTreeSet::from(["launch_template_version".into()])
    );
    assert_eq!(
        Summary::of(&changes),
        Summary {
            add: 2,
            change: 1,
            destroy: 2
        }
    );
}

#[test]
fn nodes_are_deleted_first_where_the_spec_says_so() {
    let first = Pool {
        create_first: false,
        count: 1,
        ..pool()
    };
    let other = Pool {
        user_data: "echo",
        ..first.clone()
    };
    let mut world = World::with(&[first]);
    check(
        &world,
        std::slice::from_ref(&other),
        &[
            "pool.train.launch-template update plan-changed",
            "pool.train.nodes[0] delete-then-create dependency-changed",
        ],
    );
    world.apply(&other.wanted());
    assert_eq!(world.there(), 3);
}

#[test]
fn what_drifted_is_set_back_where_that_can_be_done() {
    let mut world = World::with(&[pool()]);
    let labels = serde_json::json!({ "l": "by hand" });
    world
        .state
        .objects
        .get_mut(NODE)
        .unwrap()
        .observed
        .insert("labels".into(), labels);
    check(&world, &[pool()], &["pool.train.nodes[0] update drifted"]);
    let (changes, _) = world.diff(&pool().wanted());
    let node = changes
        .iter()
        .find(|change| change.address == NODE)
        .unwrap();
    let made = serde_json::json!({ "l": "a" });
    assert_eq!(node.drifted, BTreeMap::from([("labels".into(), made)]));
}

#[test]
fn what_drifted_and_cannot_be_set_back_is_made_anew() {
    let mut world = World::with(&[pool()]);
    let observed = &mut world.state.objects.get_mut(NODE).unwrap().observed;
    observed.insert("instance_type".into(), "other".into());
    check(
        &world,
        &[pool()],
        &["pool.train.nodes[0] create-then-delete drifted"],
    );
}

#[test]
fn what_is_gone_is_made_again_and_what_nobody_wants_is_forgotten() {
    let mut world = World::with(&[pool()]);
    world.gone = BTreeSet::from([NODE.to_owned(), "pool.train.nodes[1]".to_owned()]);
    let one = Pool { count: 1, ..pool() };
    check(
        &world,
        &[one],
        &[
            "pool.train.nodes[0] create gone",
            "pool.train.nodes[1] forget gone",
        ],
    );
}

#[test]
fn what_was_made_in_part_is_made_anew() {
    let mut world = World::with(&[pool()]);
    world.state.objects.get_mut(NODE).unwrap().tainted = true;
    check(
        &world,
        &[pool()],
        &["pool.train.nodes[0] create-then-delete tainted"],
    );
}

#[test]
fn nodes_are_made_anew_on_request_and_not_again_when_that_is_gone_on_with() {
    let mut world = World::with(&[pool()]);
    world.options.replace.insert("train".into());
    check(
        &world,
        &[pool()],
        &[
            "pool.train.nodes[0] create-then-delete requested",
            "pool.train.nodes[1] create-then-delete requested",
        ],
    );
    let frozen = world.apply(&pool().wanted());
    world.options = frozen.resumed();
    check(&world, &[pool()], &[]);
}

#[test]
fn what_awaits_deletion_is_deleted() {
    let mut world = World::with(&[pool()]);
    let old = world.state.objects[NODE].clone();
    world.state.deposed.insert(NODE.into(), vec![old]);
    check(&world, &[pool()], &["pool.train.nodes[0] delete deposed"]);
}

#[test]
fn a_stage_that_is_gone_from_the_spec_is_deleted() {
    let world = World::with(&[pool()]);
    check(
        &world,
        &[],
        &[
            "pool.train.launch-template delete not-wanted",
            "pool.train.nodes[0] delete not-wanted",
            "pool.train.nodes[1] delete not-wanted",
            "pool.train.security-group delete not-wanted",
        ],
    );
}

#[test]
fn one_node_less_is_one_node_deleted() {
    let world = World::with(&[pool()]);
    let one = Pool { count: 1, ..pool() };
    check(&world, &[one], &["pool.train.nodes[1] delete not-wanted"]);
}

#[test]
fn what_runs_on_a_lower_choice_stays_there() {
    let mut world = World::new();
    world.full.insert("r1a");
    world.apply(&two_regions().wanted());
    assert_eq!(world.state.objects[NODE].intent.alternative, 1);
    world.full.clear();
    check(&world, &[two_regions()], &[]);
    let (changes, _) = world.diff(&two_regions().wanted());
    let node = changes
        .iter()
        .find(|change| change.address == NODE)
        .unwrap();
    assert_eq!((node.reason, node.alternative), (Reason::OnFallback, 1));
    assert!(
        changes
            .iter()
            .any(|change| change.address == "pool.train.security-group@r2")
    );
}

#[test]
fn what_runs_on_a_lower_choice_stays_when_the_plan_lists_that_no_more() {
    let mut world = World::new();
    world.full.insert("r1a");
    world.apply(&two_regions().wanted());
    check(&world, &[pool()], &[]);
    let labelled = Pool {
        label: "b",
        ..pool()
    };
    check(
        &world,
        &[labelled],
        &[
            "pool.train.security-group update plan-changed",
            "pool.train.launch-template update plan-changed",
            "pool.train.nodes[0] update plan-changed",
            "pool.train.nodes[1] update plan-changed",
        ],
    );
}

#[test]
fn what_runs_on_a_lower_choice_moves_when_the_plan_ranks_another_first() {
    let mut world = World::new();
    world.full.insert("r1a");
    let one = |ways| Pool {
        count: 1,
        ways,
        ..pool()
    };
    world.apply(&one(vec![("r1", "r1a"), ("r1", "r1b")]).wanted());
    let other = one(vec![("r1", "r1c"), ("r1", "r1b")]);
    check(
        &world,
        &[other],
        &["pool.train.nodes[0] create-then-delete choice-changed"],
    );
    // What it is on has become the first: it is where it should be.
    check(&world, &[one(vec![("r1", "r1b")])], &[]);
}

#[test]
fn what_lower_choices_need_is_made_only_with_them() {
    let mut world = World::new();
    world.apply(&two_regions().wanted());
    assert_eq!(world.there(), 4);
    assert!(
        !world
            .state
            .objects
            .contains_key("pool.train.security-group@r2")
    );
}

#[test]
fn what_no_choice_in_use_needs_any_more_is_deleted() {
    let mut world = World::new();
    world.full.insert("r1a");
    world.apply(&two_regions().wanted());
    let moved = Pool {
        ways: vec![("r1", "r1b"), ("r2", "r2a")],
        ..pool()
    };
    world.apply(&moved.wanted());
    check(
        &world,
        std::slice::from_ref(&moved),
        &[
            "pool.train.security-group@r2 delete not-wanted",
            "pool.train.launch-template@r2 delete not-wanted",
        ],
    );
    world.apply(&moved.wanted());
    check(&world, &[moved], &[]);
}

#[test]
fn what_is_protected_is_not_deleted_by_any_path() {
    let protected = Pool {
        prevent_destroy: true,
        count: 1,
        ..pool()
    };
    let mut world = World::with(std::slice::from_ref(&protected));
    let refused = |world: &World, pools: &[Pool]| {
        let (_, diagnostics) = world.diff(&wanted(pools));
        let errors = diagnostics
            .errors()
            .map(|error| (error.code.slug, error.detail.clone()));
        errors.collect::<Vec<_>>()
    };
    let by = |text: &str| ("apply::prevent-destroy", text.to_owned());
    let anew = Pool {
        user_data: "echo",
        ..protected.clone()
    };
    assert_eq!(
        refused(&world, &[anew]),
        [by(
            "`pool.train.nodes[0]` would be deleted and made anew for `launch_template_version`, and \
             the spec says `prevent_destroy` of stage `train`."
        )]
    );
    // The state remembers it of a stage that is gone from the spec.
    let errors = refused(&world, &[]);
    assert_eq!(errors.len(), 3);
    assert_eq!(
        errors[1],
        by(
            "`pool.train.nodes[0]` would be deleted since no stage wants it any more, and the state \
             says `prevent_destroy` of stage `train`."
        )
    );
    world.options.mode = mlinfra::changes::diff::Mode::Destroy;
    assert_eq!(refused(&world, &[protected]).len(), 3);
}

#[test]
fn protection_is_taken_away_by_an_apply_without_operations() {
    let protected = Pool {
        prevent_destroy: true,
        ..pool()
    };
    let mut world = World::with(&[protected]);
    let frozen = world.apply(&pool().wanted());
    assert_eq!(frozen.graph.operations().len(), 0);
    assert!(
        world
            .state
            .objects
            .values()
            .all(|object| !object.intent.prevent_destroy)
    );
    let (_, diagnostics) = world.diff(&[]);
    assert!(!diagnostics.has_errors());
}

#[test]
fn only_targets_are_looked_at_and_that_is_said() {
    let serve = Pool {
        stage: "serve",
        ..pool()
    };
    let mut world = World::with(&[pool()]);
    world.options.targets.insert("serve".into());
    let changes = world.changes(&wanted(&[serve]));
    assert!(
        changes
            .iter()
            .all(|(address, ..)| address.starts_with("pool.serve."))
    );
    assert_eq!(changes.len(), 4);
    world.options.targets = BTreeSet::from(["sevre".to_owned()]);
    let (changes, diagnostics) = world.diff(&pool().wanted());
    assert_eq!(changes.len(), 0);
    let codes: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.slug)
        .collect();
    assert_eq!(codes, ["planning::unknown-stage", "apply::partial"]);
}

#[test]
fn an_imported_object_is_compared_by_its_attributes() {
    let mut world = World::with(&[pool()]);
    let node = world.state.objects.get_mut(NODE).unwrap();
    node.intent.choice.clear();
    node.desired.clear();
    check(&world, &[pool()], &[]);
    let node = world.state.objects.get_mut(NODE).unwrap();
    node.observed.insert("zone".into(), "r1z".into());
    check(
        &world,
        &[pool()],
        &["pool.train.nodes[0] create-then-delete plan-changed"],
    );
}

#[test]
fn an_open_operation_is_done_again_under_its_own_key_and_name() {
    let mut world = World::new();
    let first = world.frozen(&two_regions().wanted());
    let (index, operation) = operation(&first, GROUP);
    let mlinfra::changes::graph::Action::Ensure(ensure) = &operation.action else {
        panic!("{index}");
    };
    let way = &ensure.alternatives[0];
    let open = OpenEnsure {
        key: way.key,
        provider: way.provider.clone(),
        desired: way.desired.clone(),
    };
    world.open.insert(GROUP.into(), open.clone());
    world.state.serial += 7;
    let second = world.frozen(&two_regions().wanted());
    let key = |frozen: &mlinfra::changes::frozen::Frozen, address: &str| -> (OpKey, String) {
        let (_, operation) = self::operation(frozen, address);
        match &operation.action {
            mlinfra::changes::graph::Action::Ensure(ensure) => {
                let way = &ensure.alternatives[0];
                (way.key, way.desired.name.clone())
            }
            mlinfra::changes::graph::Action::Remove(remove) => (remove.key, String::new()),
        }
    };
    assert_eq!(key(&second, GROUP), key(&first, GROUP));
    assert_ne!(key(&second, TEMPLATE), key(&first, TEMPLATE));
    // What may be there and is wanted otherwise now could be there twice.
    let other = Pool {
        label: "b",
        ..two_regions()
    };
    let (_, diagnostics) = world.diff(&other.wanted());
    let codes: Vec<_> = diagnostics.errors().map(|error| error.code.slug).collect();
    assert_eq!(codes, ["apply::unsettled"]);
}

#[test]
fn ways_before_an_open_one_are_not_tried_again() {
    let mut world = World::with(&[Pool {
        count: 0,
        ..two_regions()
    }]);
    let one = Pool {
        count: 1,
        ways: vec![("r1", "r1a"), ("r1", "r1b")],
        ..pool()
    };
    let first = world.frozen(&one.wanted());
    let (_, operation) = operation(&first, NODE);
    let mlinfra::changes::graph::Action::Ensure(ensure) = &operation.action else {
        panic!("{operation:?}");
    };
    let second = &ensure.alternatives[1];
    let mut desired = second.desired.clone();
    desired.attributes = world.resolved(&desired.attributes);
    let (key, provider) = (second.key, second.provider.clone());
    world.open.insert(
        NODE.into(),
        OpenEnsure {
            key,
            provider,
            desired,
        },
    );
    let again = world.frozen(&one.wanted());
    let (_, operation) = self::operation(&again, NODE);
    let mlinfra::changes::graph::Action::Ensure(ensure) = &operation.action else {
        panic!("{operation:?}");
    };
    assert_eq!(ensure.alternatives.len(), 1);
    assert_eq!(ensure.alternatives[0].key, key);
}

fn operation<'f>(
    frozen: &'f mlinfra::changes::frozen::Frozen,
    address: &str,
) -> (usize, &'f mlinfra::changes::graph::Operation) {
    let mut operations = frozen.graph.operations().iter().enumerate();
    operations
        .find(|(_, operation)| operation.address == address)
        .unwrap()
}

#[test]
fn a_new_group_is_there_before_the_old_one_goes() {
    let mut world = World::with(&[pool()]);
    world.state.objects.get_mut(GROUP).unwrap().tainted = true;
    let frozen = world.apply(&pool().wanted());
    assert_eq!(world.there(), 4);
    let order: Vec<String> = frozen
        .graph
        .operations()
        .iter()
        .map(|operation| {
            let does = match operation.action {
                mlinfra::changes::graph::Action::Ensure(_) => "ensure",
                mlinfra::changes::graph::Action::Remove(_) => "remove",
            };
            format!("{does} {}", operation.address)
        })
        .collect();
    assert_eq!(
        order,
        [
            "ensure pool.train.security-group",
            "ensure pool.train.launch-template",
            "ensure pool.train.nodes[0]",
            "remove pool.train.nodes[0]",
            "ensure pool.train.nodes[1]",
            "remove pool.train.nodes[1]",
            "remove pool.train.security-group",
        ]
    );
    assert_eq!(Action::CreateThenDelete, frozen.changes[0].action);
}
