//! Which specs are compared, and where both versions of each are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Args, Report};
use crate::diagnostics::{Diagnostic, diff, spec};
use crate::store::git::{Repository, Revision, spec_of};
use crate::store::spec_files::SUFFIX;

/// What a comparison is between.
pub(super) enum Scope {
    /// Two folders or files.
    Paths { old: PathBuf, new: PathBuf },
    /// A repository's commit, and another one or the working tree.
    Revisions(Box<Between>),
}

/// Two versions of a repository.
pub(super) struct Between {
    pub(super) repository: Repository,
    /// What people call the base: `origin/main`.
    pub(super) base_name: String,
    pub(super) base: Revision,
    /// `None` for the working tree.
    pub(super) head: Option<(String, Revision)>,
}

/// A spec, and where its two versions are.
pub(super) struct Pair<'s> {
    /// What reviews call it.
    pub(super) name: String,
    pub(super) base: Version<'s>,
    pub(super) head: Version<'s>,
}

/// One version of a spec.
pub(super) struct Version<'s> {
    /// What people call it.
    pub(super) label: String,
    /// `None` where there is no such spec.
    pub(super) place: Option<Place<'s>>,
}

/// Where a version of a spec is.
pub(super) enum Place<'s> {
    /// A file or folder.
    Disk(PathBuf),
    /// A file or folder of a commit; its path there, and empty for the root.
    Revision(&'s Revision, String),
    /// A file of `plan -o`.
    Plan(PathBuf),
}

/// What the arguments ask to compare.
///
/// # Errors
///
/// `diff::…`.
pub(super) fn scope(args: &Args) -> Result<Scope, Report> {
    let asked = &args.revisions;
    let revisions = asked.base.is_some() || asked.head.is_some() || asked.exact;
    if let ([old, new], false) = (&*args.paths, revisions) {
        return Ok(Scope::Paths {
            old: old.clone(),
            new: new.clone(),
        });
    }
    let start = args.paths.first().map_or(Path::new("."), |path| path);
    let start = start.ancestors().find(|p| p.is_dir());
    let start = start.filter(|p| !p.as_os_str().is_empty());
    let repository = Repository::find(start.unwrap_or(Path::new(".")))?;
    let base_name = match &asked.base {
        Some(base) => base.clone(),
        None => repository.default_branch()?.ok_or_else(no_base)?,
    };
    let head = asked.head.as_deref();
    let head_commit = repository.commit(head.unwrap_or("HEAD"))?;
    let mut base = repository.commit(&base_name)?;
    if !asked.exact {
        base = repository.merge_base(&base, &head_commit)?;
    }
    let base = repository.at(&base)?;
    let head = match head {
        Some(name) => Some((name.to_owned(), repository.at(&head_commit)?)),
        None => None,
    };
    Ok(Scope::Revisions(Box::new(Between {
        repository,
        base_name,
        base,
        head,
    })))
}

fn no_base() -> Diagnostic {
    Diagnostic::error(&diff::NO_BASE)
        .detail(
            "There is no `--base`, and this clone doesn't know the default branch of `origin`, which \
             would be taken then.",
        )
        .hint("say what to compare with: `--base origin/main`, or two paths: `mlinfra diff OLD NEW`")
}

impl Scope {
    /// The specs that there are, on one side at least.
    ///
    /// # Errors
    ///
    /// `spec::no-spec-files` when there are none, and those of looking.
    pub(super) fn pairs(&self, args: &Args) -> Result<Vec<Pair<'_>>, Report> {
        match self {
            Self::Paths { old, new } => paths(old, new),
            Self::Revisions(between) => {
                let default = [PathBuf::from(".")];
                let paths = if args.paths.is_empty() {
                    &default[..]
                } else {
                    &args.paths
                };
                between.pairs(paths)
            }
        }
    }
}

impl Between {
    fn pairs(&self, paths: &[PathBuf]) -> Result<Vec<Pair<'_>>, Report> {
        let mut found: BTreeMap<String, Pair<'_>> = BTreeMap::new();
        for path in paths {
            let inside = self.repository.inside(path)?;
            let before = specs(self.base.paths(), &inside);
            let after = match &self.head {
                Some((_, revision)) => specs(revision.paths(), &inside),
                None => self.on_disk(&inside)?,
            };
            if before.is_empty() && after.is_empty() {
                return Err(no_specs(&path.display().to_string()).into());
            }
            for spec in before.union(&after) {
                let sides = (before.contains(spec), after.contains(spec));
                let pair = self.pair(spec, sides, path, &inside);
                found.insert(spec.clone(), pair);
            }
        }
        Ok(found.into_values().collect())
    }

    fn on_disk(&self, inside: &str) -> Result<BTreeSet<String>, Diagnostic> {
        let files = self.repository.files(inside)?;
        let root = self.repository.root();
        let there = files.iter().filter(|file| root.join(file).is_file());
        Ok(specs(there.map(String::as_str), inside))
    }

    fn pair(&self, spec: &str, there: (bool, bool), path: &Path, inside: &str) -> Pair<'_> {
        let base = Version {
            label: self.base_name.clone(),
            place: there
                .0
                .then(|| Place::Revision(&self.base, spec.to_owned())),
        };
        let head = match &self.head {
            Some((name, revision)) => Version {
                label: name.clone(),
                place: there.1.then(|| Place::Revision(revision, spec.to_owned())),
            },
            None => Version {
                label: "working tree".to_owned(),
                place: there.1.then(|| Place::Disk(below(path, inside, spec))),
            },
        };
        Pair {
            name: if spec.is_empty() { "." } else { spec }.to_owned(),
            base,
            head,
        }
    }
}

/// A spec of the repository as the user would write it, who wrote `path` for `inside`.
fn below(path: &Path, inside: &str, spec: &str) -> PathBuf {
    let rest = spec.strip_prefix(inside).unwrap_or(spec);
    match rest.trim_start_matches('/') {
        "" => path.to_owned(),
        rest => path.join(rest),
    }
}

/// The specs among files, as folders, that are at a path or below; the path itself where it is a file.
fn specs<'f>(files: impl Iterator<Item = &'f str>, inside: &str) -> BTreeSet<String> {
    let of = |file: &str| {
        if file == inside {
            return Some(file.to_owned());
        }
        let folder = spec_of(file)?;
        let rest = if inside.is_empty() {
            folder
        } else {
            let rest = folder.strip_prefix(inside)?;
            if !rest.is_empty() && !rest.starts_with('/') {
                return None;
            }
            rest
        };
        let hidden = rest.split('/').any(|name| name.starts_with('.'));
        (!hidden).then(|| folder.to_owned())
    };
    files.filter_map(of).collect()
}

/// Two paths: folders and files are held against each other by their names below them.
fn paths<'s>(old: &Path, new: &Path) -> Result<Vec<Pair<'s>>, Report> {
    let (before, after) = (versions(old)?, versions(new)?);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    if names.is_empty() {
        return Err(no_specs(&new.display().to_string()).into());
    }
    let place = |versions: &BTreeMap<String, Found>, name: &String| {
        versions.get(name).map(|found| match found {
            Found::Spec(path) => Place::Disk(path.clone()),
            Found::Plan(path) => Place::Plan(path.clone()),
        })
    };
    let pairs = names.into_iter().map(|name| Pair {
        name: match &**name {
            "" => new.display().to_string(),
            name => new.join(name).display().to_string(),
        },
        base: Version {
            label: old.display().to_string(),
            place: place(&before, name),
        },
        head: Version {
            label: new.display().to_string(),
            place: place(&after, name),
        },
    });
    Ok(pairs.collect())
}

enum Found {
    Spec(PathBuf),
    Plan(PathBuf),
}

/// What is at a path, by its name below it.
fn versions(path: &Path) -> Result<BTreeMap<String, Found>, Diagnostic> {
    let unreadable = |error: std::io::Error| {
        let detail = format!("`{}` can't be read: {error}.", path.display());
        Diagnostic::error(&spec::NOT_READABLE).detail(detail)
    };
    let metadata = path.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        let mut found = BTreeMap::new();
        walk(path, "", &mut found).map_err(unreadable)?;
        return Ok(found);
    }
    let is_spec = path.extension().is_some_and(|extension| extension == "hcl");
    let found = if is_spec {
        Found::Spec(path.to_owned())
    } else {
        Found::Plan(path.to_owned())
    };
    Ok(BTreeMap::from([(String::new(), found)]))
}

/// Finds the specs at and below a folder. Links aren't followed, and hidden folders are left out.
fn walk(
    folder: &Path,
    name: &str,
    found: &mut BTreeMap<String, Found>,
) -> Result<(), std::io::Error> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.file_name();
        let Some(file) = file.to_str().filter(|file| !file.starts_with('.')) else {
            continue;
        };
        if entry.file_type()?.is_dir() {
            let below = if name.is_empty() {
                file.to_owned()
            } else {
                format!("{name}/{file}")
            };
            walk(&entry.path(), &below, found)?;
        } else if file.ends_with(SUFFIX) {
            found.insert(name.to_owned(), Found::Spec(folder.to_owned()));
        }
    }
    Ok(())
}

fn no_specs(path: &str) -> Diagnostic {
    Diagnostic::error(&spec::NO_SPEC_FILES).detail(format!(
        "There is no file `*{SUFFIX}` in or below `{path}`, on neither side."
    ))
}
