use serde::Serialize;

use super::{Origin, Written};

/// How far apart two places are, from the widest to the narrowest: what is in one zone is in one
/// region, and what is in one region is with one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// A provider: a cloud, or everything that is owned.
    Provider,
    /// A region, or the site of a cluster.
    Region,
    /// A zone.
    Zone,
}

impl Domain {
    /// The name as written in specs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Region => "region",
            Self::Zone => "zone",
        }
    }

    /// The domain of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Provider, Self::Region, Self::Zone]
            .into_iter()
            .find(|d| d.as_str() == name)
    }
}

/// An `affinity` block: stages that must be together.
#[derive(Debug, Clone, Serialize)]
pub struct Affinity {
    /// Two stages or more, by name, sorted, each once.
    pub stages: Written<Vec<String>>,
    /// What all of them share.
    pub same: Domain,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// An `anti_affinity` block: stages that must be apart.
#[derive(Debug, Clone, Serialize)]
pub struct AntiAffinity {
    /// Two stages or more, by name, sorted, each once.
    pub stages: Written<Vec<String>>,
    /// What no two of them share.
    pub different: Domain,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}
