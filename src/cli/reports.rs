//! Reports for machines that show what was found: SARIF for code hosts, JUnit for CI servers.

use std::path::PathBuf;

use super::{Outcome, Report};
use crate::diagnostics::{Diagnostic, Diagnostics, Sources};
use crate::planning::plan::BudgetUse;
use crate::render::junit::{Suite, junit};
use crate::render::sarif::{Told, sarif};
use crate::review::verdict::Verdict;
use crate::store;

/// Which reports are written.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    sarif: SarifArgs,
    /// Write what policies and budgets say to a file, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// The one report that every command can write.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct SarifArgs {
    /// Write mistakes, warnings and what policies say to a file, as SARIF
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
}

/// What was found of one spec.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub spec: String,
    pub diagnostics: Diagnostics,
    pub sources: Sources,
    pub verdicts: Vec<Verdict>,
    pub budgets: Vec<BudgetUse>,
}

impl Found {
    /// Nothing yet of a spec.
    pub(crate) fn of(spec: String) -> Self {
        Self {
            spec,
            ..Self::default()
        }
    }

    /// Adds what ended the command.
    pub(crate) fn ended(&mut self, outcome: &Outcome) {
        if let Err(Report {
            diagnostics,
            sources,
            ..
        }) = outcome
        {
            self.diagnostics = diagnostics.clone();
            self.sources = sources.clone();
        }
    }
}

impl SarifArgs {
    /// Writes what was found.
    ///
    /// # Errors
    ///
    /// `cli::cannot-write`.
    pub(crate) fn write(&self, found: &[Found]) -> Result<(), Diagnostic> {
        let Some(path) = &self.sarif else {
            return Ok(());
        };
        let told = found.iter().map(|found| Told {
            diagnostics: &found.diagnostics,
            sources: &found.sources,
            verdicts: &found.verdicts,
        });
        let document = sarif(&told.collect::<Vec<_>>());
        store::plans::write(path, &format!("{document:#}\n"))
    }
}

impl ReportArgs {
    /// Writes what was found.
    ///
    /// # Errors
    ///
    /// `cli::cannot-write`.
    pub(crate) fn write(&self, found: &[Found]) -> Result<(), Diagnostic> {
        self.sarif.write(found)?;
        let Some(path) = &self.junit else {
            return Ok(());
        };
        let suites = found.iter().map(|found| Suite {
            spec: &found.spec,
            verdicts: &found.verdicts,
            budgets: &found.budgets,
        });
        store::plans::write(path, &junit(&suites.collect::<Vec<_>>()))
    }
}
