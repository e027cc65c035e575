//! Objects of plans, how they differ from what exists, and what is done about it.

mod checks;
mod objects;
mod properties;
mod rules;
mod shown;
mod undoing;
mod world;
