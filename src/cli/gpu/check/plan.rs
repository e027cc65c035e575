//! What a plan says of the GPUs of one pool.

use std::path::{Path, PathBuf};

use mlinfra_provider_nvml::{Expectation, Mig};
use serde_json::{Map, Value};

use super::{Catalogs, bought};
use crate::catalog::Catalog;
use crate::diagnostics::{Diagnostic, gpu as codes};
use crate::render::plan::is_as_written;
use crate::spec::suggestion;
use crate::store;
use crate::units::Millionths;

/// A pool of a plan, on a node of which we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pool {
    /// What its nodes have to be like.
    pub expectation: Expectation,
    /// What to run to see whether the work fits; none where the plan has nothing to run.
    pub probe: Option<Probe>,
}

/// Something to run on the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Probe {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Bytes of each card that programs can have; unknown when `None`.
    pub usable_bytes: Option<u64>,
}

/// Where a plan and the pool in it are.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct PlanArgs {
    /// Expect what this plan chose, a file that `mlinfra plan -o` wrote
    #[arg(long, value_name = "FILE", requires = "pool")]
    plan: Option<PathBuf>,
    /// The stage or pool of the plan that this machine is for
    #[arg(long, value_name = "NAME", requires = "plan")]
    pool: Option<String>,
}

impl PlanArgs {
    /// Reads the plan; none when the arguments name none.
    ///
    /// # Errors
    ///
    /// `gpu::wrong-plan`, `gpu::unknown-pool`, and those of reading a file.
    pub(super) fn load(&self, catalogs: Catalogs<'_>) -> Result<Option<Pool>, Diagnostic> {
        let (Some(path), Some(name)) = (&self.plan, &self.pool) else {
            return Ok(None);
        };
        let plan = store::plans::read(path, &codes::WRONG_PLAN)?;
        pool(&plan, name, path, &catalogs()?).map(Some)
    }
}

fn pool(plan: &Value, name: &str, path: &Path, catalog: &Catalog) -> Result<Pool, Diagnostic> {
    let wrong = |why: &str| {
        let path = path.display();
        Diagnostic::error(&codes::WRONG_PLAN)
            .detail(format!("`{path}` {why}."))
            .hint_command("To write a plan, run:", format!("mlinfra plan -o {path}"))
    };
    let version = plan["format_version"].as_str().unwrap_or_default();
    let stages = plan["placement"].as_object();
    let stages = stages.filter(|_| version.starts_with("1."));
    let Some(stages) = stages else {
        return Err(wrong("isn't a plan of format 1"));
    };
    if !is_as_written(plan) {
        return Err(wrong(
            "was changed after it was written: `plan_sha256` isn't the digest of the rest",
        ));
    }
    let placement = stages
        .get(name)
        .filter(|placement| placement["gpu"].is_string());
    let Some(placement) = placement else {
        return Err(unknown(name, stages, path));
    };
    let gpu = placement["gpu"].as_str().unwrap_or_default();
    let Some((_, bought)) = catalog.gpus().find(|(_, known)| known.name == gpu) else {
        return Err(wrong(&format!("has GPUs `{gpu}`, which no catalog has")));
    };
    let mut expectation = Expectation {
        mig: Some(Mig::Off),
        count: count(&placement["gpus_per_node"]),
        ..Expectation::default()
    };
    bought::expect(&[bought], &mut expectation);
    if let Some(part) = part(&placement["gpus_per_node"]) {
        // A machine shows its part of a GPU as one with less memory.
        expectation.count = Some(1);
        let whole = expectation.memory_total;
        expectation.memory_total = whole.map(|bytes| bytes / 1_000_000 * part.get());
    }
    // Null where the plan judges nothing; so are all of its members then.
    let fit = &plan["fit"][name];
    expectation.memory_free = fit["needed_bytes"].as_u64();
    let usable = bought.usable().map(|usable| u64::from(usable.mib) << 20);
    Ok(Pool {
        expectation,
        probe: words(&fit["probe"]).map(|argv| Probe {
            argv,
            usable_bytes: fit["usable_bytes"].as_u64().or(usable),
        }),
    })
}

/// A whole number of GPUs; parts of one aren't counted.
fn count(value: &Value) -> Option<u32> {
    let text = value.as_str().map(str::to_owned);
    text.unwrap_or_else(|| value.to_string()).parse().ok()
}

/// The share of a GPU where a node has no whole one.
fn part(value: &Value) -> Option<Millionths> {
    let share = Millionths::parse(value.as_str()?).ok()?;
    (share < Millionths::ONE && share > Millionths::default()).then_some(share)
}

fn words(value: &Value) -> Option<Vec<String>> {
    let words = value
        .as_array()?
        .iter()
        .map(|word| word.as_str().map(str::to_owned));
    words
        .collect::<Option<Vec<String>>>()
        .filter(|words| !words.is_empty())
}

fn unknown(name: &str, stages: &Map<String, Value>, path: &Path) -> Diagnostic {
    let with_gpus = stages
        .iter()
        .filter(|(_, placement)| placement["gpu"].is_string());
    let known: Vec<&str> = with_gpus.map(|(name, _)| name.as_str()).collect();
    let what = if stages.contains_key(name) {
        format!("Pool `{name}` of `{}` has no GPUs.", path.display())
    } else {
        format!("`{}` has no pool `{name}`.", path.display())
    };
    let error = Diagnostic::error(&codes::UNKNOWN_POOL).detail(what);
    match suggestion(name, known.iter().copied(), "The pools with GPUs are") {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
