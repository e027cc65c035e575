//! Clients: one for each region, made when it is first needed, all from the SDK's standard chain of
//! credentials and settings.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region as RegionName, SdkConfig};
use aws_sdk_ec2::config::SharedHttpClient;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::shapes::Shapes;
use crate::zones::Zones;

/// A region that can't be reached by then is taken as unreachable.
const CONNECT: Duration = Duration::from_secs(5);

/// The slowest calls, RunInstances of a large gang, take some ten seconds. Whoever waits a minute
/// for an answer won't get it, and the outcome has to be looked up.
const ANSWER: Duration = Duration::from_secs(60);

/// Settings from the SDK's standard chain.
pub(crate) async fn load(region: Option<&str>, endpoint: Option<&str>) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http())
        .timeout_config(timeouts());
    if let Some(region) = region {
        loader = loader.region(RegionName::new(region.to_owned()));
    }
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

/// With calls that are made once: one that is repeated unseen could hide that its outcome was
/// unknown.
pub(crate) fn once(settings: SdkConfig) -> SdkConfig {
    let client = settings.http_client().unwrap_or_else(http);
    let times = settings.timeout_config().cloned();
    let settings = settings.into_builder().http_client(client);
    let settings = settings.retry_config(RetryConfig::disabled());
    settings
        .timeout_config(times.unwrap_or_else(timeouts))
        .build()
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(ANSWER)
        .operation_attempt_timeout(ANSWER)
        .build()
}

/// All connections: over TLS but to plain addresses, as those of tests are.
fn http() -> SharedHttpClient {
    let tls = Provider::Rustls(CryptoMode::AwsLc);
    let client = aws_smithy_http_client::Builder::new();
    client.tls_provider(tls).build_https()
}

/// One region, with what is asked of it once.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) name: String,
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) quotas: aws_sdk_servicequotas::Client,
    pub(crate) zones: Zones,
    pub(crate) shapes: Shapes,
}

impl Region {
    pub(crate) fn new(settings: &SdkConfig, name: &str) -> Self {
        let region = RegionName::new(name.to_owned());
        let ec2 = aws_sdk_ec2::config::Builder::from(settings).region(region.clone());
        let quotas = aws_sdk_servicequotas::config::Builder::from(settings).region(region);
        Self {
            name: name.to_owned(),
            ec2: aws_sdk_ec2::Client::from_conf(ec2.build()),
            quotas: aws_sdk_servicequotas::Client::from_conf(quotas.build()),
            zones: Zones::default(),
            shapes: Shapes::default(),
        }
    }
}
