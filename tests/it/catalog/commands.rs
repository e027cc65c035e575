//! `mlinfra catalog …` as people and programs see it.

use serde_json::Value;

use crate::cli::mlinfra;

#[track_caller]
fn json(arguments: &str) -> Value {
    let finished = mlinfra(arguments.split(' ')).run();
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    serde_json::from_str(&finished.stdout).unwrap()
}

#[test]
fn the_list_has_every_catalog_with_its_age_and_warns_of_old_ones() {
    let finished = mlinfra(["catalog", "list", "--max-age", "30"]).run();
    let names: Vec<&str> = finished
        .stdout
        .lines()
        .skip(1)
        .filter_map(|l| l.split_whitespace().next())
        .collect();
    assert_eq!(
        names,
        [
            "aws",
            "azure",
            "bandwidth",
            "gcp",
            "gpus",
            "lambda",
            "regions",
            "spot",
            "storage",
            "transfer"
        ]
    );
    assert!(finished.stdout.lines().all(|l| l.chars().count() <= 80));
    assert!(
        finished
            .stderr
            .starts_with("warning[catalog::stale]: old catalog")
    );
    let young = mlinfra(["catalog", "list", "--max-age", "99999"]).run();
    assert_eq!((young.code, young.stderr.as_str()), (0, ""));
}

#[test]
fn the_list_in_json_names_the_sources() {
    let list = json("catalog list --json --max-age 99999");
    assert_eq!(list["format_version"], "1.0");
    let aws = &list["catalogs"][0];
    assert_eq!(
        (&aws["name"], &aws["offerings"]),
        (&"aws".into(), &127_700.into())
    );
    let sources = list["sources"].as_array().unwrap();
    assert!(
        sources
            .iter()
            .any(|s| s["catalog"] == "aws" && s["as_of"] == "2025-06-28")
    );
}

#[test]
fn offerings_are_shown_cheapest_first_within_80_columns() {
    let finished = mlinfra(["catalog", "show", "--gpu", "V100", "--limit", "50"]).run();
    assert_eq!(finished.code, 0);
    assert!(finished.stdout.lines().all(|l| l.chars().count() <= 80));
    let mut rates = finished.stdout.lines().skip(1).filter_map(|line| {
        let rate = line
            .split_whitespace()
            .last()?
            .trim_start_matches(['~', '≈']);
        rate.parse::<f64>().ok()
    });
    assert!(rates.by_ref().is_sorted());
    assert!(finished.stdout.contains("50 of "));
}

#[test]
fn spot_offerings_are_shown_with_how_often_they_are_interrupted() {
    let show = ["catalog", "show", "--instance-type", "g5.2xlarge"];
    let aws = mlinfra(show.iter().chain(&["--region", "eu-west-1"])).run();
    assert!(aws.stdout.lines().all(|l| l.chars().count() <= 80));
    let lines: Vec<&str> = aws.stdout.lines().collect();
    assert_eq!(
        [lines[0], lines[3], lines[4]],
        [
            "instance type  GPUs  where     capacity   interrupted   USD/h",
            "g5.2xlarge        1  euw1-az3  spot       <5 %         1.0878",
            "g5.2xlarge        1  euw1-az1  on-demand  -             1.353",
        ]
    );
    assert!(aws.stdout.contains("\ninterrupted: share of "));
    let azure = mlinfra(["catalog", "show", "--provider", "azure"]).run();
    assert!(!azure.stdout.contains("interrupted"), "{}", azure.stdout);
}

#[test]
fn interruptions_in_json_have_their_ends_source_and_day() {
    let first = |region: &str, capacity: &str| {
        let found = json(&format!(
            "catalog show --json --region {region} --instance-type g5.2xlarge --capacity {capacity}"
        ));
        found["offerings"][0]["interruption"].clone()
    };
    assert_eq!(
        first("eu-west-1", "spot"),
        serde_json::json!({
            "month_share_from": "0",
            "month_share_to": "0.05",
            "source": "Spot Instance Advisor, share interrupted in the trailing month",
            "as_of": "2025-06-28",
        })
    );
    assert_eq!(first("eu-west-1", "on-demand"), Value::Null);
    let often = first("ap-southeast-2", "spot");
    assert_eq!(often["month_share_to"], Value::Null);
}

#[test]
fn filters_hold_together() {
    let found = json(
        "catalog show --json --provider aws --region eu-west-1 --instance-type m7i.8* --capacity spot",
    );
    let offerings = found["offerings"].as_array().unwrap();
    assert_eq!(offerings.len(), 3);
    let first = &offerings[0];
    assert_eq!(first["usd_per_hour"], "0.826896");
    assert_eq!(first["basis"], "estimated");
    assert_eq!(first["as_of"], "2025-06-28");
    assert_eq!(first["zone"], "euw1-az1");
    let zone = json("catalog show --json --region euw1-az2 --instance-type m7i.8xlarge");
    assert_eq!(zone["total"], 2);
    let qualified =
        json("catalog show --json --region lambda/us-east-1 --instance-type cpu_4x_general");
    assert_eq!(qualified["total"], 2);
}

#[test]
fn unknown_rates_are_shown_as_such_and_never_dropped_without_a_word() {
    let all = json("catalog show --json --provider lambda --instance-type gpu_1x_gh200 --limit 0");
    assert_eq!((&all["total"], &all["unpriced"]), (&34.into(), &0.into()));
    let last = all["offerings"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["usd_per_hour"], &last["unknown"]),
        (&Value::Null, &"not-sold".into())
    );
    let cheap =
        json("catalog show --json --provider lambda --instance-type gpu_1x_gh200 --max-rate 3");
    assert_eq!(
        (&cheap["total"], &cheap["unpriced"]),
        (&17.into(), &17.into())
    );
    let table = mlinfra(["catalog", "show", "--gpu", "B200", "--provider", "gcp"]).run();
    assert!(
        table.stdout.contains("spot       unknown\n"),
        "{}",
        table.stdout
    );
}

#[test]
fn a_gpu_that_no_catalog_knows_is_a_mistake() {
    let finished = mlinfra(["catalog", "show", "--gpu", "H10"]).run();
    assert_eq!((finished.code, finished.stdout.as_str()), (10, ""));
    assert!(
        finished.stderr.starts_with("error[catalog::unknown-name]"),
        "{}",
        finished.stderr
    );
    assert!(
        finished.stderr.contains("did you mean `H100-"),
        "{}",
        finished.stderr
    );
}

#[test]
fn an_import_reports_and_its_catalog_can_be_used() {
    let dir = tempfile::tempdir().unwrap();
    let sheet = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,Generation\n\
        Standard_D2s_v5,,,2,8,,0.1,,eastus,V1,V2\nStandard_NP10s,,1,10,168,,1.65,,eastus,V1\n";
    std::fs::write(dir.path().join("vms.csv"), sheet).unwrap();
    let import = |extra: &[&str]| {
        let arguments = [
            "catalog",
            "import",
            "--from",
            "azure-csv",
            ".",
            "--out",
            "c",
        ];
        mlinfra(arguments.iter().chain(extra))
            .in_dir(dir.path())
            .run()
    };
    let undated = import(&[]);
    assert_eq!(undated.code, 10);
    assert!(
        undated.stderr.starts_with("error[catalog::cannot-import]"),
        "{}",
        undated.stderr
    );
    let done = import(&["--as-of", "vms.csv=2026-05-20"]);
    assert_eq!(
        done.stdout,
        "vms.csv: 2 rows read, 1 kept, 1 dropped\n\
         \u{20}        1  a machine whose accelerator the sheet doesn't name\n\
         Noted:\n\
         \u{20}        1  spot cells empty in the sheet\n\
         Catalog azure: 1 rows as of 2026-05-20.\n"
    );
    let again = import(&["--as-of", "2026-05-20", "--json"]);
    let report: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(report["report"]["files"]["vms.csv"]["kept"], 1);
    assert_eq!(again.stderr, "Wrote 0 files that changed in c/azure.\n");

    let show = ["catalog", "show", "--catalogs", "c"];
    let shown = mlinfra(show).in_dir(dir.path()).run();
    assert!(
        shown
            .stderr
            .starts_with("Compiled the catalogs of c into .mlinfra/")
    );
    assert!(
        shown
            .stdout
            .contains("Standard_D2s_v5     -  eastus  on-demand      0.1\n"),
        "{}",
        shown.stdout
    );
    let by_env = mlinfra(["catalog", "show"])
        .in_dir(dir.path())
        .env("MLINFRA_CATALOGS", "c");
    assert_eq!(by_env.run().stdout, shown.stdout);
    let sound = mlinfra(["catalog", "compile", "c", "-o", "c.bin"])
        .in_dir(dir.path())
        .run();
    assert!(
        sound.stdout.starts_with("1 catalogs are sound: "),
        "{}",
        sound.stderr
    );
    let binary = mlinfra(["catalog", "show", "--catalogs", "c.bin"])
        .in_dir(dir.path())
        .run();
    assert_eq!(binary.stdout, shown.stdout);
}

#[test]
fn an_edit_by_hand_is_sealed_on_demand() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("c/storage");
    std::fs::create_dir_all(&folder).unwrap();
    let manifest =
        "mlinfra-catalog\t1\nname\tstorage\nas-of\t2026-01-02\nsource\ta\t2026-01-02\t-\tBy hand\n";
    std::fs::write(folder.join("catalog.tsv"), manifest).unwrap();
    std::fs::write(folder.join("storage.tsv"), "aws/*\t0.05?a\n").unwrap();
    let compile = |extra: &[&str]| {
        let arguments = ["catalog", "compile", "c"];
        mlinfra(arguments.iter().chain(extra))
            .in_dir(dir.path())
            .run()
    };
    let refused = compile(&[]);
    assert_eq!(refused.code, 10);
    assert!(
        refused.stderr.contains("mlinfra catalog compile c --seal"),
        "{}",
        refused.stderr
    );
    assert!(
        compile(&["--seal"])
            .stdout
            .starts_with("storage: 2 files written\n")
    );
    assert_eq!(compile(&[]).code, 0);
}

#[test]
fn the_lock_file_names_every_catalog() {
    let dir = tempfile::tempdir().unwrap();
    let finished = mlinfra(["catalog", "lock"]).in_dir(dir.path()).run();
    assert_eq!(
        finished.stdout,
        "Locked 10 catalogs in ./.mlinfra.lock.hcl.\n"
    );
    let text = std::fs::read_to_string(dir.path().join(".mlinfra.lock.hcl")).unwrap();
    assert_eq!(text.matches("catalog \"").count(), 10);
    assert!(text.contains("catalog \"aws\" {\n  as_of  = \"2026-03-20\"\n  sha256 = \""));
}
