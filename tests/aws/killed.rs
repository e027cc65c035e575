//! The program is killed at a random moment, and run again: nothing is there twice, and nothing that
//! nobody knows.

use std::io::{BufRead as _, BufReader};
use std::time::{Duration, Instant};

use crate::dice::{Dice, number};
use crate::inventory::is_as_known;
use crate::moto::Moto;
use crate::program::Project;
use crate::slow;
use crate::specs::instances;

/// Single instances of the spec.
const COUNT: u32 = 10;

/// Trials that run with the other tests.
const FEW: u64 = 20;

/// How long a run takes that nobody kills: all of it, and before the first call that makes something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    whole: Duration,
    before: Duration,
}

impl Times {
    /// Measures one.
    pub(crate) fn of(project: &Project) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the moment of a kill is a part of how long a run takes"
        )]
        let began = Instant::now();
        let mut child = project.start();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        lines.find(|line| is_creating(line.as_ref().unwrap()));
        let before = began.elapsed();
        lines.for_each(drop);
        assert!(child.wait().unwrap().success());
        let whole = began.elapsed();
        Self { whole, before }
    }
}

impl Times {
    /// The machine has become faster, or there is less else to do.
    fn shorter(self) -> Self {
        let shorter = |time: Duration| time * 9 / 10;
        Self {
            whole: shorter(self.whole),
            before: shorter(self.before),
        }
    }
}

fn is_creating(line: &str) -> bool {
    line.contains(": creating")
}

/// Applies and kills that at a random moment: of the whole run, or of what comes after the first
/// object was begun. Whether the run was over by then.
pub(crate) fn killed(project: &Project, times: Times, dice: &mut Dice) -> bool {
    let mut child = project.start();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let window = if dice.below(3) == 0 {
        times.whole
    } else {
        lines.find(|line| is_creating(line.as_ref().unwrap()));
        times.whole.saturating_sub(times.before)
    };
    // Else a run that prints much would wait for a reader.
    let reader = std::thread::spawn(move || lines.for_each(drop));
    let millis = u64::try_from(window.as_millis()).unwrap().max(1);
    std::thread::sleep(Duration::from_millis(dice.below(millis)));
    let over = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    over
}

/// One life of a project: applied, killed, applied again, and deleted.
pub(crate) fn trial(moto: &Moto, project: &Project, times: Times, seed: u64) -> bool {
    let over = killed(project, times, &mut Dice::new(seed));
    project.applied();
    let inventory = is_as_known(moto, project, u64::from(COUNT));
    assert_eq!(inventory.count("nodes"), usize::try_from(COUNT).unwrap());
    assert_eq!(inventory.count("launch-template"), 1);
    assert_eq!(inventory.count("security-group"), 1);
    over
}

#[test]
fn a_run_that_is_killed_at_any_moment_leaves_no_orphan_and_no_double() {
    let first = number("MLINFRA_TEST_SEED", 1);
    let trials = number("MLINFRA_TEST_TRIALS", FEW);
    let spec = instances(COUNT);
    let Some(moto) = slow::moto() else { return };
    let times = Times::of(&Project::new(&moto, &spec));
    drop(moto);
    let (mut times, mut over, mut seed) = (times, 0, first);
    // One that came too late tells nothing of a kill: another takes its place.
    while seed - first < trials + over {
        // One that isn't there after all has been told.
        let Some(moto) = slow::moto() else { return };
        println!("MLINFRA_TEST_SEED={seed} MLINFRA_TEST_TRIALS=1 repeats this trial");
        if trial(&moto, &Project::new(&moto, &spec), times, seed) {
            over += 1;
            assert!(
                over <= trials,
                "most runs were over before they were killed"
            );
            times = times.shorter();
        }
        seed += 1;
    }
    println!("{trials} kills within a run, {over} after it was over; a run took {times:?}");
}
