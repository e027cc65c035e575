//! Everything that is read, as data. Sizes are in bytes unless a name says otherwise.

use crate::fact::Fact;

/// A version of two parts, such as CUDA 12.4 or compute capability 8.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Before the dot.
    pub major: u32,
    /// After the dot.
    pub minor: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The machine with all its cards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFacts {
    /// Version of the kernel's driver, such as `535.154.05`.
    pub driver: Fact<String>,
    /// Newest CUDA that the driver runs.
    pub cuda: Fact<Version>,
    /// Version of the library.
    pub nvml: Fact<String>,
    /// How many cards the library says there are.
    pub count: Fact<u32>,
    /// Those that could be opened, by index.
    pub gpus: Vec<GpuFacts>,
    /// Those that are counted and couldn't be opened.
    pub unreadable: Vec<Unreadable>,
    /// Cards that the driver was told to leave alone.
    pub excluded: Fact<Vec<Excluded>>,
    /// Whether each pair of cards can reach each other's memory.
    pub peers: Vec<Peer>,
    /// Errors that the kernel logged since boot. The library doesn't know these; see
    /// [`read_log`](crate::read_log).
    pub xids: Fact<Vec<Xid>>,
}

/// A card that the library counts and doesn't open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its index.
    pub index: u32,
    /// The library's words.
    pub reason: String,
}

/// A card that the driver was told to leave alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// PCI bus id; empty when the library gives none.
    pub bus_id: String,
    /// UUID; empty when the library gives none.
    pub uuid: String,
}

/// Two cards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Index of the one.
    pub first: u32,
    /// Index of the other, which is larger.
    pub second: u32,
    /// Whether reads go from one to the other over NVLink.
    pub nvlink: Fact<bool>,
    /// Whether reads go from one to the other at all.
    pub read: Fact<bool>,
}

/// An error that the driver wrote to the kernel's log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Xid {
    /// PCI bus id as logged, such as `0000:3b:00`.
    pub bus_id: String,
    /// The number.
    pub code: u32,
}

/// One card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuFacts {
    /// Its index, from 0.
    pub index: u32,
    /// `GPU-…`.
    pub uuid: Fact<String>,
    /// PCI bus id, such as `00000000:3B:00.0`.
    pub bus_id: Fact<String>,
    /// The vendor's name for it, such as `NVIDIA A30`.
    pub product: Fact<String>,
    /// Compute capability.
    pub compute_capability: Fact<Version>,
    /// Memory as NVML counts it.
    pub memory: Fact<Memory>,
    /// Error-correcting memory: whether it is on now, and after the next reset.
    pub ecc: Fact<Ecc>,
    /// Uncorrected memory errors since the driver was loaded.
    pub ecc_volatile: Fact<u64>,
    /// Uncorrected memory errors ever.
    pub ecc_aggregate: Fact<u64>,
    /// Whether memory pages wait for a reset to be retired.
    pub retirement_pending: Fact<bool>,
    /// Rows of memory replaced by spare ones (field ids 142 to 145).
    pub remapped_rows: Fact<RemappedRows>,
    /// What the driver asks to be done with the card (field id 230); 0 is nothing.
    pub recovery_action: Fact<u32>,
    /// Why the clocks are lower than they could be.
    pub throttle: Fact<Throttle>,
    /// Degrees Celsius.
    pub temperature: Fact<u32>,
    /// Power.
    pub power: Power,
    /// Clock of the multiprocessors.
    pub sm_clock: Clock,
    /// Clock of the memory.
    pub memory_clock: Clock,
    /// The link to the host.
    pub pcie: Pcie,
    /// NVLink links that are up, of those that the card has.
    pub nvlinks: Fact<(u32, u32)>,
    /// Whether the card can be and is divided.
    pub mig: Fact<MigMode>,
    /// The parts, when it is.
    pub mig_devices: Fact<Vec<MigDevice>>,
    /// Processes that use it, by id.
    pub processes: Fact<Vec<Process>>,
    /// Whether the driver stays loaded when nothing uses the card.
    pub persistence: Fact<bool>,
    /// Whether the card's own storage is sound.
    pub inforom_valid: Fact<bool>,
    /// How busy it is.
    pub utilisation: Fact<Utilisation>,
}

/// Memory of a card or of a part of one, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// In use by processes.
    pub used: u64,
    /// Left.
    pub free: u64,
    /// Kept by the driver; older libraries count it as used.
    pub reserved: Option<u64>,
}

/// Error-correcting memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ecc {
    /// Whether it is on.
    pub current: bool,
    /// Whether it will be on after the next reset.
    pub pending: bool,
}

/// Rows of memory replaced by spare ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemappedRows {
    /// After errors that were corrected.
    pub corrected: u64,
    /// After errors that weren't.
    pub uncorrected: u64,
    /// Whether some wait for a reset.
    pub pending: bool,
    /// Whether there were no spare rows left.
    pub failure: bool,
}

/// Reasons for lower clocks, as NVML's bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle(pub u64);

/// NVML's bits with their names, and whether each is a reason to refuse the card. A power cap is
/// how cards are run, and idle ones clock down.
const REASONS: [(u64, &str, bool); 9] = [
    (0x1, "idle", false),
    (0x2, "clocks set by an application", false),
    (0x4, "power cap", false),
    (0x8, "hardware slowdown", true),
    (0x10, "sync boost", false),
    (0x20, "software thermal slowdown", true),
    (0x40, "hardware thermal slowdown", true),
    (0x80, "hardware power brake", true),
    (0x100, "display clocks", false),
];

impl Throttle {
    /// Names of all reasons.
    pub fn names(self) -> Vec<&'static str> {
        self.those(|_| true)
    }

    /// Names of the reasons for which a card is refused.
    pub fn harmful(self) -> Vec<&'static str> {
        self.those(|harmful| harmful)
    }

    fn those(self, keep: impl Fn(bool) -> bool) -> Vec<&'static str> {
        let set = REASONS.iter().filter(|(bit, _, _)| self.0 & bit != 0);
        set.filter(|(_, _, harmful)| keep(*harmful))
            .map(|(_, name, _)| *name)
            .collect()
    }
}

/// Power in thousandths of a watt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Power {
    /// Now.
    pub draw_milliwatts: Fact<u32>,
    /// The limit in force.
    pub limit_milliwatts: Fact<u32>,
}

/// A clock in MHz.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Now.
    pub current: Fact<u32>,
    /// At most.
    pub max: Fact<u32>,
}

/// The link to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pcie {
    /// Generation now; an idle card lowers it.
    pub generation: Fact<u32>,
    /// Generation that card and slot can do.
    pub max_generation: Fact<u32>,
    /// Lanes now.
    pub width: Fact<u32>,
    /// Lanes that card and slot can do.
    pub max_width: Fact<u32>,
}

/// Whether a card is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigMode {
    /// Now.
    pub current: bool,
    /// After the next reset.
    pub pending: bool,
}

/// A part of a divided card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigDevice {
    /// Its place on the card; there may be gaps.
    pub index: u32,
    /// `MIG-…`.
    pub uuid: Fact<String>,
    /// Such as `1g.6gb`.
    pub profile: Fact<String>,
    /// Its memory.
    pub memory: Fact<Memory>,
}

/// A process that uses a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its id, as the driver sees it: a container may know it under another.
    pub pid: u32,
    /// Its program, when it may be known.
    pub name: Fact<String>,
    /// Bytes of the card's memory; `None` where the driver doesn't tell.
    pub memory: Option<u64>,
    /// Whether it computes; else it draws.
    pub compute: bool,
}

/// How busy a card is, in percent of the last sampling interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Utilisation {
    /// Time in which a kernel ran.
    pub gpu: u32,
    /// Time in which memory was read or written.
    pub memory: u32,
}
