//! Starts moto with the layer before it, for tests that need AWS. Shared by `#[path]`.
//!
//! The Python packages are fetched once, into the folder for tests' files. The server listens on a
//! free port of this machine, is killed when its value is dropped, and ends by itself when this
//! process does.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;

/// A running server.
pub(crate) struct Moto {
    child: Child,
    /// The server lives as long as this is open.
    _stdin: Option<ChildStdin>,
    port: u16,
    boto3: Mutex<Option<Boto3>>,
}

/// A Python process with boto3 loaded, which takes a second.
struct Boto3 {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

/// Runs scripts, a JSON text on each line, and answers each with what it printed or why it failed.
const BOTO3: &str = r#"
import boto3, contextlib, io, json, sys, traceback
ec2 = boto3.client('ec2')
for line in sys.stdin:
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            exec(json.loads(line), {'boto3': boto3, 'ec2': ec2, 'json': json})
        answer = {'printed': out.getvalue()}
    except Exception:
        answer = {'failed': traceback.format_exc()}
    print(json.dumps(answer), flush=True)
"#;

impl Boto3 {
    fn start(moto: &Moto) -> Self {
        let spawned = Command::new("python3")
            .args(["-c", BOTO3])
            .env("PYTHONPATH", packages().expect("it has been started"))
            .env("AWS_ENDPOINT_URL", moto.endpoint())
            .env("AWS_ACCESS_KEY_ID", "boto3")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = spawned.expect("python3 starts");
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = child.stdout.take().expect("it is piped");
        Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        }
    }

    fn run(&mut self, script: &str) -> Value {
        writeln!(self.stdin, "{}", Value::from(script)).expect("boto3 reads");
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("boto3 answers");
        let answer: Value = serde_json::from_str(&line).expect("boto3 answers in JSON");
        let printed = answer["printed"].as_str();
        let printed = printed.unwrap_or_else(|| panic!("{}", answer["failed"]));
        serde_json::from_str(printed).expect("the script prints JSON")
    }
}

impl Drop for Boto3 {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Moto {
    /// The server that all tests of this program share, as it is after its start, for this test
    /// alone; `None`, and a line that says why, where there can be none.
    pub(crate) fn shared() -> Option<MutexGuard<'static, Self>> {
        static SERVER: OnceLock<Result<Mutex<Moto>, String>> = OnceLock::new();
        let server = SERVER.get_or_init(|| Self::start().map(Mutex::new));
        let server = server.as_ref().map_err(|why| skip(why)).ok()?;
        // A test that panicked leaves nothing that a reset doesn't undo.
        let server = server.lock().unwrap_or_else(PoisonError::into_inner);
        server.post("/_reset", &Value::Null);
        Some(server)
    }

    /// A server of one's own.
    ///
    /// # Errors
    ///
    /// Why there can be none: Python or a package is missing.
    pub(crate) fn start() -> Result<Self, String> {
        let packages = packages()?;
        let spawned = Command::new("python3")
            .arg(folder().join("layer.py"))
            .env("PYTHONPATH", packages)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = spawned.map_err(|error| format!("python3 can't be started: {error}"))?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).expect("moto says its port");
        let port = ready["port"]
            .as_u64()
            .and_then(|port| u16::try_from(port).ok());
        Ok(Self {
            child,
            _stdin: stdin,
            port: port.expect("a port"),
            boto3: Mutex::default(),
        })
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Tells it what is to go wrong: `tests/moto/layer.py` has the form.
    pub(crate) fn script(&self, script: &Value) {
        self.post("/_faults", script);
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> Vec<Value> {
        match self.post("/_calls", &Value::Null) {
            Value::Array(calls) => calls,
            other => panic!("{other} isn't a log of calls"),
        }
    }

    /// How often an action was called.
    pub(crate) fn count(&self, action: &str) -> usize {
        self.calls()
            .iter()
            .filter(|call| call["action"] == action)
            .count()
    }

    /// Runs a Python script against it with boto3, a client that others wrote, as `ec2` and `boto3`;
    /// what it prints is JSON.
    pub(crate) fn boto3(&self, script: &str) -> Value {
        let mut client = self.boto3.lock().unwrap_or_else(PoisonError::into_inner);
        client.get_or_insert_with(|| Boto3::start(self)).run(script)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("moto listens");
        let head = format!(
            "POST {path} HTTP/1.0\r\nHost: localhost\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("moto reads");
        stream.write_all(body.as_bytes()).expect("moto reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("moto answers");
        assert!(answer.starts_with("HTTP/1.0 200"), "{path}: {answer}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        serde_json::from_str(body).expect("JSON")
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Says why a test can't be made; where everything is required that is a failure.
#[track_caller]
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub(crate) fn skip(why: &str) {
    println!("skipped: {why}");
    let required = std::env::var("MLINFRA_TEST_REQUIRE").is_ok_and(|what| what == "all");
    assert!(!required, "skipped: {why}");
}

/// `tests/moto`.
fn folder() -> PathBuf {
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = above.find(|folder| folder.join("tests/moto/layer.py").is_file());
    root.expect("the repository").join("tests/moto")
}

/// The folder with the Python packages, which are fetched once; why there is none otherwise.
fn packages() -> Result<PathBuf, String> {
    let requirements = folder().join("requirements.txt");
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (packages, done) = (tmp.join("moto"), tmp.join("moto.installed"));
    let wanted = fs::read(&requirements).map_err(|error| error.to_string())?;
    let text = |error: std::io::Error| format!("{}: {error}", tmp.display());
    fs::create_dir_all(tmp).map_err(text)?;
    // Several test programs may begin at once.
    let lock = File::create(tmp.join("moto.lock")).map_err(text)?;
    lock.lock().map_err(text)?;
    if fs::read(&done).is_ok_and(|there| there == wanted) {
        return Ok(packages);
    }
    fs::remove_dir_all(&packages).ok();
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-warn-conflicts",
        "--target",
    ];
    let run = Command::new("python3")
        .args(pip)
        .arg(&packages)
        .arg("--requirement")
        .arg(&requirements)
        .output();
    let run = run.map_err(|error| format!("python3 can't be started: {error}"))?;
    if !run.status.success() {
        let words = String::from_utf8_lossy(&run.stderr);
        return Err(format!("pip can't install moto: {words}"));
    }
    fs::write(&done, wanted).map_err(text)?;
    Ok(packages)
}
