//! The whole program as a process of its own, against the sandbox: nothing that it makes may be lost
//! or be there twice, whatever becomes of it on the way.

mod cycle;
mod deaths;
mod failing;
mod full_disk;
mod guards;
mod kills;
mod locks;
mod outputs;
mod plans;
mod project;
mod refusals;
mod signals;
mod state;
mod terminal;
