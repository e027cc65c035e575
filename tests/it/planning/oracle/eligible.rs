//! What of an offering can be judged without sizing it.

use mlinfra::model::{CapacityType, Project, Stage};

use super::models::{Room, room};
use super::offers::{Node, Spot};

/// One offering and what is asked of it.
pub(super) struct Asked<'a> {
    pub(super) stage: &'a Stage,
    pub(super) gpus: Option<&'a [String]>,
    pub(super) at: &'a Spot,
    pub(super) name: &'a str,
    pub(super) capacity: CapacityType,
}

impl Asked<'_> {
    pub(super) fn place_fits(&self, project: &Project) -> bool {
        let at = &self.at.location;
        let allowed = match self.at.provider.map(|p| project.providers.get(&p)) {
            // Owned capacity always competes.
            None => true,
            Some(None) => project.providers.is_empty(),
            Some(Some(settings)) => {
                settings.regions.is_empty() || settings.regions.iter().any(|r| r.value == at.region)
            }
        };
        let inside = self
            .stage
            .requirements
            .locations
            .as_ref()
            .is_none_or(|patterns| {
                patterns
                    .value
                    .iter()
                    .any(|p| p.matches(&at.provider, &at.region))
            });
        let pool = self.name.rsplit('/').next().unwrap();
        let pinned = self.stage.pin.as_ref().is_none_or(|pin| {
            pin.provider.as_ref().is_none_or(|p| p.value == at.provider)
                && pin.region.as_ref().is_none_or(|r| r.value == at.region)
                && pin.instance_type.as_ref().is_none_or(|t| t.value == pool)
                && pin
                    .capacity
                    .as_ref()
                    .is_none_or(|c| c.value == self.capacity)
        });
        allowed && inside && pinned
    }

    pub(super) fn capacity_fits(&self) -> bool {
        let listed = self.stage.requirements.capacity.as_ref();
        let risky = self.capacity == CapacityType::Spot;
        listed.is_none_or(|list| list.value.contains(&self.capacity))
            && (!risky || self.stage.interruption.tolerated)
    }

    pub(super) fn gpu_fits(&self, project: &Project, node: &Node<'_>) -> bool {
        let Some(needed) = &self.stage.requirements.gpu else {
            return true;
        };
        let Some((gpu, _)) = node.gpu else {
            return false;
        };
        let slices = needed.value.slices;
        let named = match self.gpus {
            Some(names) => names
                .iter()
                .any(|n| gpu.answers_to(n) || (slices && gpu.is_slice_of(n))),
            None => slices || gpu.slice.is_none(),
        };
        // Cards report up to 7 % less than they are sold with.
        let enough = needed.value.memory_min.as_ref().is_none_or(|min| {
            let own = u64::from(gpu.memory_mib.unwrap()) * node.share() / 1000;
            own * 100 >= min.value.mib_ceil() * 93
        });
        named && enough && node.gpus(slices) > 0 && room(project, self.stage, node) != Room::None
    }
}
