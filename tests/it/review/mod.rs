//! What a change costs: two versions of specs held against each other, by cause.

mod choices;
mod infracost;
mod paths;
mod plan_files;
mod prices;
mod repository;
mod revisions;
