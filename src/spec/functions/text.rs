use super::{Call, Refusal};
use crate::spec::value::{ITEM, Value};

pub(super) fn lower(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    Ok(Value::text(call.text(0)?.to_lowercase()))
}

pub(super) fn upper(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    Ok(Value::text(call.text(0)?.to_uppercase()))
}

pub(super) fn trimspace(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    Ok(Value::text(call.text(0)?.trim()))
}

pub(super) fn startswith(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    Ok(Value::Bool(
        call.text(0)?.starts_with(call.text(1)?.as_ref()),
    ))
}

pub(super) fn endswith(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    Ok(Value::Bool(call.text(0)?.ends_with(call.text(1)?.as_ref())))
}

pub(super) fn replace(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let (text, old, new) = (call.text(0)?, call.text(1)?, call.text(2)?);
    let hits = text.matches(old.as_ref()).count() as u64;
    call.afford(hits.saturating_mul(new.len() as u64))?;
    Ok(Value::text(text.replace(old.as_ref(), &new)))
}

pub(super) fn split(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let (separator, text) = (call.text(0)?, call.text(1)?);
    if separator.is_empty() {
        return Err(Refusal::Argument(
            0,
            "the separator must not be empty.".into(),
        ));
    }
    let parts = text.matches(separator.as_ref()).count() as u64 + 1;
    call.afford(parts.saturating_mul(ITEM))?;
    Ok(Value::list(
        text.split(separator.as_ref()).map(Value::text).collect(),
    ))
}

pub(super) fn join(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let separator = call.text(0)?;
    let mut out = String::new();
    for (i, item) in call.list(1)?.iter().enumerate() {
        let Some(text) = item.to_text() else {
            let detail = format!("a list of strings is needed, and {} is in it.", item.kind());
            return Err(Refusal::Argument(1, detail));
        };
        let before = if i == 0 { "" } else { separator.as_ref() };
        call.afford((before.len() + text.len()) as u64)?;
        out.push_str(before);
        out.push_str(&text);
    }
    Ok(Value::text(out))
}

/// `%s` and `%v` for any scalar, `%d` for whole numbers, `%f` and `%.2f` for decimals, `%q` for a
/// quoted string, `%%` for a percent sign; `%5d`, `%-5s` and `%05d` set a width.
pub(super) fn format(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let template = call.text(0)?;
    let mut out = String::new();
    let mut rest = template.as_ref();
    let mut next = 1;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let Some(verb_at) = after.find(|c: char| c.is_alphabetic() || c == '%') else {
            return Err(Refusal::Argument(
                0,
                "a `%` without a letter behind it.".into(),
            ));
        };
        let (flags, verb) = (&after[..verb_at], &after[verb_at..=verb_at]);
        rest = after.get(verb_at + 1..).unwrap_or("");
        if verb == "%" {
            out.push('%');
            continue;
        }
        let text = one(call, next, flags, verb)?;
        call.afford(text.len() as u64)?;
        out.push_str(&text);
        next += 1;
    }
    if next < call.args.len() {
        let detail = "more values are given than the template has places for.";
        return Err(Refusal::Argument(next, detail.into()));
    }
    out.push_str(rest);
    Ok(Value::text(out))
}

fn one(call: &Call<'_, '_>, i: usize, flags: &str, verb: &str) -> Result<String, Refusal> {
    let Some(value) = call.args.get(i) else {
        let detail = "the template has more places than values are given.";
        return Err(Refusal::Argument(0, detail.into()));
    };
    let bad = || Refusal::Argument(0, format!("`%{flags}{verb}` isn't a known place."));
    let (left, flags_rest) = strip(flags, '-');
    let (zero, flags_rest) = strip(flags_rest, '0');
    let (width, decimals) = flags_rest.split_once('.').unwrap_or((flags_rest, ""));
    let parse = |text: &str| {
        if text.is_empty() {
            Ok(0)
        } else {
            text.parse::<usize>()
        }
    };
    let width = parse(width).ok().filter(|w| *w <= 1000).ok_or_else(bad)?;
    let text = match verb {
        "s" | "v" => call.text(i)?.as_ref().to_owned(),
        "q" => serde_json::Value::from(call.text(i)?.as_ref()).to_string(),
        "d" => match call.number(i)?.as_whole() {
            Some(whole) => whole.to_string(),
            None => {
                return Err(Refusal::Argument(
                    i,
                    "a whole number is needed here.".into(),
                ));
            }
        },
        "f" => {
            let decimals = if decimals.is_empty() {
                6
            } else {
                parse(decimals).map_err(|_| bad())?
            };
            fixed(call, i, decimals.min(12))?
        }
        "t" if matches!(value, Value::Bool(_)) => call.text(i)?.as_ref().to_owned(),
        _ => return Err(bad()),
    };
    Ok(pad(text, width, left, zero))
}

fn strip(flags: &str, flag: char) -> (bool, &str) {
    match flags.strip_prefix(flag) {
        Some(rest) => (true, rest),
        None => (false, flags),
    }
}

/// A number with a fixed number of decimals, rounded half to even.
fn fixed(call: &Call<'_, '_>, i: usize, decimals: usize) -> Result<String, Refusal> {
    use crate::spec::number::Number;
    let out_of_range = || Refusal::Argument(i, "the number is too large for this place.".into());
    let power = u32::try_from(decimals).unwrap_or(12);
    let factor = Number::whole(10i128.pow(power)).ok_or_else(out_of_range)?;
    let scaled = call.number(i)?.mul(factor).ok_or_else(out_of_range)?;
    let whole = scaled.round().as_whole().ok_or_else(out_of_range)?;
    let digits = format!("{:0>width$}", whole.unsigned_abs(), width = decimals + 1);
    let (head, tail) = digits.split_at(digits.len() - decimals);
    let sign = if whole < 0 { "-" } else { "" };
    let point = if decimals == 0 { "" } else { "." };
    Ok(format!("{sign}{head}{point}{tail}"))
}

fn pad(text: String, width: usize, left: bool, zero: bool) -> String {
    let missing = width.saturating_sub(text.chars().count());
    match (left, zero) {
        (true, _) => text + &" ".repeat(missing),
        (false, true) => match text.strip_prefix('-') {
            Some(digits) => format!("-{}{digits}", "0".repeat(missing)),
            None => "0".repeat(missing) + &text,
        },
        (false, false) => " ".repeat(missing) + &text,
    }
}
