//! One request and its answer. The rest of this module knows no HTTP library.

use std::collections::BTreeMap;
use std::time::Duration;

use ureq::tls::{RootCerts, TlsConfig};

/// Longest time for a connection, and for a whole request with its answer: GitHub ends requests
/// itself after 10 s, GitLab after 60.
const CONNECT: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(65);

/// Most bytes of an answer: a hundred comments of a million characters, which GitLab may send.
const MOST: u64 = 512 << 20;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Option<String>,
}

/// What is answered, whatever the status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status, e.g. 200.
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The text.
    pub body: String,
}

/// There was no answer, or not the whole of one. The request may have been carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoAnswer(pub String);

/// Sends a request, once, and follows no redirects.
pub trait Transport {
    /// Sends it.
    ///
    /// # Errors
    ///
    /// [`NoAnswer`] when no whole answer came.
    fn send(&self, request: &Request) -> Result<Answer, NoAnswer>;
}

impl Answer {
    /// A header by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// The web. Proxies are those of `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`; certificates are those that
/// the system trusts, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
pub struct Web(ureq::Agent);

impl Default for Web {
    fn default() -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(WHOLE))
            .tls_config(tls.build());
        Self(config.build().into())
    }
}

impl Transport for Web {
    fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
        let lost = |error: ureq::Error| NoAnswer(error.to_string());
        let mut built = ureq::http::Request::builder()
            .method(request.method)
            .uri(&request.url);
        for (name, value) in &request.headers {
            built = built.header(*name, value);
        }
        let response = match &request.body {
            Some(body) => built
                .body(body.as_str())
                .map_err(|error| NoAnswer(error.to_string()))
                .and_then(|request| self.0.run(request).map_err(lost))?,
            None => built
                .body(())
                .map_err(|error| NoAnswer(error.to_string()))
                .and_then(|request| self.0.run(request).map_err(lost))?,
        };
        let (parts, mut body) = response.into_parts();
        let mut headers = BTreeMap::new();
        for (name, value) in &parts.headers {
            if let Ok(value) = value.to_str() {
                headers.insert(name.as_str().to_owned(), value.to_owned());
            }
        }
        let text = body.with_config().limit(MOST).lossy_utf8(true);
        Ok(Answer {
            status: parts.status.as_u16(),
            headers,
            body: text.read_to_string().map_err(lost)?,
        })
    }
}
