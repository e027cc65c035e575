//! `mlinfra diff`: what a change of specs costs, by cause.

mod catalogs;
mod find;
mod make;
mod output;
mod parallel;
mod read;

use std::path::PathBuf;

use jiff::Timestamp;

use self::catalogs::Catalogs;
use self::make::Made;
use self::read::Reader;
use super::catalog::CatalogSource;
use super::policies::PolicyArgs;
use super::reports::{Found, ReportArgs};
use super::{Io, Outcome, Report, exit};
use crate::render::text;
use crate::review::{FORMAT_VERSION, Review, SpecReview};
use crate::units::Money;

/// Show what a change of specs costs, by cause
///
/// With two paths, holds the second against the first: folders, specs or files of `plan -o`. Else
/// holds all specs below the paths, as they are in the working tree or in `--head`, against where
/// they forked from `--base`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Specs or folders of the repository; or the older and the newer side, without `--base`
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    revisions: Revisions,
    #[command(flatten)]
    variables: Variables,
    #[command(flatten)]
    catalogs: CatalogSource,
    /// The same for the older side; else what its lock file names, if it is at hand
    #[arg(long, value_name = "PATH")]
    base_catalogs: Option<PathBuf>,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    reports: ReportArgs,
    #[command(flatten)]
    output: output::OutputArgs,
    /// When this holds, as `2026-11-21T10:00:00Z`: of two comments the later counts [now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    valid_at: Option<Timestamp>,
    /// Exit with 2 when the cost differs, 0 when it doesn't
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Which revisions are compared.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Revisions {
    /// Compare with where the specs forked from this branch, tag or commit [the default branch of
    /// `origin`]
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    base: Option<String>,
    /// The newer side is this branch, tag or commit instead of the working tree
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    head: Option<String>,
    /// Compare with `--base` itself instead of where the specs forked from it
    #[arg(long)]
    exact: bool,
}

/// Values of variables, for all specs.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Variables {
    /// Set a variable of the specs; also MLINFRA_VAR_<name>
    #[arg(long = "var", value_name = "NAME=VALUE")]
    vars: Vec<String>,
    /// Set variables from a file of `name = value` lines, or of JSON if it ends in `.json`; each side
    /// has its own version of a file in the repository
    #[arg(long = "var-file", value_name = "FILE")]
    var_files: Vec<PathBuf>,
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    let time: Timestamp = text.parse().map_err(|e: jiff::Error| e.to_string())?;
    // What a comment says of its age has whole seconds.
    Timestamp::from_second(time.as_second()).map_err(|e| e.to_string())
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default();
    let scope = find::scope(args)?;
    let pairs = scope.pairs(args)?;
    let catalogs = Catalogs::load(args, &scope, io)?;
    let policies = args.policies.load(io)?;
    let reader = Reader {
        variables: &args.variables,
        catalogs: &catalogs,
        env: io.env_vars(),
        scope: &scope,
    };
    let mut made = make::all(&reader, &pairs);
    make::judge(&mut made, &policies, io.today)?;
    let found: Vec<Found> = made.iter().map(Made::found).collect();
    args.reports.write(&found)?;
    let valid_at = args.valid_at.unwrap_or(now);
    finish(args, made, valid_at, io)
}

/// Prints the review, then what is wrong, and says so by the exit code.
fn finish(args: &Args, made: Vec<Made>, valid_at: Timestamp, io: &mut Io) -> Outcome {
    let mut specs = Vec::new();
    let mut told = Vec::new();
    for Made {
        review, problems, ..
    } in made
    {
        specs.push(review);
        told.extend(problems);
    }
    let review = Review {
        format_version: FORMAT_VERSION.to_owned(),
        valid_at: valid_at.to_string(),
        specs,
    };
    args.output.print(&review, io)?;
    let mut codes = Vec::new();
    for problem in told {
        if let Some(lead) = &problem.lead {
            io.note(&format!("\n{}\n\n", text::inert_line(lead)));
        }
        io.show(&problem.report.diagnostics, &problem.report.sources);
        if problem.decides && problem.report.diagnostics.has_errors() {
            codes.push(exit::code(&problem.report.diagnostics));
        }
    }
    // What can't be planned is worse than what must not be used.
    let broken = codes.iter().find(|code| **code != exit::DENIED);
    if let Some(code) = broken.or(codes.first()) {
        return Ok(*code);
    }
    if review.specs.iter().any(SpecReview::is_denied) {
        return Ok(exit::DENIED);
    }
    Ok(if args.detailed_exitcode && differs(&review) {
        exit::CHANGES
    } else {
        0
    })
}

/// Whether the cost differs, or isn't known on both sides.
fn differs(review: &Review) -> bool {
    let total = |spec: &SpecReview| spec.difference.map(|d| d.total().total);
    review
        .specs
        .iter()
        .any(|spec| total(spec) != Some(Money::ZERO))
}
