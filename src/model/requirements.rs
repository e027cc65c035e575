use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CapacityType, Origin, ProviderName, Written};
use crate::units::{Bytes, Rate};

/// A region of a cloud or an owned site: `aws/us-east-1`, `onprem/dc1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// A provider's name or `onprem`.
    pub provider: String,
    /// The region, or the site.
    pub region: String,
}

impl Location {
    /// What stands before the slash for owned capacity.
    pub const ONPREM: &'static str = "onprem";

    /// Parses `provider/region`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (provider, region) = text.split_once('/')?;
        let known = provider == Self::ONPREM || ProviderName::from_name(provider).is_some();
        let plain = !region.is_empty() && !region.contains(['/', '*', ' ']);
        (known && plain).then(|| Self {
            provider: provider.into(),
            region: region.into(),
        })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.provider, self.region))
    }
}

impl Serialize for Location {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Location {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("it is no `provider/region`"))
    }
}

/// Locations by pattern: `aws/*`, `gcp/europe-*`, `*`. A `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LocationPattern(String);

impl LocationPattern {
    /// Takes the text of a pattern.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many characters it fixes: of two patterns that match, the one with more is meant.
    #[must_use]
    pub fn specificity(&self) -> usize {
        self.0.chars().filter(|c| *c != '*').count()
    }

    /// Whether `provider/region` matches.
    #[must_use]
    pub fn matches(&self, provider: &str, region: &str) -> bool {
        glob(self.0.as_bytes(), format!("{provider}/{region}").as_bytes())
    }
}

/// Matches with `*` for any run of bytes, in time linear in `pattern × text`.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            retry = Some((p, t));
            p += 1;
        } else if p < pattern.len() && pattern[p] == text[t] {
            p += 1;
            t += 1;
        } else if let Some((star, from)) = retry {
            retry = Some((star, from + 1));
            p = star + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

/// What a stage needs of an offering. A need that isn't given constrains nothing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Requirements {
    /// vCPUs, of all nodes of a run together; per replica for serving.
    pub vcpus: Option<Written<u32>>,
    /// Memory, of all nodes of a run together; per replica for serving.
    pub memory: Option<Written<Bytes>>,
    /// Allowed vendors of the processor: `amd`, `intel`, `aws`, `ampere`, `google`, `microsoft`.
    pub cpu_vendor: Option<Written<Vec<String>>>,
    /// `x86_64` or `arm64`.
    pub arch: Option<Written<String>>,
    /// GPUs.
    pub gpu: Option<Written<GpuRequirement>>,
    /// Local disk of each node, at least.
    pub local_disk_min: Option<Written<Bytes>>,
    /// Allowed places, e.g. `["aws/us-*", "onprem/*"]`.
    pub locations: Option<Written<Vec<LocationPattern>>>,
    /// Allowed capacity types.
    pub capacity: Option<Written<Vec<CapacityType>>>,
    /// Most nodes of a run, or of a replica.
    pub max_nodes: Option<Written<u32>>,
    /// Highest rate of one node.
    pub max_node_hour: Option<Written<Rate>>,
}

/// A `gpu` block.
#[derive(Debug, Clone, Serialize)]
pub struct GpuRequirement {
    /// Which GPUs.
    pub choice: GpuChoice,
    /// How many for a run, or for a replica.
    pub count: Written<u32>,
    /// Whether slices and parts of a GPU will do as well, each counted as one.
    pub slices: bool,
    /// Memory of one GPU, at least.
    pub memory_min: Option<Written<Bytes>>,
    /// Compute capability as (major, minor), at least.
    pub compute_capability_min: Option<Written<(u32, u32)>>,
    /// How the GPUs must be joined.
    pub interconnect: Interconnect,
}

/// Which GPUs a stage takes. A name stands for all its variants: `A100` for `A100-80-SXM4` too.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GpuChoice {
    /// Any that meets the other needs.
    Any,
    /// One of these, the cheapest.
    AnyOf(Written<Vec<String>>),
    /// One of the first list where one can be had, else one of the second.
    Prefer {
        /// Taken whenever it can be had.
        preferred: Written<Vec<String>>,
        /// Taken else; empty when nothing else will do.
        otherwise: Option<Written<Vec<String>>>,
    },
}

/// How the GPUs of a run must be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interconnect {
    /// No matter.
    Any,
    /// All in one node.
    SingleNode,
}

/// A stage pinned by hand; every part that isn't given stays free.
#[derive(Debug, Clone, Serialize)]
pub struct Pin {
    /// Provider name, or `onprem`.
    pub provider: Option<Written<String>>,
    /// Region, or site.
    pub region: Option<Written<String>>,
    /// Zone.
    pub zone: Option<Written<String>>,
    /// Instance type, or node pool.
    pub instance_type: Option<Written<String>>,
    /// Capacity type.
    pub capacity: Option<Written<CapacityType>>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_locations() {
        for (pattern, region, matches) in [
            ("*", "us-east-1", true),
            ("aws/*", "us-east-1", true),
            ("aws/us-*-1", "us-east-1", true),
            ("aws/us-*-2", "us-east-1", false),
            ("aws/us-east", "us-east-1", false),
            ("*/*east*", "us-east-1", true),
        ] {
            assert_eq!(
                LocationPattern::new(pattern).matches("aws", region),
                matches,
                "{pattern}"
            );
        }
    }

    #[test]
    fn locations_have_a_known_provider() {
        assert!(Location::parse("aws/us-east-1").is_some());
        assert!(Location::parse("onprem/dc1").is_some());
        for bad in ["us-east-1", "amazon/us-east-1", "aws/", "aws/*", "aws/a/b"] {
            assert!(Location::parse(bad).is_none(), "{bad}");
        }
    }
}
