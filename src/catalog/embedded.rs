//! The catalogs that the program was built with.

use super::{Catalog, CatalogError};

static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogs.bin"));

impl Catalog {
    /// The compiled catalogs that were built into the program from `catalogs/`.
    ///
    /// # Errors
    ///
    /// [`CatalogError`] when the program's file itself is damaged.
    pub fn embedded() -> Result<Self, CatalogError> {
        Self::from_compiled(BYTES)
    }
}
