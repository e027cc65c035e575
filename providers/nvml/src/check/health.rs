//! Whether a card is sound: memory errors, throttling, links, storage.

use super::Check;
use super::Outcome::{Skip, Warn};
use crate::expectation::Expectation;
use crate::fact::Fact;
use crate::facts::{GpuFacts, Pcie};

pub(super) fn checks(gpu: &GpuFacts, expectation: &Expectation) -> Vec<Check> {
    let mut checks = vec![
        ecc(gpu, expectation.ecc),
        retired_pages(gpu),
        row_remap(gpu),
        recovery_action(gpu),
        throttling(gpu),
        pcie_width(gpu),
    ];
    if expectation.nvlink {
        checks.push(nvlink(gpu));
    }
    checks.push(persistence(gpu));
    checks.push(inforom(gpu));
    checks
}

fn ecc(gpu: &GpuFacts, wanted: bool) -> Check {
    let check = Check::new("ecc", Some(gpu.index)).required(wanted);
    if wanted {
        let off = gpu.ecc.known().is_some_and(|ecc| !ecc.current);
        if off {
            return check
                .found("off")
                .expected("on")
                .unless(false, "ECC is off");
        }
    }
    check.of(&gpu.ecc_volatile, |check, errors| {
        check
            .found(format!("{errors} uncorrected"))
            .expected("0 uncorrected")
            .unless(
                *errors == 0,
                "uncorrected memory errors since the driver was loaded",
            )
    })
}

fn retired_pages(gpu: &GpuFacts) -> Check {
    let check = Check::new("retired-pages", Some(gpu.index));
    check.of(&gpu.retirement_pending, |check, pending| {
        check
            .found(if *pending { "pending" } else { "none pending" })
            .expected("none pending")
            .unless(!*pending, "memory pages wait for a reset to be retired")
    })
}

fn row_remap(gpu: &GpuFacts) -> Check {
    let check = Check::new("row-remap", Some(gpu.index));
    check.of(&gpu.remapped_rows, |check, rows| {
        let all = rows.corrected.saturating_add(rows.uncorrected);
        let check = check.found(format!("{all} remapped"));
        check
            .unless(
                !rows.pending,
                "rows of memory wait for a reset to be remapped",
            )
            .unless(
                !rows.failure,
                "rows of memory couldn't be remapped: replace the card",
            )
    })
}

/// What the driver asks for, by the number of the field.
fn action(number: u32) -> String {
    match number {
        0 => "none".to_owned(),
        1 => "reset the GPU".to_owned(),
        2 => "reboot the node".to_owned(),
        3 => "drain peer-to-peer work".to_owned(),
        4 => "drain the GPU, then reset it".to_owned(),
        other => format!("action {other}"),
    }
}

fn recovery_action(gpu: &GpuFacts) -> Check {
    let check = Check::new("recovery-action", Some(gpu.index));
    check.of(&gpu.recovery_action, |check, number| {
        let wanted = action(*number);
        let reason = format!("the driver asks to {wanted}");
        check
            .found(wanted)
            .expected("none")
            .unless(*number == 0, reason)
    })
}

fn throttling(gpu: &GpuFacts) -> Check {
    let check = Check::new("throttling", Some(gpu.index));
    check.of(&gpu.throttle, |check, reasons| {
        let names = reasons.names();
        let found = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        let harmful = reasons.harmful();
        let reason = format!("clocks are held down by {}", harmful.join(", "));
        check.found(found).unless(harmful.is_empty(), reason)
    })
}

/// Width alone: an idle card lowers the generation of its link to save power, but not its width.
fn pcie_width(gpu: &GpuFacts) -> Check {
    let check = Check::new("pcie-width", Some(gpu.index));
    let Pcie {
        width, max_width, ..
    } = &gpu.pcie;
    check.of(max_width, |check, most| {
        check.of(width, |check, now| {
            check
                .found(format!("x{now}"))
                .expected(format!("x{most}"))
                .unless(
                    now >= most,
                    "the link to the host has fewer lanes than it could",
                )
        })
    })
}

fn nvlink(gpu: &GpuFacts) -> Check {
    let check = Check::new("nvlink", Some(gpu.index))
        .required(true)
        .expected("all links up");
    match &gpu.nvlinks {
        Fact::Unsupported => check.ends(Skip, "the card has no NVLink"),
        fact => check.of(fact, |check, (up, all)| {
            check
                .found(format!("{up} of {all} links up"))
                .unless(up == all, "links are down")
        }),
    }
}

fn persistence(gpu: &GpuFacts) -> Check {
    let check = Check::new("persistence", Some(gpu.index));
    let check = check.of(&gpu.persistence, |check, on| {
        let check = check.found(if *on { "on" } else { "off" });
        if *on {
            return check;
        }
        let reason = "the first work after an idle time waits for the driver to load";
        check.expected("on").ends(Warn, reason)
    });
    check.required(false)
}

fn inforom(gpu: &GpuFacts) -> Check {
    let check = Check::new("inforom", Some(gpu.index));
    let check = check.of(&gpu.inforom_valid, |check, valid| {
        let check = check.found(if *valid { "valid" } else { "corrupted" });
        if *valid {
            return check;
        }
        check
            .expected("valid")
            .ends(Warn, "the card's own storage is damaged")
    });
    check.required(false)
}
