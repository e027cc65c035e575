//! Wrong command lines: what is said, and the exit code.

use super::mlinfra;

#[track_caller]
fn check(arguments: &str, code: i32, stderr: &str) {
    let finished = mlinfra(arguments.split_whitespace()).run();
    assert_eq!(finished.stderr, stderr, "got:\n{}", finished.stderr);
    assert_eq!((finished.code, finished.stdout.as_str()), (code, ""));
}

#[test]
fn an_unknown_option_is_named_with_the_one_that_was_meant() {
    check(
        "completion --colour bash",
        10,
        "error[cli::usage]: wrong command line

Unexpected argument '--colour' found

Usage: mlinfra completion --color <WHEN> <SHELL>

hint: a similar argument exists: '--color'

To see all arguments, run:
    mlinfra completion --help
",
    );
}

#[test]
fn one_dash_is_as_good_as_two_in_messages_too() {
    let one = mlinfra(["completion", "-colour"]).run();
    let two = mlinfra(["completion", "--colour"]).run();
    assert_eq!(one.stderr, two.stderr);
    assert_eq!((one.code, two.code), (10, 10));
}

#[test]
fn an_unknown_command_is_named_with_the_one_that_was_meant() {
    check(
        "plann",
        10,
        "error[cli::usage]: wrong command line

Unrecognized subcommand 'plann'

Usage: mlinfra [OPTIONS] <COMMAND>

hint: some similar subcommands exist: 'explain', 'plan'

To see all arguments, run:
    mlinfra --help
",
    );
}

#[test]
fn a_missing_argument_is_named() {
    check(
        "completion",
        10,
        "error[cli::usage]: wrong command line

The following required arguments were not provided:
  <SHELL>

Usage: mlinfra completion <SHELL>

To see all arguments, run:
    mlinfra completion --help
",
    );
}

#[test]
fn a_wrong_value_is_shown_with_the_right_ones() {
    check(
        "completion bsh",
        10,
        "error[cli::usage]: wrong command line

Invalid value 'bsh' for '<SHELL>'
  [possible values: bash, elvish, fish, powershell, zsh]

hint: a similar value exists: 'bash'

To see all arguments, run:
    mlinfra completion --help
",
    );
}

#[test]
fn control_characters_in_arguments_stay_inert() {
    check(
        "\u{1b}[2Jx\u{202e}\u{7}",
        10,
        "error[cli::usage]: wrong command line

Unrecognized subcommand 'x\\u{202e}'

Usage: mlinfra [OPTIONS] <COMMAND>

To see all arguments, run:
    mlinfra --help
",
    );
}

#[test]
fn with_json_a_usage_error_is_json_on_stdout() {
    let finished = mlinfra(["completion", "bash", "-json"]).run();
    assert_eq!((finished.code, finished.stderr.as_str()), (10, ""));
    let value: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(value["diagnostics"][0]["code"], "cli::usage");
    assert_eq!(value["error_count"], 1);
}

#[test]
fn arguments_from_the_environment_are_used_and_named_when_wrong() {
    let finished = mlinfra(["completion"])
        .env("MLINFRA_CLI_ARGS_completion", "'bash'")
        .run();
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    let finished = mlinfra(["completion", "bash"])
        .env("MLINFRA_CLI_ARGS", "--nonsense")
        .run();
    assert_eq!(finished.code, 10);
    assert_eq!(
        finished.stderr,
        "error[cli::usage]: wrong command line

Unexpected argument '--nonsense' found

Usage: mlinfra completion [OPTIONS] <SHELL>

hint: to pass '--nonsense' as a value, use '-- --nonsense'
hint: arguments were also taken from `MLINFRA_CLI_ARGS=--nonsense`

To see all arguments, run:
    mlinfra completion --help
"
    );
}

#[test]
fn an_option_given_twice_takes_the_last_value() {
    let finished = mlinfra(["completion", "bash", "--color", "always", "--color=never"]).run();
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
}

#[test]
fn a_folder_that_cannot_be_entered_is_an_error() {
    check(
        "-C no/such/folder completion bash",
        1,
        "error[cli::cannot-enter]: can't enter a folder

`no/such/folder`: No such file or directory (os error 2).
",
    );
}
