//! Plans over the embedded catalogs and over tiny ones.

mod bills;
mod bounded;
mod command;
mod determinism;
mod errors;
mod explain;
mod hints;
mod json;
mod metamorphic;
mod names;
mod oracle;
mod sharing;
mod slices;

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::{Diagnostics, Sources};
use mlinfra::planning::plan::Plan;
use mlinfra::{planning, render, spec};

/// Plans a spec given as text over the embedded catalogs.
fn plan_text(text: &str) -> (Option<Plan>, Diagnostics, Sources) {
    plan_files(&[("main.mlinfra.hcl", text)])
}

/// Plans a spec of several files over the embedded catalogs.
fn plan_files(files: &[(&str, &str)]) -> (Option<Plan>, Diagnostics, Sources) {
    let mut sources = Sources::new();
    for (name, text) in files {
        sources.add(*name, *text);
    }
    let (project, diagnostics) = spec::load(&sources, &spec::Inputs::default());
    let Some(project) = project else {
        return (None, diagnostics, sources);
    };
    let catalog = Catalog::embedded().expect("the embedded catalog is sound");
    let (plan, diagnostics) =
        planning::plan(&project, &catalog, &sources, &planning::Options::default());
    (plan, diagnostics, sources)
}

/// The plan of a spec that must plan.
#[track_caller]
pub(crate) fn planned(text: &str) -> Plan {
    let (plan, diagnostics, sources) = plan_text(text);
    plan.unwrap_or_else(|| panic!("{}", render::diagnostics::human(&diagnostics, &sources)))
}

/// The messages of a spec that must not plan.
#[track_caller]
fn refused(text: &str) -> String {
    let (plan, diagnostics, sources) = plan_text(text);
    assert!(diagnostics.has_errors(), "planned: {plan:?}");
    render::diagnostics::human(&diagnostics, &sources)
}
