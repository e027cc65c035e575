//! A library that stands in for `libnvidia-ml.so.1`: what it says is read from a profile.
//!
//! The profile is a JSON file, named by `MLINFRA_FAKE_NVML_PROFILE`; see `profile`. Only what the
//! readers of this repository call is exported. A symbol that a profile should lack is taken out of
//! a copy of the built library by the tests.
#![expect(
    unsafe_code,
    reason = "it exports C functions under the vendor's names and writes to their callers' memory"
)]
#![expect(
    non_upper_case_globals,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "the names and contracts are the vendor's"
)]

pub mod device;
pub mod memory;
pub mod parts;
mod profile;
pub mod system;
mod write;
