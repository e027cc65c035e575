//! What the operations do to a cloud. Nothing here reads a clock or a file.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use mlinfra_provider_api::{
    Attributes, Condition, Desired, Manifest, ObjectId, Observed, OpKey, OwnerTag, ProviderError,
    ProviderErrorKind, Removal,
};
use serde_json::{Value, json};

use crate::cloud::{Breakage, Cloud, Millis, Record, Use};
use crate::kinds::{self, NODES, invalid};
use crate::limits;
use crate::script::Script;

/// What an operation needs to know beside the cloud.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World<'w> {
    pub(crate) manifest: &'w Manifest,
    pub(crate) script: &'w Script,
    pub(crate) now: Millis,
}

/// Creates an object or changes the one of that name.
///
/// A key that was used already changes nothing and gives what came of it, as it is now. Where that
/// is gone it is shown as being deleted, for ever, as EC2 shows the terminated instance of a client
/// token.
pub(crate) fn ensure(
    cloud: &mut Cloud,
    world: World<'_>,
    key: &OpKey,
    want: &Desired,
    breaks: Option<Breakage>,
) -> Result<Observed, ProviderError> {
    if let Some(used) = cloud.keys.get(key) {
        return repeated(cloud, used, want, world.now);
    }
    kinds::check(want)?;
    check_references(cloud, want, world.now)?;
    let id = match cloud.named(want, world.now) {
        Some(id) => change(cloud, world, id, want)?,
        None => create(cloud, world, key, want, breaks)?,
    };
    let used = Use {
        object: id.clone(),
        want: want.clone(),
    };
    cloud.keys.insert(*key, used);
    let object = cloud.objects.get(&id);
    let object = object.ok_or_else(|| damaged(&id))?;
    Ok(object.observed(&id, world.now))
}

fn repeated(
    cloud: &Cloud,
    used: &Use,
    want: &Desired,
    now: Millis,
) -> Result<Observed, ProviderError> {
    if used.want != *want {
        let message = "the key was used for something else";
        return Err(invalid("", message).code("IdempotentParameterMismatch"));
    }
    let object = cloud.objects.get(&used.object);
    let object = object.ok_or_else(|| damaged(&used.object))?;
    Ok(object.observed(&used.object, now))
}

/// Somebody took an object out of the file by hand.
fn damaged(id: &str) -> ProviderError {
    invalid("", format!("the sandbox's file lacks the object `{id}`"))
}

fn check_references(cloud: &Cloud, want: &Desired, now: Millis) -> Result<(), ProviderError> {
    for (attribute, kind, id) in kinds::references(&want.kind, &want.attributes) {
        let there = cloud.objects.get(id).is_some_and(|object| {
            let usable = object.gone_at_ms.is_none() && !object.is_gone(now);
            usable && object.kind.as_str() == kind && object.scope == want.scope
        });
        if !there {
            let message = format!("there is no {kind} `{id}` in `{}`", want.scope);
            return Err(invalid(attribute, message));
        }
    }
    Ok(())
}

fn create(
    cloud: &mut Cloud,
    world: World<'_>,
    key: &OpKey,
    want: &Desired,
    breaks: Option<Breakage>,
) -> Result<String, ProviderError> {
    limits::check(cloud, world.script, want, world.now)?;
    let latency = world.script.latency.get(&want.kind);
    let latency = latency.copied().unwrap_or_default();
    let id = format!("{}-{:06}", want.kind, cloud.next_number());
    let object = Record {
        kind: want.kind.clone(),
        scope: want.scope.clone(),
        name: want.name.clone(),
        owner: Some(want.owner.clone()),
        op_key: *key,
        attributes: want.attributes.clone(),
        computed: computed(cloud, world, want),
        ready_at_ms: world.now.saturating_add(latency.create_ms),
        breaks,
        gone_at_ms: None,
    };
    cloud.objects.insert(id.clone(), object);
    Ok(id)
}

/// What the cloud adds to a new object.
fn computed(cloud: &mut Cloud, world: World<'_>, want: &Desired) -> Attributes {
    let mut computed = Attributes::from([("created_at_ms".to_owned(), json!(world.now))]);
    if want.kind.as_str() == "launch-template" {
        computed.insert("version".to_owned(), json!(1));
    }
    if want.kind.as_str() != NODES {
        return computed;
    }
    let count = want.attributes.get("count").and_then(Value::as_u64);
    let numbers: Vec<u64> = (0..count.unwrap_or(1))
        .map(|_| cloud.next_number())
        .collect();
    let ids: Vec<String> = numbers.iter().map(|n| format!("node-{n:06}")).collect();
    let addresses: Vec<String> = numbers.iter().map(|n| address(*n)).collect();
    computed.insert("node_ids".to_owned(), json!(ids));
    computed.insert("addresses".to_owned(), json!(addresses));
    let name = want.attributes.get("instance_type").and_then(Value::as_str);
    if let Some(shape) = name.and_then(|name| world.script.instance_types.get(name)) {
        computed.insert("gpu".to_owned(), json!(shape.gpu));
        computed.insert("gpus".to_owned(), json!(shape.gpus));
        computed.insert("gpu_memory_mib".to_owned(), json!(shape.gpu_memory_mib));
    }
    computed
}

/// An address in 10.0.0.0/8.
fn address(number: u64) -> String {
    let [.., b, c, d] = number.to_be_bytes();
    Ipv4Addr::new(10, b, c, d).to_string()
}

fn change(
    cloud: &mut Cloud,
    world: World<'_>,
    id: String,
    want: &Desired,
) -> Result<String, ProviderError> {
    let object = cloud.objects.get_mut(&id).ok_or_else(|| damaged(&id))?;
    if object.owner.as_ref() != Some(&want.owner) {
        let message = format!("`{}` is somebody else's", want.name);
        return Err(conflict(message).code("NameTaken"));
    }
    if object.gone_at_ms.is_some() {
        let message = format!("the `{}` before is still being deleted", want.name);
        return Err(conflict(message).code("BeingDeleted"));
    }
    let fixed = world
        .manifest
        .replaced_by(&want.kind, &want.attributes, &object.attributes);
    if let Some(attribute) = fixed.first() {
        let message = format!("`{attribute}` of `{}` can't be changed", want.name);
        return Err(invalid(attribute, message));
    }
    let size = |attributes: &Attributes| attributes.get("size_gib").and_then(Value::as_u64);
    if size(&want.attributes) < size(&object.attributes) {
        return Err(invalid("size_gib", "a volume can't shrink"));
    }
    let before = object.attributes.clone();
    object.attributes.extend(want.attributes.clone());
    // Labels are the template's own and no part of what is made from it.
    let contents =
        |(name, value): (&String, &Value)| name == "labels" || before.get(name) == Some(value);
    if !object.attributes.iter().all(contents)
        && let Some(version) = object.computed.get_mut("version")
    {
        *version = json!(version.as_u64().unwrap_or(0).saturating_add(1));
    }
    Ok(id)
}

fn conflict(message: String) -> ProviderError {
    ProviderError::new(ProviderErrorKind::Conflict, message)
}

/// Requests deletion. Identifiers are never given twice, so that doing it again does no harm.
pub(crate) fn remove(
    cloud: &mut Cloud,
    world: World<'_>,
    id: &ObjectId,
) -> Result<Removal, ProviderError> {
    let users: BTreeSet<&str> = cloud
        .present(world.now)
        .filter(|(_, o)| {
            let mut uses = kinds::references(&o.kind, &o.attributes).into_iter();
            uses.any(|(_, _, used)| used == id.id)
        })
        .map(|(_, o)| &*o.name)
        .collect();
    let first = users.first().map(|&name| name.to_owned());
    let Some(object) = cloud.find_mut(id, world.now) else {
        return Ok(Removal::Gone);
    };
    if object.condition(world.now) == Condition::Deleting {
        return Ok(Removal::Requested);
    }
    if let Some(name) = first {
        let message = format!("`{}` is in use by `{name}`", object.name);
        return Err(conflict(message).code("DependencyViolation"));
    }
    let latency = world.script.latency.get(&id.kind);
    let latency = latency.copied().unwrap_or_default().remove_ms;
    object.gone_at_ms = Some(world.now.saturating_add(latency));
    Ok(if latency == 0 {
        Removal::Gone
    } else {
        Removal::Requested
    })
}

/// Gives an object that something else made an owner and a name.
pub(crate) fn adopt(
    cloud: &mut Cloud,
    world: World<'_>,
    id: &ObjectId,
    (owner, name): (&OwnerTag, &str),
) -> Result<Observed, ProviderError> {
    let namesake = cloud.present(world.now).any(|(other, object)| {
        let same_place = object.kind == id.kind && object.scope == id.scope;
        same_place && object.name == name && other != id.id
    });
    if namesake {
        return Err(conflict(format!("`{name}` is another object's name")).code("NameTaken"));
    }
    let Some(object) = cloud.find_mut(id, world.now) else {
        return Err(invalid("id", format!("there is no {id}")));
    };
    match &object.owner {
        Some(other) if other != owner => {
            let message = format!("`{}` is somebody else's: {other}", object.name);
            return Err(conflict(message).code("OwnerTaken"));
        }
        _ => {}
    }
    object.owner = Some(owner.clone());
    name.clone_into(&mut object.name);
    Ok(object.observed(&id.id, world.now))
}
