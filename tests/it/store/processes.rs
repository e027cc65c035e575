//! Real processes: several that want one state, and one whose disk is full.

use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use mlinfra::state::State;
use mlinfra::store::blobs::{BlobError, Blobs as _, Local, When};
use mlinfra::store::lease::{Held, Holder, LeaseError};
use mlinfra::store::vault::{VaultError, peek};

use super::at_once;
use super::events::{addresses, at, made, open};

/// Says to a test that it is the process that another started, and in which folder it is to work.
const FOLDER: &str = "MLINFRA_TEST_STATE_FOLDER";

/// This program, running one of its tests alone, in a folder.
fn this(test: &str) -> Vec<String> {
    let program = std::env::current_exe().unwrap();
    let test = format!("store::processes::{test}");
    let arguments = [program.to_str().unwrap(), &test, "--exact", "--nocapture"];
    arguments.map(str::to_owned).to_vec()
}

#[test]
fn of_processes_that_want_the_lease_one_gets_it() {
    let test = "of_processes_that_want_the_lease_one_gets_it";
    if let Some(folder) = std::env::var_os(FOLDER) {
        return take(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let process = |_| {
        let line = this(test);
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).env(FOLDER, folder.path());
        command.stdout(Stdio::piped()).spawn().unwrap()
    };
    let processes: Vec<_> = (0..6).map(process).collect();
    std::fs::write(folder.path().join("begin"), "").unwrap();
    let mut taken = 0;
    for process in processes {
        let output = process.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        taken += text.matches("it took it").count();
    }
    assert_eq!(taken, 1);
    let state = Local::new(folder.path().join("state"));
    let lease = at_once(mlinfra::store::lease::current(&state)).unwrap();
    assert_eq!(lease.unwrap().fence, 1);
}

/// Waits for the others and takes the lease if it can.
#[expect(clippy::print_stdout, reason = "it tells the process that started it")]
fn take(folder: &Path) {
    while !folder.join("begin").exists() {
        std::thread::yield_now();
    }
    let local = Local::new(folder.join("state"));
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    match at_once(Held::acquire(&local, Holder::default(), now)) {
        Ok(_) => println!("it took it"),
        Err(LeaseError::Held(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_full_disk_is_told_and_what_was_there_is_there_still() {
    let test = "a_full_disk_is_told_and_what_was_there_is_there_still";
    if let Some(folder) = std::env::var_os(FOLDER) {
        return write_too_much(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    // Files of more than 16 KiB can't be written, and trying that is an error instead of the end.
    let line = "ulimit -f 16 && trap '' XFSZ && exec \"$@\"";
    let output = Command::new("bash")
        .args(["-c", line, "bash"])
        .args(this(test))
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("it was told"), "{text}");
    let local = Local::new(folder.path());
    let state: State = at_once(peek(&local)).unwrap().unwrap();
    assert_eq!(addresses(&state), ["pool.n1"]);
    // No part of what couldn't be written is left.
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".gitignore", ".lock", "lease.json", "state.json"]);
    // There is room again, and all goes on.
    let vault = open(&local, 1000).unwrap();
    assert_eq!(addresses(vault.state()), ["pool.n1"]);
}

#[expect(clippy::print_stdout, reason = "it tells the process that started it")]
fn write_too_much(folder: &Path) {
    let local = Local::new(folder);
    let mut vault = open(&local, 0).unwrap();
    at_once(vault.note(made(1), at(0))).unwrap();
    at_once(vault.commit(|_| {}, at(0))).unwrap();
    let before = at_once(local.get("state.json")).unwrap();
    let large = |state: &mut State| {
        state.consumed = (0..1000).map(|n| format!("{n:064}")).collect();
    };
    let error = at_once(vault.commit(large, at(1))).unwrap_err();
    assert!(
        matches!(error, VaultError::Blobs(BlobError::Failed { .. })),
        "{error:?}"
    );
    assert_eq!(at_once(local.get("state.json")).unwrap(), before);
    // It goes on with what it has.
    assert!(vault.state().consumed.is_empty());
    at_once(vault.commit(|_| {}, at(2))).unwrap();
    let put = at_once(local.put("large", &[0; 20_000], &When::Absent));
    assert!(matches!(put, Err(BlobError::Failed { .. })));
    println!("it was told");
}
