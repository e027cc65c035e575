use std::future::Future;
use std::pin::Pin;

use crate::{Desired, Manifest, ObjectId, Observed, OpKey, OwnerTag, ProviderError, Removal};

/// The future of one call.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, ProviderError>> + Send + 'a>>;

/// One cloud account, one cluster or one host. Methods may be called concurrently.
pub trait Provider: Send + Sync {
    /// Its name, its kinds of objects and what can be done with each. Static: no IO, never fails.
    fn manifest(&self) -> &Manifest;

    /// Reads one object. `Ok(None)` only when the backend is certain that it doesn't exist.
    fn read<'a>(&'a self, id: &'a ObjectId) -> Reply<'a, Option<Observed>>;

    /// Lists every object that carries `owner`, those that are being deleted included, so that a
    /// creation whose answer was lost can be found.
    fn list<'a>(&'a self, owner: &'a OwnerTag) -> Reply<'a, Vec<Observed>>;

    /// Creates an object, or makes the one of that name what it is to be. Called twice with one
    /// key, it has the effect of once.
    ///
    /// It answers as soon as the backend has taken the request: the object may still be creating.
    fn ensure<'a>(&'a self, key: &'a OpKey, want: &'a Desired) -> Reply<'a, Observed>;

    /// Requests deletion. An object that isn't there is [`Removal::Gone`], not an error.
    fn remove<'a>(&'a self, key: &'a OpKey, id: &'a ObjectId) -> Reply<'a, Removal>;
}
