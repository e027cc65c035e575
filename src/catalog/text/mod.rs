//! The canonical text of catalogs: tab-separated, sorted, one fact a line, so that a review of a
//! price refresh shows the lines whose price changed and nothing else.
//!
//! A catalog is a folder with a manifest and tables:
//!
//! ```text
//! mlinfra-catalog  1
//! name             aws
//! as-of            2026-03-20
//! source           g  2026-03-20  6f0c…  EC2 GPU types, on-demand and spot by zone
//! file             rates/eu-west-1.tsv  3911  9ab2…
//! file             types.tsv            1341  77e0…
//! ```
//!
//! A rate is written with its basis and the id of its source: `0.456@c` is listed by source `c`,
//! `1.368~c` derived from it, `0.0594?a` estimated from `a`; `unknown:not-covered` is no number.
//! Figures that are no rates have the same mark: `5053@m` Mbit/s, `5-10@a` percent.
//! The order of rows in a file means nothing: digests are taken of the sorted form.

mod assemble;
mod bandwidth;
mod cells;
mod document;
mod facts;
mod rates;
mod spot;
mod tables;
mod transfer;

pub use assemble::assemble;
pub(crate) use cells::{NONE, UNKNOWN, parse_thousandths, print_thousandths};
pub use cells::{marked_cell, price_cell, unknown_cell};
pub use document::{Digests, TextCatalog, TextError, TextFiles, sha256_hex};
