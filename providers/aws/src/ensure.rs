//! What is the same for all kinds: an object of that owner and name is looked for, then made or
//! changed.

use mlinfra_provider_api::{
    Condition, Desired, Manifest, ObjectId, Observed, OpKey, OwnerTag, ProviderError, Removal,
};

use crate::client::Region;
use crate::kinds::{self, Kind, conflict, invalid};
use crate::tags::{NAME, OWNER, Tags};
use crate::{gang, launch_template, nodes, placement_group, security_group, volume};

/// What became of a request to create.
pub(crate) enum Created {
    /// It is there, as it is just now.
    New(Observed),
    /// It is there, and is read by this identifier.
    Id(String),
    /// EC2 allows a name once, and an object has it.
    NameTaken(Option<Observed>),
}

pub(crate) async fn ensure(
    region: &Region,
    manifest: &Manifest,
    key: &OpKey,
    want: &Desired,
) -> Result<Observed, ProviderError> {
    let kind = kinds::check(want)?;
    let there = list(region, kind, &want.owner, Some(&want.name)).await?;
    if let Some(there) = the_one(there, want)? {
        return converge(region, manifest, key, want, there).await;
    }
    match create(region, kind, key, want).await? {
        Created::New(observed) => Ok(observed),
        Created::Id(id) => {
            let id = object_id(want, id);
            let read = read(region, kind, &id.id).await?;
            Ok(read.unwrap_or_else(|| promised(id, key, want)))
        }
        Created::NameTaken(Some(there)) if is_the_one(&there, want) => {
            converge(region, manifest, key, want, there).await
        }
        Created::NameTaken(_) => Err(name_taken(want)),
    }
}

/// The object of a name among those that carry it.
fn the_one(mut there: Vec<Observed>, want: &Desired) -> Result<Option<Observed>, ProviderError> {
    // What a gang's last one left stays in the list for a while, beside the next.
    there.sort_by_key(|object| object.condition == Condition::Deleting);
    if let [first, second, ..] = &there[..]
        && second.condition != Condition::Deleting
    {
        let message = format!(
            "there are two objects named `{}`: {} and {}",
            want.name, first.id.id, second.id.id
        );
        return Err(conflict(message));
    }
    Ok(there.into_iter().next())
}

fn is_the_one(there: &Observed, want: &Desired) -> bool {
    there.owner.as_ref() == Some(&want.owner) && there.name == want.name
}

fn name_taken(want: &Desired) -> ProviderError {
    conflict(format!("`{}` is somebody else's", want.name))
}

fn object_id(want: &Desired, id: String) -> ObjectId {
    ObjectId {
        kind: want.kind.clone(),
        scope: want.scope.clone(),
        id,
    }
}

/// What was made, where EC2 doesn't show it yet.
pub(crate) fn promised(id: ObjectId, key: &OpKey, want: &Desired) -> Observed {
    Observed {
        id,
        name: want.name.clone(),
        owner: Some(want.owner.clone()),
        op_key: Some(*key),
        condition: Condition::Creating,
        attributes: want.attributes.clone(),
    }
}

/// Makes an object that is there what it is to be.
async fn converge(
    region: &Region,
    manifest: &Manifest,
    key: &OpKey,
    want: &Desired,
    there: Observed,
) -> Result<Observed, ProviderError> {
    let kind = Kind::of(&want.kind)?;
    // The key's own creation, which has been whole from its one call on: whatever is different by
    // now was changed by a later operation. A security group's takes two calls.
    if there.op_key == Some(*key) && kind != Kind::SecurityGroup {
        return Ok(there);
    }
    if there.condition == Condition::Deleting {
        let message = format!("the `{}` before is still being deleted", want.name);
        return Err(conflict(message));
    }
    let fixed = manifest.replaced_by(&want.kind, &want.attributes, &there.attributes);
    if let Some(attribute) = fixed.first() {
        let message = format!("`{attribute}` of `{}` can't be changed", want.name);
        return Err(invalid(attribute, message));
    }
    let is_as = |(name, value): (&String, &_)| there.attributes.get(name) == Some(value);
    if want.attributes.iter().all(is_as) {
        return Ok(there);
    }
    match kind {
        Kind::SecurityGroup => security_group::update(region, want, &there).await?,
        Kind::LaunchTemplate => launch_template::update(region, key, want, &there).await?,
        Kind::Volume => volume::update(region, want, &there).await?,
        Kind::PlacementGroup | Kind::Nodes => {}
    }
    if want.attributes.contains_key("labels") {
        let labels = kinds::labels(&want.attributes);
        let have = &there.attributes["labels"];
        region
            .relabel(&resources(kind, &there), &labels, have)
            .await?;
    }
    let read = read(region, kind, &there.id.id).await?;
    read.ok_or_else(|| conflict(format!("`{}` has just been deleted", want.name)))
}

/// The resources that an object consists of.
fn resources(kind: Kind, object: &Observed) -> Vec<String> {
    match kind {
        Kind::Nodes => kinds::texts(&object.attributes, "node_ids"),
        _ => vec![object.id.id.clone()],
    }
}

async fn create(
    region: &Region,
    kind: Kind,
    key: &OpKey,
    want: &Desired,
) -> Result<Created, ProviderError> {
    match kind {
        Kind::SecurityGroup => security_group::create(region, key, want).await,
        Kind::PlacementGroup => placement_group::create(region, key, want).await,
        Kind::LaunchTemplate => launch_template::create(region, key, want).await,
        Kind::Volume => volume::create(region, key, want).await,
        Kind::Nodes => nodes::create(region, key, want).await,
    }
}

pub(crate) async fn read(
    region: &Region,
    kind: Kind,
    id: &str,
) -> Result<Option<Observed>, ProviderError> {
    match kind {
        Kind::SecurityGroup => security_group::read(region, id).await,
        Kind::PlacementGroup => placement_group::read(region, id).await,
        Kind::LaunchTemplate => launch_template::read(region, id).await,
        Kind::Volume => volume::read(region, id).await,
        Kind::Nodes => gang::read(region, id).await,
    }
}

/// The objects of an owner, and of a name.
pub(crate) async fn list(
    region: &Region,
    kind: Kind,
    owner: &OwnerTag,
    name: Option<&str>,
) -> Result<Vec<Observed>, ProviderError> {
    match kind {
        Kind::SecurityGroup => security_group::list(region, owner, name).await,
        Kind::PlacementGroup => placement_group::list(region, owner, name).await,
        Kind::LaunchTemplate => launch_template::list(region, owner, name).await,
        Kind::Volume => volume::list(region, owner, name).await,
        Kind::Nodes => gang::list(region, owner, name).await,
    }
}

pub(crate) async fn remove(
    region: &Region,
    kind: Kind,
    id: &str,
) -> Result<Removal, ProviderError> {
    match kind {
        Kind::SecurityGroup => security_group::remove(region, id).await,
        Kind::PlacementGroup => placement_group::remove(region, id).await,
        Kind::LaunchTemplate => launch_template::remove(region, id).await,
        Kind::Volume => volume::remove(region, id).await,
        Kind::Nodes => nodes::remove(region, id).await,
    }
}

pub(crate) async fn adopt(
    region: &Region,
    id: &ObjectId,
    owner: &OwnerTag,
    name: &str,
) -> Result<Observed, ProviderError> {
    let kind = Kind::of(&id.kind)?;
    let missing = || invalid("id", format!("there is no {id}"));
    let there = read(region, kind, &id.id).await?.ok_or_else(missing)?;
    if let Some(other) = there.owner.as_ref().filter(|other| *other != owner) {
        let message = format!("`{}` is somebody else's: {other}", there.name);
        return Err(conflict(message));
    }
    let namesakes = list(region, kind, owner, Some(name)).await?;
    if namesakes.iter().any(|namesake| namesake.id != there.id) {
        return Err(conflict(format!("`{name}` is another object's name")));
    }
    let mut tags = Tags::new();
    tags.insert(OWNER.to_owned(), owner.to_string());
    tags.insert(NAME.to_owned(), name.to_owned());
    if kind == Kind::Nodes {
        tags.extend(gang::size_tag(kinds::number(&there.attributes, "count")));
    }
    region.tag(&resources(kind, &there), &tags).await?;
    read(region, kind, &there.id.id).await?.ok_or_else(missing)
}
