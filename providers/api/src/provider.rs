//! The calls that a backend answers.

use std::future::Future;
use std::pin::Pin;

use crate::{Desired, Manifest, ObjectId, Observed, OpKey, OwnerTag, ProviderError, Removal};

/// The future of one call. It needs no particular runtime to be polled by, unless its backend says so.
///
/// ```
/// use mlinfra_provider_api::{Removal, Reply};
///
/// let reply: Reply<'_, Removal> = Box::pin(async { Ok(Removal::Gone) });
/// # drop(reply);
/// ```
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, ProviderError>> + Send + 'a>>;

/// One cloud account, one cluster or one host. Methods may be called concurrently.
///
/// ```
/// use mlinfra_provider_api::{
///     Desired, Manifest, ObjectId, Observed, OpKey, OwnerTag, Provider, ProviderError,
///     ProviderErrorKind, Removal, Reply,
/// };
///
/// /// A backend where nothing is and nothing can be made.
/// struct Nowhere(Manifest);
///
/// impl Provider for Nowhere {
///     fn manifest(&self) -> &Manifest {
///         &self.0
///     }
///
///     fn read<'a>(&'a self, _: &'a ObjectId) -> Reply<'a, Option<Observed>> {
///         Box::pin(async { Ok(None) })
///     }
///
///     fn list<'a>(&'a self, _: &'a OwnerTag) -> Reply<'a, Vec<Observed>> {
///         Box::pin(async { Ok(Vec::new()) })
///     }
///
///     fn ensure<'a>(&'a self, _: &'a OpKey, want: &'a Desired) -> Reply<'a, Observed> {
///         let message = format!("there are no objects of kind {} here", want.kind);
///         let error = ProviderError::new(ProviderErrorKind::Unsupported, message);
///         Box::pin(async { Err(error) })
///     }
///
///     fn remove<'a>(&'a self, _: &'a OpKey, _: &'a ObjectId) -> Reply<'a, Removal> {
///         Box::pin(async { Ok(Removal::Gone) })
///     }
///
///     fn adopt<'a>(
///         &'a self,
///         id: &'a ObjectId,
///         _: &'a OwnerTag,
///         _: &'a str,
///     ) -> Reply<'a, Observed> {
///         let kind = ProviderErrorKind::Invalid { attribute: "id".into() };
///         let error = ProviderError::new(kind, format!("there is no {id} here"));
///         Box::pin(async { Err(error) })
///     }
/// }
///
/// let nowhere = Nowhere(Manifest { provider: "nowhere", kinds: [].into() });
/// let provider: &dyn Provider = &nowhere;
/// assert_eq!(provider.manifest().provider, "nowhere");
/// ```
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
    ///
    /// A change that only a new object can follow is [`Invalid`] with that attribute. A name that
    /// somebody else holds is a [`Conflict`], and so is one whose object is still being deleted.
    ///
    /// What a key is worth once its object was changed by another key, or deleted, differs. A
    /// backend that remembers keys changes and makes nothing, and answers with the object as it is
    /// by then, one that is gone as [`Deleting`]. Others can only take the name, and would make it
    /// anew. So after a crash, what is there is listed before a call is repeated.
    ///
    /// [`Invalid`]: crate::ProviderErrorKind::Invalid
    /// [`Conflict`]: crate::ProviderErrorKind::Conflict
    /// [`Deleting`]: crate::Condition::Deleting
    fn ensure<'a>(&'a self, key: &'a OpKey, want: &'a Desired) -> Reply<'a, Observed>;

    /// Requests deletion. An object that isn't there is [`Removal::Gone`], not an error. One that
    /// another object uses is a [`Conflict`](crate::ProviderErrorKind::Conflict) until that is gone.
    fn remove<'a>(&'a self, key: &'a OpKey, id: &'a ObjectId) -> Reply<'a, Removal>;

    /// Makes an object that something else created this owner's, under this name: from then on it is
    /// listed for the owner, and [`Self::ensure`] with the name changes it. Its other attributes
    /// stay. Adopting it twice has the effect of once.
    ///
    /// An object that isn't there is [`Invalid`](crate::ProviderErrorKind::Invalid) with the
    /// attribute `id`, and one of another owner a [`Conflict`](crate::ProviderErrorKind::Conflict).
    fn adopt<'a>(
        &'a self,
        id: &'a ObjectId,
        owner: &'a OwnerTag,
        name: &'a str,
    ) -> Reply<'a, Observed>;

    /// What it can tell of a plan before the first object is made; `None` where it can't.
    fn preflight(&self) -> Option<&dyn Preflight> {
        None
    }
}

/// Finds what a plan would fail at, without making anything: missing permissions, too small quotas.
///
/// ```
/// use mlinfra_provider_api::{Desired, Obstacle, Preflight, Reply};
///
/// /// An account that may do everything.
/// struct Root;
///
/// impl Preflight for Root {
///     fn obstacles<'a>(&'a self, _: &'a [Desired]) -> Reply<'a, Vec<Obstacle>> {
///         Box::pin(async { Ok(Vec::new()) })
///     }
/// }
/// ```
pub trait Preflight: Send + Sync {
    /// What stands in the way of making these objects, all together. References to objects that
    /// aren't made yet are left in the attributes as they are in the plan; they aren't looked at.
    fn obstacles<'a>(&'a self, wants: &'a [Desired]) -> Reply<'a, Vec<Obstacle>>;
}

/// What one object, or all together, would fail at.
///
/// ```
/// use mlinfra_provider_api::{Obstacle, ProviderError, ProviderErrorKind};
///
/// let kind = ProviderErrorKind::Unauthorized { action: "ec2:RunInstances".into() };
/// let obstacle = Obstacle {
///     object: Some("recommender-train".into()),
///     error: ProviderError::new(kind, "not allowed"),
/// };
/// assert_eq!(obstacle.error.to_string(), "not allowed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The name of the object, if it is about one.
    pub object: Option<String>,
    /// What making it would end in.
    pub error: ProviderError,
}
