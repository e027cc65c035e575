use std::collections::BTreeMap;

use hcl_edit::expr::{Array, Expression, ForExpr, Object, ObjectKey};
use hcl_edit::{Decorated, Ident, Span as _};

use super::{Bound, Evaluator, Fault, Frame, Outcome, fault};
use crate::diagnostics::{Origin, spec};
use crate::spec::value::Value;

/// Faults of a collection's elements: the first is the collection's own, the others are reported
/// beside it, so that one slip in a list hides no other.
struct Faults<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    first: Option<Fault>,
}

impl<'e, 'a> Faults<'e, 'a> {
    const fn new(evaluator: &'e Evaluator<'a>) -> Self {
        Self {
            evaluator,
            first: None,
        }
    }

    fn take<T>(&mut self, outcome: Outcome<T>) -> Option<T> {
        match outcome {
            Ok(value) => return Some(value),
            Err(fault) if self.first.is_none() => self.first = Some(fault),
            Err(Fault::New(diagnostic)) => self.evaluator.report_beside(*diagnostic),
            Err(Fault::Reported) => {}
        }
        None
    }

    fn finish(self) -> Outcome<()> {
        self.first.map_or(Ok(()), Err)
    }
}

impl Evaluator<'_> {
    pub(super) fn array(&self, frame: &Frame<'_>, array: &Array) -> Outcome {
        let mut faults = Faults::new(self);
        let mut items = Vec::new();
        for expression in array {
            items.extend(faults.take(self.evaluate(frame, expression)));
        }
        faults.finish()?;
        self.keep(frame.place.origin(array.span()), Value::list(items))
    }

    pub(super) fn object(&self, frame: &Frame<'_>, object: &Object) -> Outcome {
        let mut faults = Faults::new(self);
        let mut entries = BTreeMap::new();
        for (key, value) in object {
            let entry = self.entry(frame, key, value.expr());
            let Some((name, value, at)) = faults.take(entry) else {
                continue;
            };
            if entries.insert(name.clone(), value).is_some() {
                let detail = format!("The object has `{name}` already.");
                faults.take::<()>(Err(fault(&spec::DUPLICATE_ARGUMENT, at, detail)));
            }
        }
        faults.finish()?;
        self.keep(frame.place.origin(object.span()), Value::map(entries))
    }

    fn entry(
        &self,
        frame: &Frame<'_>,
        key: &ObjectKey,
        value: &Expression,
    ) -> Outcome<(String, Value, Origin)> {
        let (name, at) = match key {
            ObjectKey::Ident(ident) => {
                (ident.as_str().to_owned(), frame.place.origin(ident.span()))
            }
            ObjectKey::Expression(key) => (self.key(frame, key)?, frame.origin(key)),
        };
        Ok((name, self.evaluate(frame, value)?, at))
    }

    fn key(&self, frame: &Frame<'_>, key: &Expression) -> Outcome<String> {
        let value = self.evaluate(frame, key)?;
        match value.to_text() {
            Some(text) => Ok(text.as_ref().to_owned()),
            None => {
                let detail = format!("A key must be a string, and this is {}.", value.kind());
                Err(fault(&spec::WRONG_TYPE, frame.origin(key), detail))
            }
        }
    }

    pub(super) fn for_expression(&self, frame: &Frame<'_>, expr: &ForExpr) -> Outcome {
        let at = frame.place.origin(expr.span());
        let intro = &expr.intro;
        let items = self.items(frame, &intro.collection_expr)?;
        let mut list = Vec::new();
        let mut map: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (key, value) in items {
            let bound = bind(intro.key_var.as_ref(), &intro.value_var, key, value, frame);
            let inner = Frame {
                bound: Some(&bound),
                ..*frame
            };
            if let Some(cond) = &expr.cond
                && !self.boolean(&inner, &cond.expr)?
            {
                continue;
            }
            let Some(key) = &expr.key_expr else {
                list.push(self.evaluate(&inner, &expr.value_expr)?);
                continue;
            };
            let key_at = frame.origin(key);
            let key = self.key(&inner, key)?;
            let value = self.evaluate(&inner, &expr.value_expr)?;
            let group = map.entry(key.clone()).or_default();
            group.push(value);
            if group.len() > 1 && !expr.grouping {
                let detail = format!(
                    "Two elements give the key `{key}`; `...` behind the value makes lists of them."
                );
                return Err(fault(&spec::DUPLICATE_ARGUMENT, key_at, detail));
            }
        }
        if expr.key_expr.is_none() {
            return self.keep(at, Value::list(list));
        }
        let entries = map.into_iter().map(|(key, mut group)| {
            let value = match (expr.grouping, group.pop()) {
                (false, Some(only)) => only,
                (_, last) => {
                    group.extend(last);
                    Value::list(group)
                }
            };
            (key, value)
        });
        self.keep(at, Value::map(entries.collect()))
    }

    /// Keys and values of what a `for` goes through.
    pub(super) fn items(
        &self,
        frame: &Frame<'_>,
        collection: &Expression,
    ) -> Outcome<Vec<(Value, Value)>> {
        let at = frame.origin(collection);
        let value = self.evaluate(frame, collection)?;
        self.budget.keep(&value, || at)?;
        match &value {
            Value::List(list) => Ok(list
                .items
                .iter()
                .enumerate()
                .map(|(i, v)| (Value::Number(super::Number::count(i)), v.clone()))
                .collect()),
            Value::Map(map) => Ok(map
                .items
                .iter()
                .map(|(k, v)| (Value::text(k.as_str()), v.clone()))
                .collect()),
            other => Err(not_a_collection(other, at)),
        }
    }
}

fn not_a_collection(value: &Value, at: Origin) -> super::Fault {
    let detail = format!(
        "A `for` goes through a list or an object, and this is {}.",
        value.kind()
    );
    fault(&spec::WRONG_TYPE, at, detail)
}

pub(super) fn bind<'s>(
    key_name: Option<&'s Decorated<Ident>>,
    value_name: &'s Decorated<Ident>,
    key: Value,
    value: Value,
    frame: &Frame<'s>,
) -> Bound<'s> {
    Bound {
        names: [
            Some((value_name.as_str(), value)),
            key_name.map(|name| (name.as_str(), key)),
        ],
        outer: frame.bound,
    }
}
