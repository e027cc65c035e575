//! Mistakes in or around catalogs.

codes! {
    /// A compiled catalog's bytes aren't what was written.
    DAMAGED = "catalog::damaged", "damaged catalog", Error;
    /// A text catalog's line or file doesn't have the form that it needs.
    MALFORMED = "catalog::malformed", "malformed text catalog", Usage;
    /// A text catalog was edited and its manifest wasn't.
    DIGEST_MISMATCH = "catalog::digest-mismatch", "catalog differs from its manifest", Usage;
    /// A folder that should hold catalogs doesn't.
    NOT_FOUND = "catalog::not-found", "no catalogs in the folder", Usage;
    /// The sheets given can't be imported.
    CANNOT_IMPORT = "catalog::cannot-import", "can't import the sheets", Usage;
    /// A filter names something that no catalog has.
    UNKNOWN_NAME = "catalog::unknown-name", "no catalog has this name", Usage;
    /// The catalogs aren't those that the lock file names.
    LOCK_MISMATCH = "catalog::lock-mismatch", "catalogs differ from the lock file", Error;
    /// The lock file can't be understood.
    LOCK_MALFORMED = "catalog::lock-malformed", "malformed lock file", Usage;
    /// A catalog is older than it should be.
    STALE = "catalog::stale", "old catalog", Error;
}
