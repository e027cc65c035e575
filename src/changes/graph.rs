use std::collections::BTreeSet;

use mlinfra_provider_api::{Desired, ObjectId, OpKey};
use serde::{Deserialize, Serialize};

use crate::state::Intent;

/// Operations and what each waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Operation>", into = "Vec<Operation>")]
pub struct Graph {
    operations: Vec<Operation>,
}

/// One thing to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// The object's address in the state: `pool.train.nodes`.
    pub address: String,
    /// What is done.
    pub action: Action,
    /// Operations that must be done before, by their places. One that is done on demand and isn't
    /// needed counts as done.
    pub after: Vec<usize>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// An object is made or changed.
    Ensure(Ensure),
    /// An object is deleted.
    Remove(Remove),
}

/// An object is made or changed, like the first of the alternatives that can be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ensure {
    /// From the best to the worst; at least one.
    pub alternatives: Vec<Alternative>,
    /// Whether it is made only when the alternative of another operation that is being tried needs
    /// it, and removed again in the same run when that alternative is given up.
    pub on_demand: bool,
    /// What becomes of it when it can't be made as a whole.
    pub on_failure: OnFailure,
}

/// What becomes of objects when those that belong to them can't be made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// They stay, and the next run goes on from there.
    #[default]
    Keep,
    /// What this run made of the stage is removed.
    Undo,
}

/// One way to make an object, as the plan ranks them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// Whose API.
    pub provider: String,
    /// The key of making it so.
    pub key: OpKey,
    /// The key of removing what was made so, when it is given up.
    pub undo: OpKey,
    /// What it is to be. Attributes may refer to other objects (`reference`).
    pub desired: Desired,
    /// Operations that are done on demand and that this one needs, by their places.
    pub needs: Vec<usize>,
    /// What the state is to know of it.
    pub intent: Intent,
}

/// An object is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// Whose API.
    pub provider: String,
    /// The operation's key.
    pub key: OpKey,
    /// Which.
    pub id: ObjectId,
}

/// Operations that make no graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// One waits for itself or for a later one.
    #[error("operation {operation} waits for {awaits}, which doesn't come before it")]
    Order {
        /// Its place.
        operation: usize,
        /// What it waits for.
        awaits: usize,
    },
    /// One has no way to be done.
    #[error("operation {operation} has no alternative")]
    Empty {
        /// Its place.
        operation: usize,
    },
    /// Two have one key, so that the second would have no effect.
    #[error("operation {operation} has the key of another")]
    Key {
        /// The place of the second.
        operation: usize,
    },
}

impl Graph {
    /// A graph of operations, each after all that it waits for and needs.
    ///
    /// # Errors
    ///
    /// [`GraphError`] when they aren't in order, or can't be told apart.
    pub fn new(operations: Vec<Operation>) -> Result<Self, GraphError> {
        let mut keys = BTreeSet::new();
        for (index, operation) in operations.iter().enumerate() {
            if let Some(awaits) = operation.before().find(|other| *other >= index) {
                return Err(GraphError::Order {
                    operation: index,
                    awaits,
                });
            }
            let own = operation.keys();
            if own.is_empty() {
                return Err(GraphError::Empty { operation: index });
            }
            if own.into_iter().any(|key| !keys.insert(key)) {
                return Err(GraphError::Key { operation: index });
            }
        }
        Ok(Self { operations })
    }

    /// The operations, each after all that it waits for.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }
}

impl TryFrom<Vec<Operation>> for Graph {
    type Error = GraphError;

    fn try_from(operations: Vec<Operation>) -> Result<Self, GraphError> {
        Self::new(operations)
    }
}

impl From<Graph> for Vec<Operation> {
    fn from(graph: Graph) -> Self {
        graph.operations
    }
}

impl Operation {
    /// All that must come before it in the list.
    fn before(&self) -> impl Iterator<Item = usize> {
        let needs = match &self.action {
            Action::Ensure(ensure) => &ensure.alternatives[..],
            Action::Remove(_) => &[],
        };
        let needs = needs.iter().flat_map(|alternative| &alternative.needs);
        self.after.iter().chain(needs).copied()
    }

    /// All keys under which it may be called.
    #[must_use]
    pub fn keys(&self) -> Vec<OpKey> {
        match &self.action {
            Action::Ensure(ensure) => {
                let keys = ensure.alternatives.iter();
                keys.flat_map(|way| [way.key, way.undo]).collect()
            }
            Action::Remove(remove) => vec![remove.key],
        }
    }
}
