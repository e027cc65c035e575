//! The compiled form of the catalogs: what planning reads, in about a millisecond.
//!
//! ```text
//! magic "mlicat\r\n" · version u32 · body length u64 · crc-32 of the body u32 · body
//! ```
//!
//! All numbers are little-endian. The body holds lists of facts, then one list of the distinct
//! prices, then the columns of the rows, whose prices are places in that list, then rates and
//! bandwidth between regions and the interruptions of spot. Every index is
//! checked while reading, so that damaged bytes give an error and never a panic. The form is made
//! by the program that reads it, so there is one version at a time: text is what lasts.

mod decode;
mod encode;
mod wire;

pub use decode::decode;
pub use encode::encode;

/// Marks the start; the line end in it shows copies in text mode.
const MAGIC: &[u8; 8] = b"mlicat\r\n";
/// Goes up with every change of the form.
const VERSION: u32 = 3;
/// Bytes before the body.
const HEADER: usize = 24;

/// Why bytes aren't a compiled catalog.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// The first bytes aren't those of a compiled catalog.
    #[error("this isn't a compiled catalog")]
    NotACatalog,
    /// The form is of another version than the one that this program reads.
    #[error("the compiled catalog has version {found}; this program reads version {known}")]
    Version {
        /// The version that the bytes have.
        found: u32,
        /// The version that this program reads.
        known: u32,
    },
    /// There are fewer bytes than announced, or more.
    #[error("the compiled catalog has {found} bytes instead of {expected}")]
    Length {
        /// As announced.
        expected: u64,
        /// As found.
        found: u64,
    },
    /// The checksum of the body isn't the announced one.
    #[error("the compiled catalog's checksum doesn't match its bytes")]
    Checksum,
    /// The checksum is right, but the body means nothing.
    #[error("the compiled catalog is inconsistent in its {part}")]
    Inconsistent {
        /// Which part of the body.
        part: &'static str,
    },
}

#[cfg(test)]
mod tests;
