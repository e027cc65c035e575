//! Slices of cards and the parts of GPUs that clouds sell, over the embedded catalogs.

use mlinfra::planning::plan::Plan;

use super::{planned, refused};

/// A service that is measured on whole A10, in places that sell parts of them.
fn serving(gpu: &str, rest: &str) -> String {
    format!(
        "project \"p\" {{}}\nprovider \"azure\" {{\n regions = [\"westeurope\"]\n}}\nstage \"s\" {{\n \
         kind = \"serving\"\n requirements {{\n  gpu {{\n any_of = [\"A10\"]\n {gpu}\n }}\n }}\n \
         traffic {{\n peak_rps = 2\n }}\n replicas {{\n min = 1\n max = 9\n \
         throughput_rps = {{ A10 = 30 }}\n }}\n}}\n{rest}"
    )
}

/// What the only stage takes: nodes, instance type, GPUs of a node, and whether that is estimated.
fn taken(plan: &Plan) -> (u32, String, String, bool) {
    let stage = &plan.stages[0];
    let placement = &stage.placement;
    (
        placement.nodes,
        placement.instance_type.clone(),
        placement.gpus_per_node.unwrap().to_string(),
        stage.notes.iter().any(|note| note.contains("is estimated")),
    )
}

/// A sixth of an A10 answers 30 × 0.167 = 5.01 requests per second, of which 70 % are enough for 2.
#[test]
fn a_sixth_of_an_a10_is_taken_where_slices_will_do() {
    let plan = planned(&serving("slices = true", ""));
    let sixth = (1, "Standard_NV6ads_A10_v5".into(), "0.167".into(), true);
    assert_eq!(taken(&plan), sixth);
    let note = "throughput on 0.167 × A10 is estimated from what was measured on A10, by published \
                tensor throughput and memory bandwidth";
    assert_eq!(plan.stages[0].notes[0], note);
}

#[test]
fn a_whole_a10_is_taken_where_nobody_said_that_slices_will_do() {
    let plan = planned(&serving("", ""));
    let whole = (1, "Standard_NC8ads_A10_v4".into(), "1".into(), false);
    assert_eq!(taken(&plan), whole);
}

/// A sixth has 23,028 × 0.167 = 3,845 MiB, a third 7,668 and a half 11,514, which costs more than
/// a whole one elsewhere.
#[test]
fn memory_is_that_of_the_part() {
    let plan = planned(&serving("slices = true\n memory_min = \"8GiB\"", ""));
    let third = (1, "Standard_NV12ads_A10_v5".into(), "0.333".into(), true);
    assert_eq!(taken(&plan), third);
    let plan = planned(&serving("slices = true\n memory_min = \"12GiB\"", ""));
    let whole = (1, "Standard_NC8ads_A10_v4".into(), "1".into(), false);
    assert_eq!(taken(&plan), whole);
}

#[test]
fn a_run_counts_parts_and_takes_as_much_longer() {
    let plan = planned(
        "project \"p\" {}\nstage \"s\" {\n kind = \"training\"\n requirements {\n  gpu {\n \
         any_of = [\"A10\"]\n count = 2\n slices = true\n }\n }\n \
         pin {\n instance_type = \"Standard_NV18ads_A10_v5\"\n }\n \
         run {\n work = { A10 = \"10h\" }\n runs_per_month = 1\n startup = \"0s\"\n }\n}\n",
    );
    let halves = (2, "Standard_NV18ads_A10_v5".into(), "0.5".into(), true);
    assert_eq!(taken(&plan), halves);
    assert_eq!(plan.stages[0].usage.work.to_string(), "20h");
}

#[test]
fn a_part_that_nobody_allowed_is_refused_with_the_word_that_allows_it() {
    let pin = "stage \"t\" {\n kind = \"training\"\n requirements {\n  gpu {}\n }\n \
               pin {\n instance_type = \"Standard_NV6ads_A10_v5\"\n }\n \
               run {\n duration = \"1h\"\n runs_per_month = 1\n }\n}\n";
    let message = refused(&serving("slices = true", pin));
    assert!(message.contains("0 have whole GPUs "), "{message}");
    let hint = "hint: set `slices = true` (main.mlinfra.hcl:25): 1 offering";
    assert!(message.contains(hint), "{message}");
}

#[test]
fn an_unknown_slice_is_named_with_the_nearest() {
    let message = refused(
        "project \"p\" {}\nstage \"s\" {\n kind = \"training\"\n requirements {\n  gpu {\n \
         any_of = [\"A30-MIG-1g.5gb\"]\n }\n }\n \
         run {\n duration = \"1h\"\n runs_per_month = 1\n }\n}\n",
    );
    assert!(
        message.contains("`A30-MIG-1g.5gb` is in no catalog"),
        "{message}"
    );
    let hint = "hint: did you mean `A30-MIG-1g.6gb`?";
    assert!(message.contains(hint), "{message}");
}
