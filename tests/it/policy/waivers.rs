//! Waivers let a rule be broken until a day, where the organisation doesn't forbid it.

use mlinfra::model::Organisation;
use mlinfra::review::verdict::Status;

use super::{broken, day, of, organisation, planned, with};

/// A spec that breaks `gpu-without-lifetime`, which it denies, with a waiver.
fn waived(waiver: &str) -> String {
    let endless = with("max_lifetime = \"12h\"", "");
    format!("policy \"gpu-without-lifetime\" {{ severity = \"deny\" }}\n{waiver}\n{endless}")
}

const FOR_TRAIN: &str = "waiver \"gpu-without-lifetime\" {\n  stage  = stage.train\n  \
                         reason = \"the trial ends with the year\"\n  until  = \"2026-12-31\"\n}";

#[test]
fn a_waiver_counts_up_to_and_on_its_last_day() {
    let spec = planned(&waived(FOR_TRAIN));
    for today in ["2026-11-21", "2026-12-31"] {
        let judgement = spec.judge(&Organisation::default(), today);
        let verdict = of(&judgement, "gpu-without-lifetime")[0];
        let allowed = Status::Waived {
            reason: "the trial ends with the year".into(),
            until: day("2026-12-31"),
        };
        assert_eq!(verdict.status, allowed);
        assert!(!verdict.denies());
        assert_eq!(spec.told(&judgement), "");
    }
    let judgement = spec.judge(&Organisation::default(), "2027-01-01");
    assert!(of(&judgement, "gpu-without-lifetime")[0].denies());
    let told = spec.told(&judgement);
    let expired = "warning[policy::waiver-expired]: waiver has expired\n  --> main.mlinfra.hcl:2:1";
    assert!(told.starts_with(expired), "{told}");
    assert!(told.contains("Its last day was 2026-12-31"), "{told}");
    assert!(
        told.contains("error[policy::denied]: a policy forbids this plan\n"),
        "{told}"
    );
}

#[test]
fn a_waiver_is_for_its_stage_and_its_rule_alone() {
    let second = "stage \"other\" {\n  kind = \"training\"\n  requirements {\n    gpu {\n      \
                  any_of = [\"A10G\"]\n      count = 1\n    }\n  }\n  run {\n    duration = \"1h\"\n    \
                  schedule = \"0 3 * * *\"\n  }\n}\n";
    let spec = planned(&format!("{}{second}", waived(FOR_TRAIN)));
    let judgement = spec.judge(&Organisation::default(), "2026-11-21");
    let verdicts = of(&judgement, "gpu-without-lifetime");
    let by_subject: Vec<_> = verdicts
        .iter()
        .map(|v| (v.subject.as_deref(), v.denies()))
        .collect();
    assert_eq!(
        by_subject,
        [(Some("stage.other"), true), (Some("stage.train"), false)]
    );

    let everything = FOR_TRAIN.replace("stage  = stage.train\n", "");
    let spec = planned(&format!("{}{second}", waived(&everything)));
    let judgement = spec.judge(&Organisation::default(), "2026-11-21");
    assert!(!judgement.verdicts.iter().any(|verdict| verdict.denies()));

    let other_rule = FOR_TRAIN.replace("gpu-without-lifetime", "public-exposure");
    let spec = planned(&waived(&other_rule));
    let judgement = spec.judge(&Organisation::default(), "2026-11-21");
    assert_eq!(
        broken(&judgement, "gpu-without-lifetime").0,
        Some("stage.train")
    );
}

#[test]
fn of_two_waivers_the_longer_counts() {
    let longer = FOR_TRAIN.replace("2026-12-31", "2027-06-30");
    let spec = planned(&waived(&format!("{longer}\n{FOR_TRAIN}")));
    let judgement = spec.judge(&Organisation::default(), "2026-11-21");
    let verdict = of(&judgement, "gpu-without-lifetime")[0];
    let Status::Waived { until, .. } = &verdict.status else {
        panic!("{verdict:?}");
    };
    assert_eq!(*until, day("2027-06-30"));
}

#[test]
fn what_an_organisation_denies_is_waived_only_where_it_says_so() {
    let spec = planned(&waived(FOR_TRAIN));
    let firm = organisation("policy \"gpu-without-lifetime\" { severity = \"deny\" }\n");
    let judgement = spec.judge(&firm, "2026-11-21");
    assert!(of(&judgement, "gpu-without-lifetime")[0].denies());
    let told = spec.told(&judgement);
    let refused =
        "warning[policy::not-waivable]: rule can't be waived here\n  --> main.mlinfra.hcl:2:1";
    assert!(told.starts_with(refused), "{told}");

    let lenient = organisation(
        "policy \"gpu-without-lifetime\" {\n  severity = \"deny\"\n  waivable = true\n}\n",
    );
    let judgement = spec.judge(&lenient, "2026-11-21");
    assert!(!of(&judgement, "gpu-without-lifetime")[0].denies());
    // What the organisation only warns of is the spec's own deny.
    let warns = organisation("policy \"gpu-without-lifetime\" { severity = \"warn\" }\n");
    let judgement = spec.judge(&warns, "2026-11-21");
    assert!(!of(&judgement, "gpu-without-lifetime")[0].denies());
}
