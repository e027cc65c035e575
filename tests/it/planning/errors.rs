//! What stops a plan, and how it is said.

use insta::assert_snapshot;

use super::{planned, refused};

fn training(gpu: &str, more: &str) -> String {
    format!(
        "project \"p\" {{}}\n{more}\nstage \"train\" {{\n  kind = \"training\"\n  requirements {{\n    \
         gpu {{\n      {gpu}\n    }}\n  }}\n  run {{\n    duration       = \"10h\"\n    \
         runs_per_month = 4\n  }}\n}}\n"
    )
}

#[test]
fn an_unknown_gpu_is_named_with_the_nearest() {
    assert_snapshot!(refused(&training("any_of = [\"A1000\"]", "")));
}

#[test]
fn an_unknown_region_is_named_with_the_nearest() {
    let more = "provider \"aws\" {\n  regions = [\"us-est-1\"]\n}\ndataset \"d\" {\n  location = \
                \"onprem/dc9\"\n  size = \"1TiB\"\n}";
    assert_snapshot!(refused(&training("any_of = [\"A100\"]", more)));
}

#[test]
fn a_gpu_that_is_nowhere_is_refused_with_substitutes() {
    let more = "provider \"aws\" {\n  regions = [\"us-east-1\"]\n}";
    assert_snapshot!(refused(&training("any_of = [\"A2\"]", more)));
}

#[test]
fn requirements_that_nothing_meets_show_their_funnel() {
    let more = "provider \"aws\" {\n  regions = [\"eu-west-1\"]\n}";
    let text = training("any_of = [\"A100\"]\n      count = 8", more)
        .replace("requirements {", "requirements {\n    max_node_hour = 2");
    assert_snapshot!(refused(&text));
}

#[test]
fn more_commitments_than_can_be_told_apart_are_refused() {
    let one = |i| {
        format!(
            "commitment \"c{i:02}\" {{\n  provider     = \"aws\"\n  kind         = \
             \"compute-savings-plan\"\n  usd_per_hour = 1\n  discount     = 0.27\n}}\n"
        )
    };
    let more: String = (0..13).map(one).collect();
    assert_snapshot!(refused(&training("any_of = [\"A100\"]", &more)));
}

const CLUSTER: &str = "cluster \"dc1\" {\n  location = \"onprem/dc1\"\n  node_pool \"a30\" {\n    \
     gpu = \"A30\"\n    gpus_per_node = 4\n    vcpus = 64\n    memory = \"512GiB\"\n    nodes = 2\n    \
     cost_per_node_hour = 1.90\n  }\n}";

#[test]
fn stages_that_need_more_of_a_pool_than_there_is_are_refused_together() {
    let one = training("any_of = [\"A30\"]\n      count = 8", CLUSTER);
    assert_eq!(planned(&one).stages[0].placement.nodes, 2);
    let second = training("any_of = [\"A30\"]\n      count = 4", "")
        .replace("project \"p\" {}", "")
        .replace("\"train\"", "\"retrain\"");
    assert_snapshot!(refused(&format!("{one}{second}")));
}

#[test]
fn data_that_nobody_prices_the_way_out_for_is_refused() {
    let data = "dataset \"d\" {\n  location = \"onprem/dc1\"\n  size = \"1TiB\"\n}\n\
                provider \"gcp\" {\n  regions = [\"us-central1\"]\n}\n";
    let text = training("any_of = [\"A100\"]", &format!("{data}{CLUSTER}")).replace(
        "  requirements {",
        "  reads = { d = { from = dataset.d } }\n  requirements {",
    );
    assert_snapshot!(refused(&text));
}

#[test]
fn a_budget_that_denies_refuses_the_plan() {
    let budget = |on| format!("budget \"month\" {{\n  limit     = 10\n  on_exceed = \"{on}\"\n}}");
    assert_snapshot!(refused(&training("any_of = [\"A100\"]", &budget("deny"))));
    let warned = planned(&training("any_of = [\"A100\"]", &budget("warn")));
    assert_eq!(warned.budgets.len(), 1);
}

fn job(requirements: &str, duration: &str, more: &str) -> String {
    format!(
        "project \"p\" {{}}\n{more}\nstage \"s\" {{\n  kind = \"data-processing\"\n  requirements {{\n    \
         {requirements}\n  }}\n  run {{\n    duration       = \"{duration}\"\n    \
         runs_per_month = 30\n  }}\n}}\n"
    )
}

#[test]
fn costs_beyond_counting_are_said_to_be_that() {
    let message = refused(&job("vcpus = 8", "213503982334d", ""));
    let expected = "Every plan costs more than USD 9,223,372,036,854 per month";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn spot_without_tolerance_says_what_it_needs() {
    let message = refused(&job("vcpus = 8\n    capacity = [\"spot\"]", "1h", ""));
    let expected = "0 are sold spot, spot only if `interruption` says `tolerated = true`";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn a_quota_of_a_region_that_is_not_there_is_refused() {
    for provider in ["  provider = \"aws\"\n", ""] {
        let more = format!("quota \"q\" {{\n{provider}  region = \"us-est-1\"\n  max = 1\n}}\n");
        let message = refused(&job("vcpus = 8", "1h", &more));
        assert!(
            message.starts_with("error[planning::unknown-location]"),
            "{message}"
        );
        assert!(message.contains("did you mean `us-east-1`?"), "{message}");
    }
}

#[test]
fn a_pin_to_what_does_not_exist_is_named_with_the_nearest() {
    let pin =
        "  pin {\n    region        = \"us-est-1\"\n    instance_type = \"p4d.24xlrage\"\n  }\n";
    let text = training("any_of = [\"A100\"]", "");
    let message = refused(&text.replace("  requirements {", &format!("{pin}  requirements {{")));
    for part in [
        "error[planning::unknown-instance-type]",
        "did you mean `p4d.24xlarge`?",
        "error[planning::unknown-location]",
        "did you mean `us-east-1`?",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_name_too_long_to_be_meant_gets_no_suggestion() {
    let pin = format!(
        "  pin {{\n    instance_type = \"{}\"\n  }}\n",
        "p4d".repeat(3_000)
    );
    let text = training("any_of = [\"A100\"]", "");
    let message = refused(&text.replace("  requirements {", &format!("{pin}  requirements {{")));
    assert!(
        message.contains("error[planning::unknown-instance-type]"),
        "{message}"
    );
    assert!(!message.contains("did you mean"), "{message}");
}
