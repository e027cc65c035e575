//! Figures beside rates: how often spot is interrupted, how fast data moves, what traffic between
//! zones costs. From sheets with defects, from text, and as built into the program.

use std::sync::LazyLock;

use mlinfra::catalog::compiled::encode;
use mlinfra::catalog::import::{Format, import};
use mlinfra::catalog::text::{Digests, TextFiles, assemble};
use mlinfra::catalog::{Catalog, CatalogParts, Price, TextCatalog, TextError, UnknownReason};
use mlinfra::model::ProviderName::{self, Aws, Azure, Gcp, Lambda};

use super::{account, imported, input, table};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().unwrap());

const SPOT: &str = "aws_spot_advisor_2025-06.csv";
const PAIRS: &str = "vm_to_vm_gbps_2022.csv";

#[test]
fn interruptions_are_kept_by_region_and_wrong_rows_dropped_with_a_reason() {
    let got = imported(
        Format::Spot,
        &[(
            SPOT,
            "# file last changed in commit 5eedf20 2025-06-28T13:10:57+03:00\n\
             region,instance_type,savings_percent,interruption_bucket\n\
             us-east-1,m.l,50,1\n\
             us-east-1,m.l,50,3\n\
             us-east-1,c.l,50,4\n\
             eu-west-1,m.l,50,0\n\
             eu-west-1,c.l,50,5\n\
             eu-west-1,c.l,50,\n\
             ../../etc,c.l,50,1\n\
             eu-west-1,,50,1\n",
        )],
    );
    assert_eq!(
        account(&got, SPOT),
        "8 3 no bucket from 0 to 4 in the row=2 no region or instance type in the row=2 \
         repeats another row=1"
    );
    let paths: Vec<_> = got.catalog.tables.keys().collect();
    assert_eq!(paths, ["aws/eu-west-1.tsv", "aws/us-east-1.tsv"]);
    // Of two rows for one type the worse counts.
    let rows = "c.l\t>20@a\nm.l\t15-20@a";
    assert_eq!(table(&got, "aws/us-east-1.tsv"), rows);
    assert_eq!(table(&got, "aws/eu-west-1.tsv"), "m.l\t<5@a");
    assert_eq!(got.catalog.as_of.to_string(), "2025-06-28");
}

#[test]
fn the_slowest_pair_of_zones_stands_for_two_regions() {
    let got = imported(
        Format::Bandwidth,
        &[(
            PAIRS,
            "src,dst,gbps_median,samples\n\
             gcp:r1-a,aws:us-east-1,5.1,1\n\
             gcp:r1-b,aws:us-east-1,4.25,1\n\
             gcp:r1-a,gcp:r1-b,9,1\n\
             aws:us-east-1,gcp:r1-a,0.306,1\n\
             aws:us-east-1,azure:eastus,0.0004,1\n\
             aws:us-east-1,azure:westus,,1\n\
             ibm:x,azure:westus,1,1\n",
        )],
    );
    assert_eq!(
        account(&got, PAIRS),
        "7 2 another pair of zones of the two regions=1 both sides are in one region=1 \
         no region or bandwidth in the row=3"
    );
    assert_eq!(
        table(&got, "bandwidth.tsv"),
        "aws/us-east-1\tgcp/r1\t306@m\ngcp/r1\taws/us-east-1\t4250@m"
    );
}

#[test]
fn importing_them_needs_their_sheet_and_columns() {
    let error = import(Format::Bandwidth, &input(&[])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the format needs a file called `vm_to_vm_gbps`"
    );
    let error = import(Format::Spot, &input(&[(SPOT, "region\n")])).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("`{SPOT}` has no column `instance_type`")
    );
}

fn text(name: &str, tables: &[(&str, &str)]) -> TextCatalog {
    let manifest = format!(
        "mlinfra-catalog\t1\nname\t{name}\nas-of\t2026-01-02\nsource\ts\t2026-01-02\t-\tBy hand\n"
    );
    let mut files = TextFiles::from([("catalog.tsv".to_owned(), manifest)]);
    for (path, rows) in tables {
        files.insert((*path).to_owned(), (*rows).to_owned());
    }
    TextCatalog::parse(&files, name, Digests::Renew).unwrap()
}

/// Two regions of AWS, three of Azure, one of Lambda, with these tables beside them.
fn assembled(spot: &str, bandwidth: &str) -> Result<CatalogParts, TextError> {
    let types = "c.l\t2\t8192\tx86_64\tintel\t-\t0\t-\nm.l\t2\t8192\tx86_64\tintel\t-\t0\t-\n";
    let regions = "aws\ta1\tUS\t-\naws\ta2\tUS\t-\nazure\tz1\tUS\t-\nazure\tz2\tUS\t-\n\
        azure\tz3\tUS\t-\nlambda\tl1\tUS\t-\n";
    let zones = "aws/*\tzones\t0.02?s\naws/a2\tzones\t0.01@s\n";
    assemble(&[
        text("aws", &[("types.tsv", types)]),
        text("regions", &[("regions.tsv", regions)]),
        text("transfer", &[("transfer.tsv", zones)]),
        text("spot", &[("aws/a2.tsv", spot)]),
        text("bandwidth", &[("bandwidth.tsv", bandwidth)]),
    ])
}

const SPOT_ROWS: &str = "gone.l\t<5@s\nm.l\t10-15@s\n";
const PAIR_ROWS: &str = "aws/a1\taws/a2\t5000@s\naws/a1\tazure/z1\t900@s\n\
    aws/a2\tazure/z1\t700@s\naws/a2\tazure/z2\t800~s\naws/a1\tazure/z2\t600@s\n\
    azure/z1\taws/a1\t1000@s\n";

/// The catalog after its way through the compiled form.
fn small() -> Catalog {
    let parts = assembled(SPOT_ROWS, PAIR_ROWS).unwrap();
    Catalog::from_compiled(&encode(&parts)).unwrap()
}

/// `Mbit/s basis` between two regions, or `-`.
#[track_caller]
fn bandwidth(catalog: &Catalog, from: (ProviderName, &str), to: (ProviderName, &str)) -> String {
    let find = |(provider, name)| catalog.find_region(provider, name).unwrap();
    let found = catalog.bandwidth(find(from), find(to));
    found.map_or_else(
        || "-".to_owned(),
        |b| format!("{} {}", b.megabits_per_second, b.basis),
    )
}

#[test]
fn pairs_that_were_not_measured_get_the_lower_quartile_of_their_providers() {
    let catalog = small();
    let check = |from, to, expected| assert_eq!(bandwidth(&catalog, from, to), expected);
    check((Aws, "a1"), (Aws, "a2"), "5000 listed");
    check((Aws, "a2"), (Azure, "z2"), "800 derived");
    // The only pair within AWS.
    check((Aws, "a2"), (Aws, "a1"), "5000 estimated");
    // Of 600, 700, 800, 900 between AWS and Azure.
    check((Aws, "a2"), (Azure, "z3"), "600 estimated");
    check((Azure, "z3"), (Aws, "a2"), "1000 estimated");
    // Of all: 600, 700, 800, 900, 1000, 5000.
    check((Azure, "z1"), (Azure, "z2"), "700 estimated");
    check((Lambda, "l1"), (Aws, "a1"), "700 estimated");
    check((Aws, "a1"), (Aws, "a1"), "-");
}

#[test]
fn without_any_measured_pair_no_bandwidth_is_known() {
    let parts = assembled("", "").unwrap();
    assert_eq!(parts.bandwidth, [None; 36]);
}

#[test]
fn interruptions_are_found_by_type_and_region_and_types_not_offered_are_passed_over() {
    let catalog = small();
    let (index, _) = catalog
        .instance_types()
        .find(|(_, t)| t.name == "m.l")
        .unwrap();
    let [a1, a2] = ["a1", "a2"].map(|name| catalog.find_region(Aws, name).unwrap());
    let (bucket, source) = catalog.interruption(index, a2).unwrap();
    assert_eq!(bucket.label(), "10–15 % a month");
    assert_eq!(catalog.source(source).citation(), "spot@2026-01-02");
    assert_eq!(catalog.interruption(index, a1), None);
    assert_eq!(catalog.interruptions_of(index), [(a2, bucket)]);
}

#[test]
fn the_rate_between_zones_is_the_regions_own_before_its_providers() {
    let catalog = small();
    let rate = |provider, name: &str| {
        let region = catalog.find_region(provider, name).unwrap();
        catalog.between_zones(region).quote().map(|q| q.rate)
    };
    let print = |rate: Option<mlinfra::units::Rate>| rate.unwrap().to_string();
    assert_eq!(print(rate(Aws, "a1")), "0.02");
    assert_eq!(print(rate(Aws, "a2")), "0.01");
    assert_eq!(rate(Azure, "z1"), None);
}

#[track_caller]
fn check_refused(spot: &str, pairs: &str, message: &str) {
    let error = assembled(spot, pairs).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}

#[test]
fn rows_without_meaning_are_refused() {
    let number = "the bandwidth isn't a whole number above 0";
    check_refused("", "aws/a1\taws/a2\t0@s\n", number);
    check_refused("", "aws/a1\taws/a2\t1.5@s\n", number);
    check_refused("", "aws/a1\taws/a2\t-7@s\n", number);
    check_refused("", "aws/a1\taws/a2\t99999999999@s\n", number);
    check_refused("", "aws/a1\taws/a2\t5\n", "`5` has no mark");
    check_refused("", "aws/a1\taws/a2\t5@x\n", "has id `x`");
    check_refused("", "aws/a1\taws/a1\t5@s\n", "are the same region");
    check_refused("", "aws/a1\taws/*\t5@s\n", "no region is called `aws/*`");
    check_refused("", "aws/a1\taws/a9\t5@s\n", "no region is called `aws/a9`");
    let twice = "aws/a1\taws/a2\t5@s\naws/a1\taws/a2\t6@s\n";
    check_refused("", twice, "another row has the same two sides");
    let shares = "`7` is none of <5, 5-10, 10-15, 15-20, >20";
    check_refused("m.l\t7@s\n", "", shares);
    check_refused("m.l\t<5\n", "", "has no mark");
    check_refused("m.l\t<5?s\n", "", "a share is listed, with `@`");
    let twice = "m.l\t<5@s\nm.l\t>20@s\n";
    check_refused(twice, "", "stands twice for one region");
}

#[test]
fn a_table_of_interruptions_is_named_by_a_region_that_is_known() {
    let error = assemble(&[text("spot", &[("aws/a9.tsv", "m.l\t<5@s\n")])]).unwrap_err();
    assert!(error.to_string().contains("the region isn't known"));
    let manifest = "mlinfra-catalog\t1\nname\tspot\nas-of\t2026-01-02\n".to_owned();
    for path in ["ibm/a1.tsv", "aws/.tsv", "aws/a1/b.tsv"] {
        let files = TextFiles::from([
            ("catalog.tsv".to_owned(), manifest.clone()),
            (path.to_owned(), String::new()),
        ]);
        let error = TextCatalog::parse(&files, "spot", Digests::Renew).unwrap_err();
        assert!(matches!(error, TextError::Unlisted { .. }), "{path}");
    }
}

/// aws_spot_advisor_2025-06.csv: `eu-west-1,g5.2xlarge,54,0`, `us-east-1,p4d.24xlarge,67,2`.
#[test]
fn interruptions_of_the_built_in_catalogs() {
    let label = |name: &str, region: &str| {
        let (index, _) = CATALOG
            .instance_types()
            .find(|(_, t)| t.name == name)
            .unwrap();
        let region = CATALOG.find_region(Aws, region).unwrap();
        let (bucket, source) = CATALOG.interruption(index, region).unwrap();
        assert_eq!(CATALOG.source(source).citation(), "spot@2025-06-28");
        bucket.label()
    };
    assert_eq!(label("g5.2xlarge", "eu-west-1"), "under 5 % a month");
    assert_eq!(label("p4d.24xlarge", "us-east-1"), "10–15 % a month");
    assert_eq!(label("m7i.8xlarge", "eu-west-1"), "15–20 % a month");
    let (index, _) = CATALOG
        .instance_types()
        .find(|(_, t)| t.provider == Gcp)
        .unwrap();
    assert_eq!(CATALOG.interruptions_of(index), []);
}

/// vm_to_vm_gbps_2022.csv: `aws:us-east-1,gcp:us-central1-a,5.104,2`,
/// `gcp:us-central1-a,aws:us-east-1,6.826,2`; lower quartiles by hand of the sorted sheet.
#[test]
fn bandwidth_of_the_built_in_catalogs() {
    let check = |from, to, expected| assert_eq!(bandwidth(&CATALOG, from, to), expected);
    let (east, iowa) = ((Aws, "us-east-1"), (Gcp, "us-central1"));
    check(east, iowa, "5104 listed");
    check(iowa, east, "6826 listed");
    check(east, (Aws, "ap-southeast-5"), "4840 estimated");
    check((Azure, "swedencentral"), east, "2392 estimated");
    check((Lambda, "us-east-1"), iowa, "4998 estimated");
    check(east, east, "-");
    for (from, _) in CATALOG.regions() {
        for (to, _) in CATALOG.regions() {
            assert_eq!(CATALOG.bandwidth(from, to).is_none(), from == to);
        }
    }
}

#[test]
fn rates_between_zones_of_the_built_in_catalogs() {
    let rate =
        |provider, name: &str| CATALOG.between_zones(CATALOG.find_region(provider, name).unwrap());
    let print = |price: Price| {
        let quote = price.quote().unwrap();
        format!("{} {}", quote.rate, quote.basis)
    };
    assert_eq!(print(rate(Aws, "eu-west-1")), "0.02 estimated");
    assert_eq!(print(rate(Gcp, "us-central1")), "0.01 estimated");
    assert_eq!(print(rate(Azure, "eastus")), "0 estimated");
    let unknown = Price::Unknown {
        reason: UnknownReason::NotCovered,
    };
    assert_eq!(rate(Lambda, "us-east-1"), unknown);
}
