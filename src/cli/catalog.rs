//! `mlinfra catalog`: what prices there are, how old they are, and where they come from.

mod compile;
mod import;
mod list;
mod lock;
mod show;

use std::path::{Path, PathBuf};

use super::{Io, Outcome, Report};
use crate::catalog::Catalog;
use crate::diagnostics::{self, Diagnostic};
use crate::store;
pub(crate) use show::check_gpu;

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
    /// Folder of text catalogs, or a file that `catalog compile` wrote, instead of the catalogs in
    /// the program; also MLINFRA_CATALOGS
    #[arg(long, value_name = "PATH")]
    catalogs: Option<PathBuf>,
}

impl CatalogSource {
    /// Loads the catalogs; says so when their compiled form had to be made first.
    ///
    /// # Errors
    ///
    /// `catalog::…` when they can't be used, `cli::cannot-read` or `cli::cannot-write` for files.
    pub(crate) fn load(&self, io: &mut Io) -> Result<Catalog, Diagnostic> {
        match self.path(io) {
            Some(path) => Self::load_at(&path, io),
            None => Catalog::embedded().map_err(|error| {
                Diagnostic::error(&diagnostics::catalog::DAMAGED)
                    .detail(format!("The program's own file is damaged: {error}."))
                    .hint("install mlinfra again")
            }),
        }
    }

    /// Where the catalogs are; `None` for those in the program.
    pub(crate) fn path(&self, io: &Io) -> Option<PathBuf> {
        let from_env = io.env("MLINFRA_CATALOGS").filter(|v| !v.is_empty());
        self.catalogs.clone().or(from_env.map(PathBuf::from))
    }

    /// Loads the catalogs of a folder, or of a file that `catalog compile` wrote.
    ///
    /// # Errors
    ///
    /// As [`CatalogSource::load`].
    pub(crate) fn load_at(path: &Path, io: &mut Io) -> Result<Catalog, Diagnostic> {
        let cache = io.env("MLINFRA_DATA_DIR").unwrap_or(".mlinfra");
        let loaded = store::catalogs::load(path, Path::new(cache))?;
        if let Some(kept) = loaded.compiled {
            let (from, to) = (path.display(), kept.display());
            io.note(&format!("Compiled the catalogs of {from} into {to}.\n"));
        }
        Ok(loaded.catalog)
    }
}

/// Errors of a command that prints JSON when asked to.
fn report(json: bool) -> impl Fn(Diagnostic) -> Report {
    move |diagnostic| Report {
        json,
        ..diagnostic.into()
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
