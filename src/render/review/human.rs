//! A review for a terminal of 80 columns.
//!
//! ```text
//! Monthly cost of recommender +USD 743.12 (+12 %): 6,120.00 → 6,863.12
//!
//! Stage      Before     After  Difference  Cause
//! prepare    412.10    412.10        0.00
//! train    5,607.90  6,351.02     +743.12  spec +800.00, prices -56.88
//!
//!   spec        stage.train requirements.gpu.count.value: 4 → 8
//!   moves       train: 4 × g5.xlarge on spot, aws/us-east-1 → 8 × g6.xlarge on spot, aws/us-east-2
//! ```

use serde_json::Value;

use super::words::{
    causes, components, headline, one_off, parts, share, sides, signed, whole, written,
};
use crate::planning::plan::{PlannedStage, RateCited};
use crate::render::plan::lines::words;
use crate::render::plan::{ESTIMATED, budget, nodes_of, place};
use crate::render::style::{Palette, paint};
use crate::render::table::{Column, Table};
use crate::render::text;
use crate::review::verdict::{Severity, Status, Verdict};
use crate::review::{
    CatalogChange, Made, Reason, Review, Side, SpecChange, SpecReview, StageReview, StageStatus,
};

/// Most columns of a value of a spec; what is longer is cut.
const VALUE: usize = 60;

/// Most lines with one label: what is longer nobody reads on a terminal.
const LINES: usize = 20;

/// Most addresses that are named in one sentence.
const ADDRESSES: usize = 3;

/// Renders a review. Specs without a difference are counted and not shown.
#[must_use]
pub fn human(review: &Review, width: usize, palette: &Palette) -> String {
    let shown: Vec<&SpecReview> = review.specs.iter().filter(|s| is_shown(s)).collect();
    let mut blocks = Vec::new();
    let several = review.specs.len() != 1;
    if several {
        let title = format!("Monthly cost {}", headline(whole(review)));
        blocks.push(paint(palette.strong, &title) + "\n");
        if shown.len() > 1 {
            blocks.push(summary(&shown, width, palette));
        }
    }
    blocks.extend(shown.iter().map(|spec| one(spec, several, width, palette)));
    match (review.specs.len() - shown.len(), review.specs.as_slice()) {
        (0, _) => {}
        (_, [only]) => blocks.push(one(only, false, width, palette)),
        (1, _) => blocks.push("1 spec is unchanged.\n".to_owned()),
        (n, _) => blocks.push(format!("{n} specs are unchanged.\n")),
    }
    blocks.join("\n")
}

/// Whether there is anything to tell of a spec.
fn is_shown(spec: &SpecReview) -> bool {
    let refused = |side: &Side| matches!(side.made, Made::Refused { .. });
    let broken = spec.verdicts.iter().any(|v| v.status == Status::Broken);
    let refused = refused(&spec.base) || refused(&spec.head);
    refused
        || broken
        || spec.is_denied()
        || spec.changes_something()
        || !spec.spec_changes.is_empty()
}

/// All specs that changed, one to a line.
fn summary(specs: &[&SpecReview], width: usize, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("Spec").shrinking(),
        Column::right("Before"),
        Column::right("After"),
        Column::right("Difference"),
        Column::left("Cause").wrapping(),
    ]);
    for spec in specs {
        let total = |side: &Side| side.costs().map_or("unknown".into(), |c| c.total.cents());
        let difference = spec.difference;
        table.row([
            spec.spec.clone(),
            total(&spec.base),
            total(&spec.head),
            difference.map_or(String::new(), |d| signed(d.total().total)),
            difference.map_or(String::new(), |d| why(&causes(&d))),
        ]);
    }
    table.render(width, palette)
}

fn one(spec: &SpecReview, several: bool, width: usize, palette: &Palette) -> String {
    let name = match (&*spec.project, &*spec.spec) {
        ("", path) => path.to_owned(),
        (project, path) if path == "." || path.rsplit('/').next() == Some(project) => {
            project.to_owned()
        }
        (project, path) => format!("{project} ({path})"),
    };
    let name = text::inert_line(&name);
    let title = if several {
        format!("{name} {}", headline(sides(spec)))
    } else {
        format!("Monthly cost of {name} {}", headline(sides(spec)))
    };
    let mut out = paint(palette.strong, &text::wrap(&title, width)) + "\n";
    let changed = spec.stages.iter().any(|s| s.difference.is_some());
    if changed && spec.changes_something() {
        out.push_str(&format!("\n{}", stages(spec, width, palette)));
    }
    let details = details(spec, width);
    if !details.is_empty() {
        out.push_str(&format!("\n{details}"));
    }
    out
}

fn stages(spec: &SpecReview, width: usize, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("Stage").shrinking(),
        Column::right("Before"),
        Column::right("After"),
        Column::right("Difference"),
        Column::left(""),
        Column::left("Cause").wrapping(),
    ]);
    for stage in &spec.stages {
        let total = |side: &Side| {
            let stage = side.stage(&stage.name);
            stage.map_or_else(String::new, |s| s.costs.total.cents())
        };
        let difference = stage.difference.unwrap_or_default();
        let whole = difference.total().total;
        let because = match stage.status {
            StageStatus::Added => "new".to_owned(),
            StageStatus::Removed => "removed".to_owned(),
            StageStatus::Changed | StageStatus::Unchanged => why(&causes(&difference)),
        };
        table.row([
            stage.name.clone(),
            total(&spec.base),
            total(&spec.head),
            signed(whole),
            mark(difference.total().estimated).to_owned(),
            because,
        ]);
    }
    table.render(width, palette)
}

/// The mark of a difference that is estimated.
const fn mark(estimated: bool) -> &'static str {
    if estimated { ESTIMATED } else { "" }
}

/// The causes by name alone where there is only one.
fn why(causes: &[(&'static str, crate::units::Money)]) -> String {
    match causes {
        [(only, _)] => (*only).to_owned(),
        several => parts(several),
    }
}

/// Everything below the table, each with a label.
fn details(spec: &SpecReview, width: usize) -> String {
    let mut out = String::new();
    let mut add = |label: &str, entries: Vec<String>| {
        for (i, entry) in entries.iter().enumerate() {
            let label = if i == 0 { label } else { "" };
            out.push_str(&words(label, entry, width));
        }
    };
    add("base", refused(&spec.base));
    add("head", refused(&spec.head));
    if let Some(difference) = spec.difference {
        let total = difference.total();
        let some = !components(&total).is_empty();
        add(
            "parts",
            some.then(|| parts(&components(&total)))
                .into_iter()
                .collect(),
        );
    }
    add("spec", some(&spec.spec_changes, spec_change));
    add("moves", some(&moves(spec), Clone::clone));
    add("prices", some(&rates(spec), Clone::clone));
    add("because", some(&because(spec), Clone::clone));
    add("once", spec.one_off.iter().map(one_off).collect());
    let budgets = spec.head.plan().map_or(&[][..], |plan| &plan.budgets);
    add("budget", budgets.iter().map(budget).collect());
    let broken = spec.verdicts.iter().filter(|v| v.status != Status::Kept);
    add("policy", broken.map(verdict).collect());
    add(
        "catalogs",
        spec.catalog_changes.iter().map(catalog).collect(),
    );
    add("note", spec.notes.clone());
    if spec.difference.is_some_and(|d| d.total().estimated) {
        let legend = format!("{ESTIMATED} estimated: part of it is scaled or older than the rest");
        add("marks", vec![legend]);
    }
    out
}

/// The first of them; how many more there are is said.
fn some<T>(all: &[T], line: impl Fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<String> = all.iter().take(LINES).map(line).collect();
    if all.len() > LINES {
        lines.push(format!("and {} more; `--json` has all", all.len() - LINES));
    }
    lines
}

/// The first few of many addresses.
fn few(addresses: &[String]) -> String {
    match addresses.get(..ADDRESSES) {
        Some(first) if addresses.len() > ADDRESSES + 1 => format!(
            "{} and {} more",
            first.join(", "),
            addresses.len() - ADDRESSES
        ),
        _ => addresses.join(", "),
    }
}

fn refused(side: &Side) -> Vec<String> {
    match &side.made {
        Made::Refused { why } => {
            vec![format!(
                "{} can't be planned: {}",
                side.label,
                why.join("; ")
            )]
        }
        Made::Absent => vec![format!("{} has no such spec", side.label)],
        Made::Planned { .. } => Vec::new(),
    }
}

fn spec_change(change: &SpecChange) -> String {
    if change.path.is_empty() {
        let what = match (&change.before, &change.after) {
            (None, _) => "is new",
            (_, None) => "is gone",
            _ => "is another",
        };
        return format!("{} {what}", change.address);
    }
    let value = |value: &Option<Value>| match value {
        None => "not set".to_owned(),
        Some(Value::String(text)) => text::cut(text, VALUE),
        Some(other) => text::cut(&other.to_string(), VALUE),
    };
    let (before, after) = (value(&change.before), value(&change.after));
    format!(
        "{} {}: {before} → {after}",
        change.address,
        written(&change.path)
    )
}

/// What stages run on, where that is another.
fn moves(spec: &SpecReview) -> Vec<String> {
    let mut moves = Vec::new();
    for stage in &spec.stages {
        let (base, head) = (spec.base.stage(&stage.name), spec.head.stage(&stage.name));
        let (Some(base), Some(head)) = (base, head) else {
            continue;
        };
        let (before, after) = (runs_at(base), runs_at(head));
        if before != after {
            moves.push(format!("{}: {before} → {after}", stage.name));
        }
    }
    moves
}

fn runs_at(stage: &PlannedStage) -> String {
    format!("{} in {}", nodes_of(stage), place(&stage.placement))
}

/// Rates that changed, each once.
fn rates(spec: &SpecReview) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for reason in spec.stages.iter().flat_map(|stage| &stage.reasons) {
        if let Reason::Rate {
            what,
            before,
            after,
        } = reason
        {
            let line = format!("{what}: {}", rate_change(before, after));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines
}

fn rate_change(before: &RateCited, after: &RateCited) -> String {
    let sources = if before.source == after.source {
        before.source.clone()
    } else {
        format!("{} → {}", before.source, after.source)
    };
    let share = percent(before, after);
    format!("USD {} → {}{share}, {sources}", before.usd, after.usd)
}

fn percent(before: &RateCited, after: &RateCited) -> String {
    let money =
        |rate: &RateCited| crate::units::Money::from_micro_usd(i128::from(rate.usd.pico_usd()));
    share(money(after) - money(before), money(before))
}

/// Why stages are chosen anew that the change doesn't touch.
fn because(spec: &SpecReview) -> Vec<String> {
    let moved = |stage: &StageReview| {
        let at = |side: &Side| side.stage(&stage.name).map(runs_at);
        if at(&spec.base) == at(&spec.head) {
            "what it reads comes from elsewhere, or others share with it,"
        } else {
            "something else is chosen"
        }
    };
    let line = |stage: &StageReview, reason: &Reason| match reason {
        Reason::Elsewhere { addresses } => Some(format!(
            "{}: {} since {} changed",
            stage.name,
            moved(stage),
            few(addresses)
        )),
        Reason::OtherPrices => Some(format!(
            "{}: {} since prices changed",
            stage.name,
            moved(stage)
        )),
        Reason::Spec { .. } | Reason::Rate { .. } => None,
    };
    let stages = spec.stages.iter();
    stages
        .flat_map(|stage| {
            stage
                .reasons
                .iter()
                .filter_map(|reason| line(stage, reason))
        })
        .collect()
}

fn verdict(verdict: &Verdict) -> String {
    let severity = match verdict.severity {
        Severity::Note => "note",
        Severity::Warn => "warn",
        Severity::Deny => "deny",
    };
    let subject = verdict.subject.as_ref();
    let subject = subject.map_or(String::new(), |subject| format!(" {subject}"));
    let waived = match &verdict.status {
        Status::Waived { reason, until } => format!(" (waived until {until}: {reason})"),
        Status::Kept | Status::Broken => String::new(),
    };
    let (rule, message) = (&verdict.rule, &verdict.message);
    format!("{severity} {rule}{subject}: {message}{waived}")
}

fn catalog(change: &CatalogChange) -> String {
    let day = |day: Option<crate::units::Date>| day.map_or("none".into(), |day| day.to_string());
    let (before, after) = (day(change.before), day(change.after));
    if before == after {
        return format!("{}: other figures of {after}", change.name);
    }
    format!("{}: {before} → {after}", change.name)
}
