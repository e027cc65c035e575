//! Licences, sources and duplicates of the crates that are built in. `deny.toml` is the one list of
//! what is allowed, so that `cargo deny` finds the same.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use super::tree::{read, root};

/// What cargo resolves, for every platform.
static METADATA: LazyLock<Value> = LazyLock::new(|| {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = [
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--all-features",
    ];
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
});

fn packages() -> &'static [Value] {
    METADATA["packages"].as_array().unwrap()
}

/// The strings in a list of `deny.toml` such as `allow = ["MIT", …]`.
fn strings_of(list: &str) -> Vec<String> {
    let text = read("deny.toml");
    let start = format!("\n{list} = [");
    let body = text
        .split(&start)
        .nth(1)
        .unwrap_or_else(|| panic!("deny.toml has no {list}"));
    let body = body.split("\n]").next().unwrap();
    let entries = body.lines().filter_map(|line| line.split('"').nth(1));
    entries.map(str::to_owned).collect()
}

/// Whether an SPDX expression can be satisfied with allowed licences alone.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    // Old manifests write `/` for OR. An exception only ever adds permissions.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let result = any_of(&mut words, allowed);
    result && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut result = all_of(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        result |= all_of(words, allowed);
    }
    result
}

fn all_of(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut result = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        result &= one(words, allowed);
    }
    result
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let result = any_of(words, allowed);
        return words.next() == Some(")") && result;
    }
    let result = words.next().is_some_and(|name| allowed.contains(name));
    if words.next_if_eq(&"WITH").is_some() {
        words.next();
    }
    result
}

#[test]
fn licence_expressions_are_understood() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Zlib"].map(str::to_owned));
    let check = |expression| is_allowed(expression, &allowed);
    assert!(check("MIT OR GPL-3.0") && check("GPL-3.0/MIT"));
    assert!(check("(GPL-3.0 OR MIT) AND Zlib") && check("Apache-2.0 WITH LLVM-exception"));
    assert!(!check("GPL-3.0") && !check("MIT AND GPL-3.0") && !check("(MIT") && !check(""));
    assert!(!check("GPL-3.0 OR (MIT AND GPL-3.0)") && !check("MIT Zlib"));
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let allowed: BTreeSet<String> = strings_of("allow").into_iter().collect();
    let refused: Vec<String> = packages()
        .iter()
        .map(|p| (p["id"].to_string(), p["license"].as_str().unwrap_or("none")))
        .filter(|(_, licence)| !is_allowed(licence, &allowed))
        .map(|(id, licence)| format!("{id}: {licence}"))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn every_dependency_comes_from_the_public_registry() {
    let registry = "registry+https://github.com/rust-lang/crates.io-index";
    let others: Vec<&Value> = packages()
        .iter()
        .filter(|p| !p["source"].is_null() && p["source"] != registry)
        .map(|p| &p["id"])
        .collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn no_crate_is_there_twice_without_a_reason() {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        versions
            .entry(name)
            .or_default()
            .push(package["version"].as_str().unwrap());
    }
    versions.retain(|_, versions| versions.len() > 1);
    let skipped: Vec<String> = strings_of("skip");
    let skip = |name: &str, version: &&str| skipped.contains(&format!("{name}@{version}"));
    for (name, versions) in &versions {
        let kept = versions
            .iter()
            .filter(|version| !skip(name, version))
            .count();
        assert_eq!(
            kept, 1,
            "{name} {versions:?}: `skip` in deny.toml must name all but one"
        );
    }
    for entry in &skipped {
        let (name, version) = entry.split_once('@').unwrap();
        let needed = versions.get(name).is_some_and(|v| v.contains(&version));
        assert!(needed, "`skip` in deny.toml names {entry} without need");
    }
}
