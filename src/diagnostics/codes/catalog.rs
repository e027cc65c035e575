//! Mistakes in or around catalogs.

codes! {
    /// A compiled catalog's bytes aren't what was written.
    DAMAGED = "catalog::damaged", "damaged catalog", Error;
}
