//! Help pages: each exists, fits a terminal, and is as reviewed.

use super::{Finished, mlinfra};

/// The names in the list of commands of a help page, without `help` itself.
fn commands_in(page: &str) -> Vec<String> {
    page.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Every command line that names a command, with its help page: `["catalog", "list"]`.
fn pages() -> Vec<(Vec<String>, Finished)> {
    let mut pages = Vec::new();
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(words) = waiting.pop() {
        let page = mlinfra(words.iter().map(String::as_str).chain(["--help"])).run();
        for name in commands_in(&page.stdout) {
            waiting.push([&*words, &[name]].concat());
        }
        pages.push((words, page));
    }
    pages
}

#[test]
fn every_command_has_a_help_page_of_at_most_80_columns() {
    let pages = pages();
    assert!(pages.len() > 7, "only {} pages were found", pages.len());
    for (words, page) in pages {
        assert_eq!((page.code, page.stderr.as_str()), (0, ""), "{words:?}");
        let about = page.stdout.lines().next().unwrap_or_default();
        let is_sentence = about.starts_with(|c: char| c.is_uppercase()) && about.len() > 10;
        assert!(is_sentence, "{words:?} doesn't say what it does: {about:?}");
        assert!(!about.starts_with("Arguments of"), "{words:?}: {about:?}");
        for line in page.stdout.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
            assert_eq!(line, line.trim_end(), "{words:?} has trailing spaces");
        }
    }
}

#[test]
fn every_command_is_in_the_readme() {
    let readme = include_str!("../../../README.md");
    for name in commands_in(&mlinfra(["--help"]).run().stdout) {
        assert!(
            readme.contains(&format!("`mlinfra {name}`")),
            "README.md lacks `mlinfra {name}`"
        );
    }
}

#[test]
fn without_arguments_the_help_goes_to_stderr_and_the_exit_code_is_that_of_wrong_usage() {
    let finished = mlinfra::<&str>([]).run();
    let help = mlinfra(["-h"]).run();
    assert_eq!((finished.code, finished.stdout.as_str()), (10, ""));
    assert_eq!(finished.stderr, help.stdout);
}

#[test]
fn help_pages_are_as_reviewed() {
    for (words, page) in pages() {
        let name = [&["mlinfra".to_owned()], &*words].concat().join("-");
        insta::assert_snapshot!(name, page.stdout);
    }
}
