//! Reads both versions of each spec, with the catalogs that each is planned with.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::Report;
use super::super::spec_args::{self, Loaded, Outside};
use super::Variables;
use super::catalogs::{Catalogs, Chosen, Lock};
use super::find::{Place, Scope, Version};
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, diff};
use crate::planning::plan::Plan;
use crate::render;
use crate::store::git::{Repository, Revision};
use crate::store::{bounded, lock, plans, spec_files};

/// One version of a spec, read.
pub(super) enum Read<'a> {
    Absent,
    Refused(Report),
    Spec(Box<Loaded>, Chosen<'a>),
    Plan(Box<Plan>),
}

/// What all specs are read with.
pub(super) struct Reader<'a> {
    pub(super) variables: &'a Variables,
    pub(super) catalogs: &'a Catalogs,
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) scope: &'a Scope,
}

impl Reader<'_> {
    /// One version of a spec; `older` says which side it is of.
    pub(super) fn read(&self, version: &Version<'_>, older: bool) -> Read<'_> {
        let read = match &version.place {
            None => return Read::Absent,
            Some(Place::Plan(path)) => plan_file(path).map(|plan| Read::Plan(Box::new(plan))),
            Some(Place::Disk(path)) => self.spec(older, || self.load(path), || disk_lock(path)),
            Some(Place::Revision(revision, path)) => self.spec(
                older,
                || self.load_revision(revision, path),
                || revision_lock(revision, path),
            ),
        };
        read.unwrap_or_else(Read::Refused)
    }

    /// A spec with the catalogs that its lock file names.
    fn spec(
        &self,
        older: bool,
        load: impl FnOnce() -> Result<Loaded, Report>,
        lock: impl FnOnce() -> Result<Option<Lock>, Diagnostic>,
    ) -> Result<Read<'_>, Report> {
        let loaded = load()?;
        let lock = lock()?;
        let chosen = if older {
            self.catalogs.for_base(lock.as_ref())?
        } else {
            self.catalogs.for_head(lock.as_ref())?
        };
        Ok(Read::Spec(Box::new(loaded), chosen))
    }

    fn load(&self, path: &Path) -> Result<Loaded, Report> {
        let (mut sources, mut problems) = match spec_files::read(path) {
            Ok(sources) => (sources, Diagnostics::new()),
            Err(problems) => (Sources::new(), problems),
        };
        let mut variable_files = Vec::new();
        for file in &self.variables.var_files {
            match spec_files::read_text(file) {
                Ok(text) => variable_files.push(sources.add(file.display().to_string(), text)),
                Err(diagnostic) => problems.push(*diagnostic),
            }
        }
        let folder = spec_args::folder(path);
        let file = |path: &str| spec_files::read_beside(&folder, path);
        let outside = self.outside(&file);
        spec_args::understand(sources, variable_files, problems, &outside)
    }

    fn load_revision(&self, revision: &Revision, path: &str) -> Result<Loaded, Report> {
        let (mut sources, mut problems) = match revision.spec(path) {
            Ok(sources) => (sources, Diagnostics::new()),
            Err(problems) => (Sources::new(), problems),
        };
        let mut variable_files = Vec::new();
        for file in &self.variables.var_files {
            match self.variable_file(revision, file) {
                Ok(Some((name, text))) => variable_files.push(sources.add(name, text)),
                // A file that wasn't there yet set nothing.
                Ok(None) => {}
                Err(diagnostic) => problems.push(diagnostic),
            }
        }
        let folder = folder_of(path);
        let file = |path: &str| revision.beside(folder, path);
        let outside = self.outside(&file);
        spec_args::understand(sources, variable_files, problems, &outside)
    }

    /// A file of variables as a revision has it; as it is where it isn't part of the repository.
    fn variable_file(
        &self,
        revision: &Revision,
        file: &Path,
    ) -> Result<Option<(String, String)>, Diagnostic> {
        let inside = self.repository().map(|repository| repository.inside(file));
        if let Some(Ok(inside)) = inside {
            let text = revision.text(&inside)?;
            return Ok(text.map(|text| (revision.name(&inside), text)));
        }
        let text = spec_files::read_text(file).map_err(|diagnostic| *diagnostic)?;
        Ok(Some((file.display().to_string(), text)))
    }

    fn repository(&self) -> Option<&Repository> {
        match self.scope {
            Scope::Paths { .. } => None,
            Scope::Revisions(between) => Some(&between.repository),
        }
    }

    fn outside<'o>(&'o self, file: &'o dyn Fn(&str) -> Result<String, String>) -> Outside<'o> {
        Outside {
            vars: &self.variables.vars,
            env: self.env,
            file,
        }
    }
}

fn plan_file(path: &Path) -> Result<Plan, Report> {
    let document = plans::read(path, &diff::WRONG_PLAN)?;
    let plan = render::plan::read(&document).map_err(|why| {
        let path = path.display();
        Diagnostic::error(&diff::WRONG_PLAN)
            .detail(format!("`{path}` {why}."))
            .hint_command("To write a plan, run:", format!("mlinfra plan -o {path}"))
    })?;
    Ok(plan)
}

fn disk_lock(path: &Path) -> Result<Option<Lock>, Diagnostic> {
    let file = spec_args::folder(path).join(lock::FILE_NAME);
    if !file.exists() {
        return Ok(None);
    }
    Ok(Some(Lock {
        text: bounded::read_text(&file)?,
        name: file.display().to_string(),
    }))
}

fn revision_lock(revision: &Revision, path: &str) -> Result<Option<Lock>, Diagnostic> {
    let file = match folder_of(path) {
        "" => lock::FILE_NAME.to_owned(),
        folder => format!("{folder}/{}", lock::FILE_NAME),
    };
    let text = revision.text(&file)?;
    Ok(text.map(|text| Lock {
        text,
        name: revision.name(&file),
    }))
}

/// The folder of a spec, which is a folder or a file of one.
fn folder_of(spec: &str) -> &str {
    match spec.rsplit_once('/') {
        Some((folder, name)) if name.ends_with(spec_files::SUFFIX) => folder,
        None if spec.ends_with(spec_files::SUFFIX) => "",
        _ => spec,
    }
}

impl Version<'_> {
    pub(super) fn commit(&self) -> Option<String> {
        match &self.place {
            Some(Place::Revision(revision, _)) => Some(revision.commit().to_owned()),
            _ => None,
        }
    }
}
