/// A GPU, or a slice of one, as far as memory goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its name in the catalog.
    pub name: String,
    /// Bytes that CUDA shows to a program.
    pub usable: u64,
    /// Whether that was never observed, and is the total that NVML reports less the largest gap seen.
    pub estimated: bool,
    /// Nominal size class in GiB, and whether it is an A100: servers choose their defaults by both.
    pub large: bool,
}
