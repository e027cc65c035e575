//! Which offerings a stage could run on, at what cost by place, and why the others can't.
//!
//! Of all offerings that a stage could use at one place, only the cheapest can be part of an
//! optimum, since data cost depends on the place alone. Beside it are kept those that draw less on
//! limited capacity, draw on commitments, wait for data at a lower cost, or end sooner where that
//! matters: the optimum may need them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::bill::DataHere;
use super::candidate::Candidate;
use super::commitments::Commitments;
use super::funnel::Counts;
use super::limits::Limits;
use super::rivals::{self, Rivalry};
use super::search::{Found, Matters, Search};
use super::sites::{Locus, Sites};
use super::sizing::sum;
use super::step::Step;
use crate::catalog::Catalog;
use crate::model::{Demand, GpuChoice, Project, Stage};
use crate::units::Duration;

/// The candidates of one stage.
#[derive(Debug)]
pub(crate) struct StageCandidates<'a> {
    /// Those that may be part of an optimum, in order of place and cost.
    pub(crate) kept: Vec<Candidate<'a>>,
    /// The cheapest few of each site, which the stage may fall back on; in order of site and cost.
    pub(crate) nearby: Vec<Candidate<'a>>,
    pub(crate) counts: Counts,
    /// Whether the preferred GPUs could not be had and the others were taken.
    pub(crate) escalated: bool,
}

/// What finding candidates needs to know besides the stage.
pub(crate) struct Market<'m, 'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) project: &'a Project,
    pub(crate) sites: &'m Sites<'a>,
    pub(crate) limits: &'m Limits<'a>,
    pub(crate) commitments: &'m Commitments<'a>,
}

/// What finding candidates needs to know of a stage's data and company.
pub(crate) struct Surroundings<'s> {
    /// What the stage's own data asks of a place; `None` where its cost isn't known.
    pub(crate) data: &'s dyn Fn(Locus) -> Option<DataHere>,
    /// Most time that data of other stages can take to come to a place.
    pub(crate) most_wait: &'s dyn Fn(Locus) -> Duration,
    pub(crate) matters: Matters,
}

/// Finds candidates, and remembers what it found: stages that ask for the same are searched once.
pub(crate) struct Finder<'m, 'a> {
    market: Market<'m, 'a>,
    found: BTreeMap<(String, usize, Matters), Rc<Found<'a>>>,
}

impl<'m, 'a> Finder<'m, 'a> {
    pub(crate) const fn new(market: Market<'m, 'a>) -> Self {
        Self {
            market,
            found: BTreeMap::new(),
        }
    }

    /// Finds the candidates of a stage.
    pub(crate) fn find(
        &mut self,
        stage: &'a Stage,
        around: &Surroundings<'_>,
    ) -> StageCandidates<'a> {
        let choice = stage.requirements.gpu.as_ref().map(|gpu| &gpu.value.choice);
        let (first, second) = match choice {
            None | Some(GpuChoice::Any) => (None, None),
            Some(GpuChoice::AnyOf(names)) => (Some(names), None),
            Some(GpuChoice::Prefer {
                preferred,
                otherwise,
            }) => (Some(preferred), otherwise.as_ref()),
        };
        let names = first.map(|names| names.value.as_slice());
        let found = self.pass(stage, names, 0, around.matters);
        let candidates = found.at(stage, around);
        match second {
            Some(names) if candidates.kept.is_empty() => {
                let found = self.pass(stage, Some(&names.value), 1, around.matters);
                StageCandidates {
                    escalated: true,
                    ..found.at(stage, around)
                }
            }
            _ => candidates,
        }
    }

    /// One pass with these GPUs; any GPU when there are none.
    fn pass(
        &mut self,
        stage: &'a Stage,
        names: Option<&[String]>,
        pass: usize,
        matters: Matters,
    ) -> Rc<Found<'a>> {
        let asked = (
            stage.kind,
            &stage.requirements,
            &stage.pin,
            &stage.demand,
            &stage.interruption,
            stage.serving.as_ref().map(|serving| serving.max_batch),
        );
        let key = serde_json::to_string(&asked).unwrap_or_default();
        let key = (key, pass, matters);
        if let Some(found) = self.found.get(&key) {
            return Rc::clone(found);
        }
        let found = Rc::new(Search::new(stage, &self.market, names, matters).run());
        self.found.insert(key, Rc::clone(&found));
        found
    }
}

impl<'a> Found<'a> {
    /// The candidates with what a stage's data costs at their places.
    fn at(&self, stage: &Stage, around: &Surroundings<'_>) -> StageCandidates<'a> {
        let data = Data::new(stage, around);
        let mut counts = self.counts.clone();
        for ((site, duration), offers) in &self.offers {
            // Of a zone's data only the region is counted with: the funnel is one for all zones.
            match data.of((*site).into()) {
                None => counts.remove_many(Step::DataPriced, *offers),
                Some(here) if data.too_late(*duration, here.wait()) => {
                    counts.remove_many(Step::Waiting, *offers);
                }
                Some(_) => {}
            }
        }
        let place = |list: &[Candidate<'a>]| -> Vec<Candidate<'a>> {
            list.iter()
                .filter_map(|candidate| data.placed(candidate))
                .collect()
        };
        let rivalry = Rivalry {
            most_wait: around.most_wait,
            matters: around.matters,
        };
        StageCandidates {
            kept: rivals::undominated(place(&self.best), &rivalry),
            nearby: place(&self.nearby),
            counts,
            escalated: false,
        }
    }
}

/// What a stage's own data asks of places, each looked up once.
struct Data<'s> {
    around: &'s Surroundings<'s>,
    deadline: Option<Duration>,
    known: std::cell::RefCell<BTreeMap<Locus, Option<DataHere>>>,
}

impl<'s> Data<'s> {
    fn new(stage: &Stage, around: &'s Surroundings<'s>) -> Self {
        let deadline = match &stage.demand {
            Demand::Runs(runs) => runs.deadline.as_ref().map(|deadline| deadline.value),
            Demand::AlwaysOn { .. } => None,
        };
        Self {
            around,
            deadline,
            known: std::cell::RefCell::default(),
        }
    }

    fn of(&self, locus: Locus) -> Option<DataHere> {
        let mut known = self.known.borrow_mut();
        known
            .entry(locus)
            .or_insert_with(|| (self.around.data)(locus))
            .clone()
    }

    /// Whether a run that also waits for its datasets ends after its deadline.
    fn too_late(&self, duration: Duration, wait: Duration) -> bool {
        self.deadline
            .is_some_and(|deadline| wait > Duration::ZERO && sum(duration, wait) > deadline)
    }

    fn placed<'a>(&self, candidate: &Candidate<'a>) -> Option<Candidate<'a>> {
        let here = self.of(candidate.locus)?;
        let wait = here.wait();
        if self.too_late(candidate.sizing.duration, wait) {
            return None;
        }
        Some(Candidate {
            cost: candidate.compute + here.cost + here.waiting(candidate.waiting_hour),
            dataset_wait: wait,
            ..candidate.clone()
        })
    }
}
