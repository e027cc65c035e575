//! What is put down to the spec, what to the choice, and what is paid once; over the tiny catalogs.

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::Sources;
use mlinfra::model::Project;
use mlinfra::planning::plan::Plan;
use mlinfra::planning::{Options, Searches};
use mlinfra::render::plan::digest_of;
use mlinfra::review::{
    Made, MadeFrom, OneOffCost, OneOffKind, Reason, Side, SpecReview, StageReview, Version, compare,
};
use mlinfra::units::{Money, Quantity};
use mlinfra::{planning, spec};

/// One version of a spec, planned.
struct Planned {
    project: Project,
    catalog: Catalog,
    plan: Plan,
}

impl Planned {
    #[track_caller]
    fn of(text: &str) -> Self {
        let mut sources = Sources::new();
        sources.add("main.mlinfra.hcl", text);
        let (project, found) = spec::load(&sources, &spec::Inputs::default());
        let project = project.unwrap_or_else(|| panic!("{found:?}"));
        let catalog = crate::scenarios::catalog();
        let options = Options::default();
        let (plan, found) = planning::plan(&project, &catalog, &sources, &options);
        let plan = plan.unwrap_or_else(|| panic!("{found:?}"));
        Self {
            project,
            catalog,
            plan,
        }
    }

    fn version(&self, whole: bool) -> Version<'_> {
        let side = Side {
            label: "x".into(),
            commit: None,
            made: Made::Planned {
                plan_sha256: digest_of(&self.plan),
                plan: Box::new(self.plan.clone()),
            },
        };
        let from = MadeFrom {
            project: &self.project,
            catalog: &self.catalog,
        };
        Version {
            side,
            from: whole.then_some(from),
        }
    }
}

fn review(old: &str, new: &str, whole: bool) -> SpecReview {
    let (old, new) = (Planned::of(old), Planned::of(new));
    let (old, new) = (old.version(whole), new.version(whole));
    compare(
        "p".into(),
        old,
        new,
        &Searches::default(),
        &Options::default(),
    )
}

#[track_caller]
fn stage<'r>(review: &'r SpecReview, name: &str) -> &'r StageReview {
    review.stages.iter().find(|s| s.name == name).unwrap()
}

/// USD per month that a stage costs more: by the spec, by the choice.
fn usd(stage: &StageReview) -> (Money, Money) {
    let difference = stage.difference.unwrap();
    assert_eq!(difference.prices.total, Money::ZERO);
    (difference.spec.total, difference.choice.total)
}

fn job(name: &str, runs: u32) -> String {
    format!(
        "stage \"{name}\" {{\n  kind = \"training\"\n  requirements {{\n    gpu {{\n      \
         any_of = [\"A30\", \"A100\"]\n      count  = 8\n    }}\n  }}\n  run {{\n    \
         duration       = \"10h\"\n    runs_per_month = {runs}\n  }}\n}}\n"
    )
}

const CLUSTER: &str = r#"
project "p" {}

cluster "dc1" {
  location = "onprem/dc1"

  node_pool "a30" {
    gpu                = "A30"
    gpus_per_node      = 4
    vcpus              = 64
    memory             = "512GiB"
    nodes              = 3
    cost_per_node_hour = 1.50
  }
}
"#;

#[test]
fn a_stage_that_makes_room_for_another_costs_more_by_the_choice() {
    let small = format!("{CLUSTER}{}", job("small", 4));
    let both = format!("{small}{}", job("large", 40));
    for whole in [true, false] {
        let review = review(&small, &both, whole);
        let moved = stage(&review, "small");
        let (spec, choice) = usd(moved);
        assert_eq!(spec, Money::ZERO);
        assert!(choice > Money::ZERO, "{choice}");
        let addresses = vec!["stage.large".to_owned()];
        assert_eq!(moved.reasons, [Reason::Elsewhere { addresses }]);
        let (spec, choice) = usd(stage(&review, "large"));
        assert!(spec > Money::ZERO && choice == Money::ZERO);
    }
}

#[test]
fn another_price_of_an_owned_pool_is_the_specs() {
    let small = format!("{CLUSTER}{}", job("small", 4));
    let dearer = small.replace("1.50", "3");
    let review = review(&small, &dearer, true);
    let addresses = vec!["cluster.dc1".to_owned()];
    let stage = stage(&review, "small");
    assert_eq!(stage.reasons, [Reason::Spec { addresses }]);
    let (spec, choice) = usd(stage);
    assert!(spec > Money::ZERO && choice == Money::ZERO);
}

fn kept(place: &str, more: &str) -> String {
    format!(
        "project \"p\" {{}}\nstage \"report\" {{\n  kind = \"data-processing\"\n  requirements {{\n    \
         vcpus     = 2\n    locations = [\"{place}\"]\n    capacity  = [\"on-demand\"]\n  }}\n  \
         run {{\n    duration       = \"1h\"\n    runs_per_month = 10\n  }}\n  output \"table\" {{\n    \
         size   = \"100GB\"\n  }}\n{more}}}\n"
    )
}

#[test]
fn what_is_kept_is_moved_once_to_its_new_place() {
    let (old, new) = (kept("aws/us-east-1", ""), kept("aws/eu-west-1", ""));
    let moved = review(&old, &new, true);
    let [one] = &*moved.one_off else {
        panic!("{:?}", moved.one_off);
    };
    assert!(matches!(&one.kind, OneOffKind::MoveData { output, .. } if output == "table"));
    // 100 GB at USD 0.02.
    let usd = Money::parse("2").unwrap();
    assert_eq!(one.cost, OneOffCost::About { usd });
    let files = review(&old, &new, false);
    assert!(matches!(files.one_off[0].cost, OneOffCost::Unknown { .. }));
    assert!(review(&old, &old, true).one_off.is_empty());
}

fn service(place: &str, more: &str) -> String {
    format!(
        "project \"p\" {{}}\nstage \"serve\" {{\n  kind = \"serving\"\n  requirements {{\n    \
         gpu {{\n      any_of = [\"L4\"]\n    }}\n    locations = [\"{place}\"]\n    \
         capacity  = [\"on-demand\"]\n  }}\n  replicas {{\n    min     = 3\n    startup = \"30m\"\n  }}\n\
         {more}}}\n"
    )
}

#[test]
fn new_nodes_of_a_service_are_paid_beside_the_old_ones_until_they_work() {
    let (old, new) = (service("gcp/*", ""), service("aws/*", ""));
    let review_of = |new: &str, whole| review(&old, new, whole);
    let replaced = review_of(&new, true);
    let [one] = &*replaced.one_off else {
        panic!("{:?}", replaced.one_off);
    };
    assert_eq!(one.kind, OneOffKind::Overlap { nodes: 3 });
    let head = replaced.head.stage("serve").unwrap();
    let half_an_hour = Quantity::node_hours(3 * 1_800_000);
    let usd = Money::charge(head.rate.usd, half_an_hour);
    assert_eq!(one.cost, OneOffCost::About { usd });
    let files = review_of(&new, false);
    assert!(matches!(files.one_off[0].cost, OneOffCost::Unknown { .. }));
    let deleted_first = service("aws/*", "  replace = \"delete-first\"\n");
    assert_eq!(review_of(&deleted_first, true).one_off, []);
}

#[test]
fn sizes_that_look_alike_are_told_apart() {
    let old = kept("aws/us-east-1", "");
    let new = old.replace("100GB", "100.000001GB");
    let review = review(&old, &new, true);
    let [change] = &*review.spec_changes else {
        panic!("{:?}", review.spec_changes);
    };
    assert_eq!(change.path, "outputs.table.size");
    assert_eq!(change.after, Some("100000001kB".into()));
}

#[test]
fn a_sensitive_value_is_in_no_review() {
    let with = |secret: &str| {
        let old = kept("aws/us-east-1", "");
        format!("{old}output \"token\" {{\n  value     = \"{secret}\"\n  sensitive = true\n}}\n")
    };
    let review = review(&with("hunter2"), &with("hunter3"), true);
    let text = serde_json::to_string(&review).unwrap();
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn an_older_plan_without_digests_puts_all_down_to_the_spec_and_says_so() {
    let (mut old, new) = (
        Planned::of(&kept("aws/us-east-1", "")),
        Planned::of(&kept("aws/eu-west-1", "")),
    );
    old.plan.inputs.blocks.clear();
    let options = Options::default();
    let review = compare(
        "p".into(),
        old.version(false),
        new.version(false),
        &Searches::default(),
        &options,
    );
    let difference = review.difference.unwrap();
    assert_eq!(difference.total(), difference.spec);
    assert_eq!(review.notes.len(), 1);
}
