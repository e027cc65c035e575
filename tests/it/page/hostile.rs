//! Text of a spec that wants to be more than text.

use mlinfra::planning::plan::Plan;
use mlinfra::render;
use mlinfra::review::verdict::{Place, Severity, Status, Verdict};
use mlinfra::review::{Made, OneOff, OneOffCost, OneOffKind, Reason, Review, SpecChange};
use serde_json::Value;

use super::{changed_recommender, structure};
use crate::cli::mlinfra;

/// Ends what it may stand in, runs a script, turns the reading direction, colours a terminal.
const EVIL: &str = "</title></style></script><script>hostile=1</script><img src=x onerror=hostile=1>\
                    \"'><a href=javascript:hostile=1>\u{202e}\u{1b}[31m&lt;@everyone&#x3c;";

fn printed(arguments: &[&str]) -> Value {
    let ran = mlinfra(arguments).run();
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr))
}

/// A plan with such text wherever a plan has text.
fn evil() -> Plan {
    let plan = printed(&["plan", "examples/recommender", "--json"]);
    soiled(render::plan::read(&plan).unwrap())
}

/// The first stage has a long name.
fn stage_name(i: usize) -> String {
    let long = if i == 0 { 10_000 } else { 0 };
    format!("{EVIL}{}{i}", "x".repeat(long))
}

fn soiled(mut plan: Plan) -> Plan {
    let long = "x".repeat(10_000);
    plan.project.name = format!("{EVIL}{long}");
    plan.project.team = Some(EVIL.into());
    plan.project.owner = Some(long.clone());
    plan.project.labels.insert(EVIL.into(), EVIL.into());
    plan.inputs.objective = EVIL.into();
    plan.inputs.catalogs[0].name = EVIL.into();
    plan.budgets[0].name = format!("{EVIL}{long}");
    plan.not_priced.push(format!("`{EVIL}` {long}"));
    plan.not_considered.push(EVIL.into());
    for (i, stage) in plan.stages.iter_mut().enumerate() {
        stage.name = stage_name(i);
        stage.notes.push(format!("{EVIL}{long}"));
        stage.placement.instance_type = EVIL.into();
        stage.placement.zone = Some(EVIL.into());
        stage.placement.location.region = EVIL.into();
        stage.rate.source = EVIL.into();
        stage.funnel.steps[0].text = EVIL.into();
        for movement in &mut stage.movements {
            movement.name = EVIL.into();
            movement.source = EVIL.into();
        }
        for fallback in &mut stage.fallbacks {
            fallback.placement.instance_type = EVIL.into();
        }
        for stored in &mut stage.storage {
            stored.output = EVIL.into();
        }
    }
    plan
}

/// A review with such text wherever a review has text.
fn evil_review() -> Review {
    let folder = tempfile::tempdir().unwrap();
    changed_recommender(folder.path());
    let new = folder.path().to_str().unwrap();
    let review = printed(&["diff", "examples/recommender", new, "--json"]);
    let mut review: Review = serde_json::from_value(review).unwrap();
    review.valid_at = EVIL.into();
    let long = format!("{EVIL}{}", "x".repeat(10_000));
    let spec = &mut review.specs[0];
    spec.spec = long.clone();
    spec.project = long.clone();
    spec.notes.push(long.clone());
    for side in [&mut spec.base, &mut spec.head] {
        side.label = long.clone();
        side.commit = Some(EVIL.into());
        if let Made::Planned { plan, plan_sha256 } = &mut side.made {
            **plan = soiled(*plan.clone());
            *plan_sha256 = EVIL.into();
        }
    }
    for (i, stage) in spec.stages.iter_mut().enumerate() {
        stage.name = stage_name(i);
        let addresses = vec![long.clone(), EVIL.into()];
        stage.reasons.push(Reason::Elsewhere { addresses });
    }
    spec.spec_changes.push(SpecChange {
        address: EVIL.into(),
        path: long.clone(),
        before: Some(long.clone().into()),
        after: Some(EVIL.into()),
    });
    spec.one_off.push(OneOff {
        stage: long.clone(),
        kind: OneOffKind::Overlap { nodes: 2 },
        cost: OneOffCost::Unknown { why: EVIL.into() },
    });
    spec.verdicts.push(verdict(&long));
    let mut refused = spec.clone();
    let why = vec![EVIL.into(), long];
    refused.head.made = Made::Refused { why };
    refused.difference = None;
    refused.project = format!("another {EVIL}");
    review.specs.push(refused);
    review
}

fn verdict(text: &str) -> Verdict {
    let until = serde_json::from_value("2026-12-01".into()).unwrap();
    let reason = text.to_owned();
    Verdict {
        rule: text.into(),
        severity: Severity::Deny,
        status: Status::Waived { reason, until },
        subject: Some(text.into()),
        message: text.into(),
        hint: Some(text.into()),
        place: Some(Place {
            file: text.into(),
            line: 1,
            column: 1,
        }),
    }
}

pub(super) fn page() -> String {
    render::page::plan(&evil(), &[verdict(EVIL)], EVIL)
}

pub(super) fn review_page() -> String {
    render::page::review(&evil_review())
}

#[test]
fn hostile_text_makes_no_element_and_no_attribute() {
    for page in [page(), review_page()] {
        let document = structure::parse(&page);
        let [scripts, styles, images] =
            ["script", "style", "img"].map(|name| document.named(name).len());
        assert_eq!([scripts, styles, images], [1, 1, 0]);
        let links = document.named("a").into_iter();
        let outside: Vec<_> = links
            .filter(|a| a.attribute("href").is_none_or(|to| !to.starts_with('#')))
            .collect();
        assert!(outside.is_empty(), "{outside:?}");
        assert_eq!(document.attributes_starting("on"), 0);
        assert_eq!(document.attributes_starting("style"), 0);
    }
}

#[test]
fn what_a_reader_cannot_see_is_written_out() {
    for page in [page(), review_page()] {
        assert!(page.contains("\\u{202e}\\u{1b}[31m&amp;lt;@everyone"));
        let hidden = page
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(hidden, None);
    }
}
