//! What less time costs: the plans that nothing beats in both.
//!
//! ```text
//! One pass   USD/month
//! 44h12m      1,984.71
//! 20h3m       2,611.02  train on 1 × a2-megagpu-16g (16 × A100-40-SXM4)
//! ```

use serde_json::{Value, json};

use super::{FORMAT_VERSION, place, rough, runs_on};
use crate::planning::plan::Proof;
use crate::planning::{ParetoFront, ParetoPoint};
use crate::render::style::{Palette, paint};
use crate::render::table::{Column, Table};

/// Renders the front for a terminal.
#[must_use]
pub fn pareto(front: &ParetoFront, width: usize, palette: &Palette) -> String {
    let title = "Plans that nothing beats in both cost and time";
    let mut out = format!("{}\n\n", paint(palette.strong, title));
    let mut table = Table::new([
        Column::right("One pass"),
        Column::right("USD/month"),
        Column::left("What changes").wrapping(),
    ]);
    for (i, point) in front.points.iter().enumerate() {
        let before = i.checked_sub(1).map(|before| &front.points[before]);
        let mut figures = [
            rough(point.pass),
            format!("{}{}", point.cost.cents(), proven(point)),
        ];
        for change in changes(point, before) {
            let [pass, cost] = std::mem::take(&mut figures);
            table.row([pass, cost, change]);
        }
    }
    out.push_str(&table.render(width, palette));
    out.push_str(
        "\nEach is at least 1 % faster than the one before, at the least cost for that.\n",
    );
    if front
        .points
        .iter()
        .any(|point| point.proof != Proof::Optimal)
    {
        out.push_str("* the best that was found in time\n");
    }
    if front.cut_off {
        out.push_str("There are faster ones; see them with `--deadline`.\n");
    }
    out
}

fn proven(point: &ParetoPoint) -> &'static str {
    if point.proof == Proof::Optimal {
        ""
    } else {
        "*"
    }
}

/// What runs elsewhere than in the plan before; all of it in the first.
fn changes(point: &ParetoPoint, before: Option<&ParetoPoint>) -> Vec<String> {
    let moved = point
        .placements
        .iter()
        .enumerate()
        .filter(|(i, placed)| before.is_none_or(|before| before.placements[*i] != **placed));
    moved
        .map(|(_, (stage, placement))| {
            format!("{stage} on {} in {}", runs_on(placement), place(placement))
        })
        .collect()
}

/// The front as JSON.
#[must_use]
pub fn pareto_json(front: &ParetoFront) -> Value {
    let point = |point: &ParetoPoint| {
        let placements = point.placements.iter();
        let placements = placements.map(|(stage, placement)| (stage.clone(), json!(placement)));
        json!({
            "pass": point.pass,
            "cost": point.cost,
            "proof": point.proof,
            "placement": Value::Object(placements.collect()),
        })
    };
    json!({
        "format_version": FORMAT_VERSION,
        "pareto": front.points.iter().map(point).collect::<Vec<_>>(),
        "cut_off": front.cut_off,
    })
}
