//! Variables: what they declare, where their values come from, and whether those suit.

use std::collections::BTreeMap;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Body};

use super::eval::{
    Definition, DefinitionBody, Evaluated, Evaluator, Frame, Name, NameKind, Names, redacted,
};
use super::inputs::{Inputs, VariableInput};
use super::section::expression;
use super::suggest;
use super::syntax::{self, Place};
use super::types::VariableType;
use super::value::Value;
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin, Sources, spec};

/// A `variable` block.
pub(super) struct Variable<'a> {
    pub(super) name: String,
    frame: Frame<'a>,
    block: &'a Block,
    pub(super) declared: Option<VariableType>,
    sensitive: bool,
    origin: Origin,
}

/// A value given from outside, before it is known what type it must have.
enum Given {
    Text(VariableInput),
    /// From a file, evaluated; `None` when that failed, which is reported.
    Value(Option<Value>, Origin),
}

/// The variables that the parts declare. Later ones of the same name are reported elsewhere.
pub(super) fn declared<'a>(
    parts: impl Iterator<Item = (Frame<'a>, &'a Body)>,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Variable<'a>> {
    let mut variables = BTreeMap::new();
    for (frame, body) in parts {
        for block in body.blocks().filter(|b| b.ident.as_str() == "variable") {
            let Some(label) = block.labels.first() else {
                continue;
            };
            let variable = Variable {
                name: label.as_str().to_owned(),
                frame,
                block,
                declared: declared_type(&frame, block, diagnostics),
                sensitive: expression(&block.body, "sensitive").and_then(Expression::as_bool)
                    == Some(true),
                origin: frame.place.origin(label.span()),
            };
            variables.entry(variable.name.clone()).or_insert(variable);
        }
    }
    variables
}

fn declared_type(
    frame: &Frame<'_>,
    block: &Block,
    diagnostics: &mut Diagnostics,
) -> Option<VariableType> {
    let Some(written) = expression(&block.body, "type") else {
        return Some(VariableType::Any);
    };
    let parsed = VariableType::parse(written);
    if parsed.is_none() {
        let mut diagnostic = Diagnostic::error(&spec::INVALID_FORM)
            .at(frame.origin(written))
            .detail(
                "A type is `string`, `number`, `bool`, `any`, `list(T)`, `set(T)`, `map(T)` or \
                 `object({ name = T })`.",
            );
        if let Some(word) = written.as_str() {
            diagnostic = diagnostic.hint(format!("types stand without quotes: `type = {word}`."));
        }
        diagnostics.push(diagnostic);
    }
    parsed
}

/// Gives each variable its value: `-var`, else a file's, else the environment's, else its default.
pub(super) fn define<'a>(
    names: &mut Names<'a>,
    variables: &'a BTreeMap<String, Variable<'a>>,
    inputs: &Inputs<'_>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) {
    let mut given: BTreeMap<String, Given> = BTreeMap::new();
    for (name, input) in &inputs.environment_variables {
        // The environment may hold variables of other projects.
        if variables.contains_key(name) {
            given.insert(name.clone(), Given::Text(input.clone()));
        }
    }
    for file in &inputs.variable_files {
        let Some(source) = sources.get(*file) else {
            continue;
        };
        for (name, value, origin) in read_file(*file, &source.name, &source.text, diagnostics) {
            if !variables.contains_key(&name) && !names.is_broken("variable", &name) {
                diagnostics.push(undeclared(&name, variables).at(origin));
            }
            given.insert(name, Given::Value(value, origin));
        }
    }
    for (name, input) in &inputs.variables {
        if !variables.contains_key(name) && !names.is_broken("variable", name) {
            let detail = format!(
                "`{}` sets `{name}`, and the spec declares no such variable.",
                input.given_by
            );
            diagnostics.push(undeclared(name, variables).detail(detail));
        }
        given.insert(name.clone(), Given::Text(input.clone()));
    }
    for variable in variables.values() {
        let body = body(variable, given.remove(&variable.name), diagnostics);
        let name = Name::new(NameKind::Variable, &variable.name);
        let origin = variable.origin;
        names.definitions.insert(name, Definition { body, origin });
    }
}

fn undeclared(name: &str, variables: &BTreeMap<String, Variable<'_>>) -> Diagnostic {
    let diagnostic = Diagnostic::error(&spec::UNDECLARED_VARIABLE);
    let hint = suggest::hint(name, variables.keys().map(String::as_str), "Declared are");
    match hint {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic.hint(format!("declare it: `variable \"{name}\" {{}}`.")),
    }
}

fn body<'a>(
    variable: &'a Variable<'a>,
    given: Option<Given>,
    diagnostics: &mut Diagnostics,
) -> DefinitionBody<'a> {
    let Some(declared) = &variable.declared else {
        return DefinitionBody::Failed;
    };
    let default = expression(&variable.block.body, "default");
    let (value, at, given_by) = match (given, default) {
        (None, Some(expression)) => {
            return DefinitionBody::Default {
                frame: variable.frame,
                expression,
                declared,
                sensitive: variable.sensitive,
            };
        }
        (None, None) => {
            diagnostics.push(not_set(variable));
            return DefinitionBody::Failed;
        }
        (Some(Given::Value(None, _)), _) => return DefinitionBody::Failed,
        (Some(Given::Value(Some(value), at)), _) => (Ok(value), at, "the value".to_owned()),
        (Some(Given::Text(input)), _) => {
            let value = read_text(&input.text, declared);
            (
                value,
                variable.origin,
                format!("the value given by `{}`", input.given_by),
            )
        }
    };
    match value.and_then(|v| declared.fit(&v)) {
        Ok(value) => DefinitionBody::Value(Evaluated {
            value,
            sensitive: variable.sensitive,
        }),
        Err(misfit) => {
            let detail = format!(
                "For `{}`, {given_by} doesn't suit: {misfit}.",
                variable.name
            );
            diagnostics.push(
                Diagnostic::error(&spec::VARIABLE_VALUE)
                    .at(at)
                    .detail(detail),
            );
            DefinitionBody::Failed
        }
    }
}

fn not_set(variable: &Variable<'_>) -> Diagnostic {
    let name = &variable.name;
    Diagnostic::error(&spec::VARIABLE_NOT_SET)
        .at(variable.origin)
        .detail("It has no default, so a value must be given.")
        .hint(format!(
            "give it with `-var {name}=…`, with `-var-file`, or as `MLINFRA_VAR_{name}`."
        ))
}

/// A text for a string is taken as it is; for anything else it is a literal.
fn read_text(text: &str, declared: &VariableType) -> Result<Value, String> {
    if matches!(declared, VariableType::Text) {
        return Ok(Value::text(text));
    }
    let literal = literal(text);
    match (literal, declared) {
        (Some(value), _) => Ok(value),
        (None, VariableType::Any) => Ok(Value::text(text)),
        (None, wanted) => Err(format!(
            "{wanted} is needed, and the text can't be read as one"
        )),
    }
}

/// Longest value on a command line or in the environment.
const MAX_TEXT: usize = 1 << 16;

fn literal(text: &str) -> Option<Value> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let expression = hcl_edit::parser::parse_expr(text).ok()?;
    let names = Names::default();
    let inputs = Inputs::default();
    let evaluator = Evaluator::new(&names, &inputs);
    let frame = Frame::new(Place::new(FileId(0), 0), text);
    evaluator.argument(&frame, &expression).map(|e| e.value)
}

/// Values of a variable file, in HCL (`name = value`) or JSON.
fn read_file(
    file: FileId,
    name: &str,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Option<Value>, Origin)> {
    if name.ends_with(".json") {
        return read_json(file, text, diagnostics);
    }
    let parsed = syntax::parse(file, text);
    diagnostics.extend(parsed.diagnostics);
    let names = Names::default();
    let inputs = Inputs::default();
    let evaluator = Evaluator::new(&names, &inputs);
    let mut values = Vec::new();
    for part in &parsed.parts {
        let frame = Frame::new(part.place, text);
        for block in part.body.blocks() {
            let detail = "A variable file holds `name = value` only.";
            let at = part.place.origin(block.ident.span());
            diagnostics.push(
                Diagnostic::error(&spec::UNSUPPORTED_BLOCK)
                    .at(at)
                    .detail(detail),
            );
        }
        for Attribute { key, value, .. } in part.body.attributes() {
            let at = frame.origin(value);
            let value = evaluator.argument(&frame, value).map(|e| e.value);
            values.push((key.as_str().to_owned(), value, at));
        }
    }
    diagnostics.extend(evaluator.take_diagnostics());
    values
}

fn read_json(
    file: FileId,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Option<Value>, Origin)> {
    let at = Origin {
        file,
        start: 0,
        end: 0,
    };
    let parsed: Result<BTreeMap<String, serde_json::Value>, _> = serde_json::from_str(text);
    match parsed {
        Ok(entries) => {
            let read = entries.into_iter().map(|(name, json)| {
                let value = Value::from_json(&json);
                if value.is_none() {
                    let detail = format!("A number in `{name}` can't be kept exactly.");
                    diagnostics.push(Diagnostic::error(&spec::OUT_OF_RANGE).at(at).detail(detail));
                }
                (name, value, at)
            });
            read.collect()
        }
        Err(error) => {
            let detail = format!("The file must hold a JSON object: {error}.");
            diagnostics.push(Diagnostic::error(&spec::SYNTAX).at(at).detail(detail));
            Vec::new()
        }
    }
}

/// Checks the conditions of `validation` blocks.
pub(super) fn validate(variables: &BTreeMap<String, Variable<'_>>, evaluator: &Evaluator<'_>) {
    for variable in variables.values() {
        let blocks = variable.block.body.blocks();
        for block in blocks.filter(|b| b.ident.as_str() == "validation") {
            check_condition(variable, &block.body, evaluator);
        }
    }
}

fn check_condition(variable: &Variable<'_>, body: &Body, evaluator: &Evaluator<'_>) {
    let (Some(condition), Some(message)) = (
        expression(body, "condition"),
        expression(body, "error_message"),
    ) else {
        return;
    };
    let frame = &variable.frame;
    let Some(met) = evaluator.argument(frame, condition) else {
        return;
    };
    match met.value {
        Value::Bool(true) => {}
        Value::Bool(false) => {
            let message = evaluator.argument(frame, message);
            let Some(text) = message.and_then(|m| m.value.to_text()) else {
                return;
            };
            let diagnostic = Diagnostic::error(&spec::VARIABLE_VALUE)
                .at(frame.origin(condition))
                .label("this isn't true")
                .detail(text.as_ref());
            evaluator.report(redacted(diagnostic, met.sensitive));
        }
        other => {
            let detail = format!("A condition must be a bool; this is {}.", other.kind());
            let diagnostic = Diagnostic::error(&spec::WRONG_TYPE);
            evaluator.report(diagnostic.at(frame.origin(condition)).detail(detail));
        }
    }
}
