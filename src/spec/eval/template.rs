use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, Interpolation, StringTemplate, Template};

use super::collections::bind;
use super::operators::after_apply;
use super::{Evaluator, Frame, Outcome, fault};
use crate::diagnostics::{Origin, spec};
use crate::spec::value::Value;

/// Whether white space goes at the beginning and at the end of a run of elements.
#[derive(Clone, Copy, Default)]
struct Trim {
    start: bool,
    end: bool,
}

impl Evaluator<'_> {
    /// A quoted template. One interpolation alone keeps its value's type.
    pub(super) fn string(&self, frame: &Frame<'_>, template: &StringTemplate) -> Outcome {
        let elements: Vec<_> = template.iter().collect();
        if let [Element::Interpolation(only)] = elements.as_slice() {
            return self.evaluate(frame, &only.expr);
        }
        let at = frame.place.origin(template.span());
        self.text(frame, &elements, at)
    }

    pub(super) fn template(&self, frame: &Frame<'_>, template: &Template) -> Outcome {
        let elements: Vec<_> = template.iter().collect();
        self.text(frame, &elements, frame.place.origin(template.span()))
    }

    fn text(&self, frame: &Frame<'_>, elements: &[&Element], at: Origin) -> Outcome {
        let mut out = String::new();
        self.render(frame, elements, Trim::default(), &mut out)?;
        self.keep(at, Value::text(out))
    }

    fn render(
        &self,
        frame: &Frame<'_>,
        elements: &[&Element],
        trim: Trim,
        out: &mut String,
    ) -> Outcome<()> {
        for (i, element) in elements.iter().enumerate() {
            let before = i.checked_sub(1).and_then(|i| elements.get(i));
            let after = elements.get(i + 1);
            match element {
                Element::Literal(literal) => {
                    let mut text = literal.value().as_str();
                    if before.map_or(trim.start, |e| edges(e).end) {
                        text = text.trim_start();
                    }
                    if after.map_or(trim.end, |e| edges(e).start) {
                        text = text.trim_end();
                    }
                    let at = || frame.place.origin(literal.span());
                    self.budget.bytes(text.len() as u64, at)?;
                    out.push_str(text);
                }
                Element::Interpolation(interpolation) => {
                    self.interpolate(frame, interpolation, out)?;
                }
                Element::Directive(directive) => self.directive(frame, directive, out)?,
            }
        }
        Ok(())
    }

    fn interpolate(
        &self,
        frame: &Frame<'_>,
        interpolation: &Interpolation,
        out: &mut String,
    ) -> Outcome<()> {
        let at = frame.origin(&interpolation.expr);
        let value = self.evaluate(frame, &interpolation.expr)?;
        let Some(text) = value.to_text() else {
            return Err(match &value {
                Value::Reference(reference) => after_apply(reference, at),
                other => {
                    let detail = format!(
                        "A template takes strings, numbers and bools, and this is {}.",
                        other.kind()
                    );
                    fault(&spec::WRONG_TYPE, at, detail)
                }
            });
        };
        self.budget.bytes(text.len() as u64, || at)?;
        out.push_str(&text);
        Ok(())
    }

    fn directive(&self, frame: &Frame<'_>, directive: &Directive, out: &mut String) -> Outcome<()> {
        match directive {
            Directive::If(directive) => {
                let (then, otherwise) = (&directive.if_expr, &directive.else_expr);
                let end = directive.endif_expr.strip.strip_start();
                if self.boolean(frame, &then.cond_expr)? {
                    let end = otherwise.as_ref().map_or(end, |e| e.strip.strip_start());
                    let trim = Trim {
                        start: then.strip.strip_end(),
                        end,
                    };
                    let elements: Vec<_> = then.template.iter().collect();
                    return self.render(frame, &elements, trim, out);
                }
                let Some(otherwise) = otherwise else {
                    return Ok(());
                };
                let trim = Trim {
                    start: otherwise.strip.strip_end(),
                    end,
                };
                let elements: Vec<_> = otherwise.template.iter().collect();
                self.render(frame, &elements, trim, out)
            }
            Directive::For(directive) => {
                let body = &directive.for_expr;
                let trim = Trim {
                    start: body.strip.strip_end(),
                    end: directive.endfor_expr.strip.strip_start(),
                };
                let elements: Vec<_> = body.template.iter().collect();
                for (key, value) in self.items(frame, &body.collection_expr)? {
                    self.budget.step(|| frame.origin(&body.collection_expr))?;
                    let bound = bind(body.key_var.as_ref(), &body.value_var, key, value, frame);
                    let inner = Frame {
                        bound: Some(&bound),
                        ..*frame
                    };
                    self.render(&inner, &elements, trim, out)?;
                }
                Ok(())
            }
        }
    }
}

/// Whether an element takes the white space before and behind it.
fn edges(element: &Element) -> Trim {
    let (first, last) = match element {
        Element::Literal(_) => return Trim::default(),
        Element::Interpolation(i) => (i.strip, i.strip),
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(d) => (d.if_expr.strip, d.endif_expr.strip),
            Directive::For(d) => (d.for_expr.strip, d.endfor_expr.strip),
        },
    };
    Trim {
        start: first.strip_start(),
        end: last.strip_end(),
    }
}
