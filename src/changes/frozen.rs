//! A plan with nothing left to decide: every name, key and order is in it.
//!
//! ```text
//! {"sha256":"…","frozen":{"format_version":1,"project":"recommender","realm":"clouds","prior":{…},
//!  "inputs":{…},"wanted":[…],"changes":[…],"graph":[…],…}}
//! ```

use std::collections::{BTreeMap, BTreeSet};

use mlinfra_provider_api::{Attributes, ObjectId, OpKey, OwnerTag};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::change::{Action, Change};
use super::diff::{DiffOptions, Prior};
use super::graph::Graph;
use super::ordering::{self, Ordering};
use super::wanted::{Manifests, Realm, Wanted};
use crate::catalog::text::sha256_hex;
use crate::diagnostics::{Diagnostic, apply};
use crate::planning::plan::PlanInputs;
use crate::state::{Intent, State, StateObject};

/// The version of the form that this program writes.
pub const FORMAT_VERSION: u32 = 1;

/// A plan as it is kept until it is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    /// The version of the form.
    pub format_version: u32,
    /// Whose plan.
    pub project: String,
    /// Where it is applied.
    pub realm: Realm,
    /// What it was made with: what is looked at, and what was asked for.
    pub options: DiffOptions,
    /// What existed.
    pub prior: PriorDigest,
    /// What was planned from.
    pub inputs: Inputs,
    /// The digest of the plan that people reviewed.
    pub plan_sha256: String,
    /// All objects that the plan asks for, to go on from when something is in the way.
    pub wanted: Vec<Wanted>,
    /// What is done with each object.
    pub changes: Vec<Change>,
    /// The operations.
    pub graph: Graph,
    /// Addresses of objects that are gone already: the state is told so.
    pub forgotten: BTreeSet<String>,
    /// What the state is to know of objects that nothing is done with.
    pub intents: BTreeMap<String, Intent>,
    /// Objects that are changed, as they were, so that it can be undone.
    pub updated: BTreeMap<String, StateObject>,
}

/// What existed when a plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorDigest {
    /// The state's identity.
    pub lineage: String,
    /// How often it had been written.
    pub serial: u64,
    /// sha-256 of all that the plan depends on: addresses, identifiers, what was asked for, and what
    /// was tainted. What was read isn't part of it, nor is what changes with every write.
    pub digest: String,
}

/// The identity of all that was planned from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// sha-256 of the spec's canonical form, in hex.
    pub spec_sha256: String,
    /// sha-256 of each catalog, in hex, by its name and day.
    pub catalogs: BTreeMap<String, String>,
}

impl From<&PlanInputs> for Inputs {
    fn from(inputs: &PlanInputs) -> Self {
        let catalogs = inputs.catalogs.iter();
        let name = |name: &str, day| format!("{name}@{day}");
        Self {
            spec_sha256: inputs.spec_sha256.clone(),
            catalogs: catalogs
                .map(|c| (name(&c.name, c.as_of), c.sha256.clone()))
                .collect(),
        }
    }
}

/// What a plan depends on of a state.
#[derive(Serialize)]
struct Parts<'s> {
    objects: BTreeMap<&'s String, Part<'s>>,
    deposed: BTreeMap<&'s String, Vec<Part<'s>>>,
}

/// And of an object.
#[derive(Serialize)]
struct Part<'s>(&'s str, &'s ObjectId, &'s Attributes, bool);

impl<'s> Part<'s> {
    fn of(object: &'s StateObject) -> Self {
        Self(
            &object.provider,
            &object.id,
            &object.desired,
            object.tainted,
        )
    }
}

impl PriorDigest {
    /// Of a state.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let objects = state.objects.iter();
        let objects = objects.map(|(address, object)| (address, Part::of(object)));
        let deposed = state.deposed.iter();
        let deposed = deposed.map(|(address, all)| (address, all.iter().map(Part::of).collect()));
        let parts = Parts {
            objects: objects.collect(),
            deposed: deposed.collect(),
        };
        let text = serde_json::to_string(&parts).unwrap_or_default();
        Self {
            lineage: state.lineage.clone(),
            serial: state.serial,
            digest: sha256_hex(text.as_bytes()),
        }
    }
}

/// What a plan is made for, beside what is to be done.
#[derive(Debug, Clone)]
pub struct Purpose<'p> {
    /// Whose plan.
    pub project: &'p str,
    /// Where it is applied.
    pub realm: Realm,
    /// What the changes were found with.
    pub options: &'p DiffOptions,
    /// What was planned from.
    pub inputs: Inputs,
    /// The digest of the plan that people review.
    pub plan_sha256: String,
}

/// Makes a plan of changes that leaves nothing to decide. Equal arguments give equal plans, with equal
/// keys; another state's or another plan's keys are others.
///
/// # Errors
///
/// `apply::name-too-long` when the project's name and the lineage don't fit into a tag.
pub fn freeze(
    purpose: &Purpose<'_>,
    mut wanted: Vec<Wanted>,
    changes: Vec<Change>,
    prior: &Prior<'_>,
    manifests: &Manifests<'_>,
) -> Result<Frozen, Diagnostic> {
    wanted.sort_by(|a, b| a.address.cmp(&b.address));
    let state = prior.state;
    let owner = OwnerTag::new(purpose.project, &state.lineage)
        .map_err(|_| name_too_long(purpose.project))?;
    let with = |action: Action| {
        let changes = changes.iter().filter(move |change| change.action == action);
        changes.map(|change| change.address.clone())
    };
    let updated = with(Action::Update)
        .filter_map(|address| Some((address.clone(), prior.object(&address)?.clone())));
    let mut frozen = Frozen {
        format_version: FORMAT_VERSION,
        project: purpose.project.to_owned(),
        realm: purpose.realm,
        options: purpose.options.clone(),
        prior: PriorDigest::of(state),
        inputs: purpose.inputs.clone(),
        plan_sha256: purpose.plan_sha256.clone(),
        forgotten: with(Action::Forget).collect(),
        intents: BTreeMap::new(),
        updated: updated.collect(),
        wanted,
        changes,
        graph: Graph::default(),
    };
    let ordering = Ordering::new(&frozen.wanted, &frozen.changes, prior, manifests, &owner);
    frozen.intents = ordering.intents();
    let seed = frozen.digest();
    let operations = ordering
        .operations(&|place, way, what| key(&seed, &frozen.prior.lineage, place, way, what));
    frozen.graph =
        Graph::new(operations).expect("`ordering` puts them in order, with keys of their own");
    Ok(frozen)
}

/// The key of an operation: whoever makes the same plan for the same state makes the same key.
pub(super) fn key(seed: &str, lineage: &str, place: usize, way: usize, what: &str) -> OpKey {
    let text = format!("mlinfra operation\n{seed}\n{lineage}\n{place}\n{way}\n{what}");
    OpKey::new(Sha256::digest(text.as_bytes()).into())
}

fn name_too_long(project: &str) -> Diagnostic {
    Diagnostic::error(&apply::NAME_TOO_LONG)
        .detail(format!(
            "Every object carries a tag of the project's name and the state's lineage, and `{project}` \
             leaves no room in the 63 characters that clouds allow."
        ))
        .hint("give the project a shorter name: 30 characters are always few enough.")
}

/// The plan with its digest, as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    sha256: String,
    frozen: Frozen,
}

impl Frozen {
    /// sha-256 over everything in it, in hex: what the state remembers of plans that were applied.
    #[must_use]
    pub fn digest(&self) -> String {
        sha256_hex(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }

    /// The plan as JSON, with its digest.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "sha256": self.digest(), "frozen": self })
    }

    /// Reads what [`Self::to_json`] made.
    ///
    /// # Errors
    ///
    /// `apply::not-a-plan` when it is none or a later version's, and `apply::edited-plan` when it isn't
    /// as it was written.
    pub fn from_json(value: &Value) -> Result<Self, Diagnostic> {
        let not_a_plan = |why: String| {
            Diagnostic::error(&apply::NOT_A_PLAN)
                .detail(why)
                .hint_command(
                    "To make one that can be applied, run:",
                    "mlinfra plan -o FILE",
                )
        };
        let frozen = value
            .get("frozen")
            .and_then(|frozen| frozen.get("format_version"));
        let Some(version) = frozen.and_then(Value::as_u64) else {
            let why = "It has nothing in it that says what is to be done.";
            return Err(not_a_plan(why.to_owned()));
        };
        if version != u64::from(FORMAT_VERSION) {
            return Err(not_a_plan(format!(
                "It has format version {version}, and this program applies {FORMAT_VERSION}."
            )));
        }
        let stated = value
            .get("sha256")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let sealed: Result<Sealed, _> = Sealed::deserialize(value);
        match sealed {
            Ok(sealed) if sealed.frozen.digest() == stated => Ok(sealed.frozen),
            _ => Err(edited()),
        }
    }

    /// Tells the state what needs no operation: what is gone already, and what is known anew of
    /// objects that nothing is done with. Whether anything was told.
    pub fn settle(&self, state: &mut State) -> bool {
        let mut told = false;
        for address in &self.forgotten {
            told |= state.objects.remove(address).is_some();
        }
        for (address, intent) in &self.intents {
            if let Some(object) = state.objects.get_mut(address)
                && object.intent != *intent
            {
                object.intent = intent.clone();
                told = true;
            }
        }
        told
    }

    /// What this plan is gone on with: the same, but for what it made anew already.
    #[must_use]
    pub fn resumed(&self) -> DiffOptions {
        let mut options = self.options.clone();
        options.made.extend(ordering::keys(&self.graph));
        options
    }
}

fn edited() -> Diagnostic {
    Diagnostic::error(&apply::EDITED_PLAN)
        .detail(
            "What is in the plan doesn't fit its digest: it was changed by hand, or cut short on its \
             way. What would be done isn't what was reviewed.",
        )
        .hint_command("To make it anew, run:", "mlinfra plan -o FILE")
}
