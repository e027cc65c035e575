//! Placement groups: how near to each other the nodes of a gang are.

use aws_sdk_ec2::types::{
    Filter, PlacementGroup, PlacementGroupState, PlacementStrategy, ResourceType,
};
use mlinfra_provider_api::{
    Attributes, Condition, Desired, Observed, OpKey, OwnerTag, ProviderError, Removal,
};

use crate::call::{Call, is_absence, removed};
use crate::client::Region;
use crate::ensure::Created;
use crate::kinds;
use crate::tags::{self, filter, filters};

/// All groups that pass; the call has no pages.
async fn describe(
    region: &Region,
    filters: Vec<Filter>,
) -> Result<Vec<PlacementGroup>, ProviderError> {
    let call = region.ec2.describe_placement_groups();
    let answer = call.set_filters(Some(filters)).send().await;
    let answer = answer.map_err(|e| Call::read("ec2:DescribePlacementGroups").failed(e))?;
    Ok(answer.placement_groups.unwrap_or_default())
}

fn observed(region: &Region, group: &PlacementGroup) -> Result<Option<Observed>, ProviderError> {
    let condition = match group.state() {
        Some(PlacementGroupState::Deleted) => return Ok(None),
        Some(PlacementGroupState::Pending) => Condition::Creating,
        Some(PlacementGroupState::Deleting) => Condition::Deleting,
        _ => Condition::Ready,
    };
    let marks = tags::marks(&tags::by_key(group.tags()));
    let strategy = group.strategy().map_or("", PlacementStrategy::as_str);
    let name = group.group_name().unwrap_or_default();
    Ok(Some(Observed {
        id: region.object("placement-group", group.group_id().unwrap_or_default())?,
        name: marks.name.unwrap_or_else(|| name.to_owned()),
        owner: marks.owner,
        op_key: marks.op_key,
        condition,
        attributes: Attributes::from([
            ("strategy".to_owned(), strategy.into()),
            ("labels".to_owned(), marks.labels),
        ]),
    }))
}

async fn find(region: &Region, id: &str) -> Result<Option<PlacementGroup>, ProviderError> {
    let answer = region
        .ec2
        .describe_placement_groups()
        .group_ids(id)
        .send()
        .await;
    let answer = answer.map_err(|e| Call::read("ec2:DescribePlacementGroups").failed(e));
    match answer {
        Ok(answer) => Ok(answer
            .placement_groups
            .and_then(|groups| groups.into_iter().next())),
        Err(error) if is_absence(&error, "InvalidPlacementGroup") => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) async fn read(region: &Region, id: &str) -> Result<Option<Observed>, ProviderError> {
    match find(region, id).await? {
        Some(group) => observed(region, &group),
        None => Ok(None),
    }
}

pub(crate) async fn list(
    region: &Region,
    owner: &OwnerTag,
    name: Option<&str>,
) -> Result<Vec<Observed>, ProviderError> {
    let groups = describe(region, filters(owner, name)).await?;
    let groups = groups
        .iter()
        .filter_map(|group| observed(region, group).transpose());
    groups.collect()
}

pub(crate) async fn create(
    region: &Region,
    key: &OpKey,
    want: &Desired,
) -> Result<Created, ProviderError> {
    let tags = tags::of(key, want);
    let strategy = kinds::text(&want.attributes, "strategy").unwrap_or("cluster");
    let create = region
        .ec2
        .create_placement_group()
        .group_name(&want.name)
        .strategy(PlacementStrategy::from(strategy))
        .tag_specifications(tags::specification(ResourceType::PlacementGroup, &tags));
    let made = match create.send().await {
        Ok(made) => made,
        Err(error) => {
            let error = Call::change("ec2:CreatePlacementGroup").failed(error);
            if error.code.as_deref() != Some("InvalidPlacementGroup.Duplicate") {
                return Err(error);
            }
            let groups = describe(region, vec![filter("group-name", &want.name)]).await?;
            let group = groups.first().map(|group| observed(region, group));
            return Ok(Created::NameTaken(group.transpose()?.flatten()));
        }
    };
    let group = made.placement_group().map(|group| observed(region, group));
    match group.transpose()?.flatten() {
        Some(group) => Ok(Created::New(group)),
        None => Err(kinds::conflict(format!("`{}` isn't there yet", want.name))),
    }
}

/// It is deleted by its name, which the identifier has to be looked up for.
pub(crate) async fn remove(region: &Region, id: &str) -> Result<Removal, ProviderError> {
    let group = match find(region, id).await? {
        None => return Ok(Removal::Gone),
        Some(group) => match group.state() {
            Some(PlacementGroupState::Deleting) => return Ok(Removal::Requested),
            Some(PlacementGroupState::Deleted) => return Ok(Removal::Gone),
            _ => group,
        },
    };
    let delete = region.ec2.delete_placement_group();
    let delete = delete.group_name(group.group_name().unwrap_or_default());
    let done = delete.send().await;
    let done = done.map_err(|error| Call::change("ec2:DeletePlacementGroup").failed(error));
    removed(done.map(drop), "InvalidPlacementGroup")
}
