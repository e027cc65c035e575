//! An object: as it is to be, and as it was read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ObjectId, ObjectKind, OpKey, OwnerTag};

/// Elements of an object by name. JSON without floating-point numbers, so that equal attributes are
/// equal bytes.
///
/// ```
/// use mlinfra_provider_api::Attributes;
///
/// let attributes = Attributes::from([("count".into(), 4.into()), ("zone".into(), "a".into())]);
/// assert_eq!(serde_json::to_string(&attributes).unwrap(), r#"{"count":4,"zone":"a"}"#);
/// ```
pub type Attributes = BTreeMap<String, serde_json::Value>;

/// An object as it is to be.
///
/// ```
/// use mlinfra_provider_api::{Attributes, Desired, ObjectKind, OwnerTag};
///
/// let want = Desired {
///     kind: ObjectKind::new("volume").unwrap(),
///     scope: "us-east-1".into(),
///     name: "recommender-data".into(),
///     owner: OwnerTag::new("recommender", "5f0c9a").unwrap(),
///     attributes: Attributes::from([("size_gib".into(), 500.into())]),
/// };
/// let json = serde_json::to_string(&want).unwrap();
/// assert_eq!(serde_json::from_str::<Desired>(&json).unwrap(), want);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// What it is.
    pub kind: ObjectKind,
    /// Where: a region, a namespace.
    pub scope: String,
    /// Its name, the same in every call for this object: what backends without keys tell by that it
    /// is there already.
    pub name: String,
    /// Whose it will be.
    pub owner: OwnerTag,
    /// What it is to be like. What isn't named is left to the backend.
    pub attributes: Attributes,
}

/// An object as it was read.
///
/// ```
/// use mlinfra_provider_api::{Condition, Observed};
///
/// let observed: Observed = serde_json::from_str(
///     r#"{
///         "id": {"kind": "volume", "scope": "us-east-1", "id": "vol-0abc"},
///         "name": "recommender-data", "owner": "recommender/5f0c9a", "op_key": null,
///         "condition": "ready", "attributes": {"size_gib": 500}
///     }"#,
/// )
/// .unwrap();
/// assert_eq!(observed.condition, Condition::Ready);
/// assert_eq!(observed.owner.unwrap().project(), "recommender");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Which.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// Whose it is; `None` when it carries no tag of mlinfra's.
    pub owner: Option<OwnerTag>,
    /// The operation that created it; `None` where the backend can't tell.
    pub op_key: Option<OpKey>,
    /// How far it is.
    pub condition: Condition,
    /// All that is known of it, the desired attributes among them.
    pub attributes: Attributes,
}

/// How far an object is.
///
/// ```
/// use mlinfra_provider_api::Condition;
///
/// let failed = Condition::Failed { reason: "spot interruption".into() };
/// let json = r#"{"failed":{"reason":"spot interruption"}}"#;
/// assert_eq!(serde_json::to_string(&failed).unwrap(), json);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// It is being made.
    Creating,
    /// It is there.
    Ready,
    /// It is being deleted, and will be gone. A backend that remembers keys answers so as well for a
    /// key whose object has been deleted.
    Deleting,
    /// It is there and will never be ready.
    Failed {
        /// What the backend says.
        reason: String,
    },
}

/// What became of a request to delete.
///
/// ```
/// use mlinfra_provider_api::Removal;
///
/// assert_eq!(serde_json::to_string(&Removal::Requested).unwrap(), "\"requested\"");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// It isn't there, whether it ever was or not.
    Gone,
    /// It will be gone; reading it tells when.
    Requested,
}
