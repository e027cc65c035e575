//! Functions about one card.

use std::ffi::{c_char, c_int, c_uint, c_ulonglong};

use nvml_wrapper_sys::bindings::{
    nvmlClockType_t, nvmlDevice_t, nvmlEccCounterType_t, nvmlEnableState_t, nvmlFieldValue_t,
    nvmlGpuP2PCapsIndex_t, nvmlGpuP2PStatus_t, nvmlMemoryErrorType_t, nvmlPciInfo_t,
    nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT, nvmlReturn_enum_NVML_SUCCESS, nvmlReturn_t,
    nvmlTemperatureSensors_t, nvmlUtilization_t, nvmlValue_t,
};
use serde_json::Value;

use crate::profile::{Said, card, cards, number, small};
use crate::write::{code, fill, put, put_text};

/// A card, or a part of one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handle {
    pub(crate) card: usize,
    pub(crate) part: Option<usize>,
}

impl Handle {
    /// As a pointer that points nowhere: the card's number and the part's, both from 1.
    pub(crate) fn as_device(self) -> nvmlDevice_t {
        let part = self.part.map_or(0, |part| part + 1);
        std::ptr::without_provenance_mut((part << 16) | (self.card + 1))
    }

    pub(crate) fn of(device: nvmlDevice_t) -> Said<Self> {
        let number = device.addr();
        let card = (number & 0xffff)
            .checked_sub(1)
            .filter(|card| *card < cards());
        let card = card.ok_or(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT)?;
        let part = (number >> 16).checked_sub(1);
        Ok(Self { card, part })
    }

    /// A member of the card.
    pub(crate) fn get(self, name: &str) -> Said<Value> {
        card(self.card, name)
    }
}

/// What the card says under a name.
pub(crate) fn said(device: nvmlDevice_t, name: &str) -> Said<Value> {
    Handle::of(device)?.get(name)
}

/// Writes a number that the card says under a name.
fn put_number(device: nvmlDevice_t, name: &str, to: *mut c_uint) -> nvmlReturn_t {
    code(said(device, name).and_then(|value| put(to, small(&value)?)))
}

/// Two states from a list of two.
fn put_pair(device: nvmlDevice_t, name: &str, to: [*mut c_uint; 2]) -> nvmlReturn_t {
    code(said(device, name).and_then(|value| {
        put(to[0], small(&value[0])?)?;
        put(to[1], small(&value[1])?)
    }))
}

/// A struct that says nothing.
pub(crate) fn no_pci() -> nvmlPciInfo_t {
    nvmlPciInfo_t {
        busIdLegacy: [0; 16],
        domain: 0,
        bus: 0,
        device: 0,
        pciDeviceId: 0,
        pciSubSystemId: 0,
        busId: [0; 32],
    }
}

fn name_of(device: nvmlDevice_t) -> Said<Value> {
    let handle = Handle::of(device)?;
    match handle.part {
        None => handle.get("name"),
        Some(part) => crate::parts::name(handle, part),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetName(
    device: nvmlDevice_t,
    to: *mut c_char,
    length: c_uint,
) -> nvmlReturn_t {
    code(name_of(device).and_then(|name| put_text(to, length, &name)))
}

fn uuid_of(device: nvmlDevice_t) -> Said<Value> {
    let handle = Handle::of(device)?;
    let card = handle.card;
    Ok(Value::String(match handle.part {
        None => format!("GPU-00000000-0000-4000-8000-{card:012x}"),
        Some(part) => format!("MIG-00000000-0000-4000-8000-{card:06x}{part:06x}"),
    }))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetUUID(
    device: nvmlDevice_t,
    to: *mut c_char,
    length: c_uint,
) -> nvmlReturn_t {
    code(uuid_of(device).and_then(|uuid| put_text(to, length, &uuid)))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetPciInfo_v3(
    device: nvmlDevice_t,
    to: *mut nvmlPciInfo_t,
) -> nvmlReturn_t {
    code(pci(device).and_then(|pci| put(to, pci)))
}

fn pci(device: nvmlDevice_t) -> Said<nvmlPciInfo_t> {
    let card = Handle::of(device)?.card;
    let bus = u32::try_from(0x10 + card * 8).unwrap_or(0);
    let mut pci = nvmlPciInfo_t { bus, ..no_pci() };
    fill(
        &mut pci.busId,
        &Value::String(format!("00000000:{bus:02X}:00.0")),
    )?;
    Ok(pci)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetCudaComputeCapability(
    device: nvmlDevice_t,
    major: *mut c_int,
    minor: *mut c_int,
) -> nvmlReturn_t {
    put_pair(device, "compute_capability", [major.cast(), minor.cast()])
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetEccMode(
    device: nvmlDevice_t,
    current: *mut nvmlEnableState_t,
    pending: *mut nvmlEnableState_t,
) -> nvmlReturn_t {
    put_pair(device, "ecc", [current, pending])
}

/// Uncorrected errors (type 1): `ecc_volatile` since the start, `ecc_aggregate` ever.
#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetTotalEccErrors(
    device: nvmlDevice_t,
    kind: nvmlMemoryErrorType_t,
    counter: nvmlEccCounterType_t,
    to: *mut c_ulonglong,
) -> nvmlReturn_t {
    let name = if counter == 0 {
        "ecc_volatile"
    } else {
        "ecc_aggregate"
    };
    code(said(device, name).and_then(|value| {
        let count = number(&value)?;
        put(to, if kind == 1 { count } else { 0 })
    }))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetRetiredPagesPendingStatus(
    device: nvmlDevice_t,
    to: *mut nvmlEnableState_t,
) -> nvmlReturn_t {
    put_number(device, "retirement_pending", to)
}

/// Fields are members of `fields`, by id.
#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetFieldValues(
    device: nvmlDevice_t,
    count: c_int,
    values: *mut nvmlFieldValue_t,
) -> nvmlReturn_t {
    let fields = match said(device, "fields") {
        Ok(fields) => fields,
        Err(code) => return code,
    };
    for i in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: the caller has as many of them as it says.
        let field = unsafe { &mut *values.add(i) };
        match number(&fields[field.fieldId.to_string()]) {
            Ok(value) => {
                field.valueType = 3;
                field.value = nvmlValue_t { ullVal: value };
                field.nvmlReturn = nvmlReturn_enum_NVML_SUCCESS;
            }
            Err(_) => field.nvmlReturn = nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT,
        }
    }
    nvmlReturn_enum_NVML_SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetCurrentClocksThrottleReasons(
    device: nvmlDevice_t,
    to: *mut c_ulonglong,
) -> nvmlReturn_t {
    code(said(device, "throttle").and_then(|value| put(to, number(&value)?)))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetTemperature(
    device: nvmlDevice_t,
    _sensor: nvmlTemperatureSensors_t,
    to: *mut c_uint,
) -> nvmlReturn_t {
    put_number(device, "temperature", to)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetPowerUsage(device: nvmlDevice_t, to: *mut c_uint) -> nvmlReturn_t {
    put_number(device, "power", to)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetEnforcedPowerLimit(
    device: nvmlDevice_t,
    to: *mut c_uint,
) -> nvmlReturn_t {
    put_number(device, "power_limit", to)
}

/// `clocks` and `max_clocks` are lists by NVML's number of the clock: graphics, SM, memory, video.
fn put_clock(
    device: nvmlDevice_t,
    name: &str,
    which: nvmlClockType_t,
    to: *mut c_uint,
) -> nvmlReturn_t {
    let which = usize::try_from(which).unwrap_or(usize::MAX);
    code(said(device, name).and_then(|clocks| put(to, small(&clocks[which])?)))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetClockInfo(
    device: nvmlDevice_t,
    which: nvmlClockType_t,
    to: *mut c_uint,
) -> nvmlReturn_t {
    put_clock(device, "clocks", which, to)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetMaxClockInfo(
    device: nvmlDevice_t,
    which: nvmlClockType_t,
    to: *mut c_uint,
) -> nvmlReturn_t {
    put_clock(device, "max_clocks", which, to)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetCurrPcieLinkGeneration(
    device: nvmlDevice_t,
    to: *mut c_uint,
) -> nvmlReturn_t {
    put_number(device, "pcie_generation", to)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetMaxPcieLinkGeneration(
    device: nvmlDevice_t,
    to: *mut c_uint,
) -> nvmlReturn_t {
    put_number(device, "pcie_max_generation", to)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetCurrPcieLinkWidth(
    device: nvmlDevice_t,
    to: *mut c_uint,
) -> nvmlReturn_t {
    put_number(device, "pcie_width", to)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetMaxPcieLinkWidth(
    device: nvmlDevice_t,
    to: *mut c_uint,
) -> nvmlReturn_t {
    put_number(device, "pcie_max_width", to)
}

/// `nvlinks` is a list with 1 for each link that is up and 0 for each that is down, or a number of
/// links that are all up.
#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetNvLinkState(
    device: nvmlDevice_t,
    link: c_uint,
    to: *mut nvmlEnableState_t,
) -> nvmlReturn_t {
    code(said(device, "nvlinks").and_then(|links| {
        if let Some(all) = links.as_u64() {
            return put(to, u32::from(u64::from(link) < all));
        }
        let link = usize::try_from(link).unwrap_or(usize::MAX);
        let state = links
            .get(link)
            .ok_or(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT)?;
        put(to, small(state)?)
    }))
}

/// `p2p` is a list of statuses by NVML's number of what is asked: read, write, NVLink.
#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetP2PStatus(
    device: nvmlDevice_t,
    other: nvmlDevice_t,
    which: nvmlGpuP2PCapsIndex_t,
    to: *mut nvmlGpuP2PStatus_t,
) -> nvmlReturn_t {
    let statuses = Handle::of(other).and_then(|_| said(device, "p2p"));
    let which = usize::try_from(which).unwrap_or(usize::MAX);
    code(statuses.and_then(|statuses| put(to, small(&statuses[which])?)))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetPersistenceMode(
    device: nvmlDevice_t,
    to: *mut nvmlEnableState_t,
) -> nvmlReturn_t {
    put_number(device, "persistence", to)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceValidateInforom(device: nvmlDevice_t) -> nvmlReturn_t {
    code(said(device, "inforom").map(drop))
}

/// `utilisation_over_time` is a list of pairs: GPU and memory.
#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetUtilizationRates(
    device: nvmlDevice_t,
    to: *mut nvmlUtilization_t,
) -> nvmlReturn_t {
    code(said(device, "utilisation_over_time").and_then(|rates| {
        let (gpu, memory) = (small(&rates[0])?, small(&rates[1])?);
        put(to, nvmlUtilization_t { gpu, memory })
    }))
}
