//! What stops a comparison of two versions.

codes! {
    /// The `git` program can't be run, or fails in a way that isn't known.
    GIT_FAILED = "diff::git-failed", "git can't be used", Error;
    /// There is no git repository here.
    NOT_A_REPOSITORY = "diff::not-a-repository", "not in a git repository", Usage;
    /// A path lies outside of the repository.
    OUTSIDE_THE_REPOSITORY = "diff::outside-the-repository", "path outside of the repository", Usage;
    /// Nothing in the repository has that name.
    UNKNOWN_REVISION = "diff::unknown-revision", "unknown revision", Usage;
    /// It isn't said what to compare with, and nothing tells.
    NO_BASE = "diff::no-base", "nothing to compare with", Usage;
    /// Two revisions have no ancestor in common, as far as the history is there.
    NO_COMMON_ANCESTOR = "diff::no-common-ancestor", "no common ancestor", Error;
    /// A file of a revision can't be used as it is there.
    NOT_USABLE = "diff::not-usable", "file of a revision that can't be used", Error;
    /// A file isn't a plan.
    WRONG_PLAN = "diff::wrong-plan", "not a plan that can be compared", Usage;
}
