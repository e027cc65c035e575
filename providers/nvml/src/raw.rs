//! Calls that the wrapper makes with more trust in the library than a check of a node can have, or
//! doesn't make.
//!
//! The wrapper reads texts up to a NUL that may be missing and makes room for as many processes as
//! the library says there are. Here buffers have fixed sizes and are read only within them.
#![expect(
    unsafe_code,
    reason = "these are C functions; every pointer is to a buffer of this module's own"
)]

use std::ffi::{c_char, c_uint};

use nvml_wrapper::error::{NvmlError, nvml_sym, nvml_try};
use nvml_wrapper::{Device, Nvml};
use nvml_wrapper_sys::bindings::{
    nvmlDevice_t, nvmlExcludedDeviceInfo_t, nvmlMemory_t, nvmlPciInfo_t, nvmlProcessInfo_t,
    nvmlReturn_t,
};

use crate::facts::{Excluded, Memory};

/// Bytes of room for a text: more than any of NVML's own sizes, 96 at most.
const TEXT: usize = 256;
/// Processes of one card that are read. More than that don't share a card.
const PROCESSES: usize = 1024;

type Symbol<T> = Result<T, libloading::Error>;
type TextCall = unsafe extern "C" fn(*mut c_char, c_uint) -> nvmlReturn_t;
type DeviceTextCall = unsafe extern "C" fn(nvmlDevice_t, *mut c_char, c_uint) -> nvmlReturn_t;
type ProcessCall =
    unsafe extern "C" fn(nvmlDevice_t, *mut c_uint, *mut nvmlProcessInfo_t) -> nvmlReturn_t;

/// The bytes before the first NUL, or all of them; what isn't UTF-8 is replaced.
fn text(bytes: &[c_char]) -> String {
    let bytes: Vec<u8> = bytes
        .iter()
        .map(|c| c.cast_unsigned())
        .take_while(|b| *b != 0)
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Room for a text, and how much of it to offer.
fn room() -> ([c_char; TEXT], c_uint) {
    ([0; TEXT], 96)
}

fn system_text(symbol: &Symbol<TextCall>) -> Result<String, NvmlError> {
    let call = nvml_sym(symbol.as_ref())?;
    let (mut buffer, length) = room();
    // SAFETY: the buffer is longer than the length that is passed.
    nvml_try(unsafe { call(buffer.as_mut_ptr(), length) })?;
    Ok(text(&buffer))
}

fn device_text(device: &Device<'_>, symbol: &Symbol<DeviceTextCall>) -> Result<String, NvmlError> {
    let call = nvml_sym(symbol.as_ref())?;
    let (mut buffer, length) = room();
    // SAFETY: the handle is the library's own; the buffer is longer than the length that is passed.
    nvml_try(unsafe { call(device.handle(), buffer.as_mut_ptr(), length) })?;
    Ok(text(&buffer))
}

/// Version of the kernel's driver.
pub(crate) fn driver_version(nvml: &Nvml) -> Result<String, NvmlError> {
    system_text(&nvml.lib().nvmlSystemGetDriverVersion)
}

/// Version of the library.
pub(crate) fn nvml_version(nvml: &Nvml) -> Result<String, NvmlError> {
    system_text(&nvml.lib().nvmlSystemGetNVMLVersion)
}

/// Program of a process.
pub(crate) fn process_name(nvml: &Nvml, pid: u32) -> Result<String, NvmlError> {
    let call = nvml_sym(nvml.lib().nvmlSystemGetProcessName.as_ref())?;
    let (mut buffer, length) = room();
    // SAFETY: the buffer is longer than the length that is passed.
    nvml_try(unsafe { call(pid, buffer.as_mut_ptr(), length) })?;
    Ok(text(&buffer))
}

/// The vendor's name of a card.
pub(crate) fn name(device: &Device<'_>) -> Result<String, NvmlError> {
    device_text(device, &device.nvml().lib().nvmlDeviceGetName)
}

/// UUID of a card or of a part of one.
pub(crate) fn uuid(device: &Device<'_>) -> Result<String, NvmlError> {
    device_text(device, &device.nvml().lib().nvmlDeviceGetUUID)
}

/// PCI bus id of a card.
pub(crate) fn bus_id(device: &Device<'_>) -> Result<String, NvmlError> {
    let call = nvml_sym(device.nvml().lib().nvmlDeviceGetPciInfo_v3.as_ref())?;
    // SAFETY: the struct holds only numbers, for which zero is a value, and outlives the call.
    let pci = unsafe {
        let mut pci: nvmlPciInfo_t = std::mem::zeroed();
        nvml_try(call(device.handle(), &raw mut pci))?;
        pci
    };
    Ok(text(&pci.busId))
}

/// A card that the driver leaves alone, by its place among those.
pub(crate) fn excluded(nvml: &Nvml, index: u32) -> Result<Excluded, NvmlError> {
    let call = nvml_sym(nvml.lib().nvmlGetExcludedDeviceInfoByIndex.as_ref())?;
    // SAFETY: the struct holds only numbers, for which zero is a value, and outlives the call.
    let info = unsafe {
        let mut info: nvmlExcludedDeviceInfo_t = std::mem::zeroed();
        nvml_try(call(index, &raw mut info))?;
        info
    };
    Ok(Excluded {
        bus_id: text(&info.pciInfo.busId),
        uuid: text(&info.uuid),
    })
}

/// Memory, with what the driver keeps where the library is new enough to tell.
pub(crate) fn memory(device: &Device<'_>) -> Result<Memory, NvmlError> {
    match memory_with_reserve(device) {
        Err(NvmlError::FailedToLoadSymbol(_) | NvmlError::FunctionNotFound) => {}
        other => return other,
    }
    let call = nvml_sym(device.nvml().lib().nvmlDeviceGetMemoryInfo.as_ref())?;
    let mut info = nvmlMemory_t {
        total: 0,
        free: 0,
        used: 0,
    };
    // SAFETY: the handle is the library's own; the struct outlives the call.
    nvml_try(unsafe { call(device.handle(), &raw mut info) })?;
    Ok(Memory {
        total: info.total,
        used: info.used,
        free: info.free,
        reserved: None,
    })
}

fn memory_with_reserve(device: &Device<'_>) -> Result<Memory, NvmlError> {
    let info = device.memory_info()?;
    Ok(Memory {
        total: info.total,
        used: info.used,
        free: info.free,
        reserved: Some(info.reserved),
    })
}

/// Ids of processes with the memory that they use.
pub(crate) fn processes(
    device: &Device<'_>,
    compute: bool,
) -> Result<Vec<(u32, Option<u64>)>, NvmlError> {
    let lib = device.nvml().lib();
    let (new, old) = if compute {
        (
            &lib.nvmlDeviceGetComputeRunningProcesses_v3,
            &lib.nvmlDeviceGetComputeRunningProcesses_v2,
        )
    } else {
        (
            &lib.nvmlDeviceGetGraphicsRunningProcesses_v3,
            &lib.nvmlDeviceGetGraphicsRunningProcesses_v2,
        )
    };
    // Both take the same struct; the third version came with driver 510.
    match listed(device, new) {
        Err(NvmlError::FailedToLoadSymbol(missing)) => {
            listed(device, old).map_err(|error| match error {
                NvmlError::FailedToLoadSymbol(_) => NvmlError::FailedToLoadSymbol(missing),
                other => other,
            })
        }
        other => other,
    }
}

fn listed(
    device: &Device<'_>,
    symbol: &Symbol<ProcessCall>,
) -> Result<Vec<(u32, Option<u64>)>, NvmlError> {
    let call = nvml_sym(symbol.as_ref())?;
    let none = nvmlProcessInfo_t {
        pid: 0,
        usedGpuMemory: 0,
        gpuInstanceId: 0,
        computeInstanceId: 0,
    };
    let mut found = vec![none; PROCESSES];
    let mut count = c_uint::try_from(PROCESSES).unwrap_or(0);
    // SAFETY: the handle is the library's own; the buffer has room for as many as `count` says.
    nvml_try(unsafe { call(device.handle(), &raw mut count, found.as_mut_ptr()) })?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count > PROCESSES {
        return Err(NvmlError::InsufficientSize(Some(count)));
    }
    found.truncate(count);
    Ok(found
        .iter()
        // All ones is NVML's way to say that the driver doesn't know.
        .map(|p| {
            (
                p.pid,
                Some(p.usedGpuMemory).filter(|used| *used != u64::MAX),
            )
        })
        .collect())
}
