//! What else than cost decides between two offerings at one place: only what matters to a stage is
//! told apart, so that few offerings are kept.

use std::collections::BTreeSet;

use super::graph;
use crate::model::{Demand, Domain, Project, Source, Stage};

/// What else than cost decides between two offerings at one place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Matters {
    /// The stage waits for data: what an hour of its nodes costs.
    pub(crate) waiting: bool,
    /// Something depends on when a run ends.
    pub(crate) time: bool,
    /// Data or company are told by zone.
    pub(crate) zone: bool,
}

impl Matters {
    /// Cost alone decides, or nothing is decided at all.
    pub(crate) const NOTHING: Self = Self {
        waiting: false,
        time: false,
        zone: false,
    };

    /// What matters to each stage of a project; `timed` when something depends on how long a whole
    /// pass takes.
    pub(crate) fn of_all(project: &Project, order: &[&Stage], timed: bool) -> Vec<Self> {
        let apart = project.anti_affinities.values();
        let apart = apart
            .filter(|rule| rule.different == Domain::Zone)
            .flat_map(|rule| &rule.stages.value);
        let together = project.affinities.values();
        let together = together
            .filter(|rule| rule.same == Domain::Zone)
            .flat_map(|rule| &rule.stages.value);
        let by_zone: BTreeSet<&String> = apart.chain(together).collect();
        let of = |stage: &&Stage| Self {
            waiting: stage.reads.values().any(|read| graph::waits(stage, read)),
            time: timed || Self::ends(stage),
            zone: by_zone.contains(&stage.name) || zonal_data(stage, project),
        };
        order.iter().map(of).collect()
    }

    /// What matters to either of two stages.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            waiting: self.waiting || other.waiting,
            time: self.time || other.time,
            zone: self.zone || other.zone,
        }
    }

    /// Whether a stage has a deadline that waiting for data could break.
    fn ends(stage: &Stage) -> bool {
        let waits = stage.reads.values().any(|read| graph::waits(stage, read));
        matches!(&stage.demand, Demand::Runs(runs) if runs.deadline.is_some()) && waits
    }
}

/// Whether a stage reads or makes data that is kept on the disks of a zone.
fn zonal_data(stage: &Stage, project: &Project) -> bool {
    let makes = stage.outputs.values().any(|o| o.scope == Domain::Zone);
    let reads = stage.reads.values().any(|read| match &read.source {
        Source::Dataset(name) => project.datasets[name].zone.is_some(),
        Source::Output { stage, output } => {
            let output = project
                .stages
                .get(stage)
                .and_then(|s| s.outputs.get(output));
            output.is_some_and(|o| o.scope == Domain::Zone)
        }
    });
    makes || reads
}
