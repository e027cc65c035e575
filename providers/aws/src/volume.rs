//! Volumes: disks that outlive the nodes.

use aws_sdk_ec2::types::{
    Filter, ResourceType, Volume, VolumeModificationState, VolumeState, VolumeType,
};
use mlinfra_provider_api::{
    Attributes, Condition, Desired, Observed, OpKey, OwnerTag, ProviderError, Removal,
};
use serde_json::Value;

use crate::call::{Call, removed};
use crate::client::Region;
use crate::ensure::Created;
use crate::kinds::{self, invalid};
use crate::tags::{self, filter, filters};

async fn describe(region: &Region, filters: Vec<Filter>) -> Result<Vec<Observed>, ProviderError> {
    let call = Call::read("ec2:DescribeVolumes");
    let pages = region.ec2.describe_volumes().set_filters(Some(filters));
    let mut pages = pages.into_paginator().send();
    let mut volumes = Vec::new();
    while let Some(page) = pages.next().await {
        let mut page = page.map_err(|error| call.failed(error))?;
        volumes.extend(page.volumes.take().unwrap_or_default());
    }
    let mut all = Vec::new();
    for volume in &volumes {
        all.extend(observed(region, volume).await?);
    }
    growing(region, &mut all).await?;
    Ok(all)
}

async fn observed(region: &Region, volume: &Volume) -> Result<Option<Observed>, ProviderError> {
    let condition = match volume.state() {
        Some(VolumeState::Deleted) => return Ok(None),
        Some(VolumeState::Creating) => Condition::Creating,
        Some(VolumeState::Deleting) => Condition::Deleting,
        Some(VolumeState::Error) => Condition::Failed {
            reason: "EC2 says that the volume is in error".to_owned(),
        },
        _ => Condition::Ready,
    };
    let marks = tags::marks(&tags::by_key(volume.tags()));
    let id = volume.volume_id().unwrap_or_default();
    let zone = region
        .zone_id(volume.availability_zone().unwrap_or_default())
        .await?;
    let kind = volume.volume_type().map_or("", VolumeType::as_str);
    Ok(Some(Observed {
        id: region.object("volume", id)?,
        name: marks.name.unwrap_or_else(|| id.to_owned()),
        owner: marks.owner,
        op_key: marks.op_key,
        condition,
        attributes: Attributes::from([
            ("zone".to_owned(), zone.into()),
            ("size_gib".to_owned(), volume.size().into()),
            ("type".to_owned(), kind.into()),
            ("encrypted".to_owned(), volume.encrypted().into()),
            ("labels".to_owned(), marks.labels),
        ]),
    }))
}

/// Volumes that are being changed have their old size until the change is under way.
async fn growing(region: &Region, volumes: &mut [Observed]) -> Result<(), ProviderError> {
    if volumes.is_empty() {
        return Ok(());
    }
    let call = Call::read("ec2:DescribeVolumesModifications");
    let state = VolumeModificationState::Modifying;
    let ask = region.ec2.describe_volumes_modifications();
    let ask = ask.filters(filter("modification-state", state.as_str()));
    let mut pages = ask.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| call.failed(error))?;
        let now = page.volumes_modifications().iter();
        for change in now.filter(|change| change.modification_state() == Some(&state)) {
            let id = change.volume_id();
            let growing = volumes.iter_mut().find(|v| Some(&*v.id.id) == id);
            if let Some(volume) = growing.filter(|v| v.condition == Condition::Ready) {
                volume.condition = Condition::Creating;
            }
        }
    }
    Ok(())
}

pub(crate) async fn read(region: &Region, id: &str) -> Result<Option<Observed>, ProviderError> {
    let volumes = describe(region, vec![filter("volume-id", id)]).await?;
    Ok(volumes.into_iter().next())
}

pub(crate) async fn list(
    region: &Region,
    owner: &OwnerTag,
    name: Option<&str>,
) -> Result<Vec<Observed>, ProviderError> {
    describe(region, filters(owner, name)).await
}

pub(crate) async fn create(
    region: &Region,
    key: &OpKey,
    want: &Desired,
) -> Result<Created, ProviderError> {
    let zone = kinds::text(&want.attributes, "zone").unwrap_or_default();
    let encrypted = want.attributes.get("encrypted").and_then(Value::as_bool);
    let tags = tags::of(key, want);
    let create = region
        .ec2
        .create_volume()
        .client_token(key.to_string())
        .availability_zone(region.zone_name(zone).await?)
        .size(kinds::number(&want.attributes, "size_gib"))
        .volume_type(kind(want))
        .encrypted(encrypted.unwrap_or(true))
        .tag_specifications(tags::specification(ResourceType::Volume, &tags));
    let made = create.send().await;
    let made = made.map_err(|e| Call::change("ec2:CreateVolume").at(zone).failed(e))?;
    Ok(Created::Id(made.volume_id().unwrap_or_default().to_owned()))
}

fn kind(want: &Desired) -> VolumeType {
    VolumeType::from(kinds::text(&want.attributes, "type").unwrap_or("gp3"))
}

pub(crate) async fn update(
    region: &Region,
    want: &Desired,
    there: &Observed,
) -> Result<(), ProviderError> {
    let size = kinds::number(&want.attributes, "size_gib");
    let has = kinds::number(&there.attributes, "size_gib");
    if size == has {
        return Ok(());
    }
    if size < has {
        return Err(invalid("size_gib", "a volume can't shrink"));
    }
    let grow = region
        .ec2
        .modify_volume()
        .volume_id(&there.id.id)
        .size(size);
    let done = grow.send().await;
    done.map_err(|error| Call::change("ec2:ModifyVolume").failed(error))?;
    Ok(())
}

pub(crate) async fn remove(region: &Region, id: &str) -> Result<Removal, ProviderError> {
    let done = region.ec2.delete_volume().volume_id(id).send().await;
    let done = done.map_err(|error| Call::change("ec2:DeleteVolume").failed(error));
    removed(done.map(drop), "InvalidVolume")
}
