use std::collections::BTreeSet;

use mlinfra_provider_api::{Desired, ObjectId, OpKey};

/// Operations and what each waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    operations: Vec<Operation>,
}

/// One thing to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The object's address in the state: `pool.train`.
    pub address: String,
    /// Whose API.
    pub provider: String,
    /// What is done.
    pub action: Action,
    /// Operations that must have succeeded before, by their places.
    pub after: Vec<usize>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// An object is made or changed, like the first of these that can be had.
    Ensure(Vec<Alternative>),
    /// An object is deleted.
    Remove {
        /// The operation's key.
        key: OpKey,
        /// Which.
        id: ObjectId,
    },
}

/// One way to make an object, as the plan ranks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The key of making it so.
    pub key: OpKey,
    /// What it is to be.
    pub desired: Desired,
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
    /// A graph of operations, each after all that it waits for.
    ///
    /// # Errors
    ///
    /// [`GraphError`] when they aren't in order, or can't be told apart.
    pub fn new(operations: Vec<Operation>) -> Result<Self, GraphError> {
        let mut keys = BTreeSet::new();
        for (index, operation) in operations.iter().enumerate() {
            if let Some(awaits) = operation.after.iter().find(|other| **other >= index) {
                return Err(GraphError::Order {
                    operation: index,
                    awaits: *awaits,
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

impl Operation {
    fn keys(&self) -> Vec<OpKey> {
        match &self.action {
            Action::Ensure(alternatives) => alternatives.iter().map(|a| a.key).collect(),
            Action::Remove { key, .. } => vec![*key],
        }
    }
}
