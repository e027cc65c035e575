//! Reports as programs of others read them: sarif-tools, which Microsoft made, and junitparser.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::with;
use crate::cli::mlinfra;
use crate::installed::{installed, run};
use crate::skipped::skip;

const READ: &str = "
import json, sys
from junitparser import Failure, JUnitXml, Skipped
from sarif import loader
folder = sys.argv[1]
report = loader.load_sarif_file(folder + '/out.sarif')
found = [[r['Severity'], r['Code'], r['Location'], r['Line']] for r in report.get_records()]
suites = JUnitXml.fromfile(folder + '/out.xml')
cases = [case for suite in suites for case in suite]
named = lambda kind: [c.name for c in cases if any(isinstance(r, kind) for r in c.result)]
print(json.dumps({
    'tools': report.get_distinct_tool_names(),
    'found': found,
    'counts': [suites.tests, suites.failures, suites.skipped, len(cases)],
    'failed': named(Failure),
    'skipped': named(Skipped),
}))
";

/// A folder with both programs, without what they need for other things than reading.
fn readers() -> Result<PathBuf, String> {
    installed("sarif-tools-3.0.5-junitparser-5.0.3", |folder| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]);
        let wanted = ["sarif-tools==3.0.5", "junitparser==5.0.3"];
        run(pip.arg(folder).args(wanted))
    })
}

#[test]
fn programs_of_others_read_the_reports_alike() {
    let readers = match readers() {
        Ok(readers) => readers,
        Err(why) => return skip(&why),
    };
    let folder = tempfile::tempdir().unwrap();
    let waiver =
        "waiver \"no-owner\" {\n  reason = \"being founded\"\n  until = \"2026-12-31\"\n}\n";
    let policy = "policy \"unpriced-items\" { severity = \"deny\" }\n";
    let spec = with("max_lifetime = \"12h\"", "").replace("team   = \"ranking\"", "");
    let spec = format!("{waiver}{policy}{spec}");
    std::fs::write(folder.path().join("main.mlinfra.hcl"), &spec).unwrap();
    let planned = mlinfra(["plan", "--sarif", "out.sarif", "--junit", "out.xml"])
        .in_dir(folder.path())
        .env("SOURCE_DATE_EPOCH", "1779321600")
        .run();
    assert_eq!(planned.code, 14, "{}", planned.stderr);
    let read = Command::new("python3")
        .args(["-c", READ])
        .arg(folder.path())
        .env("PYTHONPATH", readers)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{stderr}");
    let read: Value = serde_json::from_slice(&read.stdout).unwrap();
    let line = |of: &str| 1 + spec.split(of).next().unwrap().matches('\n').count();
    let (project, stage) = (line("project \"trial\""), line("stage \"train\""));
    let file = "main.mlinfra.hcl";
    assert_eq!(read["tools"], json!(["mlinfra"]));
    let mut found = read["found"].as_array().unwrap().clone();
    found.sort_by_key(|found| found[1].to_string());
    assert_eq!(
        found,
        [
            json!(["warning", "gpu-without-lifetime", file, stage]),
            json!(["note", "no-owner", file, project]),
            json!(["error", "unpriced-items", file, project]),
        ]
    );
    assert_eq!(read["counts"], json!([8, 1, 1, 8]));
    assert_eq!(read["failed"], json!(["unpriced-items"]));
    assert_eq!(read["skipped"], json!(["no-owner"]));
}
