//! What the tests share.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use mlinfra_provider_api::{Attributes, Desired, ObjectId, ObjectKind, Observed, OpKey, OwnerTag};
use mlinfra_provider_api::{Condition, Provider as _};
use mlinfra_provider_aws::Aws;
use serde_json::{Value, json};

use crate::moto::Moto;

pub(crate) const REGION: &str = "us-east-1";
/// An image of moto's table.
pub(crate) const IMAGE: &str = "ami-03cf127a";
/// A zone that moto has GPU machines in.
pub(crate) const ZONE: &str = "use1-az6";

pub(crate) fn settings(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "secret", None, None, "tests");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

pub(crate) fn aws(moto: &Moto) -> Aws {
    Aws::new(settings(&moto.endpoint()), &[REGION.to_owned()])
}

/// Runs one future to its end.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    runtime_of(runtime).block_on(future)
}

fn runtime_of(mut builder: tokio::runtime::Builder) -> tokio::runtime::Runtime {
    builder.enable_all().build().unwrap()
}

pub(crate) fn key(number: u8) -> OpKey {
    OpKey::new([number; 32])
}

pub(crate) fn owner() -> OwnerTag {
    OwnerTag::new("tests", "1").unwrap()
}

pub(crate) fn attributes(value: Value) -> Attributes {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn kind(name: &str) -> ObjectKind {
    ObjectKind::new(name).unwrap()
}

pub(crate) fn id(of: &str, id: &str) -> ObjectId {
    ObjectId {
        kind: kind(of),
        scope: REGION.to_owned(),
        id: id.to_owned(),
    }
}

pub(crate) fn desired(of: &str, name: &str, value: Value) -> Desired {
    Desired {
        kind: kind(of),
        scope: REGION.to_owned(),
        name: name.to_owned(),
        owner: owner(),
        attributes: attributes(value),
    }
}

/// A template to launch from, of another owner.
pub(crate) async fn template(aws: &Aws) -> Observed {
    let mut want = desired(
        "launch-template",
        "base",
        json!({"image": IMAGE, "disk_gib": 50, "labels": {}}),
    );
    want.owner = OwnerTag::new("base", "1").unwrap();
    aws.ensure(&key(100), &want).await.unwrap()
}

/// A gang of GPU machines.
pub(crate) async fn gang(aws: &Aws, name: &str, count: u32, capacity_type: &str) -> Desired {
    let template = template(aws).await;
    let value = json!({
        "zone": ZONE, "instance_type": "g5.xlarge", "capacity_type": capacity_type,
        "count": count, "launch_template": template.id.id, "launch_template_version": 1,
        "labels": {"team": "vision"},
    });
    desired("nodes", name, value)
}

/// Reads an object until it is ready.
pub(crate) async fn ready(aws: &Aws, id: &ObjectId) -> Observed {
    for _ in 0..100 {
        let read = aws.read(id).await.unwrap().unwrap();
        if read.condition == Condition::Ready {
            return read;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{id} is never ready");
}
