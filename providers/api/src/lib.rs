//! The contract between mlinfra and a backend: a cloud account, a cluster, a sandbox.
//!
//! A backend sees one object at a time, and knows nothing of plans, prices or state. Every call may be
//! repeated: `ensure` and `remove` have the effect of once for one [`OpKey`], however often they are
//! called, and an object carries its [`OwnerTag`] from the moment of its creation, so that whoever
//! lost an answer can find out what happened.
//!
//! The crate has no IO and no async runtime. With the feature `conformance` it has the suite that
//! each backend's tests run.
#![warn(missing_docs)]

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod ids;
mod manifest;
mod object;
mod provider;

pub use error::{ProviderError, ProviderErrorKind, Response};
pub use ids::{InvalidId, ObjectId, ObjectKind, OpKey, OwnerTag};
pub use manifest::{KindManifest, Manifest};
pub use object::{Attributes, Condition, Desired, Observed, Removal};
pub use provider::{Obstacle, Preflight, Provider, Reply};
