//! What the model of a stage needs where the GPUs that the stage names are too small, and what would
//! hold it.

use super::gpu_fit::{Fitting, RefusedGpu, card};
use crate::catalog::{Catalog, GpuCount, GpuIndex};
use crate::fit::{Card, Job, Room, Usage, Verdict, fewest};
use crate::model::{Project, Stage};
use crate::units::Bytes;

/// Part of a message.
pub(crate) struct RoomNeeded {
    /// In sentences.
    pub(crate) detail: String,
    /// What to do, each on its own.
    pub(crate) hints: Vec<String>,
}

/// Held against the largest GPU that the stage names and that is too small; `None` when none is.
pub(crate) fn room(stage: &Stage, project: &Project, catalog: &Catalog) -> Option<RoomNeeded> {
    let fitting = Fitting::of(stage, project)?;
    let refused = fitting.refused(stage, catalog);
    let largest = refused.iter().max_by_key(|gpu| gpu.usable_bytes)?;
    let (index, gpu) = catalog.gpus().find(|(_, gpu)| gpu.name == largest.gpu)?;
    let whole = GpuCount {
        gpu: index,
        milli: 1000,
    };
    let card = card(whole, gpu)?;
    let tight = refused.iter().find(|gpu| gpu.verdict == Verdict::Tight);
    let probe = tight.map(|gpu| {
        format!(
            "give the stage's `training` a `probe`, a command that tries a few steps: {} is tight, \
             large enough by the estimate but not by what it may be wrong by",
            gpu.gpu
        )
    });
    let more = more_cards(fitting.job(), &card, index, (project, catalog));
    Some(RoomNeeded {
        detail: needed(stage, &fitting, &card, largest),
        hints: probe.into_iter().chain(more).collect(),
    })
}

fn needed(stage: &Stage, fitting: &Fitting, card: &Card, largest: &RefusedGpu) -> String {
    let most = fitting.needs(card).binding();
    let most = most.map_or(String::new(), |most| {
        let bytes = Bytes::new(most.bytes).gib_number();
        format!(", most of it for {} ({bytes})", most.term.as_str())
    });
    format!(
        "`{}` needs {} on each GPU{most}. Of the GPUs named, {} has most: {}, of which {} may be \
         planned with.",
        stage
            .model
            .as_ref()
            .map_or("", |model| model.value.as_str()),
        Bytes::new(largest.needed_bytes).gib(),
        largest.gpu,
        Bytes::new(largest.usable_bytes).gib(),
        Bytes::new(largest.limit_bytes).gib_number(),
    )
}

/// On how many of a card the job would fit. A service that is cut over more GPUs than a node has
/// would wait for the network with every token, so that is no advice.
fn more_cards(
    job: &Job,
    card: &Card,
    index: GpuIndex,
    (project, catalog): (&Project, &Catalog),
) -> Option<String> {
    let room = fewest(job, card)?;
    if let Usage::Inference(_) = job.usage
        && room.gpus > most_in_a_node(index, project, catalog)
    {
        return None;
    }
    let changes = spread(job, &room).join(" and ");
    Some(format!("with {changes}, it would fit {}", card.name))
}

fn most_in_a_node(index: GpuIndex, project: &Project, catalog: &Catalog) -> u64 {
    let rented = catalog.instance_types().filter_map(|(_, kind)| kind.gpu);
    let rented = rented.filter(|gpu| gpu.gpu == index);
    let name = &catalog.gpu(index).name;
    let pools = project
        .clusters
        .values()
        .flat_map(|c| c.node_pools.values());
    let owned = pools.filter(|pool| pool.gpu.as_ref().is_some_and(|gpu| &gpu.value == name));
    let most = rented
        .map(|gpu| gpu.milli / 1000)
        .chain(owned.map(|pool| pool.gpus_per_node));
    most.max().unwrap_or(0).into()
}

/// The arguments that spread a job over more GPUs, each as a spec has it.
fn spread(job: &Job, room: &Room) -> Vec<String> {
    let mut changes = vec![format!("`count = {}`", room.gpus)];
    match &job.usage {
        Usage::Inference(how) => {
            // Where they aren't written, a copy is cut over all its GPUs.
            if how.tensor_parallel.is_some() {
                changes.push(format!("`tensor_parallel = {}`", room.tensor));
            }
            if how.pipeline_parallel > 1 {
                changes.push("`pipeline_parallel = 1`".to_owned());
            }
        }
        Usage::Training(how) => {
            let sharding = room.sharding.filter(|way| *way != how.sharding);
            let recompute = room.recompute.filter(|what| *what != how.recompute);
            changes.extend(sharding.map(|way| format!("`sharding = \"{way}\"`")));
            changes.extend(recompute.map(|what| format!("`recompute = \"{what}\"`")));
        }
    }
    changes
}
