//! The script of a sandbox: how long things take, what there is, and what goes wrong when.

use std::collections::BTreeMap;

use mlinfra_provider_api::{ObjectKind, ProviderErrorKind};
use serde::{Deserialize, Serialize};

/// How a sandbox behaves. The empty script is a cloud without limits where everything works at once.
///
/// ```
/// use mlinfra_provider_sandbox::{Script, When};
///
/// let script: Script = serde_json::from_str(
///     r#"{
///         "latency": {"nodes": {"create_ms": 90000, "remove_ms": 30000}},
///         "capacity": [{"zone": "us-east-1a", "instance_type": "p5.48xlarge", "nodes": 0}],
///         "faults": [{"operation": "ensure", "when": {"calls": [3]}, "fault": "lose-answer"}]
///     }"#,
/// )
/// .unwrap();
/// assert_eq!(script.faults[0].when, When::Calls(vec![3]));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// What [`When::PerMille`] is drawn from.
    pub seed: u64,
    /// How long objects of a kind take; those that aren't named are there and gone at once.
    pub latency: BTreeMap<ObjectKind, Latency>,
    /// The zones of each region. A region that isn't named has every zone.
    pub zones: BTreeMap<String, Vec<String>>,
    /// The instance types that there are. If empty, every type is taken and nothing is known of it.
    pub instance_types: BTreeMap<String, InstanceType>,
    /// What the account may have. Every one that applies holds.
    pub quotas: Vec<Quota>,
    /// What there is. Every one that applies holds; without any there is enough.
    pub capacity: Vec<Capacity>,
    /// What goes wrong.
    pub faults: Vec<Rule>,
}

/// How long objects of one kind take to come and go.
///
/// ```
/// use mlinfra_provider_sandbox::Latency;
///
/// let latency: Latency = serde_json::from_str(r#"{"create_ms": 500}"#).unwrap();
/// assert_eq!(latency, Latency { create_ms: 500, remove_ms: 0 });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Latency {
    /// Milliseconds from the request until it is ready.
    pub create_ms: u64,
    /// Milliseconds from the request until it is gone.
    pub remove_ms: u64,
}

/// What the nodes of an instance type turn out to have.
///
/// ```
/// use mlinfra_provider_sandbox::InstanceType;
///
/// let shape: InstanceType = serde_json::from_str(
///     r#"{"gpu": "NVIDIA A30", "gpus": 4, "gpu_memory_mib": 24576}"#,
/// )
/// .unwrap();
/// assert_eq!(shape.gpus, 4);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InstanceType {
    /// The product, as NVML names it; `None` without a GPU.
    pub gpu: Option<String>,
    /// GPUs of one node.
    pub gpus: u64,
    /// Memory of one GPU.
    pub gpu_memory_mib: u64,
}

/// How much of something the account may have.
///
/// ```
/// use mlinfra_provider_sandbox::Quota;
///
/// let quota: Quota = serde_json::from_str(
///     r#"{"name": "spot nodes", "kind": "nodes", "capacity_type": "spot", "limit": 8}"#,
/// )
/// .unwrap();
/// assert_eq!(quota.limit, 8);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// What errors call it.
    pub name: String,
    /// Of which kind. Of `nodes` the nodes count, of others the objects.
    pub kind: ObjectKind,
    /// In which region; of the account where it isn't named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Only nodes of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Only nodes of this capacity type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_type: Option<String>,
    /// How many.
    pub limit: u64,
}

/// How many nodes there are to be had.
///
/// ```
/// use mlinfra_provider_sandbox::Capacity;
///
/// let none: Capacity = serde_json::from_str(r#"{"zone": "us-east-1a", "nodes": 0}"#).unwrap();
/// assert_eq!(none.instance_type, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// In which zone.
    pub zone: String,
    /// Only of this type; of all together where it isn't named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Only of this capacity type; of all together where it isn't named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_type: Option<String>,
    /// How many nodes.
    pub nodes: u64,
}

/// One thing that goes wrong: in which calls, how often, and what.
///
/// ```
/// use mlinfra_provider_sandbox::{Fault, Rule, When};
///
/// let rule: Rule = serde_json::from_str(r#"{"kind": "nodes", "fault": "crash-after"}"#).unwrap();
/// assert_eq!(rule.when, When::Always);
/// assert_eq!(rule.fault, Fault::CrashAfter);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What its calls are counted under; its place in the list where it isn't named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only calls of this operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// Only calls for this kind of object. `list` is for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ObjectKind>,
    /// Only `ensure` of an object that is to be in this zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Only `ensure` of an object of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Which of those calls.
    #[serde(default)]
    pub when: When,
    /// What happens.
    pub fault: Fault,
}

/// An operation of the contract.
///
/// ```
/// use mlinfra_provider_sandbox::Operation;
///
/// assert_eq!(serde_json::to_string(&Operation::Ensure).unwrap(), "\"ensure\"");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Reading one object.
    Read,
    /// Listing an owner's objects.
    List,
    /// Creating or changing an object.
    Ensure,
    /// Deleting an object.
    Remove,
    /// Taking over an object that something else made.
    Adopt,
}

/// Which of the calls that a rule is about.
///
/// ```
/// use mlinfra_provider_sandbox::When;
///
/// let rarely: When = serde_json::from_str(r#"{"per-mille": 20}"#).unwrap();
/// assert_eq!(rarely, When::PerMille(20));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// All.
    #[default]
    Always,
    /// The first so many.
    First(u64),
    /// The ones at these places, counted from 1.
    Calls(Vec<u64>),
    /// So many of a thousand, drawn by the script's seed.
    PerMille(u16),
}

/// What happens in a call.
///
/// ```
/// use mlinfra_provider_sandbox::Fault;
///
/// let slow: Fault = serde_json::from_str(r#"{"delay": {"ms": 250}}"#).unwrap();
/// assert_eq!(slow, Fault::Delay { ms: 250 });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It fails and has no effect.
    Error(ScriptedError),
    /// It has its effect, and the caller isn't told.
    LoseAnswer,
    /// It waits first. Delays add up, and other rules may apply as well.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The calling process aborts before any effect.
    CrashBefore,
    /// The calling process aborts after the effect.
    CrashAfter,
    /// What the call creates, if it creates, breaks later and is never ready from then on.
    Break {
        /// Milliseconds after the request.
        after_ms: u64,
        /// What the object then gives as the reason.
        reason: String,
    },
}

/// An error of each closed kind, as a script writes it.
///
/// ```
/// use mlinfra_provider_api::ProviderErrorKind;
/// use mlinfra_provider_sandbox::ScriptedError;
///
/// let error: ScriptedError = serde_json::from_str(r#"{"capacity": {"scope": "us-east-1a"}}"#).unwrap();
/// let kind = ProviderErrorKind::from(&error);
/// assert_eq!(kind, ProviderErrorKind::Capacity { scope: "us-east-1a".into() });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the kind of the contract of that name")]
pub enum ScriptedError {
    Throttled {
        #[serde(default)]
        retry_after_ms: Option<u64>,
    },
    Unavailable,
    Capacity {
        scope: String,
    },
    Quota {
        name: String,
        #[serde(default)]
        limit: Option<u64>,
        #[serde(default)]
        used: Option<u64>,
    },
    Unauthorized {
        action: String,
    },
    Invalid {
        attribute: String,
    },
    Conflict,
    Unsupported,
    OutcomeUnknown,
}

impl From<&ScriptedError> for ProviderErrorKind {
    fn from(error: &ScriptedError) -> Self {
        match error.clone() {
            ScriptedError::Throttled { retry_after_ms } => Self::Throttled {
                retry_after: retry_after_ms.map(std::time::Duration::from_millis),
            },
            ScriptedError::Unavailable => Self::Unavailable,
            ScriptedError::Capacity { scope } => Self::Capacity { scope },
            ScriptedError::Quota { name, limit, used } => Self::Quota { name, limit, used },
            ScriptedError::Unauthorized { action } => Self::Unauthorized { action },
            ScriptedError::Invalid { attribute } => Self::Invalid { attribute },
            ScriptedError::Conflict => Self::Conflict,
            ScriptedError::Unsupported => Self::Unsupported,
            ScriptedError::OutcomeUnknown => Self::OutcomeUnknown,
        }
    }
}
