//! The data graph: who reads what from whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Demand, Domain, Project, Read, Source, Stage};
use crate::units::{Bytes, Millionths};

/// A read of one stage's output by another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StageRead<'a> {
    /// Place of the producer in the order of stages.
    pub(crate) from: usize,
    /// Place of the reader.
    pub(crate) to: usize,
    /// The reader's name for it.
    pub(crate) name: &'a str,
    pub(crate) amount: Bytes,
    pub(crate) times: Millionths,
    /// Whether the data is kept for a region or on the disks of a zone.
    pub(crate) scope: Domain,
    /// Whether the reader's nodes wait for it.
    pub(crate) waited_for: bool,
}

/// Stages with every producer before its readers, and by name where the data leaves it open.
pub(crate) fn ordered(project: &Project) -> Vec<&Stage> {
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = project
        .stages
        .iter()
        .map(|(name, stage)| (name.as_str(), producers(stage)))
        .collect();
    let mut order = Vec::new();
    while let Some(next) = waiting
        .iter()
        .find(|(_, needs)| needs.is_empty())
        .map(|(name, _)| *name)
    {
        waiting.remove(next);
        waiting.values_mut().for_each(|needs| {
            needs.remove(next);
        });
        order.push(&project.stages[next]);
    }
    order
}

fn producers(stage: &Stage) -> BTreeSet<&str> {
    let sources = stage.reads.values().filter_map(|read| match &read.source {
        Source::Output { stage, .. } => Some(stage.as_str()),
        Source::Dataset(_) => None,
    });
    sources.collect()
}

/// All reads of stage outputs, in order of readers and names.
pub(crate) fn stage_reads<'a>(order: &[&'a Stage]) -> Vec<StageRead<'a>> {
    let place: BTreeMap<&str, usize> = order
        .iter()
        .enumerate()
        .map(|(i, stage)| (stage.name.as_str(), i))
        .collect();
    let mut reads = Vec::new();
    for (to, stage) in order.iter().enumerate() {
        for (name, read) in &stage.reads {
            let Source::Output {
                stage: producer,
                output,
            } = &read.source
            else {
                continue;
            };
            let Some(from) = place.get(producer.as_str()).copied() else {
                continue;
            };
            let Some(output) = order[from].outputs.get(output) else {
                continue;
            };
            reads.push(StageRead {
                from,
                to,
                name,
                amount: read.amount.unwrap_or(output.size),
                times: times_from_stage(stage, order[from]),
                scope: output.scope,
                waited_for: waits(stage, read),
            });
        }
    }
    reads
}

/// By stage, the places in the list of the reads that it takes part in.
pub(crate) fn beside(n_stages: usize, reads: &[StageRead<'_>]) -> Vec<Vec<usize>> {
    let mut beside = vec![Vec::new(); n_stages];
    for (index, read) in reads.iter().enumerate() {
        beside[read.from].push(index);
        beside[read.to].push(index);
    }
    beside
}

/// How often a stage reads another's output in a month: once per run of its own; a service, which
/// has no runs, once for every new version.
fn times_from_stage(reader: &Stage, producer: &Stage) -> Millionths {
    match (&reader.demand, &producer.demand) {
        (Demand::Runs(runs), _) | (Demand::AlwaysOn { .. }, Demand::Runs(runs)) => {
            runs.per_month.runs
        }
        (Demand::AlwaysOn { .. }, Demand::AlwaysOn { .. }) => Millionths::ONE,
    }
}

/// Whether a stage's nodes wait until they have the data: those of a job do, unless it is streamed;
/// a service goes on with what it has.
pub(crate) fn waits(reader: &Stage, read: &Read) -> bool {
    matches!(reader.demand, Demand::Runs(_)) && !read.streamed
}

/// How much of a dataset a stage reads each time, and how often in a month: once per run; a
/// service once a month.
pub(crate) fn dataset_read(reader: &Stage, read: &Read, whole: Bytes) -> (Bytes, Millionths) {
    let times = match &reader.demand {
        Demand::Runs(runs) => runs.per_month.runs,
        Demand::AlwaysOn { .. } => Millionths::ONE,
    };
    (read.amount.unwrap_or(whole), times)
}
