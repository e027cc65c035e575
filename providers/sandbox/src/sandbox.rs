//! The sandbox as a backend.

use std::path::Path;
use std::sync::{Arc, Mutex};

use mlinfra_provider_api::{
    Desired, Manifest, ObjectId, Observed, OpKey, OwnerTag, Provider, ProviderError,
    ProviderErrorKind, Removal, Reply,
};

use crate::clock::Clock;
use crate::cloud::{Breakage, Cloud, Millis};
use crate::effects::{self, World};
use crate::error::SandboxError;
use crate::faults::{self, Call};
use crate::kinds;
use crate::place::{self, Place};
use crate::script::{Fault, Operation, Script};

/// A cloud in a file.
///
/// Calls do their work when they are polled, and hold up the polling thread for as long as the file
/// is being written, some milliseconds; only delays of the script are waited for.
///
/// ```
/// use std::sync::Arc;
///
/// use mlinfra_provider_sandbox::{Sandbox, SystemClock};
///
/// let folder = tempfile::tempdir().unwrap();
/// let sandbox = Sandbox::open(folder.path(), Arc::new(SystemClock))?;
/// assert_eq!(sandbox.objects()?, []);
/// # Ok::<(), mlinfra_provider_sandbox::SandboxError>(())
/// ```
pub struct Sandbox {
    place: Place,
    script: Script,
    clock: Arc<dyn Clock>,
    manifest: Manifest,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Sandbox");
        shown.field("place", &self.place).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// The sandbox in a folder, which is made if it isn't there. Its file `script.json` is the
    /// script.
    ///
    /// # Errors
    ///
    /// `Io`, `Malformed` or `Version` if the folder or a file in it can't be used.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use mlinfra_provider_sandbox::{Sandbox, SandboxError, SystemClock};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// std::fs::write(folder.path().join("script.json"), "{").unwrap();
    /// let error = Sandbox::open(folder.path(), Arc::new(SystemClock)).unwrap_err();
    /// assert!(matches!(error, SandboxError::Malformed { .. }));
    /// ```
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        let place = Place::folder(folder)?;
        // A file that can't be used is better found now than in the middle of a plan.
        place.look(|_| ())?;
        Ok(Self::new(place, place::script(folder)?, clock))
    }

    /// A sandbox that is gone with the process.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use mlinfra_provider_sandbox::{ManualClock, Sandbox, Script};
    ///
    /// let sandbox = Sandbox::in_memory(Script::default(), Arc::new(ManualClock::default()));
    /// assert!(sandbox.objects().unwrap().is_empty());
    /// ```
    #[must_use]
    pub fn in_memory(script: Script, clock: Arc<dyn Clock>) -> Self {
        let cloud = Box::new(Mutex::new(Cloud::default()));
        Self::new(Place::Memory(cloud), script, clock)
    }

    fn new(place: Place, script: Script, clock: Arc<dyn Clock>) -> Self {
        Self {
            place,
            script,
            clock,
            manifest: kinds::manifest(),
        }
    }

    /// With another script. What its rules have counted so far stays.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use mlinfra_provider_sandbox::{ManualClock, Sandbox, Script};
    ///
    /// let clock = Arc::new(ManualClock::default());
    /// let sandbox = Sandbox::in_memory(Script::default(), clock);
    /// let other = Script { seed: 7, ..Script::default() };
    /// assert_eq!(sandbox.with_script(other.clone()).script(), &other);
    /// ```
    #[must_use]
    pub fn with_script(self, script: Script) -> Self {
        Self { script, ..self }
    }

    /// Without waiting for the disk: a killed process still loses nothing, a power cut may. For
    /// tests that write often.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use mlinfra_provider_sandbox::{Sandbox, SystemClock};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let sandbox = Sandbox::open(folder.path(), Arc::new(SystemClock))?.unsynced();
    /// assert!(sandbox.objects()?.is_empty());
    /// # Ok::<(), mlinfra_provider_sandbox::SandboxError>(())
    /// ```
    #[must_use]
    pub fn unsynced(mut self) -> Self {
        if let Place::Folder(folder) = &mut self.place {
            folder.synced = false;
        }
        self
    }

    /// How it behaves.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use mlinfra_provider_sandbox::{ManualClock, Sandbox, Script};
    ///
    /// let clock = Arc::new(ManualClock::default());
    /// let sandbox = Sandbox::in_memory(Script::default(), clock);
    /// assert_eq!(sandbox.script().seed, 0);
    /// ```
    #[must_use]
    pub const fn script(&self) -> &Script {
        &self.script
    }

    /// Every object that isn't gone, whoever owns it, in the order of identifiers. No fault hits it.
    ///
    /// # Errors
    ///
    /// `Io`, `Malformed` or `Version` if the file can't be read.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use mlinfra_provider_sandbox::{ManualClock, Sandbox, Script};
    ///
    /// let clock = Arc::new(ManualClock::default());
    /// assert_eq!(Sandbox::in_memory(Script::default(), clock).objects().unwrap(), []);
    /// ```
    pub fn objects(&self) -> Result<Vec<Observed>, SandboxError> {
        let now = self.now();
        self.place.look(|cloud| {
            let objects = cloud.present(now);
            objects.map(|(id, o)| o.observed(id, now)).collect()
        })
    }

    pub(crate) fn now(&self) -> Millis {
        u64::try_from(self.clock.now().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    fn world(&self) -> World<'_> {
        World {
            manifest: &self.manifest,
            script: &self.script,
            now: self.now(),
        }
    }

    /// Lets a call go through the script: waits, aborts and fails as that says, around `effect`.
    async fn go<T>(
        &self,
        call: Call<'_>,
        effect: impl FnOnce(Option<Breakage>) -> Result<T, ProviderError> + Send,
    ) -> Result<T, ProviderError> {
        let fate = if faults::concerned(&self.script, &call) {
            self.place.change(|cloud| {
                let fate = faults::decide(&self.script, &mut cloud.calls, &call);
                Ok::<_, ProviderError>(fate)
            })?
        } else {
            faults::Fate::default()
        };
        if !fate.delay.is_zero() {
            self.clock.sleep(fate.delay).await;
        }
        match fate.fault {
            None | Some(Fault::Delay { .. }) => effect(None),
            Some(Fault::Error(error)) => {
                let message = "the sandbox's script says so";
                Err(ProviderError::new((&error).into(), message).code("Scripted"))
            }
            Some(Fault::LoseAnswer) => {
                // Whether it worked is what the caller isn't told.
                drop(effect(None));
                let kind = ProviderErrorKind::OutcomeUnknown;
                Err(ProviderError::new(kind, "the answer was lost").code("Scripted"))
            }
            Some(Fault::CrashBefore) => std::process::abort(),
            Some(Fault::CrashAfter) => {
                drop(effect(None));
                std::process::abort()
            }
            Some(Fault::Break { after_ms, reason }) => effect(Some(Breakage {
                at_ms: self.now().saturating_add(after_ms),
                reason,
            })),
        }
    }
}

impl Provider for Sandbox {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn read<'a>(&'a self, id: &'a ObjectId) -> Reply<'a, Option<Observed>> {
        let call = Call {
            operation: Operation::Read,
            kind: Some(&id.kind),
            want: None,
        };
        Box::pin(self.go(call, move |_| {
            let now = self.now();
            let look = |cloud: &Cloud| cloud.find(id, now).map(|o| o.observed(&id.id, now));
            Ok(self.place.look(look)?)
        }))
    }

    fn list<'a>(&'a self, owner: &'a OwnerTag) -> Reply<'a, Vec<Observed>> {
        let call = Call {
            operation: Operation::List,
            kind: None,
            want: None,
        };
        Box::pin(self.go(call, move |_| {
            let mut objects = self.objects()?;
            objects.retain(|object| object.owner.as_ref() == Some(owner));
            Ok(objects)
        }))
    }

    fn ensure<'a>(&'a self, key: &'a OpKey, want: &'a Desired) -> Reply<'a, Observed> {
        let call = Call {
            operation: Operation::Ensure,
            kind: Some(&want.kind),
            want: Some(want),
        };
        Box::pin(self.go(call, move |breaks| {
            let ensure = |cloud: &mut _| effects::ensure(cloud, self.world(), key, want, breaks);
            self.place.change(ensure)
        }))
    }

    fn remove<'a>(&'a self, _key: &'a OpKey, id: &'a ObjectId) -> Reply<'a, Removal> {
        let call = Call {
            operation: Operation::Remove,
            kind: Some(&id.kind),
            want: None,
        };
        Box::pin(self.go(call, move |_| {
            let remove = |cloud: &mut _| effects::remove(cloud, self.world(), id);
            self.place.change(remove)
        }))
    }

    fn adopt<'a>(
        &'a self,
        id: &'a ObjectId,
        owner: &'a OwnerTag,
        name: &'a str,
    ) -> Reply<'a, Observed> {
        let call = Call {
            operation: Operation::Adopt,
            kind: Some(&id.kind),
            want: None,
        };
        Box::pin(self.go(call, move |_| {
            let adopt = |cloud: &mut _| effects::adopt(cloud, self.world(), id, (owner, name));
            self.place.change(adopt)
        }))
    }
}
