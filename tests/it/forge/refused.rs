//! What people are told when a comment can't be made, and what their CI sees.

use serde_json::json;

use super::fake::World;
use super::{NOON, change, github, gitlab, marker, run_at};
use crate::cli::{Finished, mlinfra};

/// The exit code, and the whole message without its hints.
#[track_caller]
fn check(run: &Finished, code: i32, expect: &str) {
    let message = run.stderr.split("\nhint: ").next().unwrap();
    assert_eq!((run.code, message.trim_end()), (code, expect), "{run:?}");
}

#[test]
fn a_token_that_may_only_read_is_told_the_permission() {
    let Some(world) = World::with("github-actions[bot]", "Bot", "read") else {
        return;
    };
    let run = github(&world, vec![change("train", 1)], &[]);
    check(
        &run,
        11,
        "error[forge::forbidden]: token doesn't suffice\n\n\
         The token of GITHUB_TOKEN may not comment here. GitHub says: 403 Resource not accessible by\n\
         integration",
    );
    assert!(
        run.stderr.contains("pull-requests: write"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("fork"), "{}", run.stderr);
    let run = gitlab(&world, vec![change("train", 1)], &[]);
    check(
        &run,
        11,
        "error[forge::forbidden]: token doesn't suffice\n\n\
         The token of GITLAB_TOKEN may not comment here. GitLab says: 403 Forbidden",
    );
}

#[test]
fn a_token_that_may_only_read_still_fills_the_jobs_summary() {
    let Some(world) = World::with("github-actions[bot]", "Bot", "read") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    let mut environment = world.actions();
    environment.push(("GITHUB_STEP_SUMMARY", summary.to_str().unwrap().to_owned()));
    run_at("github", &environment, NOON, vec![change("train", 1)], &[]);
    assert!(std::fs::read_to_string(&summary).unwrap().contains("train"));
}

#[test]
fn a_token_that_nobody_knows_is_told_so() {
    let Some(world) = World::new() else { return };
    let environment: Vec<_> = world
        .actions()
        .into_iter()
        .map(|(name, value)| {
            if name == "GITHUB_TOKEN" {
                (name, "stolen".to_owned())
            } else {
                (name, value)
            }
        })
        .collect();
    let run = run_at("github", &environment, NOON, vec![change("train", 1)], &[]);
    check(
        &run,
        11,
        "error[forge::unauthorized]: token is not accepted\n\n\
         GitHub doesn't know the token of GITHUB_TOKEN, or it has run out. It says: 401 Bad credentials",
    );
}

#[test]
fn without_a_token_nothing_is_asked() {
    for (forge, variable) in [("github", "GITHUB_TOKEN"), ("gitlab", "GITLAB_TOKEN")] {
        let environment = [
            ("GITHUB_REPOSITORY", "acme/ml".to_owned()),
            ("GITHUB_REF", "refs/pull/7/merge".to_owned()),
            ("CI_PROJECT_ID", "1".to_owned()),
            ("CI_MERGE_REQUEST_IID", "7".to_owned()),
            (variable, " ".to_owned()),
        ];
        let run = run_at(forge, &environment, NOON, vec![change("train", 1)], &[]);
        let message = format!(
            "error[forge::no-token]: no token to comment with\n\nThe variable {variable} isn't set, or holds no token."
        );
        check(&run, 11, &message);
    }
}

#[test]
fn a_jobs_own_token_is_told_to_be_too_little_at_gitlab() {
    let environment = [
        ("CI_PROJECT_ID", "1".to_owned()),
        ("CI_MERGE_REQUEST_IID", "7".to_owned()),
        ("CI_JOB_TOKEN", "j0b".to_owned()),
    ];
    let run = run_at("gitlab", &environment, NOON, vec![change("train", 1)], &[]);
    assert_eq!(run.code, 11);
    assert!(
        run.stderr.contains("CI_JOB_TOKEN isn't used"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_pull_request_that_isnt_there_is_not_found() {
    let Some(world) = World::new() else { return };
    let run = github(&world, vec![change("train", 1)], &["--pull-request", "8"]);
    check(
        &run,
        1,
        "error[forge::not-found]: pull request not found\n\n\
         GitHub has no such pull request, or doesn't show it to the token of GITHUB_TOKEN. It says: 404 Not\n\
         Found",
    );
    let run = gitlab(&world, vec![change("train", 1)], &["--merge-request", "8"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.starts_with("error[forge::not-found]"), "{run:?}");
}

#[test]
fn what_github_takes_for_wrong_is_told_in_its_words() {
    let Some(world) = World::new() else { return };
    let body = json!({ "message": "Validation Failed", "errors": [{ "message": "Body is spam" }] });
    let fault = json!({ "status": 422, "body": body });
    world.fault(json!({ "method": "POST", "path": "/repos/*", "do": fault }));
    let run = github(&world, vec![change("train", 1)], &[]);
    check(
        &run,
        1,
        "error[forge::refused]: request was refused\n\n\
         GitHub answered 422 and did nothing. It says: 422 Validation Failed; [{\"message\":\"Body is spam\"}]",
    );
}

#[test]
fn a_limit_for_longer_than_a_run_waits_is_told_with_its_end() {
    let Some(world) = World::new() else { return };
    let headers = json!({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "4102444799" });
    let body = json!({ "message": "API rate limit exceeded" });
    let fault = json!({ "status": 403, "headers": headers, "body": body });
    world.fault(json!({ "method": "GET", "do": fault }));
    let run = github(&world, vec![change("train", 1)], &[]);
    check(
        &run,
        1,
        "error[forge::rate-limited]: too many requests\n\n\
         GitHub answers no more requests with this token before 2100-01-01T00:00:00Z. It says: 403 API rate\n\
         limit exceeded",
    );
}

#[test]
fn a_forge_that_says_the_token_is_quoted_without_it() {
    let Some(world) = World::new() else { return };
    let body = json!({ "message": format!("bad header: Bearer {}", world.token()) });
    world.fault(json!({ "path": "/graphql", "do": { "status": 400, "body": body } }));
    let run = github(&world, vec![change("train", 1)], &[]);
    check(
        &run,
        1,
        "error[forge::refused]: request was refused\n\n\
         GitHub answered 400 and did nothing. It says: 400 bad header: Bearer [token]",
    );
}

#[test]
fn the_token_is_not_sent_to_another_host() {
    let Some(world) = World::new() else { return };
    let fault = json!({ "redirect": "http://localhost:1/repos" });
    world.fault(json!({ "method": "GET", "do": fault }));
    let run = github(&world, vec![change("train", 1)], &[]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr
            .starts_with("error[forge::unexpected]: unexpected answer\n"),
        "{run:?}"
    );
    assert!(
        run.stderr.contains("The token isn't sent there."),
        "{run:?}"
    );
}

#[test]
fn what_isnt_a_forge_is_told_so() {
    let Some(world) = World::new() else { return };
    let fault = json!({ "status": 200, "body": "<html>Log in</html>" });
    world.fault(json!({ "do": fault }));
    let run = github(&world, vec![change("train", 1)], &[]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("doesn't speak JSON"), "{run:?}");
}

#[test]
fn an_older_comment_that_cant_be_hidden_is_a_warning() {
    let Some(world) = World::new() else { return };
    let old = format!("{}\nold", marker("train", "2026-11-21T11:00:00Z"));
    world.comments([("ci-bot", old.as_str())]);
    let refusal = json!({ "errors": [{ "type": "FORBIDDEN", "message": "No" }] });
    let fault = json!({ "status": 200, "body": refusal });
    world.fault(json!({ "path": "/graphql", "skip": 1, "do": fault }));
    let run = github(
        &world,
        vec![change("train", 1)],
        &["--behavior", "hide-and-new"],
    );
    assert_eq!((run.code, world.at_github().len()), (0, 2), "{run:?}");
    let start = "warning[forge::left-over]: older comment is left\n\n\
                 An older comment couldn't be hidden: https://github.example/acme/";
    assert!(run.stderr.starts_with(start), "{run:?}");
}

#[test]
fn an_address_that_isnt_one_is_wrong_usage() {
    let environment = [("GITHUB_TOKEN", "t0k3n".to_owned())];
    let arguments = [
        "--api-url",
        "nonsense",
        "--repo",
        "acme/ml",
        "--pull-request",
        "7",
    ];
    let run = run_at(
        "github",
        &environment,
        NOON,
        vec![change("train", 1)],
        &arguments,
    );
    check(
        &run,
        10,
        "error[forge::no-pull-request]: no pull request to comment on\n\n\
         `nonsense`, from `--api-url`, isn't an address like `https://api.github.com`.",
    );
}

#[test]
fn what_names_no_pull_request_is_wrong_usage() {
    let refused =
        |forge: &str, environment: &[(&'static str, &str)], arguments: &[&str], expect: &str| {
            let mut environment: Vec<_> = environment
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect();
            environment.extend([
                ("GITHUB_TOKEN", "t0k".to_owned()),
                ("GITLAB_TOKEN", "t0k".to_owned()),
            ]);
            let run = run_at(
                forge,
                &environment,
                NOON,
                vec![change("train", 1)],
                arguments,
            );
            let message =
                format!("error[forge::no-pull-request]: no pull request to comment on\n\n{expect}");
            check(&run, 10, &message);
        };
    let here = [("GITHUB_REPOSITORY", "acme/ml")];
    refused(
        "github",
        &[],
        &[],
        "Neither `--repo` nor GITHUB_REPOSITORY says which repository it is in.",
    );
    refused(
        "github",
        &[("GITHUB_REPOSITORY", "ml")],
        &[],
        "`ml`, from GITHUB_REPOSITORY, isn't a repository like `acme/pipelines`.",
    );
    refused(
        "github",
        &[],
        &["--repo", "acme/../ml"],
        "`acme/../ml`, from `--repo`, isn't a repository like `acme/pipelines`.",
    );
    refused(
        "github",
        &here,
        &[],
        "Neither `--pull-request` nor the event that started the job says which it is.",
    );
    refused(
        "github",
        &here,
        &["--pull-request", "0"],
        "`0`, from `--pull-request`, isn't a number from 1 on.",
    );
    refused(
        "gitlab",
        &[],
        &[],
        "Neither `--project` nor CI_PROJECT_ID says which project it is in.",
    );
    refused(
        "gitlab",
        &[("CI_PROJECT_ID", "1"), ("CI_MERGE_REQUEST_IID", "x")],
        &[],
        "`x`, from CI_MERGE_REQUEST_IID, isn't a number from 1 on.",
    );
    refused(
        "gitlab",
        &[("CI_PROJECT_ID", "1")],
        &[],
        "Neither `--merge-request` nor CI_MERGE_REQUEST_IID says which it is.",
    );
}

#[test]
fn what_holds_no_review_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    let name = path.to_str().unwrap();
    let run = |text: &str, more: &[&str]| {
        std::fs::write(&path, text).unwrap();
        let all = ["comment", "github", "--dry-run", "--path", name];
        mlinfra(all.iter().chain(more)).run()
    };
    let why = |text: &str, expect: &str| {
        let run = run(text, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (10, ""), "{run:?}");
        let start = "error[forge::wrong-review]: file holds no review\n\n";
        assert!(
            run.stderr.starts_with(start) && run.stderr.contains(expect),
            "{run:?}"
        );
    };
    why("", "isn't JSON");
    why("{}", "has no `format_version`");
    why(
        "{\"format_version\": \"2.0\"}",
        "has format 2.0. This version of mlinfra reads format 1.",
    );
    why("{\"format_version\": \"1.7\"}", "missing field");
    why(
        "{\"format_version\": \"1.7\", \"valid_at\": \"noon\", \"specs\": []}",
        "doesn't say in `valid_at`",
    );
    let empty = format!("{{\"format_version\": \"1.7\", \"valid_at\": \"{NOON}\", \"specs\": []}}");
    assert_eq!(run(&empty, &[]).code, 0);
    let twice = super::written(folder.path(), NOON, vec![change("x", 1)]);
    let text = std::fs::read_to_string(&twice).unwrap();
    let run = run(&text, &["--path", &twice]);
    assert!(
        run.stderr.contains("of which a review before it tells too"),
        "{run:?}"
    );
}
