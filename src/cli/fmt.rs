//! `mlinfra fmt`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{Io, Outcome, Report};
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, spec};
use crate::spec::fmt::format;
use crate::store::spec_files;

/// Arguments of `mlinfra fmt`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, or folders with `*.mlinfra.hcl` files; `-` for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Change nothing; name the files that would change, and exit with 1 if there are any
    #[arg(long)]
    check: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let mut sources = Sources::new();
    let mut problems = Diagnostics::new();
    let mut changed = false;
    for path in &args.paths {
        if path.as_os_str() == "-" {
            changed |= stdin(args, io, &mut sources, &mut problems);
            continue;
        }
        let files = if path.is_dir() {
            spec_files::list(path)
        } else {
            Ok(vec![path.clone()])
        };
        match files {
            Ok(files) => {
                for file in files {
                    changed |= one(&file, args, io, &mut sources, &mut problems);
                }
            }
            Err(diagnostics) => problems.extend(diagnostics),
        }
    }
    if problems.has_errors() {
        return Err(Report {
            diagnostics: problems,
            sources,
            ..Report::default()
        });
    }
    Ok(u8::from(args.check && changed))
}

/// Lays one file out; whether it changed.
fn one(
    file: &Path,
    args: &Args,
    io: &mut Io,
    sources: &mut Sources,
    problems: &mut Diagnostics,
) -> bool {
    let text = match spec_files::read_text(file) {
        Ok(text) => text,
        Err(diagnostic) => {
            problems.push(*diagnostic);
            return false;
        }
    };
    let name = file.strip_prefix(".").unwrap_or(file).display().to_string();
    let Some(formatted) = laid_out(&name, &text, sources, problems) else {
        return false;
    };
    if formatted == text {
        return false;
    }
    if !args.check
        && let Err(diagnostic) = spec_files::replace(file, &formatted)
    {
        problems.push(*diagnostic);
        return false;
    }
    io.print(&format!("{name}\n"));
    true
}

fn stdin(args: &Args, io: &mut Io, sources: &mut Sources, problems: &mut Diagnostics) -> bool {
    const NAME: &str = "<stdin>";
    let mut bytes = Vec::new();
    if let Err(error) = std::io::stdin().lock().read_to_end(&mut bytes) {
        let detail = format!("Standard input can't be read: {error}.");
        problems.push(Diagnostic::error(&spec::NOT_READABLE).detail(detail));
        return false;
    }
    let text = match spec_files::decode(NAME, bytes) {
        Ok(text) => text,
        Err(diagnostic) => {
            problems.push(diagnostic);
            return false;
        }
    };
    let Some(formatted) = laid_out(NAME, &text, sources, problems) else {
        return false;
    };
    if args.check {
        if formatted != text {
            io.print(&format!("{NAME}\n"));
        }
    } else {
        io.print(&formatted);
    }
    formatted != text
}

/// The text in the standard layout; its error gets the place that this file has among the sources.
fn laid_out(
    name: &str,
    text: &str,
    sources: &mut Sources,
    problems: &mut Diagnostics,
) -> Option<String> {
    match format(text) {
        Ok(formatted) => Some(formatted),
        Err(mut diagnostic) => {
            let id = sources.add(name, text);
            if let Some(origin) = &mut diagnostic.origin {
                origin.file = id;
            }
            problems.push(*diagnostic);
            None
        }
    }
}
