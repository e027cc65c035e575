//! What the oracle found, or finds too seldom, as small as it goes.

use mlinfra::catalog::Catalog;
use mlinfra::catalog::text::assemble;
use mlinfra::model::CapacityType;
use mlinfra::planning::plan::Plan;
use mlinfra::planning::{self, Options};
use mlinfra::render;

use super::load;
use super::markets::text;

/// Two regions of one cloud with four types, 1 Gbit/s apart.
fn catalog() -> Catalog {
    let rows: [(&str, &str, &[&str]); 6] = [
        (
            "gpus",
            "gpus.tsv",
            &[
                "A100-40-SXM4\tAmpere\t8.0\t40960\tunknown\t1555\t312\tunknown\t-\t-\tsome",
                "L4\tAda\t8.9\t23034\tunknown\t300\t121\tunknown\t-\t-\tsome",
            ],
        ),
        (
            "regions",
            "regions.tsv",
            &["aws\teast\tUS\tTown", "aws\twest\tUS\tTown"],
        ),
        (
            "bandwidth",
            "bandwidth.tsv",
            &["aws/east\taws/west\t1000@x"],
        ),
        ("storage", "storage.tsv", &["aws/*\t0@x"]),
        ("transfer", "transfer.tsv", &["aws/*\taws/*\t0@x"]),
        (
            "aws",
            "types.tsv",
            &[
                "c5.large\t2\t8192\tx86_64\tintel\t-\t0\t-",
                "g6.xlarge\t4\t16384\tx86_64\tintel\tL4\t1\t-",
                "m5.large\t2\t8192\tx86_64\tintel\t-\t0\t-",
                "p4.xlarge\t8\t16384\tx86_64\tintel\tA100-40-SXM4\t1\t-",
            ],
        ),
    ];
    let mut texts = Vec::new();
    for (name, path, rows) in rows {
        let mut catalog = text(name);
        for row in rows {
            catalog.push(path, (*row).to_owned());
        }
        texts.push(catalog);
    }
    for region in ["east", "west"] {
        let path = format!("rates/{region}.tsv");
        for row in [
            "c5.large\tz\t0.2@x\t0.03@x",
            "g6.xlarge\tz\t1.5@x\t1.5@x",
            "m5.large\tz\t0.1@x\t0.04@x",
            "p4.xlarge\tz\t2@x\t2@x",
        ] {
            texts[5].push(&path, row.replace("\tz\t", &format!("\t{region}-1\t")));
        }
    }
    texts
        .iter_mut()
        .for_each(mlinfra::catalog::TextCatalog::sort);
    Catalog::new(assemble(&texts).unwrap())
}

#[track_caller]
fn planned(spec: &str) -> Plan {
    let (sources, project) = load(&format!("project \"p\" {{}}\n{spec}"))
        .unwrap()
        .unwrap();
    let (plan, found) = planning::plan(&project, &catalog(), &sources, &Options::default());
    plan.unwrap_or_else(|| panic!("{}", render::diagnostics::human(&found, &sources)))
}

fn commitment(usd_per_hour: &str) -> String {
    format!(
        "commitment \"c\" {{\n provider = \"aws\"\n kind = \"compute-savings-plan\"\n \
         usd_per_hour = {usd_per_hour}\n discount = 0\n}}\n"
    )
}

/// Spot costs 0.03 per hour; of m5 on demand 0.1, all of which is covered.
#[test]
fn what_a_commitment_covers_is_taken_beside_spot_that_is_cheaper_at_list() {
    let stage = "stage \"s\" {\n kind = \"data-processing\"\n requirements {\n vcpus = 2\n }\n \
                 run {\n duration = \"10h\"\n runs_per_month = 30\n startup = \"0s\"\n }\n \
                 interruption {\n tolerated = true\n }\n}\n";
    assert_eq!(
        planned(stage).stages[0].placement.capacity_type,
        CapacityType::Spot
    );
    let covered = commitment("0.1\n family = \"m5\"");
    let plan = planned(&(covered + stage));
    assert_eq!(
        plan.stages[0].placement.capacity_type,
        CapacityType::OnDemand
    );
    assert_eq!(plan.costs.total.to_string(), "0.00");
}

/// 100 runs: an A100 takes 1 h at 2, of which 1 is covered: 200 − 100. An L4 takes 1.5 h at 1.5, of
/// which 1 is covered: 225 − 150.
#[test]
fn of_dear_hours_a_commitment_covers_less() {
    let stage = "stage \"s\" {\n kind = \"training\"\n requirements {\n gpu {\n }\n }\n \
                 run {\n work = { A100 = \"1h\", L4 = \"90m\" }\n runs_per_month = 100\n \
                 startup = \"0s\"\n }\n}\n";
    assert_eq!(planned(stage).costs.total.to_string(), "200.00");
    let plan = planned(&(commitment("1") + stage));
    assert_eq!(plan.stages[0].placement.instance_type, "g6.xlarge");
    assert_eq!(plan.costs.total.to_string(), "75.00");
}

/// 450 GB at 1 Gbit/s take an hour: an A100 costs 2 + 2, an L4 1.5 h × 1.5 + 1.5.
#[test]
fn who_waits_long_takes_what_is_cheap_by_the_hour() {
    let stages = |size: &str| {
        format!(
            "stage \"a\" {{\n kind = \"data-processing\"\n pin {{\n region = \"east\"\n }}\n \
             requirements {{\n vcpus = 2\n }}\n run {{\n duration = \"1h\"\n runs_per_month = 1\n \
             startup = \"0s\"\n }}\n output \"o\" {{\n size = \"{size}\"\n }}\n}}\n\
             stage \"b\" {{\n kind = \"training\"\n pin {{\n region = \"west\"\n }}\n \
             reads = {{ o = {{ from = stage.a.output.o }} }}\n requirements {{\n gpu {{\n }}\n }}\n \
             run {{\n work = {{ A100 = \"1h\", L4 = \"90m\" }}\n runs_per_month = 1\n \
             startup = \"0s\"\n }}\n}}\n"
        )
    };
    let short = planned(&stages("1GB"));
    assert_eq!(short.stages[1].placement.instance_type, "p4.xlarge");
    let long = planned(&stages("450GB"));
    assert_eq!(long.stages[1].placement.instance_type, "g6.xlarge");
    assert_eq!(long.stages[1].costs.total.to_string(), "3.75");
}

/// At 0.75 interruptions per hour, 12 minutes of work without checkpoints are expected to take 14.6,
/// and go through at the first attempt in 86 of 100 cases.
#[test]
fn data_that_is_there_already_makes_nobody_late() {
    let stages = "stage \"a\" {\n kind = \"data-processing\"\n requirements {\n vcpus = 2\n }\n \
                  run {\n duration = \"1h\"\n runs_per_month = 1\n }\n \
                  output \"o\" {\n size = \"1GB\"\n }\n}\n\
                  stage \"b\" {\n kind = \"data-processing\"\n \
                  pin {\n region = \"west\"\n capacity = \"spot\"\n }\n \
                  reads = { o = { from = stage.a.output.o } }\n requirements {\n vcpus = 2\n }\n \
                  run {\n duration = \"12m\"\n runs_per_month = 1\n startup = \"0s\"\n \
                  deadline = \"13m\"\n deadline_confidence = 0.8\n }\n \
                  interruption {\n tolerated = true\n interruptions_per_hour = 0.75\n }\n}\n";
    let plan = planned(stages);
    assert_eq!(plan.stages[0].placement.location.region, "west");
    assert!(plan.stages[1].usage.duration.millis() > 13 * 60_000);
}
