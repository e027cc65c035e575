//! What NVML says of the GPUs of this machine, and whether that is what was expected.
//!
//! [`Library`] loads `libnvidia-ml` at run time and reads [`NodeFacts`]; [`check`] holds them
//! against an [`Expectation`] without touching anything. Nothing here changes a card's settings.
//!
//! ```no_run
//! use mlinfra_provider_nvml::{Expectation, Library, check, verdict};
//!
//! let library = Library::open(None)?;
//! let expectation = Expectation { count: Some(4), ..Expectation::default() };
//! let checks = check(&library.facts(), &expectation);
//! println!("{}", verdict(&checks).is_ok());
//! # Ok::<(), mlinfra_provider_nvml::LoadError>(())
//! ```

mod check;
mod error;
mod expectation;
mod fact;
mod facts;
mod library;
mod raw;
mod read;
mod sample;
mod usage;
mod xid;

pub use check::{Check, Outcome, check, size, verdict};
pub use error::LoadError;
pub use expectation::{Expectation, Mig, least_driver, same_product};
pub use fact::Fact;
pub use facts::{
    Clock, Ecc, Excluded, GpuFacts, Memory, MigDevice, MigMode, NodeFacts, Pcie, Peer, Power,
    Process, RemappedRows, Throttle, Unreadable, Utilisation, Version, Xid,
};
pub use library::Library;
pub use sample::Sample;
pub use usage::{
    Finding, IDLE_PERCENT, IDLE_SHARE, OVERSIZED_MEMORY, OVERSIZED_UTILISATION, Usage,
};
pub use xid::{FATAL_XIDS, KERNEL_LOG, parse_log, read_log};
