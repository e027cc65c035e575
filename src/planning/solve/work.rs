//! How much a search may do: cells looked at, and a question asked now and then.

/// Work that a plan may take by default, in cells of cost tables: about ten seconds. Counted rather
/// than timed, so that equal inputs give equal plans on every machine.
const DEFAULT_CELLS: u64 = 2_500_000_000;

/// What is left to do for one problem.
pub(crate) struct Work<'s> {
    left: u64,
    stop: &'s dyn Fn() -> bool,
    stopped: bool,
}

impl<'s> Work<'s> {
    /// The default amount, or less if `stop` says so.
    pub(crate) const fn by_default(stop: &'s dyn Fn() -> bool) -> Self {
        Self {
            left: DEFAULT_CELLS,
            stop,
            stopped: false,
        }
    }

    /// As much as it takes until `stop` says so.
    pub(crate) const fn until(stop: &'s dyn Fn() -> bool) -> Self {
        Self {
            left: u64::MAX,
            stop,
            stopped: false,
        }
    }

    /// Counts cells that were looked at.
    pub(crate) fn spend(&mut self, cells: usize) {
        let cells = u64::try_from(cells).unwrap_or(u64::MAX);
        self.left = self.left.saturating_sub(cells.max(1));
    }

    /// Whether no more work should be begun; once true, it stays so.
    pub(crate) fn exhausted(&mut self) -> bool {
        self.stopped = self.stopped || self.left == 0 || (self.stop)();
        self.stopped
    }
}
