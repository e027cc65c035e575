use std::path::{Component, Path, PathBuf};

use super::program::{failed, line, run};
use super::revision::Revision;
use crate::diagnostics::{Diagnostic, diff};

/// A repository with a working tree.
#[derive(Debug)]
pub struct Repository {
    /// The working tree, without links.
    root: PathBuf,
}

impl Repository {
    /// The repository that a folder is in.
    ///
    /// # Errors
    ///
    /// `diff::not-a-repository` when it is in none, and `diff::git-failed`.
    pub fn find(folder: &Path) -> Result<Self, Diagnostic> {
        let output = run(folder, ["rev-parse", "--show-toplevel"])?;
        if let Some(root) = line(&output) {
            let root = PathBuf::from(root);
            let root = root.canonicalize().unwrap_or(root);
            return Ok(Self { root });
        }
        let said = String::from_utf8_lossy(&output.stderr);
        if !said.contains("not a git repository") && !said.contains("must be run in a work tree") {
            return Err(failed("The repository can't be looked at", &output));
        }
        let folder = folder.display();
        Err(Diagnostic::error(&diff::NOT_A_REPOSITORY)
            .detail(format!(
                "`{folder}` is in no git repository with a working tree, so there are no revisions to \
                 compare."
            ))
            .hint("compare two folders or two plan files: `mlinfra diff OLD NEW`"))
    }

    /// The working tree, without links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path as the repository has it, with `/`: empty for its root. It need not be there.
    ///
    /// # Errors
    ///
    /// `diff::outside-the-repository`, also for paths that aren't text.
    pub fn inside(&self, path: &Path) -> Result<String, Diagnostic> {
        let outside = || {
            let (path, root) = (path.display(), self.root.display());
            Diagnostic::error(&diff::OUTSIDE_THE_REPOSITORY)
                .detail(format!("`{path}` isn't in the repository `{root}`."))
                .hint("give paths inside of one repository")
        };
        let whole = whole(path).ok_or_else(outside)?;
        let inside = whole.strip_prefix(&self.root).map_err(|_| outside())?;
        let names = inside.components().map(|c| c.as_os_str().to_str());
        let names: Option<Vec<&str>> = names.collect();
        Ok(names.ok_or_else(outside)?.join("/"))
    }

    /// The commit that a revision names.
    ///
    /// # Errors
    ///
    /// `diff::unknown-revision` and `diff::git-failed`.
    pub fn commit(&self, revision: &str) -> Result<String, Diagnostic> {
        match self.try_commit(revision)? {
            Some(commit) => Ok(commit),
            None => Err(self.unknown(revision)?),
        }
    }

    fn try_commit(&self, revision: &str) -> Result<Option<String>, Diagnostic> {
        // git would take the first for an option.
        if revision.starts_with('-') || revision.contains(['\0', '\n']) || revision.is_empty() {
            return Ok(None);
        }
        let peeled = format!("{revision}^{{commit}}");
        let output = run(&self.root, ["rev-parse", "--verify", "--quiet", &peeled])?;
        Ok(line(&output).filter(|commit| commit.bytes().all(|b| b.is_ascii_hexdigit())))
    }

    fn unknown(&self, revision: &str) -> Result<Diagnostic, Diagnostic> {
        let detail = format!("The repository has no commit, branch or tag `{revision}`.");
        let diagnostic = Diagnostic::error(&diff::UNKNOWN_REVISION).detail(detail);
        let remote = format!("origin/{revision}");
        if self.try_commit(&remote)?.is_some() {
            return Ok(diagnostic.hint(format!("did you mean `{remote}`?")));
        }
        let fetched = !revision.starts_with('-');
        Ok(if fetched && self.is_shallow()? {
            diagnostic.hint(
                "this clone is shallow: fetch the branch first (for `actions/checkout`: \
                 `fetch-depth: 0`)",
            )
        } else {
            diagnostic
        })
    }

    /// The newest commit that both have.
    ///
    /// # Errors
    ///
    /// `diff::no-common-ancestor` and `diff::git-failed`.
    pub fn merge_base(&self, base: &str, head: &str) -> Result<String, Diagnostic> {
        let output = run(&self.root, ["merge-base", base, head])?;
        if let Some(commit) = line(&output) {
            return Ok(commit);
        }
        if output.status.code() != Some(1) {
            return Err(failed("The common ancestor can't be found", &output));
        }
        let short = |commit: &str| commit.get(..12).unwrap_or(commit).to_owned();
        let (base, head) = (short(base), short(head));
        let diagnostic = Diagnostic::error(&diff::NO_COMMON_ANCESTOR);
        Err(if self.is_shallow()? {
            diagnostic
                .detail(format!(
                    "This clone is shallow: its history ends before {base} and {head} meet."
                ))
                .hint(
                    "fetch the whole history (for `actions/checkout`: `fetch-depth: 0`; for \
                     GitLab: `GIT_DEPTH: 0`; else `git fetch --unshallow`)",
                )
                .hint("or compare with the revision itself: `--exact`")
        } else {
            diagnostic
                .detail(format!("{base} and {head} have no commit in common."))
                .hint("compare with the revision itself: `--exact`")
        })
    }

    fn is_shallow(&self) -> Result<bool, Diagnostic> {
        let output = run(&self.root, ["rev-parse", "--is-shallow-repository"])?;
        Ok(line(&output).as_deref() == Some("true"))
    }

    /// The default branch of `origin`, as `origin/main`, if that is known here.
    ///
    /// # Errors
    ///
    /// `diff::git-failed`.
    pub fn default_branch(&self) -> Result<Option<String>, Diagnostic> {
        let name = "refs/remotes/origin/HEAD";
        let output = run(&self.root, ["symbolic-ref", "--quiet", name])?;
        let branch = line(&output);
        Ok(branch.and_then(|b| b.strip_prefix("refs/remotes/").map(str::to_owned)))
    }

    /// All that a commit has.
    ///
    /// # Errors
    ///
    /// `diff::git-failed`.
    pub fn at(&self, commit: &str) -> Result<Revision, Diagnostic> {
        Revision::read(&self.root, commit)
    }

    /// The files of the working tree below a path of the repository, those that git ignores left
    /// out. Some may have been deleted since.
    ///
    /// # Errors
    ///
    /// `diff::git-failed`.
    pub fn files(&self, below: &str) -> Result<Vec<String>, Diagnostic> {
        let arguments = [
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ];
        let below = if below.is_empty() { "." } else { below };
        let output = run(&self.root, arguments.into_iter().chain(["--", below]))?;
        if !output.status.success() {
            return Err(failed(
                "The files of the working tree can't be listed",
                &output,
            ));
        }
        let names = output.stdout.split(|byte| *byte == 0);
        let names = names.filter_map(|name| String::from_utf8(name.to_vec()).ok());
        Ok(names.filter(|name| !name.is_empty()).collect())
    }
}

/// The path from the root of the file system, without links as far as it is there, and without `..`.
fn whole(path: &Path) -> Option<PathBuf> {
    if let Ok(real) = path.canonicalize() {
        return Some(real);
    }
    let start = Path::new(".").canonicalize().ok()?;
    let mut whole = PathBuf::new();
    for component in start.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(whole.pop()),
            other => whole.push(other),
        }
    }
    // What is there of it may be reached through links.
    let there = whole.ancestors().find(|p| p.exists())?;
    let rest = whole.strip_prefix(there).ok()?;
    Some(there.canonicalize().ok()?.join(rest))
}
