//! The suite that every backend runs: what the engine relies on, asked of the real thing.
//!
//! A backend's tests give it a [`Sample`] and run the future that [`check`] returns in whatever
//! runtime they have. The objects that it makes carry the sample's owner; it removes them all.

use std::time::Duration;

use crate::{
    Attributes, Condition, Desired, ObjectId, Observed, OpKey, OwnerTag, Provider, ProviderError,
    Removal,
};

/// What the suite makes objects of.
///
/// ```
/// use mlinfra_provider_api::conformance::Sample;
/// use mlinfra_provider_api::{Attributes, Desired, ObjectId, ObjectKind, OwnerTag};
///
/// let kind = ObjectKind::new("volume").unwrap();
/// let desired = Desired {
///     kind: kind.clone(),
///     scope: "us-east-1".into(),
///     name: "conformance".into(),
///     owner: OwnerTag::new("conformance", "1").unwrap(),
///     attributes: Attributes::from([("size_gib".into(), 1.into())]),
/// };
/// let sample = Sample {
///     desired,
///     changed: Some(Attributes::from([("size_gib".into(), 2.into())])),
///     stranger: OwnerTag::new("nobody", "1").unwrap(),
///     missing: ObjectId { kind, scope: "us-east-1".into(), id: "vol-0".into() },
///     remembers_keys: true,
/// };
/// assert_ne!(sample.stranger, sample.desired.owner);
/// ```
#[derive(Debug, Clone)]
pub struct Sample {
    /// An object that the backend can make. Its owner owns nothing else.
    pub desired: Desired,
    /// The same with other values of attributes that can be changed in place; `None` where none can.
    pub changed: Option<Attributes>,
    /// An owner that owns nothing.
    pub stranger: OwnerTag,
    /// An identifier that nothing has.
    pub missing: ObjectId,
    /// Whether the backend knows a key for as long as the suite runs, after its object was changed
    /// by another key and deleted.
    pub remembers_keys: bool,
}

/// A wait that is over some time.
///
/// ```
/// use mlinfra_provider_api::conformance::Slept;
///
/// let at_once: Slept = Box::pin(std::future::ready(()));
/// # drop(at_once);
/// ```
pub type Slept = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// How the suite waits between two looks at an object.
///
/// ```
/// use mlinfra_provider_api::conformance::{Sleep, Slept};
///
/// // Of a backend whose objects need no time.
/// let sleep: Sleep<'_> = &|_| -> Slept { Box::pin(std::future::ready(())) };
/// # drop(sleep(std::time::Duration::ZERO));
/// ```
pub type Sleep<'s> = &'s (dyn Fn(Duration) -> Slept + Sync);

/// Something that a backend does and mustn't, or doesn't and must.
///
/// ```
/// use mlinfra_provider_api::conformance::Violation;
///
/// let violation = Violation::Wrong { step: "a removal", what: "is never gone".into() };
/// assert_eq!(violation.to_string(), "a removal: is never gone");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum Violation {
    /// A call failed that should have succeeded.
    #[error("{step}: the call failed")]
    Failed {
        /// What was tried.
        step: &'static str,
        /// How it failed.
        source: ProviderError,
    },
    /// A call did something else.
    #[error("{step}: {what}")]
    Wrong {
        /// What was tried.
        step: &'static str,
        /// What came of it.
        what: String,
    },
}

/// Times that an object is looked at before it counts as stuck.
const LOOKS: u32 = 600;

/// Runs the whole suite.
///
/// # Errors
///
/// The first [`Violation`]; objects may then be left over.
///
/// ```
/// use mlinfra_provider_api::Provider;
/// use mlinfra_provider_api::conformance::{Sample, Sleep, Violation, check};
///
/// async fn every_kind_conforms(
///     backend: &dyn Provider,
///     samples: &[Sample],
///     sleep: Sleep<'_>,
/// ) -> Result<(), Violation> {
///     for sample in samples {
///         check(backend, sample, sleep).await?;
///     }
///     Ok(())
/// }
/// ```
pub async fn check(
    provider: &dyn Provider,
    sample: &Sample,
    sleep: Sleep<'_>,
) -> Result<(), Violation> {
    let suite = Suite {
        provider,
        sample,
        sleep,
    };
    suite.knows_its_kind()?;
    suite.nothing_is_there().await?;
    let made = suite.makes_one_of_two_calls().await?;
    suite.shows_what_it_made(&made).await?;
    suite.keeps_what_is_as_desired(&made).await?;
    suite.changes_in_place(&made).await?;
    suite.does_not_revert(&made).await?;
    suite.adopts_what_it_owns_alone(&made).await?;
    suite.removes_once(&made.id).await?;
    suite.does_not_make_it_anew(&made).await?;
    suite.makes_one_of_calls_at_once().await
}

struct Suite<'s> {
    provider: &'s dyn Provider,
    sample: &'s Sample,
    sleep: Sleep<'s>,
}

/// A key that no other step uses.
const fn key(step: u8) -> OpKey {
    OpKey::new([step; 32])
}

impl Suite<'_> {
    fn knows_its_kind(&self) -> Result<(), Violation> {
        let kind = &self.sample.desired.kind;
        holds(
            "the manifest has the sample's kind",
            self.provider.manifest().kinds.contains_key(kind),
            || format!("there is no `{kind}`"),
        )
    }

    async fn nothing_is_there(&self) -> Result<(), Violation> {
        let step = "an object that was never made";
        let read = self.provider.read(&self.sample.missing).await;
        let read = told(step, read)?;
        holds(step, read.is_none(), || format!("was read as {read:?}"))?;
        let removed = self.provider.remove(&key(1), &self.sample.missing).await;
        let removed = told(step, removed)?;
        holds(step, removed == Removal::Gone, || {
            format!("was removed with {removed:?}")
        })?;
        let owned = self.owned(step).await?;
        holds(step, owned.is_empty(), || format!("is owned as {owned:?}"))
    }

    async fn makes_one_of_two_calls(&self) -> Result<Observed, Violation> {
        let step = "two calls with one key";
        let want = &self.sample.desired;
        let first = told(step, self.provider.ensure(&key(2), want).await)?;
        let second = told(step, self.provider.ensure(&key(2), want).await)?;
        holds(step, first.id == second.id, || {
            format!("made {} and {}", first.id, second.id)
        })?;
        let owned = self.owned(step).await?;
        holds(step, owned.len() == 1, || {
            format!("left {} objects", owned.len())
        })?;
        self.ready(step, &first.id).await
    }

    async fn shows_what_it_made(&self, made: &Observed) -> Result<(), Violation> {
        let step = "what was made";
        let want = &self.sample.desired;
        as_desired(step, want, made)?;
        holds(step, made.name == want.name, || {
            format!("is named `{}` instead of `{}`", made.name, want.name)
        })?;
        holds(step, made.owner.as_ref() == Some(&want.owner), || {
            format!("is owned by {:?}", made.owner)
        })?;
        holds(step, made.op_key.is_none_or(|k| k == key(2)), || {
            "carries another key".into()
        })?;
        let listed = self.owned(step).await?;
        holds(step, listed.iter().any(|o| o.id == made.id), || {
            "isn't listed for its owner".into()
        })?;
        let strange = self.provider.list(&self.sample.stranger).await;
        let strange = told(step, strange)?;
        holds(step, strange.is_empty(), || {
            "is listed for somebody else".into()
        })
    }

    async fn keeps_what_is_as_desired(&self, made: &Observed) -> Result<(), Violation> {
        let step = "a new key for what is there already";
        let again = self.provider.ensure(&key(3), &self.sample.desired).await;
        let again = told(step, again)?;
        holds(step, again.id == made.id, || {
            format!("made {} beside {}", again.id, made.id)
        })
    }

    async fn changes_in_place(&self, made: &Observed) -> Result<(), Violation> {
        let step = "a change in place";
        let Some(changed) = &self.sample.changed else {
            return Ok(());
        };
        let mut want = self.sample.desired.clone();
        want.attributes.extend(changed.clone());
        let replaced_by =
            self.provider
                .manifest()
                .replaced_by(&want.kind, &want.attributes, &made.attributes);
        holds(step, replaced_by.is_empty(), || {
            format!("isn't one by the manifest: {replaced_by:?}")
        })?;
        let now = told(step, self.provider.ensure(&key(4), &want).await)?;
        holds(step, now.id == made.id, || format!("made {}", now.id))?;
        let now = self.ready(step, &made.id).await?;
        as_desired(step, &want, &now)
    }

    /// A repetition that comes late: its key was followed by another one.
    async fn does_not_revert(&self, made: &Observed) -> Result<(), Violation> {
        let step = "a late repetition of the first call";
        let (true, Some(changed)) = (self.sample.remembers_keys, &self.sample.changed) else {
            return Ok(());
        };
        let late = told(
            step,
            self.provider.ensure(&key(2), &self.sample.desired).await,
        )?;
        holds(step, late.id == made.id, || format!("made {}", late.id))?;
        let now = self.ready(step, &made.id).await?;
        let mut want = self.sample.desired.clone();
        want.attributes.extend(changed.clone());
        as_desired(step, &want, &now)
    }

    /// Adoption by the owner: under the same name, a free one, and back. Something that the owner
    /// doesn't have, or another owner has, isn't taken.
    async fn adopts_what_it_owns_alone(&self, made: &Observed) -> Result<(), Violation> {
        let step = "an adoption";
        let (owner, name) = (&self.sample.desired.owner, &self.sample.desired.name);
        let provider = self.provider;
        let free = &format!("{name}-2");
        let missing = provider.adopt(&self.sample.missing, owner, free).await;
        let is_told = |error: &ProviderError| {
            let attribute = "id".to_owned();
            error.kind == crate::ProviderErrorKind::Invalid { attribute }
        };
        holds(step, missing.as_ref().is_err_and(is_told), || {
            format!("of nothing came to {missing:?}")
        })?;
        let stolen = provider.adopt(&made.id, &self.sample.stranger, name).await;
        let is_conflict = |error: &ProviderError| error.kind == crate::ProviderErrorKind::Conflict;
        holds(step, stolen.as_ref().is_err_and(is_conflict), || {
            format!("by somebody else came to {stolen:?}")
        })?;
        let before = told(step, provider.read(&made.id).await)?;
        for name in [free, name] {
            for _ in 0..2 {
                let adopted = provider.adopt(&made.id, owner, name).await;
                let adopted = told(step, adopted)?;
                let same = adopted.id == made.id && adopted.name == *name;
                holds(step, same, || format!("of {} made {adopted:?}", made.id))?;
            }
            let owned = self.owned(step).await?;
            let is_it = |object: &Observed| object.id == made.id && object.name == *name;
            holds(step, owned.len() == 1 && owned.iter().all(is_it), || {
                format!("under `{name}` left {owned:?}")
            })?;
        }
        let after = told(step, provider.read(&made.id).await)?;
        holds(step, after == before, || {
            format!("changed {before:?} to {after:?}")
        })
    }

    /// A repetition that comes when the object is gone.
    async fn does_not_make_it_anew(&self, made: &Observed) -> Result<(), Violation> {
        let step = "the key of an object that was removed";
        if !self.sample.remembers_keys {
            return Ok(());
        }
        let late = told(
            step,
            self.provider.ensure(&key(2), &self.sample.desired).await,
        )?;
        holds(step, late.id == made.id, || format!("made {}", late.id))?;
        holds(step, late.condition == Condition::Deleting, || {
            format!("is {:?}", late.condition)
        })?;
        self.gone(step, &made.id).await?;
        let owned = self.owned(step).await?;
        holds(step, owned.is_empty(), || format!("left {owned:?}"))
    }

    async fn removes_once(&self, id: &ObjectId) -> Result<(), Violation> {
        let step = "a removal";
        told(step, self.provider.remove(&key(5), id).await)?;
        told(step, self.provider.remove(&key(5), id).await)?;
        self.gone(step, id).await?;
        let again = told(step, self.provider.remove(&key(6), id).await)?;
        holds(step, again == Removal::Gone, || {
            "isn't gone after it was gone".into()
        })
    }

    /// Several calls under way together, none of which knows of the others.
    async fn makes_one_of_calls_at_once(&self) -> Result<(), Violation> {
        let step = "calls at the same time with one key";
        let want = &self.sample.desired;
        let key = key(7);
        let mut calls: Vec<_> = (0..4).map(|_| self.provider.ensure(&key, want)).collect();
        let mut made = Vec::new();
        for call in together(&mut calls).await {
            // A backend may refuse one of them for the other's sake.
            match call {
                Ok(observed) => made.push(observed),
                Err(error) if error.kind == crate::ProviderErrorKind::Conflict => {}
                Err(source) => return Err(Violation::Failed { step, source }),
            }
        }
        holds(step, !made.is_empty(), || "made nothing".into())?;
        let owned = self.owned(step).await?;
        holds(step, owned.len() == 1, || {
            format!("left {} objects", owned.len())
        })?;
        let id = made.swap_remove(0).id;
        self.ready(step, &id).await?;
        told(step, self.provider.remove(&OpKey::new([8; 32]), &id).await)?;
        self.gone(step, &id).await
    }

    /// What the owner owns, without what is being deleted.
    async fn owned(&self, step: &'static str) -> Result<Vec<Observed>, Violation> {
        let listed = self.provider.list(&self.sample.desired.owner).await;
        let mut listed = told(step, listed)?;
        listed.retain(|object| object.condition != Condition::Deleting);
        Ok(listed)
    }

    async fn ready(&self, step: &'static str, id: &ObjectId) -> Result<Observed, Violation> {
        for _ in 0..LOOKS {
            let read = told(step, self.provider.read(id).await)?;
            let Some(observed) = read else {
                return wrong(step, format!("{id} isn't there"));
            };
            match &observed.condition {
                Condition::Ready => return Ok(observed),
                Condition::Creating => (self.sleep)(Duration::from_millis(100)).await,
                other => return wrong(step, format!("{id} is {other:?}")),
            }
        }
        wrong(step, format!("{id} is never ready"))
    }

    async fn gone(&self, step: &'static str, id: &ObjectId) -> Result<(), Violation> {
        for _ in 0..LOOKS {
            if told(step, self.provider.read(id).await)?.is_none() {
                return Ok(());
            }
            (self.sleep)(Duration::from_millis(100)).await;
        }
        wrong(step, format!("{id} is never gone"))
    }
}

fn as_desired(step: &'static str, want: &Desired, observed: &Observed) -> Result<(), Violation> {
    for (name, value) in &want.attributes {
        let have = observed.attributes.get(name);
        holds(step, have == Some(value), || {
            format!("has `{name}` as {have:?} instead of {value}")
        })?;
    }
    Ok(())
}

fn holds(step: &'static str, holds: bool, what: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { wrong(step, what()) }
}

fn wrong<T>(step: &'static str, what: String) -> Result<T, Violation> {
    Err(Violation::Wrong { step, what })
}

fn told<T>(step: &'static str, result: Result<T, ProviderError>) -> Result<T, Violation> {
    result.map_err(|source| Violation::Failed { step, source })
}

/// Polls all futures until each is done.
async fn together<T>(futures: &mut [crate::Reply<'_, T>]) -> Vec<Result<T, ProviderError>> {
    let mut done: Vec<Option<Result<T, ProviderError>>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in futures.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(result) = future.as_mut().poll(context)
            {
                *done = Some(result);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
