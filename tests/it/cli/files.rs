//! Files that can't be read or written.

use super::mlinfra;

#[test]
fn a_missing_folder_of_catalogs_cannot_be_read() {
    let finished = mlinfra(["catalog", "list", "--catalogs", "no/such"]).run();
    assert_eq!(
        finished.stderr,
        "error[cli::cannot-read]: can't read a file

`no/such` can't be read: No such file or directory (os error 2).
"
    );
    assert_eq!((finished.code, finished.stdout.as_str()), (1, ""));
}

#[test]
fn a_plan_cannot_be_written_into_a_missing_folder() {
    let finished = mlinfra(["plan", "examples/minimal", "-out=no/such/plan"]).run();
    assert_eq!(finished.code, 1);
    assert_eq!(
        finished.stderr,
        "error[cli::cannot-write]: can't write a file

`no/such/plan` can't be written: No such file or directory (os error 2).
"
    );
}

/// A link to the device, so that a mistake can't replace the device itself.
#[test]
fn a_device_is_written_to_and_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("full");
    std::os::unix::fs::symlink("/dev/full", &link).unwrap();
    let out = format!("-out={}", link.display());
    let finished = mlinfra(["plan", "examples/minimal", &out]).run();
    assert_eq!(finished.code, 1);
    let reason = "can't be written: No space left on device (os error 28).\n";
    assert!(finished.stderr.ends_with(reason), "{}", finished.stderr);
    assert!(link.is_symlink());
}

#[test]
fn a_link_to_a_plan_file_stays_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let (link, target) = (dir.path().join("link"), dir.path().join("target"));
    std::fs::write(&target, "old").unwrap();
    std::os::unix::fs::symlink("target", &link).unwrap();
    let out = format!("-out={}", link.display());
    assert_eq!(mlinfra(["plan", "examples/minimal", &out]).run().code, 0);
    assert!(link.is_symlink());
    assert!(std::fs::read_to_string(&target).unwrap().starts_with('{'));
}
