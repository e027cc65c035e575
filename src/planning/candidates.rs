//! Which offerings a stage could run on, at what cost by place, and why the others can't.
//!
//! Of all offerings that a stage could use at one place, only the cheapest can be part of an
//! optimum, since data cost depends on the place alone. Beside it are kept those that draw less on
//! limited capacity, draw on commitments, wait for data at a lower cost, or end sooner where that
//! matters: the optimum may need them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::bill::DataHere;
use super::candidate::{Candidate, Offered};
use super::commitments::Commitments;
use super::funnel::Counts;
use super::limits::Limits;
use super::matters::Matters;
use super::rivals::{self, Rivalry};
use super::search::{Found, Search};
use super::searches::{self, Asked, Searches};
use super::sites::{Locus, SiteIndex, Sites};
use super::sizing::sum;
use super::step::Step;
use crate::catalog::Catalog;
use crate::model::{CapacityType, GpuChoice, Project, Stage};
use crate::units::Duration;

/// The candidates of one stage.
#[derive(Debug, Clone)]
pub(crate) struct StageCandidates<'a> {
    /// Those that may be part of an optimum, in order of place and cost.
    pub(crate) kept: Vec<Candidate<'a>>,
    /// The cheapest few of each site, on spot and not, which the stage may fall back on.
    pub(crate) nearby: Nearby<'a>,
    pub(crate) counts: Counts,
    /// Whether the preferred GPUs could not be had and the others were taken.
    pub(crate) escalated: bool,
}

/// The cheapest few offerings of each site. There are many and few are looked at, so what a stage's
/// data costs there is added when one is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Nearby<'a> {
    found: Option<Rc<Found<'a>>>,
    data: Known,
    deadline: Option<Duration>,
}

impl<'a> Nearby<'a> {
    /// Those that the stage's data can be brought to, at what they cost with it.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = Candidate<'a>> {
        let all = self.found.iter().flat_map(|found| &found.nearby);
        all.filter_map(|candidate| {
            let here = self.data.get(&candidate.locus)?.as_ref()?;
            placed(candidate, here, self.deadline)
        })
    }
}

/// What a stage's own data asks of places; `None` where its cost isn't known.
type Known = BTreeMap<Locus, Option<DataHere>>;

/// Which offerings are looked at, beside what a stage requires: by place, machine and how it is
/// bought.
pub(crate) type Allowed<'m> = &'m dyn Fn(SiteIndex, &Offered<'_>, CapacityType) -> bool;

/// What finding candidates needs to know besides the stage.
pub(crate) struct Market<'m, 'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) project: &'a Project,
    pub(crate) sites: &'m Sites<'a>,
    pub(crate) limits: &'m Limits<'a>,
    pub(crate) commitments: &'m Commitments<'a>,
    /// All offerings when there is none.
    pub(crate) allowed: Option<Allowed<'m>>,
}

/// What finding candidates needs to know of a stage's data and company.
pub(crate) struct Surroundings<'s> {
    /// What the stage's own data asks of a place; `None` where its cost isn't known.
    pub(crate) data: &'s dyn Fn(Locus) -> Option<DataHere>,
    /// Most time that data of other stages can take to come to a place.
    pub(crate) most_wait: &'s dyn Fn(Locus) -> Duration,
    pub(crate) matters: Matters,
}

/// Finds candidates, and remembers what it found.
pub(crate) struct Finder<'m, 'a> {
    market: Market<'m, 'a>,
    surroundings: Rc<str>,
    searches: Searches<'a>,
}

impl<'m, 'a> Finder<'m, 'a> {
    /// `searches` may come from other projects, but only from markets that allow the same.
    pub(crate) fn new(market: Market<'m, 'a>, searches: Searches<'a>) -> Self {
        Self {
            surroundings: searches::surroundings(market.project),
            market,
            searches,
        }
    }

    /// Finds the candidates of a stage.
    pub(crate) fn find(&self, stage: &'a Stage, around: &Surroundings<'_>) -> StageCandidates<'a> {
        let (first, second) = gpu_lists(stage);
        let found = self.pass(stage, first, 0, around.matters);
        let candidates = found.at(stage, around);
        match second {
            Some(names) if candidates.kept.is_empty() => {
                let found = self.pass(stage, Some(names), 1, around.matters);
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
        &self,
        stage: &'a Stage,
        names: Option<&[String]>,
        pass: usize,
        matters: Matters,
    ) -> Rc<Found<'a>> {
        let asked = Asked::new(stage, pass, matters, &self.surroundings, &self.market);
        let search = || Search::new(stage, &self.market, names, matters).run();
        self.searches.get(asked, search)
    }
}

/// The GPUs that a stage takes, and those that it takes where none of the first can be had; any GPU
/// will do where there are no first ones.
pub(crate) fn gpu_lists(stage: &Stage) -> (Option<&[String]>, Option<&[String]>) {
    match stage.requirements.gpu.as_ref().map(|gpu| &gpu.value.choice) {
        None | Some(GpuChoice::Any) => (None, None),
        Some(GpuChoice::AnyOf(names)) => (Some(&names.value), None),
        Some(GpuChoice::Prefer {
            preferred,
            otherwise,
        }) => (
            Some(&preferred.value),
            otherwise.as_ref().map(|names| names.value.as_slice()),
        ),
    }
}

impl<'a> Found<'a> {
    /// The candidates with what a stage's data costs at their places.
    fn at(self: &Rc<Self>, stage: &Stage, around: &Surroundings<'_>) -> StageCandidates<'a> {
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
        let best = self.best.iter().filter_map(|candidate| {
            let here = data.of(candidate.locus)?;
            placed(candidate, &here, data.deadline)
        });
        let rivalry = Rivalry {
            most_wait: around.most_wait,
            matters: around.matters,
        };
        StageCandidates {
            kept: rivals::undominated(best, &rivalry),
            nearby: Nearby {
                deadline: data.deadline,
                data: data.of_all(&self.nearby),
                found: Some(Rc::clone(self)),
            },
            counts,
            escalated: false,
        }
    }
}

/// What a stage's own data asks of places, each looked up once.
pub(crate) struct Data<'s> {
    around: &'s Surroundings<'s>,
    deadline: Option<Duration>,
    known: std::cell::RefCell<Known>,
}

impl<'s> Data<'s> {
    pub(crate) fn new(stage: &Stage, around: &'s Surroundings<'s>) -> Self {
        Self {
            around,
            deadline: stage.deadline(),
            known: std::cell::RefCell::default(),
        }
    }

    pub(crate) fn of(&self, locus: Locus) -> Option<DataHere> {
        let mut known = self.known.borrow_mut();
        known
            .entry(locus)
            .or_insert_with(|| (self.around.data)(locus))
            .clone()
    }

    /// Whether a run that also waits for its datasets ends after its deadline.
    pub(crate) fn too_late(&self, duration: Duration, wait: Duration) -> bool {
        too_late(self.deadline, duration, wait)
    }

    /// What is known of the places of these candidates.
    fn of_all(self, candidates: &[Candidate<'_>]) -> Known {
        for candidate in candidates {
            self.of(candidate.locus);
        }
        self.known.into_inner()
    }
}

/// Whether a run that also waits for its datasets ends after its deadline. One that waits for nothing
/// was judged when it was sized.
fn too_late(deadline: Option<Duration>, duration: Duration, wait: Duration) -> bool {
    deadline.is_some_and(|deadline| wait > Duration::ZERO && sum(duration, wait) > deadline)
}

/// A candidate with what its data costs there; `None` when that comes too late.
pub(crate) fn placed<'a>(
    candidate: &Candidate<'a>,
    here: &DataHere,
    deadline: Option<Duration>,
) -> Option<Candidate<'a>> {
    let wait = here.wait();
    if too_late(deadline, candidate.sizing.duration, wait) {
        return None;
    }
    Some(Candidate {
        cost: candidate.compute + here.cost + here.waiting(candidate.waiting_hour),
        dataset_wait: wait,
        ..candidate.clone()
    })
}
