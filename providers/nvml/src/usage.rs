//! What samples over time say of a card: how busy it was, and whether it is more than is needed.

use crate::sample::Sample;

/// Percent of utilisation below which a card does nothing at that moment.
pub const IDLE_PERCENT: u32 = 5;
/// A card is idle when it does nothing in at least this share of the samples, in percent.
pub const IDLE_SHARE: u32 = 90;
/// A card is oversized when it is never used more than this, in percent of its time, in 95 of 100
/// samples, and …
pub const OVERSIZED_UTILISATION: u32 = 40;
/// … at most this much of its memory is ever used, in percent.
pub const OVERSIZED_MEMORY: u64 = 40;

/// What is said of a card at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// It did nothing most of the time.
    Idle,
    /// A smaller one would do.
    Oversized,
}

/// One card over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Its index.
    pub index: u32,
    /// How many samples told of it.
    pub samples: u32,
    /// Mean utilisation in tenths of a percent; unknown when the card doesn't tell.
    pub mean_permille: Option<u32>,
    /// Utilisation in percent that 95 of 100 samples don't exceed.
    pub p95_percent: Option<u32>,
    /// Share of the samples in which it did nothing, in percent, rounded down.
    pub idle_percent: Option<u32>,
    /// Most bytes of memory in use.
    pub peak_memory: Option<u64>,
    /// Bytes of memory that it has.
    pub memory: Option<u64>,
    /// Mean power in thousandths of a watt.
    pub mean_milliwatts: Option<u32>,
}

impl Usage {
    /// Of all samples of one card.
    pub fn of(index: u32, samples: &[Sample]) -> Self {
        let own = || samples.iter().filter(|sample| sample.index == index);
        let memory = || own().filter_map(|sample| sample.memory.known());
        let mut busy: Vec<u32> = own()
            .filter_map(|sample| sample.utilisation.known().map(|busy| busy.gpu))
            .collect();
        busy.sort_unstable();
        let idle = busy
            .iter()
            .filter(|percent| **percent < IDLE_PERCENT)
            .count();
        let power: Vec<u32> = own()
            .filter_map(|sample| sample.milliwatts.known().copied())
            .collect();
        Self {
            index,
            samples: u32::try_from(own().count()).unwrap_or(u32::MAX),
            mean_permille: mean(
                &busy
                    .iter()
                    .map(|p| p.saturating_mul(10))
                    .collect::<Vec<_>>(),
            ),
            p95_percent: busy
                .get((busy.len() * 95).div_ceil(100).saturating_sub(1))
                .copied(),
            idle_percent: (idle * 100)
                .checked_div(busy.len())
                .and_then(|share| u32::try_from(share).ok()),
            peak_memory: memory().map(|memory| memory.used).max(),
            memory: memory().map(|memory| memory.total).max(),
            mean_milliwatts: mean(&power),
        }
    }

    /// What stands out, if anything. Few samples say nothing.
    pub fn finding(&self) -> Option<Finding> {
        /// A shorter look sees only where a step of the work happened to be.
        const FEWEST: u32 = 5;
        if self.samples < FEWEST {
            return None;
        }
        if self.idle_percent? >= IDLE_SHARE {
            return Some(Finding::Idle);
        }
        let used = u128::from(self.peak_memory?) * 100;
        let little = used <= u128::from(self.memory?) * u128::from(OVERSIZED_MEMORY);
        let rarely = self.p95_percent? <= OVERSIZED_UTILISATION;
        (little && rarely).then_some(Finding::Oversized)
    }
}

/// Rounded half up.
fn mean(values: &[u32]) -> Option<u32> {
    let count = u64::try_from(values.len())
        .ok()
        .filter(|count| *count > 0)?;
    let sum: u64 = values.iter().copied().map(u64::from).sum();
    u32::try_from((sum + count / 2) / count).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Fact;
    use crate::facts::{Memory, Utilisation};

    fn usage(busy: &[u32], peak_gib: u64) -> Usage {
        let samples: Vec<Sample> = busy
            .iter()
            .map(|gpu| Sample {
                index: 0,
                utilisation: Fact::Known(Utilisation {
                    gpu: *gpu,
                    memory: 0,
                }),
                memory: Fact::Known(Memory {
                    total: 24 << 30,
                    used: peak_gib << 30,
                    free: (24 - peak_gib) << 30,
                    reserved: None,
                }),
                parts: Vec::new(),
                milliwatts: Fact::Known(30_500),
            })
            .collect();
        Usage::of(0, &samples)
    }

    #[test]
    fn a_card_is_summed_up() {
        let usage = usage(&[0, 4, 5, 90, 100, 60], 20);
        assert_eq!(usage.mean_permille, Some(432));
        assert_eq!(usage.p95_percent, Some(100));
        assert_eq!(usage.idle_percent, Some(33));
        assert_eq!(usage.peak_memory, Some(20 << 30));
        assert_eq!(usage.mean_milliwatts, Some(30_500));
        assert_eq!(usage.finding(), None);
    }

    #[test]
    fn idle_and_oversized_cards_stand_out() {
        assert_eq!(usage(&[0; 10], 20).finding(), Some(Finding::Idle));
        assert_eq!(usage(&[0, 0, 0, 0, 0, 0, 0, 0, 9, 9], 20).finding(), None);
        assert_eq!(
            usage(&[30, 40, 40, 35, 20], 9).finding(),
            Some(Finding::Oversized)
        );
        assert_eq!(usage(&[30, 41, 41, 35, 20], 9).finding(), None);
        assert_eq!(usage(&[30, 40, 40, 35, 20], 10).finding(), None);
    }

    #[test]
    fn few_samples_say_nothing() {
        assert_eq!(usage(&[0; 4], 1).finding(), None);
        let nothing = Usage::of(1, &[]);
        assert_eq!((nothing.mean_permille, nothing.p95_percent), (None, None));
        assert_eq!(nothing.finding(), None);
    }
}
