//! Whether a model fits a GPU: memory by component, in bytes, and a verdict.
//!
//! Everything here is arithmetic on the shape of a model and how it is used; nothing knows of prices
//! or places. Sizes are of one GPU unless a name says otherwise. Formulas that come from a paper or
//! from measurements say so where they stand; `docs/gpu-fit.md` has them together, with how far they
//! are from what was measured.
//!
//! ```text
//! weights      12.55 GiB  6,738,415,616 parameters in bf16
//! kv cache      8.00 GiB  8 × 2,048 tokens of 524,288 B in bf16
//! workspace     0.81 GiB  …
//! context       0.50 GiB
//! ```

mod activations;
mod arithmetic;
mod card;
mod estimate;
mod inference;
mod job;
mod kv_cache;
mod largest;
mod lora;
mod measured;
mod states;
mod subject;
mod survey;
mod training;
mod verdict;
mod weights;

pub use card::Card;
pub use estimate::{Component, Estimate, Moment, Term};
pub use inference::inference;
pub use job::{Job, Judged, Usage};
pub use kv_cache::bytes_per_token as kv_bytes_per_token;
pub use largest::{Largest, MOST, Room, fewest, largest};
pub use states::{States, states};
pub use subject::{Parallel, Subject};
pub use survey::{Held, held};
pub use training::training;
pub use verdict::{Verdict, inference_verdict, training_verdict};
pub use weights::{nominal as nominal_weights, weights};

/// What driver and libraries take on every GPU that computes: 0.25 to 0.5 GiB on current drivers,
/// and up to 1.3 GiB on those of 2021.
const CONTEXT: u64 = 512 << 20;

/// What NCCL adds where GPUs work together: vLLM measured 0.55 GiB outside of PyTorch on two GPUs
/// and 0.13 GiB on one.
const LINKED: u64 = 430 << 20;

/// What libraries reserve for models of an unknown shape: convolutions try algorithms in 0.2 to
/// 0.5 GiB.
const WORKSPACE: u64 = 512 << 20;
