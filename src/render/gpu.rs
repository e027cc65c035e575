//! The GPUs of a machine and what was found when they were checked.

mod checks;
mod details;
mod json;
mod labels;
mod table;

pub use checks::{check_json, check_text};
pub use json::list_json;
pub use labels::list_labels;

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
    for card in &facts.unreadable {
        let line = format!("GPU {} can't be opened: {}.", card.index, card.reason);
        out.push_str(&format!("\n{}\n", super::text::inert_line(&line)));
    }
    out.push_str(&details::of_node(facts, palette));
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
