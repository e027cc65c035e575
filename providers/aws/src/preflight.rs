//! What a plan would fail at: permissions, by calls that EC2 only judges, and quotas.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{InstanceType, LaunchTemplateVersion, PlacementStrategy, VolumeType};
use mlinfra_provider_api::{
    Desired, Obstacle, Preflight, ProviderError, ProviderErrorKind, Reply, Response,
};

use crate::aws::Aws;
use crate::call::Call;
use crate::client::Region;
use crate::kinds::{Kind, number, text};
use crate::quotas;

impl Preflight for Aws {
    fn obstacles<'a>(&'a self, wants: &'a [Desired]) -> Reply<'a, Vec<Obstacle>> {
        Box::pin(async move {
            let mut by_region: BTreeMap<&str, Vec<&Desired>> = BTreeMap::new();
            for want in wants {
                by_region.entry(&want.scope).or_default().push(want);
            }
            let mut all = Vec::new();
            for (name, wants) in by_region {
                all.extend(obstacles(&*self.region(name)?, &wants).await?);
            }
            Ok(all)
        })
    }
}

async fn obstacles(region: &Region, wants: &[&Desired]) -> Result<Vec<Obstacle>, ProviderError> {
    let mut all = Vec::new();
    for want in wants {
        match judged(region, Kind::of(&want.kind)?, want, wants).await {
            Ok(()) => {}
            // What can't be said now isn't an obstacle, nor is a name that is there already: the
            // call that counts will find out whose it is.
            Err(error) if error.kind == ProviderErrorKind::Conflict => {}
            Err(error) if error.kind.response() == Response::Retry => return Err(error),
            Err(error) => all.push(Obstacle {
                object: Some(want.name.clone()),
                error,
            }),
        }
    }
    let is_gang = |want: &&&Desired| Kind::of(&want.kind) == Ok(Kind::Nodes);
    let gangs: Vec<&Desired> = wants.iter().filter(is_gang).copied().collect();
    all.extend(quotas::obstacles(region, &gangs).await?);
    Ok(all)
}

/// What EC2 says of the call that makes it, without making it.
async fn judged(
    region: &Region,
    kind: Kind,
    want: &Desired,
    wants: &[&Desired],
) -> Result<(), ProviderError> {
    let refused = match kind {
        Kind::SecurityGroup => security_group(region, want).await,
        Kind::PlacementGroup => placement_group(region, want).await,
        Kind::LaunchTemplate => launch_template(region, want).await?,
        Kind::Volume => volume(region, want).await?,
        Kind::Nodes => nodes(region, want, wants).await?,
    };
    match refused {
        Err(error) if error.code.as_deref() != Some("DryRunOperation") => Err(error),
        _ => Ok(()),
    }
}

type Judged = Result<(), ProviderError>;

async fn security_group(region: &Region, want: &Desired) -> Judged {
    let vpc = text(&want.attributes, "vpc").map(str::to_owned);
    let create = region.ec2.create_security_group().dry_run(true);
    let create = create
        .group_name(&want.name)
        .description("mlinfra")
        .set_vpc_id(vpc);
    let answer = create.send().await;
    answer
        .map(drop)
        .map_err(|e| Call::read("ec2:CreateSecurityGroup").failed(e))
}

async fn placement_group(region: &Region, want: &Desired) -> Judged {
    let create = region.ec2.create_placement_group().dry_run(true);
    let create = create
        .group_name(&want.name)
        .strategy(PlacementStrategy::Cluster);
    let answer = create.send().await;
    answer
        .map(drop)
        .map_err(|e| Call::read("ec2:CreatePlacementGroup").failed(e))
}

/// With its image alone: what else is in it may be of other objects.
async fn launch_template(region: &Region, want: &Desired) -> Result<Judged, ProviderError> {
    let image = text(&want.attributes, "image").unwrap_or_default();
    let image = region.image(image).await?.id;
    let data = aws_sdk_ec2::types::RequestLaunchTemplateData::builder().image_id(image);
    let create = region.ec2.create_launch_template().dry_run(true);
    let create = create
        .launch_template_name(&want.name)
        .launch_template_data(data.build());
    let answer = create.send().await;
    Ok(answer
        .map(drop)
        .map_err(|e| Call::read("ec2:CreateLaunchTemplate").failed(e)))
}

async fn volume(region: &Region, want: &Desired) -> Result<Judged, ProviderError> {
    let zone = text(&want.attributes, "zone").unwrap_or_default();
    let create = region
        .ec2
        .create_volume()
        .dry_run(true)
        .availability_zone(region.zone_name(zone).await?)
        .size(number(&want.attributes, "size_gib"))
        .volume_type(VolumeType::from(
            text(&want.attributes, "type").unwrap_or("gp3"),
        ));
    let answer = create.send().await;
    Ok(answer
        .map(drop)
        .map_err(|e| Call::read("ec2:CreateVolume").failed(e)))
}

/// With an image of the plan's templates in the region: the template itself isn't there yet.
async fn nodes(
    region: &Region,
    want: &Desired,
    wants: &[&Desired],
) -> Result<Judged, ProviderError> {
    let name = text(&want.attributes, "instance_type").unwrap_or_default();
    region.shape(name).await?;
    let zone = text(&want.attributes, "zone");
    let zone_name = match zone {
        Some(zone) => Some(region.zone_name(zone).await?),
        None => None,
    };
    let Some(image) = image(region, want, wants).await? else {
        return Ok(Ok(()));
    };
    let placement = aws_sdk_ec2::types::Placement::builder().set_availability_zone(zone_name);
    let count = number(&want.attributes, "count");
    let run = region
        .ec2
        .run_instances()
        .dry_run(true)
        .image_id(image)
        .instance_type(InstanceType::from(name))
        .placement(placement.build())
        .min_count(count)
        .max_count(count);
    let call = Call::read("ec2:RunInstances").at(zone.unwrap_or(&region.name));
    let judged = run
        .send()
        .await
        .map(drop)
        .map_err(|error| call.failed(error));
    // The image may be another gang's, for other processors.
    let attribute = String::new();
    let unclear = ProviderErrorKind::Invalid { attribute };
    Ok(judged.or_else(|error| {
        if error.kind == unclear {
            Ok(())
        } else {
            Err(error)
        }
    }))
}

/// The image of the gang's template if that is there, else of one that is to be made; `None` if it
/// can't be told.
async fn image(
    region: &Region,
    want: &Desired,
    wants: &[&Desired],
) -> Result<Option<String>, ProviderError> {
    let template = text(&want.attributes, "launch_template").filter(|id| id.starts_with("lt-"));
    if let Some(id) = template {
        let ask = region.ec2.describe_launch_template_versions();
        let answer = ask.launch_template_id(id).versions("$Default").send().await;
        let call = Call::read("ec2:DescribeLaunchTemplateVersions");
        let answer = answer.map_err(|error| call.failed(error))?;
        let data = answer.launch_template_versions().first();
        let data = data.and_then(LaunchTemplateVersion::launch_template_data);
        return Ok(data.and_then(|data| data.image_id()).map(str::to_owned));
    }
    let templates = wants
        .iter()
        .filter_map(|want| text(&want.attributes, "image"));
    for text in templates {
        // One that isn't there is an obstacle of its template's.
        if let Ok(found) = region.image(text).await {
            return Ok(Some(found.id));
        }
    }
    Ok(None)
}
