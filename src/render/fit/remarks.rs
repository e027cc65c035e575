//! What a verdict on memory doesn't say: types that a GPU has no units for.

use super::{Answer, Candidate};
use crate::fit::Usage;
use crate::model::{Dtype, Precision};

/// The first compute capability with units for a type.
const BF16: (u32, u32) = (8, 0);
const FP8: (u32, u32) = (8, 9);

/// A type that a job computes with, and from which compute capability on GPUs do.
struct Need {
    dtype: Dtype,
    since: (u32, u32),
    /// What happens without.
    otherwise: &'static str,
}

fn needs(answer: &Answer) -> Vec<Need> {
    let used = match &answer.job.usage {
        Usage::Inference(how) => vec![Some(answer.job.subject.dtype), how.kv_dtype],
        Usage::Training(how) => match how.precision {
            Precision::Bf16 => vec![Some(Dtype::Bf16)],
            Precision::Mixed | Precision::Amp => {
                let dtype = answer.job.subject.dtype;
                vec![Some(dtype).filter(|dtype| *dtype == Dtype::Bf16)]
            }
            Precision::Fp32 => Vec::new(),
        },
    };
    let uses = |dtype| used.contains(&Some(dtype));
    let mut needs = Vec::new();
    if uses(Dtype::Bf16) {
        needs.push(Need {
            dtype: Dtype::Bf16,
            since: BF16,
            otherwise: "fp16 would be computed faster there",
        });
    }
    if uses(Dtype::Fp8) {
        needs.push(Need {
            dtype: Dtype::Fp8,
            since: FP8,
            otherwise: "servers turn it into 16 bits there, or refuse",
        });
    }
    needs
}

/// The types that a GPU lacks units for: " (no units for bf16)".
pub(super) fn lacking(answer: &Answer, candidate: &Candidate) -> String {
    let capability = candidate.compute_capability;
    let lacks = |need: &Need| capability.is_some_and(|capability| capability < need.since);
    let lacking = needs(answer).into_iter().filter(lacks);
    let dtypes: Vec<&str> = lacking.map(|need| need.dtype.as_str()).collect();
    if dtypes.is_empty() {
        return String::new();
    }
    format!(" (no units for {})", dtypes.join(" and "))
}

/// The first of these GPUs that has units for all types of the job; the first of all where none has.
pub(super) fn first_choice<'a>(
    answer: &Answer,
    candidates: impl Iterator<Item = &'a Candidate>,
) -> Option<&'a Candidate> {
    candidates.min_by_key(|candidate| !lacking(answer, candidate).is_empty())
}

/// One sentence for each type that some of these GPUs lack.
pub(super) fn of<'a>(
    answer: &Answer,
    candidates: impl Iterator<Item = &'a Candidate> + Clone,
) -> Vec<String> {
    let told = needs(answer).into_iter().filter_map(|need| {
        let lacking = candidates.clone().filter(|candidate| {
            let capability = candidate.compute_capability;
            capability.is_some_and(|capability| capability < need.since)
        });
        let names: Vec<&str> = lacking.map(|candidate| candidate.name.as_str()).collect();
        let (major, minor) = need.since;
        (!names.is_empty()).then(|| {
            format!(
                "No units for {} (compute capability below {major}.{minor}): {}; {}.",
                need.dtype,
                names.join(", "),
                need.otherwise
            )
        })
    });
    told.collect()
}
