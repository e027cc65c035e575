//! What reads cost between all places that two stages may be at.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Planner;
use super::bill;
use super::candidate::Candidate;
use super::graph::StageRead;
use super::joint::{Joint, counted};
use super::optimise::{Cost, FORBIDDEN, Pair};
use super::sites::{Locus, Sites, transfer_time};
use crate::model::Domain;
use crate::units::{Money, Rate};

impl Joint<'_, '_, '_> {
    /// What reads cost between the places of two stages, waiting included; each with the stage that
    /// reads. Reads of as much data between the same candidates share a table: a large spec has few
    /// different ones.
    pub(super) fn flows(&self) -> Vec<(usize, Pair)> {
        let ends: Vec<End> = self.stages.iter().map(|list| End::of(list)).collect();
        let mut routes: BTreeMap<_, Routes> = BTreeMap::new();
        let mut known: BTreeMap<_, Rc<[Cost]>> = BTreeMap::new();
        let pair = |read: &StageRead<'_>| {
            let (from, to) = (&ends[read.from], &ends[read.to]);
            let way = (read.scope, Rc::clone(&from.places), Rc::clone(&to.places));
            let asked = (read.amount, read.times, read.waited_for);
            let key = (asked, way, Rc::clone(&to.hours));
            let costs = known.entry(key).or_insert_with_key(|(_, way, _)| {
                let between = || Routes::between(way, &self.planner.sites);
                let routes = routes.entry(way.clone()).or_insert_with(between);
                routes.costs(read, &to.hours)
            });
            let pair = Pair {
                a: self.variable(read.from),
                b: self.variable(read.to),
                costs: Rc::clone(costs),
            };
            (read.to, pair)
        };
        // Within a pool nothing is moved.
        let reads = self.planner.reads.iter();
        let reads = reads.filter(|read| self.variable(read.from) != self.variable(read.to));
        reads.map(pair).collect()
    }
}

/// Where a stage may be, by candidate, and what an hour of waiting costs it there.
struct End {
    places: Rc<[Locus]>,
    hours: Rc<[Money]>,
}

impl End {
    fn of(candidates: &[Candidate<'_>]) -> Self {
        Self {
            places: candidates.iter().map(|c| c.locus).collect(),
            hours: candidates.iter().map(|c| c.waiting_hour).collect(),
        }
    }
}

/// How data is kept, and the places that it comes from and goes to.
type Way = (Domain, Rc<[Locus]>, Rc<[Locus]>);

/// What is charged between places, and how fast data gets there. There are ten thousands of pairs of
/// places with a few rates, but nearly each has a speed of its own.
struct Routes {
    rates: Vec<Rate>,
    /// By place that is gone to, then by place come from; `None` where nobody says what moving costs.
    cells: Vec<Option<Route>>,
}

struct Route {
    /// By its place in `rates`.
    rate: u16,
    /// Kilobits per second; `None` where nothing is waited for.
    speed: Option<u64>,
}

impl Routes {
    fn between((scope, from, to): &Way, sites: &Sites<'_>) -> Self {
        let mut rates = Numbered::default();
        let pairs = to
            .iter()
            .flat_map(|to| from.iter().map(move |from| (*from, *to)));
        let cells = pairs.map(|(from, to)| {
            let rate = sites.movement(from, to, *scope)?.rate();
            Some(Route {
                rate: rates.number(rate),
                speed: sites.speed(from.site, to.site),
            })
        });
        let cells = cells.collect();
        Self {
            rates: rates.in_order,
            cells,
        }
    }

    /// What a read costs, by place that is read from, then by place that reads.
    fn costs(&self, read: &StageRead<'_>, hours: &[Money]) -> Rc<[Cost]> {
        let moved = |rate: &Rate| bill::movement_cost(*rate, read.amount, read.times);
        let moved: Vec<Money> = self.rates.iter().map(moved).collect();
        let mut costs = vec![FORBIDDEN; self.cells.len()];
        let rows = self.cells.len() / hours.len().max(1);
        for (column, (hour, cells)) in hours.iter().zip(self.cells.chunks(rows.max(1))).enumerate()
        {
            let column = costs[column..].iter_mut().step_by(hours.len());
            for (cost, route) in column.zip(cells) {
                let Some(Route { rate, speed }) = route else {
                    continue;
                };
                let waited = speed.filter(|_| read.waited_for);
                let waited = waited.map(|speed| hour.for_hours(transfer_time(read.amount, speed)));
                *cost = counted(moved[usize::from(*rate)] + waited.unwrap_or_default());
            }
        }
        costs.into()
    }
}

/// Different values, numbered as they come.
struct Numbered<T> {
    in_order: Vec<T>,
    last: u16,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self {
            in_order: Vec::new(),
            last: 0,
        }
    }
}

impl<T: PartialEq> Numbered<T> {
    /// There are few, and mostly the same follows.
    fn number(&mut self, value: T) -> u16 {
        if self.in_order.get(usize::from(self.last)) == Some(&value) {
            return self.last;
        }
        let known = self.in_order.iter().position(|known| *known == value);
        let at = known.unwrap_or_else(|| {
            self.in_order.push(value);
            self.in_order.len() - 1
        });
        self.last = u16::try_from(at).unwrap_or(u16::MAX);
        self.last
    }
}

impl Planner<'_> {
    /// What a read costs per month, with the waiting for it; `None` where nobody says what moving
    /// costs.
    pub(super) fn flow(
        &self,
        read: &StageRead<'_>,
        from: &Candidate<'_>,
        to: &Candidate<'_>,
    ) -> Option<Money> {
        let moved = bill::flow_cost(read, &self.sites, from.locus, to.locus)?;
        let wait = bill::flow_wait(read, &self.sites, from.locus.site, to.locus.site);
        Some(moved + to.waiting_hour.for_hours(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::diagnostics::Sources;
    use crate::planning::Options;
    use crate::spec;
    use crate::units::Duration;

    /// A cluster with a rate of its own to some regions, and data that is waited for.
    const SPEC: &str = r#"
project "p" {}
cluster "rack" {
  location = "onprem/berlin"
  transfer = { "aws/*" = "0.031" }
  throughput = { "aws/*" = 2.5 }
  node_pool "cpu" {
    nodes              = 4
    vcpus              = 32
    memory             = "128GiB"
    cost_per_node_hour = "0.7"
  }
}
stage "a" {
  kind = "data-processing"
  requirements {
    vcpus = 4
  }
  run {
    duration       = "2h"
    runs_per_month = 30
  }
  output "o" {
    size = "777GiB"
  }
}
stage "b" {
  kind = "data-processing"
  reads = {
    o = { from = stage.a.output.o }
  }
  requirements {
    vcpus = 8
  }
  run {
    duration       = "3h"
    runs_per_month = 30
  }
}
"#;

    #[test]
    fn a_table_has_what_the_read_costs_between_each_two_places() {
        let mut sources = Sources::new();
        sources.add("main.mlinfra.hcl", SPEC);
        let (project, diagnostics) = spec::load(&sources, &spec::Inputs::default());
        let project = project.unwrap_or_else(|| panic!("{diagnostics:?}"));
        let catalog = Catalog::embedded().unwrap();
        let planner = Planner::new(&project, &catalog);
        let found = planner.candidates(&Options::default());
        let stages: Vec<&[Candidate<'_>]> = found.iter().map(|c| &*c.kept).collect();
        let joint = Joint::new(&planner, &stages, &[]);
        let flows = joint.flows();
        let [(reader, pair)] = &flows[..] else {
            panic!("{} flows", flows.len());
        };
        assert_eq!((*reader, pair.a, pair.b), (1, 0, 1));
        let mut cells = pair.costs.iter();
        for from in stages[0] {
            for to in stages[1] {
                let cost = planner.flow(&planner.reads[0], from, to);
                assert_eq!(*cells.next().unwrap(), cost.map_or(FORBIDDEN, counted));
            }
        }
        assert!(cells.next().is_none());
        let waited = |(from, to): (&Candidate<'_>, &Candidate<'_>)| {
            let read = &planner.reads[0];
            bill::flow_wait(read, &planner.sites, from.locus.site, to.locus.site) > Duration::ZERO
        };
        assert!(stages[0].iter().zip(stages[1].iter().rev()).any(waited));
        assert!(
            pair.costs.contains(&FORBIDDEN),
            "the rack sends nothing to other clouds"
        );
    }
}
