//! Whether a stage's model fits its GPU, in sentences for terminals and Markdown alike.
//!
//! ```text
//! needs 16.83 of 23.53 GiB on each A30 (72 %), most of it for weights (13.04)
//! too small, with 5 % kept free: A2 (14.64), T4 (14.76)
//! ```

use crate::fit::Verdict;
use crate::planning::plan::{PlannedFit, RefusedGpu};
use crate::units::{Bytes, grouped};

/// The verdict as a label.
pub(in crate::render) const fn label(fit: &PlannedFit) -> &'static str {
    match fit.verdict {
        Verdict::Fits => "fits",
        Verdict::Tight | Verdict::DoesNotFit => "tight",
    }
}

/// What a stage needs on each GPU and what there is, first; then what else a reviewer should know.
pub(in crate::render) fn sentences(fit: &PlannedFit) -> Vec<String> {
    let mut all = vec![needs(fit)];
    if let Some(probe) = &fit.probe {
        all.push(format!(
            "`{}` tries it on a node before the work starts",
            probe.join(" ")
        ));
    }
    let not_counted = fit.estimate.not_counted.iter();
    all.extend(not_counted.map(|what| format!("not counted: {what}")));
    all.extend(refused(fit));
    all
}

fn needs(fit: &PlannedFit) -> String {
    let (needed, usable) = (Bytes::new(fit.needed_bytes), Bytes::new(fit.usable_bytes));
    let at_least = if fit.estimate.not_counted.is_empty() {
        ""
    } else {
        "at least "
    };
    let about = if fit.usable_estimated { "about " } else { "" };
    let verb = if fit.estimate.measured {
        "took"
    } else {
        "needs"
    };
    let most = match fit.estimate.binding() {
        Some(most) if fit.estimate.components.len() > 1 => format!(
            ", most of it for {} ({})",
            most.term.as_str(),
            Bytes::new(most.bytes).gib_number()
        ),
        _ => String::new(),
    };
    format!(
        "{verb} {at_least}{} of {about}{} on each {} ({} %){most}",
        needed.gib_number(),
        usable.gib(),
        fit.gpu,
        percent(fit.needed_bytes, fit.usable_bytes)
    )
}

/// What a larger batch or sequence could be, where there is room for one.
pub(in crate::render) fn room(fit: &PlannedFit) -> Option<String> {
    let batch = fit
        .largest_batch
        .map(|n| format!("a batch of up to {}", grouped(n.into())));
    let tokens = fit
        .largest_sequence
        .map(|n| format!("sequences of up to {} tokens", grouped(n.into())));
    let parts: Vec<String> = [batch, tokens].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("{} would fit", parts.join(", or ")))
}

/// Why GPUs that the stage names weren't taken, in one sentence for all that are too small and one
/// for those that are tight.
pub(in crate::render) fn refused(fit: &PlannedFit) -> Vec<String> {
    let with = |verdict| {
        let gpus = fit.refused.iter().filter(move |gpu| gpu.verdict == verdict);
        gpus.collect::<Vec<&RefusedGpu>>()
    };
    let small = too_small(&with(Verdict::DoesNotFit), fit);
    let tight = with(Verdict::Tight);
    let tight = (!tight.is_empty()).then(|| {
        let names: Vec<&str> = tight.iter().map(|gpu| gpu.gpu.as_str()).collect();
        format!("not {}: too tight without a `probe`", names.join(", "))
    });
    small.into_iter().chain(tight).collect()
}

fn too_small(gpus: &[&RefusedGpu], fit: &PlannedFit) -> Option<String> {
    let first = gpus.first()?;
    let has = |gpu: &&RefusedGpu| {
        format!(
            "{} ({})",
            gpu.gpu,
            Bytes::new(gpu.usable_bytes).gib_number()
        )
    };
    let all: Vec<String> = gpus.iter().map(has).collect();
    // With a probe there is nothing to spare; the estimate alone decides.
    let free = if fit.probe.is_none() {
        let spare = first.usable_bytes.saturating_sub(first.limit_bytes);
        format!(", with {} % kept free", share(spare, first.usable_bytes))
    } else {
        String::new()
    };
    Some(format!("too small{free}: {}", all.join(", ")))
}

/// A share in whole percent, rounded up: what is more than all isn't shown as all.
pub(in crate::render) fn percent(part: u64, whole: u64) -> u128 {
    (u128::from(part) * 100).div_ceil(u128::from(whole.max(1)))
}

/// A share in whole percent, to the nearest.
fn share(part: u64, whole: u64) -> u128 {
    let whole = u128::from(whole.max(1));
    (u128::from(part) * 100 + whole / 2) / whole
}
