use super::Builder;
use super::capacity::small;
use crate::diagnostics::spec;
use crate::model::{
    CapacityType, GpuChoice, GpuRequirement, Interconnect, Pin, Requirements, Written,
};
use crate::spec::section::Section;
use crate::spec::typed::Typed;

impl Builder<'_, '_> {
    pub(super) fn requirements(&self, section: &Section) -> Requirements {
        Requirements {
            vcpus: section
                .count("vcpus")
                .map(|c| Written::new(small(&c), c.origin)),
            memory: section.bytes("memory"),
            cpu_vendor: section.texts_written("cpu_vendor"),
            arch: section.text("arch"),
            gpu: section
                .block("gpu")
                .map(|gpu| Written::new(self.gpu(gpu), gpu.origin)),
            local_disk_min: section.bytes("local_disk_min"),
            locations: section.list("locations").map(|list| {
                let patterns = list.value.into_iter().filter_map(|w| match w.value {
                    Typed::Pattern(pattern) => Some(pattern),
                    _ => None,
                });
                Written::new(patterns.collect(), list.origin)
            }),
            capacity: section.texts_written("capacity").map(|list| {
                let types = list.value.iter().filter_map(|t| CapacityType::from_name(t));
                Written::new(types.collect(), list.origin)
            }),
            max_nodes: section
                .count("max_nodes")
                .map(|c| Written::new(small(&c), c.origin)),
            max_node_hour: section.rate("max_node_hour"),
        }
    }

    fn gpu(&self, section: &Section) -> GpuRequirement {
        let interconnect = section.text("interconnect");
        let count = section.count("count");
        GpuRequirement {
            choice: self.gpu_choice(section),
            count: count.map_or_else(
                || Written::new(1, section.origin),
                |c| Written::new(small(&c), c.origin),
            ),
            slices: section
                .boolean("slices")
                .is_some_and(|will_do| will_do.value),
            memory_min: section.bytes("memory_min"),
            compute_capability_min: section.capability("compute_capability_min"),
            interconnect: match interconnect.as_ref().map(|t| t.value.as_str()) {
                Some("single-node") => Interconnect::SingleNode,
                _ => Interconnect::Any,
            },
        }
    }

    fn gpu_choice(&self, section: &Section) -> GpuChoice {
        let why = "`any_of` is a flat choice; `prefer` with `else_any_of` is a ranked one.";
        if !self.conflict(section, "any_of", "prefer", why) {
            self.conflict(section, "any_of", "else_any_of", why);
        }
        if section.lacks_argument("prefer")
            && section.lacks_argument("any_of")
            && let Some(at) = section.given("else_any_of")
        {
            let detail = "`else_any_of` needs a `prefer`; for a flat choice write `any_of`.";
            self.report(&spec::CONFLICT, at, detail);
        }
        match (
            section.texts_written("any_of"),
            section.texts_written("prefer"),
        ) {
            (Some(any_of), _) => GpuChoice::AnyOf(any_of),
            (None, Some(preferred)) => GpuChoice::Prefer {
                preferred,
                otherwise: section.texts_written("else_any_of"),
            },
            (None, None) => GpuChoice::Any,
        }
    }

    pub(super) fn pin(&self, section: &Section) -> Pin {
        let capacity = section.text("capacity");
        Pin {
            provider: section.text("provider"),
            region: section.text("region"),
            zone: section.text("zone"),
            instance_type: section.text("instance_type"),
            capacity: capacity.and_then(|c| {
                CapacityType::from_name(&c.value).map(|value| Written::new(value, c.origin))
            }),
            origin: section.origin,
        }
    }
}
