use std::io::Write;
use std::process::ExitCode;

use crate::diagnostics::{Diagnostics, ExitKind, Severity, Sources};
use crate::render;
use crate::units::Date;

/// What a command returns: its exit code, or what went wrong.
pub(crate) type Outcome = Result<u8, Report>;

/// Diagnostics that end a command, with the files that they point into.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What went wrong; at least one error.
    pub diagnostics: Diagnostics,
    /// The files that their places are in.
    pub sources: Sources,
    /// Whether to print JSON on stdout instead of text on stderr.
    pub json: bool,
}

impl From<crate::diagnostics::Diagnostic> for Report {
    fn from(diagnostic: crate::diagnostics::Diagnostic) -> Self {
        Self {
            diagnostics: diagnostic.into(),
            ..Self::default()
        }
    }
}

/// The process's streams, terminal and clock, as commands see them.
pub(crate) struct Io {
    /// Data for the caller.
    pub out: Box<dyn Write>,
    /// Everything else.
    pub err: Box<dyn Write>,
    /// Today, for the ages of catalogs.
    pub today: Date,
}

impl Io {
    /// From the running process.
    pub(crate) fn from_process() -> Self {
        let days = std::time::UNIX_EPOCH
            .elapsed()
            .map_or(0, |d| d.as_secs() / 86_400);
        let today = i32::try_from(days)
            .ok()
            .and_then(Date::from_days_since_epoch);
        Self {
            out: Box::new(anstream::stdout()),
            err: Box::new(anstream::stderr()),
            today: today.unwrap_or_else(|| Date::from_days_since_epoch(0).expect("1970 is a day")),
        }
    }

    /// Prints warnings or errors for people.
    pub(crate) fn show(&mut self, diagnostics: &Diagnostics, sources: &Sources) {
        drop(
            self.err
                .write_all(render::diagnostics::human(diagnostics, sources).as_bytes()),
        );
    }

    /// Reports what went wrong, if anything, and turns the outcome into an exit code.
    pub(crate) fn finish(mut self, outcome: Outcome) -> ExitCode {
        let code = match outcome {
            Ok(code) => code,
            Err(report) => {
                self.show(&report.diagnostics, &report.sources);
                exit_code(&report.diagnostics)
            }
        };
        drop(self.out.flush());
        ExitCode::from(code)
    }
}

/// The one table from kinds of error to exit codes. The first error decides.
fn exit_code(diagnostics: &Diagnostics) -> u8 {
    let first = diagnostics.iter().find(|d| d.severity == Severity::Error);
    match first.map(|d| d.code.exit) {
        None | Some(ExitKind::Error) => 1,
        Some(ExitKind::Usage) => 10,
        Some(ExitKind::Denied) => 14,
        Some(ExitKind::PriceUnknown) => 15,
        Some(ExitKind::Infeasible) => 19,
    }
}
