//! Every example plans, and its README shows what it prints.
//!
//! `MLINFRA_UPDATE=1 cargo test --test it examples` writes the READMEs anew after a change that
//! was meant; the difference is then read in review.

use std::path::Path;

use crate::cli::mlinfra;

/// Runs each command that a README shows as `$ mlinfra …` in a text block, and compares.
#[track_caller]
fn check(example: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(example)
        .join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let mut out = String::new();
    let mut shown = 0;
    let mut rest = readme.as_str();
    while let Some(start) = rest.find("```text\n$ mlinfra ") {
        let body = start + "```text\n".len();
        let end = body + rest[body..].find("```").expect("the block ends");
        let command = rest[body..end].lines().next().unwrap();
        out.push_str(&rest[..body]);
        out.push_str(&transcript(command));
        rest = &rest[end..];
        shown += 1;
    }
    out.push_str(rest);
    assert!(shown > 0, "{example}/README.md shows no command");
    if std::env::var_os("MLINFRA_UPDATE").is_some() {
        std::fs::write(&path, &out).unwrap();
    }
    assert_eq!(
        readme, out,
        "examples/{example}/README.md isn't what the program prints"
    );
}

/// Lines of the plan that the README of the project shows, before `…`.
const SHOWN_LINES: usize = 20;

#[test]
fn the_readme_shows_how_the_plan_begins() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let start = readme.find("```text\n$ mlinfra plan").unwrap() + "```text\n".len();
    let end = start
        + readme[start..]
            .find("…\n```")
            .expect("the block ends with …");
    let shown = transcript(readme[start..end].lines().next().unwrap());
    let shown: String = shown.split_inclusive('\n').take(SHOWN_LINES).collect();
    let current = format!("{}{shown}{}", &readme[..start], &readme[end..]);
    if std::env::var_os("MLINFRA_UPDATE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    assert_eq!(
        readme, current,
        "README.md doesn't show what the program prints"
    );
}

/// The command and what it prints on both streams, as a terminal would show it.
fn transcript(command: &str) -> String {
    let arguments: Vec<&str> = command
        .trim_start_matches("$ mlinfra ")
        .split(' ')
        .collect();
    let ran = mlinfra(&arguments).run();
    format!("{command}\n{}{}", ran.stdout, ran.stderr)
}

#[test]
fn minimal_plans_as_its_readme_shows() {
    check("minimal");
}

#[test]
fn recommender_plans_as_its_readme_shows() {
    check("recommender");
}

#[test]
fn cloud_only_plans_as_its_readme_shows() {
    check("cloud-only");
}

#[test]
fn pooled_plans_as_its_readme_shows() {
    check("pooled");
}
