//! `mlinfra catalog import`.

use std::path::PathBuf;

use super::{Io, Outcome, report};
use crate::catalog::import::{self, Format};
use crate::diagnostics::{self, Diagnostic};
use crate::render;
use crate::store;
use crate::units::Date;

/// Make a text catalog of published price sheets, with an account of every row
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Format of the sheets
    #[arg(long, value_name = "FORMAT", value_parser = format_names())]
    from: String,
    /// Sheets, or folders of them, as published
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Folder of catalogs to write into, e.g. `catalogs`
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Day of the figures, for sheets that don't say it themselves; FILE=DATE for one of several
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Vec<(Option<String>, Date)>,
    /// Print the account as JSON
    #[arg(long)]
    json: bool,
}

fn format_names() -> clap::builder::PossibleValuesParser {
    Format::ALL.map(|(name, _)| name).into()
}

fn parse_day(text: &str) -> Result<(Option<String>, Date), String> {
    let (file, day) = match text.rsplit_once('=') {
        Some((file, day)) => (Some(file.to_owned()), day),
        None => (None, text),
    };
    let day = Date::parse(day).map_err(|e| e.to_string())?;
    Ok((file, day))
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let Some(format) = Format::from_name(&args.from) else {
        return Ok(10);
    };
    let fail = report(args.json);
    let mut input = store::catalogs::read_sheets(format, &args.paths).map_err(&fail)?;
    for (file, day) in &args.as_of {
        match file {
            Some(file) => _ = input.as_of.insert(file.clone(), *day),
            None => input.default_as_of = Some(*day),
        }
    }
    let imported = import::import(format, &input).map_err(|error| fail(cannot_import(&error)))?;
    let written = store::catalogs::write(&args.out, &imported.catalog).map_err(&fail)?;
    let folder = args.out.join(&imported.catalog.name);
    let text = if args.json {
        render::catalog::import_json(&imported)
    } else {
        render::catalog::import_table(&imported)
    };
    io.print(&text);
    let folder = folder.display();
    io.note(&format!(
        "Wrote {written} files that changed in {folder}.\n"
    ));
    Ok(0)
}

fn cannot_import(error: &import::ImportError) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(&diagnostics::catalog::CANNOT_IMPORT).detail(format!("{error}."));
    match error {
        import::ImportError::NoDate { file } => {
            diagnostic.hint(format!("give its day: `--as-of {file}=2026-05-20`"))
        }
        _ => diagnostic,
    }
}
