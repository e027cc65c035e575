//! The functions of expressions, one table row each.

mod access;
mod collections;
mod convert;

mod dates;
mod encoding;
mod numbers;
mod text;

pub(in crate::spec) use convert::set;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall};

use super::eval::{Evaluator, Fault, Frame, Outcome, fault};
use super::suggest;
use super::value::Value;
use crate::diagnostics::{Diagnostic, Origin, spec};

/// A function.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// How it is called, for messages: `min(number, …)`.
    pub(crate) usage: &'static str,
    least: usize,
    most: usize,
    run: Run,
}

enum Run {
    /// On values.
    Values(fn(&Call<'_, '_>) -> Result<Value, Refusal>),
    /// On expressions, which it may leave alone.
    Expressions(fn(&Evaluator<'_>, &Frame<'_>, &[&Expression], Origin) -> Outcome),
}

/// A call with its arguments evaluated.
pub(super) struct Call<'c, 'a> {
    evaluator: &'c Evaluator<'a>,
    args: Vec<Value>,
    origins: Vec<Origin>,
    at: Origin,
}

/// Why a function gives nothing.
pub(super) enum Refusal {
    /// An argument, by its place, doesn't suit: "must be a list".
    Argument(usize, String),
    /// The arguments are right, but there is no result.
    NoResult(String),
    Fault(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

const MANY: usize = usize::MAX;

const fn values(
    name: &'static str,
    usage: &'static str,
    least: usize,
    most: usize,
    run: fn(&Call<'_, '_>) -> Result<Value, Refusal>,
) -> Function {
    Function {
        name,
        usage,
        least,
        most,
        run: Run::Values(run),
    }
}

/// Every function, by name.
pub(crate) static FUNCTIONS: &[Function] = &[
    values("abs", "abs(number)", 1, 1, numbers::abs),
    Function {
        name: "can",
        usage: "can(expression)",
        least: 1,
        most: 1,
        run: Run::Expressions(access::can),
    },
    values("ceil", "ceil(number)", 1, 1, numbers::ceil),
    values("coalesce", "coalesce(value, …)", 1, MANY, access::coalesce),
    values("concat", "concat(list, …)", 1, MANY, collections::concat),
    values(
        "contains",
        "contains(list, value)",
        2,
        2,
        collections::contains,
    ),
    values("distinct", "distinct(list)", 1, 1, collections::distinct),
    values(
        "element",
        "element(list, index)",
        2,
        2,
        collections::element,
    ),
    values("endswith", "endswith(string, suffix)", 2, 2, text::endswith),
    values("env", "env(name)", 1, 1, access::env),
    values("file", "file(path)", 1, 1, access::file),
    values("flatten", "flatten(list)", 1, 1, collections::flatten),
    values("floor", "floor(number)", 1, 1, numbers::floor),
    values(
        "format",
        "format(template, value, …)",
        1,
        MANY,
        text::format,
    ),
    values(
        "formatdate",
        "formatdate(form, timestamp)",
        2,
        2,
        dates::formatdate,
    ),
    values("join", "join(separator, list)", 2, 2, text::join),
    values(
        "jsondecode",
        "jsondecode(string)",
        1,
        1,
        encoding::jsondecode,
    ),
    values(
        "jsonencode",
        "jsonencode(value)",
        1,
        1,
        encoding::jsonencode,
    ),
    values("keys", "keys(object)", 1, 1, collections::keys),
    values("length", "length(value)", 1, 1, collections::length),
    values(
        "lookup",
        "lookup(object, key, default)",
        2,
        3,
        collections::lookup,
    ),
    values("lower", "lower(string)", 1, 1, text::lower),
    values("max", "max(number, …)", 1, MANY, numbers::max),
    values("merge", "merge(object, …)", 1, MANY, collections::merge),
    values("min", "min(number, …)", 1, MANY, numbers::min),
    values("range", "range(start, end, step)", 1, 3, numbers::range),
    values("replace", "replace(string, old, new)", 3, 3, text::replace),
    values("reverse", "reverse(list)", 1, 1, collections::reverse),
    values("slice", "slice(list, start, end)", 3, 3, collections::slice),
    values("sort", "sort(list)", 1, 1, collections::sort),
    values("split", "split(separator, string)", 2, 2, text::split),
    values(
        "startswith",
        "startswith(string, prefix)",
        2,
        2,
        text::startswith,
    ),
    values("sum", "sum(list)", 1, 1, numbers::sum),
    values("tobool", "tobool(value)", 1, 1, convert::tobool),
    values("tolist", "tolist(value)", 1, 1, convert::tolist),
    values("tomap", "tomap(value)", 1, 1, convert::tomap),
    values("tonumber", "tonumber(value)", 1, 1, convert::tonumber),
    values("toset", "toset(value)", 1, 1, convert::toset),
    values("tostring", "tostring(value)", 1, 1, convert::tostring),
    values("trimspace", "trimspace(string)", 1, 1, text::trimspace),
    Function {
        name: "try",
        usage: "try(expression, …)",
        least: 1,
        most: MANY,
        run: Run::Expressions(access::attempt),
    },
    values("upper", "upper(string)", 1, 1, text::upper),
    values("values", "values(object)", 1, 1, collections::values),
    values(
        "yamlencode",
        "yamlencode(value)",
        1,
        1,
        encoding::yamlencode,
    ),
];

/// Evaluates a call.
pub(crate) fn call(evaluator: &Evaluator<'_>, frame: &Frame<'_>, call: &FuncCall) -> Outcome {
    let at = frame.place.origin(call.span());
    let name_at = frame.place.origin(call.name.name.span());
    let name = call.name.name.as_str();
    let known = FUNCTIONS
        .iter()
        .find(|f| f.name == name && !call.name.is_namespaced());
    let Some(function) = known else {
        return Err(unknown(name, name_at));
    };
    let expressions: Vec<_> = call.args.iter().collect();
    match &function.run {
        Run::Expressions(run) => {
            check_count(function, expressions.len(), at)?;
            run(evaluator, frame, &expressions, at)
        }
        Run::Values(run) => {
            let call = evaluate_arguments(evaluator, frame, call, at)?;
            check_count(function, call.args.len(), at)?;
            match run(&call) {
                Ok(value) => evaluator.keep(at, value),
                Err(refusal) => Err(refused(function, &call, refusal)),
            }
        }
    }
}

fn unknown(name: &str, at: Origin) -> Fault {
    let diagnostic = Diagnostic::error(&spec::UNKNOWN_FUNCTION)
        .at(at)
        .label(format!("there is no function `{name}`"));
    match suggest::nearest(name, FUNCTIONS.iter().map(|f| f.name)) {
        Some(near) => diagnostic.hint(format!("did you mean `{near}`?")).into(),
        None => diagnostic.into(),
    }
}

fn evaluate_arguments<'c, 'a>(
    evaluator: &'c Evaluator<'a>,
    frame: &Frame<'_>,
    call: &FuncCall,
    at: Origin,
) -> Outcome<Call<'c, 'a>> {
    let mut args = Vec::new();
    let mut origins = Vec::new();
    for expression in call.args.iter() {
        args.push(evaluator.evaluate(frame, expression)?);
        origins.push(frame.origin(expression));
    }
    if call.args.expand_final()
        && let (Some(last), Some(origin)) = (args.pop(), origins.pop())
    {
        let Some(items) = last.as_list() else {
            let detail = format!("`...` takes a list apart, and this is {}.", last.kind());
            return Err(fault(&spec::WRONG_TYPE, origin, detail));
        };
        origins.extend(items.iter().map(|_| origin));
        args.extend(items.iter().cloned());
    }
    Ok(Call {
        evaluator,
        args,
        origins,
        at,
    })
}

fn check_count(function: &Function, given: usize, at: Origin) -> Outcome<()> {
    if (function.least..=function.most).contains(&given) {
        return Ok(());
    }
    let detail = format!(
        "It is called as `{}`, here with {given} argument{}.",
        function.usage,
        if given == 1 { "" } else { "s" }
    );
    Err(fault(&spec::FUNCTION_ARGUMENTS, at, detail))
}

fn refused(function: &Function, call: &Call<'_, '_>, refusal: Refusal) -> Fault {
    match refusal {
        Refusal::Fault(fault) => fault,
        Refusal::Argument(i, detail) => {
            let at = call.origins.get(i).copied().unwrap_or(call.at);
            if let Some(Value::Reference(reference)) = call.args.get(i) {
                return super::eval::after_apply(reference, at);
            }
            let detail = format!("`{}`: {detail}", function.usage);
            fault(&spec::FUNCTION_FAILED, at, detail)
        }
        Refusal::NoResult(detail) => {
            let detail = format!("`{}`: {detail}", function.usage);
            fault(&spec::FUNCTION_FAILED, call.at, detail)
        }
    }
}

impl Call<'_, '_> {
    fn refuse<T>(&self, i: usize, wanted: &str) -> Result<T, Refusal> {
        let kind = self.args.get(i).map_or("nothing", Value::kind);
        Err(Refusal::Argument(
            i,
            format!("{wanted} is needed here, and this is {kind}."),
        ))
    }

    fn text(&self, i: usize) -> Result<std::rc::Rc<str>, Refusal> {
        match self.args.get(i).and_then(Value::to_text) {
            Some(text) => Ok(text),
            None => self.refuse(i, "a string"),
        }
    }

    fn number(&self, i: usize) -> Result<super::number::Number, Refusal> {
        let number = match self.args.get(i) {
            Some(Value::Number(number)) => Some(*number),
            Some(Value::Text(text)) => super::number::Number::parse(text),
            _ => None,
        };
        number.map_or_else(|| self.refuse(i, "a number"), Ok)
    }

    fn list(&self, i: usize) -> Result<&[Value], Refusal> {
        match self.args.get(i).and_then(Value::as_list) {
            Some(list) => Ok(list),
            None => self.refuse(i, "a list"),
        }
    }

    fn map(&self, i: usize) -> Result<&std::collections::BTreeMap<String, Value>, Refusal> {
        match self.args.get(i).and_then(Value::as_map) {
            Some(map) => Ok(map),
            None => self.refuse(i, "an object"),
        }
    }

    /// Counts what is about to be made.
    fn afford(&self, bytes: u64) -> Result<(), Refusal> {
        Ok(self.evaluator.budget.bytes(bytes, || self.at)?)
    }
}
