//! What every command that reads a spec takes: its path and values for its variables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Io, Report};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Sources, spec};
use crate::model::Project;
use crate::spec::{Inputs, VariableInput};
use crate::store::spec_files;

/// Arguments that name a spec and set its variables.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SpecArgs {
    /// The spec: a folder with `*.mlinfra.hcl` files, or one file.
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Set a variable of the spec; also MLINFRA_VAR_<name>
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
    /// Set variables from a file of `name = value` lines, or of JSON if it ends in `.json`.
    #[arg(long = "var-file", value_name = "FILE")]
    pub var_files: Vec<PathBuf>,
}

/// The same for commands whose first argument is something else.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SpecOption {
    /// The spec: a folder with `*.mlinfra.hcl` files, or one file
    #[arg(long = "spec", value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// Set a variable of the spec; also MLINFRA_VAR_<name>
    #[arg(long = "var", value_name = "NAME=VALUE")]
    vars: Vec<String>,
    /// Set variables from a file of `name = value` lines, or of JSON if it ends in `.json`
    #[arg(long = "var-file", value_name = "FILE")]
    var_files: Vec<PathBuf>,
}

impl From<SpecOption> for SpecArgs {
    fn from(option: SpecOption) -> Self {
        let SpecOption {
            path,
            vars,
            var_files,
        } = option;
        Self {
            path,
            vars,
            var_files,
        }
    }
}

/// A spec without errors.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What it says.
    pub project: Project,
    /// Its files, for places in messages.
    pub sources: Sources,
    /// What may not be as it was meant.
    pub warnings: Diagnostics,
}

/// Prefix of environment variables that set variables of the spec.
const PREFIX: &str = "MLINFRA_VAR_";

/// Reads the spec that the arguments name.
pub(crate) fn load(args: &SpecArgs, io: &Io) -> Result<Loaded, Report> {
    load_changed(args, io, Ok)
}

/// Reads the spec that the arguments name, after its files were changed in memory.
pub(crate) fn load_changed(
    args: &SpecArgs,
    io: &Io,
    change: impl FnOnce(Sources) -> Result<Sources, Box<Diagnostic>>,
) -> Result<Loaded, Report> {
    let (mut sources, mut problems) = match spec_files::read(&args.path) {
        Ok(sources) => (sources, Diagnostics::new()),
        Err(problems) => (Sources::new(), problems),
    };
    match change(sources) {
        Ok(changed) => sources = changed,
        Err(diagnostic) => return Err((*diagnostic).into()),
    }
    let mut variable_files = Vec::new();
    for file in &args.var_files {
        match spec_files::read_text(file) {
            Ok(text) => variable_files.push(sources.add(file.display().to_string(), text)),
            Err(diagnostic) => problems.push(*diagnostic),
        }
    }
    let folder = folder(&args.path);
    let outside = Outside {
        vars: &args.vars,
        env: io.env_vars(),
        file: &|path| spec_files::read_beside(&folder, path),
    };
    understand(sources, variable_files, problems, &outside)
}

/// What a spec gets from outside of its files.
pub(crate) struct Outside<'a> {
    /// `NAME=VALUE` from the command line.
    pub vars: &'a [String],
    /// The environment.
    pub env: &'a BTreeMap<String, String>,
    /// Reads a file for `file("x")`.
    pub file: &'a dyn Fn(&str) -> Result<String, String>,
}

/// Makes a project of files that were read, wherever they come from, unless there are problems already.
pub(crate) fn understand(
    sources: Sources,
    variable_files: Vec<FileId>,
    mut problems: Diagnostics,
    outside: &Outside<'_>,
) -> Result<Loaded, Report> {
    let variables = assignments(outside.vars, &mut problems);
    if problems.has_errors() {
        return Err(report(problems, sources));
    }
    let inputs = Inputs {
        variables,
        variable_files,
        environment_variables: from_environment(outside.env),
        env: &|name| outside.env.get(name).cloned(),
        file: outside.file,
    };
    match crate::spec::load(&sources, &inputs) {
        (Some(project), warnings) => Ok(Loaded {
            project,
            sources,
            warnings,
        }),
        (None, diagnostics) => Err(report(diagnostics, sources)),
    }
}

fn report(diagnostics: Diagnostics, sources: Sources) -> Report {
    Report {
        diagnostics,
        sources,
        ..Report::default()
    }
}

/// The folder whose files `file("x")` may read.
pub(super) fn folder(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn assignments(vars: &[String], problems: &mut Diagnostics) -> BTreeMap<String, VariableInput> {
    let mut variables = BTreeMap::new();
    for var in vars {
        let Some((name, text)) = var.split_once('=') else {
            let detail = format!("`-var {var}` has no value; it is written `-var NAME=VALUE`.");
            problems.push(Diagnostic::error(&spec::VARIABLE_VALUE).detail(detail));
            continue;
        };
        let input = VariableInput {
            text: text.to_owned(),
            given_by: "-var".to_owned(),
        };
        variables.insert(name.trim().to_owned(), input);
    }
    variables
}

fn from_environment(env: &BTreeMap<String, String>) -> BTreeMap<String, VariableInput> {
    let set = env.iter().filter_map(|(key, value)| {
        let name = key.strip_prefix(PREFIX)?;
        let input = VariableInput {
            text: value.clone(),
            given_by: key.clone(),
        };
        Some((name.to_owned(), input))
    });
    set.collect()
}
