//! Names: of kinds, objects, owners and operations. One that can't be valid can't be built.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that can't be an identifier.
///
/// ```
/// let error = mlinfra_provider_api::ObjectKind::new("Nodes").unwrap_err();
/// assert_eq!(error.to_string(), "`Nodes` is no kind of object");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}")]
pub struct InvalidId {
    /// The text, cut short.
    text: String,
    /// What it was to be.
    what: &'static str,
}

impl InvalidId {
    fn new(text: &str, what: &'static str) -> Self {
        const SHOWN: usize = 80;
        Self {
            text: text.chars().take(SHOWN).collect(),
            what,
        }
    }
}

/// What kind of thing an object is, as its backend names it: `nodes`, `security-group`.
///
/// ```
/// use mlinfra_provider_api::ObjectKind;
///
/// assert_eq!(ObjectKind::new("security-group").unwrap().as_str(), "security-group");
/// assert!(ObjectKind::new("Security Group").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectKind(String);

impl ObjectKind {
    /// Takes a name of lower-case letters, digits and dashes that begins with a letter.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] for any other text.
    pub fn new(name: &str) -> Result<Self, InvalidId> {
        let simple = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let begins = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if begins && name.len() <= 63 && name.bytes().all(simple) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidId::new(name, "kind of object"))
        }
    }

    /// The name.
    ///
    /// ```
    /// assert_eq!(mlinfra_provider_api::ObjectKind::new("nodes").unwrap().as_str(), "nodes");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ObjectKind {
    type Error = InvalidId;

    fn try_from(name: String) -> Result<Self, InvalidId> {
        Self::new(&name)
    }
}

impl From<ObjectKind> for String {
    fn from(kind: ObjectKind) -> Self {
        kind.0
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Which object: the backend's own identifier, within the place where it holds.
///
/// ```
/// use mlinfra_provider_api::{ObjectId, ObjectKind};
///
/// let id = ObjectId {
///     kind: ObjectKind::new("instance").unwrap(),
///     scope: "us-east-1".into(),
///     id: "i-0abc".into(),
/// };
/// assert_eq!(id.to_string(), "instance us-east-1/i-0abc");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId {
    /// What it is.
    pub kind: ObjectKind,
    /// Where the identifier holds: a region, a namespace; empty where it holds everywhere.
    pub scope: String,
    /// The backend's identifier.
    pub id: String,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.scope, self.id)
    }
}

/// Whose an object is: one state of one project. Every object carries it from its creation on.
///
/// ```
/// use mlinfra_provider_api::OwnerTag;
///
/// let owner = OwnerTag::new("recommender", "5f0c9a").unwrap();
/// assert_eq!(owner.to_string(), "recommender/5f0c9a");
/// assert_eq!(OwnerTag::parse("recommender/5f0c9a").unwrap(), owner);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OwnerTag {
    project: String,
    lineage: String,
}

impl OwnerTag {
    /// The tag of a project's state.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] unless both are of letters, digits, `-` and `_`, and together short enough for
    /// a tag of every cloud (63 characters).
    ///
    /// ```
    /// use mlinfra_provider_api::OwnerTag;
    ///
    /// assert!(OwnerTag::new("recommender", "5f0c9a").is_ok());
    /// assert!(OwnerTag::new("a project", "5f0c9a").is_err());
    /// ```
    pub fn new(project: &str, lineage: &str) -> Result<Self, InvalidId> {
        let simple = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let good = |part: &str| !part.is_empty() && part.bytes().all(simple);
        if good(project) && good(lineage) && project.len() + lineage.len() < 63 {
            Ok(Self {
                project: project.to_owned(),
                lineage: lineage.to_owned(),
            })
        } else {
            Err(InvalidId::new(&format!("{project}/{lineage}"), "owner tag"))
        }
    }

    /// Takes what [`Display`](fmt::Display) prints.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] for any other text.
    ///
    /// ```
    /// use mlinfra_provider_api::OwnerTag;
    ///
    /// assert!(OwnerTag::parse("recommender/5f0c9a").is_ok());
    /// assert!(OwnerTag::parse("recommender").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let (project, lineage) = text
            .split_once('/')
            .ok_or_else(|| InvalidId::new(text, "owner tag"))?;
        Self::new(project, lineage)
    }

    /// The project.
    ///
    /// ```
    /// use mlinfra_provider_api::OwnerTag;
    ///
    /// assert_eq!(OwnerTag::new("recommender", "5f0c9a").unwrap().project(), "recommender");
    /// ```
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The identity of the project's state.
    ///
    /// ```
    /// use mlinfra_provider_api::OwnerTag;
    ///
    /// assert_eq!(OwnerTag::new("recommender", "5f0c9a").unwrap().lineage(), "5f0c9a");
    /// ```
    #[must_use]
    pub fn lineage(&self) -> &str {
        &self.lineage
    }
}

impl TryFrom<String> for OwnerTag {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<OwnerTag> for String {
    fn from(owner: OwnerTag) -> Self {
        owner.to_string()
    }
}

impl fmt::Display for OwnerTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.project, self.lineage)
    }
}

/// The identity of one operation of one plan: calls with one key have the effect of one call.
///
/// ```
/// use mlinfra_provider_api::OpKey;
///
/// let key = OpKey::new([0xab; 32]);
/// assert_eq!(key.to_string().len(), 64);
/// assert_eq!(OpKey::parse(&key.to_string()).unwrap(), key);
/// assert_eq!(key.uuid(), "abababab-abab-8bab-abab-abababababab");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OpKey([u8; 32]);

impl OpKey {
    /// A key from a digest of the plan and the operation's place in it.
    ///
    /// ```
    /// use mlinfra_provider_api::OpKey;
    ///
    /// assert!(OpKey::new([0; 32]).to_string().starts_with("0000"));
    /// ```
    #[must_use]
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Takes what [`Display`](fmt::Display) prints.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] for any other text.
    ///
    /// ```
    /// use mlinfra_provider_api::OpKey;
    ///
    /// assert_eq!(OpKey::parse(&"ab".repeat(32)).unwrap(), OpKey::new([0xab; 32]));
    /// assert!(OpKey::parse("ab").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId::new(text, "operation key");
        if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(invalid());
        }
        let mut key = [0; 32];
        for (byte, at) in key.iter_mut().zip((0..64).step_by(2)) {
            let digits = text.get(at..at + 2).ok_or_else(invalid)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| invalid())?;
        }
        Ok(Self(key))
    }

    /// The key as a UUID of version 8 (RFC 9562), for backends that ask for one.
    ///
    /// ```
    /// use mlinfra_provider_api::OpKey;
    ///
    /// assert_eq!(OpKey::new([0; 32]).uuid(), "00000000-0000-8000-8000-000000000000");
    /// ```
    #[must_use]
    pub fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0[..16]);
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = hex(&bytes);
        let parts = [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ];
        parts.join("-")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl TryFrom<String> for OpKey {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<OpKey> for String {
    fn from(key: OpKey) -> Self {
        key.to_string()
    }
}

impl fmt::Display for OpKey {
    /// 64 hexadecimal digits: as long as EC2 allows a client token to be.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_and_read_back() {
        let key = OpKey::new([7; 32]);
        assert_eq!(OpKey::parse(&key.to_string()), Ok(key));
        for wrong in ["", "07", &"g".repeat(64), &"A".repeat(64), &"é".repeat(32)] {
            assert!(OpKey::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_uuid_says_its_version_and_variant() {
        let uuid = OpKey::new([0xff; 32]).uuid();
        assert_eq!(uuid, "ffffffff-ffff-8fff-bfff-ffffffffffff");
    }

    #[test]
    fn owners_that_some_cloud_could_not_carry_are_refused() {
        for (project, lineage) in [("", "a"), ("a", ""), ("a/b", "c"), ("a", &"x".repeat(63))] {
            assert!(
                OwnerTag::new(project, lineage).is_err(),
                "{project}/{lineage}"
            );
        }
    }

    #[test]
    fn identifiers_are_checked_when_they_are_read() {
        assert!(serde_json::from_str::<ObjectKind>("\"Nodes\"").is_err());
        assert!(serde_json::from_str::<OwnerTag>("\"no-slash\"").is_err());
        assert!(serde_json::from_str::<OpKey>("\"00\"").is_err());
    }
}
