//! Published models: their configurations in `tests/models`, and what is known of their sizes.

mod files;
mod in_specs;
mod published;
