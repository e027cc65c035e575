//! `docs/policies.md` and `policy list` have the rules that there are.

use std::path::PathBuf;

use mlinfra::model::Rule;
use mlinfra::review::policy::{about, usual};
use serde_json::Value;

use super::organisation;
use crate::cli::mlinfra;

const BEGIN: &str =
    "<!-- rules: made from src/review/policy/about.rs by tests/it/policy/documents.rs -->\n";
const END: &str = "<!-- end of rules -->\n";

#[test]
fn the_page_lists_every_rule() {
    let mut table = "| rule | severity | what holds where it is kept, and why | thresholds |\n\
                     | --- | --- | --- | --- |\n"
        .to_owned();
    for rule in Rule::ALL {
        let about = about(rule);
        let thresholds = match about.thresholds {
            "" => String::new(),
            some => format!("`{some}`"),
        };
        let (name, severity) = (rule.as_str(), about.strictness.as_str());
        let sentences = format!("{} {}", about.kept, about.why);
        table.push_str(&format!(
            "| `{name}` | `{severity}` | {sentences} | {thresholds} |\n"
        ));
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/policies.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let current = format!("{before}{BEGIN}{table}{END}{after}");
    if std::env::var_os("MLINFRA_UPDATE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    assert_eq!(page, current, "MLINFRA_UPDATE=1 writes it");
}

#[test]
fn thresholds_are_told_as_they_are() {
    for rule in Rule::ALL {
        let arguments = about(rule)
            .thresholds
            .replace("0.5", "0.5\n")
            .replace(", max_idle", "\nmax_idle");
        // A list must have something in it, so that nothing is written by leaving it out.
        let arguments = arguments.replace("accepted = []", "");
        let text = format!("policy \"{}\" {{\n{arguments}\n}}\n", rule.as_str());
        let mut told = organisation(&text).policies.remove(0).1.thresholds;
        if rule == Rule::UnpricedItems {
            told.accepted = Some([].into());
        }
        assert_eq!(told, usual(rule), "{}", rule.as_str());
        let given = rule.thresholds().iter();
        for name in given {
            assert!(about(rule).thresholds.contains(name), "{name}");
        }
    }
}

#[test]
fn the_list_fits_a_terminal_and_has_a_form_for_programs() {
    let ran = mlinfra(["policy", "list"]).run();
    assert_eq!(ran.code, 0);
    let first = ran
        .stdout
        .lines()
        .skip(1)
        .filter(|line| !line.starts_with(' '));
    let listed: Vec<&str> = first.filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(listed, Rule::NAMES);
    assert!(
        ran.stdout.lines().all(|line| line.chars().count() <= 80),
        "{}",
        ran.stdout
    );
    let ran = mlinfra(["policy", "list", "--json"]).run();
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let rules = document["rules"].as_array().unwrap();
    let names: Vec<&str> = rules
        .iter()
        .map(|rule| rule["rule"].as_str().unwrap())
        .collect();
    assert_eq!(names, Rule::NAMES);
}
