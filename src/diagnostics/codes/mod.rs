//! Every error code, one file per area. `docs/errors.md` has a heading for each (a tidy test).

/// Defines the codes of one area and the list of them.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $summary:literal, $exit:ident;)*) => {
        $($(#[$doc])* pub static $name: $crate::diagnostics::Code = $crate::diagnostics::Code {
            slug: $slug,
            summary: $summary,
            exit: $crate::diagnostics::ExitKind::$exit,
        };)*
        pub(super) static ALL: &[&$crate::diagnostics::Code] = &[$(&$name),*];
    };
}

pub mod apply;
pub mod catalog;
pub mod checkpoint;
pub mod cli;
pub mod diff;
pub mod forge;
pub mod gpu;
pub mod planning;
pub mod policy;
pub mod spec;
pub mod state;

/// A stable, searchable name of one kind of mistake.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `area::slug`.
    pub slug: &'static str,
    /// A few words: lower-case, no full stop, no user data.
    pub summary: &'static str,
    /// What the process's exit code says of it.
    pub exit: ExitKind,
}

/// What an error means for the exit code; `cli` maps each kind to its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitKind {
    /// Anything without a code of its own.
    Error,
    /// The command line or the spec is wrong.
    Usage,
    /// Credentials are missing, or don't suffice.
    Credentials,
    /// Somebody else holds the state.
    Locked,
    /// The plan is no longer what would be done.
    StalePlan,
    /// A budget or a policy forbids it.
    Denied,
    /// Not all was done; it can be gone on with.
    Incomplete,
    /// The state or its journal can't be relied on.
    StateDamaged,
    /// What exists isn't what was asked for.
    Differs,
    /// No offering, or no joint choice, meets every requirement.
    Infeasible,
}

/// Every code of every area, in no particular order.
pub fn all_codes() -> impl Iterator<Item = &'static Code> {
    [
        spec::ALL,
        checkpoint::ALL,
        catalog::ALL,
        planning::ALL,
        policy::ALL,
        cli::ALL,
        diff::ALL,
        forge::ALL,
        gpu::ALL,
        apply::ALL,
        state::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}
