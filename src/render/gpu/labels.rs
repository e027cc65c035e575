//! Facts as labels of a Kubernetes node, one `key=value` a line.
//!
//! ```text
//! mlinfra.dev/gpu.count=4
//! mlinfra.dev/gpu.product=NVIDIA-A30
//! ```

use mlinfra_provider_nvml::NodeFacts;

/// Characters that a label's value may have at most.
const LONGEST: usize = 63;

/// Labels for what all cards of the machine have alike; a fact in which they differ has none.
#[must_use]
pub fn list_labels(facts: &NodeFacts) -> String {
    let mut labels = vec![("count", facts.gpus.len().to_string())];
    let common = |of: &dyn Fn(usize) -> Option<String>| {
        let mut values = (0..facts.gpus.len()).map(of);
        let first = values.next()??;
        values
            .all(|value| value.as_ref() == Some(&first))
            .then_some(first)
    };
    let gpu = |i: usize| &facts.gpus[i];
    let rest = [
        ("product", common(&|i| gpu(i).product.known().cloned())),
        (
            "memory-mib",
            common(&|i| Some((gpu(i).memory.known()?.total >> 20).to_string())),
        ),
        (
            "compute-capability",
            common(&|i| Some(gpu(i).compute_capability.known()?.to_string())),
        ),
        ("mig", common(&|i| Some(profiles(facts, i)))),
        ("driver", facts.driver.known().cloned()),
        ("cuda", facts.cuda.known().map(ToString::to_string)),
    ];
    labels.extend(
        rest.into_iter()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    let lines = labels.into_iter().filter_map(|(key, value)| {
        let value = label_value(&value);
        (!value.is_empty()).then(|| format!("mlinfra.dev/gpu.{key}={value}\n"))
    });
    lines.collect()
}

/// `off`, `mixed`, or the profile of all parts of a card.
fn profiles(facts: &NodeFacts, index: usize) -> String {
    let gpu = &facts.gpus[index];
    if !gpu.mig.known().is_some_and(|mode| mode.current) {
        return "off".to_owned();
    }
    let parts = gpu.mig_devices.known().into_iter().flatten();
    let mut names: Vec<&str> = parts
        .map(|part| part.profile.known().map_or("", String::as_str))
        .collect();
    names.dedup();
    match names[..] {
        [only] if !only.is_empty() => only.to_owned(),
        [] => "none".to_owned(),
        _ => "mixed".to_owned(),
    }
}

/// A text as the value of a label: letters, digits, `-`, `_` and `.`, of which only the first two
/// kinds may begin and end it.
fn label_value(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let mut out = String::new();
    for c in text.chars() {
        if allowed(c) {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(LONGEST);
    let ends = |c: char| !c.is_ascii_alphanumeric();
    out.trim_matches(ends).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_valid_value() {
        assert_eq!(label_value("NVIDIA A30"), "NVIDIA-A30");
        assert_eq!(
            label_value("NVIDIA A100 80GB PCIe"),
            "NVIDIA-A100-80GB-PCIe"
        );
        assert_eq!(label_value("1g.10gb+me"), "1g.10gb-me");
        assert_eq!(label_value("\u{1b}[31m é "), "31m");
        assert_eq!(label_value(&"a ".repeat(90)).len(), 63);
        assert_eq!(label_value("--"), "");
    }
}
