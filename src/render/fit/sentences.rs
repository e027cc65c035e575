//! Answers in sentences.

use super::{Answer, Candidate, remarks};
use crate::fit::{Estimate, Held, Job, MOST, Parallel, Room, Usage, Verdict};
use crate::model::{Method, Recompute, Sharding};
use crate::render::text::{inert_line, wrap};
use crate::units::{Bytes, Parameters, grouped};

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
            "{} {gpus}{}: it needs {needs}, and {}.",
            subject(answer, "Fits", "fits"),
            as_far(&held.estimate),
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

/// Who fits: a stage by its name, or nobody.
pub(super) fn subject(answer: &Answer, alone: &str, with_name: &str) -> String {
    match &answer.stage {
        Some(stage) => format!("Stage `{stage}` {with_name}"),
        None => alone.to_owned(),
    }
}

/// What a verdict is worth where something isn't counted.
pub(super) const fn as_far(estimate: &Estimate) -> &'static str {
    if estimate.not_counted.is_empty() {
        ""
    } else {
        " as far as is counted"
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
        ", by what was measured,"
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
    let fitting = answer.cards.iter().filter(|card| card.fits());
    let other = remarks::first_choice(answer, fitting);
    let other = other.map(|card| {
        let gpus = gpus(answer.job.gpus, &card.name);
        let usable = card.held.as_ref().map_or_else(String::new, usable);
        let rent = card.rent.as_ref().map_or_else(String::new, |rent| {
            format!(", from USD {} per GPU-hour", rent.short())
        });
        let lacking = remarks::lacking(answer, card);
        format!("The smallest card that it fits: {gpus}{lacking} ({usable}{rent}).")
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
    let parameters = short(subject.census.total);
    // Training has types of its own.
    let dtype = match &job.usage {
        Usage::Inference(_) => format!(" in {}", subject.dtype),
        Usage::Training(_) => String::new(),
    };
    let load = match job.sequence() {
        Some(tokens) => format!(" of {} × {} tokens", job.batch(), grouped(tokens.into())),
        None => format!(" in batches of {}", job.batch()),
    };
    let s = if job.gpus == 1 { "" } else { "s" };
    let (usage, gpus, cut) = (usage(&job.usage), job.gpus, cut(job));
    format!("{parameters} parameters{shape}{dtype}: {usage}{load} on {gpus} GPU{s}{cut}.")
}

/// "inference by vllm", "lora training (mixed, adamw)".
fn usage(usage: &Usage) -> String {
    match usage {
        Usage::Inference(how) => match &how.runtime {
            Some(runtime) => format!("inference by {runtime}"),
            None => "inference".to_owned(),
        },
        Usage::Training(how) => {
            let mut parts = vec![how.precision.to_string(), how.optimizer.to_string()];
            if how.sharding != Sharding::None {
                parts.push(how.sharding.to_string());
            }
            if how.recompute != Recompute::None {
                parts.push(format!("{} recomputation", how.recompute));
            }
            let method = match how.method {
                Method::Full => "",
                Method::Lora => "lora ",
                Method::Qlora => "qlora ",
            };
            format!("{method}training ({})", parts.join(", "))
        }
    }
}

/// How a model is cut up among GPUs: " (tensor parallel 2)".
fn cut(job: &Job) -> String {
    let parallel = job.parallel().unwrap_or(Parallel::ONE);
    let ways = [("tensor", parallel.tensor), ("pipeline", parallel.pipeline)];
    let ways = ways.iter().filter(|(_, n)| *n > 1);
    let ways: Vec<String> = ways.map(|(way, n)| format!("{way} parallel {n}")).collect();
    if ways.is_empty() {
        return String::new();
    }
    format!(" ({})", ways.join(", "))
}

/// A number of parameters with two decimals at most: `6.74B`.
fn short(parameters: u64) -> String {
    let digits = parameters.checked_ilog10().unwrap_or(0);
    // From a thousand on, two decimals of the unit are enough.
    let step = match digits {
        0..=2 => 1,
        3..=5 => 10,
        6..=8 => 10_000,
        9..=11 => 10_000_000,
        _ => 10_000_000_000,
    };
    let rounded = parameters.saturating_add(step / 2) / step * step;
    Parameters::new(rounded).to_string()
}

/// What a larger batch or sequence could be; `None` where something that grows with them isn't
/// counted.
pub(super) fn largest(job: &Job, held: &Held) -> Option<String> {
    if !held.estimate.not_counted.is_empty() {
        return None;
    }
    let at = |sequence: Option<u32>| match sequence {
        Some(tokens) => format!(" at {} tokens", grouped(tokens.into())),
        None => String::new(),
    };
    let batch = match held.largest.batch {
        Some(MOST..) => "any batch".to_owned(),
        Some(most) => format!("batch {}", grouped(most.into())),
        None => "no batch".to_owned(),
    };
    let batch = format!("{batch}{}", at(job.sequence()));
    let Some(_) = job.sequence() else {
        return Some(format!("Largest that fits: {batch}."));
    };
    let tokens = match held.largest.sequence {
        Some(MOST..) => "any sequence".to_owned(),
        Some(most) => format!("{} tokens", grouped(most.into())),
        None => "no sequence".to_owned(),
    };
    let tokens = format!("{tokens} at batch {}", job.batch());
    Some(format!("Largest that fit: {batch}, or {tokens}."))
}
