//! Why a stage doesn't run on certain offerings: what excludes them, or what they would cost.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Explainer, Outcome};
use crate::catalog::GpuCount;
use crate::diagnostics::{Diagnostic, planning as codes};
use crate::model::{CapacityType, Location};
use crate::planning::audit::Audited;
use crate::planning::candidate::Offered;
use crate::planning::candidates::{Allowed, gpu_lists};
use crate::planning::sites::SiteIndex;
use crate::planning::step::{Step, StepSet};
use crate::planning::{checks, funnel};
use crate::units::{Millionths, Rate};

/// Most requirements that are named with how many offerings fail them.
const MOST: usize = 5;

/// The answer to "why not these?".
#[derive(Debug, Clone, Serialize)]
pub struct WhyNot {
    /// What was asked about.
    pub asked: String,
    /// How many offerings that is.
    pub offerings: u64,
    /// How many of them meet every requirement.
    pub eligible: u64,
    /// The answer.
    pub answer: Answer,
}

/// Why a stage doesn't run on certain offerings.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It does.
    Chosen,
    /// None of them meets every requirement.
    Rejected(Box<Rejected>),
    /// Some would do; the best plan with them.
    Possible(Outcome),
}

/// Offerings none of which meets every requirement.
#[derive(Debug, Clone, Serialize)]
pub struct Rejected {
    /// The one that comes nearest: that fails fewest requirements.
    pub nearest: NamedOffering,
    /// What it fails.
    pub failed: Vec<Failed>,
    /// How many of the offerings fail each requirement, most first.
    pub by_requirement: Vec<Counted>,
}

/// How many offerings fail a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Stable name.
    pub requirement: &'static str,
    /// What it asks, in words that go after "offerings that …".
    pub text: String,
    /// How many fail it.
    pub offerings: u64,
}

/// An offering by the names that people know it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedOffering {
    /// Region or site.
    pub location: Location,
    /// Zone, where it is bound to one.
    pub zone: Option<String>,
    /// Instance type; for owned capacity `cluster/pool`.
    pub instance_type: String,
    /// How it is bought.
    pub capacity_type: CapacityType,
    /// GPU of a node.
    pub gpu: Option<String>,
    /// GPUs of a node.
    pub gpus_per_node: Option<Millionths>,
    /// USD per node-hour; `None` when no catalog knows it.
    pub rate: Option<Rate>,
}

/// A requirement that an offering fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// Stable name.
    pub requirement: &'static str,
    /// What it asks, in words that go after "offerings that …".
    pub text: String,
    /// `file:line` where the spec says so.
    pub source: Option<String>,
    /// What the offering has instead; empty when the requirement says it all.
    pub has: String,
}

impl<'e> Explainer<'e, '_> {
    /// Answers why the stage doesn't run on what `asked` names.
    pub(super) fn why_not(&self, asked: &str) -> Result<WhyNot, Box<Diagnostic>> {
        let wanted = Wanted::parse(asked)?;
        let matches = |_: SiteIndex, offered: &Offered<'_>, capacity: CapacityType| {
            wanted.matches(&self.names(offered), capacity)
        };
        let (mut offerings, mut eligible) = (0, 0);
        self.audit(&mut |audited| {
            if matches(audited.site, &audited.offered, audited.capacity) {
                offerings += 1;
                eligible += u64::from(audited.fails.is_empty());
            }
        });
        if offerings == 0 {
            return Err(Box::new(self.unknown(asked, &wanted)));
        }
        let now = self.now();
        let answer = if matches(now.locus.site, &now.offered, now.capacity) {
            Answer::Chosen
        } else if eligible > 0 {
            Answer::Possible(self.plan_with(self.within(&matches)))
        } else {
            match self.rejected(&matches) {
                Some(rejected) => Answer::Rejected(Box::new(rejected)),
                None => Answer::Possible(self.plan_with(self.within(&matches))),
            }
        };
        Ok(WhyNot {
            asked: asked.to_owned(),
            offerings,
            eligible,
            answer,
        })
    }

    /// Judges all offerings by all requirements of the stage. Where it had to do without the GPUs that
    /// it prefers, they are judged too: their name isn't what is against them.
    pub(super) fn audit(&self, visit: &mut dyn FnMut(&Audited<'e>)) {
        let stage = self.planner.order[self.index];
        let (first, second) = gpu_lists(stage);
        let both: Vec<String> = [first, second]
            .into_iter()
            .flatten()
            .flatten()
            .cloned()
            .collect();
        let names = if self.found[self.index].escalated {
            Some(both.as_slice())
        } else {
            first
        };
        self.planner.audit(self.index, stage, names, visit);
    }

    /// What the offerings that `allowed` takes fail; `None` when it takes none, or one that fails
    /// nothing.
    pub(super) fn rejected(&self, allowed: Allowed<'_>) -> Option<Rejected> {
        let mut nearest: Option<Audited<'e>> = None;
        let mut counts: BTreeMap<Step, u64> = BTreeMap::new();
        self.audit(&mut |audited| {
            if !allowed(audited.site, &audited.offered, audited.capacity) {
                return;
            }
            for step in audited.fails.iter() {
                *counts.entry(step).or_default() += 1;
            }
            if nearest.as_ref().is_none_or(|best| nearer(audited, best)) {
                nearest = Some(audited.clone());
            }
        });
        let nearest = nearest.filter(|nearest| !nearest.fails.is_empty())?;
        let mut counted: Vec<(Step, u64)> = counts.into_iter().collect();
        counted.sort_by_key(|(step, count)| (std::cmp::Reverse(*count), *step));
        let describe = |step: Step| self.described(step).0;
        Some(Rejected {
            failed: nearest
                .fails
                .iter()
                .map(|s| self.failed(s, &nearest))
                .collect(),
            nearest: self.named(&nearest),
            by_requirement: counted
                .into_iter()
                .take(MOST)
                .map(|(step, offerings)| Counted {
                    requirement: step.slug(),
                    text: describe(step),
                    offerings,
                })
                .collect(),
        })
    }

    fn failed(&self, step: Step, audited: &Audited<'e>) -> Failed {
        let (text, source) = self.described(step);
        Failed {
            requirement: step.slug(),
            text,
            source,
            has: self.shortfall(step, audited),
        }
    }

    fn described(&self, step: Step) -> (String, Option<String>) {
        let (stage, found) = (self.planner.order[self.index], &self.found[self.index]);
        let (text, origin) = funnel::describe(step, stage, found.escalated);
        (
            text,
            origin.and_then(|origin| self.sources.line_ref(origin)),
        )
    }

    pub(super) fn named(&self, audited: &Audited<'e>) -> NamedOffering {
        let catalog = self.planner.catalog;
        let (zone, instance_type) = match audited.offered {
            Offered::Cloud {
                place,
                instance_type,
            } => (
                catalog.place(place).zone.clone(),
                catalog.instance_type(instance_type).name.clone(),
            ),
            Offered::Owned { cluster, pool } => (None, format!("{cluster}/{pool}")),
        };
        let gpu = audited.shape.gpu;
        let gpus = |gpu: GpuCount| Millionths::new(u64::from(gpu.milli) * 1000);
        NamedOffering {
            location: self.planner.sites.location(audited.site),
            zone,
            instance_type,
            capacity_type: audited.capacity,
            gpu: gpu.map(|gpu| catalog.gpu(gpu.gpu).name.clone()),
            gpus_per_node: gpu.map(gpus),
            rate: audited.rate,
        }
    }

    /// The names of an offering, from the widest to the narrowest.
    fn names<'n>(&'n self, offered: &Offered<'n>) -> Vec<&'n str> {
        let catalog = self.planner.catalog;
        match *offered {
            Offered::Cloud {
                place,
                instance_type,
            } => {
                let place = catalog.place(place);
                let region = catalog.region(place.region);
                let mut names = vec![region.provider.as_str(), region.name.as_str()];
                names.extend(place.zone.as_deref());
                names.push(&catalog.instance_type(instance_type).name);
                names
            }
            Offered::Owned { cluster, pool } => {
                let site = &self.planner.project.clusters[cluster].site;
                vec![Location::ONPREM, site, cluster, pool]
            }
        }
    }

    /// The error for a question about offerings that don't exist.
    fn unknown(&self, asked: &str, wanted: &Wanted<'_>) -> Diagnostic {
        let mut known: BTreeSet<String> = BTreeSet::new();
        self.audit(&mut |audited| {
            for name in self.names(&audited.offered) {
                if !known.contains(name) {
                    known.insert(name.to_owned());
                }
            }
        });
        let has = |part: &str| known.iter().any(|name| name.eq_ignore_ascii_case(part));
        let diagnostic = Diagnostic::error(&codes::UNKNOWN_OFFERING);
        let Some(part) = wanted.parts.iter().find(|part| !has(part)) else {
            return diagnostic.detail(format!(
                "No offering in the catalogs and owned pools is all of `{asked}`, though each part \
                 of it exists."
            ));
        };
        let diagnostic = diagnostic.detail(format!(
            "No provider, region, zone, instance type, cluster or node pool is called `{part}`."
        ));
        let diagnostic = match checks::nearest(part, known.iter().map(String::as_str)) {
            Some(near) => diagnostic.hint(format!("did you mean `{}`?", asked.replace(part, near))),
            None => diagnostic,
        };
        diagnostic.hint_command("To see what is offered, run:", "mlinfra catalog list")
    }
}

/// Whether an offering comes nearer to what is required than another: it fails less, or what it
/// fails is checked later; ties go to the cheaper, then by order.
fn nearer(one: &Audited<'_>, other: &Audited<'_>) -> bool {
    let key = |audited: &Audited<'_>| {
        let fails: StepSet = audited.fails;
        (
            fails.len(),
            std::cmp::Reverse(fails.first()),
            audited.rate.is_none(),
            audited.rate,
        )
    };
    (key(one), one.order()) < (key(other), other.order())
}

/// Offerings as a reader names them: `TYPE`, `REGION`, `provider/region/TYPE`, `cluster/pool`, each
/// perhaps with `@spot`.
struct Wanted<'t> {
    parts: Vec<&'t str>,
    capacity: Option<CapacityType>,
}

impl<'t> Wanted<'t> {
    fn parse(text: &'t str) -> Result<Self, Box<Diagnostic>> {
        let (names, capacity) = match text.rsplit_once('@') {
            None => (text, None),
            Some((names, bought)) => {
                let Some(capacity) = CapacityType::from_name(bought) else {
                    return Err(Box::new(
                        Diagnostic::error(&codes::UNKNOWN_OFFERING)
                            .detail(format!("Nothing is bought as `{bought}`."))
                            .hint("write `@spot`, `@on-demand` or `@reserved`"),
                    ));
                };
                (names, Some(capacity))
            }
        };
        let parts: Vec<&str> = names.split('/').filter(|part| !part.is_empty()).collect();
        if parts.is_empty() && capacity.is_none() {
            // It would be all offerings, the chosen one too.
            return Err(Box::new(
                Diagnostic::error(&codes::UNKNOWN_OFFERING)
                    .detail("The question names no offering.")
                    .hint("write an instance type, a region or a provider, e.g. `aws/us-east-1`"),
            ));
        }
        Ok(Self { parts, capacity })
    }

    /// Whether the parts are names of the offering, in this order.
    fn matches(&self, names: &[&str], capacity: CapacityType) -> bool {
        let mut names = names.iter();
        let named = self
            .parts
            .iter()
            .all(|part| names.any(|name| name.eq_ignore_ascii_case(part)));
        named && self.capacity.is_none_or(|wanted| wanted == capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_names_nothing_is_refused() {
        for asked in ["", "/", "//", "@", "@nothing"] {
            assert!(Wanted::parse(asked).is_err(), "{asked}");
        }
        assert!(Wanted::parse("@spot").is_ok_and(|wanted| wanted.parts.is_empty()));
    }
}
