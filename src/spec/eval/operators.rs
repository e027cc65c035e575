use hcl_edit::Span as _;
use hcl_edit::expr::{BinaryOp, BinaryOperator, Expression, UnaryOp, UnaryOperator};

use super::{Evaluator, Frame, Outcome, fault};
use crate::diagnostics::{Origin, spec};
use crate::spec::number::Number;
use crate::spec::value::{Reference, Value};

impl Evaluator<'_> {
    pub(super) fn unary(&self, frame: &Frame<'_>, operation: &UnaryOp) -> Outcome {
        match operation.operator.value() {
            UnaryOperator::Not => self
                .boolean(frame, &operation.expr)
                .map(|v| Value::Bool(!v)),
            UnaryOperator::Neg => {
                let number = self.number(frame, &operation.expr)?;
                Ok(Value::Number(number.neg()))
            }
        }
    }

    /// A chain of operators is a tree that leans left; it is walked in a loop, since it may be
    /// longer than the stack is deep.
    pub(super) fn binary(&self, frame: &Frame<'_>, expression: &Expression) -> Outcome {
        let mut chain: Vec<&BinaryOp> = Vec::new();
        let mut first = expression;
        while let Expression::BinaryOp(operation) = first {
            chain.push(operation);
            first = &operation.lhs_expr;
        }
        let mut left = self.evaluate(frame, first)?;
        let mut left_at = frame.origin(first);
        for operation in chain.into_iter().rev() {
            self.budget.step(|| left_at)?;
            left = self.apply(frame, (left, left_at), operation)?;
            left_at.end = frame.origin(&operation.rhs_expr).end;
        }
        Ok(left)
    }

    fn apply(&self, frame: &Frame<'_>, left: (Value, Origin), operation: &BinaryOp) -> Outcome {
        let operator = *operation.operator.value();
        match operator {
            BinaryOperator::And | BinaryOperator::Or => {
                let known = bool_of(&left.0, left.1)?;
                if known == (operator == BinaryOperator::Or) {
                    return Ok(Value::Bool(known));
                }
                self.boolean(frame, &operation.rhs_expr).map(Value::Bool)
            }
            BinaryOperator::Eq | BinaryOperator::NotEq => {
                let right = self.evaluate(frame, &operation.rhs_expr)?;
                self.budget.keep(&left.0, || left.1)?;
                let equal = left.0 == right;
                Ok(Value::Bool(equal == (operator == BinaryOperator::Eq)))
            }
            _ => {
                let a = number_of(&left.0, left.1)?;
                let b = self.number(frame, &operation.rhs_expr)?;
                let at = frame.place.origin(operation.operator.span());
                arithmetic(operator, a, b, at)
            }
        }
    }

    pub(in crate::spec) fn number(
        &self,
        frame: &Frame<'_>,
        expression: &Expression,
    ) -> Outcome<Number> {
        let value = self.evaluate(frame, expression)?;
        number_of(&value, frame.origin(expression))
    }
}

fn bool_of(value: &Value, at: Origin) -> Outcome<bool> {
    super::as_bool(value).ok_or_else(|| {
        let detail = format!("A bool is needed here, and this is {}.", value.kind());
        fault(&spec::WRONG_TYPE, at, detail)
    })
}

/// Numbers, and strings that are numbers.
pub(in crate::spec) fn number_of(value: &Value, at: Origin) -> Outcome<Number> {
    let number = match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => Number::parse(text),
        _ => None,
    };
    number.ok_or_else(|| match value {
        Value::Reference(reference) => after_apply(reference, at),
        _ => {
            let detail = format!("A number is needed here, and this is {}.", value.kind());
            fault(&spec::WRONG_TYPE, at, detail)
        }
    })
}

/// A reference to a thing, used as if it were a value.
pub(in crate::spec) fn after_apply(reference: &Reference, at: Origin) -> super::Fault {
    let written = reference.written();
    if !matches!(reference, Reference::StageAttribute { .. }) {
        let detail = format!(
            "`{written}` names a thing and isn't a value; it can only be a whole argument where \
             such a reference is wanted."
        );
        return fault(&spec::WRONG_REFERENCE, at, detail);
    }
    let detail = format!(
        "`{written}` is known after apply, so nothing can be made of it here; it can be the value \
         of an output."
    );
    fault(&spec::KNOWN_AFTER_APPLY, at, detail)
}

fn arithmetic(operator: BinaryOperator, a: Number, b: Number, at: Origin) -> Outcome {
    let result = match operator {
        BinaryOperator::Less => return Ok(Value::Bool(a < b)),
        BinaryOperator::LessEq => return Ok(Value::Bool(a <= b)),
        BinaryOperator::Greater => return Ok(Value::Bool(a > b)),
        BinaryOperator::GreaterEq => return Ok(Value::Bool(a >= b)),
        BinaryOperator::Plus => a.add(b),
        BinaryOperator::Minus => a.sub(b),
        BinaryOperator::Mul => a.mul(b),
        BinaryOperator::Div | BinaryOperator::Mod if b == Number::ZERO => {
            let detail = format!("{a} is to be divided by zero here.");
            return Err(fault(&spec::DIVISION_BY_ZERO, at, detail));
        }
        BinaryOperator::Div => a.div(b),
        BinaryOperator::Mod => a.rem(b),
        // The other operators are handled by the caller.
        BinaryOperator::Eq | BinaryOperator::NotEq | BinaryOperator::And | BinaryOperator::Or => {
            None
        }
    };
    result.map(Value::Number).ok_or_else(|| {
        let detail = "The result is larger than 10^25, the largest number there is.";
        fault(&spec::OUT_OF_RANGE, at, detail)
    })
}
