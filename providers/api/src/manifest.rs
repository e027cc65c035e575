//! What a backend can do with which kinds of objects.

use std::collections::{BTreeMap, BTreeSet};

use crate::ObjectKind;

/// What a backend can do. Static: it is the same for every account.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use mlinfra_provider_api::{KindManifest, Manifest, ObjectKind};
///
/// let volume = ObjectKind::new("volume").unwrap();
/// let manifest = Manifest {
///     provider: "aws",
///     kinds: BTreeMap::from([(volume.clone(), KindManifest::default())]),
/// };
/// assert!(manifest.kinds.contains_key(&volume));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The backend's name, as in `provider "aws"`.
    pub provider: &'static str,
    /// Its kinds of objects.
    pub kinds: BTreeMap<ObjectKind, KindManifest>,
}

/// What can be done with one kind of object.
///
/// ```
/// use mlinfra_provider_api::KindManifest;
///
/// let volume = KindManifest {
///     updatable: ["size_gib"].into(),
///     computed: ["created_at"].into(),
///     billed: true,
/// };
/// assert!(volume.updatable.contains("size_gib"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KindManifest {
    /// Attributes that can be changed while it exists. A change of any other makes a new object.
    pub updatable: BTreeSet<&'static str>,
    /// Attributes that the backend sets.
    pub computed: BTreeSet<&'static str>,
    /// Whether it is paid for as long as it exists.
    pub billed: bool,
}

impl Manifest {
    /// Attributes of an object of this kind that differ in a way that only a new object can follow.
    ///
    /// An attribute that isn't desired may have any value.
    ///
    /// ```
    /// use mlinfra_provider_api::{Attributes, KindManifest, Manifest, ObjectKind};
    ///
    /// let volume = ObjectKind::new("volume").unwrap();
    /// let kind = KindManifest { updatable: ["size_gib"].into(), ..KindManifest::default() };
    /// let manifest = Manifest { provider: "aws", kinds: [(volume.clone(), kind)].into() };
    ///
    /// let attributes = |zone: &str, size: u64| {
    ///     Attributes::from([("zone".into(), zone.into()), ("size_gib".into(), size.into())])
    /// };
    /// let (larger, small) = (attributes("a", 20), attributes("a", 10));
    /// assert!(manifest.replaced_by(&volume, &larger, &small).is_empty());
    /// let moved = attributes("b", 20);
    /// assert_eq!(manifest.replaced_by(&volume, &moved, &small), ["zone"].into());
    /// ```
    #[must_use]
    pub fn replaced_by<'d>(
        &self,
        kind: &ObjectKind,
        desired: &'d crate::Attributes,
        observed: &crate::Attributes,
    ) -> BTreeSet<&'d str> {
        let updatable = |name: &str| {
            let kind = self.kinds.get(kind);
            kind.is_some_and(|kind| kind.updatable.contains(name))
        };
        let differing = desired
            .iter()
            .filter(|(name, value)| observed.get(*name) != Some(value));
        differing
            .map(|(name, _)| name.as_str())
            .filter(|name| !updatable(name))
            .collect()
    }
}
