//! What isn't in the figures, what they were made from, and how to make them again.

use maud::{Markup, html};

use super::figures::said;
use super::shell::wide;
use crate::planning::plan::Plan;
use crate::render::plan::{digest_of, human};

/// What isn't priced and what isn't counted.
pub(super) fn left_out(plan: &Plan) -> Markup {
    html! {
        h3 { "Not priced" }
        (list(&plan.not_priced, "Everything is priced."))
        h3 { "Not taken into account" }
        (list(&plan.not_considered, "All that the spec says was taken into account."))
    }
}

fn list(entries: &[String], none: &str) -> Markup {
    html! {
        @if entries.is_empty() {
            p { (none) }
        } @else {
            ul { @for entry in entries { li { (said(entry)) } } }
        }
    }
}

/// What the plan hands over; nothing when that is nothing.
pub(super) fn outputs(plan: &Plan) -> Option<Markup> {
    let outputs = plan.outputs.iter();
    let lines = outputs.map(|(name, output)| human::output(name, output));
    (!plan.outputs.is_empty())
        .then(|| html! { ul { @for line in lines { li { code { (line) } } } } })
}

/// Catalogs and digests, and the command that makes the same plan; `spec` is as it was named.
pub(super) fn made_from(plan: &Plan, spec: &str) -> Markup {
    let catalogs = html! {
        table {
            caption { "Catalogs, with the day of their figures" }
            thead { tr {
                th scope="col" { "Catalog" }
                th scope="col" { "As of" }
                th scope="col" { "Digest (sha-256)" }
            } }
            tbody {
                @for catalog in &plan.inputs.catalogs {
                    tr {
                        th scope="row" { (catalog.name) }
                        td { (catalog.as_of) }
                        td { code { (catalog.sha256) } }
                    }
                }
            }
        }
    };
    html! {
        (wide("Catalogs", &catalogs))
        h3 { "To make it again" }
        p { "From the spec and the catalogs of these digests, equal plans are made anywhere, byte by byte:" }
        pre tabindex="0" { code { "mlinfra plan " (spec) " --json" } }
        dl.facts {
            div { dt { "Spec" } dd { code { (plan.inputs.spec_sha256) } } }
            div { dt { "Plan" } dd { code { (digest_of(plan)) } } }
            div { dt { "Minimised" } dd { (plan.inputs.objective) } }
            div { dt { "Program" } dd { "mlinfra " (env!("CARGO_PKG_VERSION")) } }
        }
    }
}
