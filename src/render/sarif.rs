//! Diagnostics and verdicts as SARIF 2.1.0, which code hosts show beside the lines of a change.
//!
//! A result is known again by its fingerprint, which has the text of its line in it and not the
//! number, so that lines above it can come and go. Rules that are kept aren't results; those that were
//! waived are, as suppressed ones.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::text::inert_line;
use crate::catalog::text::sha256_hex;
use crate::diagnostics::{
    Code, Diagnostic, Diagnostics, Hint, Origin, Severity as How, SourceFile, Sources, policy,
};
use crate::model::Rule;
use crate::review::policy::about;
use crate::review::verdict::{Place, Severity, Status, Verdict};

/// The page that explains every code; its sections are the rules' help.
const ERRORS: &str = include_str!("../../docs/errors.md");

/// What is to be said of one spec.
#[derive(Debug, Clone, Copy)]
pub struct Told<'t> {
    /// Mistakes and warnings. What verdicts say isn't said again by those that were made of them.
    pub diagnostics: &'t Diagnostics,
    /// The files that these are about.
    pub sources: &'t Sources,
    /// What policies say.
    pub verdicts: &'t [Verdict],
}

impl Told<'_> {
    fn found(&self) -> impl Iterator<Item = Found> {
        let said = |d: &&Diagnostic| {
            let of_verdict = d.code == &policy::DENIED || d.code == &policy::BROKEN;
            !of_verdict || self.verdicts.is_empty()
        };
        let told = self.diagnostics.iter().filter(said);
        let told = told.map(|diagnostic| Found::told(diagnostic, self.sources));
        let judged = self.verdicts.iter().filter(|v| v.status != Status::Kept);
        told.chain(judged.map(|verdict| Found::judged(verdict, self.sources)))
    }
}

/// Renders what is to be said of specs.
#[must_use]
pub fn sarif(told: &[Told<'_>]) -> Value {
    let found: Vec<Found> = told.iter().flat_map(Told::found).collect();
    let names: BTreeSet<&str> = found.iter().map(|one| one.rule.as_str()).collect();
    let rules: Vec<Value> = names.iter().map(|name| rule(name)).collect();
    let indices: BTreeMap<&str, usize> = names.into_iter().zip(0..).collect();
    let mut seen = BTreeMap::new();
    let results: Vec<Value> = found
        .iter()
        .map(|one| one.result(&indices, &mut seen))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "mlinfra",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A result before it has its number among those that are alike.
struct Found {
    rule: String,
    level: &'static str,
    message: String,
    location: Option<Value>,
    /// What makes it this one, whatever line it is on.
    identity: String,
    suppression: Option<Value>,
}

impl Found {
    fn told(diagnostic: &Diagnostic, sources: &Sources) -> Self {
        let place = diagnostic.origin;
        let place = place.and_then(|origin| Some((origin, sources.get(origin.file)?)));
        let line = place.map_or("", |(origin, file)| {
            file.line(file.position(origin.start).line).trim()
        });
        let name = place.map_or("", |(_, file)| in_repository(&file.name));
        Self {
            rule: diagnostic.code.slug.to_owned(),
            level: match diagnostic.severity {
                How::Error => "error",
                How::Warning => "warning",
            },
            message: sentences(diagnostic),
            location: place.map_or_else(|| beginning(sources), |(at, file)| Some(range(at, file))),
            identity: format!("{name}\n{line}\n{}", diagnostic.label),
            suppression: None,
        }
    }

    fn judged(verdict: &Verdict, sources: &Sources) -> Self {
        let location = match &verdict.place {
            Some(place) => Some(point(place)),
            None => beginning(sources),
        };
        let file = verdict.place.as_ref();
        let file = file.map(|place| in_repository(&place.file));
        let subject = verdict.subject.as_deref();
        let hint = verdict.hint.as_ref();
        let hint = hint.map_or(String::new(), |hint| format!(" Hint: {hint}."));
        Self {
            rule: verdict.rule.clone(),
            level: match verdict.severity {
                Severity::Deny => "error",
                Severity::Warn => "warning",
                Severity::Note => "note",
            },
            message: format!("{}{hint}", verdict.message),
            location,
            identity: format!("{}\n{}", file.unwrap_or(""), subject.unwrap_or("")),
            suppression: suppression(&verdict.status),
        }
    }

    fn result(&self, indices: &BTreeMap<&str, usize>, seen: &mut BTreeMap<String, usize>) -> Value {
        let identity = sha256_hex(format!("{}\n{}", self.rule, self.identity).as_bytes());
        let hash = identity.get(..16).unwrap_or_default().to_owned();
        let count = seen.entry(hash.clone()).or_default();
        *count += 1;
        let mut result = json!({
            "ruleId": self.rule,
            "ruleIndex": indices.get(self.rule.as_str()),
            "level": self.level,
            "message": { "text": plain(&self.message) },
            "locations": self.location.iter().collect::<Vec<_>>(),
            "partialFingerprints": { "primaryLocationLineHash": format!("{hash}:{count}") },
        });
        if let (Some(members), Some(suppression)) = (result.as_object_mut(), &self.suppression) {
            members.insert("suppressions".to_owned(), json!([suppression]));
        }
        result
    }
}

fn suppression(status: &Status) -> Option<Value> {
    let Status::Waived { reason, until } = status else {
        return None;
    };
    let reason = plain(reason);
    Some(json!({
        "kind": "inSource",
        "status": "accepted",
        "justification": format!("Until {until}: {reason}"),
    }))
}

/// What a diagnostic says, on one line.
fn sentences(diagnostic: &Diagnostic) -> String {
    let label = diagnostic.label.as_str();
    let first = match label.is_empty() {
        true => diagnostic.code.summary.to_owned(),
        false => format!("{}: {label}", diagnostic.code.summary),
    };
    let mut text = format!("{first}. {}", diagnostic.detail);
    for hint in &diagnostic.hints {
        match hint {
            Hint::Text(advice) => text.push_str(&format!(" Hint: {advice}")),
            Hint::Command { lead, command } => text.push_str(&format!(" {lead} {command}")),
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// Text without what a viewer would act on: control characters, and links, which are `[…](…)` here too.
fn plain(text: &str) -> String {
    inert_line(text).replace("](", "\\](")
}

fn range(origin: Origin, file: &SourceFile) -> Value {
    let start = file.position(origin.start);
    let end = file.position(origin.end.max(origin.start));
    location(
        &file.name,
        json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        }),
    )
}

fn point(place: &Place) -> Value {
    let region = json!({ "startLine": place.line, "startColumn": place.column });
    location(&place.file, region)
}

/// Code hosts drop what is nowhere, so that stands at the beginning of the spec.
fn beginning(sources: &Sources) -> Option<Value> {
    let (_, first) = sources.iter().next()?;
    Some(location(&first.name, json!({ "startLine": 1 })))
}

fn location(file: &str, region: Value) -> Value {
    let file = in_repository(file);
    let mut artifact = Map::new();
    artifact.insert("uri".to_owned(), uri(file).into());
    if !file.starts_with('/') {
        artifact.insert("uriBaseId".to_owned(), "%SRCROOT%".into());
    }
    json!({ "physicalLocation": { "artifactLocation": artifact, "region": region } })
}

/// A file of a revision, which is called `COMMIT:PATH`, by its path alone.
pub(super) fn in_repository(name: &str) -> &str {
    let is_commit = |word: &str| word.len() >= 7 && word.bytes().all(|b| b.is_ascii_hexdigit());
    match name.split_once(':') {
        Some((commit, path)) if is_commit(commit) => path,
        _ => name,
    }
}

/// A path as a URI: relative ones are taken from the repository's root.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            b'\\' => uri.push('/'),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// What a viewer can say of a rule: a built-in one, a code of ours, or a team's own.
fn rule(name: &str) -> Value {
    if let Some(rule) = Rule::from_name(name) {
        let about = about(rule);
        return json!({
            "id": name,
            "shortDescription": { "text": about.kept },
            "fullDescription": { "text": about.why },
            "help": { "text": format!("To keep it: {}.", about.hint) },
        });
    }
    let code = crate::diagnostics::all_codes().find(|code| code.slug == name);
    match code {
        Some(code) => explained(code),
        None => json!({ "id": name, "shortDescription": { "text": plain(name) } }),
    }
}

fn explained(code: &Code) -> Value {
    let section = section(code.slug);
    json!({
        "id": code.slug,
        "shortDescription": { "text": code.summary },
        "help": { "text": section, "markdown": section },
    })
}

/// The section of a code in the page of errors.
fn section(slug: &str) -> &'static str {
    let after = ERRORS.split_once(&format!("\n## {slug}\n"));
    let section = after.map_or("", |(_, after)| after);
    let end = ["\n## ", "\n# "]
        .iter()
        .filter_map(|head| section.find(head));
    section[..end.min().unwrap_or(section.len())].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_help() {
        for code in crate::diagnostics::all_codes() {
            let help = section(code.slug);
            assert!(
                help.len() > 80 && !help.contains("\n## "),
                "{}: {help}",
                code.slug
            );
        }
    }

    #[test]
    fn files_of_revisions_are_files_of_the_repository() {
        assert_eq!(in_repository("0123456789ab:specs/a.hcl"), "specs/a.hcl");
        assert_eq!(in_repository("specs:1/a.hcl"), "specs:1/a.hcl");
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("a b/ä.hcl"), "a%20b/%C3%A4.hcl");
        assert_eq!(uri("/srv/x.hcl"), "file:///srv/x.hcl");
        assert_eq!(uri("../x?y#z.hcl"), "../x%3Fy%23z.hcl");
    }
}
