//! Requests that fail for a while, by the library, so that waiting takes no time.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use jiff::Timestamp;
use mlinfra::forge::{
    Behaviour, Client, Clock, Done, Draft, Failure, Forge, GitHub, GitLab, How, Marker, Posted,
    Token, Web, post,
};
use serde_json::json;

use super::fake::World;

/// A time that passes only by waiting.
struct Waited {
    now: Cell<Timestamp>,
    waits: RefCell<Vec<Duration>>,
}

impl Clock for Waited {
    fn now(&self) -> Timestamp {
        self.now.get()
    }

    fn sleep(&self, time: Duration) {
        self.waits.borrow_mut().push(time);
        self.now.set(self.now.get().checked_add(time).unwrap());
    }

    fn random(&self) -> u64 {
        7
    }
}

fn clock() -> Waited {
    Waited {
        now: Cell::new(Timestamp::from_second(1_790_000_000).unwrap()),
        waits: RefCell::default(),
    }
}

/// What became of one comment on a spec, or why nothing did; and the waits.
fn posted(world: &World, gitlab: bool) -> (Result<Vec<Posted>, Failure>, Vec<Duration>) {
    let (web, clock, token) = (Web::default(), clock(), Token::new(&world.token()).unwrap());
    let at = |path: &str| Client::new(&format!("{}{path}", world.address()), &token, &web, &clock);
    let forge: Box<dyn Forge + '_> = if gitlab {
        Box::new(GitLab::new(at("/api/v4"), &world.project(), 7, None))
    } else {
        Box::new(GitHub::new(at(""), &world.repository(), 7, None))
    };
    let mut marker = Marker::new("train", "", None, "2026-11-21T12:00:00Z");
    marker.id = forge.nonce();
    let draft = Draft {
        marker,
        text: "text\n".to_owned(),
        make: true,
    };
    let mut told = Vec::new();
    let said = forge.author().and_then(|author| {
        let how = How {
            author: &author,
            tag: "",
            valid_at: "2026-11-21T12:00:00Z",
            behaviour: Behaviour::Update,
            withdrawn: &|_| String::new(),
            dry_run: false,
        };
        let comments = forge.comments()?;
        post(&*forge, &comments, &[draft], &how, &mut |posted| {
            told.push(posted);
        })
    });
    (said.map(|()| told), clock.waits.take())
}

#[track_caller]
fn check_created(world: &World, waits: usize) {
    let (told, waited) = posted(world, false);
    let done: Vec<Done> = told
        .unwrap()
        .into_iter()
        .map(|posted| posted.done)
        .collect();
    assert_eq!(done, [Done::Created]);
    assert_eq!(waited.len(), waits, "{waited:?}");
    assert_eq!(world.at_github().len(), 1);
}

#[test]
fn a_comment_whose_answer_was_lost_is_found_and_not_made_twice() {
    let Some(world) = World::new() else { return };
    world.fault(json!({ "method": "POST", "path": "/repos/*", "times": 1, "do": "lose-answer" }));
    check_created(&world, 1);
    let posts = world
        .calls()
        .iter()
        .filter(|call| call.starts_with("POST /repos"))
        .count();
    assert_eq!(posts, 1);
}

#[test]
fn a_comment_that_was_answered_with_502_after_all_is_found() {
    let Some(world) = World::new() else { return };
    let fault = json!({ "status": 502, "after": true });
    world.fault(json!({ "method": "POST", "path": "/repos/*", "times": 1, "do": fault }));
    check_created(&world, 1);
}

#[test]
fn a_comment_whose_request_was_lost_is_made_by_the_next() {
    let Some(world) = World::new() else { return };
    world.fault(json!({ "method": "POST", "path": "/repos/*", "times": 2, "do": "lose-request" }));
    check_created(&world, 2);
}

#[test]
fn a_note_whose_answer_was_lost_is_not_made_twice_either() {
    let Some(world) = World::new() else { return };
    world.fault(json!({ "method": "POST", "path": "*/notes", "times": 1, "do": "lose-answer" }));
    let (told, _) = posted(&world, true);
    assert_eq!(told.unwrap()[0].done, Done::Created);
    assert_eq!(world.at_gitlab().len(), 1);
}

#[test]
fn a_secondary_rate_limit_is_waited_for() {
    let Some(world) = World::new() else { return };
    let body = json!({
        "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
    });
    let told = json!({ "status": 403, "headers": { "retry-after": "40" }, "body": body });
    let untold = json!({ "status": 403, "body": body });
    world.fault(json!({ "method": "GET", "times": 1, "do": told }));
    world.fault(json!({ "method": "POST", "path": "/repos/*", "times": 1, "do": untold }));
    let (told, waited) = posted(&world, false);
    assert_eq!(told.unwrap()[0].done, Done::Created);
    assert_eq!(waited, [40, 60].map(Duration::from_secs));
    assert_eq!(world.at_github().len(), 1);
}

#[test]
fn gitlabs_limit_is_waited_for() {
    let Some(world) = World::new() else { return };
    let limited = json!({ "status": 429, "headers": { "retry-after": "20" }, "body": {} });
    world.fault(json!({ "method": "GET", "times": 1, "do": limited }));
    let (told, waited) = posted(&world, true);
    assert_eq!(told.unwrap()[0].done, Done::Created);
    assert_eq!(waited, [Duration::from_secs(20)]);
}

#[test]
fn a_forge_that_fails_for_a_while_is_waited_out() {
    let Some(world) = World::new() else { return };
    world.fault(json!({ "path": "/graphql", "times": 2, "do": { "status": 503 } }));
    world.fault(json!({ "method": "GET", "times": 1, "do": "lose-request" }));
    check_created(&world, 3);
}

#[test]
fn a_forge_that_fails_for_ever_is_given_up() {
    let Some(world) = World::new() else { return };
    world.fault(json!({ "method": "POST", "path": "/repos/*", "do": { "status": 500, "body": { "message": "Oops" } } }));
    let (told, waited) = posted(&world, false);
    let why = "500 Oops".to_owned();
    let attempts = "6 attempts".to_owned();
    assert_eq!(told, Err(Failure::Unreachable { attempts, why }));
    assert_eq!(waited.len(), 5);
}

#[test]
fn a_slow_answer_is_waited_for() {
    let Some(world) = World::new() else { return };
    world.fault(json!({ "method": "GET", "times": 1, "do": { "delay_ms": 300 } }));
    check_created(&world, 0);
}
