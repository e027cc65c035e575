//! An organisation's files are stricter than specs, and limit several specs together.

use mlinfra::model::Organisation;
use mlinfra::review::policy::{Judged, judge_together};
use mlinfra::review::verdict::{Severity, Status};

use super::{KEPT, assert_kept, broken, day, of, organisation, planned, with};

const TODAY: &str = "2026-11-21";

#[test]
fn a_spec_can_be_stricter_than_the_organisation_and_not_milder() {
    let severity = |files: &str, own: &str| {
        let spec = planned(&format!("{own}{}", with("team   = \"ranking\"", "")));
        let organisation = match files {
            "" => Organisation::default(),
            word => organisation(&format!(
                "policy \"no-owner\" {{ severity = \"{word}\" }}\n"
            )),
        };
        let judgement = spec.judge(&organisation, TODAY);
        of(&judgement, "no-owner")
            .first()
            .map(|verdict| verdict.severity)
    };
    let own = |word: &str| format!("policy \"no-owner\" {{ severity = \"{word}\" }}\n");
    assert_eq!(severity("", ""), Some(Severity::Note));
    assert_eq!(severity("", &own("off")), None);
    assert_eq!(severity("deny", ""), Some(Severity::Deny));
    assert_eq!(severity("deny", &own("off")), Some(Severity::Deny));
    assert_eq!(severity("deny", &own("note")), Some(Severity::Deny));
    assert_eq!(severity("note", &own("deny")), Some(Severity::Deny));
    assert_eq!(severity("off", &own("warn")), Some(Severity::Warn));
}

#[test]
fn of_thresholds_the_lower_holds_and_of_names_those_that_both_have() {
    let spec = |own: &str| {
        planned(&format!(
            "policy \"stale-catalog\" {{ max_age = \"{own}\" }}\n{KEPT}"
        ))
    };
    let files = organisation("policy \"stale-catalog\" { max_age = \"30d\" }\n");
    let usual = organisation("policy \"stale-catalog\" { severity = \"warn\" }\n");
    let age = |own: &str, organisation: &Organisation| {
        let judgement = spec(own).judge(organisation, "2030-01-01");
        let message = of(&judgement, "stale-catalog")[0].message.clone();
        let (_, rest) = message.split_once("may be ").unwrap();
        rest.split_once(" at most").unwrap().0.to_owned()
    };
    assert_eq!(age("400d", &files), "30 days old");
    assert_eq!(age("20d", &files), "20 days old");
    assert_eq!(age("400d", &Organisation::default()), "400 days old");
    // A block without a threshold means the usual one.
    assert_eq!(age("400d", &usual), "90 days old");

    let accepts = |names: &str| format!("policy \"unpriced-items\" {{ accepted = [{names}] }}\n");
    let others = "\"NAT gateways, public addresses, Kubernetes control planes\"";
    let both = planned(&format!(
        "{}{KEPT}",
        accepts(&format!("\"boot disks\", {others}"))
    ));
    assert_kept(
        &both.judge(&Organisation::default(), TODAY),
        "unpriced-items",
    );
    let judgement = both.judge(&organisation(&accepts("\"boot disks\"")), TODAY);
    let (_, message) = broken(&judgement, "unpriced-items");
    assert!(
        message.contains("NAT gateways") && !message.contains("boot disks"),
        "{message}"
    );
}

#[test]
fn the_strictest_of_several_files_holds() {
    let files = organisation(
        "policy \"no-owner\" { severity = \"warn\" }\npolicy \"no-owner\" { severity = \"deny\" }\n\
         policy \"no-owner\" { severity = \"note\" }\n",
    );
    let judgement = planned(&with("team   = \"ranking\"", "")).judge(&files, TODAY);
    assert_eq!(of(&judgement, "no-owner")[0].severity, Severity::Deny);
}

/// The verdicts of a rule for each of several specs.
fn together(specs: &[&str], files: &str, rule: &str) -> Vec<Vec<(Severity, Status, String)>> {
    let planned: Vec<_> = specs.iter().map(|text| planned(text)).collect();
    let judged: Vec<Judged<'_>> = planned.iter().map(|spec| spec.judged()).collect();
    let judgements = judge_together(&judged, &organisation(files), day(TODAY));
    let verdicts = judgements.iter().map(|judgement| {
        let verdicts = of(judgement, rule).into_iter();
        let told = verdicts.map(|v| (v.severity, v.status.clone(), v.message.clone()));
        told.collect()
    });
    verdicts.collect()
}

#[test]
fn a_budget_of_a_team_counts_all_of_its_specs_and_no_others() {
    let other = with("\"ranking\"", "\"search\"");
    let all = [KEPT, &other, KEPT];
    let cost = planned(KEPT).plan.costs.total;
    let budget = |limit: &str| {
        format!("budget \"ranking\" {{\n  team = \"ranking\"\n  limit = {limit}\n}}\n")
    };
    let twice = (cost + cost).cents();
    let just = together(&all, &budget(&(cost + cost).to_string()), "budget");
    let (severity, status, message) = &just[0][0];
    // All of it is used, which is told before it is exceeded.
    assert_eq!((*severity, status), (Severity::Warn, &Status::Broken));
    let said = format!(
        "The 3 specs together take USD {twice} of the USD {twice} per month of budget `ranking`."
    );
    assert_eq!(*message, said);
    assert_eq!((just[1].len(), &just[2]), (0, &just[0]));

    let exceeded = together(&all, &budget("1"), "budget");
    assert_eq!(
        (exceeded[0][0].0, &exceeded[0][0].1),
        (Severity::Deny, &Status::Broken)
    );
    let kept = together(&all, &budget("1000000"), "budget");
    assert_eq!(
        (kept[0][0].0, &kept[0][0].1),
        (Severity::Deny, &Status::Kept)
    );
}

#[test]
fn budgets_can_be_of_owners_projects_and_stages() {
    for whose in [
        "owner = \"ana@acme.test\"",
        "project = \"trial\"",
        "stage = \"train\"",
        "",
    ] {
        let files =
            format!("budget \"b\" {{\n  {whose}\n  limit = 1\n  on_exceed = \"warn\"\n}}\n");
        let verdicts = together(&[KEPT], &files, "budget");
        assert_eq!(
            (verdicts[0][0].0, &verdicts[0][0].1),
            (Severity::Warn, &Status::Broken),
            "{whose}"
        );
    }
    for whose in [
        "owner = \"bob@acme.test\"",
        "project = \"other\"",
        "stage = \"serve\"",
    ] {
        let files = format!("budget \"b\" {{\n  {whose}\n  limit = 1\n}}\n");
        assert!(together(&[KEPT], &files, "budget")[0].is_empty(), "{whose}");
    }
}

#[test]
fn a_quota_counts_gpus_over_specs() {
    let quota = |more: &str, max: u32| format!("quota \"gpus\" {{\n  {more}\n  max = {max}\n}}\n");
    let of_two = |more: &str, max| {
        let verdicts = together(&[KEPT, KEPT], &quota(more, max), "quota");
        (verdicts[0][0].1.clone(), verdicts[1][0].2.clone())
    };
    let said = "The 2 specs together take 2 of the 1 GPUs at once of quota `gpus`.";
    assert_eq!(
        of_two("team = \"ranking\"", 1),
        (Status::Broken, said.into())
    );
    assert_eq!(of_two("team = \"ranking\"", 2).0, Status::Kept);
    assert_eq!(of_two("gpu = \"A10G\"", 1).0, Status::Broken);
    assert_eq!(of_two("gpu = \"A100\"", 0).0, Status::Kept);
    assert_eq!(of_two("provider = \"gcp\"", 0).0, Status::Kept);
    assert_eq!(of_two("region = \"mars-north-1\"", 0).0, Status::Kept);
}
