//! `mlinfra catalog list`.

use super::{CatalogSource, Io, Outcome, report};
use crate::diagnostics::{self, Diagnostic, Sources};
use crate::render::catalog::{list_json, list_table, summaries};

/// List the catalogs with their size, age and digest
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Warn of catalogs whose figures are older than so many days
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    max_age: i32,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    source: CatalogSource,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let catalog = args.source.load(io).map_err(report(args.json))?;
    let summaries = summaries(&catalog, io.today);
    let text = if args.json {
        list_json(&catalog, &summaries)
    } else {
        list_table(&summaries)
    };
    io.print(&text);
    let old: Vec<String> = summaries
        .iter()
        .filter(|s| s.age_days > args.max_age)
        .map(|s| format!("  {}: {} days", s.name, s.age_days))
        .collect();
    if !old.is_empty() {
        let warning = Diagnostic::warning(&diagnostics::catalog::STALE).detail(format!(
            "Figures older than {} days may have changed since:\n{}",
            args.max_age,
            old.join("\n")
        ));
        io.show(&warning.into(), &Sources::new());
    }
    Ok(0)
}
