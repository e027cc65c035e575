//! GPUs: whole cards, and the slices that a card can be partitioned into.

use super::Basis;

/// What stands between the card and the profile in the name of a slice.
const SLICE_MARK: &str = "-MIG";

/// Thousandths of NVML's total that CUDA shows at least: 2.4 % below it is the largest gap that was
/// observed on any card.
const USABLE_PERMILLE: u64 = 976;

/// A GPU, by its place in the catalog's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GpuIndex(pub u16);

/// What is known of a GPU: a card, or a slice of one. Blank facts are unknown, never zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gpu {
    /// Canonical name such as `A100-80-SXM4`, or `A30-MIG-1g.6gb` for a slice.
    pub name: String,
    /// Architecture and chip, for readers.
    pub architecture: String,
    /// Compute capability as (major, minor).
    pub compute_capability: Option<(u32, u32)>,
    /// Memory as NVML reports it; else the nominal size.
    pub memory_mib: Option<u32>,
    /// Memory that CUDA was observed to show; see [`Gpu::usable`].
    pub observed_usable_mib: Option<u32>,
    /// Memory bandwidth in thousandths of GB/s.
    pub bandwidth_milli_gb_s: Option<u64>,
    /// Dense 16-bit tensor throughput in thousandths of TFLOPS.
    pub tensor_milli_tflops: Option<u64>,
    /// The name that NVML reports, such as `NVIDIA A100-SXM4-80GB`; `None` when not known.
    pub product: Option<String>,
    /// What it is a slice of; `None` for a whole card.
    pub slice: Option<Slice>,
    /// Where it can be rented, in words; empty when not known.
    pub public_cloud: String,
}

/// A slice is a partition of a card (MIG) with memory and processors of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Name of the whole card.
    pub card: String,
    /// How many such slices one card gives; at least one.
    pub per_card: u32,
}

/// Memory that programs can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usable {
    /// MiB that CUDA shows.
    pub mib: u32,
    /// Listed where it was observed, else estimated from NVML's total.
    pub basis: Basis,
}

impl Gpu {
    /// Memory that programs can have: what CUDA was observed to show, else 2.4 % below NVML's
    /// total. `None` when no total is known.
    #[must_use]
    pub fn usable(&self) -> Option<Usable> {
        let observed = self.observed_usable_mib.map(|mib| (mib, Basis::Listed));
        let estimated = || {
            let mib = u64::from(self.memory_mib?) * USABLE_PERMILLE / 1000;
            Some((u32::try_from(mib).ok()?, Basis::Estimated))
        };
        let (mib, basis) = observed.or_else(estimated)?;
        Some(Usable { mib, basis })
    }

    /// Whether a name of a spec means this GPU: the name itself, or a family of it up to a dash
    /// (`A100` means `A100-80-SXM4`, but `A10` doesn't mean `A100-40-PCIe`). Case doesn't matter.
    ///
    /// A slice is meant only by names that say so: `A100-MIG-1g.10gb` by card or family and
    /// profile, `A30-MIG` for all slices of a card or family.
    #[must_use]
    pub fn answers_to(&self, name: &str) -> bool {
        let Some(slice) = &self.slice else {
            return is_or_begins(&self.name, name);
        };
        let Some((card, profile)) = split_slice(name) else {
            return false;
        };
        let mine = split_slice(&self.name).and_then(|(_, profile)| profile);
        let same = |asked: &str| mine.is_some_and(|mine| mine.eq_ignore_ascii_case(asked));
        is_or_begins(&slice.card, card) && profile.is_none_or(same)
    }

    /// Whether it is a slice of a card that a name means: `A30-MIG-1g.6gb` is one of `A30`.
    #[must_use]
    pub fn is_slice_of(&self, name: &str) -> bool {
        let slice = self.slice.as_ref();
        slice.is_some_and(|slice| is_or_begins(&slice.card, name))
    }
}

/// Whether a name is another, or begins with it and a dash.
pub(crate) fn is_or_begins(name: &str, asked: &str) -> bool {
    let (mine, asked) = (name.as_bytes(), asked.as_bytes());
    mine.len() >= asked.len()
        && !asked.is_empty()
        && mine[..asked.len()].eq_ignore_ascii_case(asked)
        && mine.get(asked.len()).is_none_or(|b| *b == b'-')
}

/// The card and the profile in the name of a slice: `A30` and `1g.6gb` in `A30-MIG-1g.6gb`, and no
/// profile in `A30-MIG`.
fn split_slice(name: &str) -> Option<(&str, Option<&str>)> {
    let mut places = name.as_bytes().windows(SLICE_MARK.len());
    let at = places.position(|part| part.eq_ignore_ascii_case(SLICE_MARK.as_bytes()))?;
    let (card, rest) = (&name[..at], &name[at + SLICE_MARK.len()..]);
    match rest.strip_prefix('-') {
        Some(profile) => Some((card, Some(profile))),
        None => rest.is_empty().then_some((card, None)),
    }
}

/// GPUs of one node. Some clouds sell parts of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuCount {
    /// Which GPU.
    pub gpu: GpuIndex,
    /// How many, in thousandths: `8000` is eight, `167` a sixth.
    pub milli: u32,
}

impl GpuCount {
    /// GPUs that can be counted: whole ones, or one where there is but a part of one and `parts`
    /// will do.
    #[must_use]
    pub const fn counted(self, parts: bool) -> u32 {
        match self.milli {
            1..1000 if parts => 1,
            milli => milli / 1000,
        }
    }

    /// Thousandths of a GPU that each one has: fewer than 1000 where there is but a part.
    #[must_use]
    pub const fn share_milli(self) -> u32 {
        if self.milli < 1000 { self.milli } else { 1000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpu(name: &str) -> Gpu {
        let slice = name.split_once("-MIG-").map(|(card, _)| Slice {
            card: card.into(),
            per_card: 4,
        });
        Gpu {
            name: name.into(),
            slice,
            ..Gpu::default()
        }
    }

    #[track_caller]
    fn check(name: &str, answers: &[&str], others: &[&str]) {
        for asked in answers {
            assert!(gpu(name).answers_to(asked), "{name} is {asked}");
        }
        for asked in others {
            assert!(!gpu(name).answers_to(asked), "{name} isn't {asked}");
        }
    }

    #[test]
    fn a_family_name_stands_for_its_variants_only() {
        check(
            "A100-80-SXM4",
            &["A100", "a100-80", "A100-80-SXM4"],
            &["A10", "A100-8", "A100-80-SXM4-x", ""],
        );
        check("A2", &["A2"], &["A", ""]);
        check("A10G", &["A10G"], &["A10"]);
    }

    #[test]
    fn a_slice_is_meant_only_by_names_that_say_so() {
        check(
            "A30-MIG-1g.6gb",
            &["A30-MIG-1g.6gb", "a30-mig-1G.6GB", "A30-MIG"],
            &["A30", "A3-MIG", "A30-MIG-", "A30-MIG-1g", "A30-MIG-2g.12gb"],
        );
        check(
            "A100-80-SXM4-MIG-1g.10gb",
            &["A100-MIG-1g.10gb", "A100-80-MIG-1g.10gb", "A100-MIG"],
            &["A100", "A100-80-SXM4", "A100-40-MIG-1g.10gb", "-MIG", "MIG"],
        );
    }

    #[test]
    fn a_card_is_never_meant_by_the_name_of_a_slice() {
        check("A30", &["A30"], &["A30-MIG", "A30-MIG-1g.6gb", "A30-MIGx"]);
    }

    #[test]
    fn a_slice_belongs_to_its_card_and_the_cards_families() {
        let slice = gpu("A100-80-SXM4-MIG-1g.10gb");
        assert!(slice.is_slice_of("A100-80-SXM4") && slice.is_slice_of("a100"));
        assert!(!slice.is_slice_of("A10") && !slice.is_slice_of("A100-MIG"));
        assert!(!gpu("A30").is_slice_of("A30"));
    }

    #[test]
    fn a_part_of_a_gpu_counts_as_one_only_where_parts_will_do() {
        let count = |milli| GpuCount {
            gpu: GpuIndex(0),
            milli,
        };
        let counted = [0, 167, 1000, 8000].map(|milli| count(milli).counted(false));
        assert_eq!(counted, [0, 0, 1, 8]);
        let counted = [0, 167, 1000, 8000].map(|milli| count(milli).counted(true));
        assert_eq!(counted, [0, 1, 1, 8]);
        assert_eq!([167, 8000].map(|m| count(m).share_milli()), [167, 1000]);
    }

    #[test]
    fn usable_memory_is_what_was_observed_else_2_4_percent_below_the_total() {
        let usable = |memory_mib, observed_usable_mib| {
            let gpu = Gpu {
                memory_mib,
                observed_usable_mib,
                ..gpu("A30")
            };
            gpu.usable().map(|u| (u.mib, u.basis))
        };
        assert_eq!(
            usable(Some(24_576), Some(24_094)),
            Some((24_094, Basis::Listed))
        );
        assert_eq!(usable(Some(15_356), None), Some((14_987, Basis::Estimated)));
        assert_eq!(usable(None, None), None);
    }
}
