use jiff::civil::DateTime;

use super::{Call, Refusal};
use crate::spec::value::Value;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Formats an RFC 3339 timestamp with Terraform's letters: `YYYY-MM-DD hh:mm:ss ZZZZZ`. There is no
/// function for the present time: the same spec always means the same.
pub(super) fn formatdate(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let (form, timestamp) = (call.text(0)?, call.text(1)?);
    let Some((time, zone)) = parse(&timestamp) else {
        let detail = "a timestamp like \"2026-05-20T14:00:00Z\" is needed here.";
        return Err(Refusal::Argument(1, detail.into()));
    };
    let mut out = String::new();
    let mut rest = form.as_ref();
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            let (literal, after) = rest[1..].split_once('\'').ok_or_else(|| {
                Refusal::Argument(0, "a `'` opens a literal that isn't closed.".into())
            })?;
            out.push_str(if literal.is_empty() { "'" } else { literal });
            rest = after;
            continue;
        }
        let end = rest.find(|c| c != letter).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        if letter.is_ascii_alphabetic() {
            let part = part(run, time, &zone)
                .ok_or_else(|| Refusal::Argument(0, format!("`{run}` isn't a known part.")))?;
            out.push_str(&part);
        } else {
            out.push_str(run);
        }
    }
    Ok(Value::text(out))
}

/// The local time and its offset as `Z` or `+01:00`.
fn parse(timestamp: &str) -> Option<(DateTime, String)> {
    let (time, rest) = timestamp.split_at_checked(19)?;
    let time: DateTime = time.parse().ok()?;
    let fraction = rest.strip_prefix('.').map_or(0, |digits| {
        1 + digits.bytes().take_while(u8::is_ascii_digit).count()
    });
    let zone = rest.get(fraction..)?;
    let digits = |i: usize| zone.as_bytes().get(i).is_some_and(u8::is_ascii_digit);
    let offset = zone.len() == 6
        && zone.starts_with(['+', '-'])
        && [1, 2, 4, 5].into_iter().all(digits)
        && zone.as_bytes()[3] == b':';
    (offset || zone == "Z").then(|| (time, zone.to_owned()))
}

fn part(run: &str, time: DateTime, zone: &str) -> Option<String> {
    let month = usize::try_from(time.month()).ok()?.checked_sub(1)?;
    let day = usize::try_from(time.weekday().to_monday_zero_offset()).ok()?;
    let hour12 = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let half = if time.hour() < 12 { "AM" } else { "PM" };
    let utc = if zone == "Z" { "+00:00" } else { zone };
    Some(match run {
        "YYYY" => format!("{:04}", time.year()),
        "YY" => format!("{:02}", time.year().rem_euclid(100)),
        "MMMM" => (*MONTHS.get(month)?).to_owned(),
        "MMM" => MONTHS.get(month)?[..3].to_owned(),
        "MM" => format!("{:02}", time.month()),
        "M" => time.month().to_string(),
        "DD" => format!("{:02}", time.day()),
        "D" => time.day().to_string(),
        "EEEE" => (*DAYS.get(day)?).to_owned(),
        "EEE" => DAYS.get(day)?[..3].to_owned(),
        "hh" => format!("{:02}", time.hour()),
        "h" => time.hour().to_string(),
        "HH" => format!("{hour12:02}"),
        "H" => hour12.to_string(),
        "AA" => half.to_owned(),
        "aa" => half.to_lowercase(),
        "mm" => format!("{:02}", time.minute()),
        "m" => time.minute().to_string(),
        "ss" => format!("{:02}", time.second()),
        "s" => time.second().to_string(),
        "ZZZZZ" => utc.to_owned(),
        "ZZZZ" => utc.replace(':', ""),
        "ZZZ" if zone == "Z" => "UTC".to_owned(),
        "ZZZ" => utc.replace(':', ""),
        "Z" => zone.to_owned(),
        _ => return None,
    })
}
