//! What stages say of data, of each other and of budgets, where it is right.

use mlinfra::model::{Domain, Share};

use super::{codes, load_texts, valid};

/// A spec with these stages and blocks.
fn spec(parts: &[String]) -> String {
    format!("project \"p\" {{}}\n{}", parts.concat())
}

/// A job that makes one output, with one more argument.
fn job(name: &str, more: &str) -> String {
    format!(
        r#"
stage "{name}" {{
  kind = "data-processing"
  {more}
  requirements {{
    vcpus = 4
  }}
  run {{
    duration = "1h"
    schedule = "@daily"
  }}
  output "o" {{
    size = "1GiB"
  }}
}}
"#
    )
}

#[test]
fn data_is_waited_for_and_kept_in_the_region_unless_said_otherwise() {
    let reads = |more: &str| format!("reads = {{ a = {{ from = stage.a.output.o{more} }} }}");
    let plain = valid(&spec(&[job("a", ""), job("b", &reads(""))]));
    assert!(!plain.stages["b"].reads["a"].streamed);
    assert_eq!(plain.stages["a"].outputs["o"].scope, Domain::Region);

    let zonal = job("a", "").replace("size =", "scope = \"zone\"\n    size =");
    let other = valid(&spec(&[zonal, job("b", &reads(", streamed = true"))]));
    assert!(other.stages["b"].reads["a"].streamed);
    assert_eq!(other.stages["a"].outputs["o"].scope, Domain::Zone);
}

#[test]
fn stages_of_an_affinity_are_sorted_and_stand_once() {
    let block = "affinity \"x\" {\n  stages = [stage.b, stage.a, stage.b]\n  same = \"zone\"\n}\n";
    let project = valid(&spec(&[job("a", ""), job("b", ""), block.to_owned()]));
    let affinity = &project.affinities["x"];
    assert_eq!(affinity.stages.value, ["a", "b"]);
    assert_eq!(affinity.same, Domain::Zone);
}

#[test]
fn a_pool_of_one_stage_is_warned_of_and_is_no_error() {
    let told = |a: &str, b: &str| {
        let shares = [("a", a), ("b", b)];
        let jobs = shares.map(|(name, share)| job(name, &format!("share = \"{share}\"")));
        let (project, diagnostics, _) = load_texts(&[&spec(&jobs)]);
        assert!(project.is_some());
        diagnostics.iter().map(|d| d.code.slug).collect::<Vec<_>>()
    };
    assert_eq!(told("nightly", "nightly"), [""; 0]);
    assert_eq!(told("nightly", "auto"), ["spec::pool-of-one"]);
    assert_eq!(told("nightly", "nigthly"), ["spec::pool-of-one"; 2]);
}

#[test]
fn a_pool_isnt_called_lonely_while_another_stage_is_wrong() {
    let right = job("a", "share = \"nightly\"");
    let wrong = job("b", "share = \"nightly\"").replace("vcpus = 4", "vcpus = 0");
    assert_eq!(codes(&spec(&[right, wrong])), ["spec::out-of-range"]);
}

#[test]
fn six_stages_may_share_with_any_other() {
    let jobs = ["a", "b", "c", "d", "e", "f"].map(|name| job(name, "share = \"auto\""));
    let project = valid(&spec(&jobs));
    let auto = project.stages.values();
    assert_eq!(auto.filter(|s| matches!(s.share, Share::Auto)).count(), 6);
}

#[test]
fn stages_may_be_in_one_region_and_in_different_zones() {
    let blocks = "affinity \"x\" {\n  stages = [stage.a, stage.b]\n  same = \"region\"\n}\n\
                  anti_affinity \"x\" {\n  stages = [stage.a, stage.b]\n  different = \"zone\"\n}\n";
    let project = valid(&spec(&[job("a", ""), job("b", ""), blocks.to_owned()]));
    assert_eq!(project.anti_affinities["x"].different, Domain::Zone);
}

#[test]
fn a_budget_may_be_larger_than_any_rate() {
    let text = "project \"p\" {}\nbudget \"b\" {\n  limit = 25000000.5\n}\n";
    let limit = valid(text).budgets["b"].limit;
    assert_eq!(limit.to_string(), "25000000.50");
}
