//! GitHub and GitLab on this machine: `tests/forge/server.py`, started once for all tests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::installed::{installed, run};
use crate::skipped::skip;

/// The running server; it ends when its standard input, which this holds, is closed.
struct Server {
    port: u16,
    packages: PathBuf,
    _process: Child,
}

/// A pull request of one test, with a token of its own.
pub(super) struct World {
    server: &'static Server,
    /// A number that no other test has.
    number: u32,
}

/// The secret of a test's token; no message may have it.
pub(super) fn secret(number: u32) -> String {
    format!("s3cr3t{number}")
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/forge")
        .join(name)
}

fn python(packages: &Path) -> Command {
    let mut python = Command::new("python3");
    python
        .env("PYTHONPATH", packages)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

/// The Python packages and GitHub's descriptions, cut. They are fetched anew when what is wanted of
/// them changes.
fn packages() -> Result<PathBuf, String> {
    let wanted = ["requirements.txt", "cut.py"].map(|name| std::fs::read(data(name)).unwrap());
    let digest = Sha256::digest(wanted.concat());
    let name = format!("forge-{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2]);
    installed(&name, |folder| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-warn-conflicts"]);
        pip.arg("--target").arg(folder).arg("--requirement");
        run(pip.arg(data("requirements.txt")))?;
        let mut npm = Command::new("npm");
        npm.args([
            "pack",
            "--silent",
            "@octokit/openapi@23",
            "@octokit/graphql-schema@15",
        ]);
        run(npm.current_dir(folder))?;
        run(python(folder).arg(data("cut.py")).arg(folder))
    })
}

fn start() -> Result<Server, String> {
    let packages = packages()?;
    let mut process = python(&packages)
        .arg(data("server.py"))
        .arg("--description")
        .arg(&packages)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("python3 can't be started: {error}"))?;
    let mut line = String::new();
    let stdout = process.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).map_err(|_| "the fake doesn't start")?;
    Ok(Server {
        port: u16::try_from(ready["port"].as_u64().unwrap()).unwrap(),
        packages,
        _process: process,
    })
}

impl World {
    /// An empty pull request, and a token that may write; `None`, and a line that says why, where
    /// there can be none.
    #[track_caller]
    pub(super) fn new() -> Option<Self> {
        Self::with("ci-bot", "User", "write")
    }

    /// The same with a token of somebody who may do something else: `read` or `nothing`.
    #[track_caller]
    pub(super) fn with(login: &'static str, kind: &str, may: &str) -> Option<Self> {
        static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let server = match SERVER.get_or_init(start) {
            Ok(server) => server,
            Err(why) => {
                skip(why);
                return None;
            }
        };
        let world = Self {
            server,
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
        };
        let token = json!({ "login": login, "kind": kind, "may": may });
        let threads = json!({ world.pull_request(): [], world.merge_request(): [] });
        world.tell(
            "/_world",
            &json!({ "tokens": { world.token(): token }, "threads": threads }),
        );
        Some(world)
    }

    pub(super) fn token(&self) -> String {
        secret(self.number)
    }

    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port)
    }

    pub(super) fn repository(&self) -> String {
        format!("acme/ml-{}", self.number)
    }

    /// The project at GitLab, by its path.
    pub(super) fn project(&self) -> String {
        format!("group/sub/ml-{}", self.number)
    }

    fn pull_request(&self) -> String {
        format!("{}#7", self.repository())
    }

    fn merge_request(&self) -> String {
        format!("{}!7", self.project())
    }

    /// What GitHub Actions sets.
    pub(super) fn actions(&self) -> Vec<(&'static str, String)> {
        vec![
            ("GITHUB_API_URL", self.address()),
            ("GITHUB_REPOSITORY", self.repository()),
            ("GITHUB_REF", "refs/pull/7/merge".to_owned()),
            ("GITHUB_TOKEN", self.token()),
        ]
    }

    /// What GitLab CI sets, and a token.
    pub(super) fn pipeline(&self) -> Vec<(&'static str, String)> {
        vec![
            ("CI_API_V4_URL", format!("{}/api/v4", self.address())),
            ("CI_PROJECT_ID", self.project()),
            ("CI_MERGE_REQUEST_IID", "7".to_owned()),
            ("CI_PROJECT_URL", "https://gitlab.example/ml".to_owned()),
            ("GITLAB_TOKEN", self.token()),
        ]
    }

    /// Adds comments `(author, body)` to the pull request and the merge request.
    pub(super) fn comments<'c>(&self, comments: impl IntoIterator<Item = (&'c str, &'c str)>) {
        let comments = comments.into_iter();
        let all: Vec<Value> = comments
            .map(|(author, body)| json!({ "author": author, "body": body }))
            .collect();
        let threads = json!({ self.pull_request(): all, self.merge_request(): all });
        self.tell("/_world", &json!({ "threads": threads }));
    }

    /// Has something go wrong for this test's token: `tests/forge/server.py` has the form.
    pub(super) fn fault(&self, mut fault: Value) {
        fault["token"] = self.token().into();
        self.tell("/_faults", &fault);
    }

    /// The pull request's comments: number, author, text, and whether it is hidden.
    pub(super) fn at_github(&self) -> Vec<(String, String, bool)> {
        self.thread(&self.pull_request())
    }

    /// The merge request's.
    pub(super) fn at_gitlab(&self) -> Vec<(String, String, bool)> {
        self.thread(&self.merge_request())
    }

    fn thread(&self, thread: &str) -> Vec<(String, String, bool)> {
        let told = self.told(thread);
        let comments = told["comments"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let each = comments.map(|c| (text(&c["author"]), text(&c["body"]), !c["hidden"].is_null()));
        each.collect()
    }

    /// The methods and paths of all requests with this test's token, in order.
    pub(super) fn calls(&self) -> Vec<String> {
        let told = self.told("");
        let calls = told["calls"].as_array().unwrap().iter();
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        calls
            .map(|call| format!("{} {}", word(&call["method"]), word(&call["path"])))
            .collect()
    }

    /// How many requests wrote something.
    pub(super) fn writes(&self) -> usize {
        let calls = self.calls();
        let writes = |call: &&String| !call.starts_with("GET") && !call.contains("/graphql");
        calls.iter().filter(writes).count()
    }

    #[track_caller]
    fn told(&self, thread: &str) -> Value {
        let told = self.tell(
            "/_told",
            &json!({ "token": self.token(), "thread": thread }),
        );
        assert_eq!(
            told["violations"],
            json!([]),
            "GitHub's description is violated"
        );
        told
    }

    /// Runs a Python script with the test's packages; what it prints is JSON.
    pub(super) fn python(&self, script: &str, arguments: &[&str]) -> Value {
        let output = python(&self.server.packages)
            .args(["-c", script])
            .args(arguments)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    #[track_caller]
    fn tell(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.server.port)).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        serde_json::from_str(body).unwrap()
    }
}

/// Sends requests that are against the descriptions, and prints the statuses.
const WRONG: &str = "
import json, sys, urllib.error, urllib.request
address, token, repository = sys.argv[1:]
headers = {'accept': 'application/vnd.github+json', 'x-github-api-version': '2022-11-28',
           'user-agent': 'x', 'authorization': 'Bearer ' + token}
def status(method, path, body=None, **more):
    data = body and json.dumps(body).encode()
    request = urllib.request.Request(address + path, data, {**headers, **more}, method=method)
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code
comments = f'/repos/{repository}/issues/7/comments'
hide = 'mutation { minimizeComment(input: {subjectId: 1, classifier: OLD}) { clientMutationId } }'
print(json.dumps([
    status('GET', comments),
    status('GET', comments + '?pages=2'),
    status('POST', comments, {'text': 'x'}),
    status('PUT', comments, {'body': 'x'}),
    status('GET', comments, accept='*/*'),
    status('POST', '/graphql', {'query': 'query { viewer { name_ } }'}),
    status('POST', '/graphql', {'query': hide}),
]))
";

#[test]
fn what_is_against_githubs_descriptions_is_refused_and_kept() {
    let Some(world) = World::new() else { return };
    let (address, token) = (world.address(), world.token());
    let statuses = world.python(WRONG, &[&address, &token, &world.repository()]);
    assert_eq!(statuses, json!([200, 500, 500, 500, 500, 500, 500]));
    let told = world.tell("/_told", &json!({ "token": token }));
    assert_eq!(told["violations"].as_array().unwrap().len(), 7, "{told:#}");
}
