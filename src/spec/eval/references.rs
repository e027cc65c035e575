//! `var.x`, `local.x`, `dataset.x.size`, `stage.x.output.y`, and steps into values.

use std::rc::Rc;

use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::{Decorated, Span as _};

use super::names::DefinitionBody;
use super::{Evaluator, Fault, Frame, Name, NameKind, Outcome, fault};
use crate::diagnostics::{Diagnostic, Origin, spec};
use crate::model::StageKind;
use crate::spec::suggest;
use crate::spec::value::{Reference, Value};

type Step = Decorated<TraversalOperator>;

/// Words that references may begin with.
const ROOTS: [&str; 5] = ["var", "local", "dataset", "model", "stage"];
/// Attributes of a stage that are known after apply; `endpoint` is one of serving stages alone.
const STAGE_ATTRIBUTES: [&str; 3] = [ENDPOINT, "addresses", "node_ids"];
const ENDPOINT: &str = "endpoint";
/// Arguments of blocks that expressions can use.
pub(crate) const DATASET_ARGUMENTS: [&str; 3] = ["location", "size", "uri"];
pub(crate) const MODEL_ARGUMENTS: [&str; 2] = ["dtype", "parameters"];

impl Evaluator<'_> {
    pub(super) fn reference(
        &self,
        frame: &Frame<'_>,
        base: &Expression,
        steps: &[Step],
    ) -> Outcome {
        let at = reference_origin(frame, base, steps);
        let Expression::Variable(root) = base else {
            let value = self.evaluate(frame, base)?;
            return self.walk(frame, at, value, steps);
        };
        if let Some(value) = frame.lookup(root.as_str()) {
            return self.walk(frame, at, value.clone(), steps);
        }
        let (value, taken) = match root.as_str() {
            "var" => self.named(NameKind::Variable, at, steps)?,
            "local" => self.named(NameKind::Local, at, steps)?,
            "dataset" => self.block(NameKind::Dataset, at, steps)?,
            "model" => self.block(NameKind::Model, at, steps)?,
            "stage" => self.stage(at, steps)?,
            other => return Err(self.unknown_root(other, at, steps.is_empty())),
        };
        self.walk(frame, at, value, &steps[taken..])
    }

    fn unknown_root(&self, word: &str, at: Origin, alone: bool) -> Fault {
        let diagnostic = Diagnostic::error(&spec::UNKNOWN_REFERENCE)
            .at(at)
            .label(format!("`{word}` isn't known here"));
        let kinds = [NameKind::Variable, NameKind::Local];
        let same = kinds
            .into_iter()
            .find(|k| self.names.definitions.contains_key(&Name::new(*k, word)));
        let hint = match same {
            Some(kind) => format!("did you mean `{}.{word}`?", kind.word()),
            None if alone => format!("to mean the text, put it in quotes: `\"{word}\"`."),
            None => suggest::hint(word, ROOTS, "References begin with").unwrap_or_default(),
        };
        diagnostic.hint(hint).into()
    }

    fn named(&self, kind: NameKind, at: Origin, steps: &[Step]) -> Outcome<(Value, usize)> {
        let Some(name) = step_name(steps.first()) else {
            return Err(unnamed(kind.word(), at));
        };
        let name = Name::new(kind, name);
        if self.names.definitions.contains_key(&name) {
            return Ok((self.resolve(&name, at)?, 1));
        }
        let block = if kind == NameKind::Variable {
            "variable"
        } else {
            "locals"
        };
        let known = self.names.of_kind(kind);
        let broken = self.names.is_broken(block, &name.name)
            || self
                .names
                .broken
                .iter()
                .any(|(k, _)| k == "locals" && kind == NameKind::Local);
        Err(self.unknown(kind.word(), &name.name, at, broken, known))
    }

    fn block(&self, kind: NameKind, at: Origin, steps: &[Step]) -> Outcome<(Value, usize)> {
        let Some(name) = step_name(steps.first()) else {
            return Err(unnamed(kind.word(), at));
        };
        let (known, arguments): (_, &[&str]) = match kind {
            NameKind::Model => (&self.names.models, &MODEL_ARGUMENTS),
            _ => (&self.names.datasets, &DATASET_ARGUMENTS),
        };
        if !known.contains(name) {
            let broken = self.names.is_broken(kind.word(), name);
            let known = known.iter().map(String::as_str);
            return Err(self.unknown(kind.word(), name, at, broken, known));
        }
        let Some(argument) = step_name(steps.get(1)) else {
            let reference = match kind {
                NameKind::Model => Reference::Model(name.to_owned()),
                _ => Reference::Dataset(name.to_owned()),
            };
            return Ok((Value::Reference(Rc::new(reference)), 1));
        };
        let full = Name::new(kind, format!("{name}.{argument}"));
        if self.names.definitions.contains_key(&full) {
            return Ok((self.resolve(&full, at)?, 2));
        }
        if arguments.contains(&argument) {
            let detail = format!("`{}` isn't given in its block.", full.written());
            return Err(fault(&spec::UNKNOWN_REFERENCE, at, detail));
        }
        let whole = format!("{}.{name}", kind.word());
        Err(self.unknown(&whole, argument, at, false, arguments.iter().copied()))
    }

    fn stage(&self, at: Origin, steps: &[Step]) -> Outcome<(Value, usize)> {
        let Some(name) = step_name(steps.first()) else {
            return Err(unnamed("stage", at));
        };
        let Some(stage) = self.names.stages.get(name) else {
            let broken = self.names.is_broken("stage", name);
            let known = self.names.stages.keys().map(String::as_str);
            return Err(self.unknown("stage", name, at, broken, known));
        };
        let reference = |r| Value::Reference(Rc::new(r));
        let whole = format!("stage.{name}");
        let stage_name = name.to_owned();
        match step_name(steps.get(1)) {
            None => Ok((reference(Reference::Stage(stage_name)), 1)),
            Some("output") => {
                let prefix = format!("{whole}.output");
                let Some(output) = step_name(steps.get(2)) else {
                    return Err(unnamed(&prefix, at));
                };
                if !stage.outputs.contains(output) {
                    let known = stage.outputs.iter().map(String::as_str);
                    return Err(self.unknown(&prefix, output, at, false, known));
                }
                let output = output.to_owned();
                Ok((
                    reference(Reference::StageOutput {
                        stage: stage_name,
                        output,
                    }),
                    3,
                ))
            }
            Some(attribute) if STAGE_ATTRIBUTES.contains(&attribute) => {
                if attribute == ENDPOINT && stage.kind.is_some_and(|k| k != StageKind::Serving) {
                    let detail = format!("`{whole}` doesn't serve, so it has no `{attribute}`.");
                    return Err(fault(&spec::UNKNOWN_REFERENCE, at, detail));
                }
                let attribute = attribute.to_owned();
                Ok((
                    reference(Reference::StageAttribute {
                        stage: stage_name,
                        attribute,
                    }),
                    2,
                ))
            }
            Some(other) => {
                let known = STAGE_ATTRIBUTES.into_iter().chain(["output"]);
                Err(self.unknown(&whole, other, at, false, known))
            }
        }
    }

    fn unknown<'k>(
        &self,
        whole: &str,
        name: &str,
        at: Origin,
        broken: bool,
        known: impl Iterator<Item = &'k str> + Clone,
    ) -> Fault {
        if broken || self.names.incomplete {
            return Fault::Reported;
        }
        let mut diagnostic = Diagnostic::error(&spec::UNKNOWN_REFERENCE)
            .at(at)
            .label(format!("there is no `{whole}.{name}`"));
        // Comparing a name with thousands would let a long list of slips take minutes.
        let known = known.take(500);
        if let Some(near) = suggest::nearest(name, known.clone()) {
            diagnostic = diagnostic.hint(format!("did you mean `{whole}.{near}`?"));
        } else if known.clone().next().is_some() {
            let verb = if known.clone().nth(1).is_some() {
                "are"
            } else {
                "is only"
            };
            diagnostic = diagnostic.hint(format!("there {verb} {}.", suggest::list(known)));
        }
        diagnostic.into()
    }

    /// The value of a name, evaluated once.
    pub(super) fn resolve(&self, name: &Name, at: Origin) -> Outcome {
        if let Some(known) = self.cache.borrow().get(name) {
            let Some(evaluated) = known else {
                return Err(Fault::Reported);
            };
            self.sensitive
                .set(self.sensitive.get() || evaluated.sensitive);
            return Ok(evaluated.value.clone());
        }
        if let Some(cycle) = self.cycle(name, at) {
            return Err(cycle);
        }
        let Some(definition) = self.names.definitions.get(name) else {
            return Err(Fault::Reported);
        };
        self.path.borrow_mut().push(name.clone());
        let evaluated = match &definition.body {
            DefinitionBody::Value(value) => Some(value.clone()),
            DefinitionBody::Failed => None,
            DefinitionBody::Expression(frame, expression) => {
                self.isolated(|| self.evaluate(frame, expression))
            }
            DefinitionBody::Default {
                frame,
                expression,
                declared,
                sensitive,
            } => self.isolated(|| {
                let value = self.evaluate(frame, expression)?;
                self.sensitive.set(self.sensitive.get() || *sensitive);
                let at = frame.origin(expression);
                let fitted = declared.fit(&value).map_err(|misfit| {
                    let detail = format!("The default doesn't suit the type: {misfit}.");
                    fault(&spec::WRONG_TYPE, at, detail)
                })?;
                self.keep(at, fitted)
            }),
        };
        self.path.borrow_mut().pop();
        // A cycle through this name may have been recorded while it was evaluated.
        self.cache
            .borrow_mut()
            .entry(name.clone())
            .or_insert(evaluated);
        self.resolve(name, at)
    }

    /// The cycle that a reference to `name` closes, if it does. All of its names are then without
    /// value, so that it is reported once.
    fn cycle(&self, name: &Name, at: Origin) -> Option<Fault> {
        let path = self.path.borrow();
        let from = path.iter().position(|n| n == name)?;
        let mut names: Vec<_> = path[from..].to_vec();
        for member in &names {
            self.cache.borrow_mut().insert(member.clone(), None);
        }
        // Told from its least name on, so that the message doesn't depend on where it was entered.
        let least = (0..names.len())
            .min_by_key(|i| names[*i].clone())
            .unwrap_or(0);
        names.rotate_left(least);
        names.extend(names.first().cloned());
        let written: Vec<_> = names.iter().map(|n| format!("`{}`", n.written())).collect();
        let place = names
            .first()
            .and_then(|n| self.names.origin(n))
            .unwrap_or(at);
        let detail = format!("{}.", written.join(" refers to "));
        Some(fault(&spec::REFERENCE_CYCLE, place, detail))
    }

    /// Steps into a value.
    pub(super) fn walk(
        &self,
        frame: &Frame<'_>,
        at: Origin,
        mut value: Value,
        steps: &[Step],
    ) -> Outcome {
        for (i, step) in steps.iter().enumerate() {
            self.budget.step(|| at)?;
            value = match step.value() {
                TraversalOperator::GetAttr(name) => element(&value, name.as_str(), at)?,
                TraversalOperator::LegacyIndex(index) => {
                    item(&value, usize::try_from(*index.value()).ok(), at)?
                }
                TraversalOperator::Index(index) => {
                    let at = frame.origin(index);
                    match self.evaluate(frame, index)? {
                        Value::Number(number) => item(&value, number.as_index(), at)?,
                        key => {
                            let Some(key) = key.to_text() else {
                                let detail = format!("An index can't be {}.", key.kind());
                                return Err(fault(&spec::INVALID_INDEX, at, detail));
                            };
                            element(&value, &key, at)?
                        }
                    }
                }
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    return self.splat(frame, at, value, &steps[i + 1..]);
                }
            };
        }
        Ok(value)
    }

    fn splat(&self, frame: &Frame<'_>, at: Origin, value: Value, steps: &[Step]) -> Outcome {
        let items = match &value {
            Value::List(list) => list.items.clone(),
            Value::Null => Vec::new(),
            other => vec![other.clone()],
        };
        let walked: Outcome<Vec<_>> = items
            .into_iter()
            .map(|item| self.walk(frame, at, item, steps))
            .collect();
        self.keep(at, Value::list(walked?))
    }
}

/// From the first word to the last step.
fn reference_origin(frame: &Frame<'_>, base: &Expression, steps: &[Step]) -> Origin {
    let mut origin = frame.origin(base);
    let last = steps.last().and_then(hcl_edit::Span::span);
    if let Some(last) = last {
        origin.end = frame.place.origin(Some(last)).end.max(origin.end);
    } else if !steps.is_empty() {
        let inner = steps.last().map(|s| match s.value() {
            TraversalOperator::GetAttr(name) => name.span(),
            TraversalOperator::Index(index) => index.span(),
            TraversalOperator::LegacyIndex(index) => index.span(),
            TraversalOperator::AttrSplat(s) | TraversalOperator::FullSplat(s) => s.span(),
        });
        if let Some(Some(range)) = inner {
            origin.end = frame.place.origin(Some(range)).end.max(origin.end);
        }
    }
    origin
}

fn step_name(step: Option<&Step>) -> Option<&str> {
    match step?.value() {
        TraversalOperator::GetAttr(name) => Some(name.as_str()),
        TraversalOperator::Index(Expression::String(text)) => Some(text.value()),
        _ => None,
    }
}

fn unnamed(word: &str, at: Origin) -> Fault {
    let detail = format!("A name must follow: `{word}.NAME`.");
    fault(&spec::UNKNOWN_REFERENCE, at, detail)
}

fn element(value: &Value, key: &str, at: Origin) -> Outcome {
    let Some(map) = value.as_map() else {
        let detail = match value {
            Value::Reference(r) => format!("`{}` has no `{key}` that is known here.", r.written()),
            Value::List(_) => match key.parse() {
                Ok(index) => return item(value, Some(index), at),
                Err(_) => format!("A list has positions and no key `{key}`."),
            },
            other => format!("This is {} and has no `{key}`.", other.kind()),
        };
        return Err(fault(&spec::INVALID_INDEX, at, detail));
    };
    map.get(key).cloned().ok_or_else(|| {
        let diagnostic = Diagnostic::error(&spec::INVALID_INDEX)
            .at(at)
            .detail(format!("The object has no `{key}`."));
        let known = map.keys().map(String::as_str).take(500);
        match suggest::hint(key, known, "It has") {
            Some(hint) => diagnostic.hint(hint).into(),
            None => diagnostic.into(),
        }
    })
}

fn item(value: &Value, index: Option<usize>, at: Origin) -> Outcome {
    if let Some(map) = value.as_map() {
        let key = index.map(|i| i.to_string()).unwrap_or_default();
        return map.get(&key).cloned().ok_or_else(|| {
            let detail = format!("The object has no `{key}`.");
            fault(&spec::INVALID_INDEX, at, detail)
        });
    }
    let Some(list) = value.as_list() else {
        let detail = format!("This is {} and has no positions.", value.kind());
        return Err(fault(&spec::INVALID_INDEX, at, detail));
    };
    index.and_then(|i| list.get(i)).cloned().ok_or_else(|| {
        let detail = match list.len() {
            0 => "The list is empty.".to_owned(),
            n => format!(
                "The list has {n} elements; positions go from 0 to {}.",
                n - 1
            ),
        };
        fault(&spec::INVALID_INDEX, at, detail)
    })
}
