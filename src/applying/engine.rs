use std::collections::BTreeMap;
use std::time::Duration;

use mlinfra_provider_api::Provider;

use super::report::{Progress, Report};
use super::run::Run;
use super::runtime::{Clock, Stop};
use crate::changes::graph::Graph;
use crate::store::vault::{Vault, VaultError};

/// How much is done at a time, and for how long it is tried.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Operations under way at a time.
    pub parallel: usize,
    /// Attempts of one alternative, the first included.
    pub attempts: u32,
    /// How soon an object is looked at that isn't ready. Each pause is twice as long as the one before.
    pub look_first: Duration,
    /// The longest pause between two looks.
    pub look_every: Duration,
    /// How long it may take to become ready, or gone, or for something else to get out of the way.
    pub ready_within: Duration,
    /// How long one call may take. One that takes longer may have had its effect or not.
    pub answer_within: Duration,
    /// How often the lease is renewed.
    pub renew_every: Duration,
    /// How long calls under way are waited for when the run is asked to stop; after that they are left
    /// for the next run to settle.
    pub grace: Duration,
    /// How long the last write may take after that.
    pub flush: Duration,
}

impl Default for Limits {
    /// Ten at a time is what the peers do and clouds' limits allow; eight attempts are a minute or
    /// two; a GPU node takes up to ten minutes to start, and a quarter of an hour is a margin. What
    /// is there at once is seen at once, and what takes minutes is looked at twelve times in each.
    /// CI systems kill a job 7.5 s after they asked it to stop, and 5 s are what we promise: of those
    /// the calls have three, the state one, and the lease the last.
    fn default() -> Self {
        Self {
            parallel: 10,
            attempts: 8,
            look_first: Duration::from_millis(200),
            look_every: Duration::from_secs(5),
            ready_within: Duration::from_mins(15),
            answer_within: Duration::from_mins(2),
            renew_every: Duration::from_secs(15),
            grace: Duration::from_secs(3),
            flush: Duration::from_secs(1),
        }
    }
}

/// Carries out graphs.
pub struct Engine<'e> {
    /// Providers by name.
    pub providers: BTreeMap<String, &'e dyn Provider>,
    /// Time.
    pub clock: &'e dyn Clock,
    /// Whether to begin nothing more.
    pub stop: &'e dyn Stop,
    /// How much at a time, and for how long.
    pub limits: Limits,
}

impl Engine<'_> {
    /// Does all that can be done, and tells what couldn't. After a failure, or when it is asked to
    /// stop, nothing more is begun; what is under way is waited for. After a failure, what the run
    /// made of a stage that is to be undone is removed again.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when the journal can't be written: calls under way are then left as they are,
    /// noted as begun, for the next run to settle.
    pub async fn run(
        &self,
        graph: &Graph,
        vault: &mut Vault<'_>,
        progress: &mut dyn Progress,
    ) -> Result<Report, VaultError> {
        Run::new(self, graph, vault, progress).carry_out().await
    }
}
