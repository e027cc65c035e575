//! Object stores that others wrote, on this machine: moto's S3 and Azurite; and a small Google Cloud
//! Storage of ours. Each is installed and started once, and ends with this process.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use mlinfra::model::StatePlace;

use crate::installed::{installed, run};

/// How often and how long between it is asked whether a server is there: half a minute in all.
const LOOKS: u32 = 300;
const BETWEEN: Duration = Duration::from_millis(100);

/// A kind of object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    S3,
    Azure,
    Gcs,
}

/// A server; its process ends when its standard input, which this holds, is closed.
struct Server {
    port: u16,
    _process: Child,
}

impl Store {
    /// The port of its server, which is started if it isn't there; why there is none otherwise.
    pub(super) fn port(self) -> Result<u16, String> {
        static S3: OnceLock<Result<Server, String>> = OnceLock::new();
        static AZURE: OnceLock<Result<Server, String>> = OnceLock::new();
        static GCS: OnceLock<Result<Server, String>> = OnceLock::new();
        let server = match self {
            Self::S3 => S3.get_or_init(s3),
            Self::Azure => AZURE.get_or_init(azure),
            Self::Gcs => GCS.get_or_init(gcs),
        };
        server.as_ref().map(|s| s.port).map_err(Clone::clone)
    }

    /// A folder in it, as it is reached at a port.
    pub(super) fn place(self, port: u16, key: &str) -> StatePlace {
        let (bucket, key) = ("bucket".to_owned(), key.to_owned());
        match self {
            Self::S3 => StatePlace::S3 {
                bucket,
                key,
                region: Some("us-east-1".into()),
                endpoint: Some(format!("http://127.0.0.1:{port}")),
            },
            Self::Azure => StatePlace::AzureBlob {
                account: "devstoreaccount1".into(),
                container: bucket,
                key,
            },
            Self::Gcs => StatePlace::Gcs { bucket, key },
        }
    }

    /// What lets one in.
    pub(super) fn environment(self, port: u16) -> BTreeMap<String, String> {
        let variables: &[(&str, String)] = match self {
            Self::S3 => &[
                ("AWS_ACCESS_KEY_ID", "test".into()),
                ("AWS_SECRET_ACCESS_KEY", "test".into()),
            ],
            // The key of every Azurite, as documented by Azure.
            Self::Azure => &[
                (
                    "AZURE_STORAGE_ENDPOINT",
                    format!("http://127.0.0.1:{port}/devstoreaccount1"),
                ),
                (
                    "AZURE_STORAGE_ACCOUNT_KEY",
                    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
                        .into(),
                ),
            ],
            Self::Gcs => &[
                ("GOOGLE_BASE_URL", format!("http://127.0.0.1:{port}")),
                ("GOOGLE_BEARER_TOKEN", "test".into()),
            ],
        };
        let owned = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
        variables.iter().map(owned).collect()
    }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/stores")
        .join(name)
}

/// A port that nobody has at the moment.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn started(command: &mut Command, port: u16) -> Result<Server, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let process = command
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program} can't be started: {error}"))?;
    for _ in 0..LOOKS {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(Server {
                port,
                _process: process,
            });
        }
        std::thread::sleep(BETWEEN);
    }
    Err(format!("{program} doesn't listen at {port}"))
}

fn s3() -> Result<Server, String> {
    let moto = installed("moto-s3-5", |folder| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--target"]);
        run(pip.arg(folder).arg("moto[server,s3]>=5,<6"))
    })?;
    let port = free_port();
    let mut python = Command::new("python3");
    python
        .arg(data("s3.py"))
        .arg(port.to_string())
        .env("PYTHONPATH", moto)
        .stdout(Stdio::null());
    let server = started(&mut python, port)?;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head =
        "PUT /bucket HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(server)
}

fn azure() -> Result<Server, String> {
    let azurite = installed("azurite-3", |folder| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-fund", "--prefix"]);
        run(npm.arg(folder).arg("azurite@3"))
    })?;
    let port = free_port();
    let mut node = Command::new("node");
    node.arg(data("azure.js"))
        .arg(port.to_string())
        .env("AZURITE", azurite)
        .stdout(Stdio::piped());
    let mut server = started(&mut node, port)?;
    let mut lines = BufReader::new(server._process.stdout.take().unwrap()).lines();
    let ready = lines.find_map(|line| Some(line.ok()?).filter(|l| l.starts_with("re")));
    assert_eq!(ready.as_deref(), Some("ready"));
    // What it goes on printing must go somewhere, or it stops.
    std::thread::spawn(move || lines.for_each(drop));
    Ok(server)
}

fn gcs() -> Result<Server, String> {
    let port = free_port();
    let mut python = Command::new("python3");
    python
        .arg(data("gcs.py"))
        .arg(port.to_string())
        .stdout(Stdio::null());
    started(&mut python, port)
}
