//! The sandbox as a backend and as a file that several processes share.

mod behaviour;
mod conformance;
mod faults;
mod limits;
mod model;
mod place;
mod processes;
mod support;
