//! `mlinfra catalog lock`.

use std::path::PathBuf;

use super::{CatalogSource, Io, Outcome};
use crate::store;

/// Write `.mlinfra.lock.hcl`, which pins the catalogs that a spec is planned with
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the spec
    #[arg(default_value = ".")]
    spec_dir: PathBuf,
    #[command(flatten)]
    source: CatalogSource,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let catalog = args.source.load(io)?;
    let path = store::lock::write(&args.spec_dir, &catalog)?;
    let n = catalog.infos().len();
    io.print(&format!("Locked {n} catalogs in {}.\n", path.display()));
    Ok(0)
}
