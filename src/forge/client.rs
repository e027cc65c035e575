//! Requests with a token, repeated where that helps.
//!
//! A request that changes nothing when it is repeated is repeated after 5xx and lost answers, with
//! longer and longer waits. One that makes something isn't: whoever makes it looks first
//! ([`post`](super::post())). All are repeated when the forge says that it wants fewer requests, since
//! it hasn't carried them out then.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::clock::Clock;
use super::failure::Failure;
use super::http::{Answer, NoAnswer, Request, Transport};

/// Longest time that a run spends at a forge. CI jobs are paid by the minute, and whoever waits for
/// a comment has given up by then.
const DEADLINE: SignedDuration = SignedDuration::from_mins(5);

/// Attempts of one request. With the waits between them they take about a minute, which is as long
/// as GitHub's incidents mostly are when they are short.
pub(super) const ATTEMPTS: u32 = 6;

/// The first wait; each is twice the one before, up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The first wait after a secondary rate limit without a time: what GitHub's documentation asks for.
const MINUTE: Duration = Duration::from_mins(1);

/// Redirects that are followed: a project that was renamed twice.
const REDIRECTS: usize = 3;

/// Characters of what a forge says that are shown.
const SHOWN: usize = 500;

/// A secret. It can't be printed.
pub struct Token(String);

impl Token {
    /// A token as it was found; nothing when it is blank, or has what no header may have.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = text.bytes().all(|b| b.is_ascii_graphic());
        (plain && !text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// A text with the token left out, wherever it occurs.
    fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.0, "[token]")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Whether a request may be repeated when nobody knows whether it was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    Freely,
    Never,
}

/// A forge's API.
pub struct Client<'c> {
    transport: &'c dyn Transport,
    clock: &'c dyn Clock,
    token: &'c Token,
    base: String,
    headers: Vec<(&'static str, String)>,
    until: Timestamp,
}

impl<'c> Client<'c> {
    /// An API at an address. The time that is given to all its requests together begins now.
    pub fn new(
        base: &str,
        token: &'c Token,
        transport: &'c dyn Transport,
        clock: &'c dyn Clock,
    ) -> Self {
        let now = clock.now();
        Self {
            transport,
            clock,
            token,
            base: base.trim_end_matches('/').to_owned(),
            headers: Vec::new(),
            until: now.checked_add(DEADLINE).unwrap_or(now),
        }
    }

    /// With a header on each request.
    pub(super) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The API's address.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// A number that nobody can guess, as text.
    pub(super) fn nonce(&self) -> String {
        format!("{:016x}", self.clock.random())
    }

    /// Sends a request, `path` being a path below the API's address or a whole address of the same
    /// host, until there is an answer of 2xx.
    pub(super) fn call(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
        repeat: Repeat,
    ) -> Result<Answer, Failure> {
        let mut request = Request {
            method,
            url: self.address(path)?,
            headers: self.all_headers(body.is_some()),
            body: body.map(Value::to_string),
        };
        let mut redirects = 0;
        let mut failed = 0;
        let mut limited = 0;
        loop {
            let answer = self.transport.send(&request);
            let why = match answer {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) if is_redirect(&answer) && redirects < REDIRECTS => {
                    redirects += 1;
                    request.url = self.redirected(&answer)?;
                    continue;
                }
                Ok(answer) if is_limited(&answer) => {
                    self.wait_for_limit(&answer, limited)?;
                    limited += 1;
                    continue;
                }
                Ok(answer) if answer.status >= 500 => self.words(&answer),
                Ok(answer) => return Err(self.refusal(&answer)),
                Err(NoAnswer(why)) => self.token.hidden_in(&why),
            };
            failed += 1;
            let goes_on = repeat == Repeat::Freely && failed < ATTEMPTS;
            if !goes_on || !self.back_off(failed) {
                let attempts = count(failed);
                return Err(Failure::Unreachable { attempts, why });
            }
        }
    }

    /// The same, with the answer read as JSON.
    pub(super) fn json(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
        repeat: Repeat,
    ) -> Result<Value, Failure> {
        let answer = self.call(method, path, body, repeat)?;
        self.read(&answer)
    }

    /// An answer as JSON.
    pub(super) fn read(&self, answer: &Answer) -> Result<Value, Failure> {
        serde_json::from_str(&answer.body).map_err(|_| {
            let base = &self.base;
            let words = shown(&self.token.hidden_in(&answer.body));
            Failure::Unexpected(format!(
                "What answers at `{base}` doesn't speak JSON, so it isn't the API of a forge: {words}"
            ))
        })
    }

    /// Waits before an attempt that follows `failed` ones; `false` when there is no time for that.
    pub(super) fn back_off(&self, failed: u32) -> bool {
        let doubled = FIRST_WAIT.saturating_mul(1 << failed.saturating_sub(1).min(10));
        let longest = doubled.min(LONGEST_WAIT);
        // At least half, so that waits do grow; the rest by chance, so that jobs that failed
        // together don't come back together.
        let half = longest / 2;
        let permille = u32::try_from(self.clock.random() % 1000).unwrap_or(0);
        let wait = half + half * permille / 1000;
        let now = self.clock.now();
        if passes(now, wait) > self.until {
            return false;
        }
        self.clock.sleep(wait);
        true
    }

    fn wait_for_limit(&self, answer: &Answer, before: u32) -> Result<(), Failure> {
        let now = self.clock.now();
        let wait = wanted_wait(answer, now, before);
        let until = passes(now, wait);
        if until > self.until {
            return Err(Failure::RateLimited {
                until: format!("{until:.0}"),
                message: self.words(answer),
            });
        }
        self.clock.sleep(wait);
        Ok(())
    }

    fn all_headers(&self, has_body: bool) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("authorization", format!("Bearer {}", self.token.0)),
            (
                "user-agent",
                concat!("mlinfra/", env!("CARGO_PKG_VERSION")).to_owned(),
            ),
        ];
        if has_body {
            headers.push(("content-type", "application/json".to_owned()));
        }
        headers.extend(self.headers.iter().cloned());
        headers
    }

    /// Where a path leads. The token is sent to the API's host and to no other.
    fn address(&self, path: &str) -> Result<String, Failure> {
        if path.starts_with('/') {
            return Ok(format!("{}{path}", self.base));
        }
        let (own, others) = (origin(&self.base), origin(path));
        if others.is_some() && own == others {
            return Ok(path.to_owned());
        }
        Err(Failure::Unexpected(format!(
            "The answer points to `{}`, which is another host than `{}`. The token isn't sent there.",
            shown(path),
            self.base
        )))
    }

    fn redirected(&self, answer: &Answer) -> Result<String, Failure> {
        let to = answer.header("location").unwrap_or_default();
        match origin(&self.base) {
            Some(origin) if to.starts_with('/') && !to.starts_with("//") => {
                Ok(format!("{origin}{to}"))
            }
            _ => self.address(to),
        }
    }

    fn refusal(&self, answer: &Answer) -> Failure {
        let message = self.words(answer);
        match answer.status {
            401 => Failure::Unauthorized(message),
            403 => Failure::Forbidden(message),
            404 | 410 => Failure::NotFound(message),
            status => Failure::Refused { status, message },
        }
    }

    /// What a forge says of a failure, in one line.
    fn words(&self, answer: &Answer) -> String {
        let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let said: Vec<String> = ["message", "error", "error_description", "errors"]
            .iter()
            .filter_map(|name| value.get(name))
            .map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
            .collect();
        let said = if said.is_empty() {
            answer.body.clone()
        } else {
            said.join("; ")
        };
        let said = shown(&self.token.hidden_in(&said));
        let status = answer.status.to_string();
        if said.starts_with(&status) {
            return said;
        }
        format!("{status} {said}").trim_end().to_owned()
    }
}

/// `https://host:port` of an address.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    // Before an `@` stands who asks and not who is asked.
    let is_host = !host.is_empty() && !host.contains('@');
    is_host.then(|| format!("{scheme}://{host}").to_ascii_lowercase())
}

fn is_redirect(answer: &Answer) -> bool {
    matches!(answer.status, 301 | 302 | 307 | 308) && answer.headers.contains_key("location")
}

/// Whether the forge wants fewer requests. GitHub says it with 403 as well as 429.
fn is_limited(answer: &Answer) -> bool {
    let none_left = answer.header("x-ratelimit-remaining") == Some("0");
    let told = answer.headers.contains_key("retry-after") || none_left;
    let in_words = answer.body.to_ascii_lowercase().contains("rate limit");
    answer.status == 429 || (answer.status == 403 && (told || in_words))
}

/// How long a forge wants to be left alone.
fn wanted_wait(answer: &Answer, now: Timestamp, before: u32) -> Duration {
    let number = |name| answer.header(name)?.trim().parse::<u64>().ok();
    if let Some(seconds) = number("retry-after") {
        return Duration::from_secs(seconds);
    }
    let at = number("x-ratelimit-reset").or_else(|| number("ratelimit-reset"));
    if let Some(at) = at {
        let now = u64::try_from(now.as_second()).unwrap_or(0);
        // Its clock and ours may differ by a little.
        return Duration::from_secs(at.saturating_sub(now).saturating_add(1));
    }
    MINUTE.saturating_mul(1 << before.min(10))
}

/// When a time has passed; the last moment there is for more.
fn passes(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

pub(super) fn count(attempts: u32) -> String {
    let s = if attempts == 1 { "" } else { "s" };
    format!("{attempts} attempt{s}")
}

/// The beginning of a text, in one line.
fn shown(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests;
