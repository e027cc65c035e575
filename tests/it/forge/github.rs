//! What comes of comments at GitHub.

use mlinfra::review::{OneOff, OneOffCost, OneOffKind, SpecChange};

use super::fake::World;
use super::{NOON, change, github, marker, run_at};

const EARLIER: &str = "2026-11-21T11:00:00Z";
const LATER: &str = "2026-11-21T13:00:00Z";

/// The authors of all comments on the pull request, and what their first lines contain.
#[track_caller]
fn check(world: &World, expect: &[(&str, &str)]) {
    let comments = world.at_github();
    let first = |body: &str| {
        let mut lines = body.lines().filter(|line| !line.starts_with("<!--"));
        lines.next().unwrap_or_default().to_owned()
    };
    let told: Vec<(&str, String)> = comments
        .iter()
        .map(|(author, body, _)| (author.as_str(), first(body)))
        .collect();
    let alike = |((author, line), (by, part)): (&(&str, String), &(&str, &str))| {
        author == by && line.contains(part)
    };
    let same = told.len() == expect.len() && told.iter().zip(expect).all(alike);
    assert!(same, "{told:?}\n{expect:?}");
}

#[test]
fn a_comment_is_made_with_a_marker_on_its_first_line() {
    let Some(world) = World::new() else { return };
    let run = github(&world, vec![change("train", 743)], &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(
        run.stdout
            .starts_with("train: made https://github.example/acme/"),
        "{}",
        run.stdout
    );
    check(&world, &[("ci-bot", "train")]);
    let body = world.at_github().remove(0).1;
    let plan = "b".repeat(64);
    let start = format!(
        "<!-- mlinfra {{\"v\":1,\"spec\":\"train\",\"tag\":\"\",\"plan\":\"sha256:{plan}\",\"valid_at\":\"{NOON}\",\"id\":\""
    );
    assert!(body.starts_with(&start), "{body}");
}

#[test]
fn a_second_run_changes_the_comment_in_place() {
    let Some(world) = World::new() else { return };
    github(&world, vec![change("train", 743)], &[]);
    let run = run_at(
        "github",
        &world.actions(),
        LATER,
        vec![change("train", 800)],
        &[],
    );
    assert!(run.stdout.starts_with("train: updated https://"), "{run:?}");
    check(&world, &[("ci-bot", "train")]);
    let body = world.at_github().remove(0).1;
    assert!(body.contains(LATER) && body.contains("800"), "{body}");
    let methods: Vec<String> = world.calls();
    let methods: Vec<&str> = methods
        .iter()
        .filter_map(|call| call.split(' ').next())
        .collect();
    assert_eq!(methods, ["POST", "GET", "POST", "POST", "GET", "PATCH"]);
}

#[test]
fn the_same_text_is_not_written_again() {
    let Some(world) = World::new() else { return };
    github(&world, vec![change("train", 743)], &[]);
    let run = run_at(
        "github",
        &world.actions(),
        LATER,
        vec![change("train", 743)],
        &[],
    );
    assert!(
        run.stdout
            .starts_with("train: says the same already: https://"),
        "{run:?}"
    );
    assert_eq!((run.code, world.writes()), (0, 1));
}

#[test]
fn a_comment_of_a_later_run_is_left_alone() {
    let Some(world) = World::new() else { return };
    let later = format!("{}\nlater", marker("train", LATER));
    world.comments([("ci-bot", later.as_str())]);
    for behaviour in ["update", "new", "hide-and-new", "delete-and-new"] {
        let run = github(
            &world,
            vec![change("train", 743)],
            &["--behavior", behaviour],
        );
        let told = "train: left alone, since a later run was faster: https://";
        assert!(run.stdout.starts_with(told), "{run:?}");
    }
    check(&world, &[("ci-bot", "later")]);
    assert_eq!(world.writes(), 0);
}

#[test]
fn another_authors_comment_with_our_marker_is_left_alone() {
    let Some(world) = World::new() else { return };
    let theirs = format!("{}\ntheirs", marker("train", EARLIER));
    world.comments([("mallory", theirs.as_str()), ("ada", "LGTM")]);
    let run = github(&world, vec![change("train", 743)], &[]);
    let (first, second) = run.stdout.split_once('\n').unwrap();
    let told = "train: left alone, since it is by mallory and not ours: https://";
    assert!(first.starts_with(told), "{run:?}");
    assert!(second.starts_with("train: made https://"), "{run:?}");
    check(
        &world,
        &[("mallory", "theirs"), ("ada", "LGTM"), ("ci-bot", "train")],
    );
}

#[test]
fn three_hundred_comments_are_paged() {
    let Some(world) = World::new() else { return };
    let ours = format!("{}\nold", marker("train", EARLIER));
    let mut comments = vec![("ada", "LGTM"); 299];
    comments.insert(250, ("ci-bot", ours.as_str()));
    world.comments(comments);
    let run = github(&world, vec![change("train", 743)], &[]);
    assert!(run.stdout.starts_with("train: updated https://"), "{run:?}");
    assert_eq!(world.at_github().len(), 300);
    let pages = world
        .calls()
        .iter()
        .filter(|call| call.starts_with("GET"))
        .count();
    assert_eq!(pages, 3);
}

#[test]
fn the_login_of_an_app_is_found_as_well() {
    let Some(world) = World::with("github-actions[bot]", "Bot", "write") else {
        return;
    };
    github(&world, vec![change("train", 743)], &[]);
    let run = run_at(
        "github",
        &world.actions(),
        LATER,
        vec![change("train", 800)],
        &[],
    );
    assert!(run.stdout.starts_with("train: updated https://"), "{run:?}");
    check(&world, &[("github-actions[bot]", "train")]);
}

#[test]
fn each_spec_has_its_comment_and_those_that_are_gone_say_so() {
    let Some(world) = World::new() else { return };
    github(&world, vec![change("train", 1), change("serve", 2)], &[]);
    check(&world, &[("ci-bot", "serve"), ("ci-bot", "train")]);
    let run = run_at(
        "github",
        &world.actions(),
        LATER,
        vec![change("serve", 2)],
        &[],
    );
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    check(
        &world,
        &[
            ("ci-bot", "serve"),
            ("ci-bot", "train: no difference any more"),
        ],
    );
    // Once said, it isn't said again; and when the spec is back, so is its comment.
    run_at(
        "github",
        &world.actions(),
        LATER,
        vec![change("serve", 2)],
        &[],
    );
    assert_eq!(world.writes(), 3);
    run_at(
        "github",
        &world.actions(),
        LATER,
        vec![change("train", 1), change("serve", 2)],
        &[],
    );
    check(&world, &[("ci-bot", "serve"), ("ci-bot", "train")]);
}

#[test]
fn hostile_text_and_a_body_of_seventy_thousand_characters_fit_into_a_comment() {
    let Some(world) = World::new() else { return };
    let mut long = change("train", 743);
    let hostile = "@everyone </details> ``` <script>alert(1)</script> \u{1b}[31m \u{202e} --> ";
    long.spec_changes = (0..700)
        .map(|i| SpecChange {
            address: format!("stage.{hostile}{i}"),
            path: "requirements.vcpus".to_owned(),
            before: Some(hostile.into()),
            after: Some("x".repeat(100).into()),
        })
        .collect();
    long.one_off = (0..70_000 / 50)
        .map(|i| OneOff {
            stage: format!("stage {i} with a name of fifty characters, or so it seems"),
            kind: OneOffKind::Overlap { nodes: 1 },
            cost: OneOffCost::Unknown {
                why: hostile.to_owned(),
            },
        })
        .collect();
    long.spec = hostile.repeat(1000);
    let run = github(
        &world,
        vec![long],
        &["--report-url", "https://ci.example/7"],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    let body = world.at_github().remove(0).1;
    let length = body.encode_utf16().count();
    assert!((1000..=65_536).contains(&length), "{length}");
    assert!(body.starts_with("<!-- mlinfra {"), "{body}");
    for alive in ["@everyone", "<script>", "\u{1b}", "\u{202e}"] {
        assert!(!body.contains(alive), "{alive:?}");
    }
}

#[test]
fn comments_of_another_tag_are_another_set() {
    let Some(world) = World::new() else { return };
    github(&world, vec![change("train", 1)], &["--tag", "one"]);
    github(&world, vec![change("serve", 2)], &["--tag", "two"]);
    check(&world, &[("ci-bot", "train"), ("ci-bot", "serve")]);
}

#[test]
fn doubles_of_a_race_are_deleted() {
    let Some(world) = World::new() else { return };
    let old = format!("{}\nold", marker("train", EARLIER));
    world.comments([("ci-bot", old.as_str()), ("ci-bot", old.as_str())]);
    let run = github(&world, vec![change("train", 743)], &[]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("train: updated https://"), "{run:?}");
    assert!(lines[1].starts_with("train: deleted: https://"), "{run:?}");
    check(&world, &[("ci-bot", "train")]);
}

#[test]
fn a_new_comment_leaves_the_old_one() {
    let Some(world) = World::new() else { return };
    let old = format!("{}\nold", marker("train", EARLIER));
    world.comments([("ci-bot", old.as_str())]);
    github(&world, vec![change("train", 743)], &["--behavior", "new"]);
    check(&world, &[("ci-bot", "old"), ("ci-bot", "train")]);
}

#[test]
fn hide_and_new_hides_what_isnt_hidden() {
    let Some(world) = World::new() else { return };
    let old = format!("{}\nold", marker("train", EARLIER));
    world.comments([("ci-bot", old.as_str())]);
    let run = github(
        &world,
        vec![change("train", 743)],
        &["--behavior", "hide-and-new"],
    );
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    let arguments = ["--behavior", "hide-and-new"];
    let run = run_at(
        "github",
        &world.actions(),
        LATER,
        vec![change("train", 743)],
        &arguments,
    );
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    check(
        &world,
        &[("ci-bot", "old"), ("ci-bot", "train"), ("ci-bot", "train")],
    );
    let hidden: Vec<bool> = world.at_github().iter().map(|comment| comment.2).collect();
    assert_eq!(hidden, [true, true, false]);
}

#[test]
fn delete_and_new_deletes() {
    let Some(world) = World::new() else { return };
    let old = format!("{}\nold", marker("train", EARLIER));
    world.comments([("ci-bot", old.as_str()), ("ada", "LGTM")]);
    github(
        &world,
        vec![change("train", 743)],
        &["--behavior", "delete-and-new"],
    );
    check(&world, &[("ada", "LGTM"), ("ci-bot", "train")]);
}
