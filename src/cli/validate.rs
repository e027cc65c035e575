//! `mlinfra validate`.

use super::spec_args::{self, SpecArgs};
use super::{Io, Outcome};

/// Arguments of `mlinfra validate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    /// Print the result as JSON on stdout.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let loaded = spec_args::load(&args.spec, io)?;
    io.show(&loaded.warnings, &loaded.sources);
    let project = &loaded.project;
    let counts = [
        (project.stages.len(), "stage", "stages"),
        (project.datasets.len(), "dataset", "datasets"),
        (project.clusters.len(), "cluster", "clusters"),
    ];
    let counts: Vec<_> = counts
        .iter()
        .map(|(n, one, many)| format!("{n} {}", if *n == 1 { one } else { many }))
        .collect();
    io.print(&format!(
        "Project `{}` is valid: {}.\n",
        project.name,
        counts.join(", ")
    ));
    Ok(0)
}
