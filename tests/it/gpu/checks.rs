//! `mlinfra gpu check`: one broken machine for each row of the table of checks.

use super::fake::{gpu, library, program_with};
use crate::cli::Finished;

const A30: [&str; 5] = ["check", "--expect", "gpu=A30", "--expect", "count=4"];
const A100: [&str; 7] = [
    "check",
    "--expect",
    "gpu=A100-80-SXM4",
    "--expect",
    "count=8",
    "--expect",
    "nvlink=true",
];

/// The lines of a check, with one space between columns.
fn lines(finished: &Finished) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    finished.stdout.lines().map(words).collect()
}

#[track_caller]
fn check(profile: &str, arguments: &[&str], code: i32, expected: &[&str]) {
    let finished = gpu(profile, arguments.iter().copied());
    assert_eq!(finished.stderr, "");
    let lines = lines(&finished);
    for line in expected {
        assert!(
            lines.iter().any(|found| found == line),
            "{line}\n{}",
            finished.stdout
        );
    }
    assert_eq!(finished.code, code, "{}", finished.stdout);
    let last = if code == 0 { "accepted" } else { "refused: " };
    assert!(
        lines.last().unwrap().starts_with(last),
        "{}",
        finished.stdout
    );
}

/// With other arguments than what the profile's name suggests.
#[track_caller]
fn refused(profile: &str, more: &[&str], expected: &[&str]) {
    let base: &[&str] = if more.first() == Some(&"check") {
        &[]
    } else {
        &A30
    };
    check(profile, &[base, more].concat(), 20, expected);
}

#[track_caller]
fn accepted(profile: &str, arguments: &[&str], expected: &[&str]) {
    check(profile, arguments, 0, expected);
}

#[test]
fn sound_machines_are_accepted() {
    accepted(
        "a30-4",
        &A30,
        &["pass product gpu 0-3 NVIDIA A30", "accepted"],
    );
    accepted(
        "a2",
        &["check", "--expect", "gpu=A2"],
        &["pass pcie-width gpu 0 x8"],
    );
    accepted(
        "a100-80",
        &["check", "--expect", "gpu=A100", "--expect", "mig=off"],
        &["pass mig gpu 0 off"],
    );
    accepted(
        "a100-80-sxm-8",
        &A100,
        &[
            "pass nvlink gpu 0-7 12 of 12 links up",
            "pass peer-access 28 pairs",
        ],
    );
}

#[test]
fn without_expectations_only_the_health_is_checked() {
    accepted("a30-4", &["check"], &["pass count 4"]);
    refused("ecc-errors", &["check"], &["refused: ecc on gpu 2"]);
}

#[test]
fn a_card_that_does_not_report_its_health_is_accepted() {
    accepted(
        "rtx-a4000",
        &["check", "--expect", "gpu=RTX-A4000"],
        &[
            "skip ecc gpu 0 not reported by this card or driver",
            "skip row-remap gpu 0 not reported by this card or driver",
        ],
    );
}

#[test]
fn a_wrong_product_is_refused() {
    refused(
        "a30-4",
        &["check", "--expect", "gpu=A100-80-SXM4"],
        &[
            "fail product gpu 0-3 NVIDIA A30 (expected NVIDIA A100-SXM4-80GB)",
            "refused: product on gpu 0-3, memory-total on gpu 0-3",
        ],
    );
    refused(
        "a30-4",
        &["check", "--expect", "product=NVIDIA A3"],
        &["refused: product on gpu 0-3"],
    );
    refused(
        "a2",
        &["check", "--expect", "gpu=A30"],
        &["fail compute-capability gpu 0 8.6 (expected 8.0)"],
    );
}

#[test]
fn a_wrong_count_is_refused() {
    refused(
        "a2",
        &["check", "--expect", "count=4"],
        &["fail count 1 (expected 4)", "refused: count"],
    );
}

#[test]
fn a_card_that_cannot_be_opened_is_refused() {
    refused(
        "lost-card",
        &[],
        &["fail count 3 readable, 1 not", "refused: count"],
    );
}

#[test]
fn an_excluded_card_is_refused() {
    refused(
        "excluded-card",
        &["--expect", "count=3"],
        &["fail excluded 1 cards (expected none)", "refused: excluded"],
    );
}

#[test]
fn less_memory_than_the_card_has_is_refused() {
    refused(
        "short-memory",
        &[],
        &[
            "fail memory-total gpu 1 21.4 GiB (expected 24.0 GiB)",
            "refused: memory-total on gpu 1",
        ],
    );
}

#[test]
fn less_free_memory_than_needed_is_refused() {
    refused(
        "little-memory",
        &["--expect", "free=20GiB"],
        &[
            "pass memory-free gpu 0,2-3 23.6 GiB",
            "fail memory-free gpu 1 15.8 GiB (expected at least 20.0 GiB)",
            "refused: memory-free on gpu 1",
        ],
    );
}

#[test]
fn a_foreign_process_is_refused_unless_allowed() {
    refused(
        "foreign-process",
        &[],
        &[
            "fail processes gpu 0 1 (expected none)",
            "used by process 4242 (python3)",
            "refused: processes on gpu 0",
        ],
    );
    accepted(
        "foreign-process",
        &[&A30[..], &["--allow-processes"]].concat(),
        &[],
    );
}

#[test]
fn uncorrected_memory_errors_are_refused() {
    refused(
        "ecc-errors",
        &[],
        &[
            "pass ecc gpu 0-1,3 0 uncorrected",
            "fail ecc gpu 2 3 uncorrected (expected 0 uncorrected)",
            "refused: ecc on gpu 2",
        ],
    );
}

#[test]
fn memory_without_correction_is_refused_where_it_is_asked_for() {
    accepted(
        "ecc-off",
        &A30,
        &["skip ecc gpu 0-3 not reported by this card or driver"],
    );
    refused(
        "ecc-off",
        &["--expect", "ecc=true"],
        &["fail ecc gpu 0-3 off (expected on)"],
    );
    refused(
        "rtx-a4000",
        &["check", "--expect", "ecc=true"],
        &["refused: ecc on gpu 0"],
    );
}

#[test]
fn pages_that_wait_to_be_retired_are_refused() {
    refused(
        "retirement-pending",
        &[],
        &[
            "fail retired-pages gpu 1 pending (expected none pending)",
            "refused: retired-pages on gpu 1",
        ],
    );
}

#[test]
fn rows_that_failed_or_wait_to_be_remapped_are_refused() {
    refused(
        "row-remap-failure",
        &[],
        &[
            "fail row-remap gpu 0 9 remapped",
            "refused: row-remap on gpu 0",
        ],
    );
    refused(
        "row-remap-pending",
        &[],
        &[
            "fail row-remap gpu 3 3 remapped",
            "refused: row-remap on gpu 3",
        ],
    );
}

#[test]
fn a_recovery_that_the_driver_asks_for_is_refused() {
    refused(
        "recovery-action",
        &[],
        &[
            "fail recovery-action gpu 3 reboot the node (expected none)",
            "the driver asks to reboot the node",
            "refused: recovery-action on gpu 3",
        ],
    );
}

#[test]
fn hardware_slowdown_is_refused_and_a_power_cap_is_not() {
    refused("hardware-throttled", &[], &["refused: throttling on gpu 1"]);
    accepted("power-capped", &A30, &["pass throttling gpu 1 power cap"]);
}

#[test]
fn a_narrow_link_is_refused() {
    refused(
        "pcie-x4",
        &[],
        &[
            "fail pcie-width gpu 2 x4 (expected x16)",
            "refused: pcie-width on gpu 2",
        ],
    );
}

#[test]
fn nvlink_that_is_down_is_refused_where_it_is_asked_for() {
    refused(
        "nvlink-down",
        &A100,
        &[
            "fail nvlink gpu 5 10 of 12 links up (expected all links up)",
            "refused: nvlink on gpu 5",
        ],
    );
    accepted("nvlink-down", &["check", "--expect", "gpu=A100"], &[]);
}

#[test]
fn cards_that_do_not_reach_each_other_are_refused_where_nvlink_is_asked_for() {
    refused(
        "peers-apart",
        &A100,
        &[
            "fail peer-access gpu 0 and 1 don't share an NVLink",
            "refused: peer-access",
        ],
    );
}

#[test]
fn a_required_check_that_cannot_be_made_is_refused() {
    refused(
        "a30-4",
        &["--expect", "nvlink=true"],
        &[
            "skip nvlink gpu 0-3 the card has no NVLink; this check is",
            "refused: nvlink on gpu 0-3, peer-access",
        ],
    );
}

#[test]
fn a_card_divided_otherwise_is_refused() {
    let mig = |value| ["check", "--expect", value];
    refused(
        "a30-mig",
        &mig("mig=off"),
        &["fail mig gpu 0 on (expected off)", "refused: mig on gpu 0"],
    );
    refused(
        "a30-4",
        &mig("mig=1g.6gb"),
        &["fail mig gpu 0-3 off (expected 1g.6gb)"],
    );
    refused(
        "a30-mig",
        &mig("mig=2g.12gb"),
        &["fail mig gpu 0 1g.6gb (expected 2g.12gb)"],
    );
    refused(
        "mig-mixed",
        &mig("mig=1g.6gb"),
        &["fail mig gpu 0 2g.12gb (expected 1g.6gb)"],
    );
    refused(
        "mig-pending",
        &mig("mig=off"),
        &["fail mig gpu 0 off (expected off)", "refused: mig on gpu 0"],
    );
    refused(
        "rtx-a4000",
        &mig("mig=1g.6gb"),
        &["fail mig gpu 0 off (expected 1g.6gb)"],
    );
}

#[test]
fn the_parts_of_a_divided_card_are_counted_and_measured() {
    let four = [
        "check",
        "--expect",
        "mig=1g.6gb",
        "--expect",
        "count=4",
        "--expect",
        "free=5GiB",
    ];
    accepted(
        "a30-mig",
        &four,
        &[
            "pass count 4",
            "pass mig gpu 0 4 × 1g.6gb",
            "pass memory-free gpu 0 5.8 GiB",
        ],
    );
    let seven = [
        "check",
        "--expect",
        "mig=1g.10gb",
        "--expect",
        "count=7",
        "--expect",
        "gpu=A100",
    ];
    refused(
        "a100-80-mig",
        &seven,
        &["pass count 7", "refused: memory-total on gpu 0"],
    );
    let large = ["check", "--expect", "mig=1g.6gb", "--expect", "free=6GiB"];
    refused("a30-mig", &large, &["refused: memory-free on gpu 0"]);
}

#[test]
fn a_part_that_the_catalogs_know_is_expected_by_its_name() {
    let part = |name| ["check", "--expect", name];
    accepted(
        "a30-mig",
        &part("gpu=A30-MIG-1g.6gb"),
        &["pass memory-total gpu 0 5.8 GiB"],
    );
    accepted("a100-80-mig", &part("gpu=A100-80-SXM4-MIG-1g.10gb"), &[]);
    refused(
        "a100-80-mig",
        &part("gpu=A30-MIG-1g.6gb"),
        &["refused: product on gpu 0, mig on gpu 0"],
    );
}

#[test]
fn an_old_driver_is_refused() {
    refused(
        "driver-too-old",
        &["--expect", "cuda=12"],
        &["fail cuda 11.4 (expected at least 12)", "refused: cuda"],
    );
    accepted("driver-too-old", &["check", "--expect", "cuda=11"], &[]);
    accepted(
        "a30-4",
        &[
            "check",
            "--expect",
            "cuda=12.2",
            "--expect",
            "driver=535.154",
        ],
        &[],
    );
    refused("a30-4", &["--expect", "cuda=12.4"], &["refused: cuda"]);
    refused("a30-4", &["--expect", "cuda=13"], &["refused: cuda"]);
    refused("a30-4", &["--expect", "cuda=14"], &["refused: cuda"]);
    refused(
        "a30-4",
        &["--expect", "driver=550"],
        &[
            "fail driver 535.154.05 (expected at least 550)",
            "refused: driver",
        ],
    );
}

#[test]
fn errors_in_the_kernels_log_are_refused_unless_applications_cause_them() {
    refused(
        "a30-4",
        &["--kernel-log", "tests/nvml/fallen.log"],
        &[
            "fail xid 2 since boot",
            "the driver reported Xid 79 on 0000:18:00",
            "refused: xid",
        ],
    );
    let application = ["check", "--kernel-log", "tests/nvml/application.log"];
    accepted("a30-4", &application, &["warn xid 1 since boot"]);
    let unreadable = ["check", "--kernel-log", "tests/nvml/none.log"];
    accepted(
        "a30-4",
        &unreadable,
        &["skip xid `tests/nvml/none.log` can't be read: No such"],
    );
}

#[test]
fn what_does_not_stop_work_is_a_warning() {
    accepted(
        "persistence-off",
        &A30,
        &["warn persistence gpu 0-3 off (expected on)"],
    );
    accepted(
        "inforom-corrupted",
        &A30,
        &["warn inforom gpu 0 corrupted (expected valid)"],
    );
}

#[test]
fn a_machine_whose_gpus_cannot_be_read_is_refused() {
    for (profile, code, words) in [
        (
            "driver-not-loaded",
            "gpu::no-driver",
            "the NVIDIA driver isn't loaded.",
        ),
        (
            "version-mismatch",
            "gpu::no-driver",
            "are of different versions.",
        ),
        ("no-permission", "gpu::unusable-library", "permission"),
    ] {
        let finished = gpu(profile, ["check"]);
        assert_eq!(
            (finished.code, finished.stdout.as_str()),
            (20, ""),
            "{profile}"
        );
        assert!(
            finished.stderr.starts_with(&format!("error[{code}]: ")),
            "{}",
            finished.stderr
        );
        assert!(finished.stderr.contains(words), "{}", finished.stderr);
        let listed = gpu(profile, ["list"]);
        assert_eq!((listed.code, listed.stderr), (1, finished.stderr));
    }
}

#[test]
fn a_library_that_lies_is_refused_and_nothing_breaks() {
    let finished = gpu("lying", ["check"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (20, ""));
    let lines = lines(&finished);
    let has = |line: &str| assert!(lines.iter().any(|l| l == line), "{}", finished.stdout);
    has("fail count 4 readable, 60 not");
    has("skip processes gpu 0-3 the library lists more of them than can be; this");
    let listed = gpu("lying", ["list"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    assert!(
        listed
            .stdout
            .contains("\nGPU 4-63 can't be opened: a supplied argument was invalid.\n")
    );
}

#[test]
fn json_says_why() {
    let arguments = [&A30[..], &["--json"]].concat();
    let finished = gpu("ecc-errors", arguments);
    assert_eq!((finished.code, finished.stderr.as_str()), (20, ""));
    let json: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(json["format_version"], "1.0");
    assert_eq!(json["accepted"], false);
    assert_eq!(json["refused_for"], serde_json::json!(["ecc on gpu 2"]));
    let failed: Vec<_> = json["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["outcome"] == "fail")
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(
        *failed[0],
        serde_json::json!({
            "name": "ecc", "gpu": 2, "outcome": "fail", "required": false,
            "found": "3 uncorrected", "expected": "0 uncorrected",
            "reason": "uncorrected memory errors since the driver was loaded",
        })
    );
    let error = program_with(&library(), "driver-not-loaded", ["check", "--json"]).run();
    let json: serde_json::Value = serde_json::from_str(&error.stdout).unwrap();
    assert_eq!(
        (error.code, &json["diagnostics"][0]["code"]),
        (20, &"gpu::no-driver".into())
    );
}
