//! The suite that every backend runs.

use std::time::Duration;

use mlinfra_provider_api::conformance::{Sample, Slept, check};
use mlinfra_provider_api::{Desired, OwnerTag};
use mlinfra_provider_aws::Aws;
use serde_json::{Value, json};

use crate::moto::Moto;
use crate::support::{IMAGE, ZONE, attributes, aws, block_on, desired, gang, id};

fn sample(desired: Desired, missing: &str, changed: Value) -> Sample {
    Sample {
        missing: id(desired.kind.as_str(), missing),
        desired,
        changed: Some(attributes(changed)),
        // EC2 remembers tokens for a day at most, and names have none.
        remembers_keys: false,
        stranger: OwnerTag::new("stranger", "0").unwrap(),
    }
}

/// One sample of each kind.
async fn samples(aws: &Aws) -> Vec<Sample> {
    let labels = json!({"labels": {"team": "vision", "stage": "training"}});
    vec![
        sample(
            desired(
                "security-group",
                "s",
                json!({"rules": [
                    {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "10.0.0.0/8"},
                    {"protocol": "-1", "self": true},
                ], "labels": {"team": "vision"}}),
            ),
            "sg-00000000000000000",
            json!({"rules": [
                {"protocol": "udp", "from_port": 500, "to_port": 510, "cidr": "fd00::/8"},
                {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "10.0.0.0/8"},
            ], "labels": {}}),
        ),
        sample(
            desired(
                "placement-group",
                "p",
                json!({"strategy": "cluster", "labels": {"a": "b"}}),
            ),
            "pg-00000000000000000",
            labels.clone(),
        ),
        sample(
            desired(
                "launch-template",
                "l",
                json!({
                    "image": IMAGE, "user_data": "#!/bin/sh\necho hello\n", "security_groups": [],
                    "disk_gib": 100, "instance_profile": "", "key_name": "",
                    "max_lifetime_minutes": 480, "labels": {"team": "vision"},
                }),
            ),
            "lt-00000000000000000",
            json!({
                "image": "801119661308/Windows_Server-2016-English-Nano-*", "user_data": "",
                "disk_gib": 200, "max_lifetime_minutes": 0, "key_name": "mine",
                "instance_profile": "nodes", "labels": {},
            }),
        ),
        sample(
            desired(
                "volume",
                "v",
                json!({"zone": ZONE, "size_gib": 10, "type": "gp3", "encrypted": true, "labels": {}}),
            ),
            "vol-00000000000000000",
            json!({"size_gib": 20, "labels": {"team": "vision"}}),
        ),
        sample(
            gang(aws, "train", 4, "spot").await,
            "r-00000000000000000",
            labels,
        ),
    ]
}

async fn run(aws: &Aws, sample: &Sample) {
    let sleep = |_: Duration| -> Slept { Box::pin(tokio::time::sleep(Duration::from_millis(10))) };
    let checked = check(aws, sample, &sleep).await;
    if let Err(violation) = checked {
        let source = std::error::Error::source(&violation);
        panic!("{}: {violation}: {source:?}", sample.desired.kind);
    }
}

#[test]
fn every_kind_conforms_at_once() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        for sample in samples(&aws).await {
            run(&aws, &sample).await;
        }
    });
}

#[test]
fn nodes_conform_slowly() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    moto.script(&json!({"pending_ms": 60, "shutting_down_ms": 60}));
    block_on(async {
        let samples = samples(&aws).await;
        run(&aws, samples.last().unwrap()).await;
    });
}
