//! The graph that leads from a state to what is wanted: as small as a planner can be that is right.

use std::collections::{BTreeMap, BTreeSet};

use mlinfra::applying::Open;
use mlinfra::changes::graph::{Action, Alternative, Ensure, Graph, OnFailure, Operation, Remove};
use mlinfra::changes::reference::{Referent, addresses, resolve};
use mlinfra::state::{Intent, State, StateObject};
use mlinfra_provider_api::{Desired, ObjectId, OpKey};

use super::project::{Place, Pool, Wanted};

pub(super) struct Planned {
    pub(super) graph: Graph,
    /// Keys of open operations that it goes on with.
    pub(super) taken: BTreeSet<OpKey>,
}

struct Planner<'p> {
    state: &'p State,
    open: &'p [Open],
    number: u64,
    operations: Vec<Operation>,
    places: BTreeMap<String, usize>,
    taken: BTreeSet<OpKey>,
    /// Addresses that are to be there.
    kept: BTreeSet<String>,
    /// Objects that are replaced, with the operation that must be done before they go.
    replaced: Vec<(String, StateObject, usize)>,
}

pub(super) fn planned(state: &State, wanted: &Wanted, open: &[Open], number: u64) -> Planned {
    let mut planner = Planner {
        state,
        open,
        number,
        operations: Vec::new(),
        places: BTreeMap::new(),
        taken: BTreeSet::new(),
        kept: BTreeSet::new(),
        replaced: Vec::new(),
    };
    for pool in wanted.pools.values() {
        planner.pool(pool);
    }
    planner.removals();
    Planned {
        graph: Graph::new(planner.operations).unwrap(),
        taken: planner.taken,
    }
}

/// How an object that is there differs from what is wanted.
enum Differs {
    Not,
    InPlace,
    Anew,
    /// It is half-made, and has the name that the new one is to have.
    AnewInItsPlace,
}

impl Planner<'_> {
    fn pool(&mut self, pool: &Pool) {
        let gangs: Vec<String> = (0..pool.gangs)
            .map(|gang| pool.address(&format!("nodes.{gang}")))
            .collect();
        let used: BTreeSet<&str> = gangs
            .iter()
            .filter_map(|address| {
                let there = self.state.objects.get(address)?;
                matches!(self.differs(pool, there), Differs::Not | Differs::InPlace)
                    .then_some(&*there.id.scope)
            })
            .collect();
        let complete = gangs.iter().all(|address| {
            let there = self.state.objects.get(address);
            there.is_some_and(|there| {
                matches!(self.differs(pool, there), Differs::Not | Differs::InPlace)
            })
        });
        for region in pool.regions() {
            if complete && !used.contains(region) {
                continue;
            }
            let on_demand = pool.regions().len() > 1 && !used.contains(region);
            if pool.has_group {
                let address = pool.address(&format!("group.{region}"));
                self.shared(pool, address, pool.group(region), on_demand);
            }
            if pool.has_template {
                let address = pool.address(&format!("template.{region}"));
                self.shared(pool, address, pool.template(region), on_demand);
            }
        }
        for (gang, address) in gangs.into_iter().enumerate() {
            self.gang(pool, gang as u64, address);
        }
    }

    fn shared(&mut self, pool: &Pool, address: String, want: Desired, on_demand: bool) {
        self.kept.insert(address.clone());
        let open = self.open_with(&address, &want);
        if let Some(there) = self.state.objects.get(&address) {
            let same = self.resolved(&want).is_some_and(|want| has(there, &want));
            if same && open.is_none() {
                return;
            }
        }
        self.ensure(pool, address, vec![(0, want)], on_demand);
    }

    fn gang(&mut self, pool: &Pool, gang: u64, address: String) {
        self.kept.insert(address.clone());
        let ways = pool.places.iter().enumerate();
        let mut ways: Vec<(usize, Desired)> = ways
            .map(|(rank, place): (usize, &Place)| (rank, pool.nodes(gang, *place)))
            .collect();
        let open = ways
            .iter()
            .position(|(_, want)| self.open_with(&address, want).is_some());
        if let Some(there) = self.state.objects.get(&address).cloned() {
            let current = ways.get(there.intent.alternative).cloned();
            match self.differs(pool, &there) {
                Differs::Not if open.is_none() => {}
                Differs::Not | Differs::InPlace => {
                    self.ensure(pool, address, current.into_iter().collect(), false);
                }
                Differs::Anew => {
                    let made = self.ensure(pool, address.clone(), ways, false);
                    self.replaced.push((address, there, made));
                }
                Differs::AnewInItsPlace => {
                    let gone = self.remove(&address, &there.id, vec![]);
                    let made = self.ensure(pool, address, ways, false);
                    self.operations[made].after.push(gone);
                }
            }
            return;
        }
        if let Some(open) = open {
            // It may be there already, so that nothing else may be tried before it.
            let first = ways.remove(open);
            ways.insert(0, first);
        }
        self.ensure(pool, address, ways, false);
    }

    fn differs(&self, pool: &Pool, there: &StateObject) -> Differs {
        if there.intent.choice != pool.choice() {
            return Differs::Anew;
        }
        let gang = there.name.split('-').nth(1).unwrap().parse().unwrap();
        let place = pool.places.get(there.intent.alternative);
        let want = place.and_then(|place| self.resolved(&pool.nodes(gang, *place)));
        let Some(want) = want.filter(|_| !there.tainted) else {
            return Differs::AnewInItsPlace;
        };
        let mut differing = want
            .attributes
            .iter()
            .filter(|(name, value)| there.observed.get(*name) != Some(value))
            .map(|(name, _)| name.as_str());
        match (differing.next(), differing.next()) {
            (None, _) => Differs::Not,
            (Some("labels"), None) => Differs::InPlace,
            _ => Differs::AnewInItsPlace,
        }
    }

    /// An operation that was begun to make just that.
    fn open_with(&self, address: &str, want: &Desired) -> Option<&Open> {
        let want = self.resolved(want)?;
        let mut open = self.open.iter();
        open.find(|open| open.address == address && open.desired == want)
    }

    fn resolved(&self, want: &Desired) -> Option<Desired> {
        let look = |address: &str| {
            let object = self.state.objects.get(address)?;
            Some(Referent {
                id: &object.id,
                attributes: &object.observed,
            })
        };
        let attributes = resolve(&want.attributes, &look).ok()?;
        Some(Desired {
            attributes,
            ..want.clone()
        })
    }

    fn ensure(
        &mut self,
        pool: &Pool,
        address: String,
        ways: Vec<(usize, Desired)>,
        on_demand: bool,
    ) -> usize {
        let place = self.operations.len();
        let mut after = Vec::new();
        let mut alternatives = Vec::new();
        for (rank, desired) in ways {
            let referred = addresses(&desired.attributes);
            let made = referred.iter().filter_map(|a| self.places.get(a).copied());
            let (needs, before): (Vec<usize>, Vec<usize>) = made.partition(|place| {
                matches!(&self.operations[*place].action, Action::Ensure(ensure) if ensure.on_demand)
            });
            after.extend(before);
            let taken = self.open_with(&address, &desired).map(|open| open.key);
            self.taken.extend(taken);
            alternatives.push(Alternative {
                provider: "world".into(),
                key: taken.unwrap_or_else(|| key(self.number, place, rank, 0)),
                undo: key(self.number, place, rank, 1),
                intent: Intent {
                    stage: pool.name.clone(),
                    choice: pool.choice(),
                    alternative: rank,
                    needs: referred,
                    ..Intent::default()
                },
                desired,
                needs,
            });
        }
        self.places.insert(address.clone(), place);
        self.operations.push(Operation {
            address,
            action: Action::Ensure(Ensure {
                alternatives,
                on_demand,
                on_failure: if pool.undo {
                    OnFailure::Undo
                } else {
                    OnFailure::Keep
                },
            }),
            after,
        });
        place
    }

    fn remove(&mut self, address: &str, id: &ObjectId, after: Vec<usize>) -> usize {
        let place = self.operations.len();
        self.operations.push(Operation {
            address: address.to_owned(),
            action: Action::Remove(Remove {
                provider: "world".into(),
                key: key(self.number, place, 0, 2),
                id: id.clone(),
            }),
            after,
        });
        place
    }

    /// What isn't wanted goes, nodes before what they use.
    fn removals(&mut self) {
        let mut going: Vec<(String, ObjectId, Vec<usize>)> = Vec::new();
        for (address, object, made) in std::mem::take(&mut self.replaced) {
            going.push((address, object.id, vec![made]));
        }
        for (address, deposed) in &self.state.deposed {
            for object in deposed {
                going.push((address.clone(), object.id.clone(), vec![]));
            }
        }
        for (address, object) in &self.state.objects {
            if !self.kept.contains(address) {
                going.push((address.clone(), object.id.clone(), vec![]));
            }
        }
        let rank = |id: &ObjectId| match id.kind.as_str() {
            "nodes" => 0,
            "launch-template" => 1,
            _ => 2,
        };
        going.sort_by_key(|(_, id, _)| rank(id));
        let mut done: Vec<(u8, usize)> = Vec::new();
        for (address, id, mut after) in going {
            let rank = rank(&id);
            let before = done.iter().filter(|(other, _)| *other < rank);
            after.extend(before.map(|(_, place)| *place));
            let place = self.remove(&address, &id, after);
            done.push((rank, place));
        }
    }
}

fn has(there: &StateObject, want: &Desired) -> bool {
    let mut wanted = want.attributes.iter();
    wanted.all(|(name, value)| there.observed.get(name) == Some(value))
}

fn key(number: u64, place: usize, rank: usize, what: u8) -> OpKey {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&number.to_be_bytes());
    key[8..16].copy_from_slice(&(place as u64).to_be_bytes());
    key[16] = u8::try_from(rank).unwrap();
    key[17] = what;
    OpKey::new(key)
}
