//! Places for blobs that tests make: in memory, and such that fail.

mod mortal;

pub(crate) use mlinfra::store::blobs::Memory;
pub(crate) use mortal::Mortal;
