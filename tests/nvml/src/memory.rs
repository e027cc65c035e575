//! Memory, and who uses it.

use std::ffi::c_uint;

use nvml_wrapper_sys::bindings::{
    nvmlDevice_t, nvmlMemory_t, nvmlMemory_v2_t, nvmlProcessInfo_t,
    nvmlReturn_enum_NVML_ERROR_ARGUMENT_VERSION_MISMATCH,
    nvmlReturn_enum_NVML_ERROR_INSUFFICIENT_SIZE, nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED,
    nvmlReturn_t,
};
use serde_json::Value;

use crate::device::{Handle, said};
use crate::profile::{Said, number};
use crate::write::{code, put};

/// Total, reserved and used, in MiB, of the card or the part: `memory_over_time` where it changes.
fn figures(device: nvmlDevice_t) -> Said<[u64; 3]> {
    let handle = Handle::of(device)?;
    let value = match handle.part {
        Some(part) => crate::parts::memory(handle, part)?,
        None => match handle.get("memory_over_time") {
            Err(nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED) => handle.get("memory")?,
            other => other?,
        },
    };
    let mut figures = [0; 3];
    for (i, figure) in figures.iter_mut().enumerate() {
        *figure = number(&value[i])?.saturating_mul(1 << 20);
    }
    Ok(figures)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetMemoryInfo(
    device: nvmlDevice_t,
    to: *mut nvmlMemory_t,
) -> nvmlReturn_t {
    code(figures(device).and_then(|[total, reserved, used]| {
        let used = used.saturating_add(reserved);
        let free = total.saturating_sub(used);
        put(to, nvmlMemory_t { total, free, used })
    }))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetMemoryInfo_v2(
    device: nvmlDevice_t,
    to: *mut nvmlMemory_v2_t,
) -> nvmlReturn_t {
    code(figures(device).and_then(|[total, reserved, used]| {
        // SAFETY: the caller's contract is the vendor's: a pointer to one such struct.
        let version = unsafe { (*to).version };
        let size = u32::try_from(size_of::<nvmlMemory_v2_t>()).unwrap_or(0);
        if version != size | (2 << 24) {
            return Err(nvmlReturn_enum_NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
        }
        let free = total.saturating_sub(used.saturating_add(reserved));
        put(
            to,
            nvmlMemory_v2_t {
                version,
                total,
                reserved,
                free,
                used,
            },
        )
    }))
}

/// `name` is a list of pairs: id and MiB. With `process_count` that many are said to be there.
fn list(
    device: nvmlDevice_t,
    name: &str,
    count: *mut c_uint,
    to: *mut nvmlProcessInfo_t,
) -> Said<()> {
    let listed = said(device, name)?;
    let listed: &[Value] = listed.as_array().map_or(&[], Vec::as_slice);
    // SAFETY: the caller's contract is the vendor's: a pointer to one number.
    let room = usize::try_from(unsafe { *count }).unwrap_or(0);
    let there = u32::try_from(listed.len()).unwrap_or(u32::MAX);
    if let Ok(lie) = said(device, "process_count") {
        return put(count, u32::try_from(number(&lie)?).unwrap_or(u32::MAX));
    }
    put(count, there)?;
    if listed.len() > room {
        return Err(nvmlReturn_enum_NVML_ERROR_INSUFFICIENT_SIZE);
    }
    for (i, process) in listed.iter().enumerate() {
        let process = nvmlProcessInfo_t {
            pid: u32::try_from(number(&process[0])?).unwrap_or(0),
            usedGpuMemory: number(&process[1])?.saturating_mul(1 << 20),
            gpuInstanceId: u32::MAX,
            computeInstanceId: u32::MAX,
        };
        // SAFETY: there are no more than the caller has room for.
        put(unsafe { to.add(i) }, process)?;
    }
    Ok(())
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetComputeRunningProcesses_v3(
    device: nvmlDevice_t,
    count: *mut c_uint,
    to: *mut nvmlProcessInfo_t,
) -> nvmlReturn_t {
    code(list(device, "compute_processes", count, to))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetGraphicsRunningProcesses_v3(
    device: nvmlDevice_t,
    count: *mut c_uint,
    to: *mut nvmlProcessInfo_t,
) -> nvmlReturn_t {
    code(list(device, "graphics_processes", count, to))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetComputeRunningProcesses_v2(
    device: nvmlDevice_t,
    count: *mut c_uint,
    to: *mut nvmlProcessInfo_t,
) -> nvmlReturn_t {
    code(list(device, "compute_processes", count, to))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetGraphicsRunningProcesses_v2(
    device: nvmlDevice_t,
    count: *mut c_uint,
    to: *mut nvmlProcessInfo_t,
) -> nvmlReturn_t {
    code(list(device, "graphics_processes", count, to))
}
