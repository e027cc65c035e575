//! A comment is never longer than its limit, says what it leaves out, and is whole.

use mlinfra::render::review::{Shown, markdown};
use mlinfra::review::verdict::{Severity, Status, Verdict};
use mlinfra::review::{Made, SpecChange, SpecReview, StageStatus};
use proptest::prelude::*;
use serde_json::json;

use super::html::tags;
use super::worked;

/// The same review with so many stages, changes and verdicts.
fn grown(stages: usize, changes: usize, verdicts: usize, name: &str) -> SpecReview {
    let mut review = worked();
    for side in [&mut review.base, &mut review.head] {
        if let Made::Planned { plan, .. } = &mut side.made {
            let one = plan.stages[0].clone();
            for number in 0..stages {
                let mut more = one.clone();
                more.name = format!("{name}{number}");
                plan.stages.push(more);
            }
        }
    }
    let one = review.stages[0].clone();
    for number in 0..stages {
        let mut more = one.clone();
        more.name = format!("{name}{number}");
        more.status = StageStatus::Changed;
        review.stages.push(more);
    }
    review.spec_changes = (0..changes)
        .map(|number| SpecChange {
            address: format!("stage.{name}{number}"),
            path: "requirements.gpu.count".into(),
            before: Some(json!(number)),
            after: Some(json!(name)),
        })
        .collect();
    review.verdicts = (0..verdicts)
        .map(|number| Verdict {
            rule: format!("{name}{number}"),
            severity: Severity::Deny,
            status: Status::Broken,
            subject: None,
            message: name.repeat(3),
            hint: Some(name.into()),
            place: None,
        })
        .collect();
    review
}

fn shown(review: &SpecReview, limit: usize) -> String {
    let report = Some("https://ci.test/runs/1#artifacts".to_owned());
    markdown(review, &Shown { limit, report })
}

#[track_caller]
fn check(review: &SpecReview, limit: usize) {
    let text = shown(review, limit);
    let length = text.chars().count();
    assert!(length <= limit, "{length} of {limit}");
    assert!(text.starts_with("### "), "{text}");
    let count = |part: &str| tags(&text).iter().filter(|tag| *tag == part).count();
    for element in ["details", "summary", "table", "sub", "ul"] {
        let (opened, closed) = (
            count(&format!("<{element}>")),
            count(&format!("</{element}>")),
        );
        assert_eq!(opened, closed, "{element} in {text}");
    }
    let fences = text.lines().filter(|line| line.starts_with("```")).count();
    assert_eq!(fences % 2, 0, "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_review_fits_any_limit_from_two_thousand(
        (stages, changes, verdicts) in (0_usize..60, 0_usize..200, 0_usize..100),
        name in "[a-z$@<|:模]{1,60}",
        limit in 2_000_usize..70_000,
    ) {
        check(&grown(stages, changes, verdicts, &name), limit);
    }
}

#[test]
fn a_review_of_signs_alone_fits_two_thousand_characters() {
    let mut review = grown(30, 300, 50, &"$".repeat(10_000));
    review.project = "$".repeat(10_000);
    review.spec = "$'".repeat(5_000);
    review.base.commit = None;
    review.base.label = "$'".repeat(5_000);
    check(&review, 2_000);
    assert!(shown(&review, 2_000).contains("Blocked"));
}

#[test]
fn even_a_limit_that_nothing_fits_in_is_kept() {
    let text = shown(&worked(), 30);
    assert_eq!(text.chars().count(), 30);
    assert!(text.starts_with("### recommender: monthly cost"), "{text}");
}

#[test]
fn parts_are_left_out_from_what_matters_least() {
    let review = grown(60, 400, 30, "stage-");
    let has = |limit: usize| {
        let text = shown(&review, limit);
        let has = |part: &str| text.contains(part);
        let bills = text.matches("<details>").count();
        [
            has("offerings that …"),
            bills > 1,
            has("The plan as a whole"),
            has("| stage-59 |"),
            has("- ❌ stage-29"),
            has("catalogs and command"),
        ]
    };
    let full = shown(&review, 1_000_000).chars().count();
    assert_eq!(has(full), [true, true, true, true, true, false]);
    assert_eq!(has(full - 1), [false, true, true, true, true, false]);
    assert_eq!(has(80_000), [false, true, true, true, true, false]);
    assert_eq!(has(30_000), [false, false, false, true, true, false]);
    assert_eq!(has(8_000), [false, false, false, false, true, false]);
}

#[test]
fn what_is_left_out_is_said_with_a_link_to_all_of_it() {
    let review = grown(0, 400, 0, "stage-");
    let text = shown(&review, 9_000);
    let line = text
        .lines()
        .find(|line| line.starts_with("*Left out"))
        .unwrap();
    let (what, link) = line.split_once(" changes of the spec. ").unwrap();
    let start = "*Left out, as it is too long:* how candidates were narrowed down, 3 bills, the plan \
                 as a whole, the graph, ";
    let left_out: usize = what.strip_prefix(start).unwrap().parse().unwrap();
    let said = format!("- and {left_out} more\n");
    assert!(text.contains(&said), "{text}");
    assert_eq!(text.matches(".count: ").count() + left_out, 400);
    assert_eq!(
        link,
        "[The full report](<https://ci.test/runs/1#artifacts>) has all of it."
    );
}
