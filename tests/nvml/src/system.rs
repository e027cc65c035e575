//! Functions about the library and the machine.

use std::ffi::{c_char, c_int, c_uint};

use nvml_wrapper_sys::bindings::{
    nvmlDevice_t, nvmlExcludedDeviceInfo_t, nvmlPciInfo_t,
    nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT, nvmlReturn_enum_NVML_ERROR_NOT_FOUND,
    nvmlReturn_enum_NVML_SUCCESS, nvmlReturn_t,
};
use serde_json::Value;

use crate::device::{Handle, no_pci};
use crate::profile::{self, Said, cards, node, number, small};
use crate::write::{code, fill, put, put_text};

/// No exported function calls another: one that is taken out would keep the library from loading.
fn start() -> nvmlReturn_t {
    let refused = node("init").err().filter(|code| *code != 3);
    refused.unwrap_or(nvmlReturn_enum_NVML_SUCCESS)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlInit_v2() -> nvmlReturn_t {
    start()
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlInitWithFlags(_flags: c_uint) -> nvmlReturn_t {
    start()
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlShutdown() -> nvmlReturn_t {
    nvmlReturn_enum_NVML_SUCCESS
}

fn text(name: &str, to: *mut c_char, length: c_uint) -> nvmlReturn_t {
    code(node(name).and_then(|value| put_text(to, length, &value)))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlSystemGetDriverVersion(to: *mut c_char, length: c_uint) -> nvmlReturn_t {
    text("driver", to, length)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlSystemGetNVMLVersion(to: *mut c_char, length: c_uint) -> nvmlReturn_t {
    text("nvml", to, length)
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlSystemGetCudaDriverVersion_v2(to: *mut c_int) -> nvmlReturn_t {
    let version = node("cuda").and_then(|value| small(&value));
    code(version.and_then(|version| put(to, version.cast_signed())))
}

/// What a process is called is said by the profile's `process_names`, by id.
#[unsafe(no_mangle)]
pub extern "C" fn nvmlSystemGetProcessName(
    pid: c_uint,
    to: *mut c_char,
    length: c_uint,
) -> nvmlReturn_t {
    let name = node("process_names").map(|names| names[pid.to_string()].clone());
    match name {
        Ok(Value::Null) | Err(_) => nvmlReturn_enum_NVML_ERROR_NOT_FOUND,
        Ok(name) => code(put_text(to, length, &name)),
    }
}

/// `count` when the profile has it, which may be a lie.
#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetCount_v2(to: *mut c_uint) -> nvmlReturn_t {
    let count = match node("count") {
        Err(3) => Ok(u32::try_from(cards()).unwrap_or(u32::MAX)),
        said => said.and_then(|value| small(&value)),
    };
    code(count.and_then(|count| put(to, count)))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetHandleByIndex_v2(
    index: c_uint,
    to: *mut nvmlDevice_t,
) -> nvmlReturn_t {
    code(open(index).and_then(|handle| put(to, handle.as_device())))
}

fn open(index: c_uint) -> Said<Handle> {
    let card = usize::try_from(index).unwrap_or(usize::MAX);
    if card >= cards() {
        return Err(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT);
    }
    // A card whose `open` is an error can't be opened.
    match profile::card(card, "open") {
        Err(code) if code != 3 => Err(code),
        _ => Ok(Handle { card, part: None }),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlGetExcludedDeviceCount(to: *mut c_uint) -> nvmlReturn_t {
    let count = match node("excluded") {
        Ok(Value::Array(excluded)) => Ok(u32::try_from(excluded.len()).unwrap_or(u32::MAX)),
        Ok(value) => number(&value).map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
        Err(code) => Err(code),
    };
    code(count.and_then(|count| put(to, count)))
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlGetExcludedDeviceInfoByIndex(
    index: c_uint,
    to: *mut nvmlExcludedDeviceInfo_t,
) -> nvmlReturn_t {
    code(excluded(index).and_then(|info| put(to, info)))
}

fn excluded(index: c_uint) -> Said<nvmlExcludedDeviceInfo_t> {
    let all = node("excluded")?;
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    let Some(Value::String(bus_id)) = all.get(index) else {
        return Err(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT);
    };
    let mut info = nvmlExcludedDeviceInfo_t {
        pciInfo: nvmlPciInfo_t { ..no_pci() },
        uuid: [0; 80],
    };
    fill(&mut info.pciInfo.busId, &Value::String(bus_id.clone()))?;
    fill(
        &mut info.uuid,
        &Value::String(format!("GPU-excluded-{index}")),
    )?;
    Ok(info)
}
