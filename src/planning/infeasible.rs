//! Why nothing fits, said so that the reader can do something about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Planner;
use super::candidates::StageCandidates;
use super::eligibility::allows;
use super::funnel;
use super::joint::NoChoice;
use super::room;
use super::shape::{means, pool_gpu};
use super::step::Step;
use crate::catalog::{Catalog, Gpu};
use crate::diagnostics::{Diagnostic, Sources, planning as codes};
use crate::model::{GpuChoice, Origin, Project, ProviderName, Stage, Written};
use crate::units::grouped;

/// How many stages without candidates are told which requirements conflict.
pub(super) const IN_DEPTH: usize = 5;

/// The error for a stage without candidates; `in_depth` with the requirements that conflict.
pub(super) fn stage(
    planner: &Planner<'_>,
    index: usize,
    candidates: &StageCandidates<'_>,
    sources: &Sources,
    in_depth: bool,
) -> Diagnostic {
    let (project, catalog) = (planner.project, planner.catalog);
    let stage = planner.order[index];
    if let Some(diagnostic) = gpu_nowhere(stage, project, catalog) {
        return diagnostic;
    }
    let counts = &candidates.counts;
    let mut detail = format!(
        "No candidate is left for stage `{}`:\n\n{:>9} offerings {}\n",
        stage.name,
        grouped(counts.total.into()),
        catalogs(catalog),
    );
    let mut left = counts.total;
    let mut last = None;
    for step in Step::ALL {
        let removed = counts.removed(step);
        if removed == 0 {
            continue;
        }
        left -= removed;
        let (text, origin) = funnel::describe(step, stage, candidates.escalated);
        let place = origin.and_then(|o| sources.line_ref(o)).unwrap_or_default();
        _ = writeln!(detail, "{:>9} {text:<58} {place}", grouped(left.into()));
        last = Some((step, removed, text, origin));
    }
    let detail: Vec<&str> = detail.trim_end().lines().map(str::trim_end).collect();
    let mut detail = detail.join("\n");
    let mut diagnostic = Diagnostic::error(&codes::NO_FEASIBLE_OFFERING).at(stage.origin);
    let room = (counts.removed(Step::GpuFit) > 0)
        .then(|| room::room(stage, project, catalog))
        .flatten();
    if let Some(room) = &room {
        _ = write!(detail, "\n\n{}", room.detail);
    }
    let conflict = in_depth.then(|| planner.conflict(index, candidates.escalated, sources));
    let hints = conflict.map_or(Vec::new(), |conflict| {
        if !conflict.detail.is_empty() {
            _ = write!(detail, "\n\n{}", conflict.detail.trim());
        }
        conflict.hints
    });
    if let (true, Some((step, removed, text, origin))) = (hints.is_empty(), last) {
        diagnostic = diagnostic.hint(last_hint(step, removed, &text, origin, sources));
    }
    let larger = room.map_or(Vec::new(), |room| room.hints);
    let diagnostic = diagnostic.detail(detail);
    let hints = hints.into_iter().chain(larger);
    hints.fold(diagnostic, Diagnostic::hint)
}

fn last_hint(
    step: Step,
    removed: u64,
    text: &str,
    origin: Option<Origin>,
    sources: &Sources,
) -> String {
    let place = origin.and_then(|o| sources.line_ref(o));
    let place = place.map(|p| format!(" ({p})")).unwrap_or_default();
    let offerings = if removed == 1 {
        "1 offering meets".into()
    } else {
        format!("{} offerings meet", grouped(removed.into()))
    };
    let advice = match step {
        Step::PriceKnown => "their rates are in no catalog: allow other places or machines",
        Step::DataPriced => "allow places between which the catalogs know a transfer rate",
        Step::OwnedNodes => "lower what the stage needs, or allow the cloud",
        _ => "relax that one first",
    };
    format!("{offerings} everything before \"{text}\"{place}; {advice}")
}

fn catalogs(catalog: &Catalog) -> String {
    let infos = catalog
        .infos()
        .iter()
        .filter(|i| ProviderName::from_name(&i.name).is_some());
    let names: Vec<String> = infos.map(|i| format!("{}@{}", i.name, i.as_of)).collect();
    format!("in the catalogs and owned pools ({})", names.join(", "))
}

/// The error when none of the GPUs that a stage names is offered anywhere that the spec allows.
fn gpu_nowhere(stage: &Stage, project: &Project, catalog: &Catalog) -> Option<Diagnostic> {
    let requirement = stage.requirements.gpu.as_ref()?;
    let names: Vec<&String> = match &requirement.value.choice {
        GpuChoice::Any => return None,
        GpuChoice::AnyOf(names) => names.value.iter().collect(),
        GpuChoice::Prefer {
            preferred,
            otherwise,
        } => {
            let rest = otherwise.iter().flat_map(|names| &names.value);
            preferred.value.iter().chain(rest).collect()
        }
    };
    let asked = |gpu: &Gpu| {
        names
            .iter()
            .any(|name| means(&requirement.value, name, gpu))
    };
    let offers = Offers::new(project, catalog);
    if offers
        .allowed
        .iter()
        .any(|i| asked(catalog.gpu(crate::catalog::GpuIndex(*i))))
    {
        return None;
    }
    let mut listed = String::new();
    let named = |gpu: &Gpu| names.iter().any(|name| gpu.answers_to(name));
    for (_, gpu) in catalog.gpus().filter(|(_, gpu)| named(gpu)) {
        _ = writeln!(
            listed,
            "  {:<16} {}",
            gpu.name,
            offers.where_is(gpu, catalog)
        );
    }
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    let mut diagnostic = Diagnostic::error(&codes::GPU_NOT_OFFERED)
        .at(gpu_origin(requirement))
        .label("offered nowhere that this spec allows")
        .detail(format!(
            "Stage `{}` takes only {}, and no provider, region or cluster of this spec has it:\n\n{}",
            stage.name,
            names.join(" or "),
            listed.trim_end()
        ));
    if let Some(slices) = offers.slices(&names, catalog) {
        diagnostic = diagnostic.hint(format!(
            "if a slice will do, set `slices = true`: {slices} is here"
        ));
    }
    if let Some(substitutes) = offers.substitutes(&asked, catalog) {
        diagnostic = diagnostic.hint(format!(
            "allow a GPU with as much memory that is offered here: {substitutes}"
        ));
    }
    Some(diagnostic.hint(
        "ask for what the stage needs instead of a name, e.g. `gpu { memory_min = \"14GiB\" }`, \
         or add a `cluster` block with a node pool that has the GPU",
    ))
}

fn gpu_origin(requirement: &Written<crate::model::GpuRequirement>) -> Origin {
    match &requirement.value.choice {
        GpuChoice::AnyOf(names)
        | GpuChoice::Prefer {
            preferred: names, ..
        } => names.origin,
        GpuChoice::Any => requirement.origin,
    }
}

/// Which GPUs are offered, by whom, and which of them the spec allows.
struct Offers {
    by_gpu: BTreeMap<u16, BTreeSet<ProviderName>>,
    allowed: BTreeSet<u16>,
}

impl Offers {
    fn new(project: &Project, catalog: &Catalog) -> Self {
        let mut by_gpu: BTreeMap<u16, BTreeSet<ProviderName>> = BTreeMap::new();
        let mut allowed = BTreeSet::new();
        for (index, instance_type) in catalog.instance_types() {
            let Some(gpu) = instance_type.gpu else {
                continue;
            };
            by_gpu
                .entry(gpu.gpu.0)
                .or_default()
                .insert(instance_type.provider);
            let inside = |row: &crate::catalog::Row| {
                let region = catalog.region(catalog.place(row.place).region);
                allows(project, region.provider, &region.name)
            };
            if catalog.rows_of(index).iter().any(inside) {
                allowed.insert(gpu.gpu.0);
            }
        }
        let pools = project
            .clusters
            .values()
            .flat_map(|c| c.node_pools.values());
        for gpu in pools.filter_map(|pool| pool.gpu.as_ref()) {
            allowed.extend(pool_gpu(&gpu.value, catalog).map(|i| i.0));
        }
        Self { by_gpu, allowed }
    }

    fn where_is(&self, gpu: &Gpu, catalog: &Catalog) -> String {
        let index = catalog
            .gpus()
            .find(|(_, g)| g.name == gpu.name)
            .map(|(i, _)| i.0);
        match index.and_then(|i| self.by_gpu.get(&i)) {
            Some(providers) => {
                let names: Vec<&str> = providers.iter().map(|p| p.as_str()).collect();
                format!(
                    "is offered by {}, in places that this spec leaves out",
                    names.join(", ")
                )
            }
            None => "is offered by no catalog: it exists in owned racks and small clouds".into(),
        }
    }

    /// Allowed slices of the GPUs that were asked for.
    fn slices(&self, names: &[&str], catalog: &Catalog) -> Option<String> {
        let allowed = self.allowed.iter();
        let allowed = allowed.map(|i| catalog.gpu(crate::catalog::GpuIndex(*i)));
        let slices = allowed.filter(|gpu| names.iter().any(|name| gpu.is_slice_of(name)));
        let names: Vec<String> = slices.map(|gpu| format!("`{}`", gpu.name)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Allowed GPUs with at least the memory of the smallest that was asked for, smallest first.
    fn substitutes(&self, asked: &dyn Fn(&Gpu) -> bool, catalog: &Catalog) -> Option<String> {
        let wanted = catalog.gpus().map(|(_, gpu)| gpu).filter(|gpu| asked(gpu));
        let least = wanted.filter_map(|gpu| gpu.memory_mib).min()?;
        let mut fitting: Vec<(u32, &str)> = self
            .allowed
            .iter()
            .map(|i| catalog.gpu(crate::catalog::GpuIndex(*i)))
            .filter_map(|gpu| Some((gpu.memory_mib.filter(|m| *m >= least)?, gpu.name.as_str())))
            .collect();
        fitting.sort_unstable();
        let names: Vec<String> = fitting
            .iter()
            .take(5)
            .map(|(_, name)| format!("`{name}`"))
            .collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// The error when each stage has candidates but no combination will do, without its reason.
pub(super) fn no_joint() -> Diagnostic {
    Diagnostic::error(&codes::NO_JOINT_PLACEMENT)
}

/// That error when no rule on company or pools is in the way alone.
pub(super) fn rules_or_rates() -> Diagnostic {
    no_joint()
        .detail(
            "Every stage has candidates of its own, but no combination of them keeps all of \
             `affinity`, `anti_affinity` and `share` and moves data at known rates only.",
        )
        .hint("leave one of these rules out, or allow the stages other places")
}

/// The error when each stage has candidates but no combination will do.
pub(super) fn joint(why: NoChoice) -> Diagnostic {
    let diagnostic = no_joint();
    match why {
        NoChoice::Infeasible { limits } if limits.is_empty() => diagnostic
            .detail(
                "Every stage has candidates of its own, but each combination of them moves data \
                 between two places for which no rate is known.",
            )
            .hint("give the cluster's `transfer` rates, or allow other places"),
        NoChoice::Infeasible { limits } => {
            let names: Vec<String> = limits.into_iter().collect();
            diagnostic
                .detail(format!(
                    "Every stage has candidates of its own, but no combination of them keeps {}.",
                    names.join(" and ")
                ))
                .hint("raise the limit, or allow the stages that compete for it other offerings")
        }
        NoChoice::TooDear => diagnostic
            .detail(
                "Every plan costs more than USD 9,223,372,036,854 per month, which is more than can \
                 be counted.",
            )
            .hint("check the units of durations and sizes, and how often the stages run"),
        NoChoice::Stopped => diagnostic
            .detail(
                "In the time given, no plan was found that keeps all limits, and it isn't known \
                 whether there is one.",
            )
            .hint("give it more time with `--time-limit`, or pin some of the competing stages"),
    }
}
