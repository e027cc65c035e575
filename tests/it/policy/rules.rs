//! Each rule is broken by what it is about, and by nothing that is like it.

use mlinfra::model::Organisation;
use mlinfra::review::verdict::{Place, Severity};

use super::{KEPT, assert_kept, broken, of, planned, with};

/// A day at which the embedded catalogs are fresh.
const FRESH: &str = "2026-05-21";

#[track_caller]
fn judge(text: &str) -> mlinfra::review::policy::Judgement {
    planned(text).judge(&Organisation::default(), FRESH)
}

/// The subject and the message of the only breach of a rule.
#[track_caller]
fn check_broken(rule: &str, text: &str, subject: Option<&str>, said: &str) {
    let judgement = judge(text);
    let (about, message) = broken(&judgement, rule);
    assert_eq!(about, subject);
    assert!(message.contains(said), "{message}");
}

#[track_caller]
fn check_kept(rule: &str, text: &str) {
    assert_kept(&judge(text), rule);
}

#[test]
fn gpus_outside_production_need_a_lifetime() {
    let rule = "gpu-without-lifetime";
    let endless = with("max_lifetime = \"12h\"", "");
    let said = "Stage `train` has GPUs in `dev` and no `max_lifetime`";
    check_broken(rule, &endless, Some("stage.train"), said);
    check_kept(rule, KEPT);
    for env in ["prod", "production"] {
        check_kept(rule, &endless.replace("\"dev\"", &format!("\"{env}\"")));
    }
    // Whoever doesn't say where the project runs isn't told that it is outside production.
    check_kept(rule, &endless.replace("labels = { env = \"dev\" }", ""));
    let cpus = endless.replace(
        "gpu {\n      any_of = [\"A10G\"]\n      count  = 1\n    }",
        "vcpus = 4",
    );
    check_kept(rule, &cpus);
    // Where the organisation's words for it are others.
    let policy = "policy \"gpu-without-lifetime\" { production = [\"dev\"] }\n";
    check_kept(rule, &format!("{policy}{endless}"));
}

#[test]
fn long_work_on_spot_needs_checkpoints() {
    let rule = "spot-without-checkpoint";
    let tolerated = |more: &str, hours: &str| {
        let block = format!(
            "interruption {{\n    tolerated = true\n    interruptions_per_hour = 0.001\n    {more}\n  }}\n\n  run {{"
        );
        with("run {", &block).replace("\"5h\"", hours)
    };
    let said = "Stage `train` works 5h on spot nodes and saves nothing on the way";
    check_broken(rule, &tolerated("", "\"5h\""), Some("stage.train"), said);
    check_kept(rule, &tolerated("checkpoint_every = \"10m\"", "\"5h\""));
    check_kept(rule, &tolerated("", "\"1h\""));
    check_kept(rule, KEPT);
    let policy = "policy \"spot-without-checkpoint\" { max_rerun = \"6h\" }\n";
    check_kept(rule, &format!("{policy}{}", tolerated("", "\"5h\"")));
}

/// The stage reads this much from another region.
fn reads(size: &str) -> String {
    let dataset = format!(
        "dataset \"events\" {{\n  location = \"aws/eu-central-1\"\n  size = \"{size}\"\n}}\n\
         provider \"aws\" {{ regions = [\"us-east-1\"] }}\n"
    );
    let reads = "reads = { events = { from = dataset.events } }\n  requirements {";
    format!("{dataset}{}", with("requirements {", reads))
}

#[test]
fn data_from_other_regions_may_cost_ten_dollars() {
    let rule = "cross-region-data";
    let said = "Stage `train` in aws/us-east-1 pays USD ";
    check_broken(rule, &reads("100GB"), Some("stage.train"), said);
    check_broken(
        rule,
        &reads("100GB"),
        Some("stage.train"),
        "for `events` from aws/eu-central-1",
    );
    check_kept(rule, &reads("1GB"));
    check_kept(
        rule,
        &reads("100GB").replace("aws/eu-central-1", "aws/us-east-1"),
    );
    let policy = "policy \"cross-region-data\" { max_monthly = 100 }\n";
    check_kept(rule, &format!("{policy}{}", reads("100GB")));
}

#[test]
fn ports_must_not_be_open_to_the_internet() {
    let rule = "public-exposure";
    let open = |range: &str| {
        let block = format!(
            "nodes {{\n    open_ports = [22, 80]\n    open_to = [{range}]\n  }}\n\n  run {{"
        );
        with("run {", &block)
    };
    let said = "Nodes of stage `train` answer all of 0.0.0.0/0 on ports 22, 80.";
    check_broken(
        rule,
        &open("\"10.0.0.0/8\", \"0.0.0.0/0\""),
        Some("stage.train"),
        said,
    );
    check_broken(rule, &open("\"::/0\""), Some("stage.train"), "all of ::/0");
    check_kept(rule, &open("\"10.0.0.0/8\""));
    check_kept(rule, KEPT);
}

#[test]
fn what_is_not_priced_is_named_unless_it_was_accepted() {
    let rule = "unpriced-items";
    let others = "NAT gateways, public addresses, Kubernetes control planes";
    let said = format!("The bill is without: boot disks; {others}.");
    check_broken(rule, KEPT, None, &said);
    let accepts =
        |names: &str| format!("policy \"unpriced-items\" {{ accepted = [{names}] }}\n{KEPT}");
    check_broken(
        rule,
        &accepts("\"boot disks\""),
        None,
        &format!("without: {others}."),
    );
    check_kept(rule, &accepts(&format!("\"boot disks\", \"{others}\"")));
}

#[test]
fn replicas_that_no_traffic_needs_are_counted_in_money() {
    let rule = "idle-replicas";
    let service = |min: u32, shape: &str| {
        let run = "run {\n    duration = \"5h\"\n    schedule = \"0 3 * * *\"\n  }";
        let served = format!(
            "traffic {{\n    peak_rps = 20\n    hourly = \"{shape}\"\n  }}\n\n  replicas {{\n    min = {min}\n    \
             max = 20\n    throughput_rps = 20\n  }}"
        );
        with(run, &served).replace("\"training\"", "\"serving\"")
    };
    let said = "is for more than its traffic needs";
    check_broken(rule, &service(10, "flat"), Some("stage.train"), said);
    check_kept(rule, &service(1, "flat"));
    check_kept(rule, KEPT);
    let policy = "policy \"idle-replicas\" { max_monthly = 100000 }\n";
    check_kept(rule, &format!("{policy}{}", service(10, "flat")));
}

#[test]
fn prices_get_stale_on_a_day() {
    let spec = planned(KEPT);
    let told = |day: &str| {
        let judgement = spec.judge(&Organisation::default(), day);
        of(&judgement, "stale-catalog")[0].message.clone()
    };
    let catalogs = &spec.plan.inputs.catalogs;
    let aws = catalogs.iter().find(|catalog| catalog.name == "aws");
    let as_of = aws.unwrap().as_of.days_since_epoch();
    let after = |days| {
        let day = mlinfra::units::Date::from_days_since_epoch(as_of + days).unwrap();
        told(&day.to_string()).contains("`aws` is of ")
    };
    assert_eq!((after(90), after(91), after(-400)), (false, true, false));
}

#[test]
fn a_project_needs_a_team_and_an_owner() {
    let rule = "no-owner";
    let (team, owner) = ("team   = \"ranking\"", "owner  = \"ana@acme.test\"");
    check_broken(
        rule,
        &with(team, ""),
        None,
        "Project `trial` names no `team` that pays.",
    );
    check_broken(
        rule,
        &with(owner, ""),
        None,
        "no `owner` who answers for it.",
    );
    check_broken(
        rule,
        &with(team, "").replace(owner, ""),
        None,
        "no `team` that pays and no `owner`",
    );
    check_kept(rule, KEPT);
}

#[test]
fn a_breach_says_where_it_is_and_what_to_do() {
    let judgement = judge(&with("max_lifetime = \"12h\"", ""));
    let verdict = of(&judgement, "gpu-without-lifetime")[0];
    let place = Place {
        file: "main.mlinfra.hcl".into(),
        line: 8,
        column: 1,
    };
    assert_eq!(verdict.severity, Severity::Warn);
    assert_eq!(verdict.place, Some(place));
    assert_eq!(
        verdict.hint.as_deref(),
        Some("give the stage a `max_lifetime`, e.g. \"12h\"")
    );
}

#[test]
fn warnings_are_told_and_notes_are_for_reviewers() {
    let spec = planned(&with("max_lifetime = \"12h\"", "").replace("team   = \"ranking\"", ""));
    let judgement = spec.judge(&Organisation::default(), FRESH);
    let told = spec.told(&judgement);
    assert!(
        told.starts_with("warning[policy::broken]: a policy isn't kept\n"),
        "{told}"
    );
    assert!(told.contains("rule `gpu-without-lifetime`"), "{told}");
    assert!(!told.contains("no-owner"), "{told}");
    assert_eq!(broken(&judgement, "no-owner").0, None);
}

#[test]
fn a_rule_that_is_off_says_nothing() {
    let policy = "policy \"no-owner\" { severity = \"off\" }\n";
    assert!(of(&judge(&format!("{policy}{KEPT}")), "no-owner").is_empty());
}

#[test]
fn a_plan_alone_is_judged_by_what_it_holds() {
    let spec = planned(&with("max_lifetime = \"12h\"", "").replace("team   = \"ranking\"", ""));
    let alone = mlinfra::review::policy::Judged {
        spec: None,
        ..spec.judged()
    };
    let today = super::day(FRESH);
    let judgement = mlinfra::review::policy::judge(&alone, &Organisation::default(), today);
    assert!(of(&judgement, "gpu-without-lifetime").is_empty());
    assert!(of(&judgement, "public-exposure").is_empty());
    assert_eq!(of(&judgement, "no-owner")[0].place, None);
}
