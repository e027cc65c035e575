//! What goes wrong, and what is told of it.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use mlinfra_provider_api::{
    Condition, Desired, OpKey, OwnerTag, Provider as _, ProviderError, ProviderErrorKind, Removal,
};
use mlinfra_provider_aws::Aws;
use serde_json::{Value, json};

use crate::moto::Moto;
use crate::support::{
    IMAGE, REGION, ZONE, attributes, aws, block_on, desired, gang, key, owner, ready, settings,
};

async fn refused(aws: &Aws, want: &Desired) -> ProviderError {
    aws.ensure(&key(1), want).await.unwrap_err()
}

/// A script in which something happens to each call of an action, or to its first.
fn fault(action: &str, times: Option<u32>, what: Value) -> Value {
    let mut fault = json!({"action": action, "do": what});
    if let Some(times) = times {
        fault["times"] = times.into();
    }
    json!({"faults": [fault]})
}

/// What is there, as boto3 sees it: the number of instances that haven't ended.
fn nodes_there(moto: &Moto) -> Value {
    moto.boto3(
        "r = ec2.describe_instances()['Reservations']\n\
         print(sum(i['State']['Name'] != 'terminated' for x in r for i in x['Instances']))",
    )
}

#[test]
fn a_lost_answer_of_run_instances_makes_no_double() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let want = gang(&aws, "train", 4, "spot").await;
        moto.script(&fault("RunInstances", Some(1), json!("lose-answer")));
        let error = refused(&aws, &want).await;
        assert_eq!(error.kind, ProviderErrorKind::OutcomeUnknown, "{error}");
        let listed = aws.list(&owner()).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].op_key, Some(key(1)));
        let again = aws.ensure(&key(1), &want).await.unwrap();
        assert_eq!(again.id, listed[0].id);
    });
    assert_eq!(nodes_there(&moto), 4);
}

/// The engine would ask by name first. Here nothing is shown yet, as happens on EC2 for a moment.
#[test]
fn a_repeated_key_makes_no_double_even_where_nothing_is_shown_yet() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let want = gang(&aws, "train", 2, "on-demand").await;
        let first = aws.ensure(&key(1), &want).await.unwrap();
        // The second call's look finds nothing of that name.
        moto.boto3(
            "ids = [i['InstanceId'] for r in ec2.describe_instances()['Reservations'] \
             for i in r['Instances']]\n\
             ec2.delete_tags(Resources=ids, Tags=[{'Key': 'mlinfra:name'}])\nprint('{}')",
        );
        let second = aws.ensure(&key(1), &want).await.unwrap();
        assert_eq!(first.id, second.id);
    });
    assert_eq!(nodes_there(&moto), 2);
}

#[test]
fn a_lost_answer_of_each_creating_call_makes_no_double() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let volume = json!({"zone": ZONE, "size_gib": 1});
    let rules = json!([{"protocol": "-1", "self": true}]);
    let cases = [
        ("CreateVolume", desired("volume", "v", volume)),
        (
            "CreatePlacementGroup",
            desired("placement-group", "p", json!({"strategy": "cluster"})),
        ),
        (
            "CreateSecurityGroup",
            desired("security-group", "s", json!({"rules": rules})),
        ),
        (
            "AuthorizeSecurityGroupIngress",
            desired("security-group", "t", json!({"rules": rules})),
        ),
        (
            "CreateLaunchTemplate",
            desired(
                "launch-template",
                "l",
                json!({"image": IMAGE, "disk_gib": 9}),
            ),
        ),
    ];
    for (number, (action, want)) in (10..).zip(cases) {
        moto.script(&fault(action, Some(1), json!("lose-answer")));
        block_on(async {
            let error = aws.ensure(&key(number), &want).await.unwrap_err();
            assert_eq!(
                error.kind,
                ProviderErrorKind::OutcomeUnknown,
                "{action}: {error}"
            );
            let made = aws.ensure(&key(number), &want).await.unwrap();
            let listed = aws.list(&owner()).await.unwrap();
            let same: Vec<_> = listed.iter().filter(|o| o.id.kind == want.kind).collect();
            let same: Vec<_> = same.iter().filter(|o| o.name == want.name).collect();
            assert_eq!(same.len(), 1, "{action}");
            let read = ready(&aws, &made.id).await;
            for (name, value) in &want.attributes {
                assert_eq!(&read.attributes[name], value, "{action}: {name}");
            }
        });
    }
}

#[test]
fn a_lost_answer_of_each_change_is_made_good_by_the_same_call() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let rule = |port: u16| json!([{"protocol": "tcp", "from_port": port, "to_port": port, "cidr": "10.0.0.0/8"}]);
    let group = || {
        desired(
            "security-group",
            "s",
            json!({"rules": rule(1), "labels": {"a": "b"}}),
        )
    };
    let template = || {
        desired(
            "launch-template",
            "l",
            json!({"image": IMAGE, "disk_gib": 9}),
        )
    };
    let volume = desired("volume", "v", json!({"zone": ZONE, "size_gib": 1}));
    let cases = [
        (
            "CreateLaunchTemplateVersion",
            template(),
            json!({"disk_gib": 10}),
        ),
        ("ModifyLaunchTemplate", template(), json!({"disk_gib": 10})),
        ("ModifyVolume", volume, json!({"size_gib": 2})),
        (
            "AuthorizeSecurityGroupIngress",
            group(),
            json!({"rules": rule(2)}),
        ),
        (
            "RevokeSecurityGroupIngress",
            group(),
            json!({"rules": rule(2)}),
        ),
        ("CreateTags", group(), json!({"labels": {"a": "c"}})),
        ("DeleteTags", group(), json!({"labels": {}})),
    ];
    for (number, (action, mut want, changed)) in (10..).zip(cases) {
        want.name = action.to_lowercase();
        block_on(async {
            aws.ensure(&key(number), &want).await.unwrap();
            want.attributes.extend(attributes(changed));
            moto.script(&fault(action, Some(1), json!("lose-answer")));
            let key = key(number + 100);
            let error = aws.ensure(&key, &want).await.unwrap_err();
            assert_eq!(
                error.kind,
                ProviderErrorKind::OutcomeUnknown,
                "{action}: {error}"
            );
            let made = aws.ensure(&key, &want).await.unwrap();
            for (name, value) in &want.attributes {
                assert_eq!(&made.attributes[name], value, "{action}: {name}");
            }
            if let Some(version) = made.attributes.get("version") {
                assert_eq!(version, 2, "{action}");
            }
        });
    }
}

#[test]
fn a_lost_answer_of_each_removal_is_made_good_by_the_same_call() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let gang = block_on(gang(&aws, "train", 2, "spot"));
    let cases = [
        ("TerminateInstances", gang),
        (
            "DeleteVolume",
            desired("volume", "v", json!({"zone": ZONE, "size_gib": 1})),
        ),
        (
            "DeletePlacementGroup",
            desired("placement-group", "p", json!({})),
        ),
        (
            "DeleteSecurityGroup",
            desired("security-group", "s", json!({})),
        ),
        (
            "DeleteLaunchTemplate",
            desired(
                "launch-template",
                "l",
                json!({"image": IMAGE, "disk_gib": 9}),
            ),
        ),
    ];
    for (number, (action, want)) in (10..).zip(cases) {
        block_on(async {
            let made = aws.ensure(&key(number), &want).await.unwrap();
            moto.script(&fault(action, Some(1), json!("lose-answer")));
            let error = aws.remove(&key(99), &made.id).await.unwrap_err();
            assert_eq!(
                error.kind,
                ProviderErrorKind::OutcomeUnknown,
                "{action}: {error}"
            );
            assert_eq!(
                aws.remove(&key(99), &made.id).await.unwrap(),
                Removal::Gone,
                "{action}"
            );
            assert_eq!(aws.read(&made.id).await.unwrap(), None, "{action}");
        });
    }
    assert_eq!(block_on(aws.list(&owner())).unwrap(), []);
}

#[test]
fn what_is_in_use_is_not_removed() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let group = desired("security-group", "s", json!({}));
        let group = aws.ensure(&key(1), &group).await.unwrap();
        let near = desired("placement-group", "p", json!({}));
        let near = aws.ensure(&key(2), &near).await.unwrap();
        let value = json!({"image": IMAGE, "disk_gib": 9, "security_groups": [group.id.id]});
        let template = aws
            .ensure(&key(3), &desired("launch-template", "l", value))
            .await
            .unwrap();
        let mut want = gang(&aws, "train", 1, "on-demand").await;
        want.attributes
            .insert("launch_template".to_owned(), template.id.id.into());
        want.attributes
            .insert("placement_group".to_owned(), near.id.id.clone().into());
        let nodes = aws.ensure(&key(4), &want).await.unwrap();
        for used in [&group, &near] {
            let error = aws.remove(&key(5), &used.id).await.unwrap_err();
            assert_eq!(error.kind, ProviderErrorKind::Conflict, "{error}");
        }
        aws.remove(&key(6), &nodes.id).await.unwrap();
        for used in [&group, &near] {
            assert_eq!(
                aws.remove(&key(7), &used.id).await.unwrap(),
                Removal::Requested
            );
        }
    });
}

#[test]
fn a_name_that_somebody_else_has_is_a_conflict() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let template = json!({"image": IMAGE, "disk_gib": 9});
    for (kind, value) in [
        ("security-group", json!({})),
        ("placement-group", json!({})),
        ("launch-template", template),
    ] {
        let mine = desired(kind, "shared-name", value);
        let mut theirs = mine.clone();
        theirs.owner = OwnerTag::new("others", "1").unwrap();
        block_on(async {
            aws.ensure(&key(1), &theirs).await.unwrap();
            let error = aws.ensure(&key(2), &mine).await.unwrap_err();
            assert_eq!(error.kind, ProviderErrorKind::Conflict, "{kind}: {error}");
        });
    }
    assert_eq!(block_on(aws.list(&owner())).unwrap(), []);
}

#[test]
fn a_request_that_was_lost_or_failed_inside_has_an_unknown_outcome() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let want = gang(&aws, "train", 1, "on-demand").await;
        for what in [
            json!("lose-request"),
            json!({"error": {"code": "InternalError", "status": 500}}),
            json!({"error": {"code": "SomethingNew", "status": 502}}),
        ] {
            moto.script(&fault("RunInstances", None, what));
            let error = refused(&aws, &want).await;
            assert_eq!(error.kind, ProviderErrorKind::OutcomeUnknown, "{error}");
        }
    });
    assert_eq!(nodes_there(&moto), 0);
}

#[test]
fn a_read_that_fails_inside_may_be_repeated() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    for what in [
        json!("lose-answer"),
        json!({"error": {"code": "InternalError", "status": 500}}),
    ] {
        moto.script(&fault("Describe*", None, what));
        let error = block_on(aws.list(&owner())).unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Unavailable, "{error}");
    }
}

#[test]
fn throttling_is_told_and_nothing_repeats_it_unseen() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    moto.script(&fault("CreateVolume", Some(1), json!("throttle")));
    let want = desired("volume", "v", json!({"zone": ZONE, "size_gib": 1}));
    block_on(async {
        let error = refused(&aws, &want).await;
        assert_eq!(
            error.kind,
            ProviderErrorKind::Throttled { retry_after: None }
        );
        assert_eq!(error.code.as_deref(), Some("RequestLimitExceeded"));
        assert_eq!(moto.count("CreateVolume"), 1);
        aws.ensure(&key(1), &want).await.unwrap();
    });
}

#[test]
fn an_answer_that_takes_its_time_is_waited_for() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    moto.script(&fault("CreateVolume", None, json!({"delay_ms": 300})));
    let want = desired("volume", "v", json!({"zone": ZONE, "size_gib": 1}));
    let made = block_on(aws.ensure(&key(1), &want)).unwrap();
    assert_eq!(made.condition, Condition::Ready);
}

#[test]
fn an_answer_that_takes_too_long_leaves_the_outcome_of_a_change_unknown() {
    let Some(moto) = Moto::shared() else { return };
    let settings = settings(&moto.endpoint()).into_builder();
    let times = TimeoutConfig::builder()
        .read_timeout(Duration::from_secs(3))
        .build();
    let impatient = Aws::new(settings.timeout_config(times).build(), &[REGION.to_owned()]);
    let want = desired("volume", "v", json!({"zone": ZONE, "size_gib": 1}));
    moto.script(&fault("CreateVolume", Some(1), json!({"delay_ms": 6000})));
    block_on(async {
        // moto's first answer for a region takes long by itself.
        assert_eq!(aws(&moto).list(&owner()).await.unwrap(), []);
        let error = refused(&impatient, &want).await;
        assert_eq!(error.kind, ProviderErrorKind::OutcomeUnknown, "{error}");
        let listed = aws(&moto).ensure(&key(1), &want).await.unwrap();
        moto.script(&fault(
            "DescribeVolumes",
            Some(1),
            json!({"delay_ms": 6000}),
        ));
        let error = impatient.read(&listed.id).await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Unavailable, "{error}");
    });
    // The late one had the same token.
    let volumes = moto.boto3("print(len(ec2.describe_volumes()['Volumes']))");
    assert_eq!(volumes, 1);
}

#[test]
fn a_zone_without_capacity_is_named_and_nothing_is_made() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    moto.script(&json!({"capacity": [
        {"zone": ZONE, "instance_type": "g5.xlarge", "market": "spot", "most": 3},
    ]}));
    block_on(async {
        let want = gang(&aws, "train", 4, "spot").await;
        let error = refused(&aws, &want).await;
        let scope = ZONE.to_owned();
        assert_eq!(error.kind, ProviderErrorKind::Capacity { scope });
        assert_eq!(error.code.as_deref(), Some("InsufficientInstanceCapacity"));
        assert_eq!(nodes_there(&moto), 0);
        // Another capacity type of the same zone, and another zone.
        let on_demand = gang(&aws, "on-demand", 4, "on-demand").await;
        aws.ensure(&key(2), &on_demand).await.unwrap();
        let mut moved = want.clone();
        moved
            .attributes
            .insert("zone".to_owned(), "use1-az1".into());
        let made = aws.ensure(&key(3), &moved).await.unwrap();
        assert_eq!(made.attributes["zone"], "use1-az1");
    });
}

#[test]
fn a_zone_that_never_has_the_type_is_without_capacity() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let mut want = gang(&aws, "train", 1, "on-demand").await;
        want.attributes.insert("zone".to_owned(), "use1-az3".into());
        let error = refused(&aws, &want).await;
        let scope = "use1-az3".to_owned();
        assert_eq!(error.kind, ProviderErrorKind::Capacity { scope });
        assert_eq!(error.code.as_deref(), Some("Unsupported"));
    });
}

#[test]
fn a_quota_is_told_with_its_limit() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    // A g5.xlarge has 4 vCPUs.
    moto.script(&json!({"quotas": {"L-DB2E81BA": 12, "L-3819A6DF": 12}}));
    block_on(async {
        let error = refused(&aws, &gang(&aws, "train", 4, "on-demand").await).await;
        let name = "VcpuLimitExceeded".to_owned();
        let kind = ProviderErrorKind::Quota {
            name,
            limit: Some(12),
            used: None,
        };
        assert_eq!(error.kind, kind);
        let error = refused(&aws, &gang(&aws, "train", 4, "spot").await).await;
        let name = "MaxSpotInstanceCountExceeded".to_owned();
        assert_eq!(
            error.kind,
            ProviderErrorKind::Quota {
                name,
                limit: None,
                used: None
            }
        );
        aws.ensure(&key(2), &gang(&aws, "train", 3, "on-demand").await)
            .await
            .unwrap();
    });
}

#[track_caller]
fn assert_denied(error: &ProviderError, action: &str) {
    let action = action.to_owned();
    assert_eq!(
        error.kind,
        ProviderErrorKind::Unauthorized { action },
        "{error}"
    );
}

#[test]
fn a_missing_permission_is_named() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let want = gang(&aws, "train", 1, "on-demand").await;
        moto.script(&json!({"denied": ["ec2:RunInstances"]}));
        assert_denied(&refused(&aws, &want).await, "ec2:RunInstances");
        moto.script(&json!({"denied": ["ec2:CreateVolume", "ec2:DescribePlacementGroups"]}));
        let volume = desired("volume", "v", json!({"zone": ZONE, "size_gib": 1}));
        assert_denied(&refused(&aws, &volume).await, "ec2:CreateVolume");
        let listed = aws.list(&owner()).await.unwrap_err();
        assert_denied(&listed, "ec2:DescribePlacementGroups");
    });
}

#[test]
fn a_role_that_may_not_be_passed_is_named_without_the_encoded_message() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let mut want = gang(&aws, "train", 1, "on-demand").await;
        let value = json!({"image": IMAGE, "disk_gib": 9, "instance_profile": "nodes"});
        let template = desired("launch-template", "l", value);
        let template = aws.ensure(&key(2), &template).await.unwrap();
        want.attributes
            .insert("launch_template".to_owned(), template.id.id.into());
        moto.script(&json!({"denied": ["iam:PassRole"]}));
        let error = refused(&aws, &want).await;
        assert_denied(&error, "iam:PassRole");
        assert!(error.message.ends_with("iam:PassRole."), "{error}");
    });
}

#[test]
fn what_ec2_does_not_take_is_an_invalid_attribute() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let check = |want: Desired, attribute: &str| {
        let error = block_on(refused(&aws, &want));
        let attribute = attribute.to_owned();
        assert_eq!(
            error.kind,
            ProviderErrorKind::Invalid { attribute },
            "{error}"
        );
    };
    let gang = block_on(gang(&aws, "train", 1, "on-demand"));
    let with = |name: &str, value: Value| {
        let mut gang = gang.clone();
        gang.attributes.insert(name.to_owned(), value);
        gang
    };
    check(with("instance_type", json!("p9.huge")), "instance_type");
    check(with("zone", json!("us-east-1a")), "zone");
    check(with("placement_group", json!("pg-0")), "placement_group");
    check(with("launch_template", json!("lt-0")), "launch_template");
    check(with("launch_template_version", json!(7)), "launch_template");
    check(with("capacity_type", json!("reserved")), "capacity_type");
    check(with("count", json!(0)), "count");
    check(with("labels", json!({"mlinfra:owner": "me"})), "labels");
    check(with("labels", json!({"AWS:x": "y"})), "labels");
    check(with("labels", json!({"Name": "y"})), "labels");
    check(with("colour", json!("red")), "colour");
    let template = |value: Value| desired("launch-template", "l", value);
    check(template(json!({"image": "ami-0", "disk_gib": 9})), "image");
    check(
        template(json!({"image": "amazon/no-such-*", "disk_gib": 9})),
        "image",
    );
    check(
        template(json!({"image": "nothing", "disk_gib": 9})),
        "image",
    );
    let long = "x".repeat(16 * 1024 + 1);
    check(
        template(json!({"image": IMAGE, "disk_gib": 9, "user_data": long})),
        "user_data",
    );
    let group = |rule: Value| desired("security-group", "s", json!({"rules": [rule]}));
    check(
        group(json!({"protocol": "tcp", "cidr": "10.0.0.0/8"})),
        "rules",
    );
    check(
        group(json!({"protocol": "-1", "cidr": "10.0.0.1/8"})),
        "rules",
    );
    check(
        group(json!({"protocol": "-1", "cidr": "10.0.0.0/8", "self": true})),
        "rules",
    );
}

#[test]
fn where_nobody_listens_nothing_was_done() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let aws = Aws::new(
        settings(&format!("http://127.0.0.1:{port}")),
        &[REGION.to_owned()],
    );
    let want = desired("placement-group", "p", json!({"strategy": "cluster"}));
    // The look before it fails alike, so the call itself is made as well.
    let error = block_on(aws.ensure(&OpKey::new([1; 32]), &want)).unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unavailable, "{error}");
    assert!(error.message.contains("refused"), "{error}");
}
