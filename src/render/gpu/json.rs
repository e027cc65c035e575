//! The facts as JSON, format 1.0. What isn't known is null, and `missing` says why by name.

use mlinfra_provider_nvml::{
    Clock, Fact, GpuFacts, Memory, MigDevice, NodeFacts, Process, RemappedRows, Throttle,
};
use serde_json::{Map, Value, json};

/// Version of the format: unknown majors must be refused by readers, unknown keys ignored.
pub(super) const FORMAT_VERSION: &str = "1.0";

/// Collects facts, and why those that are missing are.
#[derive(Default)]
struct Facts {
    known: Map<String, Value>,
    missing: Map<String, Value>,
}

impl Facts {
    fn put<T>(&mut self, name: &str, fact: &Fact<T>, value: impl FnOnce(&T) -> Value) {
        let value = match fact {
            Fact::Known(known) => value(known),
            Fact::Unsupported | Fact::Failed(_) => Value::Null,
        };
        self.known.insert(name.to_owned(), value);
        if let Some(reason) = fact.missing() {
            self.missing.insert(name.to_owned(), json!(reason));
        }
    }

    fn plain<T: serde::Serialize>(&mut self, name: &str, fact: &Fact<T>) {
        self.put(name, fact, |value| json!(value));
    }

    fn finish(mut self) -> Value {
        self.known
            .insert("missing".to_owned(), Value::Object(self.missing));
        Value::Object(self.known)
    }
}

/// Everything that was read.
#[must_use]
pub fn list_json(facts: &NodeFacts) -> String {
    let mut node = Facts::default();
    node.known
        .insert("format_version".to_owned(), json!(FORMAT_VERSION));
    node.plain("driver", &facts.driver);
    node.put("cuda", &facts.cuda, |version| json!(version.to_string()));
    node.plain("nvml", &facts.nvml);
    node.plain("count", &facts.count);
    let gpus: Vec<Value> = facts.gpus.iter().map(gpu).collect();
    node.known.insert("gpus".to_owned(), json!(gpus));
    let lost = facts.unreadable.iter();
    let lost: Vec<Value> = lost
        .map(|c| json!({ "index": c.index, "reason": c.reason }))
        .collect();
    node.known.insert("unreadable".to_owned(), json!(lost));
    node.put("excluded", &facts.excluded, |cards| {
        let cards = cards
            .iter()
            .map(|c| json!({ "pci_bus_id": c.bus_id, "uuid": c.uuid }));
        cards.collect()
    });
    let peers = facts.peers.iter().map(|peer| {
        let mut pair = Facts::default();
        pair.known
            .insert("gpus".to_owned(), json!([peer.first, peer.second]));
        pair.plain("nvlink", &peer.nvlink);
        pair.plain("read", &peer.read);
        pair.finish()
    });
    let peers: Vec<Value> = peers.collect();
    node.known.insert("peers".to_owned(), json!(peers));
    node.put("xids", &facts.xids, |xids| {
        xids.iter()
            .map(|x| json!({ "pci_bus_id": x.bus_id, "code": x.code }))
            .collect()
    });
    format!("{:#}\n", node.finish())
}

fn gpu(gpu: &GpuFacts) -> Value {
    let mut facts = Facts::default();
    facts.known.insert("index".to_owned(), json!(gpu.index));
    facts.plain("uuid", &gpu.uuid);
    facts.plain("pci_bus_id", &gpu.bus_id);
    facts.plain("product", &gpu.product);
    facts.put("compute_capability", &gpu.compute_capability, |v| {
        json!(v.to_string())
    });
    facts.put("memory", &gpu.memory, memory);
    facts.put(
        "ecc",
        &gpu.ecc,
        |e| json!({ "current": e.current, "pending": e.pending }),
    );
    facts.plain("ecc_uncorrected_volatile", &gpu.ecc_volatile);
    facts.plain("ecc_uncorrected_aggregate", &gpu.ecc_aggregate);
    facts.plain("retired_pages_pending", &gpu.retirement_pending);
    facts.put("remapped_rows", &gpu.remapped_rows, rows);
    facts.plain("recovery_action", &gpu.recovery_action);
    facts.put("throttle_reasons", &gpu.throttle, |reasons: &Throttle| {
        json!(reasons.names())
    });
    facts.plain("temperature_celsius", &gpu.temperature);
    facts.plain("power_milliwatts", &gpu.power.draw_milliwatts);
    facts.plain("power_limit_milliwatts", &gpu.power.limit_milliwatts);
    clock(&mut facts, "sm_clock", &gpu.sm_clock);
    clock(&mut facts, "memory_clock", &gpu.memory_clock);
    facts.plain("pcie_generation", &gpu.pcie.generation);
    facts.plain("pcie_generation_max", &gpu.pcie.max_generation);
    facts.plain("pcie_width", &gpu.pcie.width);
    facts.plain("pcie_width_max", &gpu.pcie.max_width);
    facts.put(
        "nvlinks",
        &gpu.nvlinks,
        |(up, all)| json!({ "up": up, "all": all }),
    );
    facts.put(
        "mig",
        &gpu.mig,
        |m| json!({ "current": m.current, "pending": m.pending }),
    );
    facts.put("mig_devices", &gpu.mig_devices, |parts| {
        parts.iter().map(part).collect()
    });
    facts.put("processes", &gpu.processes, |all| {
        all.iter().map(process).collect()
    });
    facts.plain("persistence", &gpu.persistence);
    facts.plain("inforom_valid", &gpu.inforom_valid);
    facts.put(
        "utilisation",
        &gpu.utilisation,
        |busy| json!({ "gpu_percent": busy.gpu, "memory_percent": busy.memory }),
    );
    facts.finish()
}

fn clock(facts: &mut Facts, name: &str, clock: &Clock) {
    facts.plain(&format!("{name}_mhz"), &clock.current);
    facts.plain(&format!("{name}_max_mhz"), &clock.max);
}

fn memory(memory: &Memory) -> Value {
    json!({
        "total_bytes": memory.total,
        "used_bytes": memory.used,
        "free_bytes": memory.free,
        "reserved_bytes": memory.reserved,
    })
}

fn rows(rows: &RemappedRows) -> Value {
    json!({
        "corrected": rows.corrected,
        "uncorrected": rows.uncorrected,
        "pending": rows.pending,
        "failure": rows.failure,
    })
}

fn part(part: &MigDevice) -> Value {
    let mut facts = Facts::default();
    facts.known.insert("index".to_owned(), json!(part.index));
    facts.plain("uuid", &part.uuid);
    facts.plain("profile", &part.profile);
    facts.put("memory", &part.memory, memory);
    facts.finish()
}

fn process(process: &Process) -> Value {
    let mut facts = Facts::default();
    facts.known.insert("pid".to_owned(), json!(process.pid));
    facts.plain("name", &process.name);
    facts
        .known
        .insert("used_bytes".to_owned(), json!(process.memory));
    facts
        .known
        .insert("compute".to_owned(), json!(process.compute));
    facts.finish()
}
