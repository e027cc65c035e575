//! Runs the real program with a clean environment.

use std::path::Path;
use std::process::{Command, Output};

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

/// A command line to run; see [`mlinfra`].
pub(crate) struct Program(Command);

/// The program with these arguments, in the repository's root, with an empty environment: what a
/// test expects doesn't depend on who runs it.
pub(crate) fn mlinfra<S: AsRef<str>>(arguments: impl IntoIterator<Item = S>) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlinfra"));
    command.env_clear().current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(arguments.into_iter().map(|a| a.as_ref().to_owned()));
    Program(command)
}

impl Program {
    /// In another folder.
    pub(crate) fn in_dir(mut self, dir: &Path) -> Self {
        self.0.current_dir(dir);
        self
    }

    /// With one more variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// The command itself, for tests that need other streams.
    pub(crate) fn into_command(self) -> Command {
        self.0
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn run(mut self) -> Finished {
        let output: Output = self.0.output().unwrap();
        Finished {
            code: output.status.code().expect("ended by a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
