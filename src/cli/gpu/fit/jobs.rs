//! Which models are asked about, and how each is used.

use super::usage::{Purpose, plain_serving};
use super::{Args, Io, published};
use crate::cli::Report;
use crate::cli::spec_args::{self, SpecArgs};
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, cli, gpu, spec};
use crate::fit::{Job, Subject, Usage};
use crate::model::{Project, Stage, StageKind, Training};
use crate::planning::explain::unknown_stage;

/// What is asked about, with what was noticed when it was read.
pub(super) struct Jobs {
    pub(super) jobs: Vec<Named>,
    pub(super) warnings: Diagnostics,
    pub(super) sources: Sources,
}

/// A job under the name that its reader knows.
pub(super) struct Named {
    /// The stage whose job it is.
    pub(super) stage: Option<String>,
    pub(super) job: Job,
    /// What its reader should know of the model.
    pub(super) notes: Vec<String>,
}

/// The jobs that the arguments name.
///
/// # Errors
///
/// Those of reading a spec, of reading a published model, `cli::usage`, `planning::unknown-stage`
/// and `gpu::no-model`.
pub(super) fn jobs(args: &Args, io: &Io) -> Result<Jobs, Report> {
    if args.path.is_some() || args.stage.is_some() {
        return of_spec(args, io);
    }
    if let Some(path) = &args.config {
        let published = published::read(path, args.model.dtype)?;
        let subject = args.model.over(published.subject.clone())?;
        let mut jobs = alone(args, subject)?;
        for named in &mut jobs.jobs {
            named.notes = published.notes(named.job.sequence());
        }
        return Ok(jobs);
    }
    match args.model.alone()? {
        Some(subject) => Ok(alone(args, subject)?),
        None => of_spec(args, io),
    }
}

/// One model without a stage.
fn alone(args: &Args, subject: Subject) -> Result<Jobs, Diagnostic> {
    if !args.vars.is_empty() || !args.var_files.is_empty() {
        let detail = "`--var` and `--var-file` set variables of a spec, and none is read where a model \
                      is given otherwise.";
        let diagnostic = Diagnostic::error(&cli::USAGE).detail(detail);
        return Err(diagnostic.hint("name the spec's folder as well, or leave them out"));
    }
    let known = match args.purpose.unwrap_or(Purpose::Inference) {
        Purpose::Inference => Usage::Inference(plain_serving()),
        Purpose::Training => Usage::Training(Training::default()),
    };
    let usage = args.usage.over(known, "")?;
    let job = Job {
        gpus: args.usage.common.gpus.unwrap_or(at_least(&usage)),
        subject,
        usage,
    };
    Ok(Jobs {
        jobs: vec![whole_copies(job, None)?],
        warnings: Diagnostics::new(),
        sources: Sources::new(),
    })
}

/// The GPUs that one copy of a model is spread over, by what is said of it.
fn at_least(usage: &Usage) -> u64 {
    let (tensor, pipeline) = match usage {
        Usage::Inference(how) => (how.tensor_parallel.unwrap_or(1), how.pipeline_parallel),
        Usage::Training(how) => (how.tensor_parallel, how.pipeline_parallel),
    };
    u64::from(tensor).saturating_mul(pipeline.into())
}

fn of_spec(args: &Args, io: &Io) -> Result<Jobs, Report> {
    let arguments = SpecArgs {
        path: args.path.clone().unwrap_or_else(|| ".".into()),
        vars: args.vars.clone(),
        var_files: args.var_files.clone(),
    };
    let loaded = spec_args::load(&arguments, io).map_err(|report| match args.path {
        None if no_spec(&report) => nothing_given().into(),
        _ => report,
    })?;
    let found = stages(args, &loaded.project).map_err(|diagnostic| Report {
        diagnostics: diagnostic.into(),
        sources: loaded.sources.clone(),
        json: false,
    })?;
    Ok(Jobs {
        jobs: found,
        warnings: loaded.warnings,
        sources: loaded.sources,
    })
}

fn no_spec(report: &Report) -> bool {
    let mut found = report.diagnostics.iter();
    found.any(|diagnostic| diagnostic.code == &spec::NO_SPEC_FILES)
}

/// Where neither a folder nor an argument is given, a spec needn't be what was meant.
fn nothing_given() -> Diagnostic {
    Diagnostic::error(&gpu::NO_MODEL)
        .detail("There is no spec in this folder, and no argument says how large a model is.")
        .hint("give a model by arguments: `--parameters 7B`, with `--layers` and so on")
        .hint("or a published model's folder: `--config DIR`")
        .hint("or the folder of a spec whose stages name a `model`")
}

fn stages(args: &Args, project: &Project) -> Result<Vec<Named>, Diagnostic> {
    if let Some(name) = &args.stage {
        if let Some(unknown) = unknown_stage(project, name) {
            return Err(unknown);
        }
        let stage = project.stages.get(name);
        let job = stage.map(|stage| of_stage(args, stage, project));
        return match job.transpose()?.flatten() {
            Some(job) => Ok(vec![job]),
            None => Err(no_model(format!("Stage `{name}` names no `model`."))),
        };
    }
    let all = project.stages.values();
    let all = all.map(|stage| of_stage(args, stage, project));
    let all: Vec<Option<Named>> = all.collect::<Result<_, Diagnostic>>()?;
    let found: Vec<Named> = all.into_iter().flatten().collect();
    if found.is_empty() {
        let detail = format!("No stage of project `{}` names a `model`.", project.name);
        return Err(no_model(detail));
    }
    Ok(found)
}

fn no_model(detail: String) -> Diagnostic {
    Diagnostic::error(&gpu::NO_MODEL)
        .detail(detail)
        .hint("name one in the spec: `model = model.NAME`, with a block `model \"NAME\"`")
        .hint("or give one by arguments: `--parameters 7B`, with `--layers` and so on")
}

/// What a stage does with its model; `None` for a stage without one.
fn of_stage(args: &Args, stage: &Stage, project: &Project) -> Result<Option<Named>, Diagnostic> {
    let model = stage.model.as_ref();
    let Some(model) = model.and_then(|model| project.models.get(&model.value)) else {
        return Ok(None);
    };
    let natural = match stage.kind {
        StageKind::Training => Purpose::Training,
        StageKind::Serving | StageKind::DataProcessing => Purpose::Inference,
    };
    let known = match args.purpose.unwrap_or(natural) {
        Purpose::Inference => {
            let serving = stage.serving.clone();
            Usage::Inference(serving.unwrap_or_else(plain_serving))
        }
        Purpose::Training => Usage::Training(stage.training.clone().unwrap_or_default()),
    };
    let name = format!("stage `{}`", stage.name);
    let gpu = stage.requirements.gpu.as_ref();
    let usage = args.usage.over(known, &name)?;
    let count = gpu.map_or(1, |gpu| gpu.value.count.value.into());
    let job = Job {
        subject: args.model.over(Subject::from(model))?,
        gpus: args.usage.common.gpus.unwrap_or(count),
        usage,
    };
    let mut named = whole_copies(job, Some(stage.name.clone()))?;
    if stage.training.is_none() && stage.serving.is_none() {
        let note = match stage.kind {
            StageKind::Training => {
                "The stage has no `training` block. One without arguments is taken here, and `mlinfra \
                 plan` doesn't judge the stage's GPUs."
            }
            StageKind::Serving | StageKind::DataProcessing => {
                "`mlinfra plan` doesn't judge the GPUs of a stage that processes data."
            }
        };
        named.notes.push(note.to_owned());
    }
    Ok(Some(named))
}

/// Refuses GPUs that a model can't be spread over.
fn whole_copies(job: Job, stage: Option<String>) -> Result<Named, Diagnostic> {
    if job.parallel().is_some() {
        return Ok(Named {
            stage,
            job,
            notes: Vec::new(),
        });
    }
    let copy = at_least(&job.usage);
    let s = if job.gpus == 1 { "" } else { "s" };
    let gpus = job.gpus;
    let what = match stage {
        Some(stage) => format!("the model of stage `{stage}`"),
        None => "a model".to_owned(),
    };
    let detail = format!(
        "{gpus} GPU{s} can't hold whole copies of {what}, of which each is spread over {copy} by \
         tensor and pipeline parallelism."
    );
    let diagnostic = Diagnostic::error(&cli::USAGE).detail(detail);
    Err(diagnostic.hint(format!("give a multiple of {copy} with `--gpus`")))
}
