//! Functions about the parts of a card. `parts` is a list of pairs: profile, and memory as that of a
//! card; null is a place without a part.

use std::ffi::c_uint;

use nvml_wrapper_sys::bindings::{
    nvmlDevice_t, nvmlDeviceAttributes_t, nvmlReturn_enum_NVML_ERROR_NOT_FOUND, nvmlReturn_t,
};
use serde_json::Value;

use crate::device::{Handle, said};
use crate::profile::{Said, number, small};
use crate::write::{code, put};

fn part(handle: Handle, index: usize) -> Said<Value> {
    match handle.get("parts")?.get(index) {
        None | Some(Value::Null) => Err(nvmlReturn_enum_NVML_ERROR_NOT_FOUND),
        Some(part) => Ok(part.clone()),
    }
}

/// The card's name with the profile, as the vendor writes it; without when `parts_unnamed` is there.
pub(crate) fn name(handle: Handle, index: usize) -> Said<Value> {
    let part = part(handle, index)?;
    let name = handle.get("name")?;
    let name = name.as_str().unwrap_or_default();
    if handle.get("parts_unnamed").is_ok() {
        return Ok(Value::String(name.to_owned()));
    }
    let profile = part[0].as_str().unwrap_or_default();
    Ok(Value::String(format!("{name} MIG {profile}")))
}

pub(crate) fn memory(handle: Handle, index: usize) -> Said<Value> {
    Ok(part(handle, index)?[1].clone())
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetMigMode(
    device: nvmlDevice_t,
    current: *mut c_uint,
    pending: *mut c_uint,
) -> nvmlReturn_t {
    code(said(device, "mig").and_then(|mode| {
        put(current, small(&mode[0])?)?;
        put(pending, small(&mode[1])?)
    }))
}

/// `part_count` when the profile has it, which may be a lie; else 7, as of the vendor.
#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetMaxMigDeviceCount(
    device: nvmlDevice_t,
    to: *mut c_uint,
) -> nvmlReturn_t {
    let count = match said(device, "part_count") {
        Ok(value) => small(&value),
        Err(_) => Ok(7),
    };
    code(count.and_then(|count| put(to, count)))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetMigDeviceHandleByIndex(
    device: nvmlDevice_t,
    index: c_uint,
    to: *mut nvmlDevice_t,
) -> nvmlReturn_t {
    code(Handle::of(device).and_then(|handle| {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        part(handle, index)?;
        let handle = Handle {
            part: Some(index),
            ..handle
        };
        put(to, handle.as_device())
    }))
}

/// The slices are the number that the profile's name begins with.
fn attributes(device: nvmlDevice_t) -> Said<nvmlDeviceAttributes_t> {
    let handle = Handle::of(device)?;
    let index = handle.part.ok_or(nvmlReturn_enum_NVML_ERROR_NOT_FOUND)?;
    let part = part(handle, index)?;
    let profile = part[0].as_str().unwrap_or_default();
    let slices = profile
        .split('g')
        .next()
        .and_then(|digits| digits.parse().ok());
    let slices = slices.unwrap_or(0);
    Ok(nvmlDeviceAttributes_t {
        multiprocessorCount: slices * 14,
        sharedCopyEngineCount: slices,
        sharedDecoderCount: 0,
        sharedEncoderCount: 0,
        sharedJpegCount: 0,
        sharedOfaCount: 0,
        gpuInstanceSliceCount: slices,
        computeInstanceSliceCount: slices,
        memorySizeMB: number(&part[1][0])?,
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetAttributes_v2(
    device: nvmlDevice_t,
    to: *mut nvmlDeviceAttributes_t,
) -> nvmlReturn_t {
    code(attributes(device).and_then(|attributes| put(to, attributes)))
}
