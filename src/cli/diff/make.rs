//! Loads and plans both versions of each spec, several specs at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::super::Report;
use super::super::policies::Policies;
use super::super::reports::Found;
use super::super::spec_args::{self, Loaded, Outside};
use super::Variables;
use super::catalogs::{Catalogs, Chosen, Lock};
use super::find::{Pair, Place, Scope, Version};
use crate::catalog::Catalog;
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, diff};
use crate::planning::{self, Options, plan::Plan};
use crate::render;
use crate::review::policy::{Judged, SpecAtHand, judge_together};
use crate::review::{self, MadeFrom, Side, SpecReview};
use crate::store::git::{Repository, Revision};
use crate::store::{bounded, lock, plans, spec_files};
use crate::units::Date;

/// What came of one spec.
pub(super) struct Made {
    pub(super) review: SpecReview,
    pub(super) problems: Vec<Problem>,
    /// The newer spec, where it could be read.
    spec: Option<Box<Loaded>>,
}

/// Something to tell people beside the review.
pub(super) struct Problem {
    /// What it is about, where that can't be seen from the messages.
    pub(super) lead: Option<String>,
    pub(super) report: Report,
    /// Whether its errors are errors of the command: those of the newer side are.
    pub(super) decides: bool,
}

/// What all specs are made with.
pub(super) struct Maker<'a> {
    pub(super) variables: &'a Variables,
    pub(super) catalogs: &'a Catalogs,
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) scope: &'a Scope,
}

/// One version of a spec, read.
enum Read<'a> {
    Absent,
    Refused(Report),
    Spec(Box<Loaded>, Chosen<'a>),
    Plan(Box<Plan>),
}

/// One version of a spec, planned.
struct Planned {
    made: review::Made,
    /// Warnings and errors, whether there is a plan or not.
    report: Report,
}

impl Maker<'_> {
    /// Makes all reviews, in the order of the specs.
    pub(super) fn all(&self, pairs: &[Pair<'_>]) -> Vec<Made> {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let next = AtomicUsize::new(0);
        let done: Mutex<BTreeMap<usize, Made>> = Mutex::new(BTreeMap::new());
        let work = || {
            while let Some((n, pair)) = take(&next, pairs) {
                let made = self.one(pair);
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.insert(n, made);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(pairs.len()) {
                scope.spawn(work);
            }
            work();
        });
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.into_values().collect()
    }

    fn one(&self, pair: &Pair<'_>) -> Made {
        let base = self.read(&pair.base, true);
        let head = self.read(&pair.head, false);
        let after = planned(&head, None);
        let same = is_same(&base, &head).then_some(&after);
        let before = planned(&base, same);
        let options = Options::default();
        let version = |version: &Version<'_>, read, planned: &Planned| review::Version {
            side: Side {
                label: version.label.clone(),
                commit: version.commit(),
                made: planned.made.clone(),
            },
            from: made_from(read),
        };
        let older = version(&pair.base, &base, &before);
        let newer = version(&pair.head, &head, &after);
        let mut review = review::compare(pair.name.clone(), older, newer, &options);
        for read in [&base, &head] {
            if let Read::Spec(_, chosen) = read {
                review.notes.extend(chosen.note.clone());
            }
        }
        let mut problems = Vec::new();
        if before.report.diagnostics.has_errors() && before.made.is_refused() {
            let label = &pair.base.label;
            let lead = match self.scope {
                Scope::Paths { .. } => format!("{label} can't be planned:"),
                Scope::Revisions(_) => format!("{} can't be planned as {label} has it:", pair.name),
            };
            problems.push(Problem {
                lead: Some(lead),
                report: before.report,
                decides: false,
            });
        }
        if !after.report.diagnostics.is_empty() {
            problems.push(Problem {
                lead: None,
                report: after.report,
                decides: true,
            });
        }
        let spec = match head {
            Read::Spec(loaded, _) => Some(loaded),
            Read::Absent | Read::Refused(_) | Read::Plan(_) => None,
        };
        Made {
            review,
            problems,
            spec,
        }
    }

    fn read(&self, version: &Version<'_>, older: bool) -> Read<'_> {
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

/// Judges the newer versions of all specs together, since limits may be over several.
///
/// # Errors
///
/// `policy::rego`.
pub(super) fn judge(all: &mut [Made], policies: &Policies, today: Date) -> Result<(), Report> {
    let judged: Vec<(usize, Judged<'_>)> = (0..).zip(&*all).filter_map(judged).collect();
    let plans: Vec<Judged<'_>> = judged.iter().map(|(_, judged)| *judged).collect();
    let judgements = judge_together(&plans, &policies.organisation, today);
    let indices: Vec<usize> = judged.iter().map(|(index, _)| *index).collect();
    for (index, mut judgement) in indices.into_iter().zip(judgements) {
        let Some(made) = all.get_mut(index) else {
            continue;
        };
        if let Some(plan) = made.review.head.plan() {
            policies.judge_document(&render::plan::json(plan), &mut judgement)?;
        }
        made.review.verdicts = judgement.verdicts;
        if !judgement.diagnostics.is_empty() {
            let sources = made.spec.as_ref().map(|spec| spec.sources.clone());
            made.problems.push(Problem {
                lead: None,
                report: Report {
                    diagnostics: judgement.diagnostics,
                    sources: sources.unwrap_or_default(),
                    json: false,
                },
                decides: true,
            });
        }
    }
    Ok(())
}

fn judged((index, made): (usize, &Made)) -> Option<(usize, Judged<'_>)> {
    let spec = made.spec.as_ref().map(|loaded| SpecAtHand {
        project: &loaded.project,
        sources: &loaded.sources,
    });
    let plan = made.review.head.plan()?;
    Some((index, Judged { plan, spec }))
}

impl Made {
    /// What reports say of the newer version.
    pub(super) fn found(&self) -> Found {
        let plan = self.review.head.plan();
        let deciding = self.problems.iter().filter(|problem| problem.decides);
        let mut found = Found {
            spec: self.review.spec.clone(),
            verdicts: self.review.verdicts.clone(),
            budgets: plan.map_or_else(Vec::new, |plan| plan.budgets.clone()),
            ..Found::default()
        };
        for problem in deciding {
            found.diagnostics.extend(problem.report.diagnostics.clone());
            found.sources = problem.report.sources.clone();
        }
        if let Some(spec) = &self.spec {
            found.sources = spec.sources.clone();
        }
        found
    }
}

fn take<'p, 's>(next: &AtomicUsize, pairs: &'p [Pair<'s>]) -> Option<(usize, &'p Pair<'s>)> {
    let n = next.fetch_add(1, Ordering::Relaxed);
    Some((n, pairs.get(n)?))
}

/// Plans what was read; `same` is what came of the same spec with the same catalogs.
fn planned(read: &Read<'_>, same: Option<&Planned>) -> Planned {
    let (plan, diagnostics) = match read {
        Read::Absent => return Planned::without(review::Made::Absent),
        Read::Refused(report) => {
            return Planned {
                made: refused(&report.diagnostics),
                report: report.clone(),
            };
        }
        Read::Plan(plan) => (Some((**plan).clone()), Diagnostics::new()),
        Read::Spec(loaded, chosen) => match same {
            Some(same) => return Planned::without(same.made.clone()),
            None => plan(loaded, chosen.catalog),
        },
    };
    let made = match plan {
        Some(plan) => review::Made::Planned {
            plan_sha256: render::plan::digest_of(&plan),
            plan: Box::new(plan),
        },
        None => refused(&diagnostics),
    };
    let sources = match read {
        Read::Spec(loaded, _) => loaded.sources.clone(),
        _ => Sources::new(),
    };
    Planned {
        made,
        report: Report {
            diagnostics,
            sources,
            json: false,
        },
    }
}

fn plan(loaded: &Loaded, catalog: &Catalog) -> (Option<Plan>, Diagnostics) {
    let options = Options::default();
    let (plan, found) = planning::plan(&loaded.project, catalog, &loaded.sources, &options);
    let mut diagnostics = loaded.warnings.clone();
    diagnostics.extend(found);
    (plan, diagnostics)
}

impl Planned {
    fn without(made: review::Made) -> Self {
        Self {
            made,
            report: Report::default(),
        }
    }
}

fn made_from<'r>(read: &'r Read<'_>) -> Option<MadeFrom<'r>> {
    match read {
        Read::Spec(loaded, chosen) => Some(MadeFrom {
            project: &loaded.project,
            catalog: chosen.catalog,
        }),
        Read::Absent | Read::Refused(_) | Read::Plan(_) => None,
    }
}

/// Whether both sides are the same spec with the same catalogs, which is planned once.
fn is_same(base: &Read<'_>, head: &Read<'_>) -> bool {
    let (Read::Spec(base, old), Read::Spec(head, new)) = (base, head) else {
        return false;
    };
    std::ptr::eq(old.catalog, new.catalog)
        && base.project.canonical_json() == head.project.canonical_json()
}

/// The codes and summaries of what is wrong, one each.
fn refused(diagnostics: &Diagnostics) -> review::Made {
    let codes: BTreeSet<String> = diagnostics
        .errors()
        .map(|error| format!("{}: {}", error.code.slug, error.code.summary))
        .collect();
    review::Made::Refused {
        why: codes.into_iter().collect(),
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
    fn commit(&self) -> Option<String> {
        match &self.place {
            Some(Place::Revision(revision, _)) => Some(revision.commit().to_owned()),
            _ => None,
        }
    }
}
