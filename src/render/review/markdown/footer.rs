//! The last lines: what isn't priced, what was left out, which catalogs, and how to get the same.

use crate::render::markdown::{code, shown};
use crate::render::plan::catalogs;
use crate::review::{Made, Side, SpecReview};

/// Characters of a commit that a command shows: as many as git's own tools take for unique in any
/// repository.
const COMMIT: usize = 12;

/// Longest address of a report that is linked.
const LINK: usize = 300;

/// What isn't in the bill, in one line.
pub(super) fn not_priced(review: &SpecReview) -> String {
    let not_priced = review.head.plan().map_or(&[][..], |plan| &plan.not_priced);
    if not_priced.is_empty() {
        return String::new();
    }
    format!("Not priced: {}.\n", shown(&not_priced.join("; "), 240))
}

/// Catalogs, plan, version and command.
pub(super) fn origin(review: &SpecReview) -> String {
    let mut parts = vec![format!("To get the same: {}", code(&command(review), 240))];
    if let Made::Planned { plan, plan_sha256 } = &review.head.made {
        let digest = format!("sha256:{plan_sha256}");
        parts.push(format!("plan {}", code(&digest, 80)));
        parts.push(format!("catalogs {}", shown(&catalogs(plan), 240)));
    }
    parts.push(format!("mlinfra {}", env!("CARGO_PKG_VERSION")));
    format!("<sub>{}</sub>\n", parts.join(" · "))
}

fn command(review: &SpecReview) -> String {
    let base = revision(&review.base);
    let head = match &review.head.commit {
        Some(_) => format!(" --head {}", revision(&review.head)),
        None => String::new(),
    };
    format!("mlinfra diff --base {base}{head} {}", quoted(&review.spec))
}

fn revision(side: &Side) -> String {
    match &side.commit {
        Some(commit) => quoted(&commit.chars().take(COMMIT).collect::<String>()),
        None => quoted(&side.label),
    }
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./@%+=:,-".contains(c);
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with('-') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// What was left out and where all of it is.
pub(super) fn left_out(parts: &[String], report: Option<&str>) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let all = match report.and_then(link) {
        Some(url) => format!("[The full report](<{url}>) has all of it."),
        None => "`mlinfra diff` prints all of it.".to_owned(),
    };
    format!(
        "*Left out, as it is too long:* {}. {all}\n",
        parts.join(", ")
    )
}

/// An address of the web that can stand between `<` and `>`; nothing else is linked.
fn link(url: &str) -> Option<&str> {
    let web = url.starts_with("https://") || url.starts_with("http://");
    let plain = |c: char| c.is_ascii_graphic() && !"<>\\`\"|".contains(c);
    (web && url.len() <= LINK && url.chars().all(plain)).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_a_branch_for_one_word() {
        assert_eq!(quoted("feature/gpu-2"), "feature/gpu-2");
        assert_eq!(quoted("a;$(rm -rf ~)"), "'a;$(rm -rf ~)'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted("-x"), "'-x'");
    }

    #[test]
    fn only_addresses_of_the_web_are_linked() {
        assert_eq!(link("https://ci.test/1#a"), Some("https://ci.test/1#a"));
        assert_eq!(link("javascript:alert(1)"), None);
        assert_eq!(link("https://x> y"), None);
    }
}
