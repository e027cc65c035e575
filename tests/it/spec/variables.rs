//! Where variables get their values, and what is said when those don't suit.

use std::collections::BTreeMap;

use mlinfra::diagnostics::Sources;
use mlinfra::render::diagnostics::human;
use mlinfra::spec::{Inputs, VariableInput, load};

const SPEC: &str = "project \"p\" {\n  team = var.team\n}\n\nvariable \"team\" {\n  type    = string\n  \
                    default = \"default\"\n}\n\nvariable \"n\" {\n  type    = list(number)\n  default = []\n}\n";

fn input(text: &str, given_by: &str) -> VariableInput {
    VariableInput {
        text: text.into(),
        given_by: given_by.into(),
    }
}

/// The team that the spec ends up with, or what is said.
fn team(environment: &[(&str, &str)], files: &[(&str, &str)], vars: &[(&str, &str)]) -> String {
    let mut sources = Sources::new();
    sources.add("main.mlinfra.hcl", SPEC);
    let variable_files = files
        .iter()
        .map(|(name, text)| sources.add(*name, *text))
        .collect();
    let values = |given: &[(&str, &str)], by: &str| -> BTreeMap<String, VariableInput> {
        given
            .iter()
            .map(|(n, v)| ((*n).to_owned(), input(v, by)))
            .collect()
    };
    let inputs = Inputs {
        variables: values(vars, "-var"),
        variable_files,
        environment_variables: values(environment, "MLINFRA_VAR_…"),
        ..Inputs::default()
    };
    match load(&sources, &inputs) {
        (Some(project), _) => project.team.unwrap(),
        (None, diagnostics) => human(&diagnostics, &sources),
    }
}

#[test]
fn later_sources_override_earlier_ones() {
    let env = [("team", "environment"), ("other_projects", "x")];
    let files = [
        ("a.hcl", "team = \"first\"\n"),
        ("b.json", "{\"team\": \"second\"}"),
    ];
    assert_eq!(team(&[], &[], &[]), "default");
    assert_eq!(team(&env, &[], &[]), "environment");
    assert_eq!(team(&env, &files[..1], &[]), "first");
    assert_eq!(team(&env, &files, &[]), "second");
    assert_eq!(team(&env, &files, &[("team", "1")]), "1");
}

#[test]
fn values_are_read_as_their_type() {
    assert_eq!(team(&[], &[], &[("n", "[1, 2]")]), "default");
    let told = team(&[], &[], &[("n", "[1, x]")]);
    assert!(told.starts_with("error[spec::variable-value]"), "{told}");
    let told = team(&[], &[("a.hcl", "n = { a = 1 }\n")], &[]);
    assert!(told.contains("a.hcl:1:5"), "{told}");
    assert!(
        told.contains("a list is needed, and this is an object."),
        "{told}"
    );
}

#[test]
fn undeclared_variables_are_named_with_what_was_meant() {
    let told = team(&[], &[("a.hcl", "taem = \"x\"\n")], &[("tem", "x")]);
    assert_eq!(
        told.matches("error[spec::undeclared-variable]").count(),
        2,
        "{told}"
    );
    assert_eq!(told.matches("did you mean `team`?").count(), 2, "{told}");
}

#[test]
fn wrong_variable_files_are_refused() {
    for (name, text, code) in [
        ("a.json", "[1]", "spec::syntax"),
        ("a.json", "{\"team\": 1e99}", "spec::out-of-range"),
        ("a.hcl", "team = ", "spec::syntax"),
        ("a.hcl", "team {}\n", "spec::unsupported-block"),
        ("a.hcl", "team = env(\"HOME\")\n", "spec::env-not-set"),
    ] {
        let told = team(&[], &[(name, text)], &[]);
        assert!(
            told.starts_with(&format!("error[{code}]")),
            "{text}: {told}"
        );
    }
}

#[test]
fn sensitive_values_are_in_no_message() {
    let mut sources = Sources::new();
    let text = "project \"p\" {\n  team = local.a\n}\n\nvariable \"s\" {\n  type      = string\n  sensitive = true\n}\n\n\
                locals {\n  a = \"x${var.s}\"\n  b = tonumber(local.a)\n  c = {}[local.a]\n  d = 5 % local.a\n}\n\n\
                dataset \"d\" {\n  location = local.a\n  size     = local.a\n}\n\noutput \"o\" {\n  value = local.a\n}\n";
    sources.add("a", text);
    let inputs = Inputs {
        variables: BTreeMap::from([("s".to_owned(), input("hunter2", "-var"))]),
        ..Inputs::default()
    };
    let (project, diagnostics) = load(&sources, &inputs);
    assert!(project.is_none());
    assert_eq!(diagnostics.len(), 7);
    assert!(!human(&diagnostics, &sources).contains("hunter2"));
}
