//! `mlinfra apply` of 200 instances against a plain loop over the same calls, both on moto.
//!
//! The loop makes the calls of the program, with the same filters and as many tags, since moto looks
//! at every tag of every instance: for each it looks whether it is there, launches it, and reads it
//! back, as many at a time as the program does. It keeps no journal.
//!
//! Run with `cargo build --release --features aws && cargo bench -p mlinfra-provider-aws`. It prints
//! both times and how they relate.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_ec2::types::{
    Filter, InstanceType, LaunchTemplateSpecification, RequestLaunchTemplateData, ResourceType,
    Tag, TagSpecification,
};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

#[expect(dead_code, reason = "not all of what tests need is needed here")]
#[path = "../../../tests/moto/server.rs"]
mod moto;
#[path = "../../../tests/aws/specs.rs"]
mod specs;

use moto::Moto;

const INSTANCES: u32 = 200;

/// Tags that the program looks for, in its order.
const FILTERS: [&str; 2] = ["mlinfra:name", "mlinfra:owner"];

/// Tags that have another value for each instance.
const NAMES: [&str; 2] = ["mlinfra:name", "Name"];

/// As many as `mlinfra apply` has under way.
const AT_A_TIME: usize = 20;

fn main() {
    let Some(moto) = Moto::shared() else { return };
    let ours = time_of_the_program(&moto);
    let calls = counted(&moto);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let tags = runtime.block_on(tags_of_one(&client(&moto.endpoint())));
    drop(moto);
    let Some(moto) = Moto::shared() else { return };
    let began = Instant::now();
    runtime.block_on(plain(&client(&moto.endpoint()), &tags));
    let plain = began.elapsed();
    println!("mlinfra apply: {ours:?}; {calls}");
    println!("a plain loop:  {plain:?}; {}", counted(&moto));
    println!(
        "ratio:         {:.3}",
        ours.as_secs_f64() / plain.as_secs_f64()
    );
}

/// Calls that were made, by what they did.
fn counted(moto: &Moto) -> String {
    let actions = ["RunInstances", "DescribeInstances"];
    let each = actions.map(|action| format!("{} {action}", moto.count(action)));
    format!("{} calls, of them {}", moto.calls().len(), each.join(", "))
}

/// The program that was built beside this one.
fn program() -> PathBuf {
    let this = std::env::current_exe().expect("it has a path");
    let folder = this.ancestors().nth(2).unwrap_or(Path::new("."));
    folder.join("mlinfra")
}

fn time_of_the_program(moto: &Moto) -> Duration {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let spec = specs::instances(INSTANCES);
    std::fs::write(folder.path().join("main.mlinfra.hcl"), spec).expect("room for a spec");
    let mut command = Command::new(program());
    command.env_clear().current_dir(folder.path());
    command.args(["apply", "--auto-approve"]);
    command.args(["--parallelism", &AT_A_TIME.to_string()]);
    command.env("AWS_ENDPOINT_URL", moto.endpoint());
    command
        .env("AWS_ACCESS_KEY_ID", "mlinfra")
        .env("AWS_SECRET_ACCESS_KEY", "secret");
    let began = Instant::now();
    let output = command.output().expect("it was built with --features aws");
    let took = began.elapsed();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    took
}

fn client(endpoint: &str) -> Client {
    let keys = Credentials::new("plain", "secret", None, None, "benchmark");
    let settings = aws_sdk_ec2::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(keys)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(settings.build())
}

/// What the program has tagged an instance with.
async fn tags_of_one(ec2: &Client) -> Vec<Tag> {
    let answer = ec2.describe_instances().send().await.expect("an answer");
    let instances = answer.reservations().first().map(|one| one.instances());
    let first = instances.and_then(<[_]>::first);
    first.expect("it made some").tags().to_vec()
}

/// Makes a template and all instances.
async fn plain(ec2: &Client, tags: &[Tag]) {
    let template = template(ec2).await;
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut tasks = JoinSet::new();
    for index in 0..INSTANCES {
        let (ec2, template, places) = (ec2.clone(), template.clone(), Arc::clone(&places));
        let tags = tags.to_vec();
        tasks.spawn(async move {
            let _place = places.acquire().await.expect("it isn't closed");
            instance(&ec2, &template, tags, index).await;
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("an instance is made");
    }
}

async fn template(ec2: &Client) -> String {
    let images = ec2.describe_images().owners("amazon").send().await;
    let images = images.expect("images");
    let image = images.images().first().and_then(|image| image.image_id());
    let data = RequestLaunchTemplateData::builder().set_image_id(image.map(str::to_owned));
    let made = ec2
        .create_launch_template()
        .launch_template_name("plain")
        .launch_template_data(data.build())
        .send()
        .await
        .expect("a template");
    let template = made
        .launch_template
        .and_then(|made| made.launch_template_id);
    template.expect("it has an identifier")
}

/// Looks, launches, and reads until it runs.
async fn instance(ec2: &Client, template: &str, tags: Vec<Tag>, index: u32) {
    let name = format!("plain-{index}");
    let named = |mut tag: Tag| {
        if NAMES.contains(&tag.key().unwrap_or_default()) {
            tag.value = Some(name.clone());
        }
        tag
    };
    let tags: Vec<Tag> = tags.into_iter().map(named).collect();
    let filter = |key: &str| {
        let tag = tags.iter().find(|tag| tag.key() == Some(key));
        let value = tag.and_then(Tag::value).expect("the program sets it");
        let filter = Filter::builder().name(format!("tag:{key}"));
        filter.values(value).build()
    };
    let filters = FILTERS.map(filter).to_vec();
    let there = ec2.describe_instances().set_filters(Some(filters));
    let there = there.send().await.expect("an answer");
    assert!(there.reservations().is_empty());
    let tags = TagSpecification::builder()
        .resource_type(ResourceType::Instance)
        .set_tags(Some(tags));
    let template = LaunchTemplateSpecification::builder().launch_template_id(template);
    let run = ec2
        .run_instances()
        .instance_type(InstanceType::M5Large)
        .min_count(1)
        .max_count(1)
        .client_token(&name)
        .launch_template(template.build())
        .tag_specifications(tags.build());
    let reservation = run.send().await.expect("an instance").reservation_id;
    let filter = Filter::builder()
        .name("reservation-id")
        .set_values(reservation.map(|id| vec![id]));
    let read = ec2
        .describe_instances()
        .filters(filter.build())
        .send()
        .await;
    assert_eq!(read.expect("an answer").reservations().len(), 1);
}
