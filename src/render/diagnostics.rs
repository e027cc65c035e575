//! Diagnostics as people read them.

use std::fmt::Write as _;

use crate::diagnostics::{Diagnostics, Severity, Sources};

/// Renders all diagnostics, each with its code, place and hints.
#[must_use]
pub fn human(diagnostics: &Diagnostics, sources: &Sources) -> String {
    let mut out = String::new();
    for d in diagnostics {
        let severity = if d.severity == Severity::Error {
            "error"
        } else {
            "warning"
        };
        let at = d
            .origin
            .and_then(|o| sources.line_ref(o))
            .unwrap_or_default();
        _ = writeln!(
            out,
            "{severity}[{}]: {}\n  --> {at}\n{}\n",
            d.code.slug, d.code.summary, d.detail
        );
    }
    out
}
