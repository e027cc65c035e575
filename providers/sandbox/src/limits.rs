//! Quotas of the account and capacity of the zones. A gang is counted whole.

use mlinfra_provider_api::{Attributes, Condition, Desired, ProviderError, ProviderErrorKind};
use serde_json::Value;

use crate::cloud::{Cloud, Millis, Record};
use crate::kinds::{NODES, invalid};
use crate::script::{Capacity, Quota, Script};

/// Whether there may be and is so much more.
///
/// # Errors
///
/// `Invalid` for a zone or type that there isn't, `Quota`, then `Capacity`.
pub(crate) fn check(
    cloud: &Cloud,
    script: &Script,
    want: &Desired,
    now: Millis,
) -> Result<(), ProviderError> {
    let text = |name: &str| want.attributes.get(name).and_then(Value::as_str);
    let zone = text("zone").unwrap_or_default();
    if let (Some(zones), Some(zone)) = (script.zones.get(&want.scope), text("zone"))
        && !zones.iter().any(|known| known == zone)
    {
        let message = format!("there is no zone `{zone}` in `{}`", want.scope);
        return Err(invalid("zone", message));
    }
    if let Some(name) = text("instance_type")
        && !script.instance_types.is_empty()
        && !script.instance_types.contains_key(name)
    {
        let message = format!("there is no instance type `{name}`");
        return Err(invalid("instance_type", message));
    }
    let live: Vec<&Record> = live(cloud, now).collect();
    let more = amount(want.kind.as_str(), &want.attributes);
    for quota in &script.quotas {
        if applies(quota, want.kind.as_str(), &want.scope, &want.attributes) {
            within_quota(quota, &live, more)?;
        }
    }
    if want.kind.as_str() == NODES {
        for capacity in &script.capacity {
            if supplies(capacity, &want.attributes) {
                within_capacity(capacity, &live, more, zone)?;
            }
        }
    }
    Ok(())
}

/// The objects that take up something: all but those that broke.
fn live(cloud: &Cloud, now: Millis) -> impl Iterator<Item = &Record> {
    let present = cloud.present(now).map(|(_, object)| object);
    present.filter(move |object| !matches!(object.condition(now), Condition::Failed { .. }))
}

/// Of nodes their number, of anything else one.
fn amount(kind: &str, attributes: &Attributes) -> u64 {
    let count = attributes.get("count").and_then(Value::as_u64);
    if kind == NODES { count.unwrap_or(1) } else { 1 }
}

fn is(wanted: Option<&str>, attributes: &Attributes, name: &str) -> bool {
    let value = attributes.get(name).and_then(Value::as_str);
    wanted.is_none_or(|wanted| Some(wanted) == value)
}

fn applies(quota: &Quota, kind: &str, region: &str, attributes: &Attributes) -> bool {
    quota.kind.as_str() == kind
        && quota.region.as_deref().is_none_or(|r| r == region)
        && is(quota.instance_type.as_deref(), attributes, "instance_type")
        && is(quota.capacity_type.as_deref(), attributes, "capacity_type")
}

fn supplies(capacity: &Capacity, attributes: &Attributes) -> bool {
    is(Some(&capacity.zone), attributes, "zone")
        && is(
            capacity.instance_type.as_deref(),
            attributes,
            "instance_type",
        )
        && is(
            capacity.capacity_type.as_deref(),
            attributes,
            "capacity_type",
        )
}

fn used(live: &[&Record], counts: impl Fn(&Record) -> bool) -> u64 {
    let counted = live.iter().filter(|object| counts(object));
    counted.fold(0, |sum, object| {
        sum.saturating_add(amount(object.kind.as_str(), &object.attributes))
    })
}

fn within_quota(quota: &Quota, live: &[&Record], more: u64) -> Result<(), ProviderError> {
    let used = used(live, |o| {
        applies(quota, o.kind.as_str(), &o.scope, &o.attributes)
    });
    if used.saturating_add(more) <= quota.limit {
        return Ok(());
    }
    let (name, limit) = (&quota.name, quota.limit);
    let message = format!("quota `{name}` is {limit}, {used} are in use and {more} more are asked");
    let kind = ProviderErrorKind::Quota {
        name: name.clone(),
        limit: Some(limit),
        used: Some(used),
    };
    Err(ProviderError::new(kind, message).code("QuotaExceeded"))
}

fn within_capacity(
    capacity: &Capacity,
    live: &[&Record],
    more: u64,
    zone: &str,
) -> Result<(), ProviderError> {
    let used = used(live, |o| {
        o.kind.as_str() == NODES && supplies(capacity, &o.attributes)
    });
    if used.saturating_add(more) <= capacity.nodes {
        return Ok(());
    }
    let left = capacity.nodes.saturating_sub(used);
    let message = format!("zone `{zone}` has {left} such nodes left and {more} are asked");
    let scope = zone.to_owned();
    Err(
        ProviderError::new(ProviderErrorKind::Capacity { scope }, message)
            .code("InsufficientCapacity"),
    )
}
