//! What a change costs: two versions of specs held against each other, by cause.

mod paths;
mod plan_files;
mod repository;
mod revisions;
