//! Importing the sheets as published. They are no part of the repository: without them these tests
//! say that they are skipped.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mlinfra::catalog::import::{Format, Imported, Input, import};
use mlinfra::units::Date;

use super::account;
use crate::skipped::skip;

/// Where the sheets are: `MLINFRA_TEST_DATA`, or `shared/data` beside the repository.
fn data() -> Option<PathBuf> {
    let given = std::env::var_os("MLINFRA_TEST_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let dir = given.unwrap_or(beside);
    if dir.is_dir() {
        return Some(dir);
    }
    skip("there are no sheets to import; MLINFRA_TEST_DATA names their folder");
    None
}

/// Folders and files of a format, with the days that the committed catalogs were imported with.
fn sheets(format: Format, data: &Path) -> Input {
    let (paths, default): (&[&str], _) = match format {
        Format::Aws => (
            &["prices/aws", "spot/aws_spot_advisor_2025-06.csv"],
            "2026-03-20",
        ),
        Format::Azure => (&["prices/azure"], "2026-05-20"),
        Format::Gcp => (&["prices/gcp"], "2026-05-20"),
        Format::Lambda => (&["prices/lambda"], "2026-05-20"),
        Format::Gpus => (&["gpu"], "2026-01-01"),
        Format::Regions => (&["regions.csv"], "2026-01-01"),
        Format::Spot => (&["spot"], "2026-01-01"),
        Format::Bandwidth => (&["transfer"], "2022-01-01"),
        Format::Transfer => (&["transfer"], "2022-05-01"),
    };
    let paths: Vec<PathBuf> = paths.iter().map(|p| data.join(p)).collect();
    let mut input = mlinfra::store::catalogs::read_sheets(format, &paths).unwrap();
    input.default_as_of = Some(Date::parse(default).unwrap());
    let newer = Date::parse("2023-01-01").unwrap();
    input.as_of.insert("aws_transfer_costs.csv".into(), newer);
    input
}

fn imported(format: Format) -> Option<Imported> {
    data().map(|data| import(format, &sheets(format, &data)).unwrap())
}

#[track_caller]
fn check(format: Format, file: &str, expected: &str) {
    if let Some(imported) = imported(format) {
        assert_eq!(account(&imported, file), expected);
    }
}

#[test]
fn every_row_of_aws_is_accounted_for() {
    let Some(got) = imported(Format::Aws) else {
        return;
    };
    let accounts: Vec<String> = got
        .report
        .files
        .keys()
        .map(|f| format!("{f}: {}", account(&got, f)))
        .collect();
    assert_eq!(
        accounts,
        [
            "aws_spot_advisor_2025-06.csv: 14962 14962",
            "cpu_reference_prices.csv: 2030 2015 \
             Local or Wavelength Zone, which repeats its region's price=15",
            "gpu_prices.csv: 1732 1710 \
             Local or Wavelength Zone, which repeats its region's price=22",
            "instance_types.csv: 1395 1365 \
             a Mac, rented by the day only=9 has an accelerator that isn't a GPU=21",
            "offerings_by_zone.csv.gz: 64394 63850 \
             the type was dropped or isn't listed=544",
            "us_east_1_on_demand.csv: 1367 1182 \
             bare metal at its dedicated-tenancy price=142 \
             the type was dropped or isn't listed=43",
        ]
    );
}

#[test]
fn every_row_of_azure_is_accounted_for() {
    check(
        Format::Azure,
        "vms.csv",
        "56671 56552 a machine whose accelerator the sheet doesn't name=119",
    );
}

#[test]
fn every_row_of_gcp_is_accounted_for() {
    check(
        Format::Gcp,
        "vms.csv",
        "31285 28708 a GPU host without a row for its GPUs in the zone=2 \
         a TPU, which has no instance type=1648 a host of TPUs, which are no instance types=896 \
         an accelerator without a host in the zone=31",
    );
}

#[test]
fn every_row_of_the_other_sheets_is_accounted_for() {
    check(Format::Lambda, "vms.csv", "425 425");
    check(Format::Gpus, "gpus.csv", "32 32");
    check(
        Format::Regions,
        "regions.csv",
        "170 141 a provider without a catalog=29",
    );
    check(
        Format::Transfer,
        "region_pair_cost.csv",
        "3969 3549 the newer table of AWS has the pair=420",
    );
    check(Format::Transfer, "aws_transfer_costs.csv", "674 674");
    check(Format::Spot, "aws_spot_advisor_2025-06.csv", "14962 14962");
    check(
        Format::Bandwidth,
        "vm_to_vm_gbps_2022.csv",
        "3928 3906 both sides are in one region=22",
    );
}

#[test]
fn the_committed_catalogs_are_what_the_importers_make() {
    for (_, format) in Format::ALL {
        let Some(first) = imported(format) else {
            return;
        };
        let files = first.catalog.print();
        let again = imported(format).unwrap().catalog.print();
        assert_eq!(
            files.keys().collect::<Vec<_>>(),
            again.keys().collect::<Vec<_>>()
        );
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("catalogs")
            .join(format.catalog());
        for (path, text) in &files {
            let committed = fs::read_to_string(folder.join(path)).unwrap();
            let name = folder.join(path);
            assert!(*text == committed, "{} differs", name.display());
            assert!(*text == again[path], "{path} differs the second time");
        }
    }
}

/// The sheet with its rows in another order; comments and header stay on top.
fn shuffled(text: &str) -> String {
    let (head, mut rows): (Vec<&str>, Vec<&str>) = {
        let header = text.lines().position(|l| !l.starts_with('#')).unwrap() + 1;
        let lines: Vec<&str> = text.lines().collect();
        (lines[..header].to_vec(), lines[header..].to_vec())
    };
    rows.sort_by_key(|row| row.bytes().rev().collect::<Vec<u8>>());
    [head, rows].concat().join("\n") + "\n"
}

#[test]
fn the_order_of_rows_in_the_sheets_makes_no_difference() {
    let Some(data) = data() else { return };
    for format in [
        Format::Azure,
        Format::Gcp,
        Format::Lambda,
        Format::Transfer,
        Format::Spot,
        Format::Bandwidth,
        Format::Aws,
    ] {
        let straight = sheets(format, &data);
        let mut other = straight.clone();
        for (name, bytes) in &mut other.files {
            if name.ends_with(".csv") {
                let text = String::from_utf8(bytes.clone()).unwrap();
                *bytes = shuffled(&text).into_bytes();
            }
        }
        assert_ne!(straight.files, other.files);
        let straight = import(format, &straight).unwrap().catalog.print();
        let other = import(format, &other).unwrap().catalog.print();
        assert!(straight == other, "{format:?}");
    }
}

/// How many lines of the printed catalog change with one replacement in one sheet.
#[track_caller]
fn lines_changed(format: Format, file: &str, from: &str, to: &str) -> Option<usize> {
    let data = data()?;
    let before = sheets(format, &data);
    let mut after = before.clone();
    let text = String::from_utf8(after.files[file].clone()).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from}");
    after
        .files
        .insert(file.into(), text.replace(from, to).into_bytes());
    let lines = |input: &Input| -> BTreeSet<String> {
        let files = import(format, input).unwrap().catalog.print();
        let all = files
            .iter()
            .flat_map(|(path, text)| text.lines().map(move |line| format!("{path}: {line}")));
        all.collect()
    };
    let (before, after) = (lines(&before), lines(&after));
    assert_eq!(before.len(), after.len());
    Some(after.difference(&before).count())
}

#[test]
fn one_changed_price_changes_three_lines() {
    let from = "Standard_D4as_v5,,,4,16,,0.208,0.038438,westeurope";
    let to = "Standard_D4as_v5,,,4,16,,0.209,0.038438,westeurope";
    // The rate, the digest of its file, the digest of its source.
    let changed = lines_changed(Format::Azure, "vms.csv", from, to);
    assert_eq!(changed.unwrap_or(3), 3);
    let from = "g5.2xlarge,A10G,1,8,32,1.35296,0.820600,eu-west-1,euw1-az1";
    let to = "g5.2xlarge,A10G,1,8,32,1.35296,0.830600,eu-west-1,euw1-az1";
    let changed = lines_changed(Format::Aws, "gpu_prices.csv", from, to);
    assert_eq!(changed.unwrap_or(3), 3);
    let from = "eu-west-1,g5.2xlarge,54,0";
    let to = "eu-west-1,g5.2xlarge,54,1";
    let changed = lines_changed(Format::Spot, "aws_spot_advisor_2025-06.csv", from, to);
    assert_eq!(changed.unwrap_or(3), 3);
}
