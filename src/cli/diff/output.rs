//! In which form the review is printed, and where it goes.

use std::path::PathBuf;

use super::super::Io;
use crate::diagnostics::Diagnostic;
use crate::render::{page, review as render};
use crate::review::Review;
use crate::store;

/// In which form the review is printed, and where it goes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OutputArgs {
    /// Print the review as JSON, which `mlinfra comment` reads
    #[arg(long, group = "form")]
    json: bool,
    /// Print the review in the form of Infracost's JSON, for dashboards and policies that read it
    #[arg(long, group = "form")]
    infracost: bool,
    /// Print it as Markdown: what `mlinfra comment` posts, one part for each spec
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
    /// Write to a file how many stages are new, changed and gone, which GitLab shows beside a merge
    /// request (`reports: terraform`)
    #[arg(long, value_name = "FILE")]
    terraform_report: Option<PathBuf>,
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
        if let Some(path) = &self.terraform_report {
            store::plans::write(path, &format!("{}\n", render::terraform_report(review)))?;
        }
        if let Some(path) = &self.out {
            io.note(&format!("Wrote the review to {}.\n", path.display()));
        }
        Ok(())
    }

    /// The review in a form for programs; `None` when none is asked for.
    fn text(&self, review: &Review) -> Option<String> {
        if self.infracost {
            return Some(format!("{:#}\n", render::infracost(review)));
        }
        if self.markdown {
            return Some(markdown(review));
        }
        self.json.then(|| json(review))
    }
}

/// The comments on all specs, none of them shortened.
fn markdown(review: &Review) -> String {
    let all = render::Shown {
        limit: usize::MAX,
        report: None,
    };
    let specs = review.specs.iter();
    let comments: Vec<String> = specs.map(|spec| render::markdown(spec, &all)).collect();
    comments.join("\n")
}

fn json(review: &Review) -> String {
    format!("{:#}\n", render::json(review))
}

/// The review without the specs that nothing changes in.
fn changed(review: &Review) -> Review {
    let changed = |spec: &&crate::review::SpecReview| {
        spec.changes_something() || spec.difference.is_none() || spec.is_denied()
    };
    Review {
        specs: review.specs.iter().filter(changed).cloned().collect(),
        ..review.clone()
    }
}
