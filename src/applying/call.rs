//! One attempt of one operation, from the call to what is read back.

use std::time::Duration;

use mlinfra_provider_api::{
    Condition, Desired, ObjectId, Observed, OpKey, Provider, ProviderError, ProviderErrorKind,
    Removal,
};

use super::report::Failure;
use super::runtime::Clock;

/// How an attempt ended.
pub(super) type Ended = Result<Option<Observed>, Failure>;

/// How often and how long an object is looked at until it is as it is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) every: Duration,
    pub(super) within: Duration,
}

/// Makes or changes an object, waits until it is ready, and compares it with what was asked for.
pub(super) async fn ensure(
    provider: &dyn Provider,
    (key, want): (OpKey, &Desired),
    clock: &dyn Clock,
    patience: Patience,
) -> Ended {
    let made = match provider.ensure(&key, want).await {
        Ok(made) => made,
        // It may be there all the same, and a second call might not find out.
        Err(error) if error.kind == ProviderErrorKind::OutcomeUnknown => {
            match find(provider, key, want).await {
                Ok(Some(found)) => found,
                _ => return Err(Failure::Provider(error)),
            }
        }
        Err(error) => return Err(Failure::Provider(error)),
    };
    let ready = ready(provider, made, clock, patience).await?;
    as_desired(want, &ready)?;
    Ok(Some(ready))
}

/// The object that an operation made, whose answer was lost: by its key, or where the provider keeps
/// none, by its name.
pub(super) async fn find(
    provider: &dyn Provider,
    key: OpKey,
    want: &Desired,
) -> Result<Option<Observed>, ProviderError> {
    let listed = provider.list(&want.owner).await?;
    let mut alive = listed
        .into_iter()
        .filter(|object| object.condition != Condition::Deleting);
    Ok(alive.find(|object| match object.op_key {
        Some(made_by) => made_by == key,
        None => {
            let id = &object.id;
            object.name == want.name && id.kind == want.kind && id.scope == want.scope
        }
    }))
}

/// Waits until an object is ready.
pub(super) async fn ready(
    provider: &dyn Provider,
    made: Observed,
    clock: &dyn Clock,
    patience: Patience,
) -> Result<Observed, Failure> {
    let mut observed = made;
    let mut waited = Duration::ZERO;
    loop {
        match observed.condition {
            Condition::Ready => return Ok(observed),
            Condition::Failed { reason } => return Err(Failure::Broken { reason }),
            Condition::Deleting => return Err(Failure::Vanished),
            Condition::Creating if waited >= patience.within => {
                return Err(Failure::Stuck {
                    what: "ready",
                    within: patience.within,
                });
            }
            Condition::Creating => {}
        }
        clock.sleep(patience.every).await;
        waited += patience.every;
        match provider.read(&observed.id).await {
            Ok(Some(read)) => observed = read,
            Ok(None) => return Err(Failure::Vanished),
            // It is looked at again; a provider that stays away for too long ends that.
            Err(_) => observed.condition = Condition::Creating,
        }
    }
}

/// Deletes an object and waits until it is gone.
pub(super) async fn remove(
    provider: &dyn Provider,
    (key, id): (OpKey, &ObjectId),
    clock: &dyn Clock,
    patience: Patience,
) -> Ended {
    let removal = provider.remove(&key, id).await;
    if removal.map_err(Failure::Provider)? == Removal::Gone {
        return Ok(None);
    }
    let mut waited = Duration::ZERO;
    loop {
        if let Ok(None) = provider.read(id).await {
            return Ok(None);
        }
        if waited >= patience.within {
            return Err(Failure::Stuck {
                what: "gone",
                within: patience.within,
            });
        }
        clock.sleep(patience.every).await;
        waited += patience.every;
    }
}

/// Success is what was read back.
fn as_desired(want: &Desired, read: &Observed) -> Result<(), Failure> {
    let differing = want
        .attributes
        .iter()
        .find(|(name, value)| read.attributes.get(*name) != Some(value));
    let Some((name, value)) = differing else {
        return Ok(());
    };
    let have = read.attributes.get(name);
    Err(Failure::Differs {
        attribute: name.clone(),
        want: value.to_string(),
        have: have.map_or("missing".into(), ToString::to_string),
    })
}
