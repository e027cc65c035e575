//! Sizes, white space, left-overs, and whether everything is used.

use super::tree::{TextFile, folders_in, read, root, text_files};

/// Lines of a source file at which it has to be split.
const LINES: usize = 800;

fn sources() -> Vec<TextFile> {
    let mut files = text_files("");
    files.retain(|f| f.extension() == "rs");
    files
}

/// Files that people write: data for tests and catalogs may hold anything.
fn written() -> Vec<TextFile> {
    let mut files = text_files("");
    files.retain(|f| {
        let code = matches!(f.extension(), "rs" | "md") || f.path == "tests/run";
        let data = f.path.starts_with("tests/") || f.path.starts_with("catalogs/");
        code || !data
    });
    files
}

#[test]
fn no_source_file_is_too_long() {
    let files = sources();
    let lines = |f: &TextFile| f.text.lines().count();
    for file in files.iter().filter(|f| lines(f) > LINES / 2) {
        println!("{} has {} lines: can it be split?", file.path, lines(file));
    }
    let long: Vec<&str> = files
        .iter()
        .filter(|f| lines(f) > LINES)
        .map(|f| &*f.path)
        .collect();
    assert!(long.is_empty(), "more than {LINES} lines: {long:#?}");
}

#[test]
fn every_source_file_says_what_it_is_for_or_is_part_of_a_module_that_does() {
    let missing: Vec<String> = sources()
        .into_iter()
        .filter(|f| f.path.starts_with("src/") && f.path.ends_with("mod.rs"))
        .filter(|f| !f.text.starts_with("//!"))
        .map(|f| f.path)
        .collect();
    assert!(missing.is_empty(), "no `//!` head: {missing:#?}");
}

#[test]
fn nothing_is_left_undone() {
    // Put together here, or this file would find itself.
    let words = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
    ];
    let mut found = Vec::new();
    for file in sources() {
        let words = words.iter().filter(|word| file.text.contains(**word));
        found.extend(words.map(|word| format!("{}: {word}", file.path)));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn lines_end_in_a_line_feed_and_nothing_else() {
    let mut wrong = Vec::new();
    for file in written() {
        if file.text.contains('\r') {
            wrong.push(format!("{} has carriage returns", file.path));
        }
        if !file.text.is_empty() && !file.text.ends_with('\n') {
            wrong.push(format!("{} has no line feed at its end", file.path));
        }
        for (i, line) in file.text.lines().enumerate() {
            if line.ends_with([' ', '\t']) || line.starts_with('\t') {
                wrong.push(format!(
                    "{}:{} has a tab or trailing spaces",
                    file.path,
                    i + 1
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_names_a_machine_or_a_registry() {
    let paths = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
    ];
    let settings = [
        concat!("spar", "se+"),
        concat!("[sour", "ce."),
        concat!("replace", "-with"),
    ];
    let mut wrong = Vec::new();
    for file in text_files("") {
        let at_start_of_a_path = |word: &&&str| {
            let mut found = file.text.match_indices(**word);
            found.any(|(at, _)| !file.text[..at].ends_with(|c: char| c.is_alphanumeric()))
        };
        let config = file.path.starts_with(".cargo/") || file.path == "Cargo.lock";
        let found = paths.iter().filter(at_start_of_a_path);
        let set = settings
            .iter()
            .filter(|word| config && file.text.contains(**word));
        wrong.extend(
            found
                .chain(set)
                .map(|word| format!("{}: {word}", file.path)),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_example_has_a_readme_and_a_test() {
    let test = read("tests/it/examples.rs");
    for name in folders_in("examples") {
        read(&format!("examples/{name}/README.md"));
        let tested = test.contains(&format!("check(\"{name}\")"));
        assert!(tested, "tests/it/examples.rs doesn't check examples/{name}");
    }
}

#[test]
fn every_folder_of_test_data_is_used() {
    let mut tests = text_files("tests/it");
    tests.extend(text_files("providers"));
    for name in folders_in("tests").into_iter().filter(|name| name != "it") {
        let folder = format!("tests/{name}");
        let used = tests
            .iter()
            .any(|f| f.extension() == "rs" && f.text.contains(&folder));
        assert!(used, "no test names {folder}");
    }
}

#[test]
fn every_snapshot_belongs_to_a_test() {
    let snapshots = text_files("tests");
    for file in snapshots.iter().filter(|f| f.extension() == "snap") {
        let test = file
            .text
            .lines()
            .find_map(|line| line.strip_prefix("source: "));
        let test = read(test.unwrap_or_else(|| panic!("{} names no source", file.path)));
        let name = file
            .path
            .rsplit("__")
            .next()
            .unwrap()
            .trim_end_matches(".snap");
        // One is named after its test, or given a name there that may be put together in a loop.
        let root = name.split(['-', '@']).next().unwrap();
        let named = test.contains(&format!("fn {root}(")) || test.contains(&format!("\"{root}\""));
        assert!(named, "{} is of no test in its source", file.path);
    }
}

#[cfg(unix)]
#[test]
fn the_commands_of_the_readme_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    for script in ["tests/run", ".ci/run"] {
        let mode = std::fs::metadata(root().join(script))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o111, 0o111, "{script} isn't executable");
    }
    let readme = read("README.md");
    let alias = "\nquickstart = \"run --release --bin mlinfra -- tour\"\n";
    assert!(readme.contains("\ncargo quickstart ") && readme.contains("\ntests/run "));
    assert!(read(".cargo/config.toml").contains(alias));
    assert!(read(".ci/run").ends_with("\nexec tests/run\n"));
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut dead = Vec::new();
    for file in text_files("").iter().filter(|f| f.extension() == "md") {
        let folder = root().join(&file.path).parent().unwrap().to_owned();
        for target in links(&file.text) {
            let path = target.split('#').next().unwrap();
            let local = !path.is_empty() && !path.contains("://") && !path.starts_with("mailto:");
            if local && !folder.join(path).exists() {
                dead.push(format!("{}: {target}", file.path));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

/// What stands in the parentheses of `[text](target)`, outside code.
fn links(markdown: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut targets = Vec::new();
    for line in markdown.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if !fenced {
            let rests = line.split("](").skip(1);
            targets.extend(rests.filter_map(|rest| rest.split(')').next()));
        }
    }
    targets
}
