//! What a spec names but the catalogs don't have, and what this version can't plan with.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::commitments::MAX_COMMITMENTS;
use crate::catalog::Catalog;
use crate::diagnostics::{Diagnostic, Diagnostics, planning as codes};
use crate::fit::{Job, Usage};
use crate::model::{
    Commitment, Demand, GpuChoice, Location, Origin, Pin, Project, ProviderName, Quota, Stage,
    Throughput, Work, Written,
};

/// Checks every name of the spec that only the catalogs can confirm.
pub(super) fn names(project: &Project, catalog: &Catalog) -> Diagnostics {
    let mut found = Diagnostics::new();
    for (provider, settings) in &project.providers {
        for region in &settings.regions {
            if catalog.find_region(*provider, &region.value).is_none() {
                found.push(unknown_region(
                    *provider,
                    &region.value,
                    region.origin,
                    catalog,
                ));
            }
        }
    }
    for dataset in project.datasets.values() {
        check_location(
            &dataset.location,
            dataset.origin,
            project,
            catalog,
            &mut found,
        );
        if let Some(zone) = &dataset.zone {
            check_zone(&dataset.location, zone, catalog, &mut found);
        }
    }
    for pool in project
        .clusters
        .values()
        .flat_map(|c| c.node_pools.values())
    {
        if let Some(gpu) = &pool.gpu {
            check_gpu(&gpu.value, gpu.origin, catalog, &mut found);
        }
    }
    for quota in project.quotas.values() {
        if let Some(gpu) = &quota.gpu {
            check_gpu(&gpu.value, gpu.origin, catalog, &mut found);
        }
        if let Some(region) = &quota.region {
            quota_region(quota, region, catalog, &mut found);
        }
    }
    for commitment in project.commitments.values() {
        check_commitment(commitment, catalog, &mut found);
    }
    for stage in project.stages.values() {
        stage_gpus(stage, catalog, &mut found);
        if let Some(diagnostic) = uneven_copies(stage, project) {
            found.push(diagnostic);
        }
        if let Some(pin) = &stage.pin {
            check_pin(pin, project, catalog, &mut found);
        }
    }
    found
}

/// A pin to what doesn't exist would only show as a funnel without candidates.
fn check_pin(pin: &Pin, project: &Project, catalog: &Catalog, found: &mut Diagnostics) {
    if let Some(wanted) = &pin.instance_type {
        let types = catalog.instance_types().map(|(_, t)| t.name.as_str());
        let pools = project
            .clusters
            .values()
            .flat_map(|c| c.node_pools.keys().map(String::as_str));
        let known: BTreeSet<&str> = types.chain(pools).collect();
        if !known.contains(wanted.value.as_str()) {
            let what = format!("no catalog and no cluster has `{}`", wanted.value);
            let diagnostic = Diagnostic::error(&codes::UNKNOWN_INSTANCE_TYPE)
                .at(wanted.origin)
                .label(what)
                .detail(
                    "A pin must name an instance type of a catalog or a node pool of a cluster.",
                );
            found.push(meant(diagnostic, &wanted.value, known.into_iter()));
        }
    }
    if let Some(wanted) = &pin.region {
        let regions = catalog.regions().map(|(_, r)| r.name.as_str());
        let sites = project.clusters.values().map(|c| c.site.as_str());
        let known: BTreeSet<&str> = regions.chain(sites).collect();
        if !known.contains(wanted.value.as_str()) {
            let what = format!("no catalog and no cluster has `{}`", wanted.value);
            let diagnostic = Diagnostic::error(&codes::UNKNOWN_LOCATION)
                .at(wanted.origin)
                .label(what)
                .detail("A pin must name a region of a catalog or the site of a cluster.");
            found.push(meant(diagnostic, &wanted.value, known.into_iter()));
        }
    }
}

/// Adds the name that was probably meant.
fn meant<'a>(
    diagnostic: Diagnostic,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    match nearest(name, known) {
        Some(best) => diagnostic.hint(format!("did you mean `{best}`?")),
        None => diagnostic,
    }
}

/// What the arithmetic of commitments can't tell apart any more: it looks at every set of them.
pub(super) fn too_many_commitments(project: &Project) -> Diagnostics {
    let Some(commitment) = project.commitments.values().nth(MAX_COMMITMENTS) else {
        return Diagnostics::new();
    };
    Diagnostic::error(&codes::TOO_MANY_COMMITMENTS)
        .at(commitment.origin)
        .detail(format!(
            "A plan can count with {MAX_COMMITMENTS} commitments, and the spec has {}.",
            project.commitments.len()
        ))
        .hint("add up those of one provider that cover the same, e.g. savings plans of one kind")
        .into()
}

/// A model that is cut over more GPUs than there are, or over some of them only.
fn uneven_copies(stage: &Stage, project: &Project) -> Option<Diagnostic> {
    let model = project.models.get(&stage.model.as_ref()?.value)?;
    let job = Job::of_stage(stage, model)?;
    if job.parallel().is_some() {
        return None;
    }
    let (tensor, pipeline) = match &job.usage {
        Usage::Training(how) => (how.tensor_parallel, how.pipeline_parallel),
        Usage::Inference(how) => (how.tensor_parallel.unwrap_or(1), how.pipeline_parallel),
    };
    let copy = u64::from(tensor) * u64::from(pipeline);
    let count = &stage.requirements.gpu.as_ref()?.value.count;
    let needed = job.gpus.next_multiple_of(copy.max(1));
    Some(
        Diagnostic::error(&codes::UNEVEN_COPIES)
            .at(count.origin)
            .label(format!("{} here", count.value))
            .detail(format!(
                "Stage `{}` cuts its model over {copy} GPUs (`tensor_parallel` {tensor} × \
                 `pipeline_parallel` {pipeline}), so it needs a multiple of {copy}.",
                stage.name
            ))
            .hint(format!("set `count = {needed}`")),
    )
}

fn stage_gpus(stage: &Stage, catalog: &Catalog, found: &mut Diagnostics) {
    if let Some(gpu) = &stage.requirements.gpu {
        let lists = match &gpu.value.choice {
            GpuChoice::Any => vec![],
            GpuChoice::AnyOf(names) => vec![names],
            GpuChoice::Prefer {
                preferred,
                otherwise,
            } => std::iter::once(preferred)
                .chain(otherwise.as_ref())
                .collect(),
        };
        for names in lists {
            for name in &names.value {
                check_gpu(name, names.origin, catalog, found);
            }
        }
    }
    let (keys, origin): (Vec<&String>, Origin) = match &stage.demand {
        Demand::Runs(runs) => match &runs.work {
            Work::PerGpu(table) => (table.value.keys().collect(), table.origin),
            Work::Fixed(_) => return,
        },
        Demand::AlwaysOn { replicas, .. } => match &replicas.throughput {
            Some(Throughput::PerGpu(table)) => (table.value.keys().collect(), table.origin),
            _ => return,
        },
    };
    for name in keys {
        check_gpu(name, origin, catalog, found);
    }
}

fn check_gpu(name: &str, origin: Origin, catalog: &Catalog, found: &mut Diagnostics) {
    if catalog.gpus().any(|(_, gpu)| gpu.answers_to(name)) {
        return;
    }
    let names = |slices: bool| {
        let gpus = catalog.gpus().map(|(_, gpu)| gpu);
        let some = gpus.filter(move |gpu| gpu.slice.is_some() == slices);
        some.map(|gpu| gpu.name.as_str())
    };
    let cards: Vec<&str> = names(false).collect();
    let families = cards.iter().filter_map(|n| n.split('-').next());
    let mut known: BTreeSet<&str> = cards.iter().copied().chain(families).collect();
    let mut listed = format!("The GPUs that are known: {}.", cards.join(", "));
    if let Some(example) = names(true).min_by_key(|name| name.len()) {
        // Dozens of slices are no help to who didn't mean one.
        if name.to_ascii_uppercase().contains("MIG") {
            known.extend(names(true));
        }
        let how = " A slice of one is written CARD-MIG-PROFILE, e.g. ";
        _ = write!(listed, "{how}`{example}`.");
    }
    let mut diagnostic = Diagnostic::error(&codes::UNKNOWN_GPU)
        .at(origin)
        .label(format!("`{name}` is in no catalog"))
        .detail(listed);
    if let Some(best) = nearest(name, known.into_iter()) {
        diagnostic = diagnostic.hint(format!("did you mean `{best}`?"));
    }
    found.push(diagnostic);
}

fn check_location(
    location: &Location,
    origin: Origin,
    project: &Project,
    catalog: &Catalog,
    found: &mut Diagnostics,
) {
    if location.provider == Location::ONPREM {
        if project.clusters.values().all(|c| c.site != location.region) {
            found.push(unknown_site(location, origin, project));
        }
    } else if let Some(provider) = ProviderName::from_name(&location.provider)
        && catalog.find_region(provider, &location.region).is_none()
    {
        found.push(unknown_region(provider, &location.region, origin, catalog));
    }
}

/// The zone of a dataset, in a region that is known: a slip in the region is told already.
fn check_zone(
    location: &Location,
    zone: &Written<String>,
    catalog: &Catalog,
    found: &mut Diagnostics,
) {
    let provider = ProviderName::from_name(&location.provider);
    let region = provider.and_then(|p| catalog.find_region(p, &location.region));
    let Some(region) = region else { return };
    let places = catalog.places().map(|(_, place)| place);
    let zones = places.filter(|p| p.region == region);
    let known: BTreeSet<&str> = zones.filter_map(|p| p.zone.as_deref()).collect();
    if known.contains(zone.value.as_str()) {
        return;
    }
    let diagnostic = Diagnostic::error(&codes::UNKNOWN_LOCATION)
        .at(zone.origin)
        .label(format!("`{location}` has no zone `{}`", zone.value));
    found.push(if known.is_empty() {
        diagnostic
            .detail("The catalogs know no zones of this region.")
            .hint("leave `zone` out")
    } else {
        let listed: Vec<&str> = known.iter().copied().collect();
        let listed = format!("The zones that are known: {}.", listed.join(", "));
        meant(diagnostic.detail(listed), &zone.value, known.into_iter())
    });
}

/// A commitment to what doesn't exist would cover nothing, without a word.
fn check_commitment(commitment: &Commitment, catalog: &Catalog, found: &mut Diagnostics) {
    let provider = commitment.provider;
    if let Some(region) = &commitment.region
        && catalog.find_region(provider, &region.value).is_none()
    {
        found.push(unknown_region(
            provider,
            &region.value,
            region.origin,
            catalog,
        ));
    }
    let Some(family) = &commitment.family else {
        return;
    };
    let types = catalog.instance_types().map(|(_, t)| t);
    let mut names = types
        .filter(|t| t.provider == provider)
        .map(|t| t.name.as_str());
    if !names.any(|name| name.starts_with(&family.value)) {
        let what = format!("no instance type of {provider} begins like that");
        let detail = "A family is the part of an instance type's name before the size.";
        found.push(
            Diagnostic::error(&codes::UNKNOWN_INSTANCE_TYPE)
                .at(family.origin)
                .label(what)
                .detail(detail),
        );
    }
}

/// A quota of a region that isn't there would limit nothing, without a word.
fn quota_region(quota: &Quota, region: &str, catalog: &Catalog, found: &mut Diagnostics) {
    let of = |provider: &ProviderName| catalog.find_region(*provider, region).is_some();
    let wanted: Vec<ProviderName> = match quota.provider {
        Some(provider) => vec![provider],
        None => ProviderName::ALL.to_vec(),
    };
    if wanted.iter().any(of) {
        return;
    }
    match quota.provider {
        Some(provider) => found.push(unknown_region(provider, region, quota.origin, catalog)),
        None => {
            let names = catalog.regions().map(|(_, r)| r.name.as_str());
            let mut diagnostic = Diagnostic::error(&codes::UNKNOWN_LOCATION)
                .at(quota.origin)
                .label(format!("no provider has a region `{region}`"));
            if let Some(best) = nearest(region, names) {
                diagnostic = diagnostic.hint(format!("did you mean `{best}`?"));
            }
            found.push(diagnostic);
        }
    }
}

fn unknown_site(location: &Location, origin: Origin, project: &Project) -> Diagnostic {
    let diagnostic = Diagnostic::error(&codes::UNKNOWN_LOCATION)
        .at(origin)
        .label(format!("no cluster is at `{location}`"))
        .detail(format!(
            "Data is at `{location}`, and no `cluster` block has that location, so it isn't known \
             what moving the data out costs."
        ));
    match nearest(
        &location.region,
        project.clusters.values().map(|c| c.site.as_str()),
    ) {
        Some(site) => diagnostic.hint(format!("did you mean `{}/{site}`?", Location::ONPREM)),
        None => diagnostic.hint("add a `cluster` block with this `location`"),
    }
}

fn unknown_region(
    provider: ProviderName,
    region: &str,
    origin: Origin,
    catalog: &Catalog,
) -> Diagnostic {
    let regions = catalog
        .regions()
        .map(|(_, r)| r)
        .filter(|r| r.provider == provider);
    let names: Vec<&str> = regions.map(|r| r.name.as_str()).collect();
    let diagnostic = Diagnostic::error(&codes::UNKNOWN_LOCATION)
        .at(origin)
        .label(format!("{provider} has no region `{region}`"))
        .detail(format!(
            "The regions of {provider} that are known: {}.",
            names.join(", ")
        ));
    match nearest(region, names.into_iter()) {
        Some(best) => diagnostic.hint(format!("did you mean `{best}`?")),
        None => diagnostic,
    }
}

/// The most similar name, if one is similar enough to be meant. Unlike the spec's own, it weighs the
/// beginning of a name most: `H10` is an `H100` before it is an `A10`.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Likeness costs the product of lengths for each of thousands of names, and no name of a catalog
    // is nearly as long as a hostile one can be.
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let scored = known.map(|k| (strsim::jaro_winkler(&name, &k.to_ascii_lowercase()), k));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    (best.0 > 0.8).then_some(best.1)
}
