//! What a node has to be like.

use crate::facts::Version;

/// What was bought, and what the stage needs. `None` and `false` ask for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expectation {
    /// Products of which the cards have to be one, as [`same_product`] compares them; empty for any.
    pub products: Vec<String>,
    /// Compute capability that the product has.
    pub compute_capability: Option<Version>,
    /// Cards, or parts of cards where a MIG profile is expected.
    pub count: Option<u32>,
    /// Bytes of memory that a card, or a part, is known to report.
    pub memory_total: Option<u64>,
    /// Bytes that have to be free on each card, or part.
    pub memory_free: Option<u64>,
    /// Whether the cards are divided, and how.
    pub mig: Option<Mig>,
    /// Whether all cards have to reach each other over NVLink.
    pub nvlink: bool,
    /// Whether error-correcting memory has to be on.
    pub ecc: bool,
    /// CUDA that the stage was built with; the minor version only when it matters.
    pub cuda: Option<(u32, Option<u32>)>,
    /// Driver that is needed, as the parts of its version.
    pub driver: Option<Vec<u32>>,
    /// Whether processes may already use the cards.
    pub allow_processes: bool,
}

/// How cards are divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mig {
    /// Not at all.
    Off,
    /// Into parts of one profile, such as `1g.6gb`.
    Profile(String),
}

/// The oldest driver that runs programs built with a CUDA of this major version; `None` when that
/// isn't known here. From NVIDIA's table of minor-version compatibility.
pub const fn least_driver(cuda_major: u32) -> Option<u32> {
    match cuda_major {
        11 => Some(450),
        12 => Some(525),
        13 => Some(580),
        _ => None,
    }
}

/// Whether a card that calls itself `found` is the product `wanted`.
///
/// Names get suffixes from MIG and from sharing, so what is wanted need only be the beginning, up
/// to the end of a word: `NVIDIA A30` is found in `NVIDIA A30 MIG 1g.6gb`, and `NVIDIA A10` isn't in
/// `NVIDIA A100-PCIE-40GB`. Drivers before 470 leave out the maker or say `Tesla`.
pub fn same_product(wanted: &str, found: &str) -> bool {
    let (wanted, found) = (model(wanted), model(found));
    let Some(head) = found.get(..wanted.len()) else {
        return false;
    };
    let next = found[wanted.len()..].chars().next();
    !wanted.is_empty()
        && head.eq_ignore_ascii_case(wanted)
        && next.is_none_or(|c| !c.is_alphanumeric())
}

/// A product's name without its maker and brand.
fn model(name: &str) -> &str {
    let name = name.trim();
    let name = name.strip_prefix("NVIDIA ").unwrap_or(name);
    name.strip_prefix("Tesla ").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_makes_no_other_product_and_a_longer_word_does() {
        assert!(same_product("NVIDIA A30", "NVIDIA A30"));
        assert!(same_product("NVIDIA A30", "NVIDIA A30 MIG 1g.6gb"));
        assert!(same_product("NVIDIA A30", "NVIDIA A30-SHARED"));
        assert!(same_product("A100", "NVIDIA A100-SXM4-80GB"));
        assert!(same_product("NVIDIA T4", "Tesla T4"));
        assert!(!same_product("NVIDIA A10", "NVIDIA A100-PCIE-40GB"));
        assert!(!same_product("NVIDIA A10", "NVIDIA A10G"));
        assert!(!same_product("NVIDIA A30", "NVIDIA A3"));
        assert!(!same_product("NVIDIA A3", "NVIDIA É"));
        assert!(!same_product("", "NVIDIA A30"));
    }

    #[test]
    fn each_cuda_names_its_oldest_driver() {
        assert_eq!(
            [10, 11, 12, 13, 14].map(least_driver),
            [None, Some(450), Some(525), Some(580), None]
        );
    }
}
