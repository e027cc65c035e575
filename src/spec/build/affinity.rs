use super::Builder;
use crate::diagnostics::spec;
use crate::model::{Affinity, AntiAffinity, Domain, Written};
use crate::spec::section::Section;
use crate::spec::typed::Typed;
use crate::spec::value::Reference;

impl Builder<'_, '_> {
    pub(super) fn affinity(&self, section: &Section) -> Option<Affinity> {
        let stages = self.several_stages(section);
        Some(Affinity {
            stages: stages?,
            same: domain(section, "same")?,
            origin: section.origin,
        })
    }

    pub(super) fn anti_affinity(&self, section: &Section) -> Option<AntiAffinity> {
        let stages = self.several_stages(section);
        Some(AntiAffinity {
            stages: stages?,
            different: domain(section, "different")?,
            origin: section.origin,
        })
    }

    /// The stages that a block is about, sorted: their order means nothing.
    fn several_stages(&self, section: &Section) -> Option<Written<Vec<String>>> {
        let mut stages = stages(section)?;
        stages.value.sort();
        stages.value.dedup();
        if stages.value.len() < 2 {
            let detail = "This is about one stage, and it takes two different ones at least to be \
                          together or apart.";
            self.report(&spec::OUT_OF_RANGE, stages.origin, detail);
            return None;
        }
        Some(stages)
    }
}

/// The names in a list of references to stages.
pub(super) fn stages(section: &Section) -> Option<Written<Vec<String>>> {
    let list = section.list("stages")?;
    let names = list.value.iter().filter_map(|w| match &w.value {
        Typed::Reference(Reference::Stage(name)) => Some(name.clone()),
        _ => None,
    });
    Some(Written::new(names.collect(), list.origin))
}

fn domain(section: &Section, argument: &str) -> Option<Domain> {
    Domain::from_name(&section.text(argument)?.value)
}
