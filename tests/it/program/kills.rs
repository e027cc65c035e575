//! SIGKILL at random moments: whatever command comes next, nothing is lost and nothing is there twice.

use std::time::Duration;

use super::project::{Project, addresses, service, slow};

/// How many nodes are made.
const NODES: u32 = 10;

/// How many trials; more by `MLINFRA_TEST_TRIALS`.
fn trials() -> u64 {
    let told = std::env::var("MLINFRA_TEST_TRIALS").ok();
    told.and_then(|text| text.parse().ok()).unwrap_or(30)
}

/// A seed that is printed, so that a failure can be repeated; `MLINFRA_TEST_SEED` gives another.
#[expect(clippy::print_stdout, reason = "a failure can be repeated with it")]
fn seed() -> u64 {
    let told = std::env::var("MLINFRA_TEST_SEED").ok();
    let seed = told.and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    println!("MLINFRA_TEST_SEED={seed}");
    seed
}

/// Numbers that look random (Vigna, "SplitMix64").
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// Starts a command and kills it within some milliseconds.
fn killed(project: &Project, words: &str, dice: &mut Dice) -> bool {
    let time = Duration::from_millis(dice.below(700));
    project.start(words).killed_after(time)
}

#[test]
fn an_apply_that_was_killed_at_a_random_moment_is_made_whole_by_the_next_command() {
    let mut dice = Dice(seed());
    let (mut killed_ones, trials) = (0, trials());
    for trial in 0..trials {
        let project = Project::serving(NODES, &slow());
        killed_ones += u64::from(killed(&project, "apply", &mut dice));
        let mut wanted = addresses("serve", NODES);
        match trial % 6 {
            0 => project.does("apply"),
            1 => {
                killed(&project, "apply", &mut dice);
                project.does("apply")
            }
            2 => {
                project.spec(&[service("serve", "t3.xlarge", NODES, "")]);
                project.does("apply")
            }
            3 => {
                wanted.clear();
                killed(&project, "destroy", &mut dice);
                project.does("destroy")
            }
            4 => {
                // Nothing was begun yet, or all was done, if there is nothing to go on with.
                let ran = project.run("resume");
                assert!(matches!(ran.code, 0 | 10), "{}\n{}", ran.stdout, ran.stderr);
                project.does("apply")
            }
            _ => {
                let ran = project.run("undo");
                assert!(matches!(ran.code, 0 | 10), "{}\n{}", ran.stdout, ran.stderr);
                if ran.code == 0 {
                    assert_eq!(project.objects(), [], "trial {trial}\n{}", ran.stderr);
                }
                project.does("apply")
            }
        };
        assert_eq!(project.agrees(), wanted, "trial {trial}");
        if !wanted.is_empty() {
            project.is_done();
        }
    }
    // An apply takes longer than most of these moments, so few come too late.
    assert!(killed_ones * 2 > trials, "{killed_ones} of {trials}");
}

#[test]
fn a_destroy_that_was_killed_at_a_random_moment_is_finished_by_the_next() {
    let mut dice = Dice(seed());
    for trial in 0..trials() / 6 {
        let project = Project::serving(NODES, &slow());
        project.does("apply");
        let time = Duration::from_millis(dice.below(250));
        project.start("destroy").killed_after(time);
        if trial % 2 == 0 {
            project.does("destroy");
            assert_eq!(project.objects(), []);
        } else {
            project.does("apply");
            assert_eq!(project.agrees(), addresses("serve", NODES));
        }
    }
}

#[test]
fn a_run_that_was_killed_leaves_no_files_behind_for_ever() {
    let project = Project::serving(2, &slow());
    let mut dice = Dice(seed());
    for _ in 0..8 {
        killed(&project, "apply", &mut dice);
    }
    project.does("apply");
    project.does("destroy");
    let entries = std::fs::read_dir(project.state_folder()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["journal", ".next"].contains(&&**name))
        .collect();
    names.sort();
    let known = [".gitignore", ".lock", "history", "lease.json", "state.json"];
    assert_eq!(names, known);
}
