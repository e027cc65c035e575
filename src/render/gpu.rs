//! The GPUs of a machine and what was found when they were checked.

mod checks;
mod details;
mod json;
mod labels;
mod table;
mod usage;

pub use checks::{check_json, check_text};
pub use json::list_json;
pub use labels::list_labels;
pub use usage::{sample_line, usage_json, usage_text};

use mlinfra_provider_nvml::{Fact, NodeFacts};

use super::style::Palette;

/// Everything that is known of the machine's GPUs, for people.
#[must_use]
pub fn list_text(facts: &NodeFacts, width: usize, palette: &Palette) -> String {
    let mut out = heading(facts);
    if facts.gpus.is_empty() {
        out.push_str("\nNo GPUs.\n");
    } else {
        out.push('\n');
        out.push_str(&table::of_cards(facts, width, palette));
    }
    let mut reasons: Vec<&str> = facts.unreadable.iter().map(|c| c.reason.as_str()).collect();
    reasons.dedup();
    for reason in reasons {
        let same = facts.unreadable.iter().filter(|card| card.reason == reason);
        let gpus = ranges(&same.map(|card| card.index).collect::<Vec<_>>());
        let line = format!("GPU {gpus} can't be opened: {reason}.");
        let line = super::text::wrap(&super::text::inert_line(&line), width);
        out.push_str(&format!("\n{line}\n"));
    }
    out.push_str(&details::of_node(facts, width, palette));
    out
}

fn heading(facts: &NodeFacts) -> String {
    let driver = or_dash(&facts.driver, String::clone);
    let cuda = or_dash(&facts.cuda, ToString::to_string);
    let nvml = or_dash(&facts.nvml, String::clone);
    let line = format!("NVIDIA driver {driver}, CUDA {cuda}, NVML {nvml}");
    super::text::inert_line(&line) + "\n"
}

/// The value in words; a dash when the card has no such thing and `?` when it couldn't be read.
fn or_dash<T>(fact: &Fact<T>, words: impl Fn(&T) -> String) -> String {
    match fact {
        Fact::Known(value) => words(value),
        Fact::Unsupported => "-".to_owned(),
        Fact::Failed(_) => "?".to_owned(),
    }
}

fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// Thousandths of a watt as whole watts, half up.
fn watts(milliwatts: u32) -> String {
    (u64::from(milliwatts) + 500).div_euclid(1000).to_string()
}

/// `0-3,5`.
fn ranges(numbers: &[u32]) -> String {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match spans.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(*number) => *end = *number,
            _ => spans.push((*number, *number)),
        }
    }
    let words = spans.iter().map(|(start, end)| {
        if start == end {
            start.to_string()
        } else {
            format!("{start}-{end}")
        }
    });
    words.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_written_as_a_range() {
        assert_eq!(ranges(&[0, 1, 2, 3]), "0-3");
        assert_eq!(ranges(&[0, 2, 3, 7]), "0,2-3,7");
        assert_eq!(ranges(&[u32::MAX]), "4294967295");
    }
}
