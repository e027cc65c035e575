//! Every attribute, as boto3 sees it: a client that others wrote.

use mlinfra_provider_api::Provider as _;
use serde_json::{Value, json};

use crate::moto::Moto;
use crate::support::{IMAGE, ZONE, aws, block_on, desired, gang, key, owner};

/// What mlinfra's own tags are, beside the labels.
fn tags(op: u8, name: &str, labels: &Value) -> Value {
    let mut tags = labels.clone();
    tags["mlinfra:owner"] = owner().to_string().into();
    tags["mlinfra:op"] = key(op).to_string().into();
    tags["mlinfra:name"] = name.into();
    tags["Name"] = name.into();
    tags
}

/// Python that makes an object of a list of tags.
const TAGS: &str = "tags = lambda o: {t['Key']: t['Value'] for t in o['Tags']}\n";

#[test]
fn a_security_group_is_as_desired() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let rules = json!([
        {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "10.0.0.0/8"},
        {"protocol": "-1", "self": true},
    ]);
    let want = desired(
        "security-group",
        "s",
        json!({"rules": rules, "labels": {"team": "a"}}),
    );
    let made = block_on(aws.ensure(&key(1), &want)).unwrap();
    let script = format!(
        "{TAGS}g = ec2.describe_security_groups(GroupIds=['{id}'])['SecurityGroups'][0]\n\
         v = ec2.describe_vpcs(Filters=[{{'Name': 'is-default', 'Values': ['true']}}])['Vpcs'][0]\n\
         p = sorted(g['IpPermissions'], key=lambda p: p['IpProtocol'])\n\
         print(json.dumps([g['GroupName'], g['VpcId'] == v['VpcId'], tags(g), [\n\
         [r['IpProtocol'], r.get('FromPort'), r.get('ToPort'), \
         [i['CidrIp'] for i in r['IpRanges']], \
         [u['GroupId'] for u in r['UserIdGroupPairs']]] for r in p]]))",
        id = made.id.id
    );
    let mut expected = tags(1, "s", &json!({"team": "a"}));
    // The order of the rules as they were written, in the sorted ones.
    expected["mlinfra:order"] = "1.0".into();
    let permissions = json!([
        ["-1", null, null, [], [made.id.id]],
        ["tcp", 22, 22, ["10.0.0.0/8"], []],
    ]);
    assert_eq!(
        moto.boto3(&script),
        json!(["s", true, expected, permissions])
    );
}

#[test]
fn a_placement_group_is_as_desired() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let want = desired(
        "placement-group",
        "p",
        json!({"strategy": "cluster", "labels": {"a": "b"}}),
    );
    block_on(aws.ensure(&key(2), &want)).unwrap();
    let script = format!(
        "{TAGS}g, = ec2.describe_placement_groups()['PlacementGroups']\n\
         print(json.dumps([g['GroupName'], g['Strategy'], tags(g)]))"
    );
    let expected = json!(["p", "cluster", tags(2, "p", &json!({"a": "b"}))]);
    assert_eq!(moto.boto3(&script), expected);
}

#[test]
fn a_launch_template_is_as_desired() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let value = json!({
        "image": IMAGE, "user_data": "#!/bin/sh\n", "security_groups": ["sg-1"], "disk_gib": 100,
        "instance_profile": "arn:aws:iam::123456789012:instance-profile/n", "key_name": "mine",
        "max_lifetime_minutes": 0, "labels": {"a": "b"},
    });
    let want = desired("launch-template", "l", value);
    let made = block_on(aws.ensure(&key(3), &want)).unwrap();
    assert_eq!(made.attributes["version"], 1);
    let script = format!(
        "{TAGS}import base64\nt, = ec2.describe_launch_templates()['LaunchTemplates']\n\
         v, = ec2.describe_launch_template_versions(LaunchTemplateId=t['LaunchTemplateId'])\
         ['LaunchTemplateVersions']\nd = v['LaunchTemplateData']\n\
         print(json.dumps([t['LaunchTemplateName'], tags(t), d['ImageId'], d['SecurityGroupIds'],\n\
         d['BlockDeviceMappings'], d['IamInstanceProfile'], d['KeyName'], \
         d['MetadataOptions']['HttpTokens'], base64.b64decode(d['UserData']).decode(),\n\
         d.get('InstanceInitiatedShutdownBehavior')]))"
    );
    let disk = json!([{"DeviceName": "/dev/sda1", "Ebs": {
        "Encrypted": true, "DeleteOnTermination": true, "VolumeSize": 100, "VolumeType": "gp3",
    }}]);
    let expected = json!([
        "l", tags(3, "l", &json!({"a": "b"})), IMAGE, ["sg-1"], disk,
        {"Arn": "arn:aws:iam::123456789012:instance-profile/n"}, "mine", "required", "#!/bin/sh\n",
        null,
    ]);
    assert_eq!(moto.boto3(&script), expected);
}

#[test]
fn a_volume_is_as_desired() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let value =
        json!({"zone": ZONE, "size_gib": 10, "type": "gp3", "encrypted": true, "labels": {}});
    let want = desired("volume", "v", value);
    block_on(aws.ensure(&key(4), &want)).unwrap();
    let script = format!(
        "{TAGS}v, = ec2.describe_volumes()['Volumes']\n\
         print(json.dumps([v['AvailabilityZone'], v['Size'], v['VolumeType'], v['Encrypted'], tags(v)]))"
    );
    let expected = json!(["us-east-1a", 10, "gp3", true, tags(4, "v", &json!({}))]);
    assert_eq!(moto.boto3(&script), expected);
}

#[test]
fn a_gang_is_as_desired() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let made = block_on(async {
        let group = desired("placement-group", "p", json!({"strategy": "cluster"}));
        let group = aws.ensure(&key(5), &group).await.unwrap();
        let mut want = gang(&aws, "train", 4, "spot").await;
        want.attributes
            .insert("placement_group".to_owned(), group.id.id.into());
        let made = aws.ensure(&key(6), &want).await.unwrap();
        let read = aws.read(&made.id).await.unwrap().unwrap();
        for (name, value) in &want.attributes {
            assert_eq!(&read.attributes[name], value, "{name}");
        }
        read
    });
    let script = format!(
        "{TAGS}r, = ec2.describe_instances()['Reservations']\n\
         ours = lambda i: {{k: v for k, v in tags(i).items() if not k.startswith('aws:')}}\n\
         one = lambda i: [i['InstanceType'], i['InstanceLifecycle'], i['ImageId'], \
         i['Placement']['AvailabilityZone'], i['Placement']['GroupName'], \
         i['MetadataOptions']['HttpTokens'], ours(i)]\n\
         i = r['Instances']\n\
         v = ec2.describe_volumes()['Volumes']\n\
         print(json.dumps([r['ReservationId'], [x['InstanceId'] for x in i], \
         [x['PrivateIpAddress'] for x in i], [one(x) for x in i], \
         [[d['Size'], d['VolumeType'], d['Encrypted']] for d in v]]))"
    );
    let mut of_each = tags(6, "train", &json!({"team": "vision"}));
    of_each["mlinfra:count"] = "4".into();
    let each = json!([
        "g5.xlarge",
        "spot",
        IMAGE,
        "us-east-1a",
        "p",
        "required",
        of_each
    ]);
    let expected = json!([
        made.id.id,
        made.attributes["node_ids"],
        made.attributes["addresses"],
        [each, each, each, each],
        [
            [50, "gp3", true],
            [50, "gp3", true],
            [50, "gp3", true],
            [50, "gp3", true]
        ],
    ]);
    assert_eq!(moto.boto3(&script), expected);
    assert_eq!(made.attributes["gpu"], "NVIDIA A10G");
    assert_eq!(made.attributes["gpus"], 1);
    assert_eq!(made.attributes["gpu_memory_mib"], 22_888);
}
