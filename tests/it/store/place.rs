//! Where state is kept, as it is written in an address.

use std::collections::BTreeMap;
use std::path::Path;

use mlinfra::diagnostics::Diagnostic;
use mlinfra::model::StatePlace;
use mlinfra::store::blobs::When;
use mlinfra::store::lease::Holder;
use mlinfra::store::place::{choose, open, parse};

use super::at_once;

fn local(path: &str) -> StatePlace {
    StatePlace::Local { path: path.into() }
}

#[test]
fn addresses_name_stores_and_anything_else_is_a_folder() {
    for (text, place) in [
        (
            "s3://acme/mlinfra/p?region=eu-central-1&endpoint=http://127.0.0.1:9000/x",
            StatePlace::S3 {
                bucket: "acme".into(),
                key: "mlinfra/p".into(),
                region: Some("eu-central-1".into()),
                endpoint: Some("http://127.0.0.1:9000/x".into()),
            },
        ),
        (
            "s3://acme/p",
            StatePlace::S3 {
                bucket: "acme".into(),
                key: "p".into(),
                region: None,
                endpoint: None,
            },
        ),
        (
            "az://acmestate/mlinfra/a/b",
            StatePlace::AzureBlob {
                account: "acmestate".into(),
                container: "mlinfra".into(),
                key: "a/b".into(),
            },
        ),
        (
            "gs://acme/p",
            StatePlace::Gcs {
                bucket: "acme".into(),
                key: "p".into(),
            },
        ),
        ("../state", local("../state")),
        ("s3", local("s3")),
    ] {
        assert_eq!(parse(text).unwrap(), place, "{text}");
        assert_eq!(place.to_string(), text);
    }
    assert_eq!(parse("gs://acme/p/").unwrap().to_string(), "gs://acme/p");
    assert_eq!(parse("file:///var/state").unwrap(), local("/var/state"));
}

#[track_caller]
fn refused(text: &str, why: &str) {
    let refused: Diagnostic = parse(text).unwrap_err();
    assert_eq!(refused.code.slug, "state::wrong-place", "{text}");
    assert!(refused.detail.contains(why), "{}", refused.detail);
}

#[test]
fn addresses_that_lack_something_or_have_too_much_are_refused() {
    refused("", "A path names a folder");
    refused("http://acme/p", "`http://` is no store that is known");
    refused("s3://acme", "`` is no key");
    refused("s3:///p", "`` is no bucket");
    refused("s3://acme/a//b", "`a//b` is no key");
    refused("s3://acme/../b", "`../b` is no key");
    refused("s3://ac me/p", "`ac me` is no bucket");
    refused("s3://acme/p?zone=x", "can't be told `zone`");
    refused("s3://acme/p?region=a&region=b", "can't be told `region`");
    refused("s3://acme/p?key=q", "can't be told `key`");
    refused(
        "s3://acme/p?endpoint=127.0.0.1",
        "`127.0.0.1` is no endpoint",
    );
    refused("s3://acme/p?endpoint=http://a@b", "is no endpoint");
    refused("gs://acme/p?region=x", "can't be told `region`");
    refused("az://acme/p", "`` is no key");
}

fn variables(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    all.iter().map(owned).collect()
}

#[test]
fn the_command_line_comes_before_the_environment_and_that_before_the_spec() {
    let environment = variables(&[("MLINFRA_STATE", "from-environment")]);
    let none = variables(&[("MLINFRA_STATE", "")]);
    let spec = local("from-spec");
    let chosen = |argument, environment, spec| choose(argument, environment, spec).unwrap();
    assert_eq!(chosen(Some("a"), &environment, Some(&spec)), local("a"));
    let told = local("from-environment");
    assert_eq!(chosen(None, &environment, Some(&spec)), told);
    assert_eq!(chosen(None, &none, Some(&spec)), spec);
    assert_eq!(chosen(None, &none, None), local(".mlinfra/state"));
}

#[test]
fn a_folder_counts_from_the_base_and_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(&local("a/state"), folder.path(), &BTreeMap::new()).unwrap();
    assert!(!folder.path().join("a").exists(), "opening writes nothing");
    at_once(blobs.put("journal/1/2.jsonl", b"", &When::Absent)).unwrap();
    let mode = |path: &str| {
        let path = folder.path().join("a/state").join(path);
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!([mode(""), mode("journal/1")], [0o700, 0o700]);
    assert_eq!([mode("journal/1/2.jsonl"), mode(".lock")], [0o600, 0o600]);
    let ignored = std::fs::read_to_string(folder.path().join("a/state/.gitignore"));
    assert_eq!(ignored.unwrap(), "*\n");
    at_once(blobs.delete("journal/1/2.jsonl")).unwrap();
    let left = folder.path().join("a/state/journal");
    assert!(!left.exists(), "folders with nothing in them go");
    assert!(at_once(blobs.list("")).unwrap().is_empty());
}

#[test]
fn a_text_that_is_no_key_is_refused_and_not_shown() {
    let environment = variables(&[("MLINFRA_STATE_KEY", "hunter2")]);
    let Err(refused) = open(&local("a"), Path::new("/"), &environment) else {
        panic!("it was taken");
    };
    assert_eq!(refused.code.slug, "state::bad-key");
    assert!(!format!("{refused:?}").contains("hunter2"));
}

#[cfg(not(feature = "object-stores"))]
#[test]
fn a_store_that_is_not_built_in_is_told_with_a_way_out() {
    for place in ["s3://acme/p", "az://acme/c/p", "gs://acme/p"] {
        let place = parse(place).unwrap();
        let Err(refused) = open(&place, Path::new("/"), &BTreeMap::new()) else {
            panic!("{place} was opened");
        };
        assert_eq!(refused.code.slug, "state::store-not-built-in");
        assert!(format!("{:?}", refused.hints).contains("--features object-stores"));
    }
}

fn here(environment: &[(&str, &str)]) -> Holder {
    let environment = variables(environment);
    Holder::here("apply", 7, Some("box".into()), |name| {
        environment.get(name).cloned()
    })
}

#[test]
fn a_holder_is_told_by_user_machine_and_ci_job() {
    let person = here(&[("USER", "ada"), ("HOSTNAME", "other")]);
    assert_eq!(
        person,
        Holder {
            who: "ada".into(),
            host: "box".into(),
            process: 7,
            job: None,
            command: "apply".into(),
            life: None,
        }
    );
    let github = here(&[
        ("USER", "runner"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_ACTOR", "ada"),
        ("GITHUB_SERVER_URL", "https://github.test"),
        ("GITHUB_REPOSITORY", "acme/ml"),
        ("GITHUB_RUN_ID", "42"),
    ]);
    assert_eq!(github.who, "ada");
    let url = "https://github.test/acme/ml/actions/runs/42";
    assert_eq!(github.job.as_deref(), Some(url));
    let job = |environment: &[(&str, &str)]| here(environment).job;
    let gitlab = [("GITLAB_CI", "true"), ("CI_JOB_URL", "https://gl.test/1")];
    assert_eq!(job(&gitlab).as_deref(), Some("https://gl.test/1"));
    let buildkite = [
        ("BUILDKITE", "true"),
        ("BUILDKITE_BUILD_URL", "https://bk.test/1"),
        ("BUILDKITE_JOB_ID", "2"),
    ];
    assert_eq!(job(&buildkite).as_deref(), Some("https://bk.test/1#2"));
    let jenkins = [
        ("JENKINS_URL", "https://j.test"),
        ("BUILD_URL", "https://j.test/1"),
    ];
    assert_eq!(job(&jenkins).as_deref(), Some("https://j.test/1"));
    // What is not told is not made up.
    let little = here(&[("GITHUB_ACTIONS", "true")]);
    assert_eq!(
        (little.who.as_str(), little.job.as_deref()),
        ("", Some("GITHUB_ACTIONS"))
    );
}
