//! `fmt` over whole specs.

use std::path::{Path, PathBuf};

use mlinfra::spec::fmt::format;

use super::load_texts;

fn specs_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            specs_in(&path, found);
        } else if path.to_string_lossy().ends_with(".mlinfra.hcl") {
            found.push(path);
        }
    }
}

#[test]
fn our_own_specs_are_in_the_standard_layout() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut specs = Vec::new();
    for folder in ["examples", "tests/specs/valid", "src/cli/init"] {
        specs_in(&root.join(folder), &mut specs);
    }
    assert!(specs.len() > 5);
    for path in specs {
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(format(&text).unwrap(), text, "{}", path.display());
    }
}

/// The text with its white space taken away wherever that keeps the meaning.
fn crumpled(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim_start();
        if line.contains('#') || line.contains("//") || line.starts_with('#') {
            return line.to_owned();
        }
        line.replace(" = ", "=").replace(", ", ",")
    });
    lines.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn layout_keeps_the_meaning() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut specs = Vec::new();
    specs_in(&root.join("tests/specs/valid"), &mut specs);
    specs.sort();
    let texts: Vec<String> = specs
        .iter()
        .map(|p| std::fs::read_to_string(p).unwrap())
        .collect();
    let json = |texts: &[String]| {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        load_texts(&texts).0.unwrap().canonical_json()
    };
    let crumpled: Vec<String> = texts.iter().map(|t| crumpled(t)).collect();
    let formatted: Vec<String> = crumpled.iter().map(|t| format(t).unwrap()).collect();
    assert_ne!(crumpled, texts);
    assert_eq!(json(&crumpled), json(&texts));
    assert_eq!(json(&formatted), json(&texts));
}
