//! On a terminal: live lines that go away, and a clean screen after Ctrl-C.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::project::{Project, Running, slow, until};
use crate::skipped::skip;

/// The same command on a terminal of 80 columns, by util-linux's `script`; `None` without it.
fn on_terminal(project: &Project, words: &str) -> Option<Command> {
    if Command::new("script").arg("--version").output().is_err() {
        skip("there is no `script` to make a terminal with");
        return None;
    }
    let command = project.command(words);
    let mut line = String::from("stty cols 80 rows 40; exec");
    let arguments = command
        .get_args()
        .map(|argument| argument.to_str().unwrap());
    for word in std::iter::once(command.get_program().to_str().unwrap()).chain(arguments) {
        line.push_str(&format!(" '{word}'"));
    }
    let mut script = Command::new("script");
    script
        .args(["-qec", &line, "/dev/null"])
        .env_clear()
        .env("TERM", "xterm");
    script.env("PATH", "/usr/bin:/bin").env("SHELL", "/bin/sh");
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            script.env(name, value);
        }
    }
    script.current_dir(command.get_current_dir().unwrap());
    Some(script)
}

/// The text without what moves the cursor and colours.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        let after = after.strip_prefix('[').unwrap_or(after);
        let end = after.find(|c: char| c.is_ascii_alphabetic());
        let end = end.map_or(after.len(), |end| end + 1);
        // All but colours move the cursor to somewhere else.
        if !after[..end].ends_with('m') {
            plain.push('\n');
        }
        rest = &after[end..];
    }
    plain + rest
}

#[test]
fn what_is_under_way_is_shown_on_lines_no_wider_than_the_terminal() {
    let project = Project::serving(3, &slow());
    let Some(command) = on_terminal(&project, "apply") else {
        return;
    };
    let ran = Running::start(command).ended();
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    let text = plain(&ran.stdout);
    assert!(text.contains("pool.serve.nodes[2]: created as "), "{text}");
    for line in text.split(['\r', '\n']) {
        assert!(
            line.chars().count() <= 80,
            "{} columns: {line}",
            line.chars().count()
        );
    }
    assert!(
        text.trim_end()
            .ends_with("5 objects exist now: USD 0.60 per hour."),
        "{text}"
    );
}

#[test]
fn ctrl_c_leaves_a_clean_terminal() {
    let project = Project::serving(
        2,
        &json!({ "latency": { "nodes": { "create_ms": 30_000 } } }),
    );
    let Some(mut command) = on_terminal(&project, "apply") else {
        return;
    };
    let pid = project.path().join("pid");
    // The shell's own number becomes the program's by `exec`.
    let line = command
        .get_args()
        .nth(1)
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let line = line.replace("; exec", &format!("; echo $$ > {}; exec", pid.display()));
    let (folder, envs) = (
        command.get_current_dir().unwrap().to_owned(),
        env_of(&command),
    );
    command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .env_clear()
        .envs(envs)
        .current_dir(folder);
    let running = Running::start(command);
    until("the nodes are being made", || project.objects().len() == 4);
    std::thread::sleep(Duration::from_millis(400));
    let pid = std::fs::read_to_string(pid).unwrap();
    let sent = Command::new("kill")
        .args(["-INT", pid.trim()])
        .status()
        .unwrap();
    assert!(sent.success());
    let ran = running.ended();
    assert_eq!(ran.code, 130, "{}", ran.stdout);
    // The cursor is shown, and the last lines are those of the end.
    let hidden = ran.stdout.matches("\u{1b}[?25l").count();
    assert_eq!(
        ran.stdout.matches("\u{1b}[?25h").count(),
        hidden,
        "{}",
        ran.stdout
    );
    let text = plain(&ran.stdout);
    assert!(
        text.trim_end().ends_with("deletes all that exists"),
        "{text}"
    );
}

fn env_of(command: &Command) -> Vec<(String, String)> {
    let all = command.get_envs();
    let text = |text: &std::ffi::OsStr| text.to_str().unwrap().to_owned();
    all.filter_map(|(name, value)| Some((text(name), text(value?))))
        .collect()
}
