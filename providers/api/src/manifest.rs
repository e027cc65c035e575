use std::collections::{BTreeMap, BTreeSet};

use crate::ObjectKind;

/// What a backend can do. Static: it is the same for every account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The backend's name, as in `provider "aws"`.
    pub provider: &'static str,
    /// Its kinds of objects.
    pub kinds: BTreeMap<ObjectKind, KindManifest>,
}

/// What can be done with one kind of object.
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
