//! A project in a folder of its own: its spec, its sandbox, and the program run on them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use mlinfra::state::State;
use mlinfra_provider_api::{ObjectId, Observed};
use mlinfra_provider_sandbox::{Sandbox, SystemClock};
use serde_json::{Value, json};

use crate::cli::{Finished, mlinfra};

/// A service on so many nodes of an instance type; `more` stands in its stage.
pub(super) fn service(name: &str, instance_type: &str, nodes: u32, more: &str) -> String {
    format!(
        "stage \"{name}\" {{\n  kind = \"serving\"\n{more}\n  requirements {{\n    vcpus  = 4\n    \
         memory = \"16GiB\"\n  }}\n  pin {{ instance_type = \"{instance_type}\" }}\n  \
         replicas {{ min = {nodes} }}\n}}\n"
    )
}

/// A training on two nodes that are of use only together, on spot or else on demand.
pub(super) fn gang(more: &str) -> String {
    format!(
        "stage \"train\" {{\n  kind = \"training\"\n{more}\n  requirements {{\n    gpu {{\n      \
         any_of = [\"A100\"]\n      count  = 16\n    }}\n  }}\n  interruption {{ tolerated = true }}\n  \
         run {{\n    work           = {{ A100 = \"2h\" }}\n    runs_per_month = 10\n  }}\n}}\n"
    )
}

/// Addresses of all objects of a service.
pub(super) fn addresses(stage: &str, nodes: u32) -> Vec<String> {
    let mut addresses: Vec<String> = (0..nodes)
        .map(|index| format!("pool.{stage}.nodes[{index}]"))
        .collect();
    addresses.push(format!("pool.{stage}.launch-template"));
    addresses.push(format!("pool.{stage}.security-group"));
    addresses.sort();
    addresses
}

/// A cloud in which things take a moment.
pub(super) fn slow() -> Value {
    json!({ "latency": {
        "nodes": { "create_ms": 150, "remove_ms": 60 },
        "security-group": { "create_ms": 20 },
        "launch-template": { "create_ms": 20 },
    } })
}

/// The scenarios' tiny catalogs, compiled once.
fn catalogs() -> &'static str {
    static COMPILED: OnceLock<String> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("program-catalogs.bin");
        let path = path.to_str().unwrap().to_owned();
        let ran = mlinfra([
            "catalog",
            "compile",
            "tests/scenarios/catalogs",
            "-o",
            &path,
        ])
        .run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        path
    })
}

/// A project in a folder that is gone with it.
pub(super) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// One with these stages.
    pub(super) fn new(stages: &[String]) -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        project.spec(stages);
        project
    }

    /// One with a service of so many nodes, in a cloud that behaves like this.
    pub(super) fn serving(nodes: u32, script: &Value) -> Self {
        let project = Self::new(&[service("serve", "c.xlarge", nodes, "")]);
        project.script(script);
        project
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the spec anew.
    pub(super) fn spec(&self, stages: &[String]) {
        self.spec_of("shop", stages);
    }

    /// The same of a project of another name.
    pub(super) fn spec_of(&self, name: &str, stages: &[String]) {
        let text = format!("project \"{name}\" {{}}\n{}", stages.concat());
        std::fs::write(self.path().join("main.mlinfra.hcl"), text).unwrap();
    }

    fn cloud_folder(&self) -> PathBuf {
        self.path().join(".mlinfra/sandbox/cloud")
    }

    /// Where the state is.
    pub(super) fn state_folder(&self) -> PathBuf {
        self.path().join(".mlinfra/sandbox/state/shop")
    }

    /// Says how the cloud behaves.
    pub(super) fn script(&self, script: &Value) {
        std::fs::create_dir_all(self.cloud_folder()).unwrap();
        std::fs::write(self.cloud_folder().join("script.json"), script.to_string()).unwrap();
    }

    /// The cloud, for looking at it and for what happens behind mlinfra's back.
    pub(super) fn cloud(&self) -> Sandbox {
        Sandbox::open(&self.cloud_folder(), Arc::new(SystemClock)).unwrap()
    }

    /// A command line; commands that carry something out don't ask.
    pub(super) fn command(&self, words: &str) -> Command {
        let mut words: Vec<&str> = words.split_whitespace().collect();
        if matches!(words[0], "apply" | "destroy" | "resume" | "undo") {
            words.push("--auto-approve");
        }
        if !words.iter().any(|word| word.ends_with("plan.json")) || words[0] != "apply" {
            words.push("--sandbox");
        }
        let program = mlinfra(words).in_dir(self.path()).env("USER", "ada");
        program.env("MLINFRA_CATALOGS", catalogs()).into_command()
    }

    /// Runs it to its end.
    #[track_caller]
    pub(super) fn run(&self, words: &str) -> Finished {
        self.start(words).ended()
    }

    /// The same, and it must succeed; what it said.
    #[track_caller]
    pub(super) fn does(&self, words: &str) -> Finished {
        let ran = self.run(words);
        assert_eq!(ran.code, 0, "{words}\n{}\n{}", ran.stdout, ran.stderr);
        ran
    }

    /// The same, and it must be refused with this exit code and this error.
    #[track_caller]
    pub(super) fn is_refused(&self, words: &str, code: i32, error: &str) -> Finished {
        let ran = self.run(words);
        let told = format!("{words}\n{}\n{}", ran.stdout, ran.stderr);
        assert_eq!(ran.code, code, "{told}");
        assert!(ran.stderr.contains(&format!("error[{error}]")), "{told}");
        ran
    }

    /// Starts it.
    pub(super) fn start(&self, words: &str) -> Running {
        Running::start(self.command(words))
    }

    /// Starts it with one more variable.
    pub(super) fn start_with(&self, words: &str, name: &str, value: &str) -> Running {
        let mut command = self.command(words);
        command.env(name, value);
        Running::start(command)
    }

    /// What the cloud has.
    pub(super) fn objects(&self) -> Vec<Observed> {
        self.cloud().objects().unwrap()
    }

    /// The state as `state pull` prints it.
    #[track_caller]
    pub(super) fn state(&self) -> State {
        State::from_text(&self.does("state pull").stdout).unwrap()
    }

    /// The identifier of an object of the state.
    #[track_caller]
    pub(super) fn id(&self, address: &str) -> ObjectId {
        self.state().objects[address].id.clone()
    }

    /// Asserts that the cloud has what the state has and nothing else, each once; the addresses.
    #[track_caller]
    pub(super) fn agrees(&self) -> Vec<String> {
        let state = self.state();
        let deposed = state.deposed.iter();
        let deposed = deposed.flat_map(|(address, all)| all.iter().map(move |o| (address, o)));
        let known = state.objects.iter().chain(deposed);
        let known: Vec<(ObjectId, String)> = known
            .map(|(address, object)| (object.id.clone(), address.clone()))
            .collect();
        let there = self.objects();
        let have: Vec<(&ObjectId, &str)> = there.iter().map(|o| (&o.id, &*o.name)).collect();
        let owner = state.owner().unwrap();
        let strangers = there.iter().filter(|o| o.owner.as_ref() != Some(&owner));
        assert_eq!(strangers.count(), 0, "{there:?}");
        let ids: BTreeMap<&ObjectId, &String> = known.iter().map(|(id, a)| (id, a)).collect();
        assert_eq!(ids.len(), known.len(), "the state has one twice: {known:?}");
        let there: Vec<&ObjectId> = have.iter().map(|(id, _)| *id).collect();
        let mut sorted = there.clone();
        sorted.sort();
        assert!(
            sorted.iter().eq(ids.keys()),
            "cloud: {have:?}\nstate: {known:?}"
        );
        let mut addresses: Vec<String> = known.into_iter().map(|(_, address)| address).collect();
        addresses.sort();
        addresses
    }

    /// Asserts that all is as planned: another apply does nothing.
    #[track_caller]
    pub(super) fn is_done(&self) {
        let again = self.does("apply");
        let nothing = "0 created, 0 changed, 0 destroyed";
        assert!(
            again.stdout.contains(nothing),
            "{}\n{}",
            again.stdout,
            again.stderr
        );
    }
}

/// A program that runs; it is killed when a test ends before it.
pub(super) struct Running {
    child: Option<Child>,
}

impl Running {
    pub(super) fn start(mut command: Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
        Self {
            child: Some(command.stderr(Stdio::piped()).spawn().unwrap()),
        }
    }

    /// Sends it a signal by its name.
    pub(super) fn signal(&self, name: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Kills it after a while, unless it has ended by then; whether it was killed.
    pub(super) fn killed_after(mut self, time: Duration) -> bool {
        std::thread::sleep(time);
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        output.status.code().is_none()
    }

    /// Waits for its end; a code of -1 says that it ended by a signal.
    pub(super) fn ended(mut self) -> Finished {
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        Finished {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Waits until something is so.
#[track_caller]
pub(super) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "waited in vain until {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
