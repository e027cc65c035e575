//! Collects the names that expressions can refer to, before any is evaluated.

use hcl_edit::Span as _;
use hcl_edit::structure::{Block, Body};

use super::eval::{Definition, DefinitionBody, Frame, Name, NameKind, Names};
use super::section::expression;
use super::syntax::BrokenHead;
use crate::diagnostics::{Diagnostic, Diagnostics, spec};
use crate::model::StageKind;

/// Adds the names of a part of the spec.
pub(super) fn add<'a>(
    names: &mut Names<'a>,
    frame: &Frame<'a>,
    body: &'a Body,
    diagnostics: &mut Diagnostics,
) {
    for block in body.blocks() {
        let label = block.labels.first().map(|l| l.as_str().to_owned());
        match (block.ident.as_str(), label) {
            ("locals", _) => locals(names, frame, block, diagnostics),
            ("dataset", Some(name)) => {
                let arguments = &super::eval::DATASET_ARGUMENTS;
                arguments_of(names, frame, block, (NameKind::Dataset, &name), arguments);
                names.datasets.insert(name);
            }
            ("model", Some(name)) => {
                let arguments = &super::eval::MODEL_ARGUMENTS;
                arguments_of(names, frame, block, (NameKind::Model, &name), arguments);
                names.models.insert(name);
            }
            ("stage", Some(name)) => stage(names, block, name),
            _ => {}
        }
    }
}

/// Adds the heads of blocks that didn't parse.
pub(super) fn add_broken(names: &mut Names<'_>, broken: &[BrokenHead]) {
    for head in broken {
        match &head.label {
            Some(label) => drop(names.broken.insert((head.kind.clone(), label.clone()))),
            None if head.kind == "locals" => {
                names.broken.insert(("locals".to_owned(), String::new()));
            }
            None => names.incomplete = true,
        }
    }
}

fn locals<'a>(
    names: &mut Names<'a>,
    frame: &Frame<'a>,
    block: &'a Block,
    diagnostics: &mut Diagnostics,
) {
    for attribute in block.body.attributes() {
        let origin = frame.place.origin(attribute.key.span());
        let name = Name::new(NameKind::Local, attribute.key.as_str());
        if names.definitions.contains_key(&name) {
            let diagnostic = Diagnostic::error(&spec::DUPLICATE_NAME)
                .at(origin)
                .label("there is a local with this name already");
            diagnostics.push(diagnostic);
            continue;
        }
        let body = DefinitionBody::Expression(*frame, &attribute.value);
        names.definitions.insert(name, Definition { body, origin });
    }
}

fn arguments_of<'a>(
    names: &mut Names<'a>,
    frame: &Frame<'a>,
    block: &'a Block,
    (kind, name): (NameKind, &str),
    arguments: &[&str],
) {
    for argument in arguments {
        if let Some(value) = expression(&block.body, argument) {
            let name = Name::new(kind, format!("{name}.{argument}"));
            let origin = frame.origin(value);
            let body = DefinitionBody::Expression(*frame, value);
            names
                .definitions
                .entry(name)
                .or_insert(Definition { body, origin });
        }
    }
}

fn stage(names: &mut Names<'_>, block: &Block, name: String) {
    let kind = expression(&block.body, "kind")
        .and_then(|k| k.as_str())
        .and_then(StageKind::from_name);
    let outputs = block.body.blocks().filter(|b| b.ident.as_str() == "output");
    let outputs = outputs
        .filter_map(|b| b.labels.first())
        .map(|l| l.as_str().to_owned());
    let entry = names.stages.entry(name).or_default();
    entry.kind = entry.kind.or(kind);
    entry.outputs.extend(outputs);
}
