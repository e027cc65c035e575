//! Holds two versions of a spec against each other.

use std::collections::BTreeSet;

use super::bill::Tariff;
use super::causes::{self, Both};
use super::document::{Made, Side, SpecChange, SpecReview, StageReview, StageStatus};
use super::one_off::{self, Newer};
use super::spec_changes::{self, Part};
use super::{CatalogChange, catalogs};
use crate::catalog::Catalog;
use crate::diagnostics::Sources;
use crate::model::Project;
use crate::planning::plan::{Plan, PlannedStage};
use crate::planning::rates::Rates;
use crate::planning::{self, Options, Searches};

/// One version of a spec.
#[derive(Debug)]
pub struct Version<'a> {
    /// What it is called, and what came of planning it.
    pub side: Side,
    /// What the plan was made from; `None` where only a plan is at hand, or none.
    pub from: Option<MadeFrom<'a>>,
}

/// What a plan was made from.
#[derive(Debug, Clone, Copy)]
pub struct MadeFrom<'a> {
    /// The spec.
    pub project: &'a Project,
    /// The prices.
    pub catalog: &'a Catalog,
}

/// Holds two versions of a spec against each other.
///
/// Where specs and catalogs of both are at hand and the catalogs differ, the older spec is planned
/// once more with the newer catalogs, which is what `searches` and `options` are for.
#[must_use]
pub fn compare<'a>(
    spec: String,
    base: Version<'a>,
    head: Version<'a>,
    searches: &Searches<'a>,
    options: &Options<'_>,
) -> SpecReview {
    let mut review = SpecReview {
        spec,
        project: name(&base, &head),
        difference: None,
        stages: Vec::new(),
        spec_changes: Vec::new(),
        catalog_changes: Vec::new(),
        one_off: Vec::new(),
        verdicts: Vec::new(),
        notes: Vec::new(),
        base: base.side.clone(),
        head: head.side.clone(),
    };
    match (base.side.plan(), head.side.plan()) {
        (Some(before), Some(after)) => {
            let from = (base.from, head.from);
            Pair::new(before, after, from, searches, options).fill(&mut review);
        }
        (before, after) => one_sided(before, after, &base, &head, &mut review),
    }
    review
}

fn name(base: &Version<'_>, head: &Version<'_>) -> String {
    let name = |version: &Version<'_>| {
        let planned = version.side.plan().map(|plan| &plan.project.name);
        planned
            .or(version.from.map(|from| &from.project.name))
            .cloned()
    };
    name(head).or_else(|| name(base)).unwrap_or_default()
}

/// Where at most one side has a plan: all of it is new or gone, or the other side isn't known.
fn one_sided(
    before: Option<&Plan>,
    after: Option<&Plan>,
    base: &Version<'_>,
    head: &Version<'_>,
    review: &mut SpecReview,
) {
    let refused = |side: &Side| matches!(side.made, Made::Refused { .. });
    let known = !refused(&base.side) && !refused(&head.side);
    let side = |plan: Option<&Plan>, status| -> Vec<StageReview> {
        let stages = plan.map_or(&[][..], |plan| &plan.stages).iter();
        stages
            .map(|stage| match known {
                true => causes::alone(stage, status),
                false => StageReview {
                    name: stage.name.clone(),
                    status: StageStatus::Changed,
                    difference: None,
                    reasons: Vec::new(),
                },
            })
            .collect()
    };
    review.stages = side(after, StageStatus::Added);
    review.stages.extend(side(before, StageStatus::Removed));
    if known {
        let differences = review.stages.iter().filter_map(|stage| stage.difference);
        review.difference = Some(differences.sum());
    }
    if let (Some(base), Some(head)) = (base.from, head.from) {
        review.spec_changes = spec_changes::between(base.project, head.project);
    }
}

/// Two plans, and all that is found out before their stages are looked at.
struct Pair<'a> {
    before: &'a Plan,
    after: &'a Plan,
    base: Option<MadeFrom<'a>>,
    head: Option<MadeFrom<'a>>,
    /// The older spec with the newer catalogs.
    between: Option<Plan>,
    /// The newer rates of what the older spec has.
    rates: Option<Rates<'a>>,
    newer: Option<Rates<'a>>,
    catalog_changes: Vec<CatalogChange>,
    spec_changes: Vec<SpecChange>,
    /// Whether nobody says which blocks changed, while some did.
    unknown_changes: bool,
    weighty: Vec<String>,
}

impl<'a> Pair<'a> {
    fn new<'s: 'a>(
        before: &'a Plan,
        after: &'a Plan,
        from: (Option<MadeFrom<'s>>, Option<MadeFrom<'s>>),
        searches: &Searches<'s>,
        options: &Options<'_>,
    ) -> Self {
        let catalog_changes = catalogs::between(before, after);
        let (inputs, outputs) = (&before.inputs, &after.inputs);
        let told = !inputs.blocks.is_empty() && !outputs.blocks.is_empty();
        let (base, head) = from;
        let spec_changes = match from {
            (Some(base), Some(head)) => spec_changes::between(base.project, head.project),
            _ if told => spec_changes::between_digests(&inputs.blocks, &outputs.blocks),
            _ => Vec::new(),
        };
        let both = base.zip(head).filter(|_| !catalog_changes.is_empty());
        let between = both.and_then(|(base, head)| {
            let sources = Sources::new();
            planning::plan_with(searches, base.project, head.catalog, &sources, options).0
        });
        Self {
            before,
            after,
            base,
            head,
            between,
            rates: both.map(|(base, head)| Rates::new(base.project, head.catalog)),
            newer: head.map(|head| Rates::new(head.project, head.catalog)),
            weighty: spec_changes::of_weight(&spec_changes),
            unknown_changes: !told && inputs.spec_sha256 != outputs.spec_sha256,
            catalog_changes,
            spec_changes,
        }
    }

    fn fill(self, review: &mut SpecReview) {
        for head in &self.after.stages {
            match find(self.before, &head.name) {
                None => review.stages.push(causes::alone(head, StageStatus::Added)),
                Some(base) => {
                    review.stages.push(self.both(base, head).review());
                    review.one_off.extend(self.one_off(base, head));
                }
            }
        }
        for base in &self.before.stages {
            if find(self.after, &base.name).is_none() {
                review
                    .stages
                    .push(causes::alone(base, StageStatus::Removed));
            }
        }
        let differences = review.stages.iter().filter_map(|stage| stage.difference);
        review.difference = Some(differences.sum());
        review.notes = self.notes();
        review.spec_changes = self.spec_changes;
        review.catalog_changes = self.catalog_changes;
    }

    fn both<'s>(&'s self, base: &'s PlannedStage, head: &'s PlannedStage) -> Both<'s> {
        let touching = spec_changes::touching(&self.parts(base, head), &self.spec_changes);
        let tariff = match &self.rates {
            _ if self.catalog_changes.is_empty() => None,
            Some(rates) => Some(Tariff::Catalogs(rates, self.before)),
            None => Some(Tariff::Lines),
        };
        let between = match (&tariff, &self.between) {
            (None, _) => Some(base),
            (Some(_), between) => between.as_ref().and_then(|plan| find(plan, &base.name)),
        };
        Both {
            base,
            between,
            head,
            tariff,
            touched: !touching.is_empty() || self.unknown_changes,
            touching,
            elsewhere: &self.weighty,
        }
    }

    /// What a stage depends on, before or after the change.
    fn parts(&self, base: &PlannedStage, head: &PlannedStage) -> BTreeSet<Part> {
        let project = |from: Option<MadeFrom<'a>>| from.map(|from| from.project);
        let mut parts = spec_changes::placed_by(base, project(self.base));
        parts.extend(spec_changes::placed_by(head, project(self.head)));
        match (self.base, self.head) {
            (Some(before), Some(after)) => {
                parts.extend(spec_changes::named_by(before.project, &base.name));
                parts.extend(spec_changes::named_by(after.project, &base.name));
            }
            _ => {
                let sides = [(self.before, base), (self.after, head)];
                let billed = spec_changes::billed_by(&base.name, sides, &self.spec_changes);
                parts.extend(billed);
            }
        }
        parts
    }

    fn one_off(&self, base: &PlannedStage, head: &PlannedStage) -> Vec<super::OneOff> {
        let newer = self.head.zip(self.newer.as_ref());
        let newer = newer.map(|(from, rates)| Newer {
            project: from.project,
            rates,
        });
        one_off::of_stage(base, head, newer.as_ref())
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.unknown_changes {
            notes.push(
                "The plan files don't say which blocks of the spec changed, so all that isn't \
                 another price is counted as the spec's."
                    .to_owned(),
            );
        }
        if self.rates.is_some() && self.between.is_none() {
            notes.push(
                "The older spec can't be planned with the newer catalogs, so what other prices \
                 would have changed in its choice isn't told apart."
                    .to_owned(),
            );
        }
        notes
    }
}

fn find<'p>(plan: &'p Plan, name: &str) -> Option<&'p PlannedStage> {
    plan.stages.iter().find(|stage| stage.name == name)
}
