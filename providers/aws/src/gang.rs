//! Gangs as they are read: the instances of one reservation, taken together.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, Instance, InstanceLifecycleType, InstanceStateName};
use mlinfra_provider_api::{Attributes, Condition, Observed, OwnerTag, ProviderError};
use serde_json::{Value, json};

use crate::call::{Call, is_absence};
use crate::client::Region;
use crate::tags::{self, Tags, filter, filters};

/// How many nodes the gang has when it is whole: those that are long gone leave no trace.
const SIZE: &str = "mlinfra:count";

/// Tags of EC2's own on what was made from a launch template.
const TEMPLATE: &str = "aws:ec2launchtemplate:id";
const TEMPLATE_VERSION: &str = "aws:ec2launchtemplate:version";

/// The tag that says how many there are.
pub(crate) fn size_tag(count: i32) -> Tags {
    Tags::from([(SIZE.to_owned(), count.to_string())])
}

/// Instances by reservation.
pub(crate) type Gangs = BTreeMap<String, Vec<Instance>>;

/// A reservation may be spread over pages.
pub(crate) async fn describe(
    region: &Region,
    filters: Vec<Filter>,
) -> Result<Gangs, ProviderError> {
    let call = Call::read("ec2:DescribeInstances");
    let pages = region.ec2.describe_instances().set_filters(Some(filters));
    let mut pages = pages.into_paginator().send();
    let mut gangs = Gangs::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| call.failed(error))?;
        for reservation in page.reservations.unwrap_or_default() {
            let id = reservation.reservation_id.unwrap_or_default();
            let instances = reservation.instances.unwrap_or_default();
            gangs.entry(id).or_default().extend(instances);
        }
    }
    Ok(gangs)
}

/// The instances of a reservation, or of the one that an instance is of.
pub(crate) async fn find(
    region: &Region,
    id: &str,
) -> Result<Option<(String, Vec<Instance>)>, ProviderError> {
    let id = if id.starts_with("i-") {
        let gangs = describe(region, vec![filter("instance-id", id)]).await;
        let gangs = match gangs {
            Err(error) if is_absence(&error, "InvalidInstanceID") => return Ok(None),
            gangs => gangs?,
        };
        match gangs.into_keys().next() {
            Some(reservation) => reservation,
            None => return Ok(None),
        }
    } else {
        id.to_owned()
    };
    let gangs = describe(region, vec![filter("reservation-id", &id)]).await?;
    Ok(gangs.into_iter().next())
}

pub(crate) async fn read(region: &Region, id: &str) -> Result<Option<Observed>, ProviderError> {
    match find(region, id).await? {
        Some((id, instances)) => observed(region, &id, instances).await,
        None => Ok(None),
    }
}

pub(crate) async fn list(
    region: &Region,
    owner: &OwnerTag,
    name: Option<&str>,
) -> Result<Vec<Observed>, ProviderError> {
    let mut all = Vec::new();
    for (id, instances) in describe(region, filters(owner, name)).await? {
        all.extend(observed(region, &id, instances).await?);
    }
    Ok(all)
}

/// The gang; `None` once all of its instances have ended.
pub(crate) async fn observed(
    region: &Region,
    id: &str,
    mut instances: Vec<Instance>,
) -> Result<Option<Observed>, ProviderError> {
    let order = |i: &Instance| (i.ami_launch_index(), i.instance_id().map(str::to_owned));
    instances.sort_by_key(order);
    let (alive, ended): (Vec<Instance>, Vec<Instance>) = instances
        .into_iter()
        .partition(|instance| state(instance) != &InstanceStateName::Terminated);
    let Some(first) = alive.first() else {
        return Ok(None);
    };
    let every: Vec<Tags> = alive.iter().map(|i| tags::by_key(i.tags())).collect();
    let marks = tags::marks(&every[0]);
    let mut attributes = shared(region, first, &every[0]).await?;
    let labels: Vec<Value> = every.iter().map(|tags| tags::marks(tags).labels).collect();
    attributes.insert("labels".to_owned(), agreed(&labels));
    attributes.insert("count".to_owned(), alive.len().into());
    let texts = |text: fn(&Instance) -> Option<&str>| -> Value {
        alive.iter().filter_map(text).collect::<Vec<_>>().into()
    };
    attributes.insert("node_ids".to_owned(), texts(Instance::instance_id));
    attributes.insert("addresses".to_owned(), texts(Instance::private_ip_address));
    let size = every[0].get(SIZE).and_then(|size| size.parse().ok());
    Ok(Some(Observed {
        id: region.object("nodes", id)?,
        name: marks.name.unwrap_or_else(|| id.to_owned()),
        owner: marks.owner,
        op_key: marks.op_key,
        condition: condition(&alive, &ended, size),
        attributes,
    }))
}

/// What all instances of one call have alike.
async fn shared(
    region: &Region,
    instance: &Instance,
    tags: &Tags,
) -> Result<Attributes, ProviderError> {
    let mut attributes = Attributes::new();
    let placement = instance.placement();
    let zone = placement.and_then(|placement| placement.availability_zone());
    let zone = region.zone_id(zone.unwrap_or_default()).await?;
    attributes.insert("zone".to_owned(), zone.into());
    let group = placement
        .and_then(|p| p.group_id())
        .filter(|id| !id.is_empty());
    attributes.extend(group.map(|id| ("placement_group".to_owned(), id.into())));
    let subnet = instance.subnet_id();
    attributes.extend(subnet.map(|id| ("subnet".to_owned(), id.into())));
    let capacity_type = match instance.instance_lifecycle() {
        Some(InstanceLifecycleType::Spot) => "spot",
        None => "on-demand",
        Some(_) => "reserved",
    };
    attributes.insert("capacity_type".to_owned(), capacity_type.into());
    let template = tags.get(TEMPLATE).map(|id| json!(id));
    attributes.extend(template.map(|id| ("launch_template".to_owned(), id)));
    let version = tags
        .get(TEMPLATE_VERSION)
        .and_then(|v| v.parse::<u64>().ok());
    let version = version.map(|v| ("launch_template_version".to_owned(), v.into()));
    attributes.extend(version);
    let name = instance.instance_type().map_or("", |name| name.as_str());
    attributes.insert("instance_type".to_owned(), name.into());
    let shape = region.shape(name).await?;
    attributes.insert("gpu".to_owned(), json!(shape.gpu));
    attributes.insert("gpus".to_owned(), shape.gpus.into());
    attributes.insert("gpu_memory_mib".to_owned(), shape.gpu_memory_mib.into());
    Ok(attributes)
}

/// The labels, if every node has the same; a label that differs has all of its values.
fn agreed(labels: &[Value]) -> Value {
    let keys = labels
        .iter()
        .filter_map(Value::as_object)
        .flatten()
        .map(|(key, _)| key);
    let value = |key: &String| {
        let mut values: Vec<&str> = Vec::new();
        for labels in labels {
            let value = labels.get(key).and_then(Value::as_str).unwrap_or("(none)");
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values.join(" | ")
    };
    let agreed: BTreeMap<String, String> = keys.map(|key| (key.clone(), value(key))).collect();
    json!(agreed)
}

fn state(instance: &Instance) -> &InstanceStateName {
    let state = instance.state().and_then(|state| state.name());
    state.unwrap_or(&InstanceStateName::Pending)
}

/// How far the gang is: all together, or not at all.
fn condition(alive: &[Instance], ended: &[Instance], size: Option<usize>) -> Condition {
    let going = |i: &Instance| state(i) == &InstanceStateName::ShuttingDown;
    if alive.iter().all(going) {
        return Condition::Deleting;
    }
    let stays = |i: &&Instance| {
        matches!(
            state(i),
            InstanceStateName::Pending | InstanceStateName::Running
        )
    };
    let mut lost = ended.iter().chain(alive.iter().filter(|i| !stays(i)));
    if let Some(lost) = lost.next() {
        return Condition::Failed { reason: why(lost) };
    }
    if let Some(size) = size.filter(|size| *size > alive.len()) {
        let gone = size.saturating_sub(alive.len());
        let reason = format!("{gone} of the {size} nodes are gone");
        return Condition::Failed { reason };
    }
    if alive
        .iter()
        .all(|i| state(i) == &InstanceStateName::Running)
    {
        Condition::Ready
    } else {
        Condition::Creating
    }
}

/// What became of a node.
fn why(instance: &Instance) -> String {
    let id = instance.instance_id().unwrap_or("a node");
    let state = state(instance).as_str();
    let reason = instance.state_reason();
    let reason = reason.and_then(|reason| reason.message().or(reason.code()));
    match reason.filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("{id} is {state}: {reason}"),
        None => format!("{id} is {state}"),
    }
}
