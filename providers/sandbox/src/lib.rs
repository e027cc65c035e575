//! A cloud in a file: what a plan is applied to where there is no account, or where things are to go
//! wrong on purpose.
//!
//! [`Sandbox`] is a [`Provider`](mlinfra_provider_api::Provider) whose objects are rows of one JSON
//! file. They take time to come and go, there are quotas and capacity, and calls fail as a
//! [`Script`] says. Several processes may use one folder. Nothing here costs anything, and nothing
//! is reached over a network.
//!
//! ```
//! use std::sync::Arc;
//!
//! use mlinfra_provider_api::Provider as _;
//! use mlinfra_provider_sandbox::{ManualClock, Sandbox, Script};
//!
//! let sandbox = Sandbox::in_memory(Script::default(), Arc::new(ManualClock::default()));
//! assert_eq!(sandbox.manifest().provider, "sandbox");
//! assert_eq!(sandbox.objects()?, []);
//! # Ok::<(), mlinfra_provider_sandbox::SandboxError>(())
//! ```
#![warn(missing_docs)]

mod clock;
mod cloud;
mod drift;
mod effects;
mod error;
mod faults;
mod kinds;
mod limits;
mod place;
mod sandbox;
mod script;

pub use clock::{Clock, ManualClock, Slept, SystemClock};
pub use error::SandboxError;
pub use sandbox::Sandbox;
pub use script::{
    Capacity, Fault, InstanceType, Latency, Operation, Quota, Rule, Script, ScriptedError, When,
};
