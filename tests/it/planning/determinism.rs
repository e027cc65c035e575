//! Equal inputs, equal bytes; and what must not change the choice.

use mlinfra::render;

use super::{plan_files, planned};

const PROJECT: &str = "project \"p\" {}\nprovider \"aws\" {\n regions = [\"us-east-1\", \"eu-west-1\"]\n}\n\
     provider \"gcp\" {}\n";
const DATA: &str = "dataset \"events\" {\n location = \"aws/eu-west-1\"\n size = \"10TiB\"\n}\n";
const PREPARE: &str = "stage \"prepare\" {\n kind = \"data-processing\"\n \
     reads = { events = { from = dataset.events, amount = \"1TiB\" } }\n \
     output \"features\" {\n size = \"300GiB\"\n }\n \
     requirements {\n vcpus = 64\n }\n run {\n duration = \"2h\"\n runs_per_month = 30\n }\n}\n";
const TRAIN: &str = "stage \"train\" {\n kind = \"training\"\n \
     reads = { features = { from = stage.prepare.output.features } }\n \
     requirements {\n gpu {\n any_of = [\"A100\", \"L4\"]\n count = 4\n }\n }\n \
     run {\n work = { A100 = \"10h\" }\n runs_per_month = 4\n }\n}\n";

fn json(files: &[(&str, &str)]) -> String {
    let (plan, diagnostics, sources) = plan_files(files);
    let plan =
        plan.unwrap_or_else(|| panic!("{}", render::diagnostics::human(&diagnostics, &sources)));
    render::plan::json(&plan).to_string()
}

#[test]
fn order_of_blocks_files_and_comments_changes_no_byte() {
    let straight = json(&[(
        "main.mlinfra.hcl",
        &[PROJECT, DATA, PREPARE, TRAIN].concat(),
    )]);
    let reversed = json(&[(
        "main.mlinfra.hcl",
        &[TRAIN, PREPARE, DATA, PROJECT].concat(),
    )]);
    let commented = format!("# what we clean every night\n{PREPARE}");
    let split = json(&[
        ("a.mlinfra.hcl", TRAIN),
        ("b.mlinfra.hcl", &[DATA, PROJECT].concat()),
        ("c.mlinfra.hcl", &commented),
    ]);
    assert_eq!(straight, reversed);
    assert_eq!(straight, split);
    assert_eq!(
        straight,
        json(&[(
            "main.mlinfra.hcl",
            &[PROJECT, DATA, PREPARE, TRAIN].concat()
        )])
    );
}

#[test]
fn a_dropped_requirement_never_costs_more() {
    let full = [PROJECT, DATA, PREPARE, TRAIN].concat();
    let all = planned(&full).costs.total;
    for (needle, replacement) in [
        ("vcpus = 64", "vcpus = 32"),
        ("any_of = [\"A100\", \"L4\"]\n count = 4", "count = 4"),
        ("regions = [\"us-east-1\", \"eu-west-1\"]", ""),
    ] {
        assert!(full.contains(needle), "{needle}");
        let relaxed = planned(&full.replace(needle, replacement)).costs.total;
        assert!(relaxed <= all, "{needle}: {relaxed} > {all}");
    }
}

#[test]
fn data_draws_stages_to_its_region() {
    let plan = planned(&[PROJECT, DATA, PREPARE, TRAIN].concat());
    assert_eq!(
        plan.stages[0].placement.location.to_string(),
        "aws/eu-west-1"
    );
    assert_eq!(plan.stages[0].costs.movement.to_string(), "0.00");
    // With little to read, the cheapest vCPUs win instead.
    let light = PREPARE.replace("1TiB", "1GiB");
    let plan = planned(&[PROJECT, DATA, &light].concat());
    assert_ne!(
        plan.stages[0].placement.location.to_string(),
        "aws/eu-west-1"
    );
}
