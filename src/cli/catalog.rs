//! `mlinfra catalog`: what prices there are, how old they are, and where they come from.

mod compile;
mod import;
mod list;
mod lock;
mod show;

use std::path::PathBuf;

use super::{Io, Outcome, Report};
use crate::catalog::Catalog;
use crate::diagnostics::{self, Diagnostic};
use crate::store;

/// Price catalogs: what is there, how old it is, and how to update it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Compile(compile::Args),
    Import(import::Args),
    List(list::Args),
    Lock(lock::Args),
    Show(show::Args),
}

/// Which catalogs a command reads.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct CatalogSource {
    /// Folder of text catalogs to use instead of those built into the program
    #[arg(long, value_name = "DIR", env = "MLINFRA_CATALOGS")]
    catalogs: Option<PathBuf>,
    /// Folder for files that mlinfra keeps for itself
    #[arg(
        long,
        value_name = "DIR",
        env = "MLINFRA_DATA_DIR",
        default_value = ".mlinfra",
        hide = true
    )]
    data_dir: PathBuf,
}

impl CatalogSource {
    /// Loads the catalogs; says so when their compiled form had to be made first.
    ///
    /// # Errors
    ///
    /// `catalog::…` when they can't be used, `cli::cannot-read` or `cli::cannot-write` for files.
    pub(crate) fn load(&self, io: &mut Io) -> Result<Catalog, Report> {
        let Some(dir) = &self.catalogs else {
            return Ok(Catalog::embedded().map_err(|error| {
                Diagnostic::error(&diagnostics::catalog::DAMAGED)
                    .detail(format!("{error}, so the program's own file is damaged."))
                    .hint("install mlinfra again")
            })?);
        };
        let loaded = store::catalogs::load(dir, &self.data_dir)?;
        if let Some(kept) = loaded.compiled {
            let (from, to) = (dir.display(), kept.display());
            io.note(&format!("Compiled the catalogs of {from} into {to}.\n"));
        }
        Ok(loaded.catalog)
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    match &args.command {
        Command::Compile(args) => compile::run(args, io),
        Command::Import(args) => import::run(args, io),
        Command::List(args) => list::run(args, io),
        Command::Lock(args) => lock::run(args, io),
        Command::Show(args) => show::run(args, io),
    }
}
