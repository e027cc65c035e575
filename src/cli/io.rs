//! What a command sees of the world: streams, terminal, day and environment.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};

use super::exit;
use super::output::Output;
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, cli};
use crate::render;
use crate::render::style::Palette;
use crate::units::Date;

/// Columns when the output is no terminal: what people paste into reviews and logs.
const COLUMNS: usize = 80;

/// What a command returns: its exit code, or what went wrong.
pub(crate) type Outcome = Result<u8, Report>;

/// Diagnostics that end a command, with the files that they point into.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    /// What went wrong; at least one error.
    pub diagnostics: Diagnostics,
    /// The files that their places are in.
    pub sources: Sources,
    /// Whether to print JSON on stdout instead of text on stderr.
    pub json: bool,
}

impl From<Diagnostic> for Report {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostics: diagnostic.into(),
            ..Self::default()
        }
    }
}

impl From<Diagnostics> for Report {
    fn from(diagnostics: Diagnostics) -> Self {
        Self {
            diagnostics,
            ..Self::default()
        }
    }
}

/// The process's streams, terminal, clock and environment, as commands see them. Commands use no
/// others, so that tests can run them with any.
pub(crate) struct Io {
    /// Data for the caller. Writing to it never fails; see [`Output`].
    pub out: Output,
    /// Everything else.
    pub err: Output,
    /// Today, for the ages of catalogs.
    pub today: Date,
    /// Columns of the terminal that `out` is; 80 when it is none.
    pub width: usize,
    /// Whether `out` is a terminal.
    pub is_terminal: bool,
    /// Colours for both streams; each strips them where they aren't wanted.
    pub palette: Palette,
    env: BTreeMap<String, String>,
}

impl Io {
    /// From the running process. Colour is decided for each stream by itself; `NO_COLOR`,
    /// `CLICOLOR`, `CLICOLOR_FORCE`, `TERM` and `CI` count when the choice is `Auto`.
    pub(crate) fn from_process(colour: ColorChoice) -> Self {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        // A value that isn't UTF-8 can't be one of ours, since all of ours are text.
        let env: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .collect();
        Self {
            out: Output::new(AutoStream::new(
                std::io::stdout(),
                stream_choice(colour, &std::io::stdout()),
            )),
            err: Output::new(AutoStream::new(
                std::io::stderr(),
                stream_choice(colour, &std::io::stderr()),
            )),
            today: given_day(&env).unwrap_or_else(today),
            width: size.map_or(COLUMNS, |(width, _)| usize::from(width.0)),
            is_terminal: std::io::stdout().is_terminal(),
            palette: Palette::COLOUR,
            env,
        }
    }

    /// A variable of the environment.
    pub(crate) fn env(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str)
    }

    /// All variables of the environment, by name.
    pub(crate) fn env_vars(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// Whether standard error is a terminal that somebody watches, so that lines may change in place.
    pub(crate) fn is_live(&self) -> bool {
        let told = |name: &str| self.env(name).is_some_and(|value| !value.is_empty());
        let dumb = self.env("TERM") == Some("dumb");
        std::io::stderr().is_terminal() && !told("CI") && !told("MLINFRA_IN_AUTOMATION") && !dumb
    }

    /// Prints data for the caller.
    pub(crate) fn print(&mut self, text: &str) {
        drop(self.out.write_all(text.as_bytes()));
    }

    /// Shows what was printed so far to whoever reads along.
    pub(crate) fn flush(&mut self) {
        drop(self.out.flush());
    }

    /// Prints something for people that isn't data.
    pub(crate) fn note(&mut self, text: &str) {
        // What was printed before belongs before it.
        drop(self.out.flush());
        drop(self.err.write_all(text.as_bytes()));
        drop(self.err.flush());
    }

    /// Prints warnings or errors for people.
    pub(crate) fn show(&mut self, diagnostics: &Diagnostics, sources: &Sources) {
        let text = render::diagnostics::human_styled(diagnostics, sources, &self.palette);
        self.note(&text);
    }

    /// Reports what went wrong, if anything, and turns the outcome into an exit code.
    pub(crate) fn finish(&mut self, outcome: Outcome) -> u8 {
        let code = match outcome {
            Ok(code) => code,
            Err(report) => {
                self.report(&report);
                exit::code(&report.diagnostics)
            }
        };
        let failure = self.out.failure();
        drop(self.err.flush());
        let Some(error) = failure else { return code };
        let report = Diagnostic::error(&cli::CANNOT_WRITE)
            .detail(format!(
                "Standard output: {error}. What was printed isn't complete."
            ))
            .into();
        self.show(&report, &Sources::new());
        exit::code(&report)
    }

    fn report(&mut self, report: &Report) {
        if report.json {
            let document = render::diagnostics::json_document(&report.diagnostics, &report.sources);
            self.print(&format!("{document:#}\n"));
        } else {
            self.show(&report.diagnostics, &report.sources);
        }
    }
}

fn stream_choice(wanted: ColorChoice, stream: &impl anstream::stream::RawStream) -> ColorChoice {
    match wanted {
        ColorChoice::Auto => AutoStream::choice(stream),
        other => other,
    }
}

/// The day that `SOURCE_DATE_EPOCH` gives, by which builds are made to give the same again later.
fn given_day(env: &BTreeMap<String, String>) -> Option<Date> {
    let seconds: u64 = env.get("SOURCE_DATE_EPOCH")?.parse().ok()?;
    Date::from_days_since_epoch(i32::try_from(seconds / 86_400).ok()?)
}

fn today() -> Date {
    let days = std::time::UNIX_EPOCH
        .elapsed()
        .map_or(0, |d| d.as_secs() / 86_400);
    i32::try_from(days)
        .ok()
        .and_then(Date::from_days_since_epoch)
        .or_else(|| Date::from_days_since_epoch(0))
        .expect("1970 is a day")
}

#[cfg(test)]
pub(crate) mod testing {
    //! An [`Io`] whose output tests can read.

    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    /// Bytes that an [`Io`] has written.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct Captured(Rc<RefCell<Vec<u8>>>);

    impl Captured {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).unwrap()
        }
    }

    impl std::io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Io {
        /// No terminal, no colour, 2026-11-21, an empty environment; returns stdout and stderr too.
        pub(crate) fn captured() -> (Self, Captured, Captured) {
            let (out, err) = (Captured::default(), Captured::default());
            let io = Self {
                out: Output::new(out.clone()),
                err: Output::new(err.clone()),
                today: Date::parse("2026-11-21").unwrap(),
                width: COLUMNS,
                is_terminal: false,
                palette: Palette::PLAIN,
                env: BTreeMap::new(),
            };
            (io, out, err)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::spec;

    #[test]
    fn errors_go_to_stderr_and_decide_the_exit_code() {
        let (mut io, out, err) = Io::captured();
        io.print("data\n");
        let code = io.finish(Err(Diagnostic::error(&spec::SYNTAX).detail("Why.").into()));
        assert_eq!(code, 10);
        assert_eq!(out.text(), "data\n");
        assert_eq!(err.text(), "error[spec::syntax]: syntax error\n\nWhy.\n");
    }

    #[test]
    fn json_errors_go_to_stdout() {
        let (mut io, out, err) = Io::captured();
        let mut report = Report::from(Diagnostic::error(&spec::SYNTAX));
        report.json = true;
        assert_eq!(io.finish(Err(report)), 10);
        let value: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
        assert_eq!(value["format_version"], "1.0");
        assert_eq!(value["error_count"], 1);
        assert_eq!(value["warning_count"], 0);
        assert_eq!(value["diagnostics"][0]["code"], "spec::syntax");
        assert_eq!(err.text(), "");
    }
}
