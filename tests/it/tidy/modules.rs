//! The module table of `docs/architecture.md` is what the code does.

use std::collections::BTreeSet;

use super::tree::{TextFile, parts_of, read, text_files};

/// A row of the module table.
struct Module {
    name: String,
    pure: bool,
}

/// The rows of the table, in order.
fn table() -> Vec<Module> {
    let page = read("docs/architecture.md");
    let section = page
        .split("\n## Modules")
        .nth(1)
        .expect("a section on modules");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        Module {
            name: cells[1].trim_matches('`').to_owned(),
            pure: cells[3] == "yes",
        }
    })
    .collect()
}

fn files_of(module: &str) -> Vec<TextFile> {
    let prefix = format!("src/{module}/");
    let single = format!("src/{module}.rs");
    let mut files = text_files("src");
    files.retain(|f| (f.path.starts_with(&prefix) || f.path == single) && f.extension() == "rs");
    files.retain(|f| !f.path.ends_with("/tests.rs"));
    files
}

/// The modules of this crate that a piece of code names: `a` and `b` in `use crate::{a::X, b};`.
fn modules_named(code: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        named.extend(heads(&code[at + path.len()..]));
    }
    named
}

/// The first words of a path, or of each path in a group in braces.
fn heads(path: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        let text = text.trim_start();
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let Some(group) = path.strip_prefix('{') else {
        return vec![word(path)];
    };
    let mut depth = 0;
    let mut heads = vec![word(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(word(&group[at + 1..])),
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

#[test]
fn modules_named_in_code_are_found() {
    let code = "use crate::{a::{X, y}, b,\n    c::Z};\nfn f() { crate::d::g(); $crate::e!(); mycrate::z() }";
    let named: Vec<String> = modules_named(code).into_iter().collect();
    assert_eq!(named, ["a", "b", "c", "d", "e"]);
}

#[test]
fn the_module_table_is_the_list_of_modules() {
    let code = parts_of(&read("src/lib.rs")).code;
    let declared: Vec<&str> = code
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let rows = table();
    let listed: Vec<&str> = rows.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(listed, declared);
}

#[test]
fn a_module_uses_only_those_above_it() {
    let rows = table();
    let mut wrong = Vec::new();
    for (i, module) in rows.iter().enumerate() {
        let below: BTreeSet<&str> = rows[i + 1..].iter().map(|m| m.name.as_str()).collect();
        for file in files_of(&module.name) {
            let named = modules_named(&parts_of(&file.text).code);
            let bad = named.iter().filter(|name| below.contains(name.as_str()));
            wrong.extend(bad.map(|name| format!("{} uses `{name}`", file.path)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_module_reaches_another_through_super() {
    let mut wrong = Vec::new();
    let mut files = text_files("src");
    files.retain(|f| f.extension() == "rs");
    for file in files {
        let folders = file.path.matches('/').count();
        let is_mod = file.path.ends_with("/mod.rs") || !file.path[4..].contains('/');
        // `super` this often is the crate itself, in whose names the table can't be seen.
        let root = "super::".repeat(if is_mod { folders.max(2) - 1 } else { folders });
        if parts_of(&file.text).code.contains(&root) {
            wrong.push(file.path);
        }
    }
    assert!(wrong.is_empty(), "write `crate::` in {wrong:#?}");
}

/// Modules of the standard library that a pure module may not use.
const IMPURE_STD: [&str; 5] = ["env", "fs", "net", "process", "thread"];
/// Other names that it may not use.
const IMPURE_NAMES: [&str; 7] = [
    "SystemTime",
    "Instant",
    "println!",
    "print!",
    "clap",
    "tempfile",
    "terminal_size",
];

/// What a piece of code uses that pure code may not.
fn impurities(code: &str) -> Vec<String> {
    let standard = code.match_indices("std::");
    let mut used: Vec<String> = standard
        .flat_map(|(at, path)| heads(&code[at + path.len()..]))
        .filter(|head| IMPURE_STD.contains(&head.as_str()))
        .collect();
    let is_word = |at: usize, name: &str| {
        let next = code[at + name.len()..].chars().next();
        !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
    };
    let names = IMPURE_NAMES.iter().filter(|name| {
        let mut places = code.match_indices(**name);
        places.any(|(at, _)| is_word(at, name))
    });
    used.extend(names.map(|name| (*name).to_owned()));
    used
}

#[test]
fn impurities_are_found() {
    let code =
        "use std::{fmt, fs::File};\nfn f(i: Instant, j: Instantly) { std::env::var(); eprint!(1) }";
    assert_eq!(impurities(code), ["fs", "env", "Instant", "print!"]);
}

#[test]
fn pure_modules_touch_nothing_outside() {
    let pure = table().into_iter().filter(|m| m.pure);
    let mut wrong = Vec::new();
    for file in pure.flat_map(|module| files_of(&module.name)) {
        let used = impurities(&parts_of(&file.text).code);
        wrong.extend(used.iter().map(|name| format!("{}: {name}", file.path)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_core_is_pure() {
    let impure: Vec<String> = table()
        .into_iter()
        .filter(|m| !m.pure)
        .map(|m| m.name)
        .collect();
    assert_eq!(impure, ["store", "applying", "forge", "cli"]);
}

#[test]
fn the_architecture_page_can_be_read_in_one_sitting() {
    let lines = read("docs/architecture.md").lines().count();
    assert!(lines <= 300, "{lines} lines");
}
