//! Expressions → values: lazily, so that locals and variables may stand in any order, and within a
//! budget, so that no text can make it run for long.

mod budget;
mod collections;
mod names;
mod operators;
mod references;
mod template;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use hcl_edit::Span as _;
use hcl_edit::expr::{Conditional, Expression};

use super::number::Number;
use super::syntax::Place;
use super::value::Value;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Origin, spec};

pub(crate) use budget::Budget;
pub(crate) use names::{Definition, DefinitionBody, Name, NameKind, Names, StageNames};
pub(in crate::spec) use operators::after_apply;
pub(crate) use references::{DATASET_ARGUMENTS, MODEL_ARGUMENTS};

/// Why there is no value.
pub(crate) enum Fault {
    /// Found just now, and not reported yet.
    New(Box<Diagnostic>),
    /// Follows from something that is reported elsewhere.
    Reported,
}

pub(crate) type Outcome<T = Value> = Result<T, Fault>;

impl From<Diagnostic> for Fault {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::New(Box::new(diagnostic))
    }
}

/// A fault with a code and a place, for the many that need a sentence and no hint.
pub(crate) fn fault(code: &'static Code, at: Origin, detail: impl Into<String>) -> Fault {
    Diagnostic::error(code).at(at).detail(detail).into()
}

/// Where an expression stands: its file, that file's text, and the names that `for` has bound.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'s> {
    pub(crate) place: Place,
    /// The whole file's.
    pub(crate) text: &'s str,
    pub(crate) bound: Option<&'s Bound<'s>>,
}

/// Names bound by a `for`, innermost first.
pub(crate) struct Bound<'s> {
    names: [Option<(&'s str, Value)>; 2],
    outer: Option<&'s Bound<'s>>,
}

impl<'s> Frame<'s> {
    pub(crate) const fn new(place: Place, text: &'s str) -> Self {
        Self {
            place,
            text,
            bound: None,
        }
    }

    pub(crate) fn origin(&self, expression: &Expression) -> Origin {
        self.place.origin(expression.span())
    }

    fn lookup(&self, name: &str) -> Option<&'s Value> {
        let mut next = self.bound;
        while let Some(bound) = next {
            let found = bound.names.iter().flatten().find(|(n, _)| *n == name);
            if let Some((_, value)) = found {
                return Some(value);
            }
            next = bound.outer;
        }
        None
    }
}

/// A value with what must be known of it beside.
#[derive(Debug, Clone)]
pub(crate) struct Evaluated {
    pub(crate) value: Value,
    /// A sensitive variable took part in it.
    pub(crate) sensitive: bool,
}

/// Evaluates the expressions of one spec.
pub(crate) struct Evaluator<'a> {
    names: &'a Names<'a>,
    pub(in crate::spec) outside: &'a dyn Outside,
    pub(in crate::spec) budget: Budget,
    cache: RefCell<BTreeMap<Name, Option<Evaluated>>>,
    /// Names being evaluated, outermost first: a name that is met again is a cycle.
    path: RefCell<Vec<Name>>,
    found: RefCell<Diagnostics>,
    sensitive: Cell<bool>,
    depth: Cell<usize>,
    /// How many `try` and `can` are around what is being evaluated: faults in there aren't mistakes.
    attempts: Cell<usize>,
}

/// What functions may ask of the world outside the spec; the caller decides what they get.
pub(crate) trait Outside {
    /// The value of an environment variable.
    fn env(&self, name: &str) -> Option<String>;
    /// The text of a file of the spec's folder, or why there is none.
    fn file(&self, path: &str) -> Result<String, String>;
}

/// Deepest chain of expressions and references together. Expressions end at 64 levels by
/// themselves; this bounds chains of locals as well, before the stack ends.
const MAX_DEPTH: usize = 200;

impl<'a> Evaluator<'a> {
    pub(crate) fn new(names: &'a Names<'a>, outside: &'a dyn Outside) -> Self {
        Self {
            names,
            outside,
            budget: Budget::default(),
            cache: RefCell::default(),
            path: RefCell::default(),
            found: RefCell::default(),
            sensitive: Cell::new(false),
            depth: Cell::new(0),
            attempts: Cell::new(0),
        }
    }

    /// What was found wrong so far.
    pub(crate) fn take_diagnostics(&self) -> Diagnostics {
        self.found.take()
    }

    /// Whether so much is wrong that hints are no use any more, and only take time.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.found.borrow().len() > 500
    }

    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    /// Reports a fault that isn't the one which its expression ends with.
    fn report_beside(&self, diagnostic: Diagnostic) {
        if self.attempts.get() == 0 {
            self.report(redacted(diagnostic, self.sensitive.get()));
        }
    }

    /// Evaluates an argument's whole expression; `None` when that failed, which is reported.
    pub(crate) fn argument(&self, frame: &Frame<'_>, expression: &Expression) -> Option<Evaluated> {
        self.isolated(|| self.evaluate(frame, expression))
    }

    /// The value of a name by itself, so that its mistakes are found even if nothing refers to it.
    pub(crate) fn name(&self, name: &Name) -> Option<Evaluated> {
        self.isolated(|| {
            let at = self.names.origin(name).ok_or(Fault::Reported)?;
            self.resolve(name, at)
        })
    }

    fn isolated(&self, work: impl FnOnce() -> Outcome) -> Option<Evaluated> {
        // A local's own mistakes are mistakes, even where a `try` refers to it first.
        let attempts = self.attempts.replace(0);
        let outer = self.sensitive.replace(false);
        let outcome = work();
        self.attempts.set(attempts);
        let sensitive = self.sensitive.replace(outer);
        match outcome {
            Ok(value) => Some(Evaluated { value, sensitive }),
            Err(Fault::Reported) => None,
            Err(Fault::New(diagnostic)) => {
                self.report(redacted(*diagnostic, sensitive));
                None
            }
        }
    }

    pub(in crate::spec) fn evaluate(&self, frame: &Frame<'_>, expression: &Expression) -> Outcome {
        let at = || frame.origin(expression);
        self.budget.step(at)?;
        if self.depth.get() >= MAX_DEPTH {
            let detail = "Expressions and the values they refer to are nested too deeply here.";
            return Err(fault(&spec::TOO_DEEP, at(), detail));
        }
        self.depth.set(self.depth.get() + 1);
        let outcome = self.dispatch(frame, expression);
        self.depth.set(self.depth.get() - 1);
        outcome
    }

    fn dispatch(&self, frame: &Frame<'_>, expression: &Expression) -> Outcome {
        match expression {
            Expression::Null(_) => Ok(Value::Null),
            Expression::Bool(value) => Ok(Value::Bool(*value.value())),
            Expression::Number(_) => number(frame, expression),
            Expression::String(text) => Ok(Value::text(text.value().as_str())),
            Expression::Array(array) => self.array(frame, array),
            Expression::Object(object) => self.object(frame, object),
            Expression::StringTemplate(template) => self.string(frame, template),
            Expression::HeredocTemplate(heredoc) => self.template(frame, &heredoc.template),
            Expression::Parenthesis(inner) => self.evaluate(frame, inner.inner()),
            Expression::Variable(_) => self.reference(frame, expression, &[]),
            Expression::Traversal(traversal) => {
                self.reference(frame, &traversal.expr, &traversal.operators)
            }
            Expression::Conditional(conditional) => self.conditional(frame, conditional),
            Expression::FuncCall(call) => super::functions::call(self, frame, call),
            Expression::UnaryOp(operation) => self.unary(frame, operation),
            Expression::BinaryOp(_) => self.binary(frame, expression),
            Expression::ForExpr(expr) => self.for_expression(frame, expr),
        }
    }

    fn conditional(&self, frame: &Frame<'_>, conditional: &Conditional) -> Outcome {
        let branch = if self.boolean(frame, &conditional.cond_expr)? {
            &conditional.true_expr
        } else {
            &conditional.false_expr
        };
        self.evaluate(frame, branch)
    }

    /// Evaluates what must be a bool.
    pub(super) fn boolean(&self, frame: &Frame<'_>, expression: &Expression) -> Outcome<bool> {
        let value = self.evaluate(frame, expression)?;
        as_bool(&value).ok_or_else(|| {
            let detail = format!("A bool is needed here, and this is {}.", value.kind());
            fault(&spec::WRONG_TYPE, frame.origin(expression), detail)
        })
    }

    /// Counts a new value against the budget.
    pub(in crate::spec) fn keep(&self, at: Origin, value: Value) -> Outcome {
        self.budget.keep(&value, || at)?;
        Ok(value)
    }

    /// Runs `work` for `try` and `can`: a fault in it is a result, unless the budget is spent.
    pub(in crate::spec) fn attempt(
        &self,
        work: impl FnOnce() -> Outcome,
    ) -> Outcome<Option<Value>> {
        self.attempts.set(self.attempts.get() + 1);
        let outcome = work();
        self.attempts.set(self.attempts.get() - 1);
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(Fault::New(diagnostic)) if !self.budget.is_spent() => {
                drop(diagnostic);
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }
}

/// Literal numbers are read from their own text: the parser's are binary floating point.
fn number(frame: &Frame<'_>, expression: &Expression) -> Outcome {
    let at = frame.origin(expression);
    let written = frame.text.get(at.start..at.end).unwrap_or("");
    Number::parse(written).map(Value::Number).ok_or_else(|| {
        let detail = "Numbers go up to 10^25 and have at most twelve decimals.";
        fault(&spec::OUT_OF_RANGE, at, detail)
    })
}

/// `true`, `false` and the strings that say so.
pub(super) fn as_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// Details quote values; of sensitive ones nothing is shown.
pub(crate) fn redacted(mut diagnostic: Diagnostic, sensitive: bool) -> Diagnostic {
    if sensitive {
        "A sensitive value takes part in this, so the details aren't shown."
            .clone_into(&mut diagnostic.detail);
        diagnostic.label.clear();
        diagnostic.hints.clear();
    }
    diagnostic
}
