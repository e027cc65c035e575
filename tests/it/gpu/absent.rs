//! Libraries that aren't there, or not all of it.

use super::fake::{library_without, program_with, symbols};
use crate::cli::{Finished, mlinfra};

#[test]
fn no_library_is_an_error_of_its_own() {
    let list = mlinfra([
        "gpu",
        "list",
        "--nvml-library",
        "/nonexistent/libnvidia-ml.so.1",
    ])
    .run();
    assert_eq!((list.code, list.stdout.as_str()), (1, ""));
    assert!(
        list.stderr.starts_with(
            "error[gpu::no-library]: no NVML library\n\n\
             No /nonexistent/libnvidia-ml.so.1 was found."
        ),
        "{}",
        list.stderr
    );
    let check = mlinfra([
        "gpu",
        "check",
        "--nvml-library",
        "/nonexistent/libnvidia-ml.so.1",
    ])
    .run();
    assert_eq!((check.code, check.stderr), (20, list.stderr));
}

#[test]
fn a_file_that_is_no_library_is_an_error_of_its_own() {
    let list = mlinfra(["gpu", "list", "--nvml-library", "Cargo.toml"]).run();
    assert_eq!(list.code, 1);
    assert!(
        list.stderr.starts_with("error[gpu::unusable-library]: "),
        "{}",
        list.stderr
    );
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let list = mlinfra(["gpu", "list", "--nvml-library", path]).run();
    assert!(
        list.stderr.starts_with("error[gpu::unusable-library]: "),
        "{}",
        list.stderr
    );
}

#[test]
fn the_library_is_found_by_the_name_that_containers_have() {
    let folder = tempfile::tempdir().unwrap();
    library_without(&[], folder.path());
    let found = program_with("".as_ref(), "a2", ["list", "--labels"])
        .env("LD_LIBRARY_PATH", folder.path().to_str().unwrap())
        .run();
    assert!(
        found.stdout.contains("gpu.product=NVIDIA-A2\n"),
        "{}",
        found.stderr
    );
}

fn without(missing: &[&str], arguments: [&str; 2]) -> Finished {
    let folder = tempfile::tempdir().unwrap();
    let library = library_without(missing, folder.path());
    program_with(&library, "a30-mig", arguments).run()
}

#[test]
fn an_old_library_counts_reserved_memory_as_used() {
    let finished = without(&["nvmlDeviceGetMemoryInfo_v2"], ["list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    let memory = &list["gpus"][0]["memory"];
    assert_eq!(memory["reserved_bytes"], serde_json::Value::Null);
    assert_eq!(memory["used_bytes"], 430_u64 << 20);
    assert_eq!(memory["free_bytes"], (24576_u64 - 430) << 20);
}

#[test]
fn an_old_library_lists_processes_too() {
    let third = [
        "nvmlDeviceGetComputeRunningProcesses_v3",
        "nvmlDeviceGetGraphicsRunningProcesses_v3",
    ];
    let finished = without(&third, ["check", "--json"]);
    assert_eq!(finished.code, 0, "{}", finished.stdout);
    let second = ["nvmlDeviceGetComputeRunningProcesses_v2"];
    let finished = without(&[&third[..], &second].concat(), ["check", "--json"]);
    assert_eq!(finished.code, 20);
    let found = "the library has no `nvmlDeviceGetComputeRunningProcesses_v3`";
    assert!(finished.stdout.contains(found), "{}", finished.stdout);
}

#[test]
fn a_missing_health_check_refuses_the_machine() {
    let finished = without(
        &["nvmlDeviceGetTotalEccErrors"],
        ["check", "--expect=gpu=A30"],
    );
    assert_eq!(finished.code, 20);
    assert!(
        finished.stdout.contains("the library has no"),
        "{}",
        finished.stdout
    );
}

/// Without any one of its functions the library may be refused, but the program ends by itself.
#[test]
fn no_missing_function_makes_it_panic() {
    let symbols = symbols();
    assert_eq!(symbols.len(), 44);
    for symbol in &symbols {
        for command in [["list", "--json"], ["check", "--expect=nvlink=true"]] {
            let finished = without(&[symbol], command);
            let code = finished.code;
            assert!(
                [0, 1, 20].contains(&code),
                "{symbol}: {code} {}",
                finished.stderr
            );
            assert!(
                !finished.stderr.contains("panicked"),
                "{symbol}: {}",
                finished.stderr
            );
        }
    }
    let all: Vec<&str> = symbols.iter().map(String::as_str).collect();
    let none = without(&all, ["list", "--json"]);
    assert_eq!(none.code, 1);
    assert!(
        none.stdout.contains("gpu::unusable-library"),
        "{}",
        none.stdout
    );
}

#[test]
fn without_the_functions_that_begin_and_end_nothing_is_read() {
    for missing in ["nvmlInit_v2", "nvmlShutdown"] {
        let finished = without(&[missing], ["list", "--json"]);
        assert_eq!(finished.code, 1);
        let words = format!("has no `{missing}`: it is too old, or not NVML");
        assert!(finished.stdout.contains(&words), "{}", finished.stdout);
    }
}
