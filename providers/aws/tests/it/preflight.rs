//! What a plan would fail at, told before anything is made.

use mlinfra_provider_api::{Desired, Obstacle, Provider as _, ProviderErrorKind};
use mlinfra_provider_aws::Aws;
use serde_json::json;

use crate::moto::Moto;
use crate::support::{IMAGE, ZONE, aws, block_on, desired, gang, key};

/// One of each kind, with references as a plan has them.
fn plan() -> Vec<Desired> {
    vec![
        desired("security-group", "s", json!({"rules": []})),
        desired("placement-group", "p", json!({"strategy": "cluster"})),
        desired(
            "launch-template",
            "l",
            json!({"image": IMAGE, "disk_gib": 9}),
        ),
        desired("volume", "v", json!({"zone": ZONE, "size_gib": 1})),
        desired(
            "nodes",
            "train",
            json!({
                "zone": ZONE, "instance_type": "g5.xlarge", "capacity_type": "spot", "count": 4,
                "launch_template": {"of": "l"}, "launch_template_version": {"of": "l"},
            }),
        ),
    ]
}

fn obstacles(aws: &Aws, plan: &[Desired]) -> Vec<Obstacle> {
    block_on(aws.preflight().unwrap().obstacles(plan)).unwrap()
}

#[test]
fn a_plan_that_can_be_made_has_no_obstacles_and_makes_nothing() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    assert_eq!(obstacles(&aws, &plan()), []);
    let changing = |call: &&serde_json::Value| {
        let action = call["action"].as_str().unwrap();
        let reads = action.starts_with("Describe") || action.starts_with("Get");
        !reads && call["dry_run"] == false
    };
    let calls = moto.calls();
    assert_eq!(calls.iter().filter(changing).count(), 0, "{calls:#?}");
}

#[test]
fn every_missing_permission_is_an_obstacle_of_its_object() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    moto.script(&json!({"denied": ["ec2:Create*", "ec2:RunInstances"]}));
    let found = obstacles(&aws, &plan());
    let found: Vec<_> = found
        .into_iter()
        .map(|obstacle| match obstacle.error.kind {
            ProviderErrorKind::Unauthorized { action } => (obstacle.object.unwrap(), action),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        ("s", "ec2:CreateSecurityGroup"),
        ("p", "ec2:CreatePlacementGroup"),
        ("l", "ec2:CreateLaunchTemplate"),
        ("v", "ec2:CreateVolume"),
        ("train", "ec2:RunInstances"),
    ];
    let expected = expected.map(|(object, action)| (object.to_owned(), action.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn a_quota_that_is_too_small_for_all_gangs_together_is_an_obstacle() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let running = gang(&aws, "running", 1, "spot").await;
        aws.ensure(&key(1), &running).await.unwrap();
    });
    // 4 vCPUs run, and 16 are wanted beside.
    moto.script(&json!({"quotas": {"L-3819A6DF": 20}}));
    assert_eq!(obstacles(&aws, &plan()), []);
    moto.script(&json!({"quotas": {"L-3819A6DF": 19}}));
    let [obstacle] = &obstacles(&aws, &plan())[..] else {
        panic!("one obstacle")
    };
    assert_eq!(obstacle.object, None);
    let name = "All G and VT Spot Instance Requests (L-3819A6DF)".to_owned();
    let kind = ProviderErrorKind::Quota {
        name,
        limit: Some(19),
        used: Some(4),
    };
    assert_eq!(obstacle.error.kind, kind);
    let message = "16 vCPUs are needed in us-east-1 beside 4 that run, and the quota `All G and VT \
        Spot Instance Requests` is 19; ask for more with `aws service-quotas \
        request-service-quota-increase --service-code ec2 --quota-code L-3819A6DF --desired-value 20`";
    assert_eq!(obstacle.error.message, message);
}

#[test]
fn quotas_that_may_not_be_read_are_an_obstacle_that_names_the_permission() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    moto.script(&json!({"denied": ["servicequotas:*"]}));
    let [obstacle] = &obstacles(&aws, &plan())[..] else {
        panic!("one obstacle")
    };
    let action = "servicequotas:GetServiceQuota".to_owned();
    assert_eq!(
        obstacle.error.kind,
        ProviderErrorKind::Unauthorized { action }
    );
}

#[test]
fn an_image_and_a_type_that_are_not_there_are_obstacles() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let mut plan = plan();
    plan[2]
        .attributes
        .insert("image".to_owned(), "ami-0".into());
    plan[4]
        .attributes
        .insert("instance_type".to_owned(), "p9.huge".into());
    plan.truncate(5);
    let found = block_on(aws.preflight().unwrap().obstacles(&plan));
    let found = found.unwrap();
    let attribute = |obstacle: &Obstacle| match &obstacle.error.kind {
        ProviderErrorKind::Invalid { attribute } => attribute.clone(),
        other => panic!("{other:?}"),
    };
    let found: Vec<String> = found.iter().map(attribute).collect();
    assert_eq!(found, ["image", "instance_type"]);
}
