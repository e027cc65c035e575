//! The engine against a cloud in memory, in a time that passes only when all wait for it.

mod chaos;
mod demand;
mod recovery;
mod refresh;
mod retry;
mod runs;
mod sandbox;
mod scene;
mod stops;
mod time;
mod undo;
mod verify;
mod world;
