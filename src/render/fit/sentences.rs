//! Answers in sentences.

use super::{Answer, Candidate};
use crate::fit::{Estimate, Held, Job, MOST, Room, Usage, Verdict};
use crate::model::{Recompute, Sharding};
use crate::render::text::{inert_line, wrap};
use crate::units::{Bytes, grouped};

/// Sentences in lines of at most so many columns. A number stays beside its unit.
pub(super) fn paragraph(sentences: &str, width: usize) -> String {
    const TIED: &str = "\u{a0}%";
    let tied = inert_line(sentences).replace(" %", TIED);
    wrap(&tied, width).replace(TIED, " %") + "\n"
}

/// The verdict on one GPU, what is needed and what there is.
pub(super) fn verdict(answer: &Answer, candidate: &Candidate) -> String {
    let Some(held) = &candidate.held else {
        return format!(
            "{} the memory of {} isn't known; it needs {}.",
            subject(answer, "Unknown whether it fits:", "may or may not fit:"),
            candidate.name,
            need(&candidate.estimate)
        );
    };
    let gpus = gpus(answer.job.gpus, &candidate.name);
    let needs = need(&held.estimate);
    match held.verdict {
        Verdict::Fits => format!(
            "{} {gpus}: it needs {needs}, and {}.",
            subject(answer, "Fits", "fits"),
            may_be_used(held, &answer.job)
        ),
        Verdict::DoesNotFit => format!(
            "{} {gpus}: it needs {needs}, and {}.",
            subject(answer, "Doesn't fit", "doesn't fit"),
            may_be_used(held, &answer.job)
        ),
        Verdict::Tight => format!(
            "{} {gpus}: it needs {needs}, which {} are just enough for. Try it on a node first: the \
             estimate may be wrong by a tenth.",
            subject(answer, "Tight on", "is tight on"),
            usable(held)
        ),
    }
}

fn subject(answer: &Answer, alone: &str, with_name: &str) -> String {
    match answer.name.strip_prefix("stage") {
        Some(rest) => format!("Stage{rest} {with_name}"),
        None => alone.to_owned(),
    }
}

/// "one A2", "4 × A2".
pub(super) fn gpus(count: u64, name: &str) -> String {
    match count {
        1 => format!("one {name}"),
        n => format!("{} × {name}", grouped(n.into())),
    }
}

/// "at least 20.86 GiB on each GPU".
pub(super) fn need(estimate: &Estimate) -> String {
    let at_least = if estimate.not_counted.is_empty() {
        ""
    } else {
        "at least "
    };
    let measured = if estimate.measured {
        ", as measured,"
    } else {
        ""
    };
    let total = Bytes::new(estimate.total()).gib();
    format!("{at_least}{total}{measured} on each GPU")
}

fn usable(held: &Held) -> String {
    let about = if held.card.estimated { "about " } else { "" };
    format!("{about}{}", Bytes::new(held.card.usable).gib())
}

fn may_be_used(held: &Held, job: &Job) -> String {
    let (limit, usable) = (Bytes::new(held.limit).gib(), usable(held));
    match &job.usage {
        Usage::Inference(_) => format!("{limit} may be used (95 % of {usable})"),
        Usage::Training(_) => {
            format!("{limit} may be used ({usable}, a tenth of the need to spare)")
        }
    }
}

/// What would hold a job that a GPU doesn't hold: more of the same, or another card.
pub(super) fn instead(answer: &Answer, candidate: &Candidate) -> Vec<String> {
    let Some(held) = &candidate.held else {
        return Vec::new();
    };
    if held.verdict == Verdict::Fits {
        return Vec::new();
    }
    let more = match &held.fewest {
        Some(room) => format!(
            "It fits {}{}.",
            gpus(room.gpus, &candidate.name),
            spread(room, &answer.job)
        ),
        None if answer.job.subject.shape.is_none() => {
            "Whether several would hold it can't be told without the model's shape.".to_owned()
        }
        None => format!("No number of {} holds it, up to 1,024.", candidate.name),
    };
    let other = answer.cards.iter().find(|card| card.fits());
    let other = other.map(|card| {
        let gpus = gpus(answer.job.gpus, &card.name);
        let usable = card.held.as_ref().map_or_else(String::new, usable);
        let rent = card.rent.as_ref().map_or_else(String::new, |rent| {
            format!(", from USD {} per GPU-hour", rent.short())
        });
        format!("The smallest card that it fits: {gpus} ({usable}{rent}).")
    });
    [Some(more), other].into_iter().flatten().collect()
}

/// " with tensor parallel 2", " with zero2 sharding and full recomputation": what is different from
/// the job as it is.
fn spread(room: &Room, job: &Job) -> String {
    let mut parts = Vec::new();
    match &job.usage {
        Usage::Inference(_) if room.tensor > 1 => {
            parts.push(format!("tensor parallel {}", room.tensor));
        }
        Usage::Inference(_) => {}
        Usage::Training(how) => {
            if let Some(sharding) = room
                .sharding
                .filter(|s| *s != how.sharding && *s != Sharding::None)
            {
                parts.push(format!("{sharding} sharding"));
            }
            if room.recompute == Some(Recompute::Full) && how.recompute != Recompute::Full {
                parts.push("full recomputation".to_owned());
            }
        }
    }
    if parts.is_empty() {
        return String::new();
    }
    format!(" with {}", parts.join(" and "))
}

/// What is asked about, in one sentence.
pub(super) fn job(job: &Job) -> String {
    let subject = &job.subject;
    let shape = match &subject.shape {
        Some(_) => "",
        None => " of an unknown shape",
    };
    let parameters = grouped(subject.census.total.into());
    let (doing, how) = match &job.usage {
        Usage::Inference(how) => {
            let runtime = how.runtime.as_deref();
            let by = runtime.map_or_else(String::new, |runtime| format!(" by {runtime}"));
            ("inference", by)
        }
        Usage::Training(how) => {
            let mut parts = vec![how.precision.to_string(), how.optimizer.to_string()];
            if how.sharding != Sharding::None {
                parts.push(how.sharding.to_string());
            }
            if how.recompute != Recompute::None {
                parts.push(format!("{} recomputation", how.recompute));
            }
            let what = match how.method {
                crate::model::Method::Full => "training",
                crate::model::Method::Lora => "training of adapters (lora)",
                crate::model::Method::Qlora => "training of adapters (qlora)",
            };
            (what, format!(" ({})", parts.join(", ")))
        }
    };
    let load = match job.sequence() {
        Some(tokens) => format!(" of {} × {} tokens", job.batch(), grouped(tokens.into())),
        None => format!(", batch {}", job.batch()),
    };
    let s = if job.gpus == 1 { "" } else { "s" };
    format!(
        "{parameters} parameters{shape} in {}: {doing}{how}{load} on {} GPU{s}.",
        subject.dtype, job.gpus
    )
}

/// What a larger batch or sequence could be.
pub(super) fn largest(job: &Job, held: &Held) -> String {
    let batch = held.largest.batch.map(|n| match n {
        MOST.. => "any batch".to_owned(),
        n => format!("a batch of {}", grouped(n.into())),
    });
    let sequence = held.largest.sequence.map(|n| match n {
        MOST.. => "any sequence".to_owned(),
        n => format!("a sequence of {} tokens", grouped(n.into())),
    });
    let parts: Vec<String> = [batch, sequence].into_iter().flatten().collect();
    match &*parts {
        [] if job.sequence().is_some() => {
            "Neither a batch of one nor a sequence of one token fits.".to_owned()
        }
        [] => "Not even a batch of one fits.".to_owned(),
        parts => format!("Largest that fit: {}.", parts.join(", or ")),
    }
}
