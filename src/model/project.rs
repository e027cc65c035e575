use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Affinity, AntiAffinity, Budget, Cluster, Commitment, Location, MlModel, Origin, Policy,
    ProviderName, ProviderSettings, Quota, Rule, Stage, StatePlace, Waiver, Written,
};
use crate::units::{Bytes, Duration};

/// A whole spec, validated: everything that planning may look at.
#[derive(Debug, Clone, Serialize)]
pub struct Project {
    /// The project's name.
    pub name: String,
    /// The team that pays.
    pub team: Option<String>,
    /// Who answers for it: a mail address or a handle.
    pub owner: Option<String>,
    /// Longest time from the start of the first stage to the end of the last, along the data, for
    /// one pass of everything.
    pub deadline: Option<Written<Duration>>,
    /// Free labels, carried to every object.
    pub labels: BTreeMap<String, String>,
    /// Where state will be kept.
    pub state: Option<StateStore>,
    /// Clouds that may be used. Empty: every catalog.
    pub providers: BTreeMap<ProviderName, ProviderSettings>,
    /// Owned capacity.
    pub clusters: BTreeMap<String, Cluster>,
    /// Data that exists already.
    pub datasets: BTreeMap<String, Dataset>,
    /// Models that stages train or serve.
    pub models: BTreeMap<String, MlModel>,
    /// What is to run.
    pub stages: BTreeMap<String, Stage>,
    /// Stages that must be together.
    pub affinities: BTreeMap<String, Affinity>,
    /// Stages that must be apart.
    pub anti_affinities: BTreeMap<String, AntiAffinity>,
    /// Limits in money.
    pub budgets: BTreeMap<String, Budget>,
    /// Limits in GPUs or vCPUs.
    pub quotas: BTreeMap<String, Quota>,
    /// Spend that is promised already.
    pub commitments: BTreeMap<String, Commitment>,
    /// How rules are held. Not serialized where there are none, so that specs from before there were any
    /// keep their digests.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<Rule, Policy>,
    /// Rules that may be broken for a time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// What is handed over to others.
    pub outputs: BTreeMap<String, Output>,
    #[serde(skip)]
    /// Where the `project` block's head stands.
    pub origin: Origin,
}

impl Project {
    /// The project as canonical JSON: keys sorted, no positions, no comments. Two specs that mean
    /// the same give the same bytes; the plan's spec digest is taken of them.
    #[must_use]
    pub fn canonical_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Every block by its address, in the form of [`Project::canonical_json`]: `stage.train`,
    /// `dataset.events`, `state`; what belongs to no block of its own is `project`. The values of
    /// sensitive outputs are left out.
    #[must_use]
    pub fn blocks(&self) -> BTreeMap<String, Value> {
        let mut blocks = BTreeMap::new();
        let Ok(Value::Object(mut rest)) = serde_json::to_value(self) else {
            return blocks;
        };
        for (list, kind) in KINDS {
            let Some(Value::Object(named)) = rest.remove(list) else {
                continue;
            };
            let named = named.into_iter();
            blocks.extend(named.map(|(name, block)| (format!("{kind}.{name}"), block)));
        }
        if let Some(state) = rest.remove("state").filter(|state| !state.is_null()) {
            blocks.insert("state".to_owned(), state);
        }
        blocks.insert("project".to_owned(), Value::Object(rest));
        for (name, _) in self.outputs.iter().filter(|(_, output)| output.sensitive) {
            if let Some(output) = blocks.get_mut(&format!("output.{name}")) {
                output["value"] = Value::Null;
            }
        }
        blocks
    }
}

/// The lists of named blocks in canonical JSON, and what one of each is called in an address.
const KINDS: [(&str, &str); 12] = [
    ("providers", "provider"),
    ("clusters", "cluster"),
    ("datasets", "dataset"),
    ("models", "model"),
    ("stages", "stage"),
    ("affinities", "affinity"),
    ("anti_affinities", "anti_affinity"),
    ("budgets", "budget"),
    ("quotas", "quota"),
    ("commitments", "commitment"),
    ("policies", "policy"),
    ("outputs", "output"),
];

/// Where state is kept: `state "s3" { … }`.
#[derive(Debug, Clone, Serialize)]
pub struct StateStore {
    /// The place.
    pub place: StatePlace,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// Data that exists before any stage runs.
#[derive(Debug, Clone, Serialize)]
pub struct Dataset {
    /// Where it is fetched from, e.g. `s3://acme-events`.
    pub uri: Option<String>,
    /// The region or cluster that holds it.
    pub location: Location,
    /// The zone whose disks hold it (AWS: zone id); in object storage when not given.
    pub zone: Option<Written<String>>,
    /// Its whole size.
    pub size: Bytes,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// An `output` block.
#[derive(Debug, Clone, Serialize)]
pub struct Output {
    /// What it is.
    pub value: OutputValue,
    /// Never shown.
    pub sensitive: bool,
    /// For readers.
    pub description: Option<String>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// The value of an output.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputValue {
    /// Known from the spec alone, as JSON.
    Known(serde_json::Value),
    /// An attribute of a stage that exists after apply, e.g. `stage.serve.endpoint`.
    AfterApply {
        /// The stage.
        stage: String,
        /// The attribute.
        attribute: String,
    },
}
