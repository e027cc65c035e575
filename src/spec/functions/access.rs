use hcl_edit::expr::Expression;

use super::{Call, Refusal};
use crate::diagnostics::{Diagnostic, Origin, spec};
use crate::spec::eval::{Evaluator, Frame, Outcome, fault};
use crate::spec::value::Value;

/// The first argument that evaluates.
pub(super) fn attempt(
    evaluator: &Evaluator<'_>,
    frame: &Frame<'_>,
    expressions: &[&Expression],
    at: Origin,
) -> Outcome {
    for expression in expressions {
        if let Some(value) = evaluator.attempt(|| evaluator.evaluate(frame, expression))? {
            return Ok(value);
        }
    }
    let detail = "None of the expressions has a value.";
    Err(fault(&spec::FUNCTION_FAILED, at, detail))
}

/// Whether the argument evaluates.
pub(super) fn can(
    evaluator: &Evaluator<'_>,
    frame: &Frame<'_>,
    expressions: &[&Expression],
    _at: Origin,
) -> Outcome {
    let mut all = true;
    for expression in expressions {
        let value = evaluator.attempt(|| evaluator.evaluate(frame, expression))?;
        all &= value.is_some();
    }
    Ok(Value::Bool(all))
}

/// The first argument that is neither null nor an empty string.
pub(super) fn coalesce(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let empty = |v: &&Value| !matches!(v, Value::Null) && **v != Value::text("");
    match call.args.iter().find(empty) {
        Some(value) => Ok(value.clone()),
        None => Err(Refusal::NoResult("every argument is null or empty.".into())),
    }
}

pub(super) fn env(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let name = call.text(0)?;
    if let Some(value) = call.evaluator.outside.env(&name) {
        return Ok(Value::text(value));
    }
    let at = call.origins.first().copied().unwrap_or(call.at);
    let diagnostic = Diagnostic::error(&spec::ENV_NOT_SET)
        .at(at)
        .label(format!("`{name}` isn't set"))
        .hint(format!(
            "set it before running mlinfra, or give a default: `try(env(\"{name}\"), \"…\")`."
        ));
    Err(Refusal::Fault(diagnostic.into()))
}

pub(super) fn file(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let path = call.text(0)?;
    call.evaluator
        .outside
        .file(&path)
        .map(Value::text)
        .map_err(|reason| {
            let at = call.origins.first().copied().unwrap_or(call.at);
            Refusal::Fault(fault(&spec::FILE_NOT_READABLE, at, reason))
        })
}
