//! Launch templates: what every node of a pool is made from.

use aws_sdk_ec2::types::{Filter, LaunchTemplate, ResourceType};
use mlinfra_provider_api::{Condition, Desired, Observed, OpKey, OwnerTag, ProviderError, Removal};

use crate::call::{Call, is_absence, removed};
use crate::client::Region;
use crate::ensure::Created;
use crate::images::Found;
use crate::kinds;
use crate::tags::{self, filter, filters};
use crate::template;

const CODES: &str = "InvalidLaunchTemplate";

async fn describe(region: &Region, filters: Vec<Filter>) -> Result<Vec<Observed>, ProviderError> {
    let call = Call::read("ec2:DescribeLaunchTemplates");
    // As many as a page can have.
    let pages = region.ec2.describe_launch_templates().max_results(200);
    let mut pages = pages.set_filters(Some(filters)).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| call.failed(error))?;
        for template in page.launch_templates() {
            all.extend(observed(region, template).await?);
        }
    }
    Ok(all)
}

/// A template with the contents of its default version; `None` if it has just been deleted.
async fn observed(
    region: &Region,
    template: &LaunchTemplate,
) -> Result<Option<Observed>, ProviderError> {
    let id = template.launch_template_id().unwrap_or_default();
    let ask = region.ec2.describe_launch_template_versions();
    let answer = ask.launch_template_id(id).versions("$Default").send().await;
    let call = Call::read("ec2:DescribeLaunchTemplateVersions");
    let answer = match answer.map_err(|error| call.failed(error)) {
        Ok(answer) => answer,
        Err(error) if is_absence(&error, CODES) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(version) = answer.launch_template_versions().first() else {
        return Ok(None);
    };
    let marks = tags::marks(&tags::by_key(template.tags()));
    let name = template.launch_template_name().unwrap_or_default();
    let mut attributes = template::attributes(version);
    attributes.insert("labels".to_owned(), marks.labels);
    Ok(Some(Observed {
        id: region.object("launch-template", id)?,
        name: marks.name.unwrap_or_else(|| name.to_owned()),
        owner: marks.owner,
        op_key: marks.op_key,
        condition: Condition::Ready,
        attributes,
    }))
}

pub(crate) async fn read(region: &Region, id: &str) -> Result<Option<Observed>, ProviderError> {
    let ask = region
        .ec2
        .describe_launch_templates()
        .launch_template_ids(id);
    let answer = ask.send().await;
    let answer = answer.map_err(|e| Call::read("ec2:DescribeLaunchTemplates").failed(e));
    match answer {
        Ok(answer) => match answer.launch_templates().first() {
            Some(template) => observed(region, template).await,
            None => Ok(None),
        },
        Err(error) if is_absence(&error, CODES) => Ok(None),
        Err(error) => Err(error),
    }
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
    let image = kinds::text(&want.attributes, "image").unwrap_or_default();
    let data = template::request(&want.attributes, &region.image(image).await?)?;
    let tags = tags::of(key, want);
    let create = region
        .ec2
        .create_launch_template()
        .client_token(key.to_string())
        .launch_template_name(&want.name)
        .version_description(template::description(image)?)
        .launch_template_data(data)
        .tag_specifications(tags::specification(ResourceType::LaunchTemplate, &tags));
    let made = match create.send().await {
        Ok(made) => made,
        Err(error) => {
            let error = Call::change("ec2:CreateLaunchTemplate").failed(error);
            let code = error.code.as_deref().unwrap_or_default();
            if !code.starts_with("InvalidLaunchTemplateName.AlreadyExists") {
                return Err(error);
            }
            let named = vec![filter("launch-template-name", &want.name)];
            let there = describe(region, named).await?.into_iter().next();
            return Ok(Created::NameTaken(there));
        }
    };
    let made = made
        .launch_template()
        .and_then(LaunchTemplate::launch_template_id);
    Ok(Created::Id(made.unwrap_or_default().to_owned()))
}

/// A change of its contents is a new version, which new nodes are made from.
pub(crate) async fn update(
    region: &Region,
    key: &OpKey,
    want: &Desired,
    there: &Observed,
) -> Result<(), ProviderError> {
    let mut attributes = there.attributes.clone();
    attributes.extend(want.attributes.clone());
    let is_content = |name: &str| name != "labels";
    let mut contents = want.attributes.iter().filter(|(name, _)| is_content(name));
    if contents.all(|(name, value)| there.attributes.get(name) == Some(value)) {
        return Ok(());
    }
    let image = kinds::text(&attributes, "image").unwrap_or_default();
    let data = template::request(&attributes, &kept_or_found(region, image, there).await?)?;
    let id = &there.id.id;
    let create = region
        .ec2
        .create_launch_template_version()
        .client_token(key.to_string())
        .launch_template_id(id)
        .version_description(template::description(image)?)
        .launch_template_data(data);
    let call = Call::change("ec2:CreateLaunchTemplateVersion");
    let made = create.send().await.map_err(|error| call.failed(error))?;
    let version = made
        .launch_template_version()
        .and_then(|v| v.version_number());
    let modify = region.ec2.modify_launch_template().launch_template_id(id);
    let modify = modify
        .default_version(version.unwrap_or(0).to_string())
        .send();
    let done = modify.await;
    done.map_err(|error| Call::change("ec2:ModifyLaunchTemplate").failed(error))?;
    Ok(())
}

/// A change of something else keeps the image, though there may be a newer one by now: nodes of one
/// pool shouldn't differ without need.
async fn kept_or_found(
    region: &Region,
    image: &str,
    there: &Observed,
) -> Result<Found, ProviderError> {
    let same = kinds::text(&there.attributes, "image") == Some(image);
    let kept = kinds::text(&there.attributes, "image_id").filter(|_| same);
    region.image(kept.unwrap_or(image)).await
}

pub(crate) async fn remove(region: &Region, id: &str) -> Result<Removal, ProviderError> {
    let done = region
        .ec2
        .delete_launch_template()
        .launch_template_id(id)
        .send()
        .await;
    let done = done.map_err(|error| Call::change("ec2:DeleteLaunchTemplate").failed(error));
    removed(done.map(drop), CODES)
}
