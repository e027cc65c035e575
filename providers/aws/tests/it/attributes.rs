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

#[test]
fn the_newest_image_of_a_form_is_chosen() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let form = "amazon/Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) *";
    let want = desired(
        "launch-template",
        "l",
        json!({"image": form, "disk_gib": 9}),
    );
    let made = block_on(aws.ensure(&key(1), &want)).unwrap();
    assert_eq!(made.attributes["image"], form);
    assert_eq!(made.attributes["image_id"], "ami-00000000202611010");
}

#[test]
fn a_newer_image_is_not_taken_when_something_else_changes() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let image = |name: &str| {
        moto.boto3(&format!(
            "i = ec2.run_instances(ImageId='{IMAGE}', MinCount=1, MaxCount=1)['Instances'][0]\n\
             print(json.dumps(ec2.create_image(InstanceId=i['InstanceId'], Name='{name}')['ImageId']))"
        ))
    };
    let first = image("mine-1");
    let mut want = desired(
        "launch-template",
        "l",
        json!({"image": "self/mine-*", "disk_gib": 9}),
    );
    let made = block_on(aws.ensure(&key(1), &want)).unwrap();
    assert_eq!(made.attributes["image_id"], first);
    let second = image("mine-2");
    want.attributes.insert("disk_gib".to_owned(), 10.into());
    let larger = block_on(aws.ensure(&key(2), &want)).unwrap();
    assert_eq!(larger.attributes["image_id"], first);
    assert_eq!(larger.attributes["version"], 2);
    "other".clone_into(&mut want.name);
    let other = block_on(aws.ensure(&key(3), &want)).unwrap();
    assert_eq!(other.attributes["image_id"], second);
}

#[test]
fn what_somebody_changed_by_hand_shows_and_is_mended() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let value = json!({
        "image": IMAGE, "disk_gib": 9, "max_lifetime_minutes": 30, "user_data": "#!/bin/sh\n",
    });
    let want = desired("launch-template", "l", value);
    block_on(async {
        let made = aws.ensure(&key(1), &want).await.unwrap();
        moto.boto3(&format!(
            "ec2.create_launch_template_version(LaunchTemplateId='{id}', \
             LaunchTemplateData={{'ImageId': 'ami-1', 'UserData': 'eA==', 'KeyName': 'k'}})\n\
             ec2.modify_launch_template(LaunchTemplateId='{id}', DefaultVersion='2')\nprint('{{}}')",
            id = made.id.id
        ));
        let read = aws.read(&made.id).await.unwrap().unwrap();
        let changed = [
            ("version", json!(2)),
            ("image", json!("ami-1")),
            ("user_data", json!("x")),
            ("key_name", json!("k")),
            ("max_lifetime_minutes", json!(0)),
            // Not encrypted, not of that type, and with the old metadata service.
            ("disk_gib", Value::Null),
        ];
        for (name, value) in changed {
            assert_eq!(read.attributes[name], value, "{name}");
        }
        let mended = aws.ensure(&key(2), &want).await.unwrap();
        assert_eq!(mended.attributes["version"], 3);
        for (name, value) in &want.attributes {
            assert_eq!(&mended.attributes[name], value, "{name}");
        }
    });
}

#[test]
fn a_machine_with_a_lifetime_ends_when_it_shuts_down() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let value = json!({"image": IMAGE, "disk_gib": 9, "max_lifetime_minutes": 30});
    block_on(async {
        let template = desired("launch-template", "l", value);
        let template = aws.ensure(&key(1), &template).await.unwrap();
        let mut want = gang(&aws, "train", 1, "on-demand").await;
        want.attributes
            .insert("launch_template".to_owned(), template.id.id.into());
        aws.ensure(&key(2), &want).await.unwrap();
    });
    let behaviour = moto.boto3(
        "i = ec2.describe_instances()['Reservations'][0]['Instances'][0]['InstanceId']\n\
         a = 'instanceInitiatedShutdownBehavior'\n\
         import base64\n\
         d = ec2.describe_instance_attribute(InstanceId=i, Attribute='userData')['UserData']['Value']\n\
         b = ec2.describe_instance_attribute(InstanceId=i, Attribute=a)\n\
         print(json.dumps([b['InstanceInitiatedShutdownBehavior']['Value'], \
         '60 * 30' in base64.b64decode(d).decode()]))",
    );
    assert_eq!(behaviour, json!(["terminate", true]));
}
