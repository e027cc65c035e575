//! `mlinfra init`.

use std::path::PathBuf;

use super::{Io, Outcome};
use crate::diagnostics::{Diagnostic, spec};
use crate::store::spec_files;

/// Arguments of `mlinfra init`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to write the spec to
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// The spec that is written: it plans as it is, and says what to change.
const STARTER: &str = include_str!("init/starter.mlinfra.hcl");
/// The file's name.
const NAME: &str = "main.mlinfra.hcl";

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let path = args.folder.join(NAME);
    let shown = path
        .strip_prefix(".")
        .unwrap_or(&path)
        .display()
        .to_string();
    if args.folder.is_dir()
        && let Ok(files) = spec_files::list(&args.folder)
        && let Some(file) = files.first()
    {
        let file = file.strip_prefix(".").unwrap_or(file);
        let detail = format!(
            "There is `{}` already, and nothing is overwritten.",
            file.display()
        );
        let diagnostic = Diagnostic::error(&spec::SPEC_EXISTS).detail(detail);
        return Err(diagnostic
            .hint("give an empty folder: `mlinfra init DIR`.")
            .into());
    }
    spec_files::create(&path, STARTER).map_err(|d| *d)?;
    let folder = args.folder.display().to_string();
    let argument = if folder == "." {
        String::new()
    } else {
        format!(" {folder}")
    };
    io.print(&format!(
        "Wrote {shown}, a spec of one nightly job with comments on what else there is.\n\n\
         To see what it would run on and what that costs, run:\n    mlinfra plan{argument}\n"
    ));
    Ok(0)
}
