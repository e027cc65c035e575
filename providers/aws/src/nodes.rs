//! Gangs as they are made: all nodes in one call, or none.

use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types::{
    InstanceInterruptionBehavior, InstanceMarketOptionsRequest, InstanceStateName, InstanceType,
    LaunchTemplateSpecification, MarketType, Placement, ResourceType, SpotInstanceType,
    SpotMarketOptions,
};
use mlinfra_provider_api::{Condition, Desired, Observed, OpKey, ProviderError, Removal};

use crate::call::Call;
use crate::client::Region;
use crate::ensure::{Created, promised};
use crate::gang;
use crate::kinds::{number, text};
use crate::tags;

pub(crate) async fn create(
    region: &Region,
    key: &OpKey,
    want: &Desired,
) -> Result<Created, ProviderError> {
    let zone = text(&want.attributes, "zone");
    let name = match zone {
        Some(zone) => Some(region.zone_name(zone).await?),
        None => None,
    };
    // Asked before, so that nothing can fail after the machines are there.
    region
        .shape(text(&want.attributes, "instance_type").unwrap_or_default())
        .await?;
    let call = Call::change("ec2:RunInstances").at(zone.unwrap_or(&region.name));
    let made = request(region, key, want, name).send().await;
    let made = made.map_err(|error| call.failed(error))?;
    let id = made.reservation_id.unwrap_or_default();
    let gang = gang::observed(region, &id, made.instances.unwrap_or_default()).await?;
    if let Some(gang) = gang {
        return Ok(Created::New(gang));
    }
    // The token's instances have ended: nothing was made now.
    let gone = promised(region.object("nodes", &id)?, key, want);
    Ok(Created::New(Observed {
        condition: Condition::Deleting,
        ..gone
    }))
}

fn request(
    region: &Region,
    key: &OpKey,
    want: &Desired,
    zone: Option<String>,
) -> RunInstancesFluentBuilder {
    let attributes = &want.attributes;
    let count = number(attributes, "count");
    let group = text(attributes, "placement_group").map(str::to_owned);
    let placement = Placement::builder()
        .set_availability_zone(zone)
        .set_group_id(group);
    let version = number(attributes, "launch_template_version").to_string();
    let template = LaunchTemplateSpecification::builder()
        .launch_template_id(text(attributes, "launch_template").unwrap_or_default())
        .version(version);
    let mut tags = tags::of(key, want);
    tags.extend(gang::size_tag(count));
    let is_spot = text(attributes, "capacity_type") == Some("spot");
    region
        .ec2
        .run_instances()
        .client_token(key.to_string())
        .min_count(count)
        .max_count(count)
        .instance_type(InstanceType::from(
            text(attributes, "instance_type").unwrap_or_default(),
        ))
        .launch_template(template.build())
        .placement(placement.build())
        .set_subnet_id(text(attributes, "subnet").map(str::to_owned))
        .set_instance_market_options(is_spot.then(spot))
        .tag_specifications(tags::specification(ResourceType::Instance, &tags))
}

/// Taken away when EC2 needs it, and then ended: what is stopped goes on being paid for.
fn spot() -> InstanceMarketOptionsRequest {
    let options = SpotMarketOptions::builder()
        .spot_instance_type(SpotInstanceType::OneTime)
        .instance_interruption_behavior(InstanceInterruptionBehavior::Terminate);
    let request = InstanceMarketOptionsRequest::builder().market_type(MarketType::Spot);
    request.spot_options(options.build()).build()
}

pub(crate) async fn remove(region: &Region, id: &str) -> Result<Removal, ProviderError> {
    let Some((_, instances)) = gang::find(region, id).await? else {
        return Ok(Removal::Gone);
    };
    let state = |i: &aws_sdk_ec2::types::Instance| i.state().and_then(|s| s.name()).cloned();
    let ended = Some(InstanceStateName::Terminated);
    let there: Vec<_> = instances.iter().filter(|i| state(i) != ended).collect();
    let going = Some(InstanceStateName::ShuttingDown);
    let stays = there.iter().filter(|i| state(i) != going);
    let ids: Vec<String> = stays.filter_map(|i| i.instance_id.clone()).collect();
    if there.is_empty() {
        return Ok(Removal::Gone);
    }
    if !ids.is_empty() {
        let end = region.ec2.terminate_instances().set_instance_ids(Some(ids));
        let done = end.send().await;
        done.map_err(|error| Call::change("ec2:TerminateInstances").failed(error))?;
    }
    Ok(Removal::Requested)
}
