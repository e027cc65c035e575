//! Gangs and what becomes of their nodes.

use mlinfra_provider_api::{Condition, Provider as _, ProviderErrorKind, Removal};
use serde_json::json;

use crate::moto::Moto;
use crate::support::{aws, block_on, gang, id, key, owner, ready};

#[test]
fn a_gang_is_one_call_for_all_of_its_nodes() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let want = gang(&aws, "train", 16, "on-demand").await;
        moto.script(&json!({"pending_ms": 100}));
        let made = aws.ensure(&key(1), &want).await.unwrap();
        assert_eq!(made.condition, Condition::Creating);
        assert_eq!(made.attributes["node_ids"].as_array().unwrap().len(), 16);
        ready(&aws, &made.id).await;
    });
    assert_eq!(moto.count("RunInstances"), 1);
}

#[test]
fn a_lost_node_fails_the_gang_and_is_named() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let made = aws
            .ensure(&key(1), &gang(&aws, "train", 3, "spot").await)
            .await
            .unwrap();
        let lost = made.attributes["node_ids"][1].as_str().unwrap().to_owned();
        moto.boto3(&format!(
            "ec2.terminate_instances(InstanceIds=['{lost}'])\nprint('{{}}')"
        ));
        let read = aws.read(&made.id).await.unwrap().unwrap();
        let reason =
            format!("{lost} is terminated: Client.UserInitiatedShutdown: User initiated shutdown");
        assert_eq!(read.condition, Condition::Failed { reason });
        assert_eq!(read.attributes["count"], 2);
        let stopped = made.attributes["node_ids"][0].as_str().unwrap();
        moto.boto3(&format!(
            "ec2.stop_instances(InstanceIds=['{stopped}'])\nprint('{{}}')"
        ));
        let removed = aws.remove(&key(2), &made.id).await.unwrap();
        assert_eq!(removed, Removal::Requested);
        assert_eq!(aws.read(&made.id).await.unwrap(), None);
    });
}

#[test]
fn a_gang_that_is_going_is_deleting_and_its_name_is_not_free() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let want = gang(&aws, "train", 2, "spot").await;
        let made = aws.ensure(&key(1), &want).await.unwrap();
        moto.script(&json!({"shutting_down_ms": 100_000}));
        assert_eq!(
            aws.remove(&key(2), &made.id).await.unwrap(),
            Removal::Requested
        );
        assert_eq!(
            aws.remove(&key(2), &made.id).await.unwrap(),
            Removal::Requested
        );
        let read = aws.read(&made.id).await.unwrap().unwrap();
        assert_eq!(read.condition, Condition::Deleting);
        let listed = aws.list(&owner()).await.unwrap();
        assert_eq!(listed.len(), 1);
        let again = aws.ensure(&key(3), &want).await.unwrap_err();
        assert_eq!(again.kind, ProviderErrorKind::Conflict);
        let late = aws.ensure(&key(1), &want).await.unwrap();
        assert_eq!(late.condition, Condition::Deleting);
    });
    assert_eq!(moto.count("RunInstances"), 1);
    assert_eq!(moto.count("TerminateInstances"), 1);
}

#[test]
fn the_key_of_an_ended_gang_makes_nothing() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let want = gang(&aws, "train", 1, "on-demand").await;
        let made = aws.ensure(&key(1), &want).await.unwrap();
        aws.remove(&key(2), &made.id).await.unwrap();
        let error = aws.ensure(&key(1), &want).await.unwrap_err();
        assert_eq!(error.code.as_deref(), Some("IdempotentInstanceTerminated"));
        assert_eq!(error.kind, ProviderErrorKind::Conflict);
    });
}

#[test]
fn instances_that_something_else_made_are_adopted_with_their_reservation() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    let made = moto.boto3(
        "r = ec2.run_instances(ImageId='ami-03cf127a', InstanceType='g5.xlarge', MinCount=2, \
         MaxCount=2, TagSpecifications=[{'ResourceType': 'instance', 'Tags': \
         [{'Key': 'team', 'Value': 'vision'}]}])\n\
         print(json.dumps([r['ReservationId'], r['Instances'][1]['InstanceId']]))",
    );
    block_on(async {
        let instance = id("nodes", made[1].as_str().unwrap());
        let found = aws.read(&instance).await.unwrap().unwrap();
        assert_eq!(found.id.id, made[0]);
        assert_eq!(found.owner, None);
        let adopted = aws.adopt(&instance, &owner(), "train").await.unwrap();
        assert_eq!(adopted.owner, Some(owner()));
        assert_eq!(adopted.name, "train");
        assert_eq!(adopted.attributes["labels"], json!({"team": "vision"}));
        assert_eq!(adopted.attributes["count"], 2);
        assert_eq!(aws.list(&owner()).await.unwrap(), [adopted]);
    });
}

#[test]
fn labels_that_differ_between_nodes_show_and_are_made_alike() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    block_on(async {
        let want = gang(&aws, "train", 2, "spot").await;
        let made = aws.ensure(&key(1), &want).await.unwrap();
        let one = made.attributes["node_ids"][1].as_str().unwrap();
        moto.boto3(&format!(
            "ec2.create_tags(Resources=['{one}'], Tags=[{{'Key': 'team', 'Value': 'x'}}, \
             {{'Key': 'who', 'Value': 'me'}}])\nprint('{{}}')"
        ));
        let read = aws.read(&made.id).await.unwrap().unwrap();
        let labels = json!({"team": "vision | x", "who": "(none) | me"});
        assert_eq!(read.attributes["labels"], labels);
        let mended = aws.ensure(&key(2), &want).await.unwrap();
        assert_eq!(mended.attributes["labels"], json!({"team": "vision"}));
    });
}

#[test]
fn all_pages_are_read() {
    let Some(moto) = Moto::shared() else { return };
    let aws = aws(&moto);
    moto.script(&json!({"page": 1}));
    block_on(async {
        for (number, name) in (1..).zip(["a", "b", "c"]) {
            let want = gang(&aws, name, 2, "spot").await;
            aws.ensure(&key(number), &want).await.unwrap();
        }
        let listed = aws.list(&owner()).await.unwrap();
        let mut names: Vec<&str> = listed.iter().map(|object| &*object.name).collect();
        names.sort_unstable();
        assert_eq!(names, ["a", "b", "c"]);
    });
}
