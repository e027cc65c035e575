use std::cell::{Cell, RefCell};

use super::*;

/// Answers that are given one after the other, and the requests that came.
struct Scripted {
    answers: RefCell<Vec<Result<Answer, NoAnswer>>>,
    requests: RefCell<Vec<Request>>,
}

impl Transport for Scripted {
    fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
        self.requests.borrow_mut().push(request.clone());
        self.answers.borrow_mut().remove(0)
    }
}

/// A time that passes only by waiting.
struct Waited {
    now: Cell<Timestamp>,
    waits: RefCell<Vec<u64>>,
}

impl Clock for Waited {
    fn now(&self) -> Timestamp {
        self.now.get()
    }

    fn sleep(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap();
        self.waits.borrow_mut().push(millis);
        self.now.set(self.now.get().checked_add(time).unwrap());
    }

    fn random(&self) -> u64 {
        500
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Answer, NoAnswer> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Ok(Answer {
        status,
        headers: headers.iter().map(owned).collect(),
        body: body.to_owned(),
    })
}

/// How a request ended, the waits in milliseconds, and the requests.
struct Ended {
    end: Result<Answer, Failure>,
    waits: Vec<u64>,
    requests: Vec<Request>,
}

const BASE: &str = "https://api.example/v1";

fn send(repeat: Repeat, answers: Vec<Result<Answer, NoAnswer>>) -> Ended {
    let transport = Scripted {
        answers: RefCell::new(answers),
        requests: RefCell::default(),
    };
    let clock = Waited {
        now: Cell::new(Timestamp::from_second(1_000_000).unwrap()),
        waits: RefCell::default(),
    };
    let token = Token::new(" s3cr3t\n").unwrap();
    let client = Client::new(BASE, &token, &transport, &clock);
    let end = client.call("POST", "/x", Some(&Value::Null), repeat);
    Ended {
        end,
        waits: clock.waits.take(),
        requests: transport.requests.take(),
    }
}

fn lost() -> Result<Answer, NoAnswer> {
    Err(NoAnswer("s3cr3t: connection reset".to_owned()))
}

#[test]
fn a_request_has_the_token_in_its_header_and_nowhere_else() {
    let ended = send(Repeat::Never, vec![answer(201, &[], "{}")]);
    assert_eq!(ended.end.unwrap().status, 201);
    let request = &ended.requests[0];
    assert_eq!(request.url, "https://api.example/v1/x");
    assert_eq!(
        request.headers[0],
        ("authorization", "Bearer s3cr3t".to_owned())
    );
    assert!(!format!("{:?}", Token::new("s3cr3t")).contains("s3cr3t"));
}

#[test]
fn what_cant_be_a_token_is_none() {
    for text in ["", " \n", "two words", "a\r\nb: c", "schlüssel"] {
        assert!(Token::new(text).is_none(), "{text:?}");
    }
}

#[test]
fn failures_are_waited_out_with_longer_and_longer_waits() {
    let answers = vec![lost(), answer(502, &[], ""), lost(), answer(200, &[], "{}")];
    let ended = send(Repeat::Freely, answers);
    assert_eq!(ended.end.unwrap().status, 200);
    // Half of each wait is by chance, and half of that half was drawn.
    assert_eq!(ended.waits, [750, 1500, 3000]);
}

#[test]
fn after_six_attempts_the_last_failure_is_told_without_the_token() {
    let ended = send(Repeat::Freely, (0..6).map(|_| lost()).collect());
    let told = Failure::Unreachable {
        attempts: "6 attempts".to_owned(),
        why: "[token]: connection reset".to_owned(),
    };
    assert_eq!(ended.end, Err(told));
    assert_eq!(ended.waits, [750, 1500, 3000, 6000, 12_000]);
}

#[test]
fn what_may_not_be_repeated_is_sent_once() {
    for answer in [lost(), answer(503, &[], "{\"message\": \"s3cr3t\"}")] {
        let ended = send(Repeat::Never, vec![answer]);
        assert!(matches!(ended.end, Err(Failure::Unreachable { .. })));
        assert!(!format!("{:?}", ended.end).contains("s3cr3t"));
        assert_eq!(ended.requests.len(), 1);
    }
}

#[test]
fn a_rate_limit_is_waited_for_as_long_as_is_said_even_by_what_may_not_be_repeated() {
    let secondary = "{\"message\": \"You have exceeded a secondary rate limit.\"}";
    let answers = vec![
        answer(403, &[("retry-after", "30")], secondary),
        answer(429, &[("x-ratelimit-reset", "1000050")], ""),
        answer(
            403,
            &[
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1000060"),
            ],
            "{}",
        ),
        answer(429, &[("ratelimit-reset", "999000")], ""),
        answer(201, &[], "{}"),
    ];
    let ended = send(Repeat::Never, answers);
    assert_eq!(ended.end.unwrap().status, 201);
    // Until 1,000,030, 1,000,051 and 1,000,061; then a second, since the time is past.
    assert_eq!(ended.waits, [30_000, 21_000, 10_000, 1000]);
}

#[test]
fn a_rate_limit_beyond_the_deadline_is_told_with_its_time() {
    let reset = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1003599"),
    ];
    let ended = send(
        Repeat::Freely,
        vec![answer(
            403,
            &reset,
            "{\"message\": \"API rate limit exceeded\"}",
        )],
    );
    let told = Failure::RateLimited {
        until: "1970-01-12T14:46:40Z".to_owned(),
        message: "403 API rate limit exceeded".to_owned(),
    };
    assert_eq!(ended.end, Err(told));
    assert!(ended.waits.is_empty());
}

#[test]
fn a_secondary_limit_without_a_time_is_waited_for_a_minute_and_then_longer() {
    let secondary = || answer(403, &[], "{\"message\": \"secondary rate limit\"}");
    let ended = send(Repeat::Freely, vec![secondary(), secondary(), secondary()]);
    assert!(matches!(ended.end, Err(Failure::RateLimited { .. })));
    assert_eq!(ended.waits, [60_000, 120_000]);
}

#[test]
fn refusals_are_told_apart_and_their_reasons_kept() {
    let check = |status, body: &str, expect: Failure| {
        let ended = send(Repeat::Freely, vec![answer(status, &[], body)]);
        assert_eq!(ended.end, Err(expect), "{status}");
    };
    check(
        401,
        "{\"message\": \"Bad credentials\"}",
        Failure::Unauthorized("401 Bad credentials".into()),
    );
    check(
        403,
        "{\"message\": \"No\"}",
        Failure::Forbidden("403 No".into()),
    );
    check(
        404,
        "{\"error\": \"gone\"}",
        Failure::NotFound("404 gone".into()),
    );
    check(410, "", Failure::NotFound("410".into()));
    let message = "422 Validation Failed; [{\"message\":\"Body is too long\"}]".to_owned();
    let body =
        "{\"message\": \"Validation Failed\", \"errors\": [{\"message\": \"Body is too long\"}]}";
    check(
        422,
        body,
        Failure::Refused {
            status: 422,
            message,
        },
    );
    let message = "400 <html> s </html>".to_owned();
    check(
        400,
        "<html>\n s </html>",
        Failure::Refused {
            status: 400,
            message,
        },
    );
}

#[test]
fn what_a_forge_says_is_shortened_and_the_token_left_out() {
    let body = format!("{{\"message\": \"s3cr3t {}\"}}", "x".repeat(10_000));
    let ended = send(Repeat::Freely, vec![answer(403, &[], &body)]);
    let Err(Failure::Forbidden(said)) = ended.end else {
        panic!("{:?}", ended.end)
    };
    assert!(
        said.starts_with("403 [token] xxx") && said.chars().count() < 520,
        "{said}"
    );
}

#[test]
fn redirects_are_followed_on_the_same_host_only() {
    let to = |place: &str| answer(307, &[("location", place)], "");
    for place in ["https://API.example/v1/y", "/v1/y"] {
        let ended = send(Repeat::Never, vec![to(place), answer(201, &[], "{}")]);
        assert_eq!(ended.end.unwrap().status, 201, "{place}");
        assert_eq!(ended.requests[1].method, "POST");
        assert!(ended.requests[1].url.ends_with(".example/v1/y"), "{place}");
    }
    for place in [
        "https://evil.example/v1/y",
        "http://api.example/v1/y",
        "https://api.example:444/v1/y",
        "https://api.example@evil.example/v1/y",
        "https://api.example.evil.example/",
        "//evil.example/y",
        "",
    ] {
        let ended = send(Repeat::Never, vec![to(place)]);
        assert!(matches!(ended.end, Err(Failure::Unexpected(_))), "{place}");
        assert_eq!(ended.requests.len(), 1, "{place}");
    }
}

#[test]
fn redirects_in_a_circle_end() {
    let circle = || answer(301, &[("location", "/x")], "");
    let ended = send(Repeat::Freely, (0..4).map(|_| circle()).collect());
    assert!(matches!(
        ended.end,
        Err(Failure::Refused { status: 301, .. })
    ));
}
