//! Plans both versions of each spec and holds them against each other, several specs at a time.

use std::collections::BTreeSet;

use super::super::Report;
use super::super::policies::Policies;
use super::super::reports::Found;
use super::super::spec_args::Loaded;
use super::find::{Pair, Scope, Version};
use super::parallel;
use super::read::{Read, Reader};
use crate::catalog::Catalog;
use crate::diagnostics::{Diagnostics, Sources};
use crate::planning::{self, Options, Searches, plan::Plan};
use crate::render;
use crate::review::policy::{Judged, SpecAtHand, judge_together};
use crate::review::{self, MadeFrom, Side, SpecReview};
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

/// One version of a spec, planned.
struct Planned {
    made: review::Made,
    /// Warnings and errors, whether there is a plan or not.
    report: Report,
}

/// Makes all reviews, in the order of the specs.
///
/// All are read before the first is planned: what was searched for one serves the others.
pub(super) fn all(reader: &Reader<'_>, pairs: &[Pair<'_>]) -> Vec<Made> {
    let read = parallel::map(pairs, || (), |(), pair| Both::read(reader, pair));
    let reviewed = parallel::map(&read, Searches::default, |searches, both| {
        both.review(searches, reader.scope)
    });
    let made = read.into_iter().zip(reviewed);
    made.map(|(both, (review, problems))| Made {
        review,
        problems,
        spec: match both.head {
            Read::Spec(loaded, _) => Some(loaded),
            Read::Absent | Read::Refused(_) | Read::Plan(_) => None,
        },
    })
    .collect()
}

/// Both versions of a spec, read.
struct Both<'r> {
    pair: &'r Pair<'r>,
    base: Read<'r>,
    head: Read<'r>,
}

impl<'r> Both<'r> {
    fn read(reader: &'r Reader<'_>, pair: &'r Pair<'_>) -> Self {
        Self {
            pair,
            base: reader.read(&pair.base, true),
            head: reader.read(&pair.head, false),
        }
    }

    fn review<'b>(&'b self, searches: &Searches<'b>, scope: &Scope) -> (SpecReview, Vec<Problem>) {
        let after = planned(&self.head, searches);
        let before = if is_same(&self.base, &self.head) {
            Planned::without(after.made.clone())
        } else {
            planned(&self.base, searches)
        };
        let mut problems = Vec::new();
        if before.made.is_refused() && before.report.diagnostics.has_errors() {
            problems.push(Problem {
                lead: Some(self.not_planned(scope)),
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
        let older = version(&self.pair.base, &self.base, before.made);
        let newer = version(&self.pair.head, &self.head, after.made);
        let name = self.pair.name.clone();
        let options = Options::default();
        let mut review = review::compare(name, older, newer, searches, &options);
        for read in [&self.base, &self.head] {
            if let Read::Spec(_, chosen) = read {
                review.notes.extend(chosen.note.clone());
            }
        }
        (review, problems)
    }

    fn not_planned(&self, scope: &Scope) -> String {
        let label = &self.pair.base.label;
        match scope {
            Scope::Paths { .. } => format!("{label} can't be planned:"),
            Scope::Revisions(_) => {
                format!("{} can't be planned as {label} has it:", self.pair.name)
            }
        }
    }
}

fn version<'b>(
    version: &Version<'_>,
    read: &'b Read<'_>,
    made: review::Made,
) -> review::Version<'b> {
    review::Version {
        side: Side {
            label: version.label.clone(),
            commit: version.commit(),
            made,
        },
        from: made_from(read),
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

/// Plans what was read.
fn planned<'b>(read: &'b Read<'_>, searches: &Searches<'b>) -> Planned {
    let (plan, diagnostics) = match read {
        Read::Absent => return Planned::without(review::Made::Absent),
        Read::Refused(report) => {
            return Planned {
                made: refused(&report.diagnostics),
                report: report.clone(),
            };
        }
        Read::Plan(plan) => (Some((**plan).clone()), Diagnostics::new()),
        Read::Spec(loaded, chosen) => plan(loaded, chosen.catalog, searches),
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

fn plan<'b>(
    loaded: &'b Loaded,
    catalog: &'b Catalog,
    searches: &Searches<'b>,
) -> (Option<Plan>, Diagnostics) {
    let options = Options::default();
    let (project, sources) = (&loaded.project, &loaded.sources);
    let (plan, found) = planning::plan_with(searches, project, catalog, sources, &options);
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
