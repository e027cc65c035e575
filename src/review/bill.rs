//! What a bill would be at other rates, with all that is bought kept as it is.

use crate::planning::plan::{Costs, Movement, Placement, Plan, PlannedStage, RateCited, Stored};
use crate::planning::rates::Rates;
use crate::review::document::Reason;
use crate::units::{Money, Quantity, Rate};

/// Where the other rates are from.
pub(super) enum Tariff<'a> {
    /// Catalogs; they know rates of what isn't chosen any more as well. The plan is that whose bill
    /// it is.
    Catalogs(&'a Rates<'a>, &'a Plan),
    /// The lines of the other plan, where it has bought the same.
    Lines,
}

/// A stage's bill at other rates, and which rates those are.
pub(super) struct Repriced {
    pub(super) costs: Costs,
    pub(super) reasons: Vec<Reason>,
}

/// The bill of `stage` at the rates of `tariff`. What has no rate there stays as it was. `other` is
/// the stage in a plan that was made with those rates: where it buys as much of the same, its line is
/// taken, so that roundings are the same too.
pub(super) fn repriced(
    stage: &PlannedStage,
    other: Option<&PlannedStage>,
    tariff: &Tariff<'_>,
) -> Repriced {
    let at = At {
        stage,
        other,
        tariff,
    };
    let mut reasons = Vec::new();
    let (compute, waiting, covered) = at.nodes(&mut reasons);
    let movements = stage.movements.iter();
    let movement = movements.map(|line| at.movement(line, &mut reasons)).sum();
    let storage = stage.storage.iter();
    let storage = storage.map(|line| at.storage(line, &mut reasons)).sum();
    let costs = Costs {
        compute,
        waiting,
        movement,
        storage,
        covered,
        ..stage.costs
    };
    Repriced {
        costs: costs.totalled(),
        reasons,
    }
}

/// Whether two stages run on the same offering, however much of it.
pub(super) fn same_offering(a: &Placement, b: &Placement) -> bool {
    let of = |p: &Placement| {
        (
            p.location.clone(),
            p.zone.clone(),
            p.instance_type.clone(),
            p.capacity_type,
        )
    };
    of(a) == of(b)
}

struct At<'a> {
    stage: &'a PlannedStage,
    other: Option<&'a PlannedStage>,
    tariff: &'a Tariff<'a>,
}

impl At<'_> {
    /// The other plan's stage where it has the same nodes for as long.
    fn same_nodes(&self) -> Option<&PlannedStage> {
        let stage = self.stage;
        self.other.filter(|other| {
            other.placement == stage.placement
                && other.usage.node_hours == stage.usage.node_hours
                && other.nodes_of == stage.nodes_of
        })
    }

    fn same_offering(&self) -> Option<&PlannedStage> {
        self.other
            .filter(|other| same_offering(&other.placement, &self.stage.placement))
    }

    /// Compute, waiting and what commitments cover.
    fn nodes(&self, reasons: &mut Vec<Reason>) -> (Money, Money, Money) {
        let Costs {
            compute,
            waiting,
            covered,
            ..
        } = self.stage.costs;
        let new = match self.tariff {
            Tariff::Catalogs(rates, _) => rates.node_hour(&self.stage.placement),
            Tariff::Lines => self.same_offering().map(|other| other.rate.clone()),
        };
        let old = &self.stage.rate;
        let Some(new) = new.filter(|new| new.usd != old.usd) else {
            return (compute, waiting, covered);
        };
        let same = self.same_nodes().filter(|other| other.rate.usd == new.usd);
        let hours = Quantity::from(self.stage.usage.node_hours);
        let scaled = |cost: Money| scaled(cost, old.usd, new.usd, hours);
        let moved = self.stage.movements.iter();
        let waited = moved.map(|line| {
            let twin = same.and_then(|other| twin(other, line));
            match twin.filter(|twin| twin.wait == line.wait) {
                Some(twin) => twin.wait_cost,
                None if line.wait_cost == Money::ZERO => Money::ZERO,
                None => scaled(line.wait_cost),
            }
        });
        let waited = waited.sum();
        let paid = same.map_or_else(|| scaled(compute), |other| other.costs.compute);
        // Without the other plan's word, the same share of the hours is taken to be covered.
        let share = |covered: Money| {
            let whole = compute.micro_usd().unsigned_abs().max(1);
            covered.portion(paid.micro_usd().unsigned_abs(), whole)
        };
        let cover = same.map_or_else(|| share(covered), |other| other.costs.covered);
        if paid != compute || waited != waiting {
            let placement = &self.stage.placement;
            let place = match &placement.zone {
                Some(zone) => format!("{} {zone}", placement.location),
                None => placement.location.to_string(),
            };
            let what = format!(
                "{place} {} {}",
                placement.instance_type, placement.capacity_type
            );
            reasons.push(rate(what, old, new));
        }
        (paid, waited, cover)
    }

    fn movement(&self, line: &Movement, reasons: &mut Vec<Reason>) -> Money {
        let twin = self.same_offering().and_then(|other| twin(other, line));
        let new = match self.tariff {
            Tariff::Catalogs(rates, plan) => rates.movement(self.stage, line, plan),
            Tariff::Lines => twin.map(|twin| twin.rate.clone()),
        };
        let Some(new) = new.filter(|new| new.usd != line.rate.usd) else {
            return line.cost;
        };
        let quantity = Quantity::gigabytes(line.amount).times(Quantity::from(line.times_per_month));
        let cost = Money::charge(new.usd, quantity);
        if cost != line.cost {
            let to = &self.stage.placement.location;
            let what = format!("moving {} from {} to {to}", line.name, line.from);
            reasons.push(rate(what, &line.rate, new));
        }
        cost
    }

    fn storage(&self, line: &Stored, reasons: &mut Vec<Reason>) -> Money {
        let at = &self.stage.placement.location;
        let other = self.other.filter(|other| other.placement.location == *at);
        let twin = other.and_then(|other| other.storage.iter().find(|s| s.output == line.output));
        let new = match self.tariff {
            Tariff::Catalogs(rates, _) => rates.storage(at),
            Tariff::Lines => twin.and_then(|twin| twin.rate.clone()),
        };
        let (Some(old), Some(new)) = (&line.rate, new) else {
            return line.cost;
        };
        if new.usd == old.usd {
            return line.cost;
        }
        let same = twin.filter(|twin| twin.size == line.size && twin.copies == line.copies);
        let quantity = Quantity::gigabytes(line.size).times(Quantity::from(line.copies));
        let cost = same.map_or_else(
            || scaled(line.cost, old.usd, new.usd, quantity),
            |twin| twin.cost,
        );
        if cost != line.cost {
            reasons.push(rate(format!("keeping {} in {at}", line.output), old, new));
        }
        cost
    }
}

/// The same read of another plan: of the same data, from the same place.
fn twin<'p>(other: &'p PlannedStage, line: &Movement) -> Option<&'p Movement> {
    let mut movements = other.movements.iter();
    movements.find(|m| m.name == line.name && m.source == line.source && m.from == line.from)
}

/// A cost at another rate. Plans print quantities cut to millionths, so a known cost is scaled; only
/// what was free is charged by the printed quantity.
fn scaled(cost: Money, old: Rate, new: Rate, quantity: Quantity) -> Money {
    if old == Rate::ZERO {
        return Money::charge(new, quantity);
    }
    cost.portion(new.pico_usd().into(), old.pico_usd().into())
}

fn rate(what: String, before: &RateCited, after: RateCited) -> Reason {
    Reason::Rate {
        what,
        before: before.clone(),
        after,
    }
}
