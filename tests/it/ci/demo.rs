//! The demonstration in `examples/ci/demo` runs, and its page shows what it prints.
//!
//! `MLINFRA_UPDATE=1 cargo test --test it ci::demo` writes the page anew.

use std::process::Command;

use super::{found, root};
use crate::skipped::skip;

const BLOCK: &str = "```text\n$ ./demo.sh\n";

#[test]
fn the_page_shows_what_the_script_prints() {
    if found("git").is_none() {
        return skip("git not found");
    }
    let folder = root().join("examples/ci/demo");
    let ran = Command::new("bash")
        .arg("demo.sh")
        .current_dir(&folder)
        .env("MLINFRA", env!("CARGO_BIN_EXE_mlinfra"))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{stderr}");
    let printed = String::from_utf8(ran.stdout).unwrap();
    let (human, comment) = printed
        .split_once("\nThe comment on the pull request:\n\n")
        .expect("the comment follows");
    assert!(
        comment.starts_with("### video-search: monthly cost "),
        "{comment}"
    );
    assert!(
        comment.contains("```mermaid") && comment.contains("<details>"),
        "{comment}"
    );
    let page = folder.join("README.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let start = text.find(BLOCK).expect("the page shows the command") + BLOCK.len();
    let end = start + text[start..].find("```").unwrap();
    let current = format!("{}{human}{}", &text[..start], &text[end..]);
    if std::env::var_os("MLINFRA_UPDATE").is_some() {
        std::fs::write(&page, &current).unwrap();
    }
    assert_eq!(
        text,
        current,
        "{} isn't what the script prints",
        page.display()
    );
}
