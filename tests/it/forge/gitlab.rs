//! What comes of comments at GitLab, as python-gitlab, which others wrote, sees them too.

use serde_json::{Value, json};

use super::fake::World;
use super::{change, gitlab, marker, run_at};

const EARLIER: &str = "2026-11-21T11:00:00Z";
const LATER: &str = "2026-11-21T13:00:00Z";

/// Lists all notes with python-gitlab, newest first, after it has written one when it is told a text.
const CLIENT: &str = "
import gitlab, json, sys
address, token, project, text = sys.argv[1:]
api = gitlab.Gitlab(address, private_token=token)
api.auth()
request = api.projects.get(project, lazy=True).mergerequests.get(7, lazy=True)
if text:
    note = request.notes.create({'body': text})
    note.body = text + '!'
    note.save()
notes = request.notes.list(iterator=True, per_page=2)
print(json.dumps({'me': api.user.username, 'notes': [[n.author['username'], n.body] for n in notes]}))
";

#[track_caller]
fn seen(world: &World, text: &str) -> Value {
    let (address, token, project) = (world.address(), world.token(), world.project());
    world.python(CLIENT, &[&address, &token, &project, text])
}

#[test]
fn a_note_is_made_changed_and_left_when_it_says_the_same() {
    let Some(world) = World::new() else { return };
    let run = gitlab(&world, vec![change("train", 743)], &[]);
    let page = "train: made https://gitlab.example/ml/-/merge_requests/7#note_";
    assert!(run.stdout.starts_with(page), "{run:?}");
    let later = |usd| {
        run_at(
            "gitlab",
            &world.pipeline(),
            LATER,
            vec![change("train", usd)],
            &[],
        )
    };
    assert!(
        later(743)
            .stdout
            .starts_with("train: says the same already: ")
    );
    assert_eq!(world.writes(), 1);
    assert!(later(800).stdout.starts_with("train: updated "));
    let notes = world.at_gitlab();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].1.contains("800"), "{notes:?}");
}

#[test]
fn python_gitlab_sees_what_we_wrote_and_we_see_what_it_wrote() {
    let Some(world) = World::new() else { return };
    gitlab(&world, vec![change("train", 743)], &[]);
    let ours = world.at_gitlab().remove(0).1;
    let old = format!("{}\nold", marker("serve", EARLIER));
    let expected = json!({
        "me": "ci-bot",
        "notes": [["ci-bot", format!("{old}!")], ["ci-bot", ours]],
    });
    assert_eq!(seen(&world, &old), expected);
    let both = vec![change("serve", 1), change("train", 743)];
    let run = gitlab(&world, both, &[]);
    let words: Vec<&str> = run
        .stdout
        .lines()
        .filter_map(|l| l.split(" https:").next())
        .collect();
    assert_eq!(words, ["serve: updated", "train: says the same already:"]);
    let notes = seen(&world, "");
    assert!(
        notes["notes"][0][1].as_str().unwrap().contains("serve"),
        "{notes}"
    );
    assert_eq!(notes["notes"].as_array().unwrap().len(), 2);
}

#[test]
fn three_hundred_notes_are_paged_by_both() {
    let Some(world) = World::new() else { return };
    let ours = format!("{}\nold", marker("train", EARLIER));
    let mut comments = vec![("ada", "LGTM"); 299];
    comments.insert(250, ("ci-bot", ours.as_str()));
    world.comments(comments);
    let run = gitlab(&world, vec![change("train", 743)], &[]);
    assert!(run.stdout.starts_with("train: updated "), "{run:?}");
    let pages = world
        .calls()
        .iter()
        .filter(|call| call.contains("/notes?"))
        .count();
    assert_eq!(pages, 3);
    let notes = seen(&world, "");
    assert_eq!(notes["notes"].as_array().unwrap().len(), 300);
}

#[test]
fn a_newer_note_and_another_authors_are_left_alone() {
    let Some(world) = World::new() else { return };
    let newer = format!("{}\nlater", marker("train", LATER));
    let theirs = format!("{}\ntheirs", marker("serve", EARLIER));
    world.comments([("ci-bot", newer.as_str()), ("mallory", theirs.as_str())]);
    let run = gitlab(&world, vec![change("serve", 1), change("train", 743)], &[]);
    let words: Vec<&str> = run
        .stdout
        .lines()
        .filter_map(|l| l.split(" https:").next())
        .collect();
    let expected = [
        "serve: left alone, since it is by mallory and not ours:",
        "serve: made",
        "train: left alone, since a later run was faster:",
    ];
    assert_eq!(words, expected);
    assert_eq!(world.writes(), 1);
}

#[test]
fn each_behaviour_does_what_it_is_called() {
    let old = format!("{}\nold", marker("train", EARLIER));
    for (behaviour, left) in [("update", 1), ("new", 2), ("delete-and-new", 1)] {
        let Some(world) = World::new() else { return };
        world.comments([("ci-bot", old.as_str())]);
        let run = gitlab(
            &world,
            vec![change("train", 743)],
            &["--behavior", behaviour],
        );
        assert_eq!(
            (run.code, world.at_gitlab().len()),
            (0, left),
            "{behaviour}"
        );
    }
}

#[test]
fn notes_cant_be_hidden_at_gitlab() {
    let Some(world) = World::new() else { return };
    let run = gitlab(
        &world,
        vec![change("train", 1)],
        &["--behavior", "hide-and-new"],
    );
    assert_eq!((run.code, world.calls().len()), (10, 0));
    assert!(
        run.stderr.starts_with("error[cli::usage]"),
        "{}",
        run.stderr
    );
}
