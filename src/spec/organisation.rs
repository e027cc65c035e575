//! The policy files of an organisation: the same language as specs, with other blocks and without
//! variables, files and the environment.

use super::build::Builder;
use super::eval::{Evaluator, Frame, Names};
use super::inputs::Inputs;
use super::schema;
use super::section::Reader;
use super::syntax::{self, Part};
use crate::diagnostics::{Diagnostics, FileId, Origin, Sources};
use crate::model::Organisation;

/// Reads policy files. There is an organisation exactly when no error is among the diagnostics.
///
/// ```
/// use mlinfra::diagnostics::Sources;
///
/// let mut sources = Sources::new();
/// sources.add("acme.policy.hcl", "policy \"no-owner\" { severity = \"deny\" }\n");
/// let (organisation, diagnostics) = mlinfra::spec::organisation(&sources);
/// assert!(diagnostics.is_empty());
/// assert_eq!(organisation.map(|o| o.policies.len()), Some(1));
/// ```
#[must_use]
pub fn organisation(sources: &Sources) -> (Option<Organisation>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut parts: Vec<(&str, Part)> = Vec::new();
    for (id, file) in sources.iter() {
        let parsed = syntax::parse(id, &file.text);
        parts.extend(parsed.parts.into_iter().map(|p| (file.text.as_str(), p)));
        diagnostics.extend(parsed.diagnostics);
    }
    let bodies = parts
        .iter()
        .map(|(text, part)| (Frame::new(part.place, text), &part.body));
    let (names, inputs) = (Names::default(), Inputs::default());
    let evaluator = Evaluator::new(&names, &inputs);
    let reader = Reader {
        evaluator: &evaluator,
        incomplete: diagnostics.has_errors(),
    };
    let start = Origin {
        file: FileId(0),
        start: 0,
        end: 0,
    };
    let root = reader.spec(&schema::ORGANISATION, bodies, start);
    let builder = Builder {
        evaluator: &evaluator,
    };
    let organisation = builder.organisation(&root);
    diagnostics.extend(evaluator.take_diagnostics());
    super::finished(Some(organisation), diagnostics)
}
