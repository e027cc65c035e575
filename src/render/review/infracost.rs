//! A review in the form of Infracost's JSON "0.2", for dashboards and policies that read it.
//!
//! A spec is a project, a stage is a resource, and each line of its bill a component. Amounts are
//! decimal text. What isn't known is null and counted in `noPriceResourceCounts`, never zero. What
//! commitments cover has no place in the form, and is a component with a cost below zero.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::planning::plan::{Plan, PlannedStage};
use crate::render::plan::rides_with;
use crate::review::{Made, Review, Side, SpecReview};
use crate::units::{Millionths, Money, Quantity, Rate};

/// The version of Infracost's form that this is.
const VERSION: &str = "0.2";

/// Hours of a month, as Infracost and the plan have it.
const MONTH: u64 = 730;

/// Renders a review.
#[must_use]
pub fn infracost(review: &Review) -> Value {
    let sum = |of: fn(&SpecReview) -> Option<Money>| -> Option<Money> {
        review.specs.iter().map(of).sum()
    };
    let past = sum(|spec| total(&spec.base));
    let now = sum(|spec| total(&spec.head));
    let difference = past.zip(now).map(|(past, now)| now - past);
    json!({
        "version": VERSION,
        "currency": "USD",
        "metadata": {
            "infracostCommand": "diff",
            "vcsBranch": review.specs.first().map_or("", |spec| &spec.head.label),
            "vcsCommitSha": review.specs.first().and_then(|spec| spec.head.commit.as_ref()),
        },
        "projects": review.specs.iter().map(project).collect::<Vec<_>>(),
        "totalHourlyCost": now.map(hourly),
        "totalMonthlyCost": now,
        "pastTotalHourlyCost": past.map(hourly),
        "pastTotalMonthlyCost": past,
        "diffTotalHourlyCost": difference.map(hourly),
        "diffTotalMonthlyCost": difference,
        "timeGenerated": review.valid_at,
        "summary": summary(review.specs.iter().filter_map(|spec| spec.head.plan())),
    })
}

fn total(side: &Side) -> Option<Money> {
    side.costs().map(|costs| costs.total)
}

/// What a month's cost is per hour, rounded down.
fn hourly(cost: Money) -> Money {
    cost.portion(1, MONTH.into())
}

fn project(spec: &SpecReview) -> Value {
    let past = spec.base.plan().map(breakdown);
    let now = spec.head.plan().map(breakdown);
    json!({
        "name": spec.spec,
        "displayName": spec.project,
        "metadata": {
            "path": spec.spec,
            "type": "mlinfra",
            "vcsSubPath": spec.spec,
            "errors": errors(spec),
        },
        "pastBreakdown": past.unwrap_or_else(|| empty(&spec.base)),
        "breakdown": now.unwrap_or_else(|| empty(&spec.head)),
        "diff": difference(spec),
        "summary": summary(spec.head.plan()),
    })
}

/// Why a side isn't there although its spec is.
fn errors(spec: &SpecReview) -> Vec<Value> {
    let sides = [&spec.base, &spec.head].into_iter();
    let refused = sides.filter_map(|side| match &side.made {
        Made::Refused { why } => Some(json!({
            "message": format!("{} can't be planned: {}", side.label, why.join("; ")),
        })),
        Made::Planned { .. } | Made::Absent => None,
    });
    refused.collect()
}

/// A side without a plan: nothing where there is no spec, null where its cost isn't known.
fn empty(side: &Side) -> Value {
    json!({
        "resources": [],
        "totalHourlyCost": total(side).map(hourly),
        "totalMonthlyCost": total(side),
    })
}

fn breakdown(plan: &Plan) -> Value {
    json!({
        "resources": plan.stages.iter().map(planned).collect::<Vec<_>>(),
        "totalHourlyCost": hourly(plan.costs.total),
        "totalMonthlyCost": plan.costs.total,
    })
}

fn planned(stage: &PlannedStage) -> Value {
    let lines = lines(stage);
    let lines = lines.iter().map(|(name, line)| line.json(name)).collect();
    resource(stage, stage.costs.total, lines)
}

fn resource(stage: &PlannedStage, cost: Money, lines: Vec<Value>) -> Value {
    json!({
        "name": format!("stage.{}", stage.name),
        "resourceType": resource_type(stage),
        "metadata": metadata(stage),
        "hourlyCost": hourly(cost),
        "monthlyCost": cost,
        "costComponents": lines,
    })
}

fn resource_type(stage: &PlannedStage) -> String {
    format!("mlinfra_{}", stage.kind.as_str().replace('-', "_"))
}

fn metadata(stage: &PlannedStage) -> Value {
    let placement = &stage.placement;
    json!({
        "provider": placement.location.provider,
        "region": placement.location.region,
        "zone": placement.zone,
        "instanceType": placement.instance_type,
        "purchaseOption": placement.capacity_type,
        "nodes": placement.nodes,
        "gpu": placement.gpu,
        "estimated": stage.costs.estimated,
    })
}

/// A line of a bill, or the difference of two.
#[derive(Debug, Default)]
struct Line {
    unit: &'static str,
    /// Millionths of units per month; `None` where a plan doesn't count them.
    quantity: Option<i128>,
    /// Pico-USD per unit; `None` where nobody says, or it isn't sold by units.
    price: Option<i128>,
    /// Per month; `None` where the price isn't known.
    cost: Option<Money>,
}

impl Line {
    fn json(&self, name: &str) -> Value {
        let quantity = |millionths: i128| {
            let text =
                Millionths::new(u64::try_from(millionths.unsigned_abs()).unwrap_or(u64::MAX));
            signed(millionths, &text.to_string())
        };
        let price = |pico: i128| {
            let rate = Rate::from_pico_usd(u64::try_from(pico.unsigned_abs()).unwrap_or(u64::MAX));
            signed(pico, &rate.to_string())
        };
        json!({
            "name": name,
            "unit": self.unit,
            "hourlyQuantity": self.quantity.map(|q| quantity(q / i128::from(MONTH))),
            "monthlyQuantity": self.quantity.map(quantity),
            "price": self.price.map(price),
            "hourlyCost": self.cost.map(hourly),
            "monthlyCost": self.cost,
        })
    }

    /// This line less an earlier one; what isn't known on either side stays unknown.
    fn less(&self, earlier: &Self) -> Self {
        let less = |now: Option<i128>, past: Option<i128>| Some(now? - past?);
        Self {
            unit: if self.unit.is_empty() {
                earlier.unit
            } else {
                self.unit
            },
            quantity: less(self.quantity, earlier.quantity),
            price: less(self.price, earlier.price),
            cost: self.cost.zip(earlier.cost).map(|(now, past)| now - past),
        }
    }

    /// What stands for a line that a side doesn't have.
    fn nothing() -> Self {
        Self {
            unit: "",
            quantity: Some(0),
            price: Some(0),
            cost: Some(Money::ZERO),
        }
    }
}

fn signed(value: i128, magnitude: &str) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{magnitude}")
}

/// The lines of a stage's bill by name. Where all are known they add up to it.
fn lines(stage: &PlannedStage) -> BTreeMap<String, Line> {
    let mut lines = BTreeMap::new();
    if rides_with(stage).is_none() || stage.costs.compute != Money::ZERO {
        let placement = &stage.placement;
        let (how, what) = (placement.capacity_type, &placement.instance_type);
        let name = format!("Instance usage ({how}, {what})");
        let hours = stage.usage.node_hours;
        lines.insert(
            name,
            line("hours", hours, Some(stage.rate.usd), stage.costs.compute),
        );
    }
    for moved in &stage.movements {
        let times = Quantity::from(moved.times_per_month);
        let quantity = Quantity::gigabytes(moved.amount).times(times).millionths();
        let name = format!("Data transfer ({} from {})", moved.name, moved.from);
        lines.insert(name, line("GB", quantity, Some(moved.rate.usd), moved.cost));
    }
    for stored in &stage.storage {
        let copies = Quantity::from(stored.copies);
        let quantity = Quantity::gigabytes(stored.size).times(copies).millionths();
        let rate = stored.rate.as_ref().map(|rate| rate.usd);
        let kept = line("GB-months", quantity, rate, stored.cost);
        lines.insert(format!("Storage ({})", stored.output), kept);
    }
    for (name, cost) in [
        ("Waiting for data", stage.costs.waiting),
        ("Covered by commitments", -stage.costs.covered),
    ] {
        if cost != Money::ZERO {
            let whole = Line {
                unit: "months",
                quantity: Some(1_000_000),
                price: None,
                cost: Some(cost),
            };
            lines.insert(name.to_owned(), whole);
        }
    }
    lines
}

fn line(unit: &'static str, quantity: Millionths, price: Option<Rate>, cost: Money) -> Line {
    Line {
        unit,
        quantity: Some(quantity.get().into()),
        price: price.map(|rate| rate.pico_usd().into()),
        cost: price.map(|_| cost),
    }
}

/// The stages whose bills differ, each with the lines that do.
fn difference(spec: &SpecReview) -> Value {
    let (past, now) = (total(&spec.base), total(&spec.head));
    let whole = past.zip(now).map(|(past, now)| now - past);
    let stages = spec.stages.iter().filter_map(|stage| {
        let difference = stage.difference?.total();
        let sides = [&spec.base, &spec.head].map(|side| side.stage(&stage.name));
        let either = sides[1].or(sides[0])?;
        let [past, now] = sides.map(|side| side.map(lines).unwrap_or_default());
        let components = components(&past, &now);
        (!components.is_empty()).then(|| resource(either, difference.total, components))
    });
    json!({
        "resources": stages.collect::<Vec<_>>(),
        "totalHourlyCost": whole.map(hourly),
        "totalMonthlyCost": whole,
    })
}

fn components(past: &BTreeMap<String, Line>, now: &BTreeMap<String, Line>) -> Vec<Value> {
    let nothing = Line::nothing();
    let names: BTreeSet<&String> = past.keys().chain(now.keys()).collect();
    let lines = names.into_iter().filter_map(|name| {
        let (past, now) = (past.get(name), now.get(name));
        let line = now.unwrap_or(&nothing).less(past.unwrap_or(&nothing));
        let same =
            (line.quantity, line.price.unwrap_or(0), line.cost) == (Some(0), 0, Some(Money::ZERO));
        (!same).then(|| line.json(name))
    });
    lines.collect()
}

/// How many stages there are, and how many have a part that nobody prices.
fn summary<'p>(plans: impl IntoIterator<Item = &'p Plan>) -> Value {
    let mut stages = 0u64;
    let mut unpriced: BTreeMap<String, u64> = BTreeMap::new();
    for stage in plans.into_iter().flat_map(|plan| &plan.stages) {
        stages += 1;
        if lines(stage).values().any(|line| line.cost.is_none()) {
            *unpriced.entry(resource_type(stage)).or_default() += 1;
        }
    }
    json!({
        "totalDetectedResources": stages,
        "totalSupportedResources": stages,
        "totalUnsupportedResources": 0,
        "totalUsageBasedResources": stages,
        "totalNoPriceResources": unpriced.values().sum::<u64>(),
        "unsupportedResourceCounts": {},
        "noPriceResourceCounts": unpriced,
    })
}
