//! What goes to which stream, and what happens when it can't.

use std::path::Path;

use super::mlinfra;

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = mlinfra(["completion", "zsh"]).into_command();
    let output = command.stdout(writer).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = mlinfra(["completion", "zsh"]).into_command();
    let output = command.stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error[cli::cannot-write]: can't write a file

Standard output: No space left on device (os error 28). What was printed isn't complete.
"
    );
}

#[test]
fn colour_is_used_when_asked_for_only() {
    let coloured = |arguments: &[&str], env: &[(&str, &str)]| {
        let mut program = mlinfra(arguments);
        for (name, value) in env {
            program = program.env(name, value);
        }
        program.run().stderr.contains('\u{1b}')
    };
    assert!(!coloured(&["nonsense"], &[]));
    assert!(coloured(&["nonsense", "--color", "always"], &[]));
    assert!(coloured(
        &["-color=always", "nonsense"],
        &[("NO_COLOR", "1")]
    ));
    assert!(coloured(&["nonsense"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(
        &["nonsense", "--color=never"],
        &[("CLICOLOR_FORCE", "1")]
    ));
    assert!(!coloured(
        &["nonsense"],
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
    ));
}

#[test]
fn the_version_is_data() {
    let finished = mlinfra(["--version"]).run();
    let expect = format!("mlinfra {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        (finished.code, finished.stdout, finished.stderr),
        (0, expect, String::new())
    );
}

#[test]
fn each_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let finished = mlinfra(["completion", shell]).run();
        assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
        assert!(finished.stdout.contains("validate"), "{shell}");
    }
}

#[test]
fn the_folder_of_chdir_counts_from_where_the_program_was_started() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let finished = mlinfra(["-chdir=cli", "completion", "bash"])
        .in_dir(&sources)
        .run();
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    let finished = mlinfra(["completion", "bash", "-C", "src"])
        .in_dir(&sources)
        .run();
    assert_eq!(finished.code, 1);
}
