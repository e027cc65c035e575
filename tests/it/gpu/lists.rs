//! `mlinfra gpu list`.

use serde_json::{Value, json};

use super::fake::{gpu, library, program_with};

fn listed(profile: &str) -> String {
    let finished = gpu(profile, ["list"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    for line in finished.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
        assert_eq!(line, line.trim_end());
    }
    finished.stdout
}

fn json_of(profile: &str) -> Value {
    let finished = gpu(profile, ["list", "--json"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    serde_json::from_str(&finished.stdout).unwrap()
}

#[test]
fn an_a2_is_listed() {
    insta::assert_snapshot!("list-a2", listed("a2"));
}

#[test]
fn a_divided_card_is_listed_with_its_parts() {
    insta::assert_snapshot!("list-a30-mig", listed("a30-mig"));
}

#[test]
fn a_card_that_reports_little_is_listed() {
    insta::assert_snapshot!("list-rtx-a4000", listed("rtx-a4000"));
}

#[test]
fn a_used_and_a_lost_card_are_listed() {
    assert!(
        listed("foreign-process").contains("\n  process       4242 (python3) computes, 812 MiB\n")
    );
    let lost =
        "\nGPU 3 can't be opened: device fell off the bus or has otherwise become\ninacessible.\n";
    assert!(listed("lost-card").contains(lost));
    assert!(
        listed("excluded-card").contains("\n  excluded      00000000:28:00.0 GPU-excluded-0\n")
    );
}

#[test]
fn json_has_each_fact_or_why_it_is_missing() {
    let list = json_of("a30-4");
    assert_eq!(list["format_version"], "1.0");
    assert_eq!(
        (&list["driver"], &list["cuda"]),
        (&json!("535.154.05"), &json!("12.2"))
    );
    assert_eq!(list["gpus"].as_array().unwrap().len(), 4);
    let gpu = &list["gpus"][3];
    assert_eq!(gpu["uuid"], "GPU-00000000-0000-4000-8000-000000000003");
    assert_eq!(gpu["pci_bus_id"], "00000000:28:00.0");
    let mib = |mib: u64| json!(mib << 20);
    assert_eq!(gpu["memory"]["total_bytes"], mib(24576));
    assert_eq!(gpu["memory"]["free_bytes"], mib(24190));
    assert_eq!(gpu["memory"]["reserved_bytes"], mib(386));
    assert_eq!(gpu["power_limit_milliwatts"], 165_000);
    assert_eq!(gpu["sm_clock_max_mhz"], 1440);
    assert_eq!(gpu["memory_clock_mhz"], 1215);
    assert_eq!(gpu["throttle_reasons"], json!(["idle"]));
    assert_eq!(gpu["nvlinks"], Value::Null);
    assert_eq!(
        gpu["missing"]["nvlinks"],
        "not reported by this card or driver"
    );
    assert_eq!(list["peers"].as_array().unwrap().len(), 6);
    assert_eq!(
        list["peers"][0],
        json!({"gpus": [0, 1], "nvlink": false, "read": true, "missing": {}})
    );
}

#[test]
fn json_has_the_parts_of_a_divided_card() {
    let list = json_of("a100-80-mig");
    let parts = list["gpus"][0]["mig_devices"].as_array().unwrap();
    assert_eq!(parts.len(), 7);
    assert_eq!(parts[6]["profile"], "1g.10gb");
    assert_eq!(parts[6]["memory"]["total_bytes"], json!(9728_u64 << 20));
    assert_eq!(parts[6]["uuid"], "MIG-00000000-0000-4000-8000-000000000006");
}

#[test]
fn a_part_without_the_profile_in_its_name_gets_it_from_its_slices() {
    let parts = &json_of("mig-unnamed")["gpus"][0]["mig_devices"];
    assert_eq!(parts[0]["profile"], "1g.6gb");
}

#[test]
fn nvlink_is_counted() {
    let list = json_of("nvlink-down");
    assert_eq!(list["gpus"][5]["nvlinks"], json!({"up": 10, "all": 12}));
    assert_eq!(list["gpus"][4]["nvlinks"], json!({"up": 12, "all": 12}));
    assert_eq!(list["peers"].as_array().unwrap().len(), 28);
}

#[test]
fn labels_are_those_of_a_node() {
    let finished = gpu("a100-80-mig", ["list", "--labels"]);
    assert_eq!(
        finished.stdout,
        "mlinfra.dev/gpu.count=1
mlinfra.dev/gpu.product=NVIDIA-A100-SXM4-80GB
mlinfra.dev/gpu.memory-mib=81920
mlinfra.dev/gpu.compute-capability=8.0
mlinfra.dev/gpu.mig=1g.10gb
mlinfra.dev/gpu.driver=535.154.05
mlinfra.dev/gpu.cuda=12.2
"
    );
    let none = program_with(&library(), "a2", ["list", "--labels", "--json"]).run();
    assert_eq!(none.code, 10);
}

#[test]
fn the_errors_in_the_kernels_log_are_listed() {
    let finished = gpu("a30-4", ["list", "--kernel-log", "tests/nvml/fallen.log"]);
    let line = "  Xid errors    31 on 0000:10:00, 79 on 0000:18:00\n";
    assert!(finished.stdout.ends_with(line), "{}", finished.stdout);
}
