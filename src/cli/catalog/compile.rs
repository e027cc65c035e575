//! `mlinfra catalog compile`.

use std::path::PathBuf;

use super::{Io, Outcome};
use crate::catalog::text::Digests;
use crate::store;

/// Check text catalogs and compile them; write their manifests again after an edit by hand
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of text catalogs
    dir: PathBuf,
    /// Write every catalog in its canonical form with new digests
    #[arg(long)]
    seal: bool,
    /// Write the compiled form to this file
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let digests = if args.seal {
        Digests::Renew
    } else {
        Digests::Check
    };
    let catalogs = store::catalogs::read(&args.dir, digests)?;
    // Compiled before anything is written: what has no meaning isn't sealed.
    let compiled = store::catalogs::compile(&args.dir, &catalogs)?;
    for catalog in &catalogs {
        if args.seal {
            let written = store::catalogs::write(&args.dir, catalog)?;
            io.print(&format!("{}: {written} files written\n", catalog.name));
        }
    }
    if let Some(out) = &args.out {
        store::catalogs::write_compiled(out, &compiled)?;
    }
    let (n, bytes) = (catalogs.len(), compiled.len());
    io.print(&format!(
        "{n} catalogs are sound: {bytes} bytes compiled.\n"
    ));
    Ok(0)
}
