//! What the state was each time somebody opened it, for the last times.
//!
//! ```text
//! history/000000000012.json         the whole state that had serial 12 when it was opened
//! history/000000000012.about.json   when that was, by whom, and how much was in it
//! ```

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::blobs::{Blobs, When};
use super::super::lease::Holder;
use super::{VaultError, parse, put_certainly};
use crate::state::State;

/// How many are kept: months of a project that is applied daily, and some megabytes of a large one.
pub const KEPT: usize = 50;

const FOLDER: &str = "history/";
const ABOUT: &str = ".about.json";

/// An opening of the state, and what the state was then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// The state's serial.
    pub serial: u64,
    /// When it was opened.
    pub time: Timestamp,
    /// By whom, and for what.
    pub holder: Holder,
    /// How many objects were in it.
    pub objects: usize,
    /// sha-256 over everything in it, in hex.
    pub sha256: String,
}

fn name_of(serial: u64) -> String {
    format!("{FOLDER}{serial:012}.json")
}

fn about(serial: u64) -> String {
    format!("{FOLDER}{serial:012}{ABOUT}")
}

/// Writes down what the state was, whose bytes and digest these are if they are at hand.
pub(super) async fn keep(
    blobs: &dyn Blobs,
    state: &State,
    written: Option<(&[u8], &str)>,
    holder: Holder,
    now: Timestamp,
) -> Result<(), VaultError> {
    let past = Past {
        serial: state.serial,
        time: now,
        holder,
        objects: state.objects.len(),
        sha256: written.map_or_else(|| state.digest(), |(_, digest)| digest.to_owned()),
    };
    let text = written.map_or_else(
        || Cow::Owned(state.to_text().into_bytes()),
        |(bytes, _)| Cow::Borrowed(bytes),
    );
    let name = name_of(state.serial);
    put_certainly(blobs, &name, &text, &When::Always).await?;
    let mut text = serde_json::to_string_pretty(&past).unwrap_or_default();
    text.push('\n');
    let name = about(state.serial);
    put_certainly(blobs, &name, text.as_bytes(), &When::Always).await?;
    Ok(())
}

/// Leaves the last of them. That one is left over hurts nobody, so nothing is told of it.
pub(super) async fn prune(blobs: &dyn Blobs) {
    let names = blobs.list(FOLDER).await.unwrap_or_default();
    let whole: Vec<&String> = names.iter().filter(|name| !name.ends_with(ABOUT)).collect();
    let Some(first) = whole.len().checked_sub(KEPT).and_then(|at| whole.get(at)) else {
        return;
    };
    // Names are sorted by serial, and both blobs of one serial begin alike.
    let first = first.trim_end_matches(".json");
    for name in names.iter().filter(|name| name.as_str() < first) {
        drop(blobs.delete(name).await);
    }
}

/// The last openings of the state, the earliest first.
///
/// # Errors
///
/// [`VaultError`] when they can't be read.
pub async fn history(blobs: &dyn Blobs) -> Result<Vec<Past>, VaultError> {
    let mut all = Vec::new();
    for name in blobs.list(FOLDER).await? {
        if !name.ends_with(ABOUT) {
            continue;
        }
        let Some(blob) = blobs.get(&name).await? else {
            continue;
        };
        let past = serde_json::from_slice(&blob.bytes).map_err(|error| VaultError::State {
            name,
            source: crate::state::StateError::Form(error),
        });
        all.push(past?);
    }
    Ok(all)
}

/// The whole state that had this serial when it was opened; `None` when it isn't kept.
///
/// # Errors
///
/// [`VaultError`] when it can't be read.
pub async fn past(blobs: &dyn Blobs, serial: u64) -> Result<Option<State>, VaultError> {
    let name = name_of(serial);
    let blob = blobs.get(&name).await?;
    blob.map(|blob| parse(&name, &blob.bytes)).transpose()
}
