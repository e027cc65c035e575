//! Runs the real program on a spec of its own, with moto for AWS.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::moto::Moto;

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Its exit code.
    pub code: i32,
    /// What it printed as data.
    pub stdout: String,
    /// What it printed for people.
    pub stderr: String,
}

/// A folder with a spec, and how the program is started in it.
pub(crate) struct Project {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Project {
    /// With credentials that moto takes, and nothing else of this machine.
    pub(crate) fn new(moto: &Moto, spec: &str) -> Self {
        let keys = [
            ("AWS_ACCESS_KEY_ID", "mlinfra"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ];
        let mut project = Self::without_credentials(moto, spec);
        for (name, value) in keys {
            project.set(name, value);
        }
        project
    }

    /// On a machine that knows no credentials.
    pub(crate) fn without_credentials(moto: &Moto, spec: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("main.mlinfra.hcl"), spec).unwrap();
        let mut project = Self {
            folder,
            environment: Vec::new(),
        };
        project.set("AWS_ENDPOINT_URL", &moto.endpoint());
        // A machine in EC2 would find its role's credentials.
        project.set("AWS_EC2_METADATA_DISABLED", "true");
        let home = project.path().join("no-home").display().to_string();
        project.set("HOME", &home);
        project
    }

    /// The same with one more variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the state is, when nothing else is said.
    pub(crate) fn state(&self) -> PathBuf {
        self.path().join(".mlinfra")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlinfra"));
        let variables = self.environment.iter().map(|(name, value)| (name, value));
        command
            .env_clear()
            .envs(variables)
            .current_dir(self.path())
            .args(arguments);
        command
    }

    /// Runs the program to its end.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        finished(self.command(arguments).output().unwrap())
    }

    /// Runs `apply`, which is to do all that is asked for.
    #[track_caller]
    pub(crate) fn applied(&self) -> Finished {
        let ran = self.run(&["apply", "--auto-approve"]);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        ran
    }

    /// Runs `destroy`, which is to leave nothing.
    #[track_caller]
    pub(crate) fn destroyed(&self) {
        let ran = self.run(&["destroy", "--auto-approve"]);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(
            ran.stdout.ends_with("Nothing exists now.\n"),
            "{}",
            ran.stdout
        );
    }

    /// Plans, which is to find that all is as it was asked for.
    #[track_caller]
    pub(crate) fn has_nothing_to_do(&self) {
        let ran = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    }

    /// The state, as `state pull` prints it.
    #[track_caller]
    pub(crate) fn pulled(&self) -> Value {
        let ran = self.run(&["state", "pull"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let mut document: Value = serde_json::from_str(&ran.stdout).unwrap();
        document["state"].take()
    }

    /// Begins to apply; what it prints is piped.
    pub(crate) fn start(&self) -> Child {
        let mut command = self.command(&["apply", "--auto-approve"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(Stdio::piped()).spawn().unwrap()
    }
}

#[track_caller]
pub(crate) fn finished(output: Output) -> Finished {
    Finished {
        code: output.status.code().expect("it wasn't killed"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The spec of `examples/aws-training`.
pub(crate) const TRAINING: &str = include_str!("../../examples/aws-training/main.mlinfra.hcl");
