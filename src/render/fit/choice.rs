//! Several GPUs: the smallest that fits, then a line for each.
//!
//! ```text
//! GPU   fits  usable    %  batch  sequence  GPUs  USD/h
//! L4    yes   ~21.96   95      8      2275     1  0.556
//! A2    no    ~14.64  143      1       331     2      -
//! ```

use super::{Answer, Candidate, remarks, sentences};
use crate::fit::{Estimate, Held, MOST, Usage, Verdict};
use crate::model::Recompute;
use crate::render::plan::fit::percent;
use crate::render::style::Palette;
use crate::render::table::{Column, Table};
use crate::units::{Bytes, Date};

/// The answer first, then the table, then what its columns mean.
pub(super) fn text(answer: &Answer, width: usize, palette: &Palette) -> String {
    let paragraph = |text: &str| sentences::paragraph(text, width);
    let mut out = paragraph(&headline(answer));
    out.push_str(&paragraph(&need(answer)));
    out.push('\n');
    out.push_str(&paragraph(&sentences::job(&answer.job)));
    out.push('\n');
    out.push_str(&table(answer, width, palette));
    out.push('\n');
    for note in notes(answer) {
        out.push_str(&paragraph(&note));
    }
    out
}

/// The smallest and the cheapest GPU that fit; else what comes nearest.
fn headline(answer: &Answer) -> String {
    let fitting: Vec<&Candidate> = answer.candidates.iter().filter(|c| c.fits()).collect();
    let Some(smallest) = remarks::first_choice(answer, fitting.iter().copied()) else {
        return none_fits(answer);
    };
    let (all, of) = (fitting.len(), answer.candidates.len());
    let gpus = sentences::gpus(answer.job.gpus, &smallest.name);
    let cheapest = fitting
        .iter()
        .filter_map(|candidate| Some((candidate, candidate.rent.as_ref()?)))
        .min_by_key(|(_, rent)| rent.rate);
    let cheapest = cheapest.map_or_else(String::new, |(candidate, rent)| {
        let (name, short) = (&candidate.name, rent.short());
        format!(" Cheapest known: {name}, USD {short} per GPU-hour.")
    });
    let fits = sentences::subject(answer, "Fits", "fits");
    let counted = sentences::as_far(&smallest.estimate);
    let lacking = remarks::lacking(answer, smallest);
    format!("{fits} {all} of {of} GPUs{counted}. Smallest: {gpus}{lacking}.{cheapest}")
}

fn none_fits(answer: &Answer) -> String {
    let all = answer.candidates.len();
    let fits = sentences::subject(answer, "Fits", "fits");
    let tight = answer
        .candidates
        .iter()
        .find(|candidate| candidate.verdict() == Some(Verdict::Tight));
    if let Some(tight) = tight {
        let gpus = sentences::gpus(answer.job.gpus, &tight.name);
        return format!(
            "{fits} none of {all} GPUs with room to spare. Tight: {gpus}; try it on a node first."
        );
    }
    let fewest = answer
        .candidates
        .iter()
        .filter_map(|c| Some((c, c.held.as_ref()?.fewest.as_ref()?)))
        .min_by_key(|(candidate, room)| (room.gpus, candidate.usable()));
    match fewest {
        Some((candidate, room)) => {
            let gpus = sentences::gpus(room.gpus, &candidate.name);
            format!("{fits} none of {all} GPUs as it is. The fewest that would do: {gpus}.")
        }
        None => format!("{fits} none of {all} GPUs."),
    }
}

/// What is needed; from the least to the most where it depends on the GPU.
fn need(answer: &Answer) -> String {
    let totals = || answer.candidates.iter().map(|c| c.estimate.total());
    let (least, most) = (totals().min().unwrap_or(0), totals().max().unwrap_or(0));
    let Some(first) = answer.candidates.first() else {
        return String::new();
    };
    let needs = if least == most {
        sentences::need(&first.estimate)
    } else {
        let (least, most) = (Bytes::new(least).gib_number(), Bytes::new(most).gib());
        format!("{least} to {most} on each GPU")
    };
    let binding = first.estimate.binding();
    let binding = binding.filter(|_| first.estimate.components.len() > 1);
    let most = binding.map_or_else(String::new, |component| {
        let bytes = Bytes::new(component.bytes).gib_number();
        format!(", most of it for {} ({bytes})", component.term.as_str())
    });
    format!("It needs {needs}{most}.")
}

fn table(answer: &Answer, width: usize, palette: &Palette) -> String {
    let totals = || answer.candidates.iter().map(|c| c.estimate.total());
    let differ = totals().min() != totals().max();
    let rented = rents(&answer.candidates).is_some();
    let sequence = answer.job.sequence().is_some();
    let mut columns = vec![Column::left("GPU"), Column::left("fits")];
    columns.extend(differ.then(|| Column::right("needed")));
    columns.extend([
        Column::right("usable"),
        Column::right("%"),
        Column::right("batch"),
    ]);
    columns.extend(sequence.then(|| Column::right("sequence")));
    columns.push(Column::right("GPUs"));
    columns.extend(rented.then(|| Column::right("USD/h")));
    let mut table = Table::new(columns);
    for candidate in &answer.candidates {
        let held = candidate.held.as_ref();
        let mut cells = vec![candidate.name.clone(), fits(candidate).to_owned()];
        cells.extend(differ.then(|| Bytes::new(candidate.estimate.total()).gib_number()));
        cells.push(held.map_or_else(|| "unknown".to_owned(), usable));
        cells.push(held.map_or_else(dash, |held| full(&candidate.estimate, held)));
        cells.push(held.map_or_else(dash, |held| largest(candidate, held.largest.batch)));
        cells.extend(
            sequence.then(|| held.map_or_else(dash, |h| largest(candidate, h.largest.sequence))),
        );
        cells.push(held.map_or_else(dash, |held| fewest(answer, held)));
        let rent = candidate.rent.as_ref();
        cells.extend(rented.then(|| rent.map_or_else(dash, super::Rent::short)));
        table.row(cells);
    }
    table.render(width, palette)
}

fn dash() -> String {
    "-".to_owned()
}

fn fits(candidate: &Candidate) -> &'static str {
    match candidate.verdict() {
        Some(Verdict::Fits) => "yes",
        Some(Verdict::Tight) => "tight",
        Some(Verdict::DoesNotFit) => "no",
        None => "?",
    }
}

fn usable(held: &Held) -> String {
    let mark = if held.card.estimated { "~" } else { "" };
    format!("{mark}{}", Bytes::new(held.card.usable).gib_number())
}

fn full(estimate: &Estimate, held: &Held) -> String {
    percent(estimate.total(), held.card.usable).to_string()
}

/// Not known where something that grows with it isn't counted.
fn largest(candidate: &Candidate, most: Option<u32>) -> String {
    match most {
        _ if !candidate.estimate.not_counted.is_empty() => "?".to_owned(),
        Some(MOST..) => "any".to_owned(),
        Some(most) => most.to_string(),
        None => dash(),
    }
}

/// The fewest GPUs, with what the ranks would have to share beyond what they share already.
fn fewest(answer: &Answer, held: &Held) -> String {
    let Some(room) = &held.fewest else {
        return dash();
    };
    let Usage::Training(how) = &answer.job.usage else {
        return room.gpus.to_string();
    };
    let sharding = room.sharding.filter(|sharding| *sharding != how.sharding);
    let sharding = sharding.map_or_else(String::new, |sharding| format!(" {sharding}"));
    let again = room.recompute == Some(Recompute::Full) && how.recompute != Recompute::Full;
    let again = if again { " rc" } else { "" };
    format!("{}{sharding}{again}", room.gpus)
}

/// What the columns mean, as far as there is something to tell.
fn notes(answer: &Answer) -> Vec<String> {
    let candidates = &answer.candidates;
    let mut notes = answer.notes.clone();
    if let Some(first) = candidates.first() {
        let not_counted = first.estimate.not_counted.iter();
        notes.extend(not_counted.map(|what| format!("Not counted: {what}.")));
    }
    let rule = match &answer.job.usage {
        Usage::Inference(_) => "It fits up to 95 % of what is usable.",
        Usage::Training(_) => "It fits up to 91 % of what is usable, and is tight up to 100 %.",
    };
    notes.push(format!(
        "Sizes are in GiB; % is the need's share of what is usable. {rule}"
    ));
    if candidates
        .iter()
        .any(|c| c.held.as_ref().is_some_and(|h| h.card.estimated))
    {
        notes.push(
            "~ never observed: what NVML reports less 2.4 %, the largest gap seen on any GPU."
                .to_owned(),
        );
    }
    notes.push(room(answer));
    notes.extend(rents(candidates));
    notes.extend(remarks::of(answer, candidates.iter()));
    notes
}

fn room(answer: &Answer) -> String {
    let largest = if answer.job.sequence().is_some() {
        "batch and sequence: the largest that fit, each with the other as it is."
    } else {
        "batch: the largest that fits."
    };
    let fewest = match &answer.job.usage {
        Usage::Inference(_) => "GPUs: the fewest that hold it, by tensor parallelism.",
        Usage::Training(_) => {
            "GPUs: the fewest that hold it, with the sharding that it then needs, and `rc` for full \
             recomputation."
        }
    };
    format!("{largest} {fewest}")
}

/// None beside slices: nobody rents those out, and their names need the room.
fn rents(candidates: &[Candidate]) -> Option<String> {
    if candidates
        .iter()
        .any(|candidate| candidate.slice_of.is_some())
    {
        return None;
    }
    let days = || {
        candidates
            .iter()
            .filter_map(|c| Some(c.rent.as_ref()?.as_of))
    };
    let (first, last): (Date, Date) = (days().min()?, days().max()?);
    let of = if first == last {
        format!("of {first}")
    } else {
        format!("of {first} to {last}")
    };
    Some(format!(
        "USD/h: the lowest known rate on demand for one GPU of a node, {of}."
    ))
}
