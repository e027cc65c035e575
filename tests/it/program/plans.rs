//! A saved plan is carried out exactly as it was reviewed, once, or not at all.

use std::path::Path;

use serde_json::{Value, json};

use super::project::{Project, addresses, service};

/// A project with a saved plan in `plan.json`, and nothing made yet.
fn planned() -> Project {
    let project = Project::serving(1, &json!({}));
    project.does("plan -o plan.json");
    project
}

/// Refuses the saved plan; the way out that it tells must be one of these words.
#[track_caller]
fn refuses(project: &Project, code: i32, error: &str, way_out: &str) {
    let before = project.objects();
    let refused = project.is_refused("apply plan.json", code, error).stderr;
    assert!(refused.contains(way_out), "{refused}");
    assert_eq!(project.objects(), before);
}

#[test]
fn a_saved_plan_is_applied_as_it_is_and_only_once() {
    let project = planned();
    let ran = project.does("apply plan.json");
    assert!(
        ran.stdout.contains("3 created, 0 changed, 0 destroyed"),
        "{}",
        ran.stdout
    );
    assert_eq!(project.agrees(), addresses("serve", 1));
    project.is_done();
    refuses(&project, 13, "apply::consumed-plan", "mlinfra plan");
    project.does("destroy");
    refuses(&project, 13, "apply::consumed-plan", "mlinfra plan");
}

#[test]
fn a_plan_with_any_byte_changed_is_refused() {
    let project = planned();
    let file = project.path().join("plan.json");
    let good = std::fs::read(&file).unwrap();
    let places = (0..24).map(|step| 7 + step * good.len() / 25);
    for place in places.chain([good.len() - 3]) {
        // A space between two elements isn't part of what was planned.
        if good[place].is_ascii_whitespace() {
            continue;
        }
        let mut bad = good.clone();
        bad[place] ^= 1;
        std::fs::write(&file, &bad).unwrap();
        let ran = project.run("apply plan.json");
        let told = format!("byte {place}: {}\n{}", ran.stdout, ran.stderr);
        assert!(matches!(ran.code, 1 | 10), "{} {told}", ran.code);
        let codes = ["error[apply::edited-plan]", "error[apply::not-a-plan]"];
        assert!(codes.iter().any(|code| ran.stderr.contains(code)), "{told}");
        assert_eq!(project.objects(), [], "{told}");
    }
    std::fs::write(&file, &good[..good.len() / 2]).unwrap();
    refuses(&project, 10, "apply::not-a-plan", "mlinfra plan -o");
    std::fs::write(&file, &good).unwrap();
    project.does("apply plan.json");
}

#[test]
fn a_plan_of_an_edited_spec_is_refused() {
    let project = planned();
    project.spec(&[service("serve", "c.xlarge", 2, "")]);
    refuses(&project, 13, "apply::edited-spec", "mlinfra plan");
}

#[test]
fn a_plan_of_other_prices_is_refused() {
    let project = planned();
    let text = std::fs::read_to_string("tests/scenarios/catalogs/aws/rates/us-east-1.tsv").unwrap();
    let dearer = text.replace("c.xlarge\tuse1-az1\t0.2@a", "c.xlarge\tuse1-az1\t0.3@a");
    assert_ne!(dearer, text);
    let folder = project.path().join("catalogs");
    copy(Path::new("tests/scenarios/catalogs"), &folder);
    std::fs::write(folder.join("aws/rates/us-east-1.tsv"), dearer).unwrap();
    // The digest in its catalog is what it says it is.
    let catalog = folder.join("aws/catalog.tsv");
    let said = std::fs::read_to_string(&catalog).unwrap();
    let old = "c13380b7dee4f783221ce9c459fa50c80bb29befcbd6dfd82ca34bc29ae0344d";
    let mut sum = std::process::Command::new("sha256sum");
    let sum = sum
        .arg(folder.join("aws/rates/us-east-1.tsv"))
        .output()
        .unwrap()
        .stdout;
    let new = String::from_utf8(sum).unwrap();
    std::fs::write(&catalog, said.replace(old, &new[..64])).unwrap();
    let refused = project.is_refused(
        "apply --catalogs catalogs plan.json",
        13,
        "apply::edited-catalog",
    );
    assert!(
        refused.stderr.contains("`aws@2026-01-01` isn't the same"),
        "{}",
        refused.stderr
    );
    assert_eq!(project.objects(), []);
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_plan_is_refused_when_what_exists_has_changed_since() {
    let project = planned();
    project.does("apply plan.json");
    project.spec(&[service("serve", "c.xlarge", 2, "")]);
    project.does("plan -o plan.json");
    project.does("state rm pool.serve.nodes[0]");
    refuses(&project, 13, "apply::stale-plan", "mlinfra plan");
}

#[test]
fn a_plan_for_a_state_that_was_put_back_is_refused() {
    let project = planned();
    project.does("apply plan.json");
    let file = project.state_folder().join("state.json");
    let old = std::fs::read(&file).unwrap();
    project.spec(&[service("serve", "c.xlarge", 2, "")]);
    project.does("plan -o plan.json");
    project.does("apply -replace serve");
    std::fs::write(&file, old).unwrap();
    refuses(
        &project,
        17,
        "state::rolled-back",
        "put back the last state",
    );
}

#[test]
fn a_plan_of_another_state_or_project_is_refused() {
    let (one, other) = (planned(), planned());
    one.does("apply plan.json");
    one.spec(&[service("serve", "c.xlarge", 2, "")]);
    one.does("plan -o plan.json");
    other.does("apply");
    other.spec(&[service("serve", "c.xlarge", 2, "")]);
    std::fs::copy(one.path().join("plan.json"), other.path().join("plan.json")).unwrap();
    refuses(&other, 1, "apply::foreign-plan", "mlinfra plan");
}

#[test]
fn a_plan_that_was_interrupted_is_gone_on_with_and_not_begun_again() {
    let project = planned();
    let died = project
        .start_with("apply plan.json", "MLINFRA_TEST_DIE_AT", "8")
        .ended();
    assert_eq!(died.code, -1, "{}\n{}", died.stdout, died.stderr);
    refuses(&project, 13, "apply::consumed-plan", "mlinfra resume");
    project.does("resume");
    assert_eq!(project.agrees(), addresses("serve", 1));
    project.is_done();
}

#[test]
fn what_is_no_plan_is_told_so() {
    let project = planned();
    let file = project.path().join("plan.json");
    for (text, error) in [
        ("", "apply::not-a-plan"),
        ("[]", "apply::"),
        ("{}", "apply::"),
    ] {
        std::fs::write(&file, text).unwrap();
        let ran = project.run("apply plan.json");
        assert!(
            ran.stderr.contains(&format!("error[{error}")),
            "`{text}`: {}",
            ran.stderr
        );
        assert!(matches!(ran.code, 1 | 10), "`{text}`: {}", ran.code);
    }
    project.does("plan -o plan.json");
    let plan: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert!(plan["execution"].is_object());
}

#[test]
fn a_plan_that_is_not_whole_is_refused_by_its_own_name() {
    let project = planned();
    let file = project.path().join("plan.json");
    let mut plan: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    for part in ["stages", "policies", "plan_sha256"] {
        plan.as_object_mut().unwrap().remove(part).unwrap();
    }
    let sealed = mlinfra::render::plan::sealed(plan);
    std::fs::write(&file, sealed.to_string()).unwrap();
    refuses(&project, 10, "apply::not-a-plan", "mlinfra plan -o");
    let told = project.run("apply plan.json").stderr;
    assert!(told.contains("plan.json` isn't a whole plan"), "{told}");
}
