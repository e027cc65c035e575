use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use mlinfra::applying::Clock as _;
use mlinfra::changes::graph::{Action, Alternative, Ensure, Graph, OnFailure, Operation};
use mlinfra::state::Intent;
use mlinfra_provider_api::{
    Attributes, Condition, Desired, KindManifest, Manifest, ObjectId, ObjectKind, Observed, OpKey,
    OwnerTag, Provider, ProviderError, ProviderErrorKind, Removal, Reply,
};

use super::time::Time;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// It is refused for now.
    Throttled,
    /// It has its effect, and the answer is lost.
    AnswerLost,
    /// It has no effect, and nobody can tell.
    RequestLost,
    /// It isn't allowed.
    Unauthorized,
}

/// A cloud in memory: objects are ready two seconds after they were asked for.
pub(super) struct World<'t> {
    time: &'t Time,
    manifest: Manifest,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, (Observed, u64)>,
    /// What each key made.
    made: BTreeMap<OpKey, String>,
    next: u32,
    /// What goes wrong with the calls to come, the next first; nothing after that.
    faults: Vec<Fault>,
    /// Zones that have none left.
    empty: BTreeSet<String>,
    calls: u32,
}

pub(super) fn owner() -> OwnerTag {
    OwnerTag::new("p", "abc").unwrap()
}

impl<'t> World<'t> {
    pub(super) fn new(time: &'t Time) -> Self {
        let kind = ObjectKind::new("nodes").unwrap();
        let manifest = Manifest {
            provider: "world",
            kinds: BTreeMap::from([(kind, KindManifest::default())]),
        };
        Self {
            time,
            manifest,
            inner: Mutex::new(Inner::default()),
        }
    }

    pub(super) fn go_wrong(&self, faults: impl IntoIterator<Item = Fault>) {
        let mut faults: Vec<Fault> = faults.into_iter().collect();
        faults.reverse();
        self.inner.lock().unwrap().faults = faults;
    }

    pub(super) fn empty(&self, zone: &str) {
        self.inner.lock().unwrap().empty.insert(zone.into());
    }

    pub(super) fn calls(&self) -> u32 {
        self.inner.lock().unwrap().calls
    }

    /// Names and zones of all that exists.
    pub(super) fn all(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        let names = inner.objects.values();
        let mut names: Vec<String> = names
            .map(|(object, _)| format!("{} {}", object.name, object.id.scope))
            .collect();
        names.sort();
        names
    }

    /// Takes what goes wrong next; whether the call goes on after it, and the error at its end.
    fn fault(&self) -> (bool, Option<ProviderError>) {
        let mut inner = self.inner.lock().unwrap();
        inner.calls += 1;
        let error = |kind| Some(ProviderError::new(kind, "it went wrong"));
        match inner.faults.pop().unwrap_or(Fault::None) {
            Fault::None => (true, None),
            Fault::Throttled => {
                let retry_after = None;
                (false, error(ProviderErrorKind::Throttled { retry_after }))
            }
            Fault::AnswerLost => (true, error(ProviderErrorKind::OutcomeUnknown)),
            Fault::RequestLost => (false, error(ProviderErrorKind::OutcomeUnknown)),
            Fault::Unauthorized => {
                let action = "nodes:Make".into();
                (false, error(ProviderErrorKind::Unauthorized { action }))
            }
        }
    }

    fn make(&self, key: &OpKey, want: &Desired) -> Result<Observed, ProviderError> {
        let now = self.time.millis();
        let mut inner = self.inner.lock().unwrap();
        if let Some(id) = inner.made.get(key)
            && let Some((object, _)) = inner.objects.get(id)
        {
            return Ok(object.clone());
        }
        if inner.empty.contains(&want.scope) {
            let scope = want.scope.clone();
            let message = "there is none left";
            return Err(ProviderError::new(
                ProviderErrorKind::Capacity { scope },
                message,
            ));
        }
        inner.next += 1;
        let id = format!("i-{}", inner.next);
        let object = Observed {
            id: ObjectId {
                kind: want.kind.clone(),
                scope: want.scope.clone(),
                id: id.clone(),
            },
            name: want.name.clone(),
            owner: Some(want.owner.clone()),
            op_key: Some(*key),
            condition: Condition::Creating,
            attributes: want.attributes.clone(),
        };
        inner.made.insert(*key, id.clone());
        inner.objects.insert(id, (object.clone(), now + 2000));
        Ok(object)
    }
}

impl Provider for World<'_> {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn read<'a>(&'a self, id: &'a ObjectId) -> Reply<'a, Option<Observed>> {
        Box::pin(async move {
            let now = self.time.millis();
            let inner = self.inner.lock().unwrap();
            Ok(inner.objects.get(&id.id).map(|(object, ready)| Observed {
                condition: if *ready <= now {
                    Condition::Ready
                } else {
                    Condition::Creating
                },
                ..object.clone()
            }))
        })
    }

    fn list<'a>(&'a self, owner: &'a OwnerTag) -> Reply<'a, Vec<Observed>> {
        Box::pin(async move {
            let inner = self.inner.lock().unwrap();
            let objects = inner.objects.values().map(|(object, _)| object.clone());
            Ok(objects
                .filter(|object| object.owner.as_ref() == Some(owner))
                .collect())
        })
    }

    fn ensure<'a>(&'a self, key: &'a OpKey, want: &'a Desired) -> Reply<'a, Observed> {
        Box::pin(async move {
            self.time.sleep(Duration::from_millis(100)).await;
            let (goes_on, error) = self.fault();
            let made = if goes_on {
                Some(self.make(key, want)?)
            } else {
                None
            };
            self.time.sleep(Duration::from_millis(100)).await;
            match (error, made) {
                (None, Some(made)) => Ok(made),
                (error, _) => Err(error.unwrap()),
            }
        })
    }

    fn remove<'a>(&'a self, _key: &'a OpKey, id: &'a ObjectId) -> Reply<'a, Removal> {
        Box::pin(async move {
            self.time.sleep(Duration::from_millis(100)).await;
            let (goes_on, error) = self.fault();
            if goes_on {
                self.inner.lock().unwrap().objects.remove(&id.id);
            }
            self.time.sleep(Duration::from_millis(100)).await;
            error.map_or(Ok(Removal::Gone), Err)
        })
    }

    fn adopt<'a>(
        &'a self,
        id: &'a ObjectId,
        owner: &'a OwnerTag,
        name: &'a str,
    ) -> Reply<'a, Observed> {
        Box::pin(async move {
            let mut inner = self.inner.lock().unwrap();
            let Some((object, _)) = inner.objects.get_mut(&id.id) else {
                let attribute = "id".into();
                let kind = ProviderErrorKind::Invalid { attribute };
                return Err(ProviderError::new(kind, "there is none"));
            };
            object.owner = Some(owner.clone());
            object.name = name.into();
            Ok(object.clone())
        })
    }
}

/// The key of an alternative of an operation of a plan.
pub(super) fn key(plan: u8, operation: usize, alternative: usize) -> OpKey {
    let mut key = [plan; 32];
    key[0] = u8::try_from(operation).unwrap();
    key[1] = u8::try_from(alternative).unwrap();
    OpKey::new(key)
}

/// The key of removing what that one made.
pub(super) fn undo(plan: u8, operation: usize, alternative: usize) -> OpKey {
    key(plan, operation, 0x80 + alternative)
}

/// Makes `pool.n0` to the last, each in zone `a` or else in `b`, and each after the one half as far.
pub(super) fn making(plan: u8, count: usize) -> Graph {
    let operations = (0..count).map(|n| {
        let way = |(alternative, zone): (usize, &str)| Alternative {
            provider: "world".into(),
            key: key(plan, n, alternative),
            undo: undo(plan, n, alternative),
            needs: vec![],
            intent: Intent::default(),
            desired: Desired {
                kind: ObjectKind::new("nodes").unwrap(),
                scope: zone.into(),
                name: format!("n{n}"),
                owner: owner(),
                attributes: Attributes::from([("size".into(), n.into())]),
            },
        };
        Operation {
            address: format!("pool.n{n}"),
            action: Action::Ensure(Ensure {
                alternatives: ["a", "b"].into_iter().enumerate().map(way).collect(),
                on_demand: false,
                on_failure: OnFailure::Keep,
            }),
            after: if n == 0 { vec![] } else { vec![n / 2] },
        }
    });
    Graph::new(operations.collect()).unwrap()
}
