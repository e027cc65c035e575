//! What changes while work runs.

use nvml_wrapper::Nvml;

use crate::fact::Fact;
use crate::facts::{Memory, Utilisation};
use crate::read;

/// One card at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its index.
    pub index: u32,
    /// How busy it is.
    pub utilisation: Fact<Utilisation>,
    /// Its memory.
    pub memory: Fact<Memory>,
    /// The memory of each of its parts, when it is divided.
    pub parts: Vec<Fact<Memory>>,
    /// Power in thousandths of a watt.
    pub milliwatts: Fact<u32>,
}

impl Sample {
    /// Bytes in use that have to fit into what programs can have: of the card, or of the part with
    /// the most when it is divided; unknown when `None`.
    pub fn used(&self) -> Option<u64> {
        let used = |memory: &Fact<Memory>| memory.known().map(|memory| memory.used);
        match &self.parts[..] {
            [] => used(&self.memory),
            parts => parts.iter().filter_map(used).max(),
        }
    }
}

/// All cards that can be opened, now.
pub(crate) fn take(nvml: &Nvml) -> Vec<Sample> {
    let (devices, _) = read::devices(nvml);
    let cards = devices.iter().map(|(index, device)| Sample {
        index: *index,
        utilisation: read::utilisation(device).into(),
        memory: read::memory(device),
        parts: read::part_memories(device),
        milliwatts: device.power_usage().into(),
    });
    cards.collect()
}
