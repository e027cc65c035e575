//! Asking the library for everything. What it says is taken as it is, but never as a size of
//! something to make room for.

use nvml_wrapper::enum_wrappers::device::{
    Clock as ClockType, EccCounter, MemoryError, P2pCapabilitiesIndex, P2pStatus, TemperatureSensor,
};
use nvml_wrapper::enums::device::SampleValue;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::structs::device::FieldId;
use nvml_wrapper::{Device, Nvml};

use crate::error::symbol_in;
use crate::fact::Fact;
use crate::facts::{
    Clock, Ecc, Excluded, GpuFacts, Memory, MigDevice, MigMode, NodeFacts, Pcie, Peer, Power,
    Process, RemappedRows, Throttle, Unreadable, Utilisation, Version,
};
use crate::raw;

/// Cards of one node that are opened. The largest nodes have 16; more than this is a mistake of the
/// library, and opening what isn't there takes time.
pub(crate) const GPUS: u32 = 64;
/// Parts of one card that are looked for; MIG makes at most 7, or 8 of the smallest.
const PARTS: u32 = 64;
/// Links of one card that are looked for: `NVML_NVLINK_MAX_LINKS`.
const LINKS: u32 = 18;

/// Fields of rows replaced after corrected and uncorrected errors, of waiting and of failed ones.
const ROWS: [u32; 4] = [142, 143, 144, 145];
/// Field of what the driver asks to be done with a card.
const RECOVERY: u32 = 230;

impl<T> From<Result<T, NvmlError>> for Fact<T> {
    fn from(result: Result<T, NvmlError>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(NvmlError::NotSupported) => Self::Unsupported,
            Err(error) => Self::Failed(reason(&error)),
        }
    }
}

/// The wrapper's words, or of a missing function its name without the loader's.
fn reason(error: &NvmlError) -> String {
    match error {
        NvmlError::FailedToLoadSymbol(text) => {
            format!("the library has no `{}`", symbol_in(text))
        }
        NvmlError::InsufficientSize(_) => "the library lists more of them than can be".to_owned(),
        other => other.to_string(),
    }
}

/// Everything about the machine but the kernel's log.
pub(crate) fn node(nvml: &Nvml) -> NodeFacts {
    let (devices, unreadable) = devices(nvml);
    NodeFacts {
        driver: raw::driver_version(nvml).into(),
        cuda: cuda(nvml).into(),
        nvml: raw::nvml_version(nvml).into(),
        count: nvml.device_count().into(),
        gpus: devices
            .iter()
            .map(|(i, device)| gpu(nvml, *i, device))
            .collect(),
        unreadable,
        excluded: excluded(nvml).into(),
        peers: peers(&devices),
        xids: Fact::Failed("the kernel's log wasn't read".to_owned()),
    }
}

/// The cards that can be opened, and those that can't.
pub(crate) fn devices(nvml: &Nvml) -> (Vec<(u32, Device<'_>)>, Vec<Unreadable>) {
    let (mut devices, mut unreadable) = (Vec::new(), Vec::new());
    for index in 0..nvml.device_count().unwrap_or(0).min(GPUS) {
        match nvml.device_by_index(index) {
            Ok(device) => devices.push((index, device)),
            Err(error) => unreadable.push(Unreadable {
                index,
                reason: reason(&error),
            }),
        }
    }
    (devices, unreadable)
}

/// CUDA's version is one number: 12040 is 12.4.
fn cuda(nvml: &Nvml) -> Result<Version, NvmlError> {
    let number = nvml.sys_cuda_driver_version()?;
    let number = u32::try_from(number).map_err(|_| NvmlError::Unknown)?;
    Ok(Version {
        major: number / 1000,
        minor: number % 1000 / 10,
    })
}

fn excluded(nvml: &Nvml) -> Result<Vec<Excluded>, NvmlError> {
    let count = nvml.excluded_device_count()?.min(GPUS);
    (0..count).map(|index| raw::excluded(nvml, index)).collect()
}

fn peers(devices: &[(u32, Device<'_>)]) -> Vec<Peer> {
    let mut peers = Vec::new();
    for (i, (first, one)) in devices.iter().enumerate() {
        for (second, other) in &devices[i + 1..] {
            let reach = |by| -> Fact<bool> {
                let status = one.p2p_status(other, by);
                status.map(|status| status == P2pStatus::Ok).into()
            };
            peers.push(Peer {
                first: *first,
                second: *second,
                nvlink: reach(P2pCapabilitiesIndex::NvLink),
                read: reach(P2pCapabilitiesIndex::Read),
            });
        }
    }
    peers
}

fn gpu(nvml: &Nvml, index: u32, device: &Device<'_>) -> GpuFacts {
    let ecc_errors = |counter| device.total_ecc_errors(MemoryError::Uncorrected, counter);
    let mig = mig_mode(device);
    let mig_devices = match mig {
        Ok(MigMode { current: true, .. }) => mig_devices(device).into(),
        Ok(_) => Fact::Known(Vec::new()),
        Err(_) => Fact::Unsupported,
    };
    GpuFacts {
        index,
        uuid: raw::uuid(device).into(),
        bus_id: raw::bus_id(device).into(),
        product: raw::name(device).into(),
        compute_capability: compute_capability(device).into(),
        memory: raw::memory(device).into(),
        ecc: ecc(device).into(),
        ecc_volatile: ecc_errors(EccCounter::Volatile).into(),
        ecc_aggregate: ecc_errors(EccCounter::Aggregate).into(),
        retirement_pending: device.are_pages_pending_retired().into(),
        remapped_rows: remapped_rows(device),
        recovery_action: field_values(device, &[RECOVERY]).map(|values| clamp(values[0])),
        throttle: throttle(device).into(),
        temperature: device.temperature(TemperatureSensor::Gpu).into(),
        power: Power {
            draw_milliwatts: device.power_usage().into(),
            limit_milliwatts: device.enforced_power_limit().into(),
        },
        sm_clock: clock(device, ClockType::SM),
        memory_clock: clock(device, ClockType::Memory),
        pcie: pcie(device),
        nvlinks: nvlinks(device),
        mig: mig.into(),
        mig_devices,
        processes: processes(nvml, device).into(),
        persistence: device.is_in_persistent_mode().into(),
        inforom_valid: inforom(device).into(),
        utilisation: utilisation(device).into(),
    }
}

fn clamp(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn compute_capability(device: &Device<'_>) -> Result<Version, NvmlError> {
    let found = device.cuda_compute_capability()?;
    let part = |number: i32| u32::try_from(number).map_err(|_| NvmlError::Unknown);
    Ok(Version {
        major: part(found.major)?,
        minor: part(found.minor)?,
    })
}

fn ecc(device: &Device<'_>) -> Result<Ecc, NvmlError> {
    let state = device.is_ecc_enabled()?;
    Ok(Ecc {
        current: state.currently_enabled,
        pending: state.pending_enabled,
    })
}

fn throttle(device: &Device<'_>) -> Result<Throttle, NvmlError> {
    Ok(Throttle(device.current_throttle_reasons()?.bits()))
}

fn clock(device: &Device<'_>, which: ClockType) -> Clock {
    Clock {
        current: device.clock_info(which).into(),
        max: device.max_clock_info(which).into(),
    }
}

fn pcie(device: &Device<'_>) -> Pcie {
    Pcie {
        generation: device.current_pcie_link_gen().into(),
        max_generation: device.max_pcie_link_gen().into(),
        width: device.current_pcie_link_width().into(),
        max_width: device.max_pcie_link_width().into(),
    }
}

/// Links that are up, of those that the card answers for.
fn nvlinks(device: &Device<'_>) -> Fact<(u32, u32)> {
    let (mut up, mut all) = (0, 0);
    for link in 0..LINKS {
        match device.link_wrapper_for(link).is_active() {
            Ok(active) => {
                all += 1;
                up += u32::from(active);
            }
            // The numbers of a card's links begin at 0; the first that it doesn't know ends them.
            Err(NvmlError::InvalidArg | NvmlError::NotSupported) => break,
            Err(error) => return Fact::Failed(reason(&error)),
        }
    }
    if all == 0 {
        return Fact::Unsupported;
    }
    Fact::Known((up, all))
}

fn inforom(device: &Device<'_>) -> Result<bool, NvmlError> {
    match device.validate_info_rom() {
        Ok(()) => Ok(true),
        Err(NvmlError::CorruptedInfoROM) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(crate) fn utilisation(device: &Device<'_>) -> Result<Utilisation, NvmlError> {
    let rates = device.utilization_rates()?;
    Ok(Utilisation {
        gpu: rates.gpu.min(100),
        memory: rates.memory.min(100),
    })
}

fn remapped_rows(device: &Device<'_>) -> Fact<RemappedRows> {
    field_values(device, &ROWS).map(|values| RemappedRows {
        corrected: values[0],
        uncorrected: values[1],
        pending: values[2] != 0,
        failure: values[3] != 0,
    })
}

/// Values of fields, one for each id; none when one of them isn't there.
fn field_values(device: &Device<'_>, ids: &[u32]) -> Fact<Vec<u64>> {
    let ids: Vec<FieldId> = ids.iter().map(|id| FieldId(*id)).collect();
    let samples = match device.field_values_for(&ids) {
        Ok(samples) => samples,
        Err(error) => return Err(error).into(),
    };
    let mut values = Vec::new();
    for sample in samples {
        match sample.and_then(|sample| sample.value) {
            Ok(SampleValue::U32(value)) => values.push(u64::from(value)),
            Ok(SampleValue::U64(value)) => values.push(value),
            Ok(SampleValue::I64(value)) if value >= 0 => values.push(value.cast_unsigned()),
            Ok(_) => return Fact::Failed("the field isn't a whole number".to_owned()),
            // An older driver says of a field that it doesn't know that the argument is invalid.
            Err(NvmlError::InvalidArg) => return Fact::Unsupported,
            Err(error) => return Err(error).into(),
        }
    }
    Fact::Known(values)
}

fn mig_mode(device: &Device<'_>) -> Result<MigMode, NvmlError> {
    let mode = device.mig_mode()?;
    Ok(MigMode {
        current: mode.current == 1,
        pending: mode.pending == 1,
    })
}

fn mig_devices(device: &Device<'_>) -> Result<Vec<MigDevice>, NvmlError> {
    let mut found = Vec::new();
    for index in 0..device.mig_device_count()?.min(PARTS) {
        let part = match device.mig_device_by_index(index) {
            Ok(part) => part,
            // Places without a part are between those with one.
            Err(NvmlError::NotFound) => continue,
            Err(error) => return Err(error),
        };
        found.push(MigDevice {
            index,
            uuid: raw::uuid(&part).into(),
            profile: profile(&part).into(),
            memory: raw::memory(&part).into(),
        });
    }
    Ok(found)
}

/// `1g.6gb`: from the part's name, which ends in it; else put together from what it has.
fn profile(part: &Device<'_>) -> Result<String, NvmlError> {
    let name = raw::name(part).unwrap_or_default();
    if let Some((_, profile)) = name.rsplit_once(" MIG ") {
        return Ok(profile.to_owned());
    }
    let has = part.attributes()?;
    let slices = has.gpu_instance_slice_count;
    let gigabytes = has.memory_size_mb.div_ceil(1024);
    Ok(format!("{slices}g.{gigabytes}gb"))
}

fn processes(nvml: &Nvml, device: &Device<'_>) -> Result<Vec<Process>, NvmlError> {
    let mut found = Vec::new();
    for compute in [true, false] {
        let listed = match raw::processes(device, compute) {
            // Some cards only compute.
            Err(NvmlError::NotSupported) if !compute => Vec::new(),
            other => other?,
        };
        found.extend(listed.into_iter().map(|(pid, memory)| Process {
            pid,
            name: raw::process_name(nvml, pid).into(),
            memory,
            compute,
        }));
    }
    found.sort_by_key(|process| (process.pid, !process.compute));
    found.dedup_by_key(|process| process.pid);
    Ok(found)
}

/// Memory of a card, for samples.
pub(crate) fn memory(device: &Device<'_>) -> Fact<Memory> {
    raw::memory(device).into()
}

/// Memory of each part of a card, for samples; none when it isn't divided.
pub(crate) fn part_memories(device: &Device<'_>) -> Vec<Fact<Memory>> {
    if !mig_mode(device).is_ok_and(|mode| mode.current) {
        return Vec::new();
    }
    let count = device.mig_device_count().unwrap_or(0).min(PARTS);
    let parts = (0..count).filter_map(|index| device.mig_device_by_index(index).ok());
    parts.map(|part| memory(&part)).collect()
}
