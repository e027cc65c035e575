//! Values → what a table says an argument must be.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, ObjectKey};

use super::cron;
use super::eval::{Evaluator, Fault, Frame, after_apply, redacted};
use super::schema::{Argument, Kind, Target};
use super::suggest;
use super::typed::Typed;
use super::value::{Reference, Value};
use crate::diagnostics::{Code, Diagnostic, Hint, Origin, spec};
use crate::model::{CheckpointEvery, Location, LocationPattern, Written};

/// Where a value came from, as exactly as can be told.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'s> {
    pub(crate) at: Origin,
    /// The expression that wrote it, for places inside of lists and objects.
    pub(crate) written: Option<(&'s Frame<'s>, &'s Expression)>,
    pub(crate) sensitive: bool,
}

impl<'s> Spot<'s> {
    /// The place of an object's element.
    fn key(&self, key: &str) -> Self {
        let found = self.written.and_then(|(frame, expression)| {
            let Expression::Object(object) = expression else {
                return None;
            };
            let value = object.iter().find_map(|(k, v)| {
                let same = match k {
                    ObjectKey::Ident(name) => name.as_str() == key,
                    ObjectKey::Expression(Expression::String(text)) => text.value() == key,
                    ObjectKey::Expression(_) => false,
                };
                same.then(|| v.expr())
            })?;
            Some((frame, value))
        });
        self.inside(found)
    }

    /// The place of a list's element.
    fn index(&self, index: usize) -> Self {
        let found = self
            .written
            .and_then(|(frame, expression)| match expression {
                Expression::Array(array) => Some((frame, array.get(index)?)),
                _ => None,
            });
        self.inside(found)
    }

    fn inside(&self, found: Option<(&'s Frame<'s>, &'s Expression)>) -> Self {
        Self {
            at: found.map_or(self.at, |(frame, e)| frame.origin(e)),
            written: found,
            sensitive: self.sensitive,
        }
    }
}

/// Makes values into arguments and reports what doesn't suit.
pub(crate) struct Converter<'r, 'a> {
    pub(crate) evaluator: &'r Evaluator<'a>,
}

impl Converter<'_, '_> {
    pub(crate) fn convert(&self, kind: &Kind, value: &Value, spot: &Spot<'_>) -> Option<Typed> {
        match kind {
            Kind::Expression => None,
            Kind::Value => Some(Typed::Value {
                value: value.clone(),
                sensitive: spot.sensitive,
            }),
            Kind::Text => self.text(value, spot, "a string").map(Typed::Text),
            Kind::Bool => match value {
                Value::Bool(value) => Some(Typed::Bool(*value)),
                Value::Text(text) if text.as_ref() == "true" => Some(Typed::Bool(true)),
                Value::Text(text) if text.as_ref() == "false" => Some(Typed::Bool(false)),
                other => self.wrong_type(other, spot, "a bool"),
            },
            Kind::Count(least, most) => self.count(value, spot, *least, *most),
            Kind::Positive
            | Kind::Share
            | Kind::Discount
            | Kind::Probability
            | Kind::Rate
            | Kind::Money
            | Kind::Bytes
            | Kind::PositiveBytes
            | Kind::Duration
            | Kind::PositiveDuration
            | Kind::Parameters => self.measured(kind, value, spot),
            Kind::Choice(words) => self.choice(words, value, spot),
            Kind::Location | Kind::LocationPattern | Kind::Capability => {
                self.formed(kind, value, spot)
            }
            Kind::Schedule => {
                let text = self.text(value, spot, "a cron expression, e.g. \"0 2 * * *\"")?;
                match cron::schedule(&text) {
                    Ok(schedule) => Some(Typed::Schedule(schedule)),
                    Err(reason) => self.refuse(&spec::INVALID_FORM, spot, reason),
                }
            }
            Kind::Interval => self.interval(value, spot),
            Kind::Reference(target) => self.reference(*target, value, spot),
            Kind::ListOf(inner) => self.list(inner, value, spot),
            Kind::MapOf(inner) => self.map(inner, value, spot),
            Kind::Record(arguments) => self.record(arguments, value, spot),
            Kind::Either(scalar, collection) => match value {
                Value::List(_) | Value::Map(_) => self.convert(collection, value, spot),
                _ => self.convert(scalar, value, spot),
            },
        }
    }

    pub(super) fn report<T>(&self, diagnostic: Diagnostic, spot: &Spot<'_>) -> Option<T> {
        self.evaluator.report(redacted(diagnostic, spot.sensitive));
        None
    }

    fn refuse<T>(&self, code: &'static Code, spot: &Spot<'_>, why: impl Into<String>) -> Option<T> {
        self.report(Diagnostic::error(code).at(spot.at).detail(why), spot)
    }

    pub(super) fn out_of_range<T>(&self, spot: &Spot<'_>, why: &str) -> Option<T> {
        self.refuse(&spec::OUT_OF_RANGE, spot, why)
    }

    pub(super) fn wrong_type<T>(&self, value: &Value, spot: &Spot<'_>, wanted: &str) -> Option<T> {
        if let Value::Reference(reference) = value {
            if let Fault::New(diagnostic) = after_apply(reference, spot.at) {
                self.evaluator.report(*diagnostic);
            }
            return None;
        }
        let detail = format!("This must be {wanted}; it is {}.", value.kind());
        self.refuse(&spec::WRONG_TYPE, spot, detail)
    }

    pub(super) fn text(&self, value: &Value, spot: &Spot<'_>, wanted: &str) -> Option<String> {
        match value.to_text() {
            Some(text) => Some(text.as_ref().to_owned()),
            None => self.wrong_type(value, spot, wanted),
        }
    }

    fn count(&self, value: &Value, spot: &Spot<'_>, least: u64, most: u64) -> Option<Typed> {
        let number = match value {
            Value::Number(number) => Some(*number),
            Value::Text(text) => super::number::Number::parse(text),
            _ => None,
        };
        let Some(number) = number else {
            return self.wrong_type(value, spot, "a whole number");
        };
        let whole = number.as_whole().and_then(|n| u64::try_from(n).ok());
        match whole.filter(|n| (least..=most).contains(n)) {
            Some(count) => Some(Typed::Count(count)),
            None => {
                let detail =
                    format!("It must be a whole number from {least} to {most}; it is {number}.");
                self.out_of_range(spot, &detail)
            }
        }
    }

    fn choice(&self, words: &[&str], value: &Value, spot: &Spot<'_>) -> Option<Typed> {
        let all = suggest::list(words.iter().copied());
        let text = match value {
            Value::Text(text) => text,
            other => return self.wrong_type(other, spot, &format!("one of {all}")),
        };
        if words.contains(&text.as_ref()) {
            return Some(Typed::Text(text.as_ref().to_owned()));
        }
        let mut diagnostic = Diagnostic::error(&spec::INVALID_CHOICE)
            .at(spot.at)
            .detail(format!("`{text}` isn't known here."));
        let hint = suggest::hint(text, words.iter().copied(), "Possible are");
        diagnostic.hints.extend(hint.map(Hint::Text));
        self.report(diagnostic, spot)
    }

    fn formed(&self, kind: &Kind, value: &Value, spot: &Spot<'_>) -> Option<Typed> {
        let text = self.text(value, spot, "a string")?;
        let (typed, form) = match kind {
            Kind::Location => (
                Location::parse(&text).map(Typed::Location),
                "A location is written `PROVIDER/REGION`, e.g. \"aws/us-east-1\" or \"onprem/dc1\".",
            ),
            Kind::Capability => (
                capability(&text).map(Typed::Capability),
                "A compute capability is written `MAJOR.MINOR` in quotes, e.g. \"8.0\".",
            ),
            _ => (
                pattern(&text).map(Typed::Pattern),
                "A place is written `PROVIDER/REGION`, where `*` stands for anything, e.g. \
                 \"aws/us-*\".",
            ),
        };
        typed.or_else(|| self.refuse(&spec::INVALID_FORM, spot, form))
    }

    fn interval(&self, value: &Value, spot: &Spot<'_>) -> Option<Typed> {
        if *value == Value::text("auto") {
            return Some(Typed::Interval(CheckpointEvery::Auto));
        }
        self.interval_of_time(value, spot)
            .map(|every| Typed::Interval(CheckpointEvery::Every(every)))
    }

    fn reference(&self, target: Target, value: &Value, spot: &Spot<'_>) -> Option<Typed> {
        let wanted = target.form();
        let suits = |reference: &Reference| match target {
            Target::Data => matches!(
                reference,
                Reference::Dataset(_) | Reference::StageOutput { .. }
            ),
            Target::Model => matches!(reference, Reference::Model(_)),
            Target::Stage => matches!(reference, Reference::Stage(_)),
        };
        let Value::Reference(reference) = value else {
            let detail = format!(
                "This must be a reference, {wanted}; it is {}.",
                value.kind()
            );
            let diagnostic = Diagnostic::error(&spec::WRONG_TYPE)
                .at(spot.at)
                .detail(detail);
            return self.report(diagnostic, spot);
        };
        if suits(reference) {
            return Some(Typed::Reference(reference.as_ref().clone()));
        }
        let detail = format!(
            "This must name {wanted}; `{}` doesn't.",
            reference.written()
        );
        self.refuse(&spec::WRONG_REFERENCE, spot, detail)
    }

    fn list(&self, inner: &Kind, value: &Value, spot: &Spot<'_>) -> Option<Typed> {
        let Some(items) = value.as_list() else {
            return self.wrong_type(value, spot, "a list");
        };
        if items.is_empty() {
            return self.out_of_range(spot, "The list is empty; leave the argument out instead.");
        }
        let converted: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(i, item)| self.placed(inner, item, &spot.index(i)))
            .collect();
        let converted: Option<Vec<_>> = converted.into_iter().collect();
        converted.map(Typed::List)
    }

    fn map(&self, inner: &Kind, value: &Value, spot: &Spot<'_>) -> Option<Typed> {
        let Some(entries) = value.as_map() else {
            return self.wrong_type(value, spot, "an object");
        };
        let converted: Vec<_> = entries
            .iter()
            .map(|(key, v)| Some((key.clone(), self.placed(inner, v, &spot.key(key))?)))
            .collect();
        let converted: Option<BTreeMap<_, _>> = converted.into_iter().collect();
        converted.map(Typed::Map)
    }

    fn placed(&self, kind: &Kind, value: &Value, spot: &Spot<'_>) -> Option<Written<Typed>> {
        let typed = self.convert(kind, value, spot)?;
        Some(Written::new(typed, spot.at))
    }

    fn record(&self, arguments: &[Argument], value: &Value, spot: &Spot<'_>) -> Option<Typed> {
        let Some(entries) = value.as_map() else {
            return self.wrong_type(value, spot, "an object");
        };
        let mut converted = BTreeMap::new();
        let mut complete = true;
        let mut meant = Vec::new();
        for (key, value) in entries {
            let spot = spot.key(key);
            let Some(argument) = arguments.iter().find(|a| a.name == key) else {
                let names = arguments.iter().map(|a| a.name);
                let mut diagnostic = Diagnostic::error(&spec::UNSUPPORTED_ARGUMENT)
                    .at(spot.at)
                    .label(format!("`{key}` isn't known here"));
                meant.extend(suggest::nearest(key, names.clone()));
                let hint = suggest::hint(key, names, "Possible are");
                diagnostic.hints.extend(hint.map(Hint::Text));
                self.evaluator.report(diagnostic);
                complete = false;
                continue;
            };
            match self.placed(&argument.kind, value, &spot) {
                Some(written) => drop(converted.insert(key.clone(), written)),
                None => complete = false,
            }
        }
        let missing = arguments
            .iter()
            .filter(|a| a.required && !entries.contains_key(a.name) && !meant.contains(&a.name));
        for argument in missing {
            let diagnostic = Diagnostic::error(&spec::MISSING_ARGUMENT)
                .at(spot.at)
                .label(format!("`{}` is missing", argument.name))
                .detail(format!("`{}`: {}", argument.name, argument.doc));
            self.evaluator.report(diagnostic);
            complete = false;
        }
        complete.then_some(Typed::Map(converted))
    }
}

fn capability(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    let short = |t: &str| (1..=2).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
    (short(major) && short(minor)).then_some(())?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

pub(super) fn pattern(text: &str) -> Option<LocationPattern> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '/' | '.');
    let slashes = text.matches('/').count();
    let shaped = text == "*" || (slashes == 1 && !text.starts_with('/') && !text.ends_with('/'));
    (shaped && text.chars().all(plain)).then(|| LocationPattern::new(text))
}
