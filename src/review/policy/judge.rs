//! Verdicts on plans: rules, waivers, limits.

use super::about::about;
use super::rules::{Breach, breaches};
use super::shared;
use super::terms::{Terms, terms};
use crate::diagnostics::{Diagnostic, Diagnostics, Origin, Sources, policy};
use crate::model::{Organisation, Project, Rule, Strictness, Waiver};
use crate::planning::plan::Plan;
use crate::review::verdict::{Place, Severity, Status, Verdict};
use crate::units::Date;

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'j> {
    /// The plan.
    pub plan: &'j Plan,
    /// The spec that it was made from. Rules that look at it say nothing where there is only a plan,
    /// and the organisation's word stands alone.
    pub spec: Option<SpecAtHand<'j>>,
}

/// A spec and its files.
#[derive(Debug, Clone, Copy)]
pub struct SpecAtHand<'j> {
    /// What it says.
    pub project: &'j Project,
    /// Where that was written.
    pub sources: &'j Sources,
}

/// What was judged of one plan.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// One verdict for each rule that is kept, and one for each breach.
    pub verdicts: Vec<Verdict>,
    /// The same for those who wrote the spec: an error for each breach that denies, a warning for each
    /// that warns, and what is wrong with waivers.
    pub diagnostics: Diagnostics,
}

impl Judgement {
    /// Adds a verdict, and the message that goes with it.
    pub fn push(&mut self, verdict: Verdict, origin: Option<Origin>) {
        self.diagnostics.extend(message(&verdict, origin));
        self.verdicts.push(verdict);
    }
}

/// Judges one plan by itself.
#[must_use]
pub fn judge(judged: &Judged<'_>, organisation: &Organisation, today: Date) -> Judgement {
    let together = judge_together(&[*judged], organisation, today);
    together.into_iter().next().unwrap_or_default()
}

/// Judges plans that are to be together: one judgement for each. Limits over several specs count all of
/// them, and are in the judgement of each that they cover.
#[must_use]
pub fn judge_together(
    all: &[Judged<'_>],
    organisation: &Organisation,
    today: Date,
) -> Vec<Judgement> {
    let by_rules = |judged: &Judged<'_>| by_rules(judged, organisation, today);
    let mut judgements: Vec<Judgement> = all.iter().map(by_rules).collect();
    let plans: Vec<&Plan> = all.iter().map(|judged| judged.plan).collect();
    for (verdict, covered) in shared::verdicts(&plans, organisation) {
        for index in covered {
            if let Some(judgement) = judgements.get_mut(index) {
                judgement.push(verdict.clone(), None);
            }
        }
    }
    judgements
}

fn by_rules(judged: &Judged<'_>, organisation: &Organisation, today: Date) -> Judgement {
    let mut judgement = Judgement::default();
    let project = judged.spec.map(|spec| spec.project);
    for rule in Rule::ALL {
        let terms = terms(rule, organisation, project);
        let waivers = Waivers::of(rule, judged, &terms, today);
        judgement.diagnostics.extend(waivers.objections());
        let Some(severity) = severity(terms.strictness) else {
            continue;
        };
        let Some(breaches) = breaches(rule, judged, &terms, today) else {
            continue;
        };
        if breaches.is_empty() {
            judgement.verdicts.push(kept(rule, severity));
        }
        for breach in breaches {
            let status = waivers.status(&breach);
            judgement.push(
                broken(rule, severity, status, &breach, judged),
                breach.origin,
            );
        }
    }
    judgement
}

/// How much a breach matters; `None` where nobody looks.
const fn severity(strictness: Strictness) -> Option<Severity> {
    match strictness {
        Strictness::Off => None,
        Strictness::Note => Some(Severity::Note),
        Strictness::Warn => Some(Severity::Warn),
        Strictness::Deny => Some(Severity::Deny),
    }
}

fn kept(rule: Rule, severity: Severity) -> Verdict {
    Verdict {
        rule: rule.as_str().to_owned(),
        severity,
        status: Status::Kept,
        subject: None,
        message: about(rule).kept.to_owned(),
        hint: None,
        place: None,
    }
}

fn broken(
    rule: Rule,
    severity: Severity,
    status: Status,
    breach: &Breach,
    judged: &Judged<'_>,
) -> Verdict {
    let sources = judged.spec.map(|spec| spec.sources);
    let place = breach.origin.zip(sources);
    Verdict {
        rule: rule.as_str().to_owned(),
        severity,
        status,
        subject: breach.subject.clone(),
        message: breach.message.clone(),
        hint: Some(about(rule).hint.to_owned()),
        place: place.and_then(|(origin, sources)| place_of(origin, sources)),
    }
}

fn place_of(origin: Origin, sources: &Sources) -> Option<Place> {
    let file = sources.get(origin.file)?;
    let at = file.position(origin.start);
    Some(Place {
        file: file.name.clone(),
        line: u32::try_from(at.line).unwrap_or(u32::MAX),
        column: u32::try_from(at.column).unwrap_or(u32::MAX),
    })
}

/// What those who wrote the spec are told of a verdict: nothing of notes, which are for reviewers.
fn message(verdict: &Verdict, origin: Option<Origin>) -> Diagnostics {
    let diagnostic = match (&verdict.status, verdict.severity) {
        (Status::Broken, Severity::Deny) => Diagnostic::error(&policy::DENIED),
        (Status::Broken, Severity::Warn) => Diagnostic::warning(&policy::BROKEN),
        _ => return Diagnostics::new(),
    };
    let rule = format!("rule `{}`", verdict.rule);
    let mut diagnostic = diagnostic.detail(match origin {
        Some(_) => verdict.message.clone(),
        None => format!("By {rule}: {}", verdict.message),
    });
    if let Some(origin) = origin {
        diagnostic = diagnostic.at(origin).label(rule);
    }
    if let Some(hint) = &verdict.hint {
        diagnostic = diagnostic.hint(hint.clone());
    }
    diagnostic.into()
}

/// The waivers of a rule, by whether they count.
struct Waivers<'j> {
    valid: Vec<&'j Waiver>,
    expired: Vec<&'j Waiver>,
    /// Those that the organisation doesn't let count.
    refused: Vec<&'j Waiver>,
}

impl<'j> Waivers<'j> {
    fn of(rule: Rule, judged: &Judged<'j>, terms: &Terms, today: Date) -> Self {
        let project = judged.spec.map(|spec| spec.project);
        let all = project.map_or(&[][..], |project| &project.waivers);
        let of_rule = all.iter().filter(|waiver| waiver.rule == rule);
        let (current, expired): (Vec<_>, Vec<_>) =
            of_rule.partition(|waiver| today <= waiver.until);
        let (valid, refused) = if terms.waivable {
            (current, Vec::new())
        } else {
            (Vec::new(), current)
        };
        Self {
            valid,
            expired,
            refused,
        }
    }

    /// Of several that allow a breach, the one that does so longest counts.
    fn status(&self, breach: &Breach) -> Status {
        let about = |waiver: &&&Waiver| {
            let stage = waiver.stage.as_ref().map(|name| format!("stage.{name}"));
            stage.is_none() || stage == breach.subject
        };
        let longest = self.valid.iter().filter(about).max_by_key(|w| w.until);
        longest.map_or(Status::Broken, |waiver| Status::Waived {
            reason: waiver.reason.clone(),
            until: waiver.until,
        })
    }

    fn objections(&self) -> Diagnostics {
        let mut found = Diagnostics::new();
        for waiver in &self.expired {
            let detail = format!(
                "Its last day was {}, so rule `{}` holds again.",
                waiver.until,
                waiver.rule.as_str()
            );
            let diagnostic = Diagnostic::warning(&policy::WAIVER_EXPIRED).at(waiver.origin);
            found.push(diagnostic.detail(detail));
        }
        for waiver in &self.refused {
            let detail = format!(
                "The organisation's policy files deny what breaks rule `{}`, and don't let specs waive \
                 it.",
                waiver.rule.as_str()
            );
            let hint = "ask those who keep the policy files for `waivable = true`";
            let diagnostic = Diagnostic::warning(&policy::NOT_WAIVABLE).at(waiver.origin);
            found.push(diagnostic.detail(detail).hint(hint));
        }
        found
    }
}
