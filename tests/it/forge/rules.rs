//! When a comment is made, what a dry run shows, and what the exit code says.

use mlinfra::review::verdict::{Severity, Status, Verdict};
use mlinfra::review::{Made, SpecReview};

use super::fake::World;
use super::{NOON, change, github, marker, run_at};

const EARLIER: &str = "2026-11-21T11:00:00Z";

fn denied(name: &str) -> SpecReview {
    let verdict = Verdict {
        rule: "spot-without-checkpoint".to_owned(),
        severity: Severity::Deny,
        status: Status::Broken,
        subject: Some("stage.prepare".to_owned()),
        message: "It runs on spot and keeps no checkpoint.".to_owned(),
        hint: None,
        place: None,
    };
    SpecReview {
        verdicts: vec![verdict],
        ..change(name, 0)
    }
}

/// A spec that no plan can be made of.
fn refused(name: &str) -> SpecReview {
    let mut review = change(name, 0);
    review.head.made = Made::Refused {
        why: vec!["planning::no-feasible-offering: no offering meets every requirement".to_owned()],
    };
    review.difference = None;
    review
}

/// Whether a change is commented on with these arguments, where there is no comment yet.
#[track_caller]
fn check(arguments: &[&str], change: SpecReview, expect: bool) {
    let Some(world) = World::new() else { return };
    let code = if change.is_denied() { 14 } else { 0 };
    let run = github(&world, vec![change], arguments);
    assert_eq!(run.code, code, "{run:?}");
    assert_eq!(
        world.at_github().len(),
        usize::from(expect),
        "{arguments:?} {run:?}"
    );
    if !expect {
        assert_eq!(run.stdout, "x: no comment, since `--when` isn't met\n");
    }
}

#[test]
fn always_is_always() {
    check(&["--when", "always"], change("x", 0), true);
}

#[test]
fn changes_are_those_of_a_stage_or_its_cost() {
    check(&["--when", "changes"], change("x", 0), false);
    check(&["--when", "changes"], change("x", -1), true);
    check(&["--when", "changes"], refused("x"), true);
}

#[test]
fn a_cost_change_is_one_in_money_or_one_that_nobody_knows() {
    let mut same = change("x", 0);
    same.stages[0].status = mlinfra::review::StageStatus::Changed;
    check(&["--when", "cost-change"], same, false);
    check(&["--when", "cost-change"], change("x", -1), true);
    check(&["--when", "cost-change"], refused("x"), true);
}

#[test]
fn a_threshold_in_usd_is_met_either_way_and_at_its_amount() {
    let arguments = ["--when", "threshold", "--threshold", "100"];
    check(&arguments, change("x", 99), false);
    check(&arguments, change("x", 100), true);
    check(&arguments, change("x", -100), true);
    check(&arguments, refused("x"), true);
}

#[test]
fn a_threshold_in_percent_is_of_what_it_cost_before() {
    let before = super::PLAN.costs.total.micro_usd();
    let arguments = ["--when", "threshold", "--threshold-percent", "10%"];
    let by = |micro: i128| {
        let mut change = change("x", 1);
        let total = mlinfra::units::Money::from_micro_usd(micro);
        change.difference.as_mut().unwrap().spec.total = total;
        change
    };
    check(&arguments, by(before / 10 - 1), false);
    check(&arguments, by(before / 10 + 1), true);
    let mut new = by(1);
    new.base.made = Made::Absent;
    check(&arguments, new, true);
}

#[test]
fn a_threshold_without_a_number_and_a_number_without_one_are_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let path = super::written(folder.path(), NOON, vec![change("x", 1)]);
    for wrong in [
        &["--when", "threshold"][..],
        &["--threshold", "3"],
        &["--threshold-percent", "3"],
    ] {
        let all = ["comment", "github", "--dry-run", "--path", &path];
        let run = crate::cli::mlinfra(all.iter().chain(wrong)).run();
        assert_eq!((run.code, run.stdout.as_str()), (10, ""), "{run:?}");
        assert!(run.stderr.starts_with("error[cli::usage]"), "{run:?}");
    }
}

#[test]
fn a_comment_that_is_there_is_kept_true_when_nothing_new_would_be_said() {
    let Some(world) = World::new() else { return };
    let old = format!("{}\nold", marker("train", EARLIER));
    world.comments([("ci-bot", old.as_str())]);
    let run = github(&world, vec![change("train", 0)], &["--when", "changes"]);
    assert!(run.stdout.starts_with("train: updated https://"), "{run:?}");
    assert_eq!(world.at_github().len(), 1);
    assert!(!world.at_github()[0].1.contains("old"));
}

#[test]
fn what_is_denied_is_said_first_and_is_exit_code_14() {
    check(&["--when", "cost-change"], denied("x"), true);
    let Some(world) = World::new() else { return };
    let run = github(&world, vec![denied("train"), change("x", 1)], &[]);
    assert_eq!((run.code, world.at_github().len()), (14, 2));
    assert_eq!(
        run.stderr,
        "error[forge::denied]: change is not allowed\n\n\
         `train`: `spot-without-checkpoint`: It runs on spot and keeps no checkpoint.\n"
    );
}

#[test]
fn a_dry_run_shows_what_would_be_done_and_writes_nothing() {
    let Some(world) = World::new() else { return };
    let old = format!("{}\nold", marker("train", EARLIER));
    world.comments([("ci-bot", old.as_str())]);
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    let mut environment = world.actions();
    environment.push(("GITHUB_STEP_SUMMARY", summary.to_str().unwrap().to_owned()));
    let both = || vec![change("serve", 1), change("train", 743)];
    for (behaviour, words) in [
        (
            "update",
            &["serve: would be made", "train: would be updated:"][..],
        ),
        (
            "delete-and-new",
            &[
                "serve: would be made",
                "train: would be made",
                "train: would be deleted:",
            ],
        ),
        (
            "hide-and-new",
            &[
                "serve: would be made",
                "train: would be made",
                "train: would be hidden:",
            ],
        ),
    ] {
        let arguments = ["--dry-run", "--behavior", behaviour];
        let run = run_at("github", &environment, NOON, both(), &arguments);
        let lines = run
            .stdout
            .lines()
            .filter(|line| line.contains(": would be"));
        let told: Vec<&str> = lines
            .filter_map(|line| line.split(" https:").next())
            .collect();
        assert_eq!(told, words, "{run:?}");
        assert_eq!(run.stdout.matches("<!-- mlinfra {").count(), 2, "{run:?}");
    }
    assert_eq!((world.writes(), world.at_github().len()), (0, 1));
    assert!(!summary.exists());
}

#[test]
fn a_dry_run_needs_neither_token_nor_pull_request() {
    for forge in ["github", "gitlab"] {
        let run = run_at(forge, &[], NOON, vec![change("train", 743)], &["--dry-run"]);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(
            run.stdout
                .starts_with("train: would be made\n\n<!-- mlinfra {"),
            "{run:?}"
        );
        assert!(
            run.stderr
                .contains("it isn't known which comments there are."),
            "{run:?}"
        );
    }
}

#[test]
fn the_jobs_summary_gets_the_texts_without_markers() {
    let Some(world) = World::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let mut environment = world.actions();
    environment.push(("GITHUB_STEP_SUMMARY", summary.to_str().unwrap().to_owned()));
    let both = || vec![change("serve", 1), change("train", 743)];
    run_at("github", &environment, NOON, both(), &[]);
    let text = std::fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("before\n") && text.contains("serve") && text.contains("train"));
    assert!(!text.contains("<!--"), "{text}");
    run_at("github", &environment, NOON, both(), &["--no-step-summary"]);
    assert_eq!(std::fs::read_to_string(&summary).unwrap(), text);
}
