//! What AWS refuses, and what is told of it.

use serde_json::{Value, json};

use crate::inventory::{is_as_known, is_empty};
use crate::moto::Moto;
use crate::program::{Finished, Project, TRAINING};
use crate::specs::instances;

/// A script in which something happens to some calls of an action.
fn fault(action: &str, times: u32, what: Value) -> Value {
    json!({"faults": [{"service": "ec2", "action": action, "times": times, "do": what}]})
}

/// The lines about an object.
fn told_of<'f>(ran: &'f Finished, address: &str) -> Vec<&'f str> {
    let begin = format!("{address}: ");
    let lines = ran.stderr.lines();
    lines.filter_map(|line| line.strip_prefix(&begin)).collect()
}

/// Zone and capacity type of each node of the stage that trains.
fn trains_at(moto: &Moto) -> Value {
    moto.boto3(
        "f = [{'Name': 'tag:mlinfra-stage', 'Values': ['train']},\n\
         {'Name': 'instance-state-name', 'Values': ['running']}]\n\
         i = [i for r in ec2.describe_instances(Filters=f)['Reservations'] for i in r['Instances']]\n\
         z = {z['ZoneName']: z['ZoneId'] for z in ec2.describe_availability_zones()\
         ['AvailabilityZones']}\n\
         print(json.dumps([[z[x['Placement']['AvailabilityZone']], \
         x.get('InstanceLifecycle', 'on-demand')] for x in i]))",
    )
}

#[test]
fn a_gang_moves_whole_to_the_zone_that_the_plan_ranks_next() {
    let Some(moto) = Moto::shared() else { return };
    let full =
        json!({"zone": "use1-az1", "instance_type": "g5.2xlarge", "market": "spot", "most": 3});
    moto.script(&json!({"capacity": [full]}));
    let project = Project::new(&moto, TRAINING);
    let ran = project.applied();
    let told = told_of(&ran, "pool.train.nodes");
    let sentence =
        "We currently do not have sufficient g5.2xlarge capacity in the Availability Zone";
    assert_eq!(told.len(), 4, "{}", ran.stderr);
    assert_eq!(
        told[0],
        "creating 4 × g5.2xlarge on spot in us-east-1 use1-az1"
    );
    assert!(told[1].starts_with(sentence), "{}", told[1]);
    let next = "; trying 4 × g5.2xlarge on spot in us-east-1 use1-az5 instead";
    assert!(told[1].ends_with(next), "{}", told[1]);
    assert_eq!(
        told[2],
        "creating 4 × g5.2xlarge on spot in us-east-1 use1-az5, choice 2"
    );
    assert!(told[3].starts_with("created as r-"), "{}", told[3]);
    assert_eq!(trains_at(&moto), json!([["use1-az5", "spot"]; 4].to_vec()));
    is_as_known(&moto, &project, 9);
    project.has_nothing_to_do();
}

#[test]
fn where_no_spot_is_left_the_gang_is_on_demand() {
    let Some(moto) = Moto::shared() else { return };
    let full = json!({"instance_type": "g5.2xlarge", "market": "spot", "most": 0});
    moto.script(&json!({"capacity": [full]}));
    let project = Project::new(&moto, TRAINING);
    let ran = project.applied();
    let told = told_of(&ran, "pool.train.nodes");
    let begun: Vec<&str> = told
        .iter()
        .filter_map(|line| line.strip_prefix("creating 4 × g5.2xlarge"))
        .collect();
    let expected = [
        " on spot in us-east-1 use1-az1",
        " on spot in us-east-1 use1-az5, choice 2",
        " on spot in us-east-1 use1-az6, choice 3",
        " on spot in us-east-1 use1-az2, choice 4",
        " in us-east-1 use1-az1, choice 5",
    ];
    assert_eq!(begun, expected);
    assert_eq!(
        trains_at(&moto),
        json!([["use1-az1", "on-demand"]; 4].to_vec())
    );
    is_as_known(&moto, &project, 9);
}

#[test]
fn throttling_is_waited_out_and_told() {
    let Some(moto) = Moto::shared() else { return };
    let throttled = |action: &str, times: u32| json!({"service": "ec2", "action": action, "times": times, "do": "throttle"});
    moto.script(
        &json!({"faults": [throttled("RunInstances", 14), throttled("CreateSecurityGroup", 3)]}),
    );
    let project = Project::new(&moto, &instances(10));
    let ran = project.applied();
    let waits = ran
        .stderr
        .lines()
        .filter(|line| line.contains(": trying again in "));
    let waits: Vec<&str> = waits.collect();
    assert_eq!(waits.len(), 17, "{}", ran.stderr);
    for line in waits {
        assert!(line.ends_with(": Request limit exceeded."), "{line}");
    }
    assert_eq!(moto.count("RunInstances"), 24);
    is_as_known(&moto, &project, 10);
}

#[test]
fn lost_answers_of_run_instances_make_no_double() {
    let Some(moto) = Moto::shared() else { return };
    moto.script(&fault("RunInstances", 4, json!("lose-answer")));
    let project = Project::new(&moto, &instances(10));
    project.applied();
    is_as_known(&moto, &project, 10);
    project.has_nothing_to_do();
}

#[test]
fn a_quota_ends_the_run_with_its_limit_and_ways_to_go_on() {
    let Some(moto) = Moto::shared() else { return };
    // vCPUs of standard types on demand; an m5.large has two.
    moto.script(&json!({"quotas": {"L-1216C47A": 8}}));
    let project = Project::new(&moto, &instances(10));
    let ran = project.run(&["apply", "--auto-approve"]);
    assert_eq!(ran.code, 16, "{}", ran.stderr);
    let sentence = "You have requested more vCPU capacity than your current vCPU limit of 8 allows";
    assert!(ran.stdout.contains(sentence), "{}", ran.stdout);
    for command in ["mlinfra resume", "mlinfra undo", "mlinfra destroy"] {
        assert!(ran.stdout.contains(command), "{}", ran.stdout);
    }
    let inventory = is_as_known(&moto, &project, 4);
    assert_eq!(inventory.count("nodes"), 4);
    moto.script(&json!({"quotas": {}}));
    let ran = project.run(&["resume", "--auto-approve"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    is_as_known(&moto, &project, 10);
}

#[test]
fn a_missing_permission_is_named() {
    let Some(moto) = Moto::shared() else { return };
    moto.script(&json!({"denied": ["ec2:RunInstances"]}));
    let project = Project::new(&moto, &instances(1));
    let ran = project.run(&["apply", "--auto-approve"]);
    assert_eq!(ran.code, 16, "{}", ran.stderr);
    let line =
        "  pool.serve.nodes[0]  You are not authorized to perform this operation. ec2:RunInstances";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    is_as_known(&moto, &project, 0);
    project.destroyed();
    is_empty(&moto);
}

#[test]
fn preflight_finds_quota_and_permission_before_anything_is_made() {
    let Some(moto) = Moto::shared() else { return };
    moto.script(&json!({
        "quotas": {"L-1216C47A": 8},
        "denied": ["ec2:CreateLaunchTemplate"],
    }));
    let project = Project::new(&moto, &instances(10));
    let ran = project.run(&["apply", "--auto-approve", "--preflight"]);
    assert_eq!(ran.code, 14, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("error[apply::preflight]"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("ec2:CreateLaunchTemplate"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("L-1216C47A"), "{}", ran.stderr);
    let made = moto.calls().into_iter().filter(|call| {
        let action = call["action"].as_str().unwrap();
        let changes = ["Create", "Run", "Authorize"];
        changes.iter().any(|begin| action.starts_with(begin)) && call["dry_run"] == false
    });
    assert_eq!(made.count(), 0);
    is_empty(&moto);
}

#[test]
fn without_credentials_nothing_is_begun() {
    let Some(moto) = Moto::shared() else { return };
    let project = Project::without_credentials(&moto, &instances(1));
    let ran = project.run(&["apply", "--auto-approve"]);
    assert_eq!(ran.code, 11, "{}", ran.stderr);
    let begin = "error[apply::credentials]: a cloud lets nobody in with these credentials\n\n";
    assert!(ran.stderr.starts_with(begin), "{}", ran.stderr);
    for way in ["AWS_ACCESS_KEY_ID", "`aws sso login`"] {
        assert!(ran.stderr.contains(way), "{}", ran.stderr);
    }
    assert_eq!(moto.calls().len(), 0);
}
