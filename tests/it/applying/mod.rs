//! The engine against a cloud in memory, in a time that passes only when all wait for it.

mod chaos;
mod runs;
mod sandbox;
mod time;
mod world;
