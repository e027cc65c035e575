//! What a case wants, and how that changes.

use std::collections::{BTreeMap, BTreeSet};

use mlinfra::changes::reference::{attribute_of, id_of};
use mlinfra_provider_api::{Attributes, Desired, ObjectKind};
use serde_json::{Value, json};

use super::super::world::owner;
use super::dice::Dice;

/// Where nodes may be, and how they are paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) region: &'static str,
    pub(super) zone: &'static str,
    pub(super) capacity_type: &'static str,
}

pub(super) const PLACES: [Place; 6] = [
    place("r1", "r1a", "spot"),
    place("r1", "r1b", "spot"),
    place("r2", "r2a", "spot"),
    place("r1", "r1a", "on-demand"),
    place("r2", "r2a", "on-demand"),
    place("r2", "r2b", "on-demand"),
];

const fn place(region: &'static str, zone: &'static str, capacity_type: &'static str) -> Place {
    Place {
        region,
        zone,
        capacity_type,
    }
}

/// Gangs that are alike, with what they need in each region.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    pub(super) name: String,
    pub(super) places: Vec<Place>,
    pub(super) gangs: u64,
    pub(super) machines: u64,
    pub(super) has_template: bool,
    pub(super) has_group: bool,
    pub(super) undo: bool,
    /// Another one is another choice: all is made anew.
    pub(super) generation: u64,
    /// Another one is a change in place.
    pub(super) label: u64,
}

impl Pool {
    fn any(name: &str, dice: &mut Dice) -> Self {
        let mut places = Vec::new();
        for _ in 0..=dice.below(3) {
            let place = *dice.pick(&PLACES);
            if !places.contains(&place) {
                places.push(place);
            }
        }
        Self {
            name: name.to_owned(),
            places,
            gangs: 1 + dice.below(3),
            machines: 1 + dice.below(4),
            has_template: !dice.one_in(3),
            has_group: dice.one_in(2),
            undo: dice.one_in(3),
            generation: 0,
            label: 0,
        }
    }

    pub(super) fn regions(&self) -> BTreeSet<&'static str> {
        self.places.iter().map(|place| place.region).collect()
    }

    pub(super) fn choice(&self) -> String {
        format!("{}-{}", self.name, self.generation)
    }

    pub(super) fn address(&self, of: &str) -> String {
        format!("pool.{}.{of}", self.name)
    }

    fn desired(&self, kind: &str, region: &str, name: String, attributes: Value) -> Desired {
        let attributes: Attributes = serde_json::from_value(attributes).unwrap();
        Desired {
            kind: ObjectKind::new(kind).unwrap(),
            scope: region.to_owned(),
            name,
            owner: owner(),
            attributes,
        }
    }

    pub(super) fn group(&self, region: &str) -> Desired {
        let name = format!("{}-group", self.name);
        let attributes = json!({"labels": {"label": self.label.to_string()}});
        self.desired("security-group", region, name, attributes)
    }

    pub(super) fn template(&self, region: &str) -> Desired {
        let groups = if self.has_group {
            vec![id_of(&self.address(&format!("group.{region}")))]
        } else {
            vec![]
        };
        let attributes = json!({"image": "image", "security_groups": groups});
        let name = format!("{}-template", self.name);
        self.desired("launch-template", region, name, attributes)
    }

    pub(super) fn nodes(&self, gang: u64, place: Place) -> Desired {
        let mut attributes = json!({
            "zone": place.zone, "instance_type": "m", "capacity_type": place.capacity_type,
            "count": self.machines, "labels": {"label": self.label.to_string()},
        });
        if self.has_template {
            let template = self.address(&format!("template.{}", place.region));
            attributes["launch_template"] = id_of(&template);
            attributes["launch_template_version"] = attribute_of(&template, "version");
        }
        let name = format!("{}-{gang}-{}", self.name, self.generation);
        self.desired("nodes", place.region, name, attributes)
    }
}

/// All pools that are to be.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) pools: BTreeMap<String, Pool>,
}

impl Wanted {
    pub(super) fn any(dice: &mut Dice) -> Self {
        let mut wanted = Self::default();
        for _ in 0..=dice.below(3) {
            wanted.changes(dice);
        }
        wanted
    }

    /// Somebody edits the spec.
    pub(super) fn changes(&mut self, dice: &mut Dice) {
        let name = *dice.pick(&["a", "b", "c", "d"]);
        let Some(pool) = self.pools.get_mut(name) else {
            self.pools.insert(name.to_owned(), Pool::any(name, dice));
            return;
        };
        match dice.below(5) {
            0 => drop(self.pools.remove(name)),
            1 => pool.generation += 1,
            2 => pool.label += 1,
            3 => pool.gangs = 1 + dice.below(4),
            _ => {
                pool.places.reverse();
                pool.generation += 1;
            }
        }
    }
}
