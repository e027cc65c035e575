//! `mlinfra validate`.

use serde_json::Value;

use super::catalog::CatalogSource;
use super::policies::PolicyArgs;
use super::reports::{Found, SarifArgs};
use super::spec_args::{self, Loaded, SpecArgs};
use super::{Io, Outcome, Report};
use crate::model::Project;
use crate::planning;
use crate::render::diagnostics::json_document;

/// Check a spec and report every mistake in it
///
/// The names of GPUs and regions are looked up in the catalogs; nothing is planned.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    catalogs: CatalogSource,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    sarif: SarifArgs,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let result = check(args, io);
    let (Ok(Loaded {
        warnings: diagnostics,
        sources,
        ..
    })
    | Err(Report {
        diagnostics,
        sources,
        ..
    })) = &result;
    args.sarif.write(&[Found {
        diagnostics: diagnostics.clone(),
        sources: sources.clone(),
        ..Found::default()
    }])?;
    if args.json {
        return Ok(print_json(&result, io));
    }
    let loaded = result?;
    io.show(&loaded.warnings, &loaded.sources);
    io.print(&format!("{}\n", verdict(&loaded.project)));
    Ok(0)
}

/// Loads the spec and looks its names up.
fn check(args: &Args, io: &mut Io) -> Result<Loaded, Report> {
    let mut loaded = spec_args::load(&args.spec, io)?;
    // What is wrong with policy files is found before plans are judged by them.
    args.policies.load(io)?;
    let catalog = args.catalogs.load(io)?;
    let found = planning::check_names(&loaded.project, &catalog);
    let failed = found.has_errors();
    loaded.warnings.extend(found);
    if failed {
        return Err(Report {
            diagnostics: loaded.warnings,
            sources: loaded.sources,
            json: false,
        });
    }
    Ok(loaded)
}

/// The same document whether the spec is valid or not, so that programs need to know one shape.
fn print_json(result: &Result<Loaded, Report>, io: &mut Io) -> u8 {
    let (diagnostics, sources) = match result {
        Ok(loaded) => (&loaded.warnings, &loaded.sources),
        Err(report) => (&report.diagnostics, &report.sources),
    };
    let mut document = json_document(diagnostics, sources);
    if let Value::Object(members) = &mut document {
        members.insert("valid".to_owned(), result.is_ok().into());
    }
    io.print(&format!("{document:#}\n"));
    match result {
        Ok(_) => 0,
        Err(_) => super::exit::code(diagnostics),
    }
}

/// "Project `x` is valid: 3 stages, 1 dataset, 1 model."
fn verdict(project: &Project) -> String {
    let counts = [
        (project.stages.len(), "stage"),
        (project.datasets.len(), "dataset"),
        (project.models.len(), "model"),
        (project.clusters.len(), "cluster"),
    ];
    let counts: Vec<_> = counts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{n} {what}{}", if *n == 1 { "" } else { "s" }))
        .collect();
    let counts = match counts.is_empty() {
        true => "no stages yet".to_owned(),
        false => counts.join(", "),
    };
    format!("Project `{}` is valid: {counts}.", project.name)
}
