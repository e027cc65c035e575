//! One GPU: the verdict, what would do instead, and what takes the memory.

use super::{Answer, Candidate, remarks, sentences};
use crate::fit::{Estimate, Held};
use crate::render::style::Palette;
use crate::render::table::{Column, Table};
use crate::units::Bytes;

/// The answer first, then its reasons.
pub(super) fn text(
    answer: &Answer,
    candidate: &Candidate,
    width: usize,
    palette: &Palette,
) -> String {
    let paragraph = |text: &str| sentences::paragraph(text, width);
    let verdict = sentences::verdict(answer, candidate);
    let mut head = vec![verdict];
    head.extend(sentences::instead(answer, candidate));
    let mut out = paragraph(&head.join(" "));
    out.push('\n');
    out.push_str(&paragraph(&sentences::job(&answer.job)));
    out.push('\n');
    out.push_str(&table(&candidate.estimate, width, palette));
    out.push('\n');
    for line in notes(answer, candidate) {
        out.push_str(&paragraph(&line));
    }
    out
}

fn table(estimate: &Estimate, width: usize, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("component"),
        Column::right("GiB"),
        Column::right("share"),
        Column::left("how it comes about").wrapping(),
    ]);
    let total = estimate.total();
    let several = estimate.components.len() > 1;
    let mut most = estimate.binding().filter(|_| several);
    for component in &estimate.components {
        let binding = most.is_some_and(|most| most == component);
        if binding {
            most = None;
        }
        let mark = if binding { " (most)" } else { "" };
        table.row([
            format!("{}{mark}", component.term.as_str()),
            Bytes::new(component.bytes).gib_number(),
            format!("{} %", share(component.bytes, total)),
            component.formula.clone(),
        ]);
    }
    if several {
        let moment = estimate.moment.map_or("", |moment| moment.as_str());
        table.row(["total", &Bytes::new(total).gib_number(), "", moment]);
    }
    table.render(width, palette)
}

/// A share in percent with one decimal, rounded to the nearest.
fn share(part: u64, whole: u64) -> String {
    let whole = u128::from(whole.max(1));
    let permille = (u128::from(part) * 1000 + whole / 2) / whole;
    format!("{}.{}", permille / 10, permille % 10)
}

fn notes(answer: &Answer, candidate: &Candidate) -> Vec<String> {
    let mut notes = answer.notes.clone();
    let not_counted = candidate.estimate.not_counted.iter();
    notes.extend(not_counted.map(|what| format!("Not counted: {what}.")));
    if let Some(held) = &candidate.held {
        notes.extend(sentences::largest(&answer.job, held));
        notes.push(basis(held));
    }
    notes.extend(remarks::of(answer, std::iter::once(candidate)));
    if let Some(rent) = &candidate.rent {
        notes.push(format!("Cheapest known: {}.", rent.sentence()));
    }
    notes
}

fn basis(held: &Held) -> String {
    let usable = Bytes::new(held.card.usable).gib();
    if held.card.estimated {
        format!(
            "The {usable} that programs can have are estimated: what NVML reports less 2.4 %, the \
             largest gap seen on any GPU."
        )
    } else {
        format!("The {usable} that programs can have were observed.")
    }
}
