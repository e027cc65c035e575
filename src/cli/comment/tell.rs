//! What was done, in words: one line for each comment. With `--dry-run`, what would be done, and the
//! texts.
//!
//! ```text
//! pipelines/train: updated https://github.com/acme/ml/pull/7#issuecomment-1
//! ```

use crate::forge::{Done, Posted};
use crate::render::text::inert_line;

/// The line of one comment.
pub(super) fn line(posted: &Posted, dry_run: bool) -> String {
    let spec = match posted.spec.as_str() {
        "." => "the spec at the root".to_owned(),
        spec => inert_line(spec),
    };
    let url = posted
        .url
        .as_deref()
        .map_or_else(String::new, |url| format!(" {}", inert_line(url)));
    let tense = |past: &str, would: &str| {
        if dry_run {
            would.to_owned()
        } else {
            past.to_owned()
        }
    };
    let words = match &posted.done {
        Done::Created => tense("made", "would be made"),
        Done::Edited => tense("updated", "would be updated:"),
        Done::Unchanged => "says the same already:".to_owned(),
        Done::Newer => "left alone, since a later run was faster:".to_owned(),
        Done::NotMade => "no comment, since `--when` isn't met".to_owned(),
        Done::Hidden => tense("hidden:", "would be hidden:"),
        Done::Deleted => tense("deleted:", "would be deleted:"),
        Done::Foreign { author } => {
            format!(
                "left alone, since it is by {} and not ours:",
                inert_line(author)
            )
        }
        Done::Left(left) => format!("couldn't be {}:", left.wanted),
    };
    let mut text = format!("{spec}: {words}{url}\n");
    if let Some(body) = posted.body.as_deref().filter(|_| dry_run) {
        text.push_str(&format!("\n{}\n\n", body.trim_end()));
    }
    text
}
