//! The answers as JSON, format 1.0: sizes are in bytes of one GPU, what isn't known is null.

use serde_json::{Value, json};

use super::{Answer, Candidate, Rent, remarks};
use crate::fit::{Component, Estimate, Job, Room, Usage};

/// All answers in one document.
#[must_use]
pub fn json(answers: &[Answer]) -> String {
    let jobs: Vec<Value> = answers.iter().map(answer).collect();
    format!("{:#}\n", json!({ "format_version": "1.0", "jobs": jobs }))
}

fn answer(answer: &Answer) -> Value {
    let candidates = answer.candidates.iter();
    let gpus: Vec<Value> = candidates.map(|c| candidate(answer, c)).collect();
    json!({
        "stage": answer.stage,
        "model": model(&answer.job),
        "usage": usage(&answer.job),
        "notes": answer.notes,
        "fits_any": answer.fits_any(),
        "gpus": gpus,
    })
}

fn model(job: &Job) -> Value {
    let subject = &job.subject;
    json!({
        "parameters": subject.census.total,
        "dtype": subject.dtype,
        "weight_bytes": subject.weight_bytes.map(|bytes| bytes.get()),
        "shape": subject.shape,
    })
}

fn usage(job: &Job) -> Value {
    let purpose = match &job.usage {
        Usage::Inference(_) => "inference",
        Usage::Training(_) => "training",
    };
    let parallel = job.parallel();
    let parallel = parallel.map(|parallel| {
        json!({
            "tensor": parallel.tensor,
            "pipeline": parallel.pipeline,
            "data": parallel.data,
        })
    });
    json!({
        "purpose": purpose,
        "batch": job.batch(),
        "sequence": job.sequence(),
        "gpus": job.gpus,
        "parallel": parallel,
    })
}

fn candidate(answer: &Answer, candidate: &Candidate) -> Value {
    let held = candidate.held.as_ref();
    let basis = held.map(|held| match held.card.estimated {
        true => "estimated",
        false => "observed",
    });
    json!({
        "gpu": candidate.name,
        "slice_of": candidate.slice_of,
        "verdict": held.map(|held| held.verdict),
        "needed_bytes": candidate.estimate.total(),
        "limit_bytes": held.map(|held| held.limit),
        "usable_bytes": held.map(|held| held.card.usable),
        "usable_basis": basis,
        "estimate": estimate(&candidate.estimate),
        "largest_batch": held.and_then(|held| held.largest.batch),
        "largest_sequence": held.and_then(|held| held.largest.sequence),
        "fewest": held.and_then(|held| held.fewest.as_ref()).map(room),
        "remarks": remarks::of(answer, std::iter::once(candidate)),
        "gpu_hour": candidate.rent.as_ref().map(Rent::json),
    })
}

fn estimate(estimate: &Estimate) -> Value {
    let components: Vec<Value> = estimate.components.iter().map(component).collect();
    json!({
        "components": components,
        "binding": estimate.binding().map(|component| component.term),
        "moment": estimate.moment,
        "measured": estimate.measured,
        "not_counted": estimate.not_counted,
    })
}

fn component(component: &Component) -> Value {
    json!({
        "term": component.term,
        "bytes": component.bytes,
        "formula": component.formula,
    })
}

fn room(room: &Room) -> Value {
    json!({
        "gpus": room.gpus,
        "tensor": room.tensor,
        "sharding": room.sharding,
        "recompute": room.recompute,
    })
}
