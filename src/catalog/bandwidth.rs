//! How fast data moves between two regions.

use super::{Basis, SourceIndex};

/// How fast data moves between one machine in a region and one in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bandwidth {
    /// Megabits per second, never zero.
    pub megabits_per_second: u32,
    /// Listed when the pair was measured; estimated when it is what other pairs reach.
    pub basis: Basis,
    /// Which source.
    pub source: SourceIndex,
}
