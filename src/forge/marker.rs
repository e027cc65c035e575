//! The first line of a comment of ours, by which it is found again:
//!
//! ```text
//! <!-- mlinfra {"v":1,"spec":"train","tag":"","plan":"sha256:…","valid_at":"…","id":"…"} -->
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What the line begins and ends with.
const OPEN: &str = "<!-- mlinfra ";
const CLOSE: &str = " -->";

/// Characters of a spec's path or a tag that are written as they are. With longer ones, which nobody
/// has by accident, the line could fill the comment, so their digest stands for them.
const LONGEST: usize = 300;

/// Which comment it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// The version of the form.
    v: u32,
    /// The spec's path.
    pub spec: String,
    /// Which set of comments it belongs to.
    #[serde(default)]
    pub tag: String,
    /// The plan that it is about, `sha256:…`; none where there is no plan.
    #[serde(default)]
    pub plan: Option<String>,
    /// When what it says held, as RFC 3339.
    #[serde(default)]
    pub valid_at: String,
    /// Of the request that wrote it: tells whether a request whose answer was lost was carried out.
    #[serde(default)]
    pub id: String,
}

impl Marker {
    /// Of a comment on a spec.
    #[must_use]
    pub fn new(spec: &str, tag: &str, plan: Option<&str>, valid_at: &str) -> Self {
        Self {
            v: 1,
            spec: shortened(spec),
            tag: shortened(tag),
            plan: plan.map(|sha256| format!("sha256:{sha256}")),
            valid_at: valid_at.to_owned(),
            id: String::new(),
        }
    }

    /// The line, without its end. Only ASCII is in it, and nothing that ends a comment in HTML, calls
    /// a person or refers to an issue.
    #[must_use]
    pub fn line(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        let mut line = String::from(OPEN);
        let mut units = [0; 2];
        for c in json.chars() {
            let plain = c.is_ascii() && !matches!(c, '<' | '>' | '&' | '@' | '#' | '`' | '\x7f');
            if plain {
                line.push(c);
                continue;
            }
            for unit in c.encode_utf16(&mut units) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        }
        line + CLOSE
    }

    /// The marker and the rest of a comment; `None` when it has none.
    #[must_use]
    pub fn split(body: &str) -> Option<(Self, &str)> {
        let (line, rest) = body.split_once('\n').unwrap_or((body, ""));
        let json = line.trim_end().strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
        Some((serde_json::from_str(json).ok()?, rest))
    }

    /// Whether it is the comment of the same spec in the same set.
    #[must_use]
    pub fn is_about(&self, other: &Self) -> bool {
        (&self.spec, &self.tag) == (&other.spec, &other.tag)
    }

    /// Whether what it says held later. A time that can't be read is never later.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        let time = |marker: &Self| marker.valid_at.parse::<Timestamp>().ok();
        match (time(self), time(other)) {
            (Some(own), Some(others)) => own > others,
            _ => false,
        }
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let digest = Sha256::digest(name.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHEN: &str = "2026-11-21T10:00:00Z";

    #[test]
    fn the_line_is_read_back() {
        let marker = Marker::new("a/train", "nightly", Some("ab"), WHEN);
        let line = marker.line();
        assert_eq!(
            line,
            "<!-- mlinfra {\"v\":1,\"spec\":\"a/train\",\"tag\":\"nightly\",\"plan\":\"sha256:ab\",\
             \"valid_at\":\"2026-11-21T10:00:00Z\",\"id\":\"\"} -->"
        );
        let body = format!("{line}\r\n\nText\n");
        assert_eq!(Marker::split(&body), Some((marker, "\nText\n")));
    }

    #[test]
    fn hostile_names_stay_inside_the_line() {
        let name = "--> <b> @everyone #1 \n `x` 🌈 \u{202e}\u{7f}";
        let marker = Marker::new(name, name, None, WHEN);
        let line = marker.line();
        assert!(line.is_ascii() && !line.contains(['\n', '@', '#', '`', '\x7f']));
        assert_eq!(line.matches('>').count(), 1, "{line}");
        assert_eq!(line.matches('<').count(), 1, "{line}");
        assert_eq!(Marker::split(&line), Some((marker, "")));
    }

    #[test]
    fn a_name_of_ten_thousand_characters_is_told_by_its_digest() {
        let (one, two) = ("é".repeat(10_000), "é".repeat(10_001));
        let [one, two] = [one, two].map(|name| Marker::new(&name, &name, None, WHEN));
        assert!(one.line().len() < 400, "{}", one.line().len());
        assert!(!one.is_about(&two));
    }

    #[test]
    fn what_isnt_a_marker_is_none() {
        for body in [
            "",
            "Text",
            "<!-- mlinfra nonsense -->",
            "<!-- mlinfra {\"spec\":1} -->",
            " <!-- mlinfra {} -->",
            "Text\n<!-- mlinfra {\"v\":1,\"spec\":\"x\"} -->",
        ] {
            assert_eq!(Marker::split(body), None, "{body}");
        }
        let (marker, _) =
            Marker::split("<!-- mlinfra {\"v\":9,\"spec\":\"x\",\"new\":0} -->").unwrap();
        assert_eq!((marker.spec.as_str(), marker.tag.as_str()), ("x", ""));
    }

    #[test]
    fn times_are_compared_and_not_their_texts() {
        let at = |when| Marker::new("x", "", None, when);
        let noon = at("2026-11-21T12:00:00Z");
        assert!(at("2026-11-21T12:30:00+00:00").is_newer_than(&noon));
        assert!(!at("2026-11-21T13:30:00+02:00").is_newer_than(&noon));
        assert!(!noon.is_newer_than(&noon));
        assert!(!at("soon").is_newer_than(&noon) && !noon.is_newer_than(&at("soon")));
    }
}
