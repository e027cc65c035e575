//! `examples/aws-training` from the first apply to the last object.

use serde_json::{Value, json};

use crate::inventory::{Inventory, is_as_known, is_empty};
use crate::moto::Moto;
use crate::program::{Project, TRAINING};

/// Attributes of all objects, of each stage.
const ATTRIBUTES: &str = r"
import base64
tags = lambda o: {t['Key']: t['Value'] for t in o.get('Tags', []) if not t['Key'].startswith('aws:')}
zones = {z['ZoneName']: z['ZoneId'] for z in ec2.describe_availability_zones()['AvailabilityZones']}
names = {i['ImageId']: i['Name'] for i in ec2.describe_images()['Images']}
groups = [g for g in ec2.describe_security_groups()['SecurityGroups'] if g['GroupName'] != 'default']
ids = {g['GroupId']: g['GroupName'] for g in groups}
templates = ec2.describe_launch_templates()['LaunchTemplates']
placement = ec2.describe_placement_groups()['PlacementGroups']
volumes = {v['VolumeId']: v for v in ec2.describe_volumes()['Volumes']}
out = {'nodes': {}, 'security': {}, 'template': {}, 'placement': {}}
for r in ec2.describe_instances()['Reservations']:
    for i in r['Instances']:
        t = tags(i)
        disks = [volumes[d['Ebs']['VolumeId']] for d in i['BlockDeviceMappings']]
        out['nodes'].setdefault(t['mlinfra-stage'], []).append({
            'type': i['InstanceType'], 'zone': zones[i['Placement']['AvailabilityZone']],
            'market': i.get('InstanceLifecycle', 'on-demand'), 'state': i['State']['Name'],
            'group': i['Placement'].get('GroupName', ''), 'image': names[i['ImageId']],
            'metadata': i['MetadataOptions']['HttpTokens'], 'template': t['aws:x'] if 'aws:x' in t else '',
            'security': [ids[g['GroupId']] for g in i['SecurityGroups']],
            'disks': [[d['Size'], d['VolumeType'], d['Encrypted']] for d in disks],
            'owner': t.pop('mlinfra:owner').split('/')[0], 'op': len(t.pop('mlinfra:op')), 'tags': t,
            'together': len(r['Instances'])})
for g in groups:
    rules = [[p['IpProtocol'], p.get('FromPort'), [i['CidrIp'] for i in p['IpRanges']],
              [u['GroupId'] == g['GroupId'] for u in p['UserIdGroupPairs']]] for p in g['IpPermissions']]
    t = tags(g)
    out['security'][t['mlinfra-stage']] = {'name': g['GroupName'], 'rules': rules, 'env': t['env']}
for l in templates:
    v, = ec2.describe_launch_template_versions(LaunchTemplateId=l['LaunchTemplateId'])['LaunchTemplateVersions']
    d = v['LaunchTemplateData']
    out['template'][tags(l)['mlinfra-stage']] = {
        'name': l['LaunchTemplateName'], 'image': names[d['ImageId']], 'metadata': d['MetadataOptions']['HttpTokens'],
        'security': [ids[i] for i in d['SecurityGroupIds']], 'disks': [b['Ebs'] for b in d['BlockDeviceMappings']],
        'default': v['DefaultVersion'], 'user_data': d.get('UserData', '')}
for p in placement:
    out['placement'][tags(p)['mlinfra-stage']] = [p['GroupName'], p['Strategy']]
print(json.dumps(out))
";

#[test]
fn what_is_applied_is_there_as_planned_and_is_gone_when_destroyed() {
    let Some(moto) = Moto::shared() else { return };
    let project = Project::new(&moto, TRAINING);
    project.applied();
    project.has_nothing_to_do();
    let inventory = is_as_known(&moto, &project, 9);
    assert_eq!(inventory.count("nodes"), 6);
    let there = moto.boto3(ATTRIBUTES);
    println!("{there:#}");
    project.destroyed();
    is_empty(&moto);
    assert_eq!(Inventory::of(&moto).ever, 9);
}
