//! One attempt of one operation, from the call to what is read back.

use std::time::Duration;

use mlinfra_provider_api::{
    Attributes, Condition, Desired, ObjectId, Observed, OpKey, Provider, ProviderError,
    ProviderErrorKind, Removal, Reply, Response,
};

use super::listed::{Listed, is_alive};
use super::report::Failure;
use super::runtime::{Clock, passed, unless};

/// How an attempt ended.
pub(super) type Ended = Result<Option<Observed>, Box<Shortfall>>;

/// An attempt that didn't do what it was to do.
#[derive(Debug)]
pub(super) struct Shortfall {
    pub(super) failure: Failure,
    /// What is there all the same.
    pub(super) there: Option<Observed>,
    pub(super) next: Next,
}

/// What may be tried after an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing.
    Nothing,
    /// The same again, some times.
    Again,
    /// The same again for as long as something else needs to get out of the way.
    AgainInTime,
    /// Another alternative.
    Elsewhere,
}

/// Who is called, and how long an object is waited for.
#[derive(Clone, Copy)]
pub(super) struct Callee<'c> {
    pub(super) provider: &'c dyn Provider,
    pub(super) clock: &'c dyn Clock,
    pub(super) patience: Patience,
}

/// How often and how long an object is looked at until it is as it is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// The pause before the second look; each is twice as long as the one before.
    pub(super) first: Duration,
    /// The longest.
    pub(super) longest: Duration,
    /// How long in all.
    pub(super) within: Duration,
    /// How long a call may take.
    pub(super) answer: Duration,
}

/// What an object is to be like: as desired, and what else is expected of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want<'w> {
    pub(super) desired: &'w Desired,
    pub(super) expects: &'w Attributes,
}

impl Shortfall {
    fn of(failure: Failure, there: Option<Observed>) -> Box<Self> {
        let next = Next::Nothing;
        Box::new(Self {
            failure,
            there,
            next,
        })
    }

    fn refused(error: ProviderError, next: Next) -> Box<Self> {
        Box::new(Self {
            failure: Failure::Provider(error),
            there: None,
            next,
        })
    }
}

impl Callee<'_> {
    /// Makes or changes an object, waits until it is ready, and compares it with what was asked for.
    pub(super) async fn ensure(self, key: OpKey, want: Want<'_>) -> Ended {
        let made = match self
            .answered(self.provider.ensure(&key, want.desired))
            .await
        {
            Ok(made) => made,
            // It may be there all the same, and a second call might not find out.
            Err(error) if error.kind == ProviderErrorKind::OutcomeUnknown => {
                match self.made_after_all(key, want.desired).await {
                    Some(found) => found,
                    None => return Err(Shortfall::refused(error, Next::Again)),
                }
            }
            Err(error) => {
                let next = self.after(&error, want.desired).await;
                return Err(Shortfall::refused(error, next));
            }
        };
        let ready = self.ready(made).await?;
        match as_desired(want, &ready) {
            Ok(()) => Ok(Some(ready)),
            Err(failure) => Err(Shortfall::of(failure, Some(ready))),
        }
    }

    /// What a call without an answer made. One that is named like it and isn't like it was there
    /// before, so that nothing can be told by it.
    async fn made_after_all(self, key: OpKey, want: &Desired) -> Option<Observed> {
        let objects = self.answered(self.provider.list(&want.owner)).await.ok()?;
        let listed = Listed::new(&objects);
        let made = listed.made_by(key).filter(|object| is_alive(object));
        let named = || {
            let mut named = listed.named(want).iter().copied();
            named
                .find(|object| object.op_key.is_none() && is_alive(object) && has_all(object, want))
        };
        made.or_else(named).cloned()
    }

    /// What may be tried after a call was refused.
    async fn after(self, error: &ProviderError, want: &Desired) -> Next {
        match error.kind.response() {
            Response::FallBack => Next::Elsewhere,
            Response::Retry => Next::Again,
            Response::ReadThenRetry => self.after_a_conflict(want).await,
            Response::AskUser | Response::Bug => Next::Nothing,
        }
    }

    /// A name that one of ours holds becomes free when that is gone; one that somebody else holds
    /// doesn't.
    async fn after_a_conflict(self, want: &Desired) -> Next {
        let Ok(objects) = self.answered(self.provider.list(&want.owner)).await else {
            return Next::Again;
        };
        let listed = Listed::new(&objects);
        match listed.named(want) {
            [] => Next::Nothing,
            ours if ours.iter().all(|object| is_alive(object)) => Next::Again,
            _ => Next::AgainInTime,
        }
    }

    /// Waits until an object is ready.
    async fn ready(self, made: Observed) -> Result<Observed, Box<Shortfall>> {
        let mut observed = made;
        let since = self.clock.now();
        let mut pause = self.patience.first;
        loop {
            match &observed.condition {
                Condition::Ready => return Ok(observed),
                Condition::Failed { reason } => {
                    let reason = reason.clone();
                    return Err(Shortfall::of(Failure::Broken { reason }, Some(observed)));
                }
                Condition::Deleting => return Err(Shortfall::of(Failure::Vanished, None)),
                Condition::Creating if passed(self.clock, since) >= self.patience.within => {
                    return Err(Shortfall::of(self.stuck("ready"), Some(observed)));
                }
                Condition::Creating => {}
            }
            self.pause(&mut pause).await;
            match self.answered(self.provider.read(&observed.id)).await {
                Ok(Some(read)) => observed = read,
                Ok(None) => return Err(Shortfall::of(Failure::Vanished, None)),
                // It is looked at again; a provider that stays away for too long ends that.
                Err(_) => observed.condition = Condition::Creating,
            }
        }
    }

    /// Deletes an object and waits until it is gone.
    pub(super) async fn remove(self, key: OpKey, id: &ObjectId) -> Ended {
        match self.answered(self.provider.remove(&key, id)).await {
            Ok(Removal::Gone) => return Ok(None),
            Ok(Removal::Requested) => {}
            // Whether it had its effect is looked up.
            Err(error) if is_unknown(&error) && self.is_going(id).await => {}
            Err(error) => {
                let next = match error.kind.response() {
                    // What uses it is going away.
                    Response::ReadThenRetry if error.kind == ProviderErrorKind::Conflict => {
                        Next::AgainInTime
                    }
                    Response::Retry | Response::ReadThenRetry => Next::Again,
                    _ => Next::Nothing,
                };
                return Err(Shortfall::refused(error, next));
            }
        }
        let since = self.clock.now();
        let mut pause = self.patience.first;
        loop {
            if let Ok(None) = self.answered(self.provider.read(id)).await {
                return Ok(None);
            }
            if passed(self.clock, since) >= self.patience.within {
                return Err(Shortfall::of(self.stuck("gone"), None));
            }
            self.pause(&mut pause).await;
        }
    }

    /// Whether an object is gone, or going.
    async fn is_going(self, id: &ObjectId) -> bool {
        let read = self.answered(self.provider.read(id)).await;
        matches!(&read, Ok(None))
            || matches!(&read, Ok(Some(object)) if object.condition == Condition::Deleting)
    }

    /// What a call answers; one that doesn't answer may have its effect still.
    async fn answered<T>(self, call: Reply<'_, T>) -> Result<T, ProviderError> {
        let within = self.patience.answer;
        let late = || {
            let message = format!("there was no answer within {} s", within.as_secs());
            Err(ProviderError::new(
                ProviderErrorKind::OutcomeUnknown,
                message,
            ))
        };
        let answered = unless(self.clock.sleep(within), call).await;
        answered.unwrap_or_else(late)
    }

    async fn pause(self, pause: &mut Duration) {
        self.clock.sleep(*pause).await;
        *pause = pause.saturating_mul(2).min(self.patience.longest);
    }

    const fn stuck(self, what: &'static str) -> Failure {
        Failure::Stuck {
            what,
            within: self.patience.within,
        }
    }
}

/// Whether nobody knows if a call had its effect.
fn is_unknown(error: &ProviderError) -> bool {
    error.kind == ProviderErrorKind::OutcomeUnknown
}

/// Whether an object has all attributes that are desired.
fn has_all(object: &Observed, want: &Desired) -> bool {
    let mut wanted = want.attributes.iter();
    wanted.all(|(name, value)| object.attributes.get(name) == Some(value))
}

/// Success is what was read back.
pub(super) fn as_desired(want: Want<'_>, read: &Observed) -> Result<(), Failure> {
    let differs = |what: &str, want: String, have: Option<String>| {
        Err(Failure::Differs {
            attribute: what.to_owned(),
            want,
            have: have.unwrap_or_else(|| "missing".into()),
        })
    };
    let Want { desired, expects } = want;
    if read.owner.as_ref() != Some(&desired.owner) {
        let have = read.owner.as_ref().map(ToString::to_string);
        return differs("owner", desired.owner.to_string(), have);
    }
    if read.name != desired.name {
        return differs("name", desired.name.clone(), Some(read.name.clone()));
    }
    for (name, value) in desired.attributes.iter().chain(expects) {
        let have = read.attributes.get(name);
        if have != Some(value) {
            return differs(name, value.to_string(), have.map(ToString::to_string));
        }
    }
    Ok(())
}
