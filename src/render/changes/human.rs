//! Changes for a terminal.
//!
//! ```text
//! train
//!   ~    pool.train.launch-template  in aws/us-east-1
//!          user_data: 18 bytes (4e07408e…) → 25 bytes (6b86b273…)
//!   +/-  pool.train.nodes            4 × g5.2xlarge on spot, use1-az4
//!          launch_template_version: 1 → (known after apply) (needs a new one)
//!
//! Costs: USD 1.45 → 1.45 per hour.
//! Plan: 1 to add, 1 to change, 1 to destroy.
//! ```

use std::collections::BTreeSet;

use mlinfra_provider_api::Attributes;
use serde_json::Value;

use super::json::has_drifted;
use super::value::short;
use crate::changes::change::{Action, Change, Reason, Summary};
use crate::render::style::{Palette, paint};
use crate::render::text;
use crate::units::Money;

/// Objects of one pool that differ by their numbers alone are told in one line from so many on.
const MANY: usize = 4;

/// Columns of addresses; a longer one moves its words to the right.
const NAMES: usize = 28;

/// Renders what is done, or that nothing is.
#[must_use]
pub fn human(changes: &[Change], width: usize, palette: &Palette) -> String {
    let mut out = drift(changes, width, palette);
    let fallbacks = on_fallback(changes);
    let shown: Vec<&Change> = changes
        .iter()
        .filter(|change| change.action.is_something())
        .collect();
    let mut stage = None;
    for like in alike(&shown) {
        let Some(first) = like.first() else { continue };
        if stage != Some(&first.stage) {
            let name = text::inert_line(&first.stage);
            out.push_str(&format!("{}\n", paint(palette.strong, &name)));
            stage = Some(&first.stage);
        }
        out.push_str(&object(&like, width, palette));
    }
    if stage.is_some() {
        out.push('\n');
    }
    out.push_str(&fallbacks);
    if shown.is_empty() {
        let none = "No changes. What exists is as planned.";
        out.push_str(&format!("{}\n", paint(palette.strong, none)));
        return out;
    }
    out.push_str(&costs(changes));
    let Summary {
        add,
        change,
        destroy,
    } = Summary::of(changes);
    let counts = format!("Plan: {add} to add, {change} to change, {destroy} to destroy.");
    out.push_str(&format!("{}\n", paint(palette.strong, &counts)));
    out
}

/// Changes in groups of which each is told in one line.
fn alike<'c>(changes: &[&'c Change]) -> Vec<Vec<&'c Change>> {
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    for change in changes {
        match groups.last_mut() {
            Some(group) if group.first().is_some_and(|first| is_alike(first, change)) => {
                group.push(change);
            }
            _ => groups.push(vec![change]),
        }
    }
    let few = |group: &Vec<&'c Change>| group.len() < MANY;
    groups
        .into_iter()
        .flat_map(|group| {
            if few(&group) {
                group.into_iter().map(|change| vec![change]).collect()
            } else {
                vec![group]
            }
        })
        .collect()
}

fn is_alike(one: &Change, other: &Change) -> bool {
    let numbered = |change: &Change| Some(change.address.split_once('[')?.0.to_owned());
    numbered(one).is_some()
        && numbered(one) == numbered(other)
        && (one.action, one.reason, one.alternative)
            == (other.action, other.reason, other.alternative)
        && (&one.after, &one.unknown) == (&other.after, &other.unknown)
        && differing(one) == differing(other)
}

/// One object, or several that are alike.
fn object(like: &[&Change], width: usize, palette: &Palette) -> String {
    let (Some(first), Some(last)) = (like.first(), like.last()) else {
        return String::new();
    };
    let mut address = first.address.clone();
    if like.len() > 1 {
        let number = last
            .address
            .rsplit_once('[')
            .map_or("", |(_, number)| number);
        address = format!("{address} to [{number} ({} objects)", like.len());
    }
    let (sign, style) = match first.action {
        Action::NoOp => (" ", palette.gutter),
        Action::Create => ("+", palette.hint),
        Action::Update => ("~", palette.warning),
        Action::CreateThenDelete => ("+/-", palette.warning),
        Action::DeleteThenCreate => ("-/+", palette.warning),
        Action::Delete => ("-", palette.error),
        Action::Forget => ("x", palette.gutter),
    };
    let sign = format!("{}{}", paint(style, sign), " ".repeat(3 - sign.len()));
    let words = [what(first), why(first)]
        .into_iter()
        .filter(|words| !words.is_empty());
    let words = words.collect::<Vec<_>>().join("; ");
    let address = text::inert_line(&address);
    let pad = " ".repeat(NAMES.saturating_sub(text::width(&address)));
    let line = format!("{address}{pad}  {}", text::inert_line(&words));
    let mut out = format!("  {sign}  {}", beside(line.trim_end(), 7, 4, width));
    for name in differing(first) {
        let line = attribute(first, name);
        out.push_str(&format!("         {}", beside(&line, 9, 2, width)));
    }
    out
}

/// Words that begin after some columns and go on below themselves, a little further to the right.
fn beside(words: &str, columns: usize, hanging: usize, width: usize) -> String {
    let room = width.saturating_sub(columns + hanging).max(30);
    let wrapped = text::wrap(words, room);
    let mut lines = wrapped.lines();
    let mut out = format!("{}\n", lines.next().unwrap_or_default());
    for line in lines {
        out.push_str(&format!("{}{line}\n", " ".repeat(columns + hanging)));
    }
    out
}

/// What it is, in few words: `4 × g5.2xlarge on spot, use1-az4, USD 1.45 per hour`.
fn what(change: &Change) -> String {
    let attributes = change.after.as_ref().or(change.before.as_ref());
    let place = format!("in {}", change.scope);
    let Some(attributes) = attributes.filter(|_| change.kind == "nodes") else {
        return place;
    };
    let text = |name: &str| attributes.get(name).and_then(Value::as_str);
    let count = attributes.get("count").and_then(Value::as_u64).unwrap_or(1);
    let mut words = format!("{count} × {}", text("instance_type").unwrap_or("?"));
    match text("capacity_type") {
        Some("spot") => words.push_str(" on spot"),
        Some("reserved") => words.push_str(" reserved"),
        _ => {}
    }
    words.push_str(&format!(" {place}"));
    if let Some(zone) = text("zone") {
        words.push_str(&format!(" {zone}"));
    }
    let from = change.id.as_ref().map(|id| &id.scope);
    if let Some(from) = from.filter(|from| **from != change.scope) {
        words.push_str(&format!(", from {from}"));
    }
    words
}

/// Why, where that isn't plain.
fn why(change: &Change) -> String {
    let why = match change.reason {
        Reason::AsPlanned
        | Reason::OnFallback
        | Reason::NotInState
        | Reason::PlanChanged
        | Reason::Destroying => "",
        Reason::Gone if change.action == Action::Forget => "gone, and no longer wanted",
        Reason::Gone => "the one before is gone",
        Reason::ChoiceChanged => "the plan ranks another first now",
        Reason::Drifted => "something else changed it",
        Reason::DependencyChanged => "what it refers to changes",
        Reason::Tainted => "it is there in part only",
        Reason::NotReady => "it isn't ready yet",
        Reason::Requested => "as asked for",
        Reason::Deposed => "it was replaced before",
        Reason::NotWanted => "no longer wanted",
    };
    why.to_owned()
}

/// Attributes that change; none for what is made or deleted as a whole.
fn differing(change: &Change) -> BTreeSet<&str> {
    let replaced = matches!(
        change.action,
        Action::Update | Action::CreateThenDelete | Action::DeleteThenCreate
    );
    let (Some(before), Some(after), true) = (&change.before, &change.after, replaced) else {
        return BTreeSet::new();
    };
    let names = before.keys().chain(after.keys());
    let known = names
        .filter(|name| !change.unknown.contains(*name) && before.get(*name) != after.get(*name));
    known.chain(&change.unknown).map(String::as_str).collect()
}

/// `disk_gib: 100 → 200 (needs a new one)`; of labels and the like only what differs.
fn attribute(change: &Change, name: &str) -> String {
    let none = Attributes::new();
    let before = change.before.as_ref().unwrap_or(&none).get(name);
    let after = change.after.as_ref().unwrap_or(&none).get(name);
    let mut line = if change.unknown.contains(name) {
        format!("{name}: {} → (known after apply)", short(name, before))
    } else {
        difference(name, before, after)
    };
    if change.replaced_by.contains(name) {
        line.push_str(" (needs a new one)");
    }
    text::inert_line(&line)
}

fn difference(name: &str, before: Option<&Value>, after: Option<&Value>) -> String {
    let maps = before
        .and_then(Value::as_object)
        .zip(after.and_then(Value::as_object));
    let Some((from, to)) = maps else {
        return format!("{name}: {} → {}", short(name, before), short(name, after));
    };
    let keys: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let keys = keys
        .into_iter()
        .filter(|key| from.get(*key) != to.get(*key));
    let parts = keys.map(|key| {
        format!(
            "{name}.{key}: {} → {}",
            short(name, from.get(key)),
            short(name, to.get(key))
        )
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// What something else than mlinfra did.
fn drift(changes: &[Change], width: usize, palette: &Palette) -> String {
    let mut out = String::new();
    for change in changes.iter().filter(|change| has_drifted(change)) {
        if out.is_empty() {
            let head = "Changed since it was applied, by something else than mlinfra:";
            out.push_str(&format!("{}\n", paint(palette.strong, head)));
        }
        let address = text::inert_line(&change.address);
        if change.reason == Reason::Gone {
            out.push_str(&format!(
                "  {}",
                beside(&format!("{address} is gone"), 2, 4, width)
            ));
            continue;
        }
        out.push_str(&format!("  {}", beside(&address, 2, 4, width)));
        let none = Attributes::new();
        let read = change.before.as_ref().unwrap_or(&none);
        for (name, made) in &change.drifted {
            let line = difference(name, Some(made), read.get(name));
            let line = text::inert_line(&line);
            out.push_str(&format!("      {}", beside(&line, 6, 2, width)));
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Pools that run on a lower choice of theirs.
fn on_fallback(changes: &[Change]) -> String {
    let mut pools: BTreeSet<(&str, usize)> = BTreeSet::new();
    let stays = changes.iter().filter(|change| {
        !change.action.creates() && change.after.is_some() && change.alternative > 0
    });
    pools.extend(stays.map(|change| (&*change.stage, change.alternative)));
    let line = |(stage, alternative): (&str, usize)| {
        let stage = text::inert_line(stage);
        format!(
            "{stage} runs on its {} choice since there was no capacity for the first.\n",
            ordinal(alternative.saturating_add(1))
        )
    };
    pools.into_iter().map(line).collect()
}

/// `2nd`, `11th`, `23rd`.
fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// What all of it costs for an hour before and after, other stages aside that aren't looked at.
fn costs(changes: &[Change]) -> String {
    let sum = |of: fn(&Change) -> Option<Money>| -> Money { changes.iter().filter_map(of).sum() };
    let before = sum(|change| change.usd_per_hour_before);
    let after = sum(|change| change.usd_per_hour_after);
    if before == after {
        return format!("Costs: USD {} per hour, as before.\n", after.cents());
    }
    format!(
        "Costs: USD {} → {} per hour.\n",
        before.cents(),
        after.cents()
    )
}

#[cfg(test)]
mod tests {
    use super::ordinal;

    #[test]
    fn choices_are_counted_as_people_do() {
        let all = [1, 2, 3, 4, 11, 12, 13, 21, 102].map(ordinal);
        let expect = [
            "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd",
        ];
        assert_eq!(all, expect);
    }
}
