//! Reviews in the form that Infracost's dashboards and policies read.

use serde_json::{Value, json};

use super::repository::{SPEC, diff_in};

/// What readers of the form rely on; written from its description, not copied.
fn schema() -> Value {
    let text = json!({ "type": ["string", "null"] });
    let amount = json!({ "type": ["string", "null"], "pattern": "^-?[0-9]+(\\.[0-9]+)?$" });
    let component = json!({
        "type": "object",
        "required": ["name", "unit", "hourlyQuantity", "monthlyQuantity", "price", "hourlyCost", "monthlyCost"],
        "properties": {
            "name": { "type": "string" }, "unit": { "type": "string" },
            "hourlyQuantity": amount, "monthlyQuantity": amount, "price": amount,
            "hourlyCost": amount, "monthlyCost": amount,
        },
    });
    let resource = json!({
        "type": "object",
        "required": ["name", "resourceType", "metadata", "hourlyCost", "monthlyCost", "costComponents"],
        "properties": {
            "name": { "type": "string" }, "resourceType": { "type": "string" },
            "metadata": { "type": "object" },
            "hourlyCost": amount, "monthlyCost": amount,
            "costComponents": { "type": "array", "items": component },
        },
    });
    let breakdown = json!({
        "type": "object",
        "required": ["resources", "totalHourlyCost", "totalMonthlyCost"],
        "properties": {
            "resources": { "type": "array", "items": resource },
            "totalHourlyCost": amount, "totalMonthlyCost": amount,
        },
    });
    let count = json!({ "type": "integer", "minimum": 0 });
    let counts = json!({ "type": "object", "additionalProperties": count });
    let summary = json!({
        "type": "object",
        "required": ["totalDetectedResources", "totalNoPriceResources", "noPriceResourceCounts"],
        "properties": {
            "totalDetectedResources": count, "totalNoPriceResources": count,
            "noPriceResourceCounts": counts, "unsupportedResourceCounts": counts,
        },
    });
    let project = json!({
        "type": "object",
        "required": ["name", "metadata", "pastBreakdown", "breakdown", "diff", "summary"],
        "properties": {
            "name": { "type": "string" }, "metadata": { "type": "object" },
            "pastBreakdown": breakdown, "breakdown": breakdown, "diff": breakdown,
            "summary": summary,
        },
    });
    json!({
        "type": "object",
        "required": [
            "version", "currency", "projects", "totalHourlyCost", "totalMonthlyCost",
            "pastTotalHourlyCost", "pastTotalMonthlyCost", "diffTotalHourlyCost",
            "diffTotalMonthlyCost", "timeGenerated", "summary",
        ],
        "properties": {
            "version": { "const": "0.2" }, "currency": { "const": "USD" },
            "projects": { "type": "array", "items": project },
            "totalHourlyCost": amount, "totalMonthlyCost": amount,
            "pastTotalHourlyCost": amount, "pastTotalMonthlyCost": amount,
            "diffTotalHourlyCost": amount, "diffTotalMonthlyCost": amount,
            "timeGenerated": { "type": "string" }, "summary": summary, "displayName": text,
        },
    })
}

/// A spec's folders, and `mlinfra diff --infracost` of them.
fn infracost(old: &str, new: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("old", old), ("new", new)] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("main.mlinfra.hcl"), text).unwrap();
    }
    let ran = diff_in(folder.path(), &["old", "new", "--infracost"]).run();
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|e| format!("{} at {}", e, e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    document
}

#[test]
fn a_difference_is_told_line_by_line() {
    let document = infracost(SPEC, &SPEC.replace("10GiB", "20GiB"));
    let difference = &document["projects"][0]["diff"];
    assert_eq!(
        difference["totalMonthlyCost"],
        document["diffTotalMonthlyCost"]
    );
    let resources = difference["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 1);
    assert_eq!(resources[0]["name"], "stage.report");
    let lines = resources[0]["costComponents"].as_array().unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["name"], "Storage (table)");
    assert_eq!(lines[0]["monthlyQuantity"], "10.737418");
    assert_eq!(lines[0]["price"], "0");
    assert_eq!(lines[0]["monthlyCost"], difference["totalMonthlyCost"]);
}

#[test]
fn nothing_of_a_spec_without_a_difference_is_a_difference() {
    let document = infracost(SPEC, SPEC);
    assert_eq!(document["projects"][0]["diff"]["resources"], json!([]));
    assert_eq!(document["diffTotalMonthlyCost"], "0.00");
}

#[test]
fn what_nobody_prices_is_null_and_counted() {
    let owned = r#"
project "owned" {}

cluster "lab" {
  location = "onprem/dc1"

  node_pool "cpu" {
    vcpus              = 64
    memory             = "256GiB"
    nodes              = 4
    cost_per_node_hour = 1
  }
}

stage "report" {
  kind = "data-processing"

  requirements {
    vcpus     = 16
    locations = ["onprem/*"]
  }

  run {
    duration       = "2h"
    runs_per_month = 30
  }

  output "table" {
    size = "10GiB"
  }
}
"#;
    let document = infracost(owned, &owned.replace("10GiB", "20GiB"));
    assert_eq!(
        document["summary"]["noPriceResourceCounts"]["mlinfra_data_processing"],
        1
    );
    let lines = &document["projects"][0]["breakdown"]["resources"][0]["costComponents"];
    let kept = lines
        .as_array()
        .unwrap()
        .iter()
        .find(|l| l["name"] == "Storage (table)");
    assert_eq!(kept.unwrap()["monthlyCost"], Value::Null);
    let changed = &document["projects"][0]["diff"]["resources"][0]["costComponents"][0];
    assert_eq!(
        (&changed["name"], &changed["monthlyCost"]),
        (&json!("Storage (table)"), &Value::Null)
    );
}

#[test]
fn a_side_that_cannot_be_planned_has_unknown_totals() {
    let document = infracost("broken {", SPEC);
    assert_eq!(document["pastTotalMonthlyCost"], Value::Null);
    assert_eq!(document["diffTotalMonthlyCost"], Value::Null);
    assert_ne!(document["totalMonthlyCost"], Value::Null);
    let errors = document["projects"][0]["metadata"]["errors"]
        .as_array()
        .unwrap();
    assert_eq!(errors.len(), 1);
}
