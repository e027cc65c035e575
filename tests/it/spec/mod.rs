//! The spec language, from text to project.

mod formatting;
mod hostile;
mod meaning;
mod program;
mod reference;
mod together;
mod variables;
mod wrong;

use mlinfra::diagnostics::{Diagnostics, Sources};
use mlinfra::model::Project;
use mlinfra::spec::{Inputs, load};

/// Loads texts as the files of one spec.
fn load_texts(texts: &[&str]) -> (Option<Project>, Diagnostics, Sources) {
    let mut sources = Sources::new();
    for (i, text) in texts.iter().enumerate() {
        sources.add(format!("{i}.mlinfra.hcl"), *text);
    }
    let (project, diagnostics) = load(&sources, &Inputs::default());
    (project, diagnostics, sources)
}

/// Loads a text that must be a valid spec.
#[track_caller]
fn valid(text: &str) -> Project {
    let (project, diagnostics, sources) = load_texts(&[text]);
    let shown = mlinfra::render::diagnostics::human(&diagnostics, &sources);
    assert_eq!(shown, "");
    project.unwrap()
}

/// The codes of a text's mistakes, in order.
fn codes(text: &str) -> Vec<&'static str> {
    let (_, diagnostics, _) = load_texts(&[text]);
    diagnostics.iter().map(|d| d.code.slug).collect()
}
