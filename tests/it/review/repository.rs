//! A git repository to change specs in.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::{Program, mlinfra};
use crate::skipped::skip;

/// A job that reads a dataset and keeps 10 GiB.
pub(super) const SPEC: &str = r#"
project "reports" {}

dataset "events" {
  location = "aws/us-east-1"
  size     = "2TiB"
}

stage "report" {
  kind = "data-processing"

  reads = {
    events = { from = dataset.events, amount = "100GiB" }
  }

  output "table" {
    size = "10GiB"
  }

  requirements {
    vcpus  = 16
    memory = "32GiB"
  }

  run {
    duration       = "2h"
    runs_per_month = 30
  }
}
"#;

/// A repository in a folder for temporary files.
pub(super) struct Repository(tempfile::TempDir);

impl Repository {
    /// An empty one on branch `main`; none where there is no git.
    pub(super) fn new() -> Option<Self> {
        if Command::new("git").arg("--version").output().is_err() {
            skip("there is no git");
            return None;
        }
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "-q", "-b", "main"]);
        Some(repository)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    #[track_caller]
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git_in(self.0.path(), arguments)
    }

    /// Writes a file.
    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits everything.
    pub(super) fn commit(&self, what: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", what]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// `mlinfra diff` in its root.
    pub(super) fn diff(&self, arguments: &[&str]) -> Program {
        diff_in(self.0.path(), arguments)
    }
}

/// `mlinfra diff` in a folder.
pub(super) fn diff_in(folder: &Path, arguments: &[&str]) -> Program {
    let path = std::env::var("PATH").unwrap_or_default();
    mlinfra(["diff"].iter().chain(arguments))
        .in_dir(folder)
        .env("PATH", &path)
}

#[track_caller]
pub(super) fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.current_dir(folder).args(arguments);
    // Nobody's own settings count.
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@example.org"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@example.org"),
    ] {
        git.env(name, value);
    }
    let output = git.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
