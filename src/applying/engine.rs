use std::collections::BTreeMap;
use std::time::Duration;

use mlinfra_provider_api::{OpKey, Provider, ProviderError, ProviderErrorKind, Response};

use super::call::{self, Ended, Patience};
use super::pause;
use super::report::{Failed, Failure, Progress, Report};
use super::runtime::{Clock, Stop, Task, first};
use crate::changes::graph::{Action, Alternative, Graph, Operation};
use crate::state::Event;
use crate::store::vault::{Vault, VaultError};

/// How much is done at a time, and for how long it is tried.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Operations under way at a time.
    pub parallel: usize,
    /// Attempts of one alternative, the first included.
    pub attempts: u32,
    /// How often an object is looked at that isn't ready.
    pub look_every: Duration,
    /// How long it may take to become ready, or gone.
    pub ready_within: Duration,
    /// How often the lease is renewed.
    pub renew_every: Duration,
    /// How long calls under way are waited for when the run is asked to stop; after that they are left
    /// for the next run to settle.
    pub grace: Duration,
}

impl Default for Limits {
    /// Ten at a time is what the peers do and clouds' limits allow; eight attempts are some two
    /// minutes; a GPU node takes up to ten minutes to start, and a quarter of an hour is a margin.
    fn default() -> Self {
        Self {
            parallel: 10,
            attempts: 8,
            look_every: Duration::from_secs(2),
            ready_within: Duration::from_secs(15 * 60),
            renew_every: Duration::from_secs(15),
            grace: Duration::from_secs(3),
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

/// How an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It waits for others, or for a free place.
    Open(Try),
    /// An attempt is under way.
    Busy(Try),
    /// It waits until the next.
    Pausing(Try),
    Done,
    Failed,
}

/// Which attempt of which alternative comes next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Try {
    alternative: usize,
    attempt: u32,
}

/// What happens while the engine waits.
enum Happened {
    /// An attempt ended.
    Ended(usize, Try, Box<Ended>),
    /// A pause is over.
    Again(usize, Try),
    /// The lease is to be renewed.
    Renew,
    /// The run is to stop.
    Stop,
    /// What is under way has been waited for long enough.
    Leave,
}

/// A run under way.
struct Run<'r, 'e, 'v> {
    engine: &'r Engine<'e>,
    graph: &'r Graph,
    vault: &'r mut Vault<'v>,
    progress: &'r mut dyn Progress,
    standing: Vec<Standing>,
    tasks: Vec<Task<'r, Happened>>,
    failed: Vec<Failed>,
}

impl Engine<'_> {
    /// Does all that can be done, and tells what couldn't. After a failure, or when it is asked to
    /// stop, nothing more is begun; what is under way is waited for.
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
        let mut run = Run {
            engine: self,
            graph,
            vault,
            progress,
            standing: vec![Standing::Open(Try::default()); graph.operations().len()],
            tasks: Vec::new(),
            failed: Vec::new(),
        };
        run.later(self.limits.renew_every, Happened::Renew);
        let stop = self.stop;
        run.tasks.push(Box::pin(async move {
            stop.wait().await;
            Happened::Stop
        }));
        run.until_nothing_is_left().await?;
        run.vault.commit(|_| {}, self.clock.now()).await?;
        Ok(run.report())
    }
}

impl<'r> Run<'r, '_, '_> {
    async fn until_nothing_is_left(&mut self) -> Result<(), VaultError> {
        loop {
            self.begin().await?;
            if !self.is_waiting() {
                return Ok(());
            }
            match first(&mut self.tasks).await {
                Happened::Ended(index, at, ended) => self.ended(index, at, *ended).await?,
                Happened::Again(index, at) => self.standing[index] = Standing::Open(at),
                Happened::Renew => {
                    self.vault.renew(self.engine.clock.now()).await?;
                    self.later(self.engine.limits.renew_every, Happened::Renew);
                }
                Happened::Stop => self.later(self.engine.limits.grace, Happened::Leave),
                Happened::Leave => return Ok(()),
            }
        }
    }

    /// Whether something is to come that must be waited for.
    fn is_waiting(&self) -> bool {
        let ends = self.ends();
        self.standing.iter().any(|standing| match standing {
            Standing::Busy(_) => true,
            Standing::Pausing(_) => !ends,
            Standing::Open(_) | Standing::Done | Standing::Failed => false,
        })
    }

    /// Whether nothing more is begun.
    fn ends(&self) -> bool {
        !self.failed.is_empty() || self.engine.stop.asked()
    }

    fn later(&mut self, time: Duration, happened: Happened) {
        let clock = self.engine.clock;
        self.tasks.push(Box::pin(async move {
            clock.sleep(time).await;
            happened
        }));
    }

    /// Begins all that may begin: first the journal has it, in one write for all.
    async fn begin(&mut self) -> Result<(), VaultError> {
        let wave = self.wave();
        if wave.is_empty() {
            return Ok(());
        }
        let now = self.engine.clock.now();
        if self.vault.is_over(now) {
            // A frozen process that wakes: somebody else may hold it by now, and then this fails.
            self.vault.renew(now).await?;
        }
        let started = |(index, at): &(usize, Try)| {
            let operation = &self.graph.operations()[*index];
            (key(operation, *at), at.attempt + 1, started(operation, *at))
        };
        self.vault
            .note(wave.iter().map(started).collect(), now)
            .await?;
        for (index, at) in wave {
            self.standing[index] = Standing::Busy(at);
            self.progress.started(index, at.alternative, at.attempt + 1);
            let task = self.attempt(index, at);
            self.tasks.push(task);
        }
        Ok(())
    }

    /// What may begin now, as far as there are places.
    fn wave(&self) -> Vec<(usize, Try)> {
        if self.ends() {
            return Vec::new();
        }
        let busy = self.standing.iter();
        let busy = busy.filter(|standing| matches!(standing, Standing::Busy(_)));
        let places = self.engine.limits.parallel.saturating_sub(busy.count());
        let open = self.standing.iter().enumerate();
        let may = open.filter_map(|(index, standing)| match standing {
            Standing::Open(at) => Some((index, *at)),
            _ => None,
        });
        let free = |(index, _): &(usize, Try)| {
            let after = &self.graph.operations()[*index].after;
            after
                .iter()
                .all(|other| self.standing[*other] == Standing::Done)
        };
        may.filter(free).take(places).collect()
    }

    fn attempt(&self, index: usize, at: Try) -> Task<'r, Happened> {
        let operation = &self.graph.operations()[index];
        let (clock, limits) = (self.engine.clock, self.engine.limits);
        let patience = Patience {
            every: limits.look_every,
            within: limits.ready_within,
        };
        let name = provider_of(operation, at);
        let Some(provider) = self.engine.providers.get(name).copied() else {
            let provider = name.to_owned();
            let ended = Err(Failure::NoProvider { provider });
            return Box::pin(async move { Happened::Ended(index, at, Box::new(ended)) });
        };
        Box::pin(async move {
            let ended = match &operation.action {
                Action::Ensure(ensure) => {
                    let way = &ensure.alternatives[at.alternative];
                    call::ensure(provider, (way.key, &way.desired), clock, patience).await
                }
                Action::Remove(remove) => {
                    call::remove(provider, (remove.key, &remove.id), clock, patience).await
                }
            };
            Happened::Ended(index, at, Box::new(ended))
        })
    }

    async fn ended(&mut self, index: usize, at: Try, ended: Ended) -> Result<(), VaultError> {
        match ended {
            Ok(observed) => {
                let event = observed
                    .clone()
                    .map_or(Event::Removed, |observed| Event::Ensured { observed });
                self.note(index, at, event).await?;
                self.standing[index] = Standing::Done;
                self.progress.done(index, observed.as_ref());
                Ok(())
            }
            Err(Failure::Provider(error)) => self.refused(index, at, error).await,
            // The object is there, or was: what the journal has of it stays open, so that the next
            // run asks about it.
            Err(failure) => {
                self.fail(index, failure);
                Ok(())
            }
        }
    }

    async fn refused(
        &mut self,
        index: usize,
        at: Try,
        error: ProviderError,
    ) -> Result<(), VaultError> {
        let no_effect = error.kind != ProviderErrorKind::OutcomeUnknown;
        if no_effect {
            let event = Event::Failed {
                kind: error.kind.slug().to_owned(),
                message: error.message.clone(),
            };
            self.note(index, at, event).await?;
        }
        let again = at.attempt + 1 < self.engine.limits.attempts;
        let stopped = self.ends();
        match error.kind.response() {
            Response::Retry | Response::ReadThenRetry if again && !stopped => {
                self.pause(index, at, &error);
            }
            Response::FallBack => {
                self.progress.refused(index, at.alternative, &error);
                let next = Try {
                    alternative: at.alternative + 1,
                    attempt: 0,
                };
                if next.alternative < ways(&self.graph.operations()[index]) {
                    self.standing[index] = Standing::Open(next);
                } else {
                    self.fail(index, Failure::Provider(error));
                }
            }
            _ => self.fail(index, Failure::Provider(error)),
        }
        Ok(())
    }

    fn pause(&mut self, index: usize, at: Try, error: &ProviderError) {
        let asked = match &error.kind {
            ProviderErrorKind::Throttled { retry_after } => *retry_after,
            _ => None,
        };
        let operation = &self.graph.operations()[index];
        let time = pause::before(at.attempt, &key(operation, at), asked);
        self.progress.waiting(index, error, time);
        let next = Try {
            attempt: at.attempt + 1,
            ..at
        };
        self.standing[index] = Standing::Pausing(next);
        self.later(time, Happened::Again(index, next));
    }

    fn fail(&mut self, index: usize, failure: Failure) {
        self.progress.failed(index, &failure);
        self.standing[index] = Standing::Failed;
        self.failed.push(Failed {
            operation: index,
            failure,
        });
    }

    async fn note(&mut self, index: usize, at: Try, event: Event) -> Result<(), VaultError> {
        let key = key(&self.graph.operations()[index], at);
        let events = vec![(key, at.attempt + 1, event)];
        self.vault.note(events, self.engine.clock.now()).await
    }

    fn report(self) -> Report {
        let places = |wanted: fn(&Standing) -> bool| {
            let standing = self.standing.iter().enumerate();
            standing
                .filter(|(_, standing)| wanted(standing))
                .map(|(index, _)| index)
                .collect()
        };
        Report {
            done: places(|standing| *standing == Standing::Done),
            left_open: places(|standing| matches!(standing, Standing::Busy(_))),
            not_started: places(|standing| {
                matches!(standing, Standing::Open(_) | Standing::Pausing(_))
            }),
            failed: self.failed,
        }
    }
}

/// How many ways there are to do an operation.
const fn ways(operation: &Operation) -> usize {
    match &operation.action {
        Action::Ensure(ensure) => ensure.alternatives.len(),
        Action::Remove(_) => 1,
    }
}

fn provider_of(operation: &Operation, at: Try) -> &str {
    match &operation.action {
        Action::Ensure(ensure) => &ensure.alternatives[at.alternative].provider,
        Action::Remove(remove) => &remove.provider,
    }
}

fn key(operation: &Operation, at: Try) -> OpKey {
    match &operation.action {
        Action::Ensure(ensure) => ensure.alternatives[at.alternative].key,
        Action::Remove(remove) => remove.key,
    }
}

fn started(operation: &Operation, at: Try) -> Event {
    let address = operation.address.clone();
    match &operation.action {
        Action::Ensure(ensure) => {
            let Alternative {
                provider,
                desired,
                intent,
                ..
            } = ensure.alternatives[at.alternative].clone();
            Event::EnsureStarted {
                address,
                provider,
                desired,
                intent,
            }
        }
        Action::Remove(remove) => Event::RemoveStarted {
            address,
            provider: remove.provider.clone(),
            id: remove.id.clone(),
        },
    }
}
