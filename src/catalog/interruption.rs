//! How often spot machines are interrupted, as far as a provider publishes it.

use super::{RegionIndex, SourceIndex, TypeIndex};
use crate::units::Millionths;

/// How many of the spot machines of an instance type in a region were interrupted in the trailing
/// month. AWS publishes the share in these five steps and in no finer form.
///
/// A share of machines in a month isn't a rate: how long they ran isn't published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterruptionBucket {
    /// Less than 5 %.
    Under5,
    /// From 5 % to 10 %.
    From5To10,
    /// From 10 % to 15 %.
    From10To15,
    /// From 15 % to 20 %.
    From15To20,
    /// More than 20 %.
    Over20,
}

impl InterruptionBucket {
    /// All of them, the rarest interruption first: the numbers 0 to 4 of AWS's sheet.
    pub const ALL: [Self; 5] = [
        Self::Under5,
        Self::From5To10,
        Self::From10To15,
        Self::From15To20,
        Self::Over20,
    ];

    /// The share in percent as written in catalogs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Under5 => "<5",
            Self::From5To10 => "5-10",
            Self::From10To15 => "10-15",
            Self::From15To20 => "15-20",
            Self::Over20 => ">20",
        }
    }

    /// The bucket of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|b| b.as_str() == name)
    }

    /// The share for readers.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Under5 => "under 5 % a month",
            Self::From5To10 => "5–10 % a month",
            Self::From10To15 => "10–15 % a month",
            Self::From15To20 => "15–20 % a month",
            Self::Over20 => "over 20 % a month",
        }
    }

    /// The share that is interrupted in a month, from and to. The last bucket has no upper end: up
    /// to all of them.
    #[must_use]
    pub const fn share_of_month(self) -> (Millionths, Option<Millionths>) {
        const fn percent(n: u64) -> Millionths {
            Millionths::new(n * 10_000)
        }
        match self {
            Self::Under5 => (percent(0), Some(percent(5))),
            Self::From5To10 => (percent(5), Some(percent(10))),
            Self::From10To15 => (percent(10), Some(percent(15))),
            Self::From15To20 => (percent(15), Some(percent(20))),
            Self::Over20 => (percent(20), None),
        }
    }
}

/// How often spot machines of one type are interrupted in one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interruption {
    /// Which machine shape.
    pub instance_type: TypeIndex,
    /// Where: AWS counts by region, not by zone.
    pub region: RegionIndex,
    /// How often.
    pub bucket: InterruptionBucket,
    /// Which source says so.
    pub source: SourceIndex,
}

/// Interruptions by instance type, so that a look-up while planning is a search among the regions
/// of one type.
#[derive(Debug, Clone, Default)]
pub(super) struct InterruptionTable {
    /// Where each instance type begins; one more entry than types.
    starts: Vec<u32>,
    buckets: Vec<(RegionIndex, InterruptionBucket)>,
    sources: Vec<SourceIndex>,
}

impl InterruptionTable {
    /// Takes interruptions sorted by (instance type, region) of a catalog with so many types.
    pub(super) fn new(types: usize, interruptions: &[Interruption]) -> Self {
        let mut starts = vec![0u32; types + 1];
        for interruption in interruptions {
            starts[usize::from(interruption.instance_type.0) + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        Self {
            starts,
            buckets: interruptions.iter().map(|i| (i.region, i.bucket)).collect(),
            sources: interruptions.iter().map(|i| i.source).collect(),
        }
    }

    pub(super) fn of(&self, index: TypeIndex) -> &[(RegionIndex, InterruptionBucket)] {
        let at = usize::from(index.0);
        &self.buckets[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    pub(super) fn find(
        &self,
        index: TypeIndex,
        region: RegionIndex,
    ) -> Option<(InterruptionBucket, SourceIndex)> {
        let regions = self.of(index);
        let at = regions.binary_search_by_key(&region, |r| r.0).ok()?;
        let start = self.starts[usize::from(index.0)] as usize;
        Some((regions[at].1, self.sources[start + at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buckets_follow_on_each_other_without_a_gap() {
        let shares = InterruptionBucket::ALL.map(InterruptionBucket::share_of_month);
        assert_eq!(shares[0].0, Millionths::new(0));
        assert_eq!(shares[4], (Millionths::parse("0.2").unwrap(), None));
        for pair in shares.windows(2) {
            assert_eq!(pair[0].1, Some(pair[1].0));
        }
    }

    #[test]
    fn an_interruption_is_found_by_type_and_region_only() {
        let at = |instance_type, region, source| Interruption {
            instance_type: TypeIndex(instance_type),
            region: RegionIndex(region),
            bucket: InterruptionBucket::ALL[usize::from(region)],
            source: SourceIndex(source),
        };
        let table = InterruptionTable::new(4, &[at(1, 0, 7), at(1, 3, 8), at(2, 2, 9)]);
        let find = |t, r| table.find(TypeIndex(t), RegionIndex(r));
        let bucket = InterruptionBucket::From15To20;
        assert_eq!(find(1, 3), Some((bucket, SourceIndex(8))));
        assert_eq!([find(0, 0), find(1, 2), find(3, 2)], [None; 3]);
        assert_eq!(table.of(TypeIndex(1)).len(), 2);
        assert_eq!(table.of(TypeIndex(3)), []);
    }
}
