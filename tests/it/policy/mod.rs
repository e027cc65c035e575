//! Policies: what rules say of plans, who may waive them, and what comes of it.

mod commands;
mod documents;
mod organisation;
mod readers;
#[cfg(feature = "rego")]
mod rego;
mod reports;
mod rules;
mod waivers;

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::Sources;
use mlinfra::model::{Organisation, Project};
use mlinfra::planning::plan::Plan;
use mlinfra::review::policy::{Judged, Judgement, SpecAtHand, judge};
use mlinfra::review::verdict::{Status, Verdict};
use mlinfra::units::Date;
use mlinfra::{planning, render, spec};

/// A spec that keeps all rules but those about prices and data that isn't there.
const KEPT: &str = r#"
project "trial" {
  team   = "ranking"
  owner  = "ana@acme.test"
  labels = { env = "dev" }
}

stage "train" {
  kind         = "training"
  max_lifetime = "12h"

  requirements {
    gpu {
      any_of = ["A10G"]
      count  = 1
    }
  }

  run {
    duration = "5h"
    schedule = "0 3 * * *"
  }
}
"#;

/// The same with one part replaced by another.
#[track_caller]
fn with(part: &str, other: &str) -> String {
    assert!(KEPT.contains(part), "{part}");
    KEPT.replace(part, other)
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// A spec that was planned over the embedded catalogs.
struct Planned {
    sources: Sources,
    project: Project,
    plan: Plan,
}

#[track_caller]
fn planned(text: &str) -> Planned {
    let mut sources = Sources::new();
    sources.add("main.mlinfra.hcl", text);
    let (project, diagnostics) = spec::load(&sources, &spec::Inputs::default());
    let told = render::diagnostics::human(&diagnostics, &sources);
    let project = project.unwrap_or_else(|| panic!("{told}"));
    let catalog = Catalog::embedded().expect("the embedded catalog is sound");
    let (plan, diagnostics) =
        planning::plan(&project, &catalog, &sources, &planning::Options::default());
    let told = render::diagnostics::human(&diagnostics, &sources);
    Planned {
        plan: plan.unwrap_or_else(|| panic!("{told}")),
        project,
        sources,
    }
}

impl Planned {
    fn judged(&self) -> Judged<'_> {
        Judged {
            plan: &self.plan,
            spec: Some(SpecAtHand {
                project: &self.project,
                sources: &self.sources,
            }),
        }
    }

    fn judge(&self, organisation: &Organisation, today: &str) -> Judgement {
        judge(&self.judged(), organisation, day(today))
    }

    /// The messages of a judgement, as the terminal shows them.
    fn told(&self, judgement: &Judgement) -> String {
        render::diagnostics::human(&judgement.diagnostics, &self.sources)
    }
}

/// An organisation of one policy file.
#[track_caller]
fn organisation(text: &str) -> Organisation {
    let mut sources = Sources::new();
    sources.add("acme.policy.hcl", text);
    let (organisation, diagnostics) = spec::organisation(&sources);
    let told = render::diagnostics::human(&diagnostics, &sources);
    organisation.unwrap_or_else(|| panic!("{told}"))
}

/// What a rule says.
fn of<'j>(judgement: &'j Judgement, rule: &str) -> Vec<&'j Verdict> {
    let verdicts = judgement.verdicts.iter();
    verdicts.filter(|verdict| verdict.rule == rule).collect()
}

/// Subject and message of the only verdict of a rule, which must be that it is broken.
#[track_caller]
fn broken<'j>(judgement: &'j Judgement, rule: &str) -> (Option<&'j str>, &'j str) {
    match of(judgement, rule).as_slice() {
        [only] if only.status == Status::Broken => (only.subject.as_deref(), &only.message),
        other => panic!("{other:#?}"),
    }
}

#[track_caller]
fn assert_kept(judgement: &Judgement, rule: &str) {
    match of(judgement, rule).as_slice() {
        [only] => assert_eq!((&only.status, &only.subject), (&Status::Kept, &None)),
        other => panic!("{other:#?}"),
    }
}
