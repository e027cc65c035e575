//! Bills traced by hand from the vendors' published rows to the printed amount: two for each
//! cloud, one of them with GPUs.

use mlinfra::planning::plan::Cited;
use mlinfra::units::Money;

use super::planned;

struct Bill<'a> {
    pin: &'a str,
    requirements: &'a str,
    demand: &'a str,
    nodes: u32,
    rate: &'a str,
    basis: Cited,
    source: &'a str,
    compute: &'a str,
}

#[track_caller]
fn check(kind: &str, bill: &Bill<'_>) {
    let text = format!(
        "project \"p\" {{}}\nstage \"s\" {{\n kind = \"{kind}\"\n pin {{\n{}\n }}\n \
         requirements {{\n{}\n }}\n {}\n interruption {{\n tolerated = true\n \
         interruptions_per_hour = 0.000001\n }}\n}}\n",
        bill.pin, bill.requirements, bill.demand
    );
    let plan = planned(&text);
    let stage = &plan.stages[0];
    assert_eq!(stage.placement.nodes, bill.nodes, "nodes");
    assert_eq!(stage.rate.usd.to_string(), bill.rate, "rate");
    assert_eq!(stage.rate.basis, bill.basis, "basis");
    assert!(
        stage.rate.source.starts_with(bill.source),
        "source {}",
        stage.rate.source
    );
    // Spot costs a little more than calm nodes would: one interruption in a million hours.
    let listed = Money::parse(bill.compute).unwrap();
    let more = (stage.costs.compute - listed).micro_usd();
    let most = if stage.interruptions.is_some() {
        listed.micro_usd() / 10_000
    } else {
        0
    };
    assert!(
        (0..=most).contains(&more),
        "compute {}",
        stage.costs.compute
    );
}

const NIGHTLY: &str = "run {\n duration = \"10h\"\n startup = \"0s\"\n runs_per_month = 30\n }";
const WEEKLY: &str = "run {\n duration = \"100h\"\n startup = \"0s\"\n runs_per_month = 4\n }";

/// cpu_reference_prices.csv: c5.2xlarge, 8 vCPUs, us-west-2, 0.34 on demand. c5.xlarge has 4 vCPUs:
/// 0.34 × 4 / 8 = 0.17 by derivation. 10 h × 30 runs × 0.17 = 51.
#[test]
fn aws_cpu_size_is_derived_from_its_family() {
    check(
        "data-processing",
        &Bill {
            pin: "provider = \"aws\"\nregion = \"us-west-2\"\ninstance_type = \"c5.xlarge\"\ncapacity = \"on-demand\"",
            requirements: "vcpus = 4",
            demand: NIGHTLY,
            nodes: 1,
            rate: "0.17",
            basis: Cited::Derived,
            source: "aws@",
            compute: "51.00",
        },
    );
}

/// gpu_prices.csv: g5.xlarge, one A10G, us-west-2, usw2-az1, spot 0.528000. 100 h × 4 runs × 0.528.
#[test]
fn aws_gpu_on_spot_is_listed_by_zone() {
    check(
        "training",
        &Bill {
            pin: "zone = \"usw2-az1\"\ninstance_type = \"g5.xlarge\"\ncapacity = \"spot\"",
            requirements: "gpu {\n any_of = [\"A10G\"]\n }",
            demand: WEEKLY,
            nodes: 1,
            rate: "0.528",
            basis: Cited::Listed,
            source: "aws@",
            compute: "211.20",
        },
    );
}

/// gcp/vms.csv: n2-standard-8, 8 vCPUs, us-central1, 0.38847. 32 vCPUs are 4 nodes:
/// 4 × 300 h × 0.38847 = 466.164.
#[test]
fn google_cpu_is_listed() {
    check(
        "data-processing",
        &Bill {
            pin: "provider = \"gcp\"\nregion = \"us-central1\"\ninstance_type = \"n2-standard-8\"\ncapacity = \"on-demand\"",
            requirements: "vcpus = 32",
            demand: NIGHTLY,
            nodes: 4,
            rate: "0.38847",
            basis: Cited::Listed,
            source: "gcp@",
            compute: "466.164",
        },
    );
}

/// gcp/vms.csv: a2-highgpu-1g in us-central1-a is 0.73948 for the host and 2.93391 for its A100 on a
/// row of its own: 3.67339 together. 2 nodes × 400 h × 3.67339 = 2938.712.
#[test]
fn google_gpu_is_host_and_accelerator_together() {
    check(
        "training",
        &Bill {
            pin: "zone = \"us-central1-a\"\ninstance_type = \"a2-highgpu-1g\"\ncapacity = \"on-demand\"",
            requirements: "gpu {\n any_of = [\"A100-40\"]\n count = 2\n }",
            demand: WEEKLY,
            nodes: 2,
            rate: "3.67339",
            basis: Cited::Derived,
            source: "gcp@",
            compute: "2938.712",
        },
    );
}

/// azure/vms.csv: Standard_D8s_v5, westeurope, spot 0.085008, on a row with the unquoted `V1,V2`.
/// 300 h × 0.085008 = 25.5024.
#[test]
fn azure_cpu_on_spot_survives_the_row_with_a_field_too_many() {
    check(
        "data-processing",
        &Bill {
            pin: "provider = \"azure\"\nregion = \"westeurope\"\ninstance_type = \"Standard_D8s_v5\"\ncapacity = \"spot\"",
            requirements: "vcpus = 8",
            demand: NIGHTLY,
            nodes: 1,
            rate: "0.085008",
            basis: Cited::Listed,
            source: "azure@",
            compute: "25.5024",
        },
    );
}

/// azure/vms.csv: Standard_NC24ads_A100_v4, one A100 80 GB, eastus, 3.673. 400 h × 3.673 = 1469.2.
#[test]
fn azure_gpu_is_listed() {
    check(
        "training",
        &Bill {
            pin: "region = \"eastus\"\ninstance_type = \"Standard_NC24ads_A100_v4\"\ncapacity = \"on-demand\"",
            requirements: "gpu {\n any_of = [\"A100-80-PCIe\"]\n }",
            demand: WEEKLY,
            nodes: 1,
            rate: "3.673",
            basis: Cited::Listed,
            source: "azure@",
            compute: "1469.20",
        },
    );
}

/// lambda/vms.csv: cpu_4x_general, us-east-1, 0.2. One replica for a month of 730 h: 146.
#[test]
fn lambda_cpu_is_listed() {
    check(
        "serving",
        &Bill {
            pin: "provider = \"lambda\"\nregion = \"us-east-1\"\ninstance_type = \"cpu_4x_general\"",
            requirements: "vcpus = 4",
            demand: "replicas {\n min = 1\n }",
            nodes: 1,
            rate: "0.2",
            basis: Cited::Listed,
            source: "lambda@",
            compute: "146.00",
        },
    );
}

/// lambda/vms.csv: gpu_1x_a10, us-east-1, 1.29. Two replicas × 730 h × 1.29 = 1883.4.
#[test]
fn lambda_gpu_is_listed() {
    check(
        "serving",
        &Bill {
            pin: "provider = \"lambda\"\nregion = \"us-east-1\"\ninstance_type = \"gpu_1x_a10\"",
            requirements: "gpu {\n any_of = [\"A10\"]\n }",
            demand: "replicas {\n min = 2\n }",
            nodes: 2,
            rate: "1.29",
            basis: Cited::Listed,
            source: "lambda@",
            compute: "1883.40",
        },
    );
}
