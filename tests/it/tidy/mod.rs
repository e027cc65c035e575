//! What the compiler doesn't check about the repository itself. No test here runs the program.

mod dependencies;
mod errors;
mod files;
mod modules;
mod tree;
