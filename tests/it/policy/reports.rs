//! SARIF and JUnit: what they say, that it is inert, and that it has the form of the standards.

use std::path::Path;

use mlinfra::diagnostics::{Diagnostics, Sources};
use mlinfra::render::junit::{Suite, junit};
use mlinfra::render::sarif::{Told, sarif};
use mlinfra::review::verdict::{Severity, Status, Verdict};
use serde_json::{Value, json};

use super::{day, with};
use crate::cli::mlinfra;

/// The parts of SARIF 2.1.0 that are used, by the standard's text: what must be there, of which type, and
/// which words are known.
fn schema() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let message = json!({ "type": "object", "required": ["text"], "properties": { "text": text, "markdown": text },
        "additionalProperties": false });
    let number = json!({ "type": "integer", "minimum": 1 });
    let region = json!({ "type": "object", "additionalProperties": false, "required": ["startLine"], "properties": {
        "startLine": number, "startColumn": number, "endLine": number, "endColumn": number } });
    let artifact = json!({ "type": "object", "additionalProperties": false, "required": ["uri"], "properties": {
        "uri": { "type": "string", "pattern": "^[A-Za-z0-9._~:/%-]+$" },
        "uriBaseId": { "const": "%SRCROOT%" } } });
    let location = json!({ "type": "object", "additionalProperties": false, "properties": { "physicalLocation": {
        "type": "object", "additionalProperties": false, "required": ["artifactLocation"],
        "properties": { "artifactLocation": artifact, "region": region } } } });
    let suppression = json!({ "type": "object", "additionalProperties": false, "required": ["kind"], "properties": {
        "kind": { "enum": ["inSource", "external"] },
        "status": { "enum": ["accepted", "underReview", "rejected"] }, "justification": text } });
    let result = json!({ "type": "object", "additionalProperties": false, "required": ["message"], "properties": {
        "ruleId": text, "ruleIndex": { "type": "integer", "minimum": 0 },
        "level": { "enum": ["none", "note", "warning", "error"] }, "message": message,
        "locations": { "type": "array", "items": location },
        "partialFingerprints": { "type": "object", "additionalProperties": text },
        "suppressions": { "type": "array", "minItems": 0, "items": suppression } } });
    let rule = json!({ "type": "object", "additionalProperties": false, "required": ["id"], "properties": {
        "id": text, "shortDescription": message, "fullDescription": message, "help": message } });
    let driver = json!({ "type": "object", "additionalProperties": false, "required": ["name"], "properties": {
        "name": text, "version": text, "rules": { "type": "array", "uniqueItems": true, "items": rule } } });
    let run = json!({ "type": "object", "additionalProperties": false, "required": ["tool"], "properties": {
        "tool": { "type": "object", "required": ["driver"], "properties": { "driver": driver } },
        "columnKind": { "enum": ["utf16CodeUnits", "unicodeCodePoints"] },
        "results": { "type": "array", "items": result } } });
    json!({ "type": "object", "additionalProperties": false, "required": ["version", "runs"], "properties": {
        "$schema": { "type": "string", "format": "uri" }, "version": { "const": "2.1.0" },
        "runs": { "type": "array", "items": run } } })
}

#[track_caller]
fn assert_sarif(document: &Value) {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    for result in document["runs"][0]["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(
            document["runs"][0]["tool"]["driver"]["rules"][index]["id"],
            result["ruleId"]
        );
    }
}

/// What a run of a command wrote as SARIF, and its exit code.
fn written(command: &str, spec: &str, dir: &Path) -> (i32, Value) {
    std::fs::write(dir.join("main.mlinfra.hcl"), spec).unwrap();
    let ran = mlinfra([command, "--sarif", "out.sarif"])
        .in_dir(dir)
        .env("SOURCE_DATE_EPOCH", "1795219200");
    let ran = ran.run();
    let text = std::fs::read_to_string(dir.join("out.sarif")).unwrap();
    let document = serde_json::from_str(&text).unwrap();
    assert_sarif(&document);
    (ran.code, document)
}

fn results(document: &Value) -> &[Value] {
    document["runs"][0]["results"].as_array().unwrap()
}

#[test]
fn mistakes_of_a_spec_are_errors_at_their_lines_with_help() {
    let dir = tempfile::tempdir().unwrap();
    for command in ["validate", "plan"] {
        let (code, document) = written(command, "project \"p\" {\n  tem = \"x\"\n}\n", dir.path());
        assert_eq!(code, 10);
        let [result] = results(&document) else {
            panic!("{document:#}");
        };
        assert_eq!(result["ruleId"], "spec::unsupported-argument");
        assert_eq!(result["level"], "error");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"],
            json!({ "uri": "main.mlinfra.hcl", "uriBaseId": "%SRCROOT%" })
        );
        let region = json!({ "startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 6 });
        assert_eq!(place["region"], region);
        let help = &document["runs"][0]["tool"]["driver"]["rules"][0]["help"]["markdown"];
        assert!(help.as_str().unwrap().len() > 80, "{help}");
    }
}

#[test]
fn breaches_have_levels_and_waived_ones_are_suppressed() {
    let dir = tempfile::tempdir().unwrap();
    let waiver =
        "waiver \"no-owner\" {\n  reason = \"being founded\"\n  until = \"2026-12-31\"\n}\n";
    let policy = "policy \"unpriced-items\" { severity = \"deny\" }\n";
    let spec = with("max_lifetime = \"12h\"", "").replace("team   = \"ranking\"", "");
    let (code, document) = written("plan", &format!("{waiver}{policy}{spec}"), dir.path());
    assert_eq!(code, 14);
    let level = |rule: &str| {
        let of_rule = results(&document)
            .iter()
            .filter(|result| result["ruleId"] == rule);
        let levels: Vec<&Value> = of_rule.map(|result| &result["level"]).collect();
        assert_eq!(levels.len(), 1, "{rule}: {document:#}");
        levels[0].clone()
    };
    assert_eq!(level("unpriced-items"), "error");
    assert_eq!(level("gpu-without-lifetime"), "warning");
    assert_eq!(level("no-owner"), "note");
    let waived = results(&document)
        .iter()
        .find(|result| result["ruleId"] == "no-owner")
        .unwrap();
    assert_eq!(
        waived["suppressions"][0]["justification"],
        "Until 2026-12-31: being founded"
    );
    // What denies isn't said once more by its error.
    assert!(
        !results(&document)
            .iter()
            .any(|result| result["ruleId"] == "policy::denied")
    );
}

#[test]
fn fingerprints_stay_when_lines_move_and_differ_between_findings() {
    let dir = tempfile::tempdir().unwrap();
    let fingerprints = |spec: &str| {
        let (_, document) = written("plan", spec, dir.path());
        let results = results(&document).iter();
        let prints =
            results.map(|r| r["partialFingerprints"]["primaryLocationLineHash"].to_string());
        prints.collect::<Vec<_>>()
    };
    let spec = with("max_lifetime = \"12h\"", "").replace("team   = \"ranking\"", "");
    let first = fingerprints(&spec);
    assert_eq!(first, fingerprints(&format!("# one more\n\n{spec}")));
    let distinct: std::collections::BTreeSet<&String> = first.iter().collect();
    assert_eq!(distinct.len(), first.len(), "{first:?}");

    let mistakes = "project \"p\" {\n  tem = \"x\"\n}\nproject \"p\" {\n  tem = \"x\"\n}\n";
    let first = fingerprints(mistakes);
    assert_eq!(first, fingerprints(&format!("\n{mistakes}")));
    let distinct: std::collections::BTreeSet<&String> = first.iter().collect();
    assert_eq!(distinct.len(), first.len(), "{first:?}");
}

/// Text that would do something in a terminal, a page, XML or Markdown.
const HOSTILE: &str =
    "]]></failure><script>\u{1b}[31m\u{202e}\u{0}\u{ffff}&\"'\n[x](https://a.b)@all";

fn hostile(severity: Severity, status: Status) -> Verdict {
    Verdict {
        rule: HOSTILE.into(),
        severity,
        status,
        subject: Some(HOSTILE.into()),
        message: HOSTILE.into(),
        hint: Some(HOSTILE.into()),
        place: None,
    }
}

fn all_hostile() -> Vec<Verdict> {
    let waived = Status::Waived {
        reason: HOSTILE.into(),
        until: day("2026-12-31"),
    };
    [Severity::Note, Severity::Warn, Severity::Deny]
        .into_iter()
        .map(|severity| hostile(severity, Status::Broken))
        .chain([
            hostile(Severity::Deny, waived),
            hostile(Severity::Deny, Status::Kept),
        ])
        .collect()
}

#[test]
fn hostile_text_is_inert_in_xml() {
    let verdicts = all_hostile();
    let suite = Suite {
        spec: HOSTILE,
        verdicts: &verdicts,
        budgets: &[],
    };
    let xml = junit(&[suite]);
    assert!(!xml.contains("<script>") && !xml.contains("]]>"), "{xml}");
    let fit =
        |c: char| c == '\n' || (c >= ' ' && !matches!(c, '\u{202e}' | '\u{fffe}' | '\u{ffff}'));
    assert!(xml.chars().all(fit), "{xml}");
    // Every `<` begins a tag of ours, and each that is opened is closed.
    let tags: Vec<&str> = xml
        .split('<')
        .skip(1)
        .map(|tag| tag.split([' ', '>', '/']).find(|w| !w.is_empty()).unwrap())
        .collect();
    let known = [
        "?xml",
        "testsuites",
        "testsuite",
        "testcase",
        "system-out",
        "failure",
        "skipped",
    ];
    assert!(tags.iter().all(|tag| known.contains(tag)), "{tags:?}");
    let quotes = xml.matches('"').count();
    assert_eq!(quotes % 2, 0);
    assert!(
        xml.contains("tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"1\""),
        "{xml}"
    );
}

#[test]
fn hostile_text_is_inert_in_sarif() {
    let mut sources = Sources::new();
    sources.add("a b/\u{202e}<x>.hcl", "");
    let verdicts = all_hostile();
    let document = sarif(&[Told {
        diagnostics: &Diagnostics::new(),
        sources: &sources,
        verdicts: &verdicts,
    }]);
    assert_sarif(&document);
    for result in results(&document) {
        let text = result["message"]["text"].as_str().unwrap();
        assert!(
            !text.contains(['\u{1b}', '\u{202e}', '\n', '\0']),
            "{text:?}"
        );
        assert!(text.contains("[x\\](https://a.b)"), "{text}");
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(uri, "a%20b/%E2%80%AE%3Cx%3E.hcl");
    }
}

#[test]
fn each_rule_and_budget_is_a_case() {
    let dir = tempfile::tempdir().unwrap();
    let budget = "budget \"all\" {\n  limit = 1\n}\n";
    let waiver =
        "waiver \"no-owner\" {\n  reason = \"being founded\"\n  until = \"2026-12-31\"\n}\n";
    let deny = "policy \"unpriced-items\" { severity = \"deny\" }\n";
    let spec = with("max_lifetime = \"12h\"", "").replace("team   = \"ranking\"", "");
    std::fs::write(
        dir.path().join("main.mlinfra.hcl"),
        format!("{budget}{waiver}{deny}{spec}"),
    )
    .unwrap();
    let ran = mlinfra(["plan", "--junit", "out.xml"])
        .in_dir(dir.path())
        .env("SOURCE_DATE_EPOCH", "1779321600");
    assert_eq!(ran.run().code, 14);
    let xml = std::fs::read_to_string(dir.path().join("out.xml")).unwrap();
    insta::assert_snapshot!(xml, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="mlinfra" tests="9" failures="2" errors="0" skipped="1">
      <testsuite name="." tests="9" failures="2" errors="0" skipped="1">
        <testcase classname="." name="gpu-without-lifetime stage.train" file="main.mlinfra.hcl"><system-out>warning: Stage `train` has GPUs in `dev` and no `max_lifetime`, so nothing ends them but people.</system-out></testcase>
        <testcase classname="." name="spot-without-checkpoint"/>
        <testcase classname="." name="cross-region-data"/>
        <testcase classname="." name="public-exposure"/>
        <testcase classname="." name="unpriced-items" file="main.mlinfra.hcl"><failure type="deny" message="The bill is without: boot disks; NAT gateways, public addresses, Kubernetes control planes."/></testcase>
        <testcase classname="." name="idle-replicas"/>
        <testcase classname="." name="stale-catalog"/>
        <testcase classname="." name="no-owner" file="main.mlinfra.hcl"><skipped message="waived until 2026-12-31: being founded"/></testcase>
        <testcase classname="." name="budget all"><failure type="deny" message="The plan takes USD 154.53 of the USD 1.00 per month."/></testcase>
      </testsuite>
    </testsuites>
    "#);
}
