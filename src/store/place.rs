//! Where state is kept: found, and opened.
//!
//! ```text
//! s3://acme-mlinfra/recommender?region=eu-central-1
//! az://acmestate/mlinfra/recommender
//! gs://acme-mlinfra/recommender
//! ../state
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use super::blobs::sealed::{KEY_VARIABLE, StateKey};
use super::blobs::{Blobs, Local, Sealed};
use crate::diagnostics::{Diagnostic, state};
use crate::model::StatePlace;

/// The variable of the environment that says where state is kept.
pub const PLACE_VARIABLE: &str = "MLINFRA_STATE";

/// The folder of state when nothing says where it is, in the spec's folder.
pub const DEFAULT_FOLDER: &str = ".mlinfra/state";

/// Reads a place as it is written on the command line or in the environment.
///
/// # Errors
///
/// `state::wrong-place`.
pub fn parse(text: &str) -> Result<StatePlace, Diagnostic> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return folder(text);
    };
    let (kind, names): (&str, &[&str]) = match scheme {
        "s3" => ("s3", &["bucket"]),
        "az" => ("azure-blob", &["account", "container"]),
        "gs" => ("gcs", &["bucket"]),
        "file" => return folder(rest),
        _ => {
            return Err(wrong(
                text,
                &format!("`{scheme}://` is no store that is known."),
            ));
        }
    };
    let (mut path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut values = BTreeMap::new();
    for name in names {
        let (value, after) = path.split_once('/').unwrap_or((path, ""));
        values.insert((*name).to_owned(), value.to_owned());
        path = after;
    }
    values.insert("key".to_owned(), path.trim_end_matches('/').to_owned());
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let known = StatePlace::arguments(kind).iter().any(|a| a.name == name);
        if !known || values.insert(name.to_owned(), value.to_owned()).is_some() {
            let why = format!("It can't be told `{name}`, or is told it twice.");
            return Err(wrong(text, &why));
        }
    }
    for (name, value) in &values {
        if let Some(why) = StatePlace::fault(name, value) {
            return Err(wrong(text, &format!("`{value}` is no {name}. {why}")));
        }
    }
    let place = StatePlace::from_arguments(kind, |name| values.get(name).cloned());
    place.ok_or_else(|| wrong(text, "It lacks a part."))
}

fn folder(text: &str) -> Result<StatePlace, Diagnostic> {
    match StatePlace::fault("path", text) {
        Some(why) => Err(wrong(text, why)),
        None => Ok(StatePlace::Local { path: text.into() }),
    }
}

fn wrong(text: &str, why: &str) -> Diagnostic {
    Diagnostic::error(&state::WRONG_PLACE)
        .detail(format!("`{text}` says no place for a state. {why}"))
        .hint("write `s3://BUCKET/KEY`, `az://ACCOUNT/CONTAINER/KEY`, `gs://BUCKET/KEY` or a path")
}

/// The place that was asked for: on the command line, else by the environment, else by the spec, else
/// a folder beside the spec.
///
/// # Errors
///
/// `state::wrong-place`.
pub fn choose(
    argument: Option<&str>,
    environment: &BTreeMap<String, String>,
    spec: Option<&StatePlace>,
) -> Result<StatePlace, Diagnostic> {
    let told = environment.get(PLACE_VARIABLE).map(String::as_str);
    if let Some(text) = argument.or(told.filter(|text| !text.is_empty())) {
        return parse(text);
    }
    let default = || StatePlace::Local {
        path: DEFAULT_FOLDER.into(),
    };
    Ok(spec.cloned().unwrap_or_else(default))
}

/// Opens a place. Paths count from `base`. Content is encrypted when the environment has a key.
/// Nothing is read or written yet, so a place that isn't there or lets nobody in is told later.
///
/// # Errors
///
/// `state::bad-key`, `state::store-not-built-in`, and `state::denied` when the credentials of the
/// environment can't be used.
pub fn open(
    place: &StatePlace,
    base: &Path,
    environment: &BTreeMap<String, String>,
) -> Result<Box<dyn Blobs>, Diagnostic> {
    let text = environment
        .get(KEY_VARIABLE)
        .filter(|text| !text.is_empty());
    let key = text.map(|text| StateKey::parse(text)).transpose();
    let key = key.map_err(|why| {
        Diagnostic::error(&state::BAD_KEY)
            .detail(format!("`{KEY_VARIABLE}` isn't a key: {why}."))
            .hint_command("To make one, run:", "openssl rand -hex 32")
    })?;
    let blobs = match place {
        StatePlace::Local { path } => Box::new(Local::new(base.join(path))),
        other => remote(other, environment)?,
    };
    Ok(Box::new(Sealed::new(blobs, key)))
}

#[cfg(feature = "object-stores")]
fn remote(
    place: &StatePlace,
    environment: &BTreeMap<String, String>,
) -> Result<Box<dyn Blobs>, Diagnostic> {
    use super::blobs::object;
    let opened = match place {
        StatePlace::Local { path } => return Ok(Box::new(Local::new(path))),
        StatePlace::S3 {
            bucket,
            key,
            region,
            endpoint,
        } => object::s3(
            bucket,
            key,
            region.as_deref(),
            endpoint.as_deref(),
            environment,
        ),
        StatePlace::AzureBlob {
            account,
            container,
            key,
        } => object::azure(account, container, key, environment),
        StatePlace::Gcs { bucket, key } => object::gcs(bucket, key, environment),
    };
    match opened {
        Ok(objects) => Ok(Box::new(objects)),
        Err(error) => Err(Diagnostic::error(&state::DENIED)
            .detail(format!(
                "`{place}` can't be used with these settings: {error}."
            ))
            .hint("check the variables of the environment that give credentials")),
    }
}

#[cfg(not(feature = "object-stores"))]
fn remote(
    place: &StatePlace,
    _environment: &BTreeMap<String, String>,
) -> Result<Box<dyn Blobs>, Diagnostic> {
    Err(Diagnostic::error(&state::STORE_NOT_BUILT_IN)
        .detail(format!(
            "`{place}` is in an object store, and this program was built with files alone.",
        ))
        .hint("keep the state in a folder: `state \"local\" { path = \"…\" }`")
        .hint_command(
            "Or build it with object stores:",
            "cargo install --path . --features object-stores",
        ))
}
