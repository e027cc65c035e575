//! In which form the review is printed, and where it goes.

use std::path::PathBuf;

use super::super::Io;
use crate::diagnostics::Diagnostic;
use crate::render::page;
use crate::render::review::{self as render, Shown};
use crate::review::{Review, SpecReview};
use crate::store;

/// Most characters of Markdown for one spec: the summary of a job on GitHub takes a mebibyte.
const MARKDOWN: usize = 1_000_000;

/// In which form the review is printed, and where it goes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OutputArgs {
    /// Print the review as JSON, which `mlinfra comment` reads
    #[arg(long, group = "form")]
    json: bool,
    /// Print the review in the form of Infracost's JSON, for dashboards and policies that read it
    #[arg(long, group = "form")]
    infracost: bool,
    /// Print the review as Markdown, as `mlinfra comment` posts it
    #[arg(long, group = "form")]
    markdown: bool,
    /// Leave out specs without a difference
    #[arg(long)]
    changed_only: bool,
    /// Write it to a file: in the form that is asked for, instead of printing it; else as JSON, beside
    /// what is printed
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write it to a file as a page for a browser, which needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl OutputArgs {
    /// Prints or writes the review.
    ///
    /// # Errors
    ///
    /// `cli::cannot-write`.
    pub(super) fn print(&self, review: &Review, io: &mut Io) -> Result<(), Diagnostic> {
        let review = &if self.changed_only {
            changed(review)
        } else {
            review.clone()
        };
        let text = self.text(review);
        let human = || render::human(review, io.width.clamp(60, 100), &io.palette);
        match (&self.out, text) {
            (None, text) => {
                let text = text.unwrap_or_else(human);
                io.print(&text);
            }
            (Some(path), Some(text)) => store::plans::write(path, &text)?,
            (Some(path), None) => {
                store::plans::write(path, &json(review))?;
                let text = human();
                io.print(&text);
            }
        }
        if let Some(path) = &self.html {
            store::plans::write(path, &page::review(review))?;
            io.note(&format!("Wrote the page to {}.\n", path.display()));
        }
        if let Some(path) = &self.out {
            io.note(&format!("Wrote the review to {}.\n", path.display()));
        }
        Ok(())
    }

    /// The review in a form for programs; `None` when none is asked for.
    fn text(&self, review: &Review) -> Option<String> {
        if self.markdown {
            return Some(markdown(review));
        }
        if self.infracost {
            return Some(format!("{:#}\n", render::infracost(review)));
        }
        self.json.then(|| json(review))
    }
}

fn markdown(review: &Review) -> String {
    let shown = Shown {
        limit: MARKDOWN,
        report: None,
    };
    let specs = review.specs.iter();
    let bodies: Vec<String> = specs.map(|spec| render::markdown(spec, &shown)).collect();
    bodies.join("\n")
}

fn json(review: &Review) -> String {
    format!("{:#}\n", render::json(review))
}

/// The review without the specs that nothing changes in.
fn changed(review: &Review) -> Review {
    let changed = |spec: &&SpecReview| {
        spec.changes_something() || spec.difference.is_none() || spec.is_denied()
    };
    Review {
        specs: review.specs.iter().filter(changed).cloned().collect(),
        ..review.clone()
    }
}
