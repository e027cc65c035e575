//! Priced offerings: what there is, where, at what rate, from which source and of what day.
//!
//! Text catalogs are what people review; planning reads the compiled form of them. This module
//! takes and gives bytes and never opens a file.

mod facts;
mod price;
mod table;

pub use facts::{
    Arch, CpuVendor, CpuVendors, Gpu, GpuCount, GpuIndex, InstanceType, Place, PlaceIndex, Region,
    RegionIndex, TypeIndex,
};
pub use price::{Basis, Price, Quote, SourceIndex, SourceInfo, UnknownReason};
pub use table::{Catalog, CatalogInfo, CatalogParts, Row};
