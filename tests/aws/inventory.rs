//! What is in a region, as boto3 sees it, held against the state.

use serde_json::{Value, json};

use crate::moto::Moto;
use crate::program::Project;

/// Lists all that costs something or stands in somebody's way: each object with its kind and identifier.
/// Of reservations those that live, and how many instances there ever were.
const LIST: &str = r"
found, ever = [], 0
for page in ec2.get_paginator('describe_instances').paginate():
    for r in page['Reservations']:
        ever += len(r['Instances'])
        if any(i['State']['Name'] not in ('terminated', 'shutting-down') for i in r['Instances']):
            found.append(['nodes', r['ReservationId']])
for g in ec2.describe_security_groups()['SecurityGroups']:
    if g['GroupName'] != 'default':
        found.append(['security-group', g['GroupId']])
for t in ec2.describe_launch_templates()['LaunchTemplates']:
    found.append(['launch-template', t['LaunchTemplateId']])
for p in ec2.describe_placement_groups()['PlacementGroups']:
    found.append(['placement-group', p['GroupId']])
for v in ec2.describe_volumes()['Volumes']:
    if not v['Attachments']:
        found.append(['volume', v['VolumeId']])
print(json.dumps({'found': sorted(found), 'ever': ever}))
";

/// What is there, and how many instances there ever were.
#[derive(Debug)]
pub(crate) struct Inventory {
    pub found: Vec<(String, String)>,
    pub ever: u64,
}

impl Inventory {
    /// Asks boto3.
    pub(crate) fn of(moto: &Moto) -> Self {
        let mut listed = moto.boto3(LIST);
        Self {
            found: serde_json::from_value(listed["found"].take()).unwrap(),
            ever: listed["ever"].as_u64().unwrap(),
        }
    }

    /// How many there are of a kind.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.found.iter().filter(|(known, _)| known == kind).count()
    }
}

/// What the state says that there is, in the same order.
fn known(state: &Value) -> Vec<(String, String)> {
    let objects = state["objects"].as_object().unwrap().values();
    let deposed = state["deposed"].as_object();
    let deposed = deposed.into_iter().flat_map(|all| all.values());
    let deposed = deposed.flat_map(|list| list.as_array().unwrap());
    let mut known: Vec<(String, String)> = objects
        .chain(deposed)
        .map(|object| {
            let of = |key: &str| object["id"][key].as_str().unwrap().to_owned();
            (of("kind"), of("id"))
        })
        .collect();
    known.sort();
    known
}

/// Nothing is there that the state doesn't know, and the other way round; and the number of instances,
/// those that were ever begun included, is the one that was asked for.
#[track_caller]
pub(crate) fn is_as_known(moto: &Moto, project: &Project, instances: u64) -> Inventory {
    let inventory = Inventory::of(moto);
    let state = project.pulled();
    assert_eq!(inventory.found, known(&state), "{state:#}");
    assert_eq!(inventory.ever, instances);
    inventory
}

/// Nothing is left.
#[track_caller]
pub(crate) fn is_empty(moto: &Moto) {
    assert_eq!(json!(Inventory::of(moto).found), json!([]));
}
