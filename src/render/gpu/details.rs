//! What has no place in the table, card by card.

use mlinfra_provider_nvml::{
    Clock, Fact, GpuFacts, MigDevice, NodeFacts, Pcie, Process, RemappedRows, size,
};

use super::{on_off, or_dash};
use crate::render::style::{Palette, paint};
use crate::render::text;

/// Columns of the names in front.
const NAMES: usize = 14;

/// A block for each card, and what concerns the machine.
pub(super) fn of_node(facts: &NodeFacts, width: usize, palette: &Palette) -> String {
    let mut out = String::new();
    for gpu in &facts.gpus {
        out.push('\n');
        out.push_str(&paint(palette.strong, &format!("GPU {}", gpu.index)));
        out.push('\n');
        block(&of_card(gpu), width, &mut out);
    }
    let machine = of_machine(facts);
    if !machine.is_empty() {
        out.push('\n');
        out.push_str(&paint(palette.strong, "Machine"));
        out.push('\n');
        block(&machine, width, &mut out);
    }
    out
}

fn block(lines: &[(&str, String)], width: usize, out: &mut String) {
    let indent = NAMES + 2;
    for (name, value) in lines {
        let value = text::inert_line(value);
        let value = text::wrap(&value, width.saturating_sub(indent).max(20));
        let value = value.replace('\n', &format!("\n{:indent$}", ""));
        out.push_str(&format!("  {name:NAMES$}{value}\n"));
    }
}

/// The value in words, or why there is none.
fn said<T>(fact: &Fact<T>, words: impl Fn(&T) -> String) -> String {
    match fact {
        Fact::Known(value) => words(value),
        Fact::Unsupported => "not reported".to_owned(),
        Fact::Failed(reason) => format!("? ({reason})"),
    }
}

fn of_card(gpu: &GpuFacts) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("UUID", said(&gpu.uuid, String::clone)),
        ("PCI", pcie(&gpu.bus_id, &gpu.pcie)),
        (
            "compute",
            said(&gpu.compute_capability, |version| {
                format!("capability {version}")
            }),
        ),
        ("memory", memory(gpu)),
        ("errors", errors(gpu)),
        ("rows", said(&gpu.remapped_rows, rows)),
        ("clocks", clocks(gpu)),
        (
            "NVLink",
            said(&gpu.nvlinks, |(up, all)| format!("{up} of {all} links up")),
        ),
        ("driver", driver(gpu)),
    ];
    for part in gpu.mig_devices.known().into_iter().flatten() {
        lines.push(("MIG", part_line(part)));
    }
    for process in gpu.processes.known().into_iter().flatten() {
        lines.push(("process", process_line(process)));
    }
    if let Some(reason) = gpu.processes.missing() {
        lines.push(("processes", format!("? ({reason})")));
    }
    lines
}

fn pcie(bus_id: &Fact<String>, link: &Pcie) -> String {
    let number = |fact| or_dash(fact, u32::to_string);
    format!(
        "{}, generation {} of {}, {} of {} lanes",
        said(bus_id, String::clone),
        number(&link.generation),
        number(&link.max_generation),
        number(&link.width),
        number(&link.max_width),
    )
}

fn memory(gpu: &GpuFacts) -> String {
    said(&gpu.memory, |memory| {
        let reserved = memory
            .reserved
            .map(|kept| format!(", {} kept by the driver", size(kept)));
        format!("{} used{}", size(memory.used), reserved.unwrap_or_default())
    })
}

fn errors(gpu: &GpuFacts) -> String {
    if matches!(
        (&gpu.ecc_volatile, &gpu.ecc_aggregate),
        (Fact::Unsupported, Fact::Unsupported)
    ) {
        return "not reported".to_owned();
    }
    let count = |fact| or_dash(fact, u64::to_string);
    let pending = match gpu.retirement_pending {
        Fact::Known(true) => ", pages wait to be retired",
        _ => "",
    };
    format!(
        "{} uncorrected since the driver's start, {} ever{pending}",
        count(&gpu.ecc_volatile),
        count(&gpu.ecc_aggregate),
    )
}

fn rows(rows: &RemappedRows) -> String {
    let mut line = format!(
        "{} remapped after corrected, {} after uncorrected errors",
        rows.corrected, rows.uncorrected
    );
    if rows.pending {
        line.push_str(", some pending");
    }
    if rows.failure {
        line.push_str(", failed");
    }
    line
}

fn clocks(gpu: &GpuFacts) -> String {
    let clock = |clock: &Clock| {
        let number = |fact| or_dash(fact, u32::to_string);
        format!("{} of {} MHz", number(&clock.current), number(&clock.max))
    };
    let held = gpu
        .throttle
        .known()
        .map(|reasons| reasons.names().join(", "));
    let held = held.filter(|names| !names.is_empty());
    let held = held.map(|names| format!(" ({names})")).unwrap_or_default();
    format!(
        "SM {}, memory {}{held}",
        clock(&gpu.sm_clock),
        clock(&gpu.memory_clock)
    )
}

fn driver(gpu: &GpuFacts) -> String {
    let persistence = or_dash(&gpu.persistence, |on| on_off(*on).to_owned());
    let inforom = or_dash(&gpu.inforom_valid, |valid| {
        if *valid { "valid" } else { "corrupted" }.to_owned()
    });
    let action = or_dash(&gpu.recovery_action, |action| match action {
        0 => "none".to_owned(),
        other => other.to_string(),
    });
    format!("persistence {persistence}, InfoROM {inforom}, recovery action {action}")
}

fn part_line(part: &MigDevice) -> String {
    let profile = said(&part.profile, String::clone);
    let free = said(&part.memory, |memory| {
        format!("{} of {} free", size(memory.free), size(memory.total))
    });
    format!("{profile}, {free}, {}", said(&part.uuid, String::clone))
}

fn process_line(process: &Process) -> String {
    let name = process.name.known().map_or("?", String::as_str);
    let kind = if process.compute { "computes" } else { "draws" };
    let memory = process.memory.map_or_else(|| "?".to_owned(), size);
    format!("{} ({name}) {kind}, {memory}", process.pid)
}

fn of_machine(facts: &NodeFacts) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for card in facts.excluded.known().into_iter().flatten() {
        lines.push(("excluded", format!("{} {}", card.bus_id, card.uuid)));
    }
    let joined = facts
        .peers
        .iter()
        .filter(|peer| peer.nvlink.known() == Some(&true))
        .count();
    if !facts.peers.is_empty() {
        let all = facts.peers.len();
        lines.push((
            "peers",
            format!("{joined} of {all} pairs of GPUs joined by NVLink"),
        ));
    }
    let xids = said(&facts.xids, |xids| match xids.len() {
        0 => "none since boot".to_owned(),
        _ => {
            let words = xids
                .iter()
                .map(|xid| format!("{} on {}", xid.code, xid.bus_id));
            words.collect::<Vec<_>>().join(", ")
        }
    });
    lines.push(("Xid errors", xids));
    lines
}
