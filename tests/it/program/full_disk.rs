//! A disk that is full: what can't be noted isn't begun, and nothing that exists is forgotten.

use std::process::Command;

use super::project::{Project, Running, addresses, service, slow};

/// The same command in a shell that lets no file become larger than so many blocks of 512 bytes.
fn limited(command: &Command, blocks: u32) -> Command {
    let mut shell = Command::new("sh");
    let script = format!("ulimit -f {blocks} && trap '' XFSZ && exec \"$@\"");
    shell.args(["-c", &script, "sh"]).arg(command.get_program());
    shell.args(command.get_args()).env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell.current_dir(command.get_current_dir().unwrap());
    shell
}

#[test]
fn a_state_that_cannot_be_written_ends_it_and_nothing_is_lost() {
    for blocks in [0, 1, 4, 8, 12, 16, 20] {
        let project = Project::serving(8, &slow());
        let ran = Running::start(limited(&project.command("apply"), blocks)).ended();
        let told = format!("{blocks} blocks: {}\n{}", ran.stdout, ran.stderr);
        assert_ne!(ran.code, 0, "{told}");
        assert_ne!(ran.code, 101, "{told}");
        assert_ne!(ran.code, -1, "{told}");
        assert!(ran.stderr.contains("error[") || ran.code == 16, "{told}");
        project.does("apply");
        assert_eq!(project.agrees(), addresses("serve", 8), "{told}");
        project.is_done();
    }
}

#[test]
fn a_state_that_cannot_be_written_any_more_is_left_as_it_is() {
    let project = Project::serving(8, &slow());
    project.does("apply");
    project.spec(&[service("serve", "t3.xlarge", 8, "")]);
    for blocks in [1, 8] {
        let ran = Running::start(limited(&project.command("apply"), blocks)).ended();
        assert_eq!(ran.code, 1, "{}\n{}", ran.stdout, ran.stderr);
        assert!(
            ran.stderr.contains("error[state::unreachable]"),
            "{}",
            ran.stderr
        );
    }
    project.does("apply");
    assert_eq!(project.agrees(), addresses("serve", 8));
    project.does("destroy");
    assert_eq!(project.objects(), []);
}
