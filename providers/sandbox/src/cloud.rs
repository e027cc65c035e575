//! What the cloud's file holds. How far an object is follows from the times in its record, so that
//! nothing has to run while time passes.

use std::collections::BTreeMap;

use mlinfra_provider_api::{
    Attributes, Condition, Desired, ObjectId, ObjectKind, Observed, OpKey, OwnerTag,
};
use serde::{Deserialize, Serialize};

use crate::faults::Counts;

/// The format of the file. It changes when an older mlinfra couldn't read it any more.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// A time in milliseconds since the Unix epoch.
pub(crate) type Millis = u64;

/// Everything that there is and was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cloud {
    pub(crate) format_version: u32,
    /// Raised with every change.
    pub(crate) serial: u64,
    /// Identifiers that were given out; none is given twice.
    pub(crate) ids: u64,
    /// Objects by identifier, those that are gone included.
    pub(crate) objects: BTreeMap<String, Record>,
    /// What each key was used for, for ever.
    pub(crate) keys: BTreeMap<OpKey, Use>,
    /// Calls that the script's rules were about.
    pub(crate) calls: Counts,
}

impl Default for Cloud {
    fn default() -> Self {
        Self {
            format_version: FORMAT_VERSION,
            serial: 0,
            ids: 0,
            objects: BTreeMap::new(),
            keys: BTreeMap::new(),
            calls: Counts::new(),
        }
    }
}

/// What a key was used for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Use {
    /// The identifier of the object that came of it.
    pub(crate) object: String,
    /// What was asked for.
    pub(crate) want: Desired,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) kind: ObjectKind,
    pub(crate) scope: String,
    pub(crate) name: String,
    pub(crate) owner: Option<OwnerTag>,
    pub(crate) op_key: OpKey,
    /// What was asked for.
    pub(crate) attributes: Attributes,
    /// What the cloud added.
    pub(crate) computed: Attributes,
    pub(crate) ready_at_ms: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) breaks: Option<Breakage>,
    /// When it is gone, once its deletion was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gone_at_ms: Option<Millis>,
}

/// That an object is never ready again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Breakage {
    pub(crate) at_ms: Millis,
    pub(crate) reason: String,
}

impl Record {
    pub(crate) fn is_gone(&self, now: Millis) -> bool {
        self.gone_at_ms.is_some_and(|gone| gone <= now)
    }

    pub(crate) fn condition(&self, now: Millis) -> Condition {
        let broken = self.breaks.as_ref().filter(|broken| broken.at_ms <= now);
        match broken {
            _ if self.gone_at_ms.is_some() => Condition::Deleting,
            Some(broken) => Condition::Failed {
                reason: broken.reason.clone(),
            },
            None if self.ready_at_ms > now => Condition::Creating,
            None => Condition::Ready,
        }
    }

    pub(crate) fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.as_str()
    }

    pub(crate) fn observed(&self, id: &str, now: Millis) -> Observed {
        let mut attributes = self.computed.clone();
        attributes.extend(self.attributes.clone());
        Observed {
            id: ObjectId {
                kind: self.kind.clone(),
                scope: self.scope.clone(),
                id: id.to_owned(),
            },
            name: self.name.clone(),
            owner: self.owner.clone(),
            op_key: Some(self.op_key),
            condition: self.condition(now),
            attributes,
        }
    }
}

impl Cloud {
    /// The objects that aren't gone.
    pub(crate) fn present(&self, now: Millis) -> impl Iterator<Item = (&str, &Record)> {
        let present = self.objects.iter().filter(move |(_, o)| !o.is_gone(now));
        present.map(|(id, object)| (&**id, object))
    }

    /// The object of an identifier, unless it is gone.
    pub(crate) fn find(&self, id: &ObjectId, now: Millis) -> Option<&Record> {
        let object = self.objects.get(&id.id)?;
        let same = object.kind == id.kind && object.scope == id.scope;
        (same && !object.is_gone(now)).then_some(object)
    }

    /// The same, to be changed.
    pub(crate) fn find_mut(&mut self, id: &ObjectId, now: Millis) -> Option<&mut Record> {
        let object = self.objects.get_mut(&id.id)?;
        let same = object.kind == id.kind && object.scope == id.scope;
        (same && !object.is_gone(now)).then_some(object)
    }

    /// The identifier of the object of a name.
    pub(crate) fn named(&self, want: &Desired, now: Millis) -> Option<String> {
        let mut present = self.present(now);
        let found = present.find(|(_, object)| {
            object.kind == want.kind && object.scope == want.scope && object.name == want.name
        });
        found.map(|(id, _)| id.to_owned())
    }

    /// A number that nothing has.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.ids = self.ids.saturating_add(1);
        self.ids
    }
}
