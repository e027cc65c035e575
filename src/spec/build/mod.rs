//! Sections → the model. What can be checked within one block is checked here; what needs two is
//! in `checks`.

mod affinity;
mod capacity;
mod demand;
mod limits;
mod memory;
mod nodes;
mod policies;
mod project;
mod requirements;
mod stage;

use std::collections::BTreeMap;

use super::eval::Evaluator;
use super::section::Section;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Origin, spec};
use crate::model::Project;

/// Builds a project, and reports what keeps it from being one.
pub(super) struct Builder<'r, 'a> {
    pub(super) evaluator: &'r Evaluator<'a>,
}

impl Builder<'_, '_> {
    /// The whole project; `None` only without a usable `project` block.
    pub(super) fn project(&self, root: &Section) -> Option<Project> {
        self.settings(root);
        let stages = self.named(root, "stage", |s| self.stage(s));
        let project = Project {
            name: String::new(),
            team: None,
            owner: None,
            deadline: None,
            labels: BTreeMap::new(),
            state: self.state(root),
            providers: self.providers(root),
            clusters: self.named(root, "cluster", |s| self.cluster(s)),
            datasets: self.named(root, "dataset", |s| self.dataset(s)),
            models: self.named(root, "model", |s| self.model(s)),
            stages,
            affinities: self.named(root, "affinity", |s| self.affinity(s)),
            anti_affinities: self.named(root, "anti_affinity", |s| self.anti_affinity(s)),
            budgets: self.named(root, "budget", |s| self.budget(s)),
            quotas: self.named(root, "quota", |s| self.quota(s)),
            commitments: self.named(root, "commitment", |s| self.commitment(s)),
            policies: self.policies(root),
            waivers: self.waivers(root),
            outputs: self.named(root, "output", |s| self.output(s)),
            origin: root.origin,
        };
        self.evaluator.extend(super::checks::all(&project));
        let head = root.block("project")?;
        let head_label = head.label.as_ref()?;
        Some(Project {
            name: head_label.value.clone(),
            team: head.text("team").map(|t| t.value),
            owner: head.text("owner").map(|t| t.value),
            deadline: head.duration("deadline"),
            labels: text_map(head, "labels"),
            origin: head.origin,
            ..project
        })
    }

    /// Blocks of one type by their names; those that can't be built are reported and left out.
    fn named<T>(
        &self,
        root: &Section,
        block: &str,
        build: impl Fn(&Section) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let blocks = root.blocks(block);
        let built = blocks.filter_map(|s| {
            let value = build(s);
            Some((s.label()?.to_owned(), value?))
        });
        built.collect()
    }

    fn report(&self, code: &'static Code, at: Origin, detail: impl Into<String>) {
        self.evaluator
            .report(Diagnostic::error(code).at(at).detail(detail));
    }

    /// Reports two arguments or blocks that exclude each other.
    fn conflict(&self, section: &Section, first: &str, second: &str, why: &str) -> bool {
        match (section.given(first), section.given(second)) {
            (Some(_), Some(at)) => {
                let diagnostic = Diagnostic::error(&spec::CONFLICT)
                    .at(at)
                    .label(format!("`{first}` is given as well"))
                    .detail(why);
                self.evaluator.report(diagnostic);
                true
            }
            _ => false,
        }
    }

    fn missing(&self, at: Origin, what: &str, why: &str) {
        let diagnostic = Diagnostic::error(&spec::MISSING_ARGUMENT)
            .at(at)
            .label(format!("{what} is missing"))
            .detail(why);
        self.evaluator.report(diagnostic);
    }
}

impl Evaluator<'_> {
    fn extend(&self, diagnostics: Diagnostics) {
        for diagnostic in diagnostics {
            self.report(diagnostic);
        }
    }
}

/// A map of texts; empty when it isn't given.
fn text_map(section: &Section, name: &str) -> BTreeMap<String, String> {
    let Some(map) = section.map(name) else {
        return BTreeMap::new();
    };
    let entries = map.value.into_iter();
    entries
        .filter_map(|(k, v)| Some((k, v.value.into_text()?)))
        .collect()
}
