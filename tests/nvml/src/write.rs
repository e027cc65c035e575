//! Writing to callers' memory, and from results to return codes.

use std::ffi::{c_char, c_uint};

use nvml_wrapper_sys::bindings::{
    nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT, nvmlReturn_enum_NVML_SUCCESS, nvmlReturn_t,
};
use serde_json::Value;

use crate::profile::{Said, node};

/// The code that says how it went.
pub(crate) fn code(said: Said<()>) -> nvmlReturn_t {
    said.err().unwrap_or(nvmlReturn_enum_NVML_SUCCESS)
}

/// Writes a value where the caller wants it.
pub(crate) fn put<T>(to: *mut T, value: T) -> Said<()> {
    if to.is_null() {
        return Err(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT);
    }
    // SAFETY: the caller's contract is the vendor's: a pointer to one value of this type.
    unsafe { to.write(value) };
    Ok(())
}

/// Writes a text with a NUL at its end, cut to the room that there is.
///
/// With `"unterminated": true` the room is filled to its last byte instead, and with
/// `"not_utf8": true` the text begins with a byte that no UTF-8 has.
pub(crate) fn put_text(to: *mut c_char, length: c_uint, value: &Value) -> Said<()> {
    let text = value.as_str().unwrap_or_default();
    let length = usize::try_from(length).unwrap_or(0);
    if to.is_null() || length == 0 {
        return Err(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT);
    }
    let mut bytes: Vec<u8> = text.bytes().take(length - 1).collect();
    if node("not_utf8").is_ok() && !bytes.is_empty() {
        bytes[0] = 0xff;
    }
    if node("unterminated").is_ok() {
        bytes.resize(length, b'x');
    } else {
        bytes.push(0);
    }
    // SAFETY: there are at most `length` bytes, for which the caller has room.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), to, bytes.len()) };
    Ok(())
}

/// The same into a field of a struct.
pub(crate) fn fill(field: &mut [c_char], value: &Value) -> Said<()> {
    let length = c_uint::try_from(field.len()).unwrap_or(0);
    put_text(field.as_mut_ptr(), length, value)
}
