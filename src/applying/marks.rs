//! How each operation of a graph stands, and what may begin by that.

use crate::changes::graph::{Action, Alternative, Ensure, Graph, Operation};

/// How an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It waits for others, or for a free place.
    Open,
    /// An attempt is under way.
    Busy,
    /// It waits until the next; whether it keeps its place meanwhile.
    Pausing {
        holds: bool,
    },
    Done,
    Failed,
    /// Nobody knows whether its last call had an effect, and it isn't made again by this run.
    Left,
    /// What it made is to be removed again, as soon as there is a place.
    ToUndo,
    /// What it made is being removed.
    Undoing,
    /// That is tried again after a while.
    UndoPausing,
    Undone,
    /// What it made couldn't be removed.
    UndoFailed,
}

/// Which attempt of which alternative comes next, or came last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Try {
    pub(super) alternative: usize,
    pub(super) attempt: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) at: Try,
    pub(super) standing: Standing,
}

/// All operations of a graph.
pub(super) struct Marks<'g> {
    operations: &'g [Operation],
    marks: Vec<Mark>,
    /// Whether any is done on demand: where none is, nothing must be asked about that.
    on_demand: bool,
}

impl<'g> Marks<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let operations = graph.operations();
        let mark = Mark {
            at: Try::default(),
            standing: Standing::Open,
        };
        Self {
            operations,
            marks: vec![mark; operations.len()],
            on_demand: operations.iter().any(is_on_demand),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.operations.len()
    }

    pub(super) const fn has_on_demand(&self) -> bool {
        self.on_demand
    }

    pub(super) fn operation(&self, index: usize) -> &'g Operation {
        &self.operations[index]
    }

    pub(super) fn at(&self, index: usize) -> Try {
        self.marks[index].at
    }

    pub(super) fn standing(&self, index: usize) -> Standing {
        self.marks[index].standing
    }

    pub(super) fn set(&mut self, index: usize, standing: Standing) {
        self.marks[index].standing = standing;
    }

    pub(super) fn go_to(&mut self, index: usize, at: Try) {
        self.marks[index].at = at;
    }

    /// The alternative that is tried, or was last; `None` for what is removed.
    pub(super) fn alternative(&self, index: usize) -> Option<&'g Alternative> {
        let ensure = ensure(self.operation(index))?;
        ensure.alternatives.get(self.marks[index].at.alternative)
    }

    /// The stage that it is for; empty for none.
    pub(super) fn stage(&self, index: usize) -> &'g str {
        let alternative = self.alternative(index);
        alternative.map_or("", |alternative| &alternative.intent.stage)
    }

    pub(super) fn places(&self, wanted: impl Fn(Standing) -> bool) -> Vec<usize> {
        let places = self.marks.iter().enumerate();
        let places = places.filter(|(_, mark)| wanted(mark.standing));
        places.map(|(index, _)| index).collect()
    }

    pub(super) fn any(&self, wanted: impl Fn(Standing) -> bool) -> bool {
        self.marks.iter().any(|mark| wanted(mark.standing))
    }

    /// How many places are taken.
    pub(super) fn busy(&self) -> usize {
        let busy = |mark: &&Mark| {
            matches!(
                mark.standing,
                Standing::Busy | Standing::Undoing | Standing::Pausing { holds: true }
            )
        };
        self.marks.iter().filter(busy).count()
    }

    /// What may begin now, as far as others are concerned.
    pub(super) fn free(&self) -> Vec<usize> {
        let needed = self.needed(false);
        let is_done = |other: &usize| self.standing(*other) == Standing::Done || !needed[*other];
        let free = |index: &usize| {
            needed[*index]
                && self.operations[*index].after.iter().all(is_done)
                && self.needs(*index).iter().all(is_done)
        };
        let open = self.places(|standing| standing == Standing::Open);
        open.into_iter().filter(free).collect()
    }

    /// Which operations are to be done: of those that are done on demand the ones that an alternative
    /// needs which is tried or was taken, or with `later` which may still be.
    pub(super) fn needed(&self, later: bool) -> Vec<bool> {
        let mut needed: Vec<bool> = self.operations.iter().map(|o| !is_on_demand(o)).collect();
        if !self.on_demand {
            return needed;
        }
        // Whatever needs an operation comes after it.
        for index in (0..self.len()).rev() {
            let Mark { at, standing } = self.marks[index];
            let gone = standing == Standing::Undone;
            let Some(ensure) = ensure(&self.operations[index]).filter(|_| needed[index] && !gone)
            else {
                continue;
            };
            let ends = matches!(standing, Standing::Done | Standing::Failed);
            let last = if later && !ends {
                ensure.alternatives.len()
            } else {
                at.alternative + 1
            };
            for alternative in &ensure.alternatives[at.alternative..last] {
                for other in &alternative.needs {
                    needed[*other] = true;
                }
            }
        }
        needed
    }

    /// What the alternative that is tried or was taken needs.
    fn needs(&self, index: usize) -> &'g [usize] {
        self.alternative(index)
            .map_or(&[], |alternative| &alternative.needs)
    }

    /// The operations whose objects the object of this one may refer to; what is removed refers to none.
    pub(super) fn builds_on(&self, index: usize) -> impl Iterator<Item = usize> {
        let makes = ensure(self.operation(index)).is_some();
        let after = self.operation(index).after.iter().filter(move |_| makes);
        after.chain(self.needs(index)).copied()
    }
}

pub(super) const fn ensure(operation: &Operation) -> Option<&Ensure> {
    match &operation.action {
        Action::Ensure(ensure) => Some(ensure),
        Action::Remove(_) => None,
    }
}

pub(super) fn is_on_demand(operation: &Operation) -> bool {
    ensure(operation).is_some_and(|ensure| ensure.on_demand)
}
