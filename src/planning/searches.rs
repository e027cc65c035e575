//! What passes over the offerings found, remembered: stages that ask for the same are searched once,
//! within a project and over projects that are planned one after the other, as the two sides of a
//! review and all specs of a repository are.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::candidates::Market;
use super::matters::Matters;
use super::search::Found;
use crate::model::{Project, Stage};

/// Most searches that are remembered; one takes some hundred kilobytes.
const MOST: usize = 128;

/// The searches of several plans, for [`plan_with`](super::plan_with). Cheap to clone; clones share
/// what they know.
#[derive(Debug, Clone, Default)]
pub struct Searches<'a>(Rc<RefCell<BTreeMap<Asked, Rc<Found<'a>>>>>);

/// What a search depends on.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    stage: String,
    /// Which of its lists of GPUs.
    pass: usize,
    matters: Matters,
    project: Rc<str>,
    /// Where the catalogs are in memory, where they stay as long as anything is remembered.
    catalog: usize,
}

impl<'a> Searches<'a> {
    /// What was found before for the same, or else what `search` finds.
    pub(crate) fn get(&self, asked: Asked, search: impl FnOnce() -> Found<'a>) -> Rc<Found<'a>> {
        if let Some(found) = self.0.borrow().get(&asked) {
            return Rc::clone(found);
        }
        let found = Rc::new(search());
        let mut known = self.0.borrow_mut();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(asked, Rc::clone(&found));
        found
    }
}

impl Asked {
    pub(crate) fn new(
        stage: &Stage,
        pass: usize,
        matters: Matters,
        project: &Rc<str>,
        market: &Market<'_, '_>,
    ) -> Self {
        let asked = (
            stage.kind,
            &stage.requirements,
            &stage.pin,
            &stage.demand,
            &stage.interruption,
            &stage.serving,
            &stage.model,
            &stage.training,
        );
        Self {
            stage: serde_json::to_string(&asked).unwrap_or_default(),
            pass,
            matters,
            project: Rc::clone(project),
            catalog: std::ptr::from_ref(market.catalog).addr(),
        }
    }
}

/// The parts of a project that decide which offerings its stages may use and at what cost, whatever
/// the stages are. All fields are named, so that a new one is thought of here.
pub(crate) fn surroundings(project: &Project) -> Rc<str> {
    let Project {
        providers,
        clusters,
        models,
        quotas,
        commitments,
        name: _,
        team: _,
        owner: _,
        deadline: _,
        labels: _,
        state: _,
        datasets: _,
        stages: _,
        affinities: _,
        anti_affinities: _,
        budgets: _,
        policies: _,
        waivers: _,
        outputs: _,
        origin: _,
    } = project;
    let decisive = (providers, clusters, models, quotas, commitments);
    serde_json::to_string(&decisive).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded() {
        let searches = Searches::default();
        let project: Rc<str> = "".into();
        for n in 0..=MOST {
            let asked = Asked {
                stage: n.to_string(),
                pass: 0,
                matters: Matters::default(),
                project: Rc::clone(&project),
                catalog: 0,
            };
            drop(searches.get(asked, Found::default));
            assert!(searches.0.borrow().len() <= MOST);
        }
        assert_eq!(searches.0.borrow().len(), 1);
    }
}
