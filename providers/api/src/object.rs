use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ObjectId, ObjectKind, OpKey, OwnerTag};

/// Elements of an object by name. JSON without floating-point numbers, so that equal attributes are
/// equal bytes.
pub type Attributes = BTreeMap<String, serde_json::Value>;

/// An object as it is to be.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// It is being made.
    Creating,
    /// It is there.
    Ready,
    /// It is being deleted, and will be gone.
    Deleting,
    /// It is there and will never be ready.
    Failed {
        /// What the backend says.
        reason: String,
    },
}

/// What became of a request to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// It isn't there, whether it ever was or not.
    Gone,
    /// It will be gone; reading it tells when.
    Requested,
}
