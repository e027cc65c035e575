//! Tags: mlinfra's own, `Name`, and the labels of the spec. Whatever tag isn't one of the first two
//! or AWS's is a label, so that one which somebody added shows as a difference.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use mlinfra_provider_api::{Desired, OpKey, OwnerTag, ProviderError};
use serde_json::{Value, json};

use crate::call::Call;
use crate::client::Region;
use crate::kinds::{self, invalid};

/// Whose it is, as an [`OwnerTag`].
pub(crate) const OWNER: &str = "mlinfra:owner";
/// The operation that made it, as an [`OpKey`].
const OPERATION: &str = "mlinfra:op";
/// Its name in the plan.
pub(crate) const NAME: &str = "mlinfra:name";
/// The name in Amazon's console.
const SHOWN_NAME: &str = "Name";

/// Beginnings of tags that aren't labels.
const RESERVED: [&str; 2] = ["mlinfra:", "aws:"];

/// A resource has at most 50 tags, of which mlinfra needs up to six.
const MOST_LABELS: usize = 44;

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// The tags of a resource.
pub(crate) fn by_key(tags: &[Tag]) -> Tags {
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or("").to_owned()));
    tags.iter().filter_map(pair).collect()
}

/// What mlinfra's tags say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) owner: Option<OwnerTag>,
    pub(crate) op_key: Option<OpKey>,
    pub(crate) name: Option<String>,
    pub(crate) labels: Value,
}

/// Reads the marks among the tags of a resource.
pub(crate) fn marks(tags: &Tags) -> Marks {
    let get = |key: &str| tags.get(key);
    Marks {
        owner: get(OWNER).and_then(|owner| OwnerTag::parse(owner).ok()),
        op_key: get(OPERATION).and_then(|key| OpKey::parse(key).ok()),
        name: get(NAME).or_else(|| get(SHOWN_NAME)).cloned(),
        labels: json!(labels(tags)),
    }
}

fn labels(tags: &Tags) -> BTreeMap<&str, &str> {
    let is_label = |key: &str| key != SHOWN_NAME && !is_reserved(key);
    let labels = tags.iter().filter(|(key, _)| is_label(key));
    labels.map(|(key, value)| (&**key, &**value)).collect()
}

fn is_reserved(key: &str) -> bool {
    let begins = |begin: &str| {
        let head = key.get(..begin.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(begin))
    };
    RESERVED.iter().any(|begin| begins(begin))
}

/// Whether labels can be tags.
///
/// # Errors
///
/// `Invalid` if one can't.
pub(crate) fn check(labels: &Tags) -> Result<(), ProviderError> {
    let wrong = |message: String| Err(invalid("labels", message));
    if labels.len() > MOST_LABELS {
        return wrong(format!(
            "a resource can't have more than {MOST_LABELS} labels"
        ));
    }
    for (key, value) in labels {
        if is_reserved(key) || key == SHOWN_NAME {
            return wrong(format!(
                "the label `{key}` isn't free: it would be another tag"
            ));
        }
        let long = key.chars().count() > 128 || value.chars().count() > 256;
        if long || key.is_empty() {
            return wrong(format!(
                "the label `{key}` must have 1 to 128 characters, and its value at most 256"
            ));
        }
    }
    Ok(())
}

/// All tags of a new resource.
pub(crate) fn of(key: &OpKey, want: &Desired) -> Tags {
    let mut tags = kinds::labels(&want.attributes);
    tags.insert(OWNER.to_owned(), want.owner.to_string());
    tags.insert(OPERATION.to_owned(), key.to_string());
    tags.insert(NAME.to_owned(), want.name.clone());
    tags.insert(SHOWN_NAME.to_owned(), want.name.clone());
    tags
}

/// Tags for the call that creates a resource.
pub(crate) fn specification(resource: ResourceType, tags: &Tags) -> TagSpecification {
    let specification = TagSpecification::builder().resource_type(resource);
    specification.set_tags(Some(sent(tags))).build()
}

fn sent(tags: &Tags) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect()
}

/// What finds the objects of an owner, and of a name: first what fewest have, for servers that go
/// through all filters for all objects.
pub(crate) fn filters(owner: &OwnerTag, name: Option<&str>) -> Vec<Filter> {
    let name = name.map(|name| filter(&format!("tag:{NAME}"), name));
    let owner = filter(&format!("tag:{OWNER}"), &owner.to_string());
    name.into_iter().chain([owner]).collect()
}

/// A filter for one value. EC2 takes `*` and `?` in it for any characters, so they are escaped.
pub(crate) fn filter(name: &str, value: &str) -> Filter {
    let mut exact = String::with_capacity(value.len());
    for character in value.chars() {
        if matches!(character, '*' | '?' | '\\') {
            exact.push('\\');
        }
        exact.push(character);
    }
    Filter::builder().name(name).values(exact).build()
}

impl Region {
    /// Sets tags of resources.
    pub(crate) async fn tag(&self, ids: &[String], tags: &Tags) -> Result<(), ProviderError> {
        if tags.is_empty() || ids.is_empty() {
            return Ok(());
        }
        let call = self.ec2.create_tags().set_resources(Some(ids.to_vec()));
        let call = call.set_tags(Some(sent(tags))).send();
        let done = call.await;
        done.map_err(|error| Call::change("ec2:CreateTags").failed(error))?;
        Ok(())
    }

    /// Removes tags of resources, whatever their values.
    pub(crate) async fn untag(&self, ids: &[String], keys: &[String]) -> Result<(), ProviderError> {
        if keys.is_empty() || ids.is_empty() {
            return Ok(());
        }
        let tags = keys.iter().map(|key| Tag::builder().key(key).build());
        let call = self.ec2.delete_tags().set_resources(Some(ids.to_vec()));
        let call = call.set_tags(Some(tags.collect())).send();
        let done = call.await;
        done.map_err(|error| Call::change("ec2:DeleteTags").failed(error))?;
        Ok(())
    }

    /// Makes the labels of resources those that are wanted.
    pub(crate) async fn relabel(
        &self,
        ids: &[String],
        want: &Tags,
        have: &Value,
    ) -> Result<(), ProviderError> {
        let value = |key: &str| have.get(key).and_then(Value::as_str);
        let changed = want.iter().filter(|(key, to)| value(key) != Some(to));
        let changed = changed.map(|(key, value)| (key.clone(), value.clone()));
        self.tag(ids, &changed.collect()).await?;
        let keys = have.as_object().into_iter().flatten().map(|(key, _)| key);
        let gone = keys.filter(|key| !want.contains_key(*key)).cloned();
        self.untag(ids, &gone.collect::<Vec<_>>()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        let pairs = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        pairs.collect()
    }

    #[test]
    fn labels_are_what_is_neither_ours_nor_amazons() {
        let marks = marks(&tags(&[
            ("Name", "shown"),
            ("aws:ec2launchtemplate:id", "lt-1"),
            ("mlinfra:owner", "project/1"),
            ("mlinfra:name", "train"),
            ("mlinfra:later", "x"),
            ("mlinfra-stage", "train"),
            ("name", "small"),
        ]));
        assert_eq!(
            marks.labels,
            json!({"mlinfra-stage": "train", "name": "small"})
        );
        assert_eq!(marks.name.as_deref(), Some("train"));
        assert_eq!(marks.owner, OwnerTag::new("project", "1").ok());
        assert_eq!(marks.op_key, None);
    }

    #[test]
    fn what_is_no_owner_is_nobody() {
        assert_eq!(marks(&tags(&[("mlinfra:owner", "nonsense")])).owner, None);
    }

    #[test]
    fn labels_that_ec2_would_refuse_are_refused() {
        let long = "x".repeat(129);
        let value = "x".repeat(257);
        for wrong in [
            ("", "x"),
            (&*long, "x"),
            ("x", &*value),
            ("Aws:x", "x"),
            ("Name", "x"),
        ] {
            assert!(check(&tags(&[wrong])).is_err(), "{wrong:?}");
        }
        let many: Tags = (0..45)
            .map(|number| (number.to_string(), String::new()))
            .collect();
        assert!(check(&many).is_err());
        assert!(
            check(&tags(&[
                ("aws", "x"),
                ("mlinfra", ""),
                (&long[1..], &value[1..])
            ]))
            .is_ok()
        );
    }

    #[test]
    fn a_filter_is_for_the_very_text() {
        let filter = filter("tag:x", r"a*b?\");
        assert_eq!(filter.values(), [r"a\*b\?\\"]);
    }
}
