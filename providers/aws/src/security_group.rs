//! Security groups: which packets reach the nodes.

use aws_sdk_ec2::types::{Filter, ResourceType, SecurityGroup};
use mlinfra_provider_api::{
    Attributes, Condition, Desired, Observed, OpKey, OwnerTag, ProviderError, ProviderErrorKind,
    Removal,
};

use crate::call::{Call, removed};
use crate::client::Region;
use crate::ensure::Created;
use crate::kinds;
use crate::rules::{self, Rule};
use crate::tags::{self, Tags, filter, filters};

/// The order in which the rules were written.
const ORDER: &str = "mlinfra:order";

async fn describe(
    region: &Region,
    filters: Vec<Filter>,
) -> Result<Vec<SecurityGroup>, ProviderError> {
    let call = Call::read("ec2:DescribeSecurityGroups");
    let pages = region.ec2.describe_security_groups();
    let mut pages = pages.set_filters(Some(filters)).into_paginator().send();
    let mut groups = Vec::new();
    while let Some(page) = pages.next().await {
        let mut page = page.map_err(|error| call.failed(error))?;
        groups.extend(page.security_groups.take().unwrap_or_default());
    }
    Ok(groups)
}

fn observed(region: &Region, group: &SecurityGroup) -> Result<Observed, ProviderError> {
    let tags = tags::by_key(group.tags());
    let marks = tags::marks(&tags);
    let sorted = rules::of(group);
    let mut attributes = Attributes::new();
    let order = tags.get(ORDER).map(String::as_str);
    attributes.insert("rules".to_owned(), rules::attribute(&sorted, order));
    attributes.insert("labels".to_owned(), marks.labels);
    attributes.insert("vpc".to_owned(), group.vpc_id().unwrap_or_default().into());
    let name = group.group_name().unwrap_or_default();
    Ok(Observed {
        id: region.object("security-group", group.group_id().unwrap_or_default())?,
        name: marks.name.unwrap_or_else(|| name.to_owned()),
        owner: marks.owner,
        op_key: marks.op_key,
        condition: Condition::Ready,
        attributes,
    })
}

async fn find(region: &Region, id: &str) -> Result<Option<SecurityGroup>, ProviderError> {
    let groups = describe(region, vec![filter("group-id", id)]).await?;
    Ok(groups.into_iter().next())
}

pub(crate) async fn read(region: &Region, id: &str) -> Result<Option<Observed>, ProviderError> {
    let group = find(region, id).await?;
    group.map(|group| observed(region, &group)).transpose()
}

pub(crate) async fn list(
    region: &Region,
    owner: &OwnerTag,
    name: Option<&str>,
) -> Result<Vec<Observed>, ProviderError> {
    let groups = describe(region, filters(owner, name)).await?;
    groups.iter().map(|group| observed(region, group)).collect()
}

pub(crate) async fn create(
    region: &Region,
    key: &OpKey,
    want: &Desired,
) -> Result<Created, ProviderError> {
    let rules = rules::wanted(&want.attributes)?;
    let mut tags = tags::of(key, want);
    tags.extend(order_tag(&rules));
    let vpc = kinds::text(&want.attributes, "vpc");
    let create = region
        .ec2
        .create_security_group()
        .group_name(&want.name)
        .description(format!("mlinfra: {}", want.owner))
        .set_vpc_id(vpc.map(str::to_owned))
        .tag_specifications(tags::specification(ResourceType::SecurityGroup, &tags));
    let made = match create.send().await {
        Ok(made) => made,
        Err(error) => {
            let error = Call::change("ec2:CreateSecurityGroup").failed(error);
            if error.code.as_deref() != Some("InvalidGroup.Duplicate") {
                return Err(error);
            }
            let mut named = vec![filter("group-name", &want.name)];
            named.extend(vpc.map(|vpc| filter("vpc-id", vpc)));
            let groups = describe(region, named).await?;
            let group = groups.first().map(|group| observed(region, group));
            return Ok(Created::NameTaken(group.transpose()?));
        }
    };
    let id = made.group_id().unwrap_or_default();
    authorise(region, id, &rules).await?;
    Ok(Created::Id(id.to_owned()))
}

fn order_tag(rules: &[Rule]) -> Tags {
    let order = rules::order(rules).map(|order| (ORDER.to_owned(), order));
    order.into_iter().collect()
}

pub(crate) async fn update(
    region: &Region,
    want: &Desired,
    there: &Observed,
) -> Result<(), ProviderError> {
    if !want.attributes.contains_key("rules") {
        return Ok(());
    }
    let (id, rules) = (&there.id.id, rules::wanted(&want.attributes)?);
    let group = find(region, id).await?;
    let group = group.ok_or_else(|| kinds::conflict(format!("{id} has just been deleted")))?;
    let have = rules::of(&group);
    // First what is to be added: nobody who may come in before and after is locked out meanwhile.
    let new: Vec<Rule> = rules
        .iter()
        .filter(|rule| !have.contains(rule))
        .cloned()
        .collect();
    authorise(region, id, &new).await?;
    let old: Vec<Rule> = have
        .into_iter()
        .filter(|rule| !rules.contains(rule))
        .collect();
    revoke(region, id, &old).await?;
    let (tags, ids) = (tags::by_key(group.tags()), [id.clone()]);
    match rules::order(&rules) {
        Some(order) => {
            region
                .tag(&ids, &Tags::from([(ORDER.to_owned(), order)]))
                .await
        }
        None if tags.contains_key(ORDER) => region.untag(&ids, &[ORDER.to_owned()]).await,
        None => Ok(()),
    }
}

async fn authorise(region: &Region, id: &str, rules: &[Rule]) -> Result<(), ProviderError> {
    if rules.is_empty() {
        return Ok(());
    }
    let permissions = rules.iter().map(|rule| rules::permission(rule, id));
    let call = region.ec2.authorize_security_group_ingress().group_id(id);
    let done = call
        .set_ip_permissions(Some(permissions.collect()))
        .send()
        .await;
    done.map_err(|error| {
        let mut error = Call::change("ec2:AuthorizeSecurityGroupIngress").failed(error);
        if error.code.as_deref() == Some("InvalidGroup.NotFound") {
            // It was there a moment ago: not all of EC2 knows of it yet.
            error.kind = ProviderErrorKind::Unavailable;
        }
        error
    })?;
    Ok(())
}

async fn revoke(region: &Region, id: &str, rules: &[Rule]) -> Result<(), ProviderError> {
    if rules.is_empty() {
        return Ok(());
    }
    let permissions = rules.iter().map(|rule| rules::permission(rule, id));
    let call = region.ec2.revoke_security_group_ingress().group_id(id);
    let done = call
        .set_ip_permissions(Some(permissions.collect()))
        .send()
        .await;
    done.map_err(|error| Call::change("ec2:RevokeSecurityGroupIngress").failed(error))?;
    Ok(())
}

pub(crate) async fn remove(region: &Region, id: &str) -> Result<Removal, ProviderError> {
    let done = region.ec2.delete_security_group().group_id(id).send().await;
    let done = done.map_err(|error| Call::change("ec2:DeleteSecurityGroup").failed(error));
    removed(done.map(drop), "InvalidGroup")
}
