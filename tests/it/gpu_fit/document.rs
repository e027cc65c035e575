//! `docs/gpu-fit.md` says what the code does.

use std::path::PathBuf;

use super::{DENSE_7B, printed};
use crate::fit::vectors;

const START: &str = "<!-- figures: made by tests/it/gpu_fit/document.rs from tests/it/fit -->\n";
const END: &str = "<!-- end of figures -->\n";

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/gpu-fit.md")
}

#[test]
fn its_figures_are_those_that_are_tested() {
    let text = std::fs::read_to_string(page()).unwrap();
    let (before, rest) = text.split_once(START).unwrap();
    let (figures, after) = rest.split_once(END).unwrap();
    let table = format!("\n{}\n", vectors::markdown());
    if std::env::var_os("MLINFRA_UPDATE").is_some() {
        std::fs::write(page(), format!("{before}{START}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(figures, table, "MLINFRA_UPDATE=1 writes it");
}

#[test]
fn its_example_is_what_is_printed() {
    let text = std::fs::read_to_string(page()).unwrap();
    let (_, rest) = text.split_once("```text\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let answer = printed(DENSE_7B, "--batch 8 --sequence 2048 --gpu A2", 19);
    assert!(answer.starts_with(example), "{answer}");
}
