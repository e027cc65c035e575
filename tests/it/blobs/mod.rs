//! Places for blobs that tests make: in memory, and such that fail.

mod memory;
mod mortal;

pub(crate) use memory::Memory;
pub(crate) use mortal::Mortal;
