//! `docs/errors.md` has a section for each error code, and a test produces each.

use std::collections::BTreeSet;

use mlinfra::diagnostics::all_codes;

use super::tree::{parts_of, read, root, text_files};

/// Set to make [`the_page_is_the_sum_of_its_parts`] write the page.
const UPDATE: &str = "MLINFRA_UPDATE";

/// The page as its parts make it: `docs/errors/README.md` first, then one part for each area.
fn page_from_parts() -> String {
    let mut parts = text_files("docs/errors");
    parts.sort_by_key(|part| (!part.path.ends_with("README.md"), part.path.clone()));
    let texts: Vec<&str> = parts.iter().map(|part| part.text.trim_end()).collect();
    texts.join("\n\n") + "\n"
}

#[test]
fn the_page_is_the_sum_of_its_parts() {
    let page = page_from_parts();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(root().join("docs/errors.md"), &page).unwrap();
    }
    let current = read("docs/errors.md") == page;
    assert!(
        current,
        "docs/errors.md is out of date; {UPDATE}=1 tests/run --quick writes it"
    );
}

#[test]
fn every_code_has_a_section_and_every_section_a_code() {
    let page = page_from_parts();
    let mut documented: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .filter(|heading| heading.contains("::"))
        .collect();
    documented.sort_unstable();
    let mut codes: Vec<&str> = all_codes().map(|code| code.slug).collect();
    codes.sort_unstable();
    assert_eq!(documented, codes);
}

#[test]
fn every_section_says_something_and_is_in_its_areas_part() {
    for part in text_files("docs/errors") {
        let area = part
            .path
            .rsplit('/')
            .next()
            .unwrap()
            .trim_end_matches(".md");
        for section in part.text.split("\n## ").skip(1) {
            let (code, text) = section.split_once('\n').unwrap_or((section, ""));
            let Some((code_area, _)) = code.split_once("::") else {
                continue;
            };
            assert_eq!(code_area, area, "{code} is in {}", part.path);
            assert!(
                text.trim().len() > 80,
                "{code} isn't explained in {}",
                part.path
            );
        }
    }
}

#[test]
fn codes_and_summaries_have_the_form_that_readers_learn() {
    let mut seen = BTreeSet::new();
    for code in all_codes() {
        let (area, slug) = code.slug.split_once("::").expect(code.slug);
        let simple = |text: &str| {
            text.bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        };
        assert!(simple(area) && simple(slug), "{}", code.slug);
        assert!(seen.insert(code.slug), "{} is defined twice", code.slug);
        let lower = code.summary.starts_with(|c: char| c.is_lowercase());
        assert!(
            lower && !code.summary.ends_with('.'),
            "{}: {}",
            code.slug,
            code.summary
        );
    }
}

/// `::NO_SUCH_FILE` for `area::no-such-file`: how the source names it, under whatever alias.
fn constant(slug: &str) -> String {
    let (_, name) = slug.split_once("::").unwrap();
    format!("::{}", name.replace('-', "_").to_uppercase())
}

#[test]
fn every_code_is_given_by_the_program() {
    let mut code = String::new();
    for file in text_files("src") {
        if !file.path.ends_with("/tests.rs") {
            code.push_str(&parts_of(&file.text).code);
        }
    }
    let slugs = all_codes().map(|code| code.slug);
    let unused: Vec<&str> = slugs
        .filter(|slug| !code.contains(&constant(slug)))
        .collect();
    assert!(unused.is_empty(), "nothing gives {unused:#?}");
}

/// Everything that tests are made of: `tests/` but this folder, and the tests in `src/`.
fn all_tests() -> String {
    let mut text = String::new();
    for file in text_files("tests") {
        if !file.path.starts_with("tests/it/tidy/") {
            text.push_str(&file.text);
        }
    }
    for file in text_files("src") {
        let whole = file.path.ends_with("/tests.rs");
        text.push_str(&if whole {
            file.text
        } else {
            parts_of(&file.text).tests
        });
    }
    text
}

#[test]
fn every_code_is_named_by_a_test() {
    let tests = all_tests();
    let missing: Vec<&str> = all_codes()
        .map(|code| code.slug)
        .filter(|slug| !tests.contains(slug) && !tests.contains(&constant(slug)))
        .collect();
    assert!(missing.is_empty(), "no test expects {missing:#?}");
}
