//! Priced offerings: what there is, where, at what rate, from which source and of what day.
//!
//! Text catalogs ([`text`]) are what people review; planning reads the compiled form of them
//! ([`compiled`]). [`import`] makes text catalogs of published sheets. This module takes and gives
//! bytes and never opens a file; `build.rs` mounts it too, all but [`import`] and the embedded
//! bytes, to compile `catalogs/` into the program.

mod bandwidth;
pub mod compiled;
mod embedded;
mod facts;
mod gpu;
pub mod import;
mod interruption;
mod price;
pub mod search;
mod table;
pub mod text;

pub use bandwidth::Bandwidth;
pub use compiled::CatalogError;
pub use facts::{
    Arch, CpuVendor, CpuVendors, InstanceType, Place, PlaceIndex, Region, RegionIndex, TypeIndex,
};
pub(crate) use gpu::is_or_begins as is_gpu_of;
pub use gpu::{Gpu, GpuCount, GpuIndex, Slice, Usable};
pub use interruption::{Interruption, InterruptionBucket};
pub use price::{Basis, Price, Quote, SourceIndex, SourceInfo, UnknownReason};
pub use table::{Catalog, CatalogInfo, CatalogParts, Row};
pub use text::{TextCatalog, TextError};
