//! HCL text → [`Project`]: syntax with positions, values by evaluation, blocks by table, references
//! resolved, every mistake at once.
//!
//! Nothing is read here: files, variables and the environment come in as arguments. No text, however
//! hostile, takes it more than bounded time and memory.
//!
//! ```
//! use mlinfra::diagnostics::Sources;
//! use mlinfra::spec;
//!
//! let mut sources = Sources::new();
//! sources.add("main.mlinfra.hcl", "project \"ranker\" {}\n");
//! let (project, diagnostics) = spec::load(&sources, &spec::Inputs::default());
//! assert!(diagnostics.is_empty());
//! assert_eq!(project.map(|p| p.name).as_deref(), Some("ranker"));
//! ```

mod build;
mod checks;
mod convert;
mod cron;
pub mod edit;
mod eval;
pub mod fmt;
mod functions;
mod index;
mod inputs;
mod lexer;
mod number;
mod organisation;
mod quantity;
mod schema;
mod section;
mod suggest;
mod syntax;
mod together;
mod typed;
mod types;
mod value;
mod variables;
mod version;

pub use inputs::{Inputs, VariableInput};
pub use organisation::organisation;
pub use schema::spec_schema;
pub(crate) use suggest::hint as suggestion;

use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin, Sources, spec};
use crate::model::Project;
use build::Builder;
use eval::{Evaluator, Frame, Name, Names};
use section::Reader;
use syntax::Part;

/// Most mistakes told at once; more than anyone reads.
const MAX_DIAGNOSTICS: usize = 200;

/// Reads a spec. There is a project exactly when no error is among the diagnostics.
#[must_use]
pub fn load(sources: &Sources, inputs: &Inputs<'_>) -> (Option<Project>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut parts: Vec<(&str, Part)> = Vec::new();
    let mut broken = Vec::new();
    for (id, file) in sources.iter() {
        if inputs.variable_files.contains(&id) {
            continue;
        }
        let parsed = syntax::parse(id, &file.text);
        parts.extend(parsed.parts.into_iter().map(|p| (file.text.as_str(), p)));
        broken.extend(parsed.broken);
        diagnostics.extend(parsed.diagnostics);
    }
    let incomplete = diagnostics.has_errors();
    let bodies = || {
        parts
            .iter()
            .map(|(text, part)| (Frame::new(part.place, text), &part.body))
    };
    let mut names = Names::default();
    index::add_broken(&mut names, &broken);
    for (frame, body) in bodies() {
        index::add(&mut names, &frame, body, &mut diagnostics);
    }
    let variables = variables::declared(bodies(), &mut diagnostics);
    variables::define(&mut names, &variables, inputs, sources, &mut diagnostics);

    let evaluator = Evaluator::new(&names, inputs);
    let defined: Vec<Name> = names.definitions.keys().cloned().collect();
    for name in &defined {
        evaluator.name(name);
    }
    variables::validate(&variables, &evaluator);
    let start = Origin {
        file: FileId(0),
        start: 0,
        end: 0,
    };
    let reader = Reader {
        evaluator: &evaluator,
        incomplete,
    };
    let root = reader.spec(&schema::SPEC, bodies(), start);
    let builder = Builder {
        evaluator: &evaluator,
    };
    let project = builder.project(&root);
    diagnostics.extend(evaluator.take_diagnostics());
    finish(project, diagnostics)
}

fn finish(project: Option<Project>, diagnostics: Diagnostics) -> (Option<Project>, Diagnostics) {
    let (project, mut diagnostics) = finished(project, diagnostics);
    if let Some(project) = &project {
        let warnings = together::lonely_pools(project).into_iter();
        warnings
            .take(MAX_DIAGNOSTICS)
            .for_each(|w| diagnostics.push(w));
        diagnostics.sort();
    }
    (project, diagnostics)
}

/// What was read, if nothing in it is wrong, and what is to be said of it.
fn finished<T>(read: Option<T>, mut diagnostics: Diagnostics) -> (Option<T>, Diagnostics) {
    diagnostics.sort();
    if diagnostics.len() > MAX_DIAGNOSTICS {
        let more = diagnostics.len() - MAX_DIAGNOSTICS;
        let mut kept = Diagnostics::new();
        diagnostics
            .into_iter()
            .take(MAX_DIAGNOSTICS)
            .for_each(|d| kept.push(d));
        let detail = format!("{more} further mistakes aren't shown.");
        kept.push(Diagnostic::error(&spec::TOO_LARGE).detail(detail));
        diagnostics = kept;
    }
    let read = read.filter(|_| !diagnostics.has_errors());
    (read, diagnostics)
}
