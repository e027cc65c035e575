//! State in S3, which moto has too.

use std::io::{BufRead as _, BufReader, Read as _};

use crate::dice::number;
use crate::inventory::is_as_known;
use crate::killed::{Times, trial};
use crate::moto::Moto;
use crate::program::Project;
use crate::slow;
use crate::specs::instances;

/// Trials that run with the other tests.
const FEW: u64 = 5;

/// A project whose state is in a bucket.
fn shared(moto: &Moto, spec: &str, key: &str) -> Project {
    moto.boto3(
        "s3 = boto3.client('s3')\n\
         if not s3.list_buckets()['Buckets']: s3.create_bucket(Bucket='states')\n\
         print('{}')",
    );
    let mut project = Project::new(moto, spec);
    let endpoint = moto.endpoint();
    let place = format!("s3://states/{key}?region=us-east-1&endpoint={endpoint}");
    project.set("MLINFRA_STATE", &place);
    project
}

#[test]
fn a_run_that_is_killed_leaves_no_orphan_and_no_double_with_its_state_in_s3() {
    let first = number("MLINFRA_TEST_SEED", 1);
    let trials = number("MLINFRA_TEST_S3_TRIALS", FEW);
    let spec = instances(10);
    let Some(moto) = slow::moto() else { return };
    let times = Times::of(&shared(&moto, &spec, "measured"));
    drop(moto);
    for seed in first..first + trials {
        let Some(moto) = slow::moto() else { return };
        println!("MLINFRA_TEST_SEED={seed} MLINFRA_TEST_S3_TRIALS=1 repeats this trial");
        let project = shared(&moto, &spec, "killed");
        trial(&moto, &project, times, seed);
        assert!(!project.state().exists(), "nothing is kept on this machine");
    }
}

#[test]
fn of_two_applies_at_once_one_is_refused_and_told_who_holds_the_state() {
    let spec = instances(10);
    let Some(moto) = slow::moto() else { return };
    let project = shared(&moto, &spec, "both");
    let mut first = project.start();
    let mut stderr = BufReader::new(first.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(": creating") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended");
    }
    let second = project.run(&["apply", "--auto-approve"]);
    assert_eq!(second.code, 12, "{}", second.stderr);
    let process = format!("process {}", first.id());
    assert!(
        second.stderr.starts_with("error[state::locked]"),
        "{}",
        second.stderr
    );
    assert!(second.stderr.contains(&process), "{}", second.stderr);
    assert!(second.stderr.contains("apply"), "{}", second.stderr);
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(first.wait().unwrap().success(), "{rest}");
    is_as_known(&moto, &project, 10);
    project.has_nothing_to_do();
}
