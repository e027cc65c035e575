//! Specs → objects: what a plan asks for, and what no backend can make.

use std::collections::{BTreeMap, BTreeSet};

use mlinfra::catalog::Catalog;
use mlinfra::changes::graph::OnFailure;
use mlinfra::changes::wanted::{Realm, Wanted, wanted};
use mlinfra::diagnostics::{Diagnostics, Sources};
use mlinfra::model::Project;
use mlinfra::planning::plan::Plan;
use mlinfra::{planning, render, spec};
use mlinfra_provider_api::{Manifest, Provider as _};
use serde_json::{Value, json};

use super::world::World;

const HEAD: &str = "project \"shop\" {\n labels = { env = \"prod\" }\n}\n\
     provider \"aws\" {\n regions = [\"us-east-1\"]\n}\nprovider \"gcp\" {}\n";

fn train(more: &str) -> String {
    format!(
        "stage \"train\" {{\n kind = \"training\"\n\
         requirements {{\n gpu {{\n any_of = [\"A10G\"]\n count = 4\n }}\n }}\n\
         pin {{\n instance_type = \"g5.2xlarge\"\n }}\n\
         run {{\n work = {{ A10G = \"12h\" }}\n runs_per_month = 8\n }}\n\
         interruption {{\n tolerated = true\n checkpoint_every = \"auto\"\n }}\n{more}}}\n"
    )
}

fn service(name: &str, requirements: &str, replicas: u32, more: &str) -> String {
    format!(
        "stage \"{name}\" {{\n kind = \"serving\"\n requirements {{\n{requirements}\n}}\n\
         replicas {{\n min = {replicas}\n max = {replicas}\n }}\n\
         pin {{\n provider = \"aws\"\n }}\n{more}\n}}\n"
    )
}

struct Planned {
    project: Project,
    plan: Plan,
    sources: Sources,
    targets: BTreeSet<String>,
}

#[track_caller]
fn planned(text: &str) -> Planned {
    let mut sources = Sources::new();
    sources.add("main.mlinfra.hcl", text);
    let (project, diagnostics) = spec::load(&sources, &spec::Inputs::default());
    let told = |diagnostics: &Diagnostics| render::diagnostics::human(diagnostics, &sources);
    let project = project.unwrap_or_else(|| panic!("{}", told(&diagnostics)));
    let catalog = Catalog::embedded().unwrap();
    let options = planning::Options::default();
    let (plan, diagnostics) = planning::plan(&project, &catalog, &sources, &options);
    let plan = plan.unwrap_or_else(|| panic!("{}", told(&diagnostics)));
    Planned {
        project,
        plan,
        sources,
        targets: BTreeSet::new(),
    }
}

impl Planned {
    fn wanted(&self, realm: Realm) -> (Vec<Wanted>, Diagnostics) {
        let world = World::new();
        let aws = Manifest {
            provider: "aws",
            ..world.sandbox.manifest().clone()
        };
        let mut manifests = world.manifests();
        if realm == Realm::Clouds {
            manifests = BTreeMap::from([("aws".to_owned(), &aws)]);
        }
        wanted(&self.project, &self.plan, realm, &manifests, &self.targets)
    }

    #[track_caller]
    fn refused(&self, realm: Realm) -> String {
        let (_, diagnostics) = self.wanted(realm);
        assert!(diagnostics.has_errors());
        render::diagnostics::human(&diagnostics, &self.sources)
    }
}

/// The objects of a spec in a realm, by address.
#[track_caller]
fn objects(text: &str, realm: Realm) -> BTreeMap<String, Wanted> {
    let planned = planned(text);
    let (wanted, diagnostics) = planned.wanted(realm);
    assert_eq!(
        render::diagnostics::human(&diagnostics, &planned.sources),
        ""
    );
    wanted
        .into_iter()
        .map(|object| (object.address.clone(), object))
        .collect()
}

fn addresses(objects: &BTreeMap<String, Wanted>) -> Vec<&str> {
    objects.keys().map(String::as_str).collect()
}

#[test]
fn a_gang_is_one_object_and_has_a_placement_group() {
    let objects = objects(&[HEAD, &train("")].concat(), Realm::Clouds);
    assert_eq!(
        addresses(&objects),
        [
            "pool.train.launch-template",
            "pool.train.nodes",
            "pool.train.placement-group",
            "pool.train.security-group",
        ]
    );
    let nodes = &objects["pool.train.nodes"];
    let first = &nodes.ways[0];
    assert_eq!((&*first.provider, &*first.scope), ("aws", "us-east-1"));
    assert_eq!(first.attributes["count"], 4);
    assert_eq!(first.attributes["capacity_type"], "spot");
    assert_eq!(
        first.attributes["labels"],
        json!({ "env": "prod", "mlinfra-stage": "train" })
    );
    assert_eq!(
        first.attributes["placement_group"],
        json!({ "$ref": "pool.train.placement-group" })
    );
    assert_eq!(
        first.attributes["launch_template_version"],
        json!({ "$ref": "pool.train.launch-template", "attribute": "version" })
    );
    // Ranked as the plan ranks them; the last is on demand.
    assert_eq!(nodes.ways.len(), 6);
    assert_eq!(nodes.ways[5].attributes["capacity_type"], "on-demand");
    let cost = |way: usize| nodes.ways[way].usd_per_hour.unwrap();
    assert!(cost(0) > mlinfra::units::Money::ZERO && cost(0) < cost(5));
}

#[test]
fn a_service_is_one_object_for_each_node_and_has_none() {
    let text = [
        HEAD,
        &service("serve", "vcpus = 2\narch = \"x86_64\"", 3, ""),
    ]
    .concat();
    let objects = objects(&text, Realm::Clouds);
    let nodes: Vec<&str> = addresses(&objects)
        .into_iter()
        .filter(|a| a.contains("nodes"))
        .collect();
    assert_eq!(
        nodes,
        [
            "pool.serve.nodes[0]",
            "pool.serve.nodes[1]",
            "pool.serve.nodes[2]"
        ]
    );
    assert!(!objects.contains_key("pool.serve.placement-group"));
    let template = &objects["pool.serve.launch-template"].ways[0].attributes;
    let all: BTreeSet<&str> = template.keys().map(String::as_str).collect();
    let expect = [
        "disk_gib",
        "image",
        "instance_profile",
        "key_name",
        "labels",
        "max_lifetime_minutes",
        "security_groups",
        "user_data",
    ];
    assert_eq!(all, BTreeSet::from(expect));
    assert_eq!(
        template["image"],
        "amazon/al2023-ami-2023.*-kernel-6.1-x86_64"
    );
    assert_eq!(template["disk_gib"], 100);
    assert_eq!(template["user_data"], "");
    assert_eq!(template["max_lifetime_minutes"], 0);
    assert_eq!(
        template["security_groups"],
        json!([{ "$ref": "pool.serve.security-group" }])
    );
    let rules = &objects["pool.serve.security-group"].ways[0].attributes["rules"];
    assert_eq!(*rules, json!([{ "protocol": "-1", "self": true }]));
}

#[test]
fn what_the_spec_says_of_nodes_is_what_they_get() {
    let more = "max_lifetime = \"90m\"\non_failure = \"undo\"\nreplace = \"delete-first\"\n\
        prevent_destroy = true\n\
        nodes {\n user_data = \"#!/bin/sh\"\n disk = \"500GiB\"\n open_ports = [8080, 22]\n\
        open_to = [\"10.1.2.3/8\", \"2001:db8::/32\"]\n instance_profile = \"trainer\"\n\
        key_name = \"ops\"\n image = \"ami-0123\"\n }\n";
    let objects = objects(&[HEAD, &train(more)].concat(), Realm::Clouds);
    let template = &objects["pool.train.launch-template"].ways[0].attributes;
    let expect = json!({
        "image": "ami-0123", "user_data": "#!/bin/sh", "disk_gib": 500, "key_name": "ops",
        "instance_profile": "trainer", "max_lifetime_minutes": 90,
        "security_groups": [{ "$ref": "pool.train.security-group" }],
        "labels": { "env": "prod", "mlinfra-stage": "train" },
    });
    assert_eq!(json!(template), expect);
    let rules = &objects["pool.train.security-group"].ways[0].attributes["rules"];
    let rule = |port: u16, cidr: &str| json!({ "protocol": "tcp", "from_port": port, "to_port": port, "cidr": cidr });
    let expect = json!([
        rule(22, "10.0.0.0/8"), rule(22, "2001:db8::/32"), rule(8080, "10.0.0.0/8"),
        rule(8080, "2001:db8::/32"), { "protocol": "-1", "self": true },
    ]);
    assert_eq!(*rules, expect);
    let nodes = &objects["pool.train.nodes"];
    assert_eq!(nodes.on_failure, OnFailure::Undo);
    assert!(!nodes.create_first && nodes.prevent_destroy);
    // What nodes refer to is always there before it goes.
    assert!(objects["pool.train.launch-template"].create_first);
}

#[test]
fn nodes_with_gpus_get_an_image_with_drivers_and_room_for_it() {
    let objects = objects(&[HEAD, &train("")].concat(), Realm::Clouds);
    let template = &objects["pool.train.launch-template"].ways[0].attributes;
    let image = "amazon/Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) *";
    assert_eq!(template["image"], image);
    assert_eq!(template["disk_gib"], 200);
}

#[test]
fn nodes_with_other_processors_have_a_template_of_their_own() {
    let text = [HEAD, &service("serve", "vcpus = 2", 1, "")].concat();
    let objects = objects(&text, Realm::Clouds);
    let node = &objects["pool.serve.nodes[0]"];
    for way in &node.ways {
        let instance_type = way.attributes["instance_type"].as_str().unwrap();
        let template = way.attributes["launch_template"]["$ref"].as_str().unwrap();
        let image = objects[template].ways[0].attributes["image"]
            .as_str()
            .unwrap();
        let family = instance_type.split('.').next().unwrap();
        let is_arm = family == "a1"
            || family
                .chars()
                .skip_while(|c| !c.is_ascii_digit())
                .any(|c| c == 'g');
        assert_eq!(image.ends_with("arm64"), is_arm, "{instance_type}: {image}");
        let first = template == "pool.serve.launch-template";
        assert_eq!(objects[template].on_demand, !first);
    }
}

#[test]
fn other_regions_have_their_own_groups_and_templates_on_demand() {
    let head = HEAD.replace(
        "[\"us-east-1\"]",
        "[\"us-east-1\", \"us-east-2\", \"us-west-2\"]",
    );
    let objects = objects(&[head.as_str(), &train("")].concat(), Realm::Clouds);
    let ways = &objects["pool.train.nodes"].ways;
    let home = &ways[0].scope;
    let others: BTreeSet<&String> = ways
        .iter()
        .map(|way| &way.scope)
        .filter(|scope| *scope != home)
        .collect();
    assert!(!others.is_empty());
    for scope in others {
        for what in ["security-group", "launch-template", "placement-group"] {
            let object = &objects[&format!("pool.train.{what}@{scope}")];
            assert!(object.on_demand);
            assert_eq!(object.ways[0].scope, *scope);
        }
    }
    let here = ways.iter().find(|way| way.scope != *home).unwrap();
    let template = format!("pool.train.launch-template@{}", here.scope);
    assert_eq!(
        here.attributes["launch_template"],
        json!({ "$ref": template })
    );
}

#[test]
fn stages_that_share_nodes_have_one_pool_that_protects_all() {
    let share = |more: &str| format!("share = \"web\"\n{more}");
    let small = "vcpus = 1\nmemory = \"1GiB\"";
    let text = [
        HEAD,
        &service("api", small, 1, &share("")),
        &service(
            "shop",
            small,
            1,
            &share("prevent_destroy = true\nmax_lifetime = \"1h\""),
        ),
    ]
    .concat();
    let objects = objects(&text, Realm::Clouds);
    let stages: BTreeSet<&String> = objects.values().map(|object| &object.stage).collect();
    assert_eq!(stages.len(), 1, "{stages:?}");
    assert!(objects.values().all(|object| object.prevent_destroy));
    let templates = objects
        .values()
        .filter(|object| object.kind.as_str() == "launch-template");
    let minutes: BTreeSet<u64> = templates
        .map(|object| {
            object.ways[0].attributes["max_lifetime_minutes"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert_eq!(minutes, BTreeSet::from([60]));
}

#[test]
fn a_stage_where_no_backend_reaches_is_refused_with_ways_out() {
    let text = [
        HEAD,
        &train("")
            .replace("instance_type = \"g5.2xlarge\"", "provider = \"gcp\"")
            .replace("A10G", "A100"),
    ]
    .concat();
    insta::assert_snapshot!(planned(&text).refused(Realm::Clouds));
    let objects = objects(&text, Realm::Sandbox);
    let first = &objects["pool.train.nodes[0]"].ways[0];
    assert_eq!(first.provider, "sandbox");
    assert!(first.scope.starts_with("gcp/"), "{}", first.scope);
    assert!(
        first.attributes["zone"]
            .as_str()
            .is_some_and(|zone| !zone.is_empty())
    );
}

#[test]
fn a_stage_that_is_not_looked_at_may_be_anywhere() {
    let elsewhere = train("").replace("instance_type = \"g5.2xlarge\"", "provider = \"gcp\"");
    let elsewhere = elsewhere.replace("A10G", "A100");
    let text = [HEAD, &elsewhere, &service("serve", "vcpus = 2", 1, "")].concat();
    let mut planned = planned(&text);
    planned.targets = BTreeSet::from(["serve".to_owned()]);
    let (wanted, diagnostics) = planned.wanted(Realm::Clouds);
    assert!(diagnostics.is_empty());
    assert!(wanted.iter().all(|object| object.stage == "serve"));
    assert!(!wanted.is_empty());
}

#[test]
fn labels_that_would_be_tags_of_somebody_else_are_refused() {
    let head = HEAD.replace("env", "\"mlinfra:owner\"");
    let planned = planned(&[head.as_str(), &train("")].concat());
    insta::assert_snapshot!(planned.refused(Realm::Sandbox));
}

#[test]
fn a_pool_of_more_nodes_than_can_be_made_is_refused() {
    let text = [HEAD, &service("serve", "vcpus = 2", 20_000, "")].concat();
    let mut planned = planned(&text);
    planned.plan.stages[0].placement.nodes = 20_000;
    insta::assert_snapshot!(planned.refused(Realm::Sandbox));
}

#[test]
fn the_sandbox_makes_what_is_wanted_and_a_second_plan_is_empty() {
    let text = [
        HEAD,
        &train("nodes {\n open_ports = [22]\n open_to = [\"0.0.0.0/0\"]\n }\n"),
        &service("serve", "vcpus = 2", 3, ""),
    ]
    .concat();
    let (wanted, diagnostics) = planned(&text).wanted(Realm::Sandbox);
    assert!(diagnostics.is_empty());
    let mut world = World::new();
    world.apply(&wanted);
    assert_eq!(world.there(), 9);
    assert_eq!(world.changes(&wanted), vec![]);
    world.destroy();
    assert_eq!(world.there(), 0);
}

#[test]
fn neither_the_order_of_blocks_nor_that_of_stages_changes_what_is_frozen() {
    let (train, serve) = (train(""), service("serve", "vcpus = 2", 2, ""));
    let frozen = |parts: [&str; 3]| -> Value {
        let (wanted, _) = planned(&parts.concat()).wanted(Realm::Sandbox);
        World::new().frozen(&wanted).to_json()
    };
    assert_eq!(
        frozen([HEAD, &train, &serve]),
        frozen([&serve, &train, HEAD])
    );
}
