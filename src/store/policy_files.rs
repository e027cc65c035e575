//! Reads the policy files of an organisation: `*.policy.hcl`, `*.rego` and the JSON beside those.

use std::fs;
use std::path::{Path, PathBuf};

use super::spec_files::read_text;
use crate::catalog::text::sha256_hex;
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, policy};

/// Most files of all paths together. Organisations have dozens.
const MOST_FILES: usize = 1000;
/// Most folders inside of each other. Rego's packages are two or three deep.
const MOST_DEEP: usize = 8;

/// What was read.
#[derive(Debug, Default)]
pub struct PolicyFiles {
    /// The `*.policy.hcl` files.
    pub sources: Sources,
    /// The Rego modules.
    pub modules: Sources,
    /// Name and text of each JSON file beside those.
    pub data: Vec<(String, String)>,
    /// sha-256 of all texts, in hex: the same for the same files wherever they lie.
    pub sha256: String,
}

/// Reads files and folders with all that is in them, in the order given and then by name.
///
/// # Errors
///
/// One diagnostic for each that can't be read, `policy::no-files` for each path that has none.
pub fn read(paths: &[PathBuf]) -> Result<PolicyFiles, Diagnostics> {
    let mut files = PolicyFiles::default();
    let mut problems = Diagnostics::new();
    let mut texts = Vec::new();
    for path in paths {
        let mut found = Vec::new();
        if let Err(diagnostic) = list(path, MOST_DEEP, &mut found) {
            problems.push(diagnostic);
            continue;
        }
        found.retain(|file| kind(file).is_some() || file == path);
        found.sort();
        if !found.iter().any(|file| kind(file).is_some_and(is_policy)) {
            problems.push(none(path));
        }
        for file in found {
            match (read_text(&file), kind(&file)) {
                (Ok(text), Some(kind)) => {
                    texts.push(format!("{kind:?}\n{}", sha256_hex(text.as_bytes())));
                    files.keep(kind, file.display().to_string(), text);
                }
                (Ok(_), None) => {}
                (Err(diagnostic), _) => problems.push(*diagnostic),
            }
        }
    }
    if texts.len() > MOST_FILES {
        problems.push(too_many(texts.len()));
    }
    texts.sort();
    files.sha256 = sha256_hex(texts.join("\n").as_bytes());
    if problems.is_empty() {
        Ok(files)
    } else {
        Err(problems)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blocks,
    Rego,
    Data,
}

const fn is_policy(kind: Kind) -> bool {
    matches!(kind, Kind::Blocks | Kind::Rego)
}

/// What a file is, by its name. Tests of Rego policies say nothing of plans.
fn kind(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_string_lossy();
    if name.starts_with('.') || name.ends_with("_test.rego") {
        return None;
    }
    let kinds = [
        (".policy.hcl", Kind::Blocks),
        (".rego", Kind::Rego),
        (".json", Kind::Data),
    ];
    let mut kinds = kinds.into_iter();
    kinds.find_map(|(suffix, kind)| name.ends_with(suffix).then_some(kind))
}

impl PolicyFiles {
    fn keep(&mut self, kind: Kind, name: String, text: String) {
        match kind {
            Kind::Blocks => drop(self.sources.add(name, text)),
            Kind::Rego => drop(self.modules.add(name, text)),
            Kind::Data => self.data.push((name, text)),
        }
    }
}

/// All files of a path. Links to folders aren't followed, as they may lead in a circle.
fn list(path: &Path, deep: usize, files: &mut Vec<PathBuf>) -> Result<(), Diagnostic> {
    let failed = |error: std::io::Error| super::catalogs::cannot_read(path, &error);
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let folder = entry.file_type().map_err(failed)?.is_dir();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if folder && deep > 0 && !hidden {
            list(&entry.path(), deep - 1, files)?;
        } else if entry.path().is_file() {
            files.push(entry.path());
        }
        if files.len() > MOST_FILES * 10 {
            return Err(too_many(files.len()));
        }
    }
    Ok(())
}

fn none(path: &Path) -> Diagnostic {
    Diagnostic::error(&policy::NO_FILES).detail(format!(
        "There is no file `*.policy.hcl` and no file `*.rego` in `{}`.",
        path.display()
    ))
}

fn too_many(count: usize) -> Diagnostic {
    Diagnostic::error(&policy::NO_FILES).detail(format!(
        "There are {count} files, and {MOST_FILES} at most are read: name a folder of policies alone."
    ))
}
