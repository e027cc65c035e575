use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::program::{git, not_started};
use crate::diagnostics::{Diagnostic, diff};

/// A `git cat-file --batch`, which answers for one object after the other.
#[derive(Debug)]
pub(super) struct Objects {
    child: Child,
    /// `None` once it is told that there are no more questions.
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    pub(super) fn start(root: &Path) -> Result<Self, Diagnostic> {
        let mut command = git(root);
        command.args(["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| not_started(&e))?;
        let (ask, answers) = (child.stdin.take(), child.stdout.take());
        match (ask, answers) {
            (Some(ask), Some(answers)) => Ok(Self {
                child,
                ask: Some(ask),
                answers: BufReader::new(answers),
            }),
            _ => Err(broken("it has no pipes")),
        }
    }

    /// A blob's bytes; `None` when it has more than `most`.
    pub(super) fn blob(&mut self, id: &str, most: u64) -> Result<Option<Vec<u8>>, Diagnostic> {
        let failed = |error: std::io::Error| broken(&error.to_string());
        let ask = self.ask.as_mut().ok_or_else(|| broken("it has ended"))?;
        writeln!(ask, "{id}")
            .and_then(|()| ask.flush())
            .map_err(failed)?;
        let mut head = String::new();
        self.answers.read_line(&mut head).map_err(failed)?;
        let mut words = head.split_whitespace().skip(1);
        let (kind, size) = (words.next(), words.next());
        let size = size.and_then(|size| size.parse::<u64>().ok());
        let (Some("blob"), Some(size)) = (kind, size) else {
            return Err(broken(&format!("it says `{}` of {id}", head.trim())));
        };
        let mut bytes = Vec::new();
        let small = size <= most;
        if small {
            let mut part = (&mut self.answers).take(size);
            part.read_to_end(&mut bytes).map_err(failed)?;
        } else {
            let mut part = (&mut self.answers).take(size);
            std::io::copy(&mut part, &mut std::io::sink()).map_err(failed)?;
        }
        // A line feed follows each object.
        let mut end = [0];
        self.answers.read_exact(&mut end).map_err(failed)?;
        Ok(small.then_some(bytes))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It ends when it can't be asked any more.
        drop(self.ask.take());
        drop(self.child.wait());
    }
}

fn broken(why: &str) -> Diagnostic {
    Diagnostic::error(&diff::GIT_FAILED).detail(format!(
        "`git cat-file` gives no objects of the repository: {why}."
    ))
}
