use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::diagnostics::{Diagnostic, diff};

/// Variables that would make git look at another repository than the one that it stands in. A hook
/// of git runs with some of them set.
const ELSEWHERE: [&str; 12] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// The program in a folder, told to ask nobody anything and to change nothing.
pub(super) fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder);
    // A file-system monitor is a program that the repository's settings name.
    command.args(["-c", "core.fsmonitor=false", "--no-pager"]);
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C");
    command.env("GIT_OPTIONAL_LOCKS", "0");
    command.env("GIT_TERMINAL_PROMPT", "0");
    command.env("GIT_NO_REPLACE_OBJECTS", "1");
    command.env("GIT_LITERAL_PATHSPECS", "1");
    command.stdin(Stdio::null());
    command
}

/// Runs git to its end, whether it succeeds or not.
pub(super) fn run<A: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> Result<Output, Diagnostic> {
    git(folder)
        .args(arguments)
        .output()
        .map_err(|e| not_started(&e))
}

/// What git prints when it succeeds, less the line's end.
pub(super) fn line(output: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    let text = text.trim_end_matches(['\n', '\r']);
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}

pub(super) fn not_started(error: &std::io::Error) -> Diagnostic {
    let diagnostic = Diagnostic::error(&diff::GIT_FAILED);
    if error.kind() == ErrorKind::NotFound {
        return diagnostic
            .detail("The program `git` isn't there, and revisions are read with it.")
            .hint("install git, or compare two folders: `mlinfra diff OLD NEW`");
    }
    diagnostic.detail(format!("The program `git` can't be run: {error}."))
}

pub(super) fn failed(what: &str, output: &Output) -> Diagnostic {
    let said = String::from_utf8_lossy(&output.stderr);
    let said: String = said.trim().chars().take(2000).collect();
    let said = if said.is_empty() {
        output.status.to_string()
    } else {
        said
    };
    let diagnostic = Diagnostic::error(&diff::GIT_FAILED).detail(format!("{what}: {said}"));
    if said.contains("dubious ownership") {
        return diagnostic.hint(
            "the repository belongs to somebody else; if that is as it should be, tell git with \
             `git config --global --add safe.directory PATH`",
        );
    }
    diagnostic
}
