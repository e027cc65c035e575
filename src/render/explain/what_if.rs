//! Two plans side by side: as the spec is, and as it would be with changes.
//!
//! ```text
//! With requirements.gpu.count = 4, the plan costs USD 1,554.14 per month instead of 1,845.12: USD
//! 290.98 (15.7 %) less.
//!
//! train    Now                            Then
//! runs on  2 × dc1/a30 (4 × A30)          1 × dc1/a30 (4 × A30)
//! ```

use serde_json::{Map, Value, json};

use super::human::{bought, more};
use super::json::FORMAT_VERSION;
use crate::planning::plan::{Costs, Plan, PlannedStage};
use crate::render::plan::{machine, place, rides_with};
use crate::render::style::{Palette, paint};
use crate::render::table::{Column, Table};
use crate::render::text;
use crate::units::Money;

/// Renders what changes between two plans.
#[must_use]
pub fn what_if(
    changes: &[String],
    before: &Plan,
    after: &Plan,
    width: usize,
    palette: &Palette,
) -> String {
    let opening = text::inert_line(&opening(changes, before, after));
    let mut out = format!("{}\n", text::wrap(&opening, width));
    for (now, then) in changed(before, after) {
        let name = text::inert_line(&then.name);
        out.push_str(&format!("\n{}\n", paint(palette.strong, &name)));
        out.push_str(&side_by_side(now, then, width, palette));
    }
    out
}

fn opening(changes: &[String], before: &Plan, after: &Plan) -> String {
    let (now, then) = (before.costs.total, after.costs.total);
    let changes = changes.join(" and ");
    if changed(before, after).next().is_none() {
        return format!(
            "With {changes}, nothing changes: USD {} per month.",
            now.cents()
        );
    }
    format!(
        "With {changes}, the plan costs USD {} per month instead of {}: {}.",
        then.cents(),
        now.cents(),
        more(then - now, now)
    )
}

fn signed(added: Money) -> String {
    let sign = if added > Money::ZERO { "+" } else { "" };
    format!("{sign}{}", added.cents())
}

/// Stages whose placement or bill differs.
fn changed<'p>(
    before: &'p Plan,
    after: &'p Plan,
) -> impl Iterator<Item = (&'p PlannedStage, &'p PlannedStage)> {
    after.stages.iter().filter_map(|then| {
        let now = before.stages.iter().find(|now| now.name == then.name)?;
        let same = now.placement == then.placement && now.costs == then.costs;
        (!same).then_some((now, then))
    })
}

fn side_by_side(
    now: &PlannedStage,
    then: &PlannedStage,
    width: usize,
    palette: &Palette,
) -> String {
    let mut words = Table::new([
        Column::left(""),
        Column::left("Now").wrapping(),
        Column::left("Then").wrapping(),
    ]);
    for (label, of) in WORDS {
        words.row([(*label).to_owned(), of(now), of(then)]);
    }
    let mut figures = Table::new([
        Column::left("USD per month"),
        Column::right("Now"),
        Column::right("Then"),
        Column::right("Difference"),
    ]);
    for (label, of) in FIGURES {
        let (before, after) = (of(&now.costs), of(&then.costs));
        if before != Money::ZERO || after != Money::ZERO {
            let cells = [before.cents(), after.cents(), signed(after - before)];
            let [before, after, added] = cells;
            figures.row([(*label).to_owned(), before, after, added]);
        }
    }
    format!(
        "{}\n{}",
        words.render(width, palette),
        figures.render(width, palette)
    )
}

/// A row of words about a stage.
type Words = (&'static str, fn(&PlannedStage) -> String);

/// What a stage runs on, in rows.
const WORDS: &[Words] = &[
    ("runs on", |stage| match rides_with(stage) {
        Some(holder) => format!("the nodes of {holder}"),
        None => machine(&stage.placement),
    }),
    ("bought", |stage| {
        bought(stage.placement.capacity_type).to_owned()
    }),
    ("where", |stage| place(&stage.placement)),
];

/// A row of figures of a bill.
type Figures = (&'static str, fn(&Costs) -> Money);

/// A bill, in rows.
const FIGURES: &[Figures] = &[
    ("compute", |costs| costs.compute),
    ("waiting", |costs| costs.waiting),
    ("movement", |costs| costs.movement),
    ("storage", |costs| costs.storage),
    ("covered", |costs| -costs.covered),
    ("total", |costs| costs.total),
];

/// The same as JSON, format 1.0.
#[must_use]
pub fn what_if_json(changes: &[String], before: &Plan, after: &Plan) -> Value {
    let side = |stage: &PlannedStage| json!({ "placement": stage.placement, "node_hour": stage.rate, "costs": stage.costs });
    let stages = changed(before, after).map(|(now, then)| {
        (
            then.name.clone(),
            json!({ "before": side(now), "after": side(then) }),
        )
    });
    json!({
        "format_version": FORMAT_VERSION,
        "mlinfra_version": env!("CARGO_PKG_VERSION"),
        "what_if": {
            "changes": changes,
            "stages": Value::Object(stages.collect::<Map<_, _>>()),
            "before": before.costs,
            "after": after.costs,
            "added": after.costs.total - before.costs.total,
        },
    })
}
