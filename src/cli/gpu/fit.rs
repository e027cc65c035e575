//! `mlinfra gpu fit`: which GPUs hold a model, by arithmetic.

mod cards;
mod jobs;
mod model;
mod published;
mod usage;
mod words;

use std::path::PathBuf;

use super::{Io, Outcome};
use crate::cli::catalog::CatalogSource;
use crate::cli::{Report, exit};
use crate::render;
use jobs::Jobs;
use model::ModelArgs;
use usage::{Purpose, UsageArgs};

/// Which GPUs a model fits, by arithmetic: memory by component, and a verdict
///
/// The model is that of a spec's stages, that of a configuration, or given by arguments. Arguments
/// change what a spec says. With one GPU it shows what takes the memory; with several, or with none
/// named, a table that begins with the smallest that fits. docs/gpu-fit.md has all formulas.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The spec: a folder with `*.mlinfra.hcl` files, or one file [default: ., unless a model is
    /// given otherwise]
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Only this stage of the spec
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// A published model: its `config.json`, a folder with one, a file `*.safetensors`, or the index
    /// of several. The weights themselves aren't read
    #[arg(long, value_name = "PATH", conflicts_with_all = ["path", "stage"])]
    config: Option<PathBuf>,
    /// Set a variable of the spec; also MLINFRA_VAR_<name>
    #[arg(long = "var", value_name = "NAME=VALUE")]
    vars: Vec<String>,
    /// Set variables from a file of `name = value` lines, or of JSON if it ends in `.json`
    #[arg(long = "var-file", value_name = "FILE")]
    var_files: Vec<PathBuf>,
    /// A GPU, a family such as `A100`, or a slice such as `A30-MIG-1g.6gb`; may be repeated
    #[arg(long, value_name = "GPU")]
    gpu: Vec<String>,
    /// Slices of cards as well, where no GPU is named
    #[arg(long, conflicts_with = "gpu")]
    slices: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    catalogs: CatalogSource,
    /// What the model is for [default: as its stage, else inference]
    #[arg(long = "for", value_name = "PURPOSE")]
    purpose: Option<Purpose>,
    #[command(flatten)]
    usage: UsageArgs,
    #[command(flatten)]
    model: ModelArgs,
}

const HELP: &str = "\
Exit codes:
  0   it was computed; with `--gpu`, each model fits a GPU that is named
  10  wrong command line or spec
  19  a model fits none of the GPUs named with `--gpu`. Tight counts as fitting
      only for a stage with a `probe`

Examples:
  mlinfra gpu fit --parameters 7B --layers 32 --hidden 4096 --heads 32 \\
      --ffn 11008 --vocab 32000 --batch 8 --sequence 2048 --gpu A2
  mlinfra gpu fit . --stage serve --sequence 4096
  mlinfra gpu fit --config llama-3-8b/ --for training --method qlora --gpu L4";

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let as_json = |report: Report| Report {
        json: args.json,
        ..report
    };
    let Jobs {
        jobs,
        warnings,
        sources,
    } = jobs::jobs(args, io).map_err(as_json)?;
    let catalog = args.catalogs.load(io).map_err(|d| as_json(d.into()))?;
    let chosen = cards::chosen(args, &catalog).map_err(|d| as_json(d.into()))?;
    let answers = cards::answers(jobs, &chosen, &catalog);
    let text = if args.json {
        render::fit::json(&answers)
    } else {
        render::fit::human(&answers, io.width.clamp(60, 100), &io.palette)
    };
    io.print(&text);
    io.show(&warnings, &sources);
    let gated = !args.gpu.is_empty();
    let none = answers.iter().any(|answer| !answer.fits_any());
    Ok(if gated && none { exit::INFEASIBLE } else { 0 })
}
