//! The exit codes: the one table from kinds of error to numbers.
//!
//! 0 is done, 1 an error without a number of its own, and 101 a panic. 2 says "changes" and only
//! comes from `plan` and `diff` with `--detailed-exitcode`; wrong arguments are 10, or a typing error would read as
//! changes.

use crate::diagnostics::{Diagnostics, ExitKind};

/// The plan has changes; only for those who ask with `--detailed-exitcode`.
pub(crate) const CHANGES: u8 = 2;

/// The command line or the spec is wrong.
pub(crate) const USAGE: u8 = 10;

/// Nothing meets the requirements.
pub(crate) const INFEASIBLE: u8 = 19;

/// A budget or a policy forbids it.
pub(crate) const DENIED: u8 = 14;

/// Not all was applied, and it can be gone on with.
pub(crate) const INCOMPLETE: u8 = 16;

/// What was read back isn't what was asked for.
pub(crate) const DIFFERS: u8 = 18;

/// The machine's GPUs aren't what was bought, or can't be read.
#[cfg(feature = "nvml")]
pub(crate) const REFUSED: u8 = 20;

/// The exit code for a command that ended in these diagnostics. The first error decides.
pub(crate) fn code(diagnostics: &Diagnostics) -> u8 {
    let first = diagnostics.errors().next();
    match first.map_or(ExitKind::Error, |d| d.code.exit) {
        ExitKind::Error => 1,
        ExitKind::Usage => USAGE,
        ExitKind::Credentials => 11,
        ExitKind::Locked => 12,
        ExitKind::StalePlan => 13,
        ExitKind::Denied => DENIED,
        ExitKind::Incomplete => INCOMPLETE,
        ExitKind::StateDamaged => 17,
        ExitKind::Differs => DIFFERS,
        ExitKind::Infeasible => INFEASIBLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{Diagnostic, cli, planning, spec, state};

    #[test]
    fn the_first_error_decides() {
        let mut all = Diagnostics::new();
        assert_eq!(code(&all), 1);
        all.push(Diagnostic::warning(&spec::SYNTAX));
        all.push(Diagnostic::error(&planning::NO_JOINT_PLACEMENT));
        all.push(Diagnostic::error(&cli::CANNOT_READ));
        assert_eq!(code(&all), 19);
    }

    #[test]
    fn each_kind_has_its_own_number() {
        let of = |d: Diagnostic| code(&d.into());
        assert_eq!(of(Diagnostic::error(&cli::CANNOT_READ)), 1);
        assert_eq!(of(Diagnostic::error(&cli::USAGE)), 10);
        assert_eq!(of(Diagnostic::error(&state::DENIED)), 11);
        assert_eq!(of(Diagnostic::error(&state::LOCKED)), 12);
        assert_eq!(of(Diagnostic::error(&planning::BUDGET_EXCEEDED)), 14);
        assert_eq!(of(Diagnostic::error(&state::DAMAGED)), 17);
        assert_eq!(of(Diagnostic::error(&planning::GPU_NOT_OFFERED)), 19);
    }
}
