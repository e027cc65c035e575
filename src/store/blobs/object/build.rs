//! Clients of the stores: with credentials as each vendor's own tools find them in the environment.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::{ClientOptions, Error, RetryConfig};

use super::watch::Watching;
use super::{Names, Objects};

/// How long a connection and an answer are waited for. A state of thousands of objects has some
/// megabytes; a lease must be renewed within a minute.
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(20);

/// Names of the environment that tell a bucket: the place tells it, and nothing else does.
const PLACES: [&str; 8] = [
    "AWS_BUCKET",
    "AWS_BUCKET_NAME",
    "AZURE_CONTAINER_NAME",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "GOOGLE_BUCKET",
    "GOOGLE_BUCKET_NAME",
    "AWS_CONDITIONAL_PUT",
    "AWS_COPY_IF_NOT_EXISTS",
];

/// Variables of the environment, by name.
pub(super) type Environment = BTreeMap<String, String>;

/// Objects of an S3 bucket.
///
/// # Errors
///
/// What the client says of its settings.
pub fn s3(
    bucket: &str,
    key: &str,
    region: Option<&str>,
    endpoint: Option<&str>,
    environment: &Environment,
) -> Result<Objects, Error> {
    let mut builder = AmazonS3Builder::new();
    for (setting, value) in settings::<AmazonS3ConfigKey>("AWS_", environment) {
        builder = builder.with_config(setting, value);
    }
    if let Some(region) = region {
        builder = builder.with_region(region);
    }
    let told = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"];
    let told = || told.iter().find_map(|name| environment.get(*name));
    let endpoint = endpoint.or_else(|| told().map(String::as_str));
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    let store = builder
        .with_bucket_name(bucket)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_disable_bulk_delete(true)
        .with_client_options(options(endpoint))
        .with_retry(once())
        .with_http_connector(Watching::default())
        .build()?;
    Ok(objects(Arc::new(store), Names::Tag, key))
}

/// Blobs of a container of Azure Blob Storage.
///
/// # Errors
///
/// What the client says of its settings.
pub fn azure(
    account: &str,
    container: &str,
    key: &str,
    environment: &Environment,
) -> Result<Objects, Error> {
    let mut builder = MicrosoftAzureBuilder::new();
    for (setting, value) in settings::<AzureConfigKey>("AZURE_", environment) {
        builder = builder.with_config(setting, value);
    }
    // Where Azure's own machines find the address that gives them tokens.
    if let Some(address) = environment.get("IDENTITY_ENDPOINT") {
        builder = builder.with_msi_endpoint(address);
    }
    let told = ["AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"];
    let endpoint = told.iter().find_map(|name| environment.get(*name));
    let store = builder
        .with_account(account)
        .with_container_name(container)
        .with_client_options(options(endpoint.map(String::as_str)))
        .with_retry(once())
        .with_http_connector(Watching::default())
        .build()?;
    Ok(objects(Arc::new(store), Names::Tag, key))
}

/// Objects of a bucket of Google Cloud Storage.
///
/// # Errors
///
/// What the client says of its settings.
pub fn gcs(bucket: &str, key: &str, environment: &Environment) -> Result<Objects, Error> {
    let mut builder = GoogleCloudStorageBuilder::new();
    for (setting, value) in settings::<GoogleConfigKey>("GOOGLE_", environment) {
        builder = builder.with_config(setting, value);
    }
    let endpoint = environment.get("GOOGLE_BASE_URL");
    let store = builder
        .with_bucket_name(bucket)
        .with_client_options(options(endpoint.map(String::as_str)))
        .with_retry(once())
        .with_http_connector(Watching::default())
        .build()?;
    Ok(objects(Arc::new(store), Names::Generation, key))
}

fn objects(store: Arc<dyn object_store::ObjectStore>, names: Names, key: &str) -> Objects {
    let folder = Path::from(key);
    Objects {
        store,
        names,
        folder,
    }
}

/// The variables that a client takes as settings.
fn settings<K: FromStr>(
    prefix: &str,
    environment: &Environment,
) -> impl Iterator<Item = (K, String)> {
    environment.iter().filter_map(move |(name, value)| {
        if !name.starts_with(prefix) || PLACES.contains(&name.as_str()) || value.is_empty() {
            return None;
        }
        let setting = name.to_ascii_lowercase().parse().ok()?;
        Some((setting, value.clone()))
    })
}

/// Without encryption only where an address without it was asked for.
fn options(endpoint: Option<&str>) -> ClientOptions {
    let plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
    ClientOptions::new()
        .with_connect_timeout(CONNECT)
        .with_timeout(ANSWER)
        .with_allow_http(plain)
}

/// Nothing is repeated by the client.
fn once() -> RetryConfig {
    RetryConfig {
        max_retries: 0,
        ..RetryConfig::default()
    }
}
