//! What a card is: product, memory, how it is divided, and who uses it.

use super::Outcome::Skip;
use super::{Check, size};
use crate::expectation::{Expectation, Mig, same_product};
use crate::fact::Fact;
use crate::facts::{GpuFacts, Memory, MigDevice, MigMode};

/// A card may report this much less than the table says, in hundredths: firmware and
/// error-correcting memory take some.
const LEAST_TOTAL_PERCENT: u64 = 97;

pub(super) fn checks(gpu: &GpuFacts, expectation: &Expectation) -> Vec<Check> {
    let mut checks = vec![product(gpu, expectation)];
    if expectation.compute_capability.is_some() {
        checks.push(compute_capability(gpu, expectation));
    }
    checks.extend(memory(gpu, expectation));
    checks.push(mig(gpu, expectation));
    checks.push(processes(gpu, expectation.allow_processes));
    checks
}

fn product(gpu: &GpuFacts, expectation: &Expectation) -> Check {
    let wanted = &expectation.products;
    let check = Check::new("product", Some(gpu.index)).required(!wanted.is_empty());
    check.of(&gpu.product, |check, found| {
        let check = check.found(found);
        if wanted.is_empty() {
            return check;
        }
        let holds = wanted.iter().any(|wanted| same_product(wanted, found));
        check
            .expected(wanted.join(" or "))
            .unless(holds, "another product than expected")
    })
}

fn compute_capability(gpu: &GpuFacts, expectation: &Expectation) -> Check {
    let check = Check::new("compute-capability", Some(gpu.index)).required(true);
    check.of(&gpu.compute_capability, |check, found| {
        let wanted = expectation.compute_capability.unwrap_or(*found);
        check
            .found(found.to_string())
            .expected(wanted.to_string())
            .unless(*found == wanted, "another generation than expected")
    })
}

/// Total and free memory of the card; of its parts where those are what was asked for.
fn memory(gpu: &GpuFacts, expectation: &Expectation) -> Vec<Check> {
    if !matches!(expectation.mig, Some(Mig::Profile(_))) {
        return of_memory(gpu.index, &gpu.memory, expectation);
    }
    match &gpu.mig_devices {
        Fact::Known(parts) => smallest(parts, |memory| memory.free).map_or_else(Vec::new, |part| {
            of_memory(gpu.index, &part.memory, expectation)
        }),
        other => {
            let fact = other.clone().map(|_| Memory {
                total: 0,
                used: 0,
                free: 0,
                reserved: None,
            });
            of_memory(gpu.index, &fact, expectation)
        }
    }
}

/// The part with the least of something; one that can't tell comes first.
fn smallest(parts: &[MigDevice], of: impl Fn(&Memory) -> u64) -> Option<&MigDevice> {
    parts.iter().min_by_key(|part| part.memory.known().map(&of))
}

fn of_memory(index: u32, memory: &Fact<Memory>, expectation: &Expectation) -> Vec<Check> {
    let total = Check::new("memory-total", Some(index)).required(true);
    let free = Check::new("memory-free", Some(index)).required(true);
    vec![
        total.of(memory, |check, memory| {
            let check = check.found(size(memory.total));
            if memory.used > memory.total || memory.free > memory.total {
                return check.unless(false, "more memory is used or free than there is");
            }
            let Some(wanted) = expectation.memory_total else {
                return check.unless(memory.total > 0, "the card has no memory");
            };
            let least = u128::from(wanted) * u128::from(LEAST_TOTAL_PERCENT) / 100;
            check.expected(size(wanted)).unless(
                u128::from(memory.total) >= least,
                "over 3 % less memory than expected",
            )
        }),
        free.of(memory, |check, memory| {
            let check = check.found(size(memory.free));
            match expectation.memory_free {
                Some(wanted) => check.expected(format!("at least {}", size(wanted))).unless(
                    memory.free >= wanted,
                    "less free memory than the stage needs",
                ),
                None => check,
            }
        }),
    ]
}

fn mig(gpu: &GpuFacts, expectation: &Expectation) -> Check {
    let check = Check::new("mig", Some(gpu.index)).required(expectation.mig.is_some());
    let check = match &expectation.mig {
        Some(Mig::Off) => check.expected("off"),
        Some(Mig::Profile(profile)) => check.expected(profile),
        None => check,
    };
    match (&gpu.mig, &expectation.mig) {
        // A card that can't be divided isn't.
        (Fact::Unsupported, Some(Mig::Off) | None) => check.found("off"),
        (Fact::Unsupported, Some(Mig::Profile(_))) => check
            .found("off")
            .unless(false, "the card can't be divided"),
        (fact, wanted) => check.of(fact, |check, mode| {
            of_mode(check, *mode, gpu, wanted.as_ref())
        }),
    }
}

fn of_mode(check: Check, mode: MigMode, gpu: &GpuFacts, wanted: Option<&Mig>) -> Check {
    let check = check.found(if mode.current { "on" } else { "off" });
    match wanted {
        None => check,
        Some(_) if mode.current != mode.pending => {
            let next = if mode.pending { "on" } else { "off" };
            check.unless(false, format!("MIG will be {next} after the next reset"))
        }
        Some(Mig::Off) => check.unless(!mode.current, "the card is divided"),
        Some(Mig::Profile(_)) if !mode.current => check.unless(false, "the card isn't divided"),
        Some(Mig::Profile(profile)) => check.of(&gpu.mig_devices, |check, parts| {
            of_parts(check, parts, profile)
        }),
    }
}

fn of_parts(check: Check, parts: &[MigDevice], profile: &str) -> Check {
    if parts.is_empty() {
        return check
            .found("no parts")
            .unless(false, "MIG is on and the card has no parts");
    }
    for part in parts {
        match &part.profile {
            Fact::Known(found) if found == profile => {}
            Fact::Known(found) => {
                let reason = format!("part {} is another profile", part.index);
                return check.found(found).unless(false, reason);
            }
            other => {
                let why = other.missing().unwrap_or_default();
                return check.ends(Skip, format!("part {}: {why}", part.index));
            }
        }
    }
    check.found(format!("{} × {profile}", parts.len()))
}

fn processes(gpu: &GpuFacts, allowed: bool) -> Check {
    let check = Check::new("processes", Some(gpu.index)).required(!allowed);
    let check = check.of(&gpu.processes, |check, found| {
        let names = found.iter().map(|process| {
            let name = process.name.known().map(|name| format!(" ({name})"));
            format!("{}{}", process.pid, name.unwrap_or_default())
        });
        let names: Vec<String> = names.take(4).collect();
        let more = found.len().saturating_sub(names.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let reason = format!("used by process {}{more}", names.join(", "));
        let count = found.len();
        let check = check.found(count.to_string());
        if allowed {
            return check;
        }
        check.expected("none").unless(count == 0, reason)
    });
    check.required(!allowed)
}
