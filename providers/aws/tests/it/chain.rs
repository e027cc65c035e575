//! Credentials, regions and endpoints by the SDK's standard chain: in a process with an environment
//! of its own.

use std::process::Command;

use mlinfra_provider_api::Provider as _;
use mlinfra_provider_aws::Aws;

use crate::moto::Moto;
use crate::support::{block_on, owner};

/// Set in the process that a test starts to ask there.
const ASKING: &str = "MLINFRA_TEST_AWS_ASKING";

/// What listing comes to in a process with this environment: this program again, for the test `name`.
fn listing_with(name: &str, environment: &[(&str, &str)]) -> String {
    let nowhere = std::env::temp_dir().join("mlinfra-no-home");
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env_clear()
        .env("HOME", nowhere)
        // A machine in EC2 would find its role's.
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env(ASKING, "1")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, answer) = text.split_once("answer: ").unwrap();
    answer.lines().next().unwrap().to_owned()
}

/// The other process's part: prints what listing comes to.
#[expect(clippy::print_stdout, reason = "it is how this process answers")]
fn answer(regions: &[String]) {
    let listed = block_on(async {
        let aws = Aws::connect(regions, None).await;
        aws.list(&owner()).await
    });
    match listed {
        Ok(listed) => println!("answer: {} objects", listed.len()),
        Err(error) => println!("answer: {} {error}", error.kind.slug()),
    }
}

fn is_asking() -> bool {
    std::env::var_os(ASKING).is_some()
}

#[test]
fn without_credentials_it_says_where_they_were_looked_for() {
    if is_asking() {
        return answer(&["us-east-1".to_owned()]);
    }
    let name = "chain::without_credentials_it_says_where_they_were_looked_for";
    let answer = listing_with(name, &[("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]);
    let expected = "unauthorized no AWS credentials were found in the environment \
        (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), the profile (AWS_PROFILE in ~/.aws/config \
        and ~/.aws/credentials), a web identity, or the role of this container or machine; set the \
        variables, or run `aws sso login` or `aws configure`";
    assert_eq!(answer, expected);
}

#[test]
fn keys_region_and_endpoint_are_taken_from_the_environment() {
    if is_asking() {
        return answer(&[]);
    }
    let Some(moto) = Moto::shared() else { return };
    let name = "chain::keys_region_and_endpoint_are_taken_from_the_environment";
    let environment = [
        ("AWS_ENDPOINT_URL_EC2", &*moto.endpoint()),
        ("AWS_REGION", "eu-north-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    assert_eq!(listing_with(name, &environment), "0 objects");
    let calls = moto.calls();
    assert!(!calls.is_empty());
    assert!(
        calls.iter().all(|call| call["region"] == "eu-north-1"),
        "{calls:?}"
    );
}

#[test]
fn a_profile_is_taken_from_its_file() {
    if is_asking() {
        return answer(&["us-west-2".to_owned(), "us-east-1".to_owned()]);
    }
    let Some(moto) = Moto::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let endpoint = moto.endpoint();
    let text = format!(
        "[profile tests]\naws_access_key_id = a\naws_secret_access_key = b\nendpoint_url = {endpoint}\n"
    );
    std::fs::write(&file, text).unwrap();
    let environment = [
        ("AWS_PROFILE", "tests"),
        ("AWS_CONFIG_FILE", file.to_str().unwrap()),
    ];
    let answer = listing_with("chain::a_profile_is_taken_from_its_file", &environment);
    assert_eq!(answer, "0 objects");
    let regions: std::collections::BTreeSet<String> = moto
        .calls()
        .iter()
        .map(|call| call["region"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        regions,
        ["us-east-1".to_owned(), "us-west-2".to_owned()].into()
    );
}
