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
    /// Power in thousandths of a watt.
    pub milliwatts: Fact<u32>,
}

/// All cards that can be opened, now.
pub(crate) fn take(nvml: &Nvml) -> Vec<Sample> {
    let (devices, _) = read::devices(nvml);
    let cards = devices.iter().map(|(index, device)| Sample {
        index: *index,
        utilisation: read::utilisation(device).into(),
        memory: read::memory(device),
        milliwatts: device.power_usage().into(),
    });
    cards.collect()
}
