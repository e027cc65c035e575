//! `mlinfra gpu fit` through the program: what it prints, what it refuses, its exit code.

mod choice;
mod document;
mod errors;
mod formulas;
mod json;
mod published;
mod specs;

use crate::cli::{Finished, mlinfra};

/// A dense decoder of 7B parameters, as the first Llama was.
const DENSE_7B: &str = "--parameters 6738415616 --layers 32 --hidden 4096 --heads 32 --ffn 11008 \
                        --vocab 32000";

/// A small decoder whose head is its embedding's matrix.
const TIED_1B: &str = "--parameters 1235814400 --layers 16 --hidden 2048 --heads 32 --kv-heads 8 \
                       --head-dim 64 --ffn 8192 --vocab 128256 --tied";

/// Runs `mlinfra gpu fit` with a model and further arguments, both split at spaces.
#[track_caller]
fn fit(model: &str, arguments: &str) -> Finished {
    let words = model.split_whitespace().chain(arguments.split_whitespace());
    mlinfra(["gpu", "fit"].into_iter().chain(words)).run()
}

/// The same, where nothing goes to standard error and the exit code is known.
#[track_caller]
fn printed(model: &str, arguments: &str, code: i32) -> String {
    let finished = fit(model, arguments);
    assert_eq!((finished.code, finished.stderr.as_str()), (code, ""));
    finished.stdout
}
