//! Several processes at one folder, and processes that die. The children are this program, told by
//! a variable what to do.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use mlinfra_provider_api::Provider as _;
use mlinfra_provider_sandbox::{ManualClock, Sandbox};

use crate::support::{Dice, block_on, desired, key};

/// What a child is to do: a word, a folder and a number, by lines.
const TASK: &str = "MLINFRA_TEST_SANDBOX_CHILD";

/// Objects that each of several processes makes.
const EACH: u64 = 30;

/// Kills in the middle of writing.
const KILLS: u64 = 200;

fn start(task: &str, folder: &Path, number: u64) -> Child {
    let task = format!("{task}\n{}\n{number}", folder.display());
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::a_child_does_its_task", "--nocapture"])
        .env(TASK, task)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn open(folder: &Path) -> Sandbox {
    Sandbox::open(folder, Arc::new(ManualClock::default())).unwrap()
}

/// Does nothing, as a test: it is what the other tests start as a process.
#[test]
fn a_child_does_its_task() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    let mut lines = task.lines();
    let (task, folder) = (lines.next().unwrap(), lines.next().unwrap());
    let number: u64 = lines.next().unwrap().parse().unwrap();
    let sandbox = open(Path::new(folder));
    match task {
        "make" => make(&sandbox, number),
        "churn" => churn(&sandbox, number),
        other => panic!("{other}"),
    }
}

fn tell(line: &str) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "did {line}").unwrap();
    stdout.flush().unwrap();
}

/// Makes objects of its own, and changes one that all share.
fn make(sandbox: &Sandbox, number: u64) {
    for step in 0..EACH {
        let unique = number * 1_000 + step;
        let own = desired("network", &format!("n{unique}"), "{}");
        block_on(sandbox.ensure(&key(unique), &own)).unwrap();
        let image = format!(r#"{{"image": "{unique}"}}"#);
        let shared = desired("launch-template", "shared", &image);
        block_on(sandbox.ensure(&key(1_000_000 + unique), &shared)).unwrap();
    }
}

/// Makes objects for ever, removes every other, and tells of what is done.
fn churn(sandbox: &Sandbox, from: u64) {
    for number in from.. {
        let want = desired("network", &format!("n{number}"), "{}");
        let made = block_on(sandbox.ensure(&key(number), &want)).unwrap();
        tell(&format!("make {number}"));
        if number % 2 == 1 {
            tell(&format!("try {number}"));
            block_on(sandbox.remove(&key(1_000_000 + number), &made.id)).unwrap();
            tell(&format!("remove {number}"));
        }
    }
}

fn serial(folder: &Path) -> u64 {
    let text = std::fs::read_to_string(folder.join("cloud.json")).unwrap();
    let cloud: serde_json::Value = serde_json::from_str(&text).unwrap();
    cloud["serial"].as_u64().unwrap()
}

#[test]
fn no_update_of_several_processes_is_lost_and_no_reader_sees_a_torn_file() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = open(folder.path());
    let mut children: Vec<Child> = (1..=3).map(|n| start("make", folder.path(), n)).collect();
    let mut seen = 0;
    while children.iter_mut().any(|c| c.try_wait().unwrap().is_none()) {
        let now = sandbox.objects().unwrap().len();
        assert!(now >= seen, "{now} objects after {seen}");
        seen = now;
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let objects = sandbox.objects().unwrap();
    let mut names: Vec<&str> = objects.iter().map(|object| &*object.name).collect();
    names.sort_unstable();
    let own = (1..=3).flat_map(|n| (0..EACH).map(move |step| format!("n{}", n * 1_000 + step)));
    let mut expected: Vec<String> = own.chain(["shared".to_owned()]).collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
    let shared = objects.iter().find(|o| o.name == "shared").unwrap();
    assert_eq!(shared.attributes["version"], 3 * EACH);
    assert_eq!(serial(folder.path()), 6 * EACH);
}

/// Reads what a child tells until it has told `lines`, or is dead.
fn listen(reader: &mut BufReader<ChildStdout>, lines: u64) -> Vec<String> {
    let mut told = Vec::new();
    let mut line = String::new();
    while u64::try_from(told.len()).unwrap() < lines && reader.read_line(&mut line).unwrap() > 0 {
        let whole = line.strip_suffix('\n');
        if let Some(did) = whole.and_then(|line| line.strip_prefix("did ")) {
            told.push(did.to_owned());
        }
        line.clear();
    }
    told
}

#[test]
fn processes_killed_while_they_write_leave_all_that_they_told_of() {
    let mut dice = Dice::new(5);
    let mut folder = tempfile::tempdir().unwrap();
    let mut next = 0;
    for kill in 0..KILLS {
        // A new one now and then, so that the file stays small and being made is among the writes.
        if kill % 10 == 0 {
            folder = tempfile::tempdir().unwrap();
            next = 0;
        }
        let mut child = start("churn", folder.path(), next);
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut told = listen(&mut reader, dice.below(6));
        for _ in 0..dice.below(2_000) {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        told.extend(listen(&mut reader, u64::MAX));
        next = check_after_kill(folder.path(), next, &told);
    }
}

/// Checks the objects from number `next` on, and says which number is the next one to make.
fn check_after_kill(folder: &Path, next: u64, told: &[String]) -> u64 {
    let did = |what: &str, number: u64| told.contains(&format!("{what} {number}"));
    let objects = open(folder).objects().unwrap();
    let there = |number: u64| {
        let name = format!("n{number}");
        objects.iter().filter(|o| o.name == name).count()
    };
    let mut number = next;
    while did("make", number) {
        if did("remove", number) {
            assert_eq!(there(number), 0, "{number} was removed: {told:?}");
        } else if !did("try", number) {
            assert_eq!(there(number), 1, "{number} was made: {told:?}");
        }
        number += 1;
    }
    // At most the one after the last may have been made without a word.
    assert!(there(number) <= 1, "{told:?}");
    assert_eq!(there(number + 1), 0, "{told:?}");
    number + 1
}

#[cfg(unix)]
#[test]
fn a_scripted_crash_aborts_the_process_once_before_or_after_the_effect() {
    use std::os::unix::process::ExitStatusExt as _;
    const SIGABRT: i32 = 6;
    for (fault, made) in [("crash-before", 2), ("crash-after", 3)] {
        let folder = tempfile::tempdir().unwrap();
        let rules = format!(
            r#"{{"faults": [{{"operation": "ensure", "when": {{"calls": [3]}}, "fault": "{fault}"}}]}}"#
        );
        std::fs::write(folder.path().join("script.json"), rules).unwrap();
        let mut child = start("make", folder.path(), 1);
        listen(&mut BufReader::new(child.stdout.take().unwrap()), u64::MAX);
        assert_eq!(child.wait().unwrap().signal(), Some(SIGABRT), "{fault}");
        assert_eq!(
            open(folder.path()).objects().unwrap().len(),
            made,
            "{fault}"
        );
        let mut again = start("make", folder.path(), 1);
        listen(&mut BufReader::new(again.stdout.take().unwrap()), u64::MAX);
        assert!(again.wait().unwrap().success(), "{fault}");
        let objects = open(folder.path()).objects().unwrap();
        assert_eq!(objects.len() as u64, EACH + 1, "{fault}");
    }
}
