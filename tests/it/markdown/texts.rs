//! What the comment says, in every case of what was before and what is after.

use mlinfra::render::review::{markdown, terraform_report};
use mlinfra::review::{
    Difference, FORMAT_VERSION, Made, Reason, Review, Side, SpecReview, StageStatus,
};
use mlinfra::units::Money;
use serde_json::json;

use super::{plan, review, roomy, side, worked};

fn absent(label: &str) -> Side {
    Side {
        label: label.into(),
        commit: None,
        made: Made::Absent,
    }
}

fn refused(label: &str) -> Side {
    Side {
        label: label.into(),
        commit: None,
        made: Made::Refused {
            why: vec!["planning::no-feasible-offering: no offering meets every requirement".into()],
        },
    }
}

fn first_line(review: &SpecReview) -> String {
    let text = markdown(review, &roomy());
    text.lines().next().unwrap().to_owned()
}

#[test]
fn a_change_is_told_with_its_money_first() {
    insta::assert_snapshot!(markdown(&worked(), &roomy()));
}

#[test]
fn a_spec_that_costs_the_same_says_so() {
    let same = || plan("T4", "1TiB");
    let review = review(side("main", "a1", same()), side("x", "b2", same()));
    let text = markdown(&review, &roomy());
    let title = text.lines().next().unwrap();
    assert!(
        title.starts_with("### recommender: monthly cost unchanged: "),
        "{title}"
    );
    assert!(
        !text.contains("| Stage |") && !text.contains("By cause"),
        "{text}"
    );
}

#[test]
fn a_new_spec_and_one_that_is_gone_have_one_sum() {
    let new = review(absent("main"), side("x", "b2", plan("T4", "1TiB")));
    let gone = review(side("main", "a1", plan("T4", "1TiB")), absent("x"));
    let sum = new.head.costs().unwrap().total;
    assert_eq!(
        first_line(&new),
        format!("### recommender: new, about USD {} per month", sum.cents())
    );
    assert_eq!(
        first_line(&gone),
        format!(
            "### recommender: removed, about -USD {} per month",
            sum.cents()
        )
    );
    assert!(markdown(&gone, &roomy()).contains("| gone |"));
    assert!(markdown(&new, &roomy()).contains("| new |"));
}

#[test]
fn a_side_that_cannot_be_planned_has_no_number() {
    let head = review(side("main", "a1", plan("T4", "1TiB")), refused("x"));
    assert_eq!(first_line(&head), "### recommender: no plan can be made");
    let text = markdown(&head, &roomy());
    assert!(
        text.contains("- ❌ planning::\u{200b}no-feasible-offering: no offering meets"),
        "{text}"
    );
    assert!(text.contains("| not known | not known |"), "{text}");
    let base = review(refused("main"), side("x", "b2", plan("T4", "1TiB")));
    let title = first_line(&base);
    assert!(
        title.ends_with(" per month; no plan could be made of it before"),
        "{title}"
    );
}

#[test]
fn several_causes_have_their_amounts() {
    let mut review = worked();
    let usd = |text: &str| Money::parse(text).unwrap();
    let mut difference = Difference::default();
    difference.spec.total = usd("5");
    difference.prices.total = -usd("2.50");
    let train = review.stages.iter_mut().find(|stage| stage.name == "train");
    let train = train.unwrap();
    train.status = StageStatus::Changed;
    train.difference = Some(difference);
    train.reasons = vec![
        Reason::Spec {
            addresses: ["a", "b", "c", "d", "e"]
                .map(|n| format!("stage.{n}"))
                .into(),
        },
        Reason::OtherPrices,
    ];
    review.difference = Some(difference);
    let text = markdown(&review, &roomy());
    let why = "| spec: stage.a, stage.b, stage.c and 2 more (+5.00); prices (-2.50); another choice, \
               as prices changed |";
    assert!(text.contains(why), "{text}");
    assert!(
        text.contains("\nBy cause: spec +5.00 · prices -2.50\n"),
        "{text}"
    );
}

#[test]
fn stages_are_counted_for_gitlab() {
    let mut spec = worked();
    spec.stages[0].status = StageStatus::Added;
    spec.stages[1].status = StageStatus::Changed;
    spec.stages[2].status = StageStatus::Changed;
    let review = Review {
        format_version: FORMAT_VERSION.into(),
        valid_at: "2026-11-21T12:00:00Z".into(),
        specs: vec![spec],
    };
    let expected = json!({"create": 1, "update": 2, "delete": 0});
    assert_eq!(terraform_report(&review), expected);
}
