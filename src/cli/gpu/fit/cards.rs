//! Which GPUs are looked at, and what is known of each.

use std::collections::BTreeSet;

use super::Args;
use super::jobs::Named;
use crate::catalog::{Catalog, GpuCount, GpuIndex};
use crate::cli::catalog::check_gpu;
use crate::diagnostics::Diagnostic;
use crate::fit::{Card, Job, held};
use crate::planning::gpu_card;
use crate::render::fit::{Answer, Candidate, Rent};

/// The GPUs that the arguments name, else all.
///
/// # Errors
///
/// `catalog::unknown-name` for a name that no GPU answers to.
pub(super) fn chosen(args: &Args, catalog: &Catalog) -> Result<BTreeSet<GpuIndex>, Diagnostic> {
    let mut chosen = BTreeSet::new();
    for name in &args.gpu {
        check_gpu(catalog, name)?;
        chosen.extend(catalog.gpus_called(name));
    }
    if args.gpu.is_empty() {
        chosen = all(catalog, args.slices);
    }
    Ok(chosen)
}

fn all(catalog: &Catalog, slices: bool) -> BTreeSet<GpuIndex> {
    let all = catalog.gpus();
    let wanted = all.filter(|(_, gpu)| slices || gpu.slice.is_none());
    wanted.map(|(index, _)| index).collect()
}

/// Each job held against the GPUs that were chosen, and against all cards for comparison.
pub(super) fn answers(
    jobs: Vec<Named>,
    chosen: &BTreeSet<GpuIndex>,
    catalog: &Catalog,
) -> Vec<Answer> {
    let rents = catalog.cheapest_gpu_hours();
    let candidate = |job: &Job, index: GpuIndex| {
        let gpu = catalog.gpu(index);
        let whole = GpuCount {
            gpu: index,
            milli: 1000,
        };
        let rent = rents.get(&index).map(|hour| {
            let place = catalog.place(hour.place);
            let region = catalog.region(place.region);
            Rent {
                rate: hour.rate,
                provider: region.provider.as_str().to_owned(),
                instance_type: catalog.instance_type(hour.instance_type).name.clone(),
                region: region.name.clone(),
                as_of: catalog.source(hour.source).as_of,
            }
        });
        let card = gpu_card(whole, gpu);
        // Servers choose their defaults for small cards where they don't know better.
        let unknown = || Card {
            name: gpu.name.clone(),
            usable: 0,
            estimated: false,
            large: false,
        };
        Candidate {
            name: gpu.name.clone(),
            slice_of: gpu.slice.as_ref().map(|slice| slice.card.clone()),
            compute_capability: gpu.compute_capability,
            estimate: job.estimate(card.as_ref().unwrap_or(&unknown())),
            held: card.map(|card| held(job, card)),
            rent,
        }
    };
    let whole = all(catalog, false);
    let answer = |named: Named| {
        let of = |indices: &BTreeSet<GpuIndex>| {
            let indices = indices.iter();
            indices.map(|index| candidate(&named.job, *index)).collect()
        };
        let (candidates, cards) = (of(chosen), of(&whole));
        Answer {
            stage: named.stage,
            notes: named.notes,
            job: named.job,
            candidates,
            cards,
        }
        .in_order()
    };
    jobs.into_iter().map(answer).collect()
}
