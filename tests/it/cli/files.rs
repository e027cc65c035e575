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
    let message =
        "error[cli::cannot-write]: can't write a file\n\n`no/such/plan` can't be written: ";
    assert!(finished.stderr.starts_with(message), "{}", finished.stderr);
}
