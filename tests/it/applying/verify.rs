//! Success is what was read back.

use mlinfra::applying::Failure;
use serde_json::json;

use super::sandbox::desired;
use super::scene::{Scene, With as _, making};
use super::world::key;

#[test]
fn what_is_read_back_must_be_as_the_plan_says_gpus_included() {
    let shape = json!({"gpu": "NVIDIA A30", "gpus": 4, "gpu_memory_mib": 24576});
    let scene = Scene::new(json!({"instance_types": {"m": shape}}));
    let nodes = json!({"zone": "a", "instance_type": "m", "capacity_type": "spot", "count": 1});
    let expecting = |gpus: u64| {
        let nodes = desired("nodes", "n", nodes.clone());
        making(0, "n", vec![nodes]).each(|way| {
            way.key = key(1, usize::try_from(gpus).unwrap(), 0);
            way.intent.expects = [("gpus".to_owned(), gpus.into())].into();
        })
    };
    let report = scene.run(vec![expecting(8)]);
    let differs = Failure::Differs {
        attribute: "gpus".into(),
        want: "8".into(),
        have: "4".into(),
    };
    assert_eq!(report.failed[0].failure, differs);
    // It is known, and can't be made right by changing it.
    assert_eq!(scene.addresses(), ["n"]);
    assert!(scene.state().objects["n"].tainted);
    assert_eq!(scene.run(vec![expecting(4)]).done, [0]);
    assert!(!scene.state().objects["n"].tainted);
}

#[test]
fn an_object_that_loses_its_tag_while_it_is_made_is_told() {
    let scene = Scene::new(json!({"latency": {"network": {"create_ms": 60_000}}}));
    let net = desired("network", "net", json!({}));
    let provider: &dyn mlinfra_provider_api::Provider = &scene.cloud.sandbox;
    let made = super::time::run(&scene.time, provider.ensure(&key(1, 0, 0), &net)).unwrap();
    scene.cloud.sandbox.disown(&made.id).unwrap();
    let report = scene.run(vec![making(0, "net", vec![net])]);
    let differs = Failure::Differs {
        attribute: "owner".into(),
        want: "p/abc".into(),
        have: "missing".into(),
    };
    assert_eq!(report.failed[0].failure, differs);
    assert!(scene.state().objects.contains_key("net"));
}
