//! Compiles `catalogs/` into the form that the program embeds.
//!
//! The pure modules that read text catalogs are mounted from `src/` by path, so that there is one
//! reader of the text form, not two.

#![expect(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "the modules are the program's, which uses the rest of them"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use catalog::text::{Digests, TextCatalog, TextFiles, assemble};

#[path = "src/units/mod.rs"]
mod units;

/// Of the model only who offers capacity and how: catalogs use nothing else of it.
#[path = "src/model"]
mod model {
    mod offers;

    pub use offers::{CapacityType, ProviderName};
}

/// All of `src/catalog` but the importers, the search and the bytes that this script makes.
#[path = "src/catalog"]
mod catalog {
    mod bandwidth;
    pub mod compiled;
    mod facts;
    mod gpu;
    mod interruption;
    mod price;
    mod table;
    pub mod text;

    pub use bandwidth::Bandwidth;
    pub use compiled::CatalogError;
    pub use facts::{
        Arch, CpuVendor, CpuVendors, InstanceType, Place, PlaceIndex, Region, RegionIndex,
        TypeIndex,
    };
    pub use gpu::{Gpu, GpuCount, GpuIndex, Slice, Usable};
    pub use interruption::{Interruption, InterruptionBucket};
    pub use price::{Basis, Price, Quote, SourceIndex, SourceInfo, UnknownReason};
    pub use table::{Catalog, CatalogInfo, CatalogParts, Row};
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=catalogs");
    for mounted in ["units", "model/offers.rs", "catalog"] {
        println!("cargo::rerun-if-changed=src/{mounted}");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut catalogs = Vec::new();
    for folder in folders(&root.join("catalogs"))? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let mut files = TextFiles::new();
        read_tables(&folder, "", &mut files)?;
        let catalog = TextCatalog::parse(&files, &format!("catalogs/{name}"), Digests::Check);
        catalogs.push(catalog.map_err(|e| {
            format!("{e}\nafter an edit by hand, run: mlinfra catalog compile catalogs --seal")
        })?);
    }
    fs::write(
        out.join("catalogs.bin"),
        catalog::compiled::encode(&assemble(&catalogs)?),
    )?;
    Ok(())
}

fn folders(root: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn read_tables(folder: &Path, prefix: &str, files: &mut TextFiles) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let inner = format!("{prefix}{name}");
        if path.is_dir() {
            read_tables(&path, &format!("{inner}/"), files)?;
        } else if path.extension().is_some_and(|e| e == "tsv") {
            files.insert(inner, fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
