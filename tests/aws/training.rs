//! `examples/aws-training` from the first apply to the last object.

use serde_json::{Value, json};

use crate::inventory::{Inventory, is_as_known, is_empty};
use crate::moto::Moto;
use crate::program::{Project, TRAINING};

/// Every attribute of all objects, by kind and stage. Ends of names, which differ with each state, are
/// `#`; images are told by what their names say.
const ATTRIBUTES: &str = r"
import re
name = lambda n: re.sub('-[0-9a-f]{8}$', '-#', n)
def tags(o):
    found = {t['Key']: t['Value'] for t in o['Tags'] if not t['Key'].startswith('aws:')}
    found['mlinfra:owner'] = found['mlinfra:owner'].split('/')[0]
    found['mlinfra:op'] = len(found['mlinfra:op'])
    return found | {k: name(found[k]) for k in ('Name', 'mlinfra:name')}
def image(i):
    n, = [x['Name'] for x in ec2.describe_images(ImageIds=[i])['Images']]
    gpu = n.startswith('Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) 20')
    cpu = re.match(r'al2023-ami-2023\.[0-9.]*-kernel-6\.1-x86_64$', n)
    return 'for GPUs' if gpu else 'Amazon Linux 2023' if cpu else n
zones = {z['ZoneName']: z['ZoneId'] for z in ec2.describe_availability_zones()['AvailabilityZones']}
groups = [g for g in ec2.describe_security_groups()['SecurityGroups'] if g['GroupName'] != 'default']
ids = {g['GroupId']: name(g['GroupName']) for g in groups}
volumes = {v['VolumeId']: v for v in ec2.describe_volumes()['Volumes']}
out = {'nodes': {}, 'security': {}, 'template': {}, 'placement': {}}
for r in ec2.describe_instances()['Reservations']:
    for i in r['Instances']:
        disks = [volumes[d['Ebs']['VolumeId']] for d in i['BlockDeviceMappings']]
        out['nodes'].setdefault(tags(i)['mlinfra-stage'], []).append({
            'type': i['InstanceType'], 'zone': zones[i['Placement']['AvailabilityZone']],
            'market': i.get('InstanceLifecycle', 'on-demand'), 'state': i['State']['Name'],
            'group': name(i['Placement'].get('GroupName', '')), 'image': image(i['ImageId']),
            'metadata': i['MetadataOptions']['HttpTokens'], 'together': len(r['Instances']),
            'security': [ids[g['GroupId']] for g in i['SecurityGroups']],
            'disks': [[d['Size'], d['VolumeType'], d['Encrypted']] for d in disks], 'tags': tags(i)})
for g in groups:
    rules = [[p['IpProtocol'], p.get('FromPort'), [i['CidrIp'] for i in p['IpRanges']],
              [u['GroupId'] == g['GroupId'] for u in p['UserIdGroupPairs']]] for p in g['IpPermissions']]
    out['security'][tags(g)['mlinfra-stage']] = {
        'name': name(g['GroupName']), 'rules': rules, 'tags': tags(g)}
for l in ec2.describe_launch_templates()['LaunchTemplates']:
    v, = ec2.describe_launch_template_versions(
        LaunchTemplateId=l['LaunchTemplateId'])['LaunchTemplateVersions']
    d = v['LaunchTemplateData']
    out['template'][tags(l)['mlinfra-stage']] = {
        'name': name(l['LaunchTemplateName']), 'image': image(d['ImageId']), 'tags': tags(l),
        'metadata': d['MetadataOptions']['HttpTokens'], 'default': v['DefaultVersion'],
        'security': [ids[i] for i in d['SecurityGroupIds']], 'user_data': d.get('UserData', ''),
        'disks': [b['Ebs'] for b in d['BlockDeviceMappings']]}
for p in ec2.describe_placement_groups()['PlacementGroups']:
    out['placement'][tags(p)['mlinfra-stage']] = [name(p['GroupName']), p['Strategy'], tags(p)]
print(json.dumps(out))
";

/// What a stage runs on.
struct Pool {
    stage: &'static str,
    instance_type: &'static str,
    image: &'static str,
    disk: u32,
}

const POOLS: [Pool; 3] = [
    Pool {
        stage: "prepare",
        instance_type: "m5a.8xlarge",
        image: "Amazon Linux 2023",
        disk: 100,
    },
    Pool {
        stage: "train",
        instance_type: "g5.2xlarge",
        image: "for GPUs",
        disk: 200,
    },
    Pool {
        stage: "serve",
        instance_type: "g4dn.xlarge",
        image: "for GPUs",
        disk: 200,
    },
];

impl Pool {
    fn name(&self) -> String {
        format!("aws-training-{}-#", self.stage)
    }

    fn tags(&self) -> Value {
        json!({
            "Name": self.name(), "mlinfra:name": self.name(), "mlinfra:owner": "aws-training",
            "mlinfra:op": 64, "env": "prod", "mlinfra-stage": self.stage,
        })
    }

    /// One node of so many that came together.
    fn node(&self, together: u32, market: &str, group: &str) -> Value {
        let mut tags = self.tags();
        tags["mlinfra:count"] = together.to_string().into();
        json!({
            "type": self.instance_type, "zone": "use1-az1", "market": market, "state": "running",
            "group": group, "image": self.image, "metadata": "required", "together": together,
            "security": [self.name()], "disks": [[self.disk, "gp3", true]], "tags": tags,
        })
    }

    fn security_group(&self) -> Value {
        let rules = json!([["-1", null, [], [true]]]);
        json!({"name": self.name(), "rules": rules, "tags": self.tags()})
    }

    fn template(&self) -> Value {
        let disk = json!({
            "Encrypted": true, "DeleteOnTermination": true, "VolumeSize": self.disk,
            "VolumeType": "gp3",
        });
        json!({
            "name": self.name(), "image": self.image, "tags": self.tags(), "metadata": "required",
            "default": true, "security": [self.name()], "user_data": "", "disks": [disk],
        })
    }
}

#[test]
fn what_is_applied_is_there_as_planned_and_is_gone_when_destroyed() {
    let Some(moto) = Moto::shared() else { return };
    let project = Project::new(&moto, TRAINING);
    project.applied();
    project.has_nothing_to_do();
    let inventory = is_as_known(&moto, &project, 9);
    assert_eq!(inventory.count("nodes"), 6);
    let there = moto.boto3(ATTRIBUTES);
    let [prepare, train, serve] = &POOLS;
    let nodes = json!({
        "prepare": [prepare.node(1, "on-demand", "")],
        "train": vec![train.node(4, "spot", &train.name()); 4],
        "serve": vec![serve.node(1, "on-demand", ""); 4],
    });
    assert_eq!(there["nodes"], nodes, "{there:#}");
    for pool in &POOLS {
        assert_eq!(there["security"][pool.stage], pool.security_group());
        assert_eq!(there["template"][pool.stage], pool.template());
    }
    let group = json!({"train": [train.name(), "cluster", train.tags()]});
    assert_eq!(there["placement"], group);
    project.destroyed();
    is_empty(&moto);
    assert_eq!(Inventory::of(&moto).ever, 9, "nothing was made on the way");
}
