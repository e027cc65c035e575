//! What happens behind mlinfra's back: for demonstrations of drift, and for tests of it.

use mlinfra_provider_api::{Attributes, ObjectId};

use crate::cloud::{Breakage, Millis, Record};
use crate::error::SandboxError;
use crate::kinds::NODES;
use crate::sandbox::Sandbox;

impl Sandbox {
    /// Gives an object other values, those that can't be changed in place included.
    ///
    /// # Errors
    ///
    /// `NoSuchObject`, or `Io`, `Unsynced`, `Malformed` or `Version` if the file can't be used.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mlinfra_provider_api::{Attributes, ObjectId, ObjectKind};
    /// # use mlinfra_provider_sandbox::{ManualClock, Sandbox, SandboxError, Script};
    /// # let sandbox = Sandbox::in_memory(Script::default(), Arc::new(ManualClock::default()));
    /// # let kind = ObjectKind::new("nodes").unwrap();
    /// let id = ObjectId { kind, scope: "home-1".into(), id: "nodes-000001".into() };
    /// let smaller = Attributes::from([("count".into(), 1.into())]);
    /// let changed = sandbox.change(&id, &smaller);
    /// assert!(matches!(changed, Err(SandboxError::NoSuchObject(_))));
    /// ```
    pub fn change(&self, id: &ObjectId, attributes: &Attributes) -> Result<(), SandboxError> {
        self.meddle(id, |object, _| {
            for (name, value) in attributes {
                let computed = object.computed.get_mut(name);
                match computed {
                    Some(computed) => *computed = value.clone(),
                    None => drop(object.attributes.insert(name.clone(), value.clone())),
                }
            }
            Ok(())
        })
    }

    /// Deletes an object at once, whatever uses it.
    ///
    /// # Errors
    ///
    /// As [`Self::change`].
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mlinfra_provider_api::{ObjectId, ObjectKind};
    /// # use mlinfra_provider_sandbox::{ManualClock, Sandbox, SandboxError, Script};
    /// # let sandbox = Sandbox::in_memory(Script::default(), Arc::new(ManualClock::default()));
    /// # let kind = ObjectKind::new("nodes").unwrap();
    /// let id = ObjectId { kind, scope: "home-1".into(), id: "nodes-000001".into() };
    /// assert!(matches!(sandbox.delete(&id), Err(SandboxError::NoSuchObject(_))));
    /// ```
    pub fn delete(&self, id: &ObjectId) -> Result<(), SandboxError> {
        self.meddle(id, |object, now| {
            object.gone_at_ms = Some(now);
            Ok(())
        })
    }

    /// Takes the owner's tag from an object, as somebody does who tidies up tags.
    ///
    /// # Errors
    ///
    /// As [`Self::change`].
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mlinfra_provider_api::{ObjectId, ObjectKind};
    /// # use mlinfra_provider_sandbox::{ManualClock, Sandbox, SandboxError, Script};
    /// # let sandbox = Sandbox::in_memory(Script::default(), Arc::new(ManualClock::default()));
    /// # let kind = ObjectKind::new("nodes").unwrap();
    /// let id = ObjectId { kind, scope: "home-1".into(), id: "nodes-000001".into() };
    /// assert!(matches!(sandbox.disown(&id), Err(SandboxError::NoSuchObject(_))));
    /// ```
    pub fn disown(&self, id: &ObjectId) -> Result<(), SandboxError> {
        self.meddle(id, |object, _| {
            object.owner = None;
            Ok(())
        })
    }

    /// Takes spot nodes away: the gang is there and will never be ready again.
    ///
    /// # Errors
    ///
    /// `NotSpot` for other objects, else as [`Self::change`].
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mlinfra_provider_api::{ObjectId, ObjectKind};
    /// # use mlinfra_provider_sandbox::{ManualClock, Sandbox, SandboxError, Script};
    /// # let sandbox = Sandbox::in_memory(Script::default(), Arc::new(ManualClock::default()));
    /// # let kind = ObjectKind::new("nodes").unwrap();
    /// let id = ObjectId { kind, scope: "home-1".into(), id: "nodes-000001".into() };
    /// assert!(matches!(sandbox.interrupt(&id), Err(SandboxError::NoSuchObject(_))));
    /// ```
    pub fn interrupt(&self, id: &ObjectId) -> Result<(), SandboxError> {
        self.meddle(id, |object, now| {
            if object.kind.as_str() != NODES || object.text("capacity_type") != Some("spot") {
                return Err(SandboxError::NotSpot(id.clone()));
            }
            object.breaks = Some(Breakage {
                at_ms: now,
                reason: "spot interruption".to_owned(),
            });
            Ok(())
        })
    }

    fn meddle(
        &self,
        id: &ObjectId,
        with: impl FnOnce(&mut Record, Millis) -> Result<(), SandboxError>,
    ) -> Result<(), SandboxError> {
        let now = self.now();
        self.place().change(|cloud| match cloud.find_mut(id, now) {
            Some(object) => with(object, now),
            None => Err(SandboxError::NoSuchObject(id.clone())),
        })
    }
}
