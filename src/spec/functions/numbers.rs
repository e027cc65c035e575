use super::{Call, Refusal};
use crate::spec::number::Number;
use crate::spec::value::{ITEM, Value};

pub(super) fn abs(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    Ok(Value::Number(call.number(0)?.abs()))
}

pub(super) fn ceil(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    Ok(Value::Number(call.number(0)?.ceil()))
}

pub(super) fn floor(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    Ok(Value::Number(call.number(0)?.floor()))
}

pub(super) fn max(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    best(call, Number::max)
}

pub(super) fn min(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    best(call, Number::min)
}

fn best(call: &Call<'_, '_>, choose: fn(Number, Number) -> Number) -> Result<Value, Refusal> {
    let mut best = call.number(0)?;
    for i in 1..call.args.len() {
        best = choose(best, call.number(i)?);
    }
    Ok(Value::Number(best))
}

pub(super) fn sum(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let mut sum = Number::ZERO;
    for item in call.list(0)? {
        let Value::Number(number) = item else {
            let detail = format!("a list of numbers is needed, and {} is in it.", item.kind());
            return Err(Refusal::Argument(0, detail));
        };
        sum = sum.add(*number).ok_or_else(too_large)?;
    }
    Ok(Value::Number(sum))
}

fn too_large() -> Refusal {
    Refusal::NoResult("the result is larger than 10^25.".into())
}

/// `range(end)`, `range(start, end)` or `range(start, end, step)`, without the end.
pub(super) fn range(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let (start, end) = match call.args.len() {
        1 => (Number::ZERO, call.number(0)?),
        _ => (call.number(0)?, call.number(1)?),
    };
    let one = Number::count(1);
    let step = match call.args.len() {
        3 => call.number(2)?,
        _ if end < start => one.neg(),
        _ => one,
    };
    if step == Number::ZERO {
        return Err(Refusal::Argument(2, "the step must not be 0.".into()));
    }
    let mut items = Vec::new();
    let mut next = start;
    while (step > Number::ZERO && next < end) || (step < Number::ZERO && next > end) {
        call.afford(ITEM)?;
        items.push(Value::Number(next));
        next = next.add(step).ok_or_else(too_large)?;
    }
    Ok(Value::list(items))
}
