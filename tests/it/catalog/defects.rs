//! Each defect that published sheets have, in a sheet small enough to read.

use mlinfra::catalog::import::{Format, ImportError, import};

use super::{account, imported, input, table};

const AZURE: &str = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,Generation\n";

fn azure(rows: &str) -> mlinfra::catalog::import::Imported {
    imported(Format::Azure, &[("vms.csv", &format!("{AZURE}{rows}"))])
}

#[test]
fn an_unquoted_comma_in_the_last_column_of_azure_does_no_harm() {
    let got = azure("Standard_B12ms,,,12,48,,0.634,0.1268,eastus,V1,V2\n");
    assert_eq!(account(&got, "vms.csv"), "1 1");
    assert_eq!(
        table(&got, "rates/eastus.tsv"),
        "Standard_B12ms\t-\t0.634@v\t0.1268@v"
    );
    assert_eq!(
        table(&got, "types.tsv"),
        "Standard_B12ms\t12\t49152\tx86_64\tintel\t-\t0\t-"
    );
}

#[test]
fn repeated_rows_are_dropped_and_counted_and_the_dearer_counts() {
    let got = azure(
        "Standard_D2s_v5,,,2,8,,0.1,0.02,eastus,V2\nStandard_D2s_v5,,,2,8,,0.1,0.03,eastus,V2\n",
    );
    assert_eq!(account(&got, "vms.csv"), "2 1 repeats another row=1");
    assert_eq!(
        table(&got, "rates/eastus.tsv"),
        "Standard_D2s_v5\t-\t0.1@v\t0.03@v"
    );
}

#[test]
fn an_empty_spot_cell_is_unknown_and_an_equal_one_is_kept_and_noted() {
    let got =
        azure("Standard_D2s_v5,,,2,8,,0.1,,eastus,V2\nStandard_D4s_v5,,,4,16,,0.2,0.2,eastus,V2\n");
    assert_eq!(
        table(&got, "rates/eastus.tsv"),
        "Standard_D2s_v5\t-\t0.1@v\tunknown:empty-in-source\nStandard_D4s_v5\t-\t0.2@v\t0.2@v"
    );
    assert_eq!(got.report.notes["spot cells empty in the sheet"], 1);
    assert_eq!(
        got.report.notes["spot rates equal to the on-demand rate"],
        1
    );
}

#[test]
fn a_rate_of_zero_is_unknown_and_never_zero() {
    let got = azure("Standard_D2s_v5,,,2,8,,0.0,0,eastus,V2\n");
    assert_eq!(
        table(&got, "rates/eastus.tsv"),
        "Standard_D2s_v5\t-\tunknown:empty-in-source\tunknown:empty-in-source"
    );
}

#[test]
fn parts_of_a_gpu_are_kept_in_thousandths() {
    let got = azure(
        "Standard_NV6ads_A10_v5,A10,0.167,6,55,A10,0.454,,eastus,V2\nStandard_NV4as_v4,MI25,1,4,14,MI25,0.233,,eastus,V1\n",
    );
    assert_eq!(
        table(&got, "types.tsv"),
        "Standard_NV4as_v4\t4\t14336\tx86_64\tamd\tMI25\t0.125\t-\n\
         Standard_NV6ads_A10_v5\t6\t56320\tx86_64\tamd\tA10\t0.167\t-"
    );
}

#[test]
fn accelerators_that_are_not_named_or_not_gpus_are_dropped() {
    let got = azure(
        "Standard_NP10s,,1,10,168,,1.65,,eastus,V1\nStandard_ND1x_v9,QPU,1,4,14,,9,,eastus,V1\n",
    );
    assert_eq!(
        account(&got, "vms.csv"),
        "2 0 a machine whose accelerator the sheet doesn't name=1 \
         an accelerator that isn't a known GPU=1"
    );
}

const GCP: &str = "InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Region,AvailabilityZone,Price,SpotPrice\n";

fn gcp(rows: &str) -> mlinfra::catalog::import::Imported {
    imported(Format::Gcp, &[("vms.csv", &format!("{GCP}{rows}"))])
}

#[test]
fn a_google_gpu_machine_costs_its_host_and_its_accelerator() {
    let got = gcp(
        "a2-highgpu-1g,12.0,85.0,,,,r1,r1-a,0.73948,0.36975\n,,,A100,1,{},r1,r1-a,2.93391,1.4341\n",
    );
    assert_eq!(account(&got, "vms.csv"), "2 2");
    assert_eq!(
        table(&got, "rates/r1.tsv"),
        "a2-highgpu-1g\tr1-a\t3.67339~v\t1.80385~v"
    );
    assert_eq!(
        table(&got, "types.tsv"),
        "a2-highgpu-1g\t12\t87040\tx86_64\tintel\tA100-40-SXM4\t1\t-"
    );
}

#[test]
fn a_google_gpu_host_without_its_gpu_is_no_offering() {
    let got = gcp(
        "a2-highgpu-1g,12.0,85.0,,,,r1,r1-b,0.7,0.3\n,,,A100,1,{},r1,r1-a,2.9,1.4\na9-megagpu-1g,12.0,85.0,,,,r1,r1-b,0.7,0.3\n",
    );
    assert_eq!(
        account(&got, "vms.csv"),
        "3 0 a GPU host without a row for its GPUs in the zone=1 \
         a host of a GPU family that isn't known=1 an accelerator without a host in the zone=1"
    );
}

#[test]
fn gpus_are_attached_to_n1_hosts_within_the_published_limits() {
    let got = gcp(
        "n1-standard-16,16.0,60.0,,,,r1,r1-a,0.76,0.2\nn1-standard-2,2.0,7.5,,,,r1,r1-a,0.095,0.02\n,,,V100,1,{},r1,r1-a,2.48,1.24\n,,,V100,2,{},r1,r1-a,4.96,2.48\n",
    );
    // One V100 allows 12 vCPUs, so 16 need two; hosts below 4 vCPUs get none.
    assert_eq!(
        table(&got, "rates/r1.tsv"),
        "n1-standard-16\tr1-a\t0.76@v\t0.2@v\n\
         n1-standard-16+V100x2\tr1-a\t5.72~v\t2.68~v\n\
         n1-standard-2\tr1-a\t0.095@v\t0.02@v"
    );
    assert_eq!(
        account(&got, "vms.csv"),
        "4 3 an accelerator without a host in the zone=1"
    );
}

#[test]
fn a_google_host_at_zero_makes_a_machine_of_unknown_rate() {
    let got = gcp("a4-highgpu-8g,224.0,3968.0,,,,r1,r1-b,0.0,0.0\n,,,B200,8,{},r1,r1-b,64.44,41\n");
    assert_eq!(
        table(&got, "rates/r1.tsv"),
        "a4-highgpu-8g\tr1-b\tunknown:empty-in-source\tunknown:empty-in-source"
    );
}

#[test]
fn tpus_are_dropped_with_their_hosts() {
    let got = gcp(
        ",,,tpu-v4-8,1,tpu-v4-8,r1,r1-b,12.88,3.686\nn1-340-48-tpu,48.0,340.0,,,,r1,r1-b,2.0,1.0\n",
    );
    assert_eq!(
        account(&got, "vms.csv"),
        "2 0 a TPU, which has no instance type=1 a host of TPUs, which are no instance types=1"
    );
}

const AWS_TYPES: &str = "instance_type,vcpus,memory_mib,arch,cpu_manufacturer_or_processor,gpu_name,gpu_count,gpu_memory_mib,local_storage_gb,network,current_generation,bare_metal,efa\n\
m7i.2xlarge,8,32768,x86_64,Intel,,,,,x,True,False,False\n\
m7i.8xlarge,32,131072,x86_64,Intel,,,,,x,True,False,False\n\
m7i.metal-24xl,96,393216,x86_64,Intel,,,,,x,True,True,False\n\
c4.large,2,3840,x86_64,Intel,,,,,x,True,False,False\n\
g6f.large,2,8192,x86_64,AMD,NVIDIA L4,0,2861,100,x,True,False,False\n\
p5e.48xlarge,192,2097152,x86_64,Intel,NVIDIA H200,8,144384,30400,x,True,False,True\n\
trn1.2xlarge,8,32768,x86_64,Intel,,,,,x,True,False,False\n\
mac2.metal,8,16384,arm64_mac,Apple,,,,,x,True,True,False\n";
const AWS_CPU: &str = "instance_type,vcpus,memory_gib,arch,on_demand_usd_per_hour,spot_usd_per_hour,region,zone_id\n\
m7i.2xlarge,8.0,32.0,x86_64,0.4494,0.304,eu-west-1,euw1-az1\n\
m7i.2xlarge,8.0,32.0,x86_64,0.4494,,eu-west-1,euw1-az2\n\
m7i.2xlarge,8.0,32.0,x86_64,0.4494,0.1,eu-west-1,euw1-lax1-az1\n";
const AWS_GPU: &str = "instance_type,accelerator,accelerator_count,vcpus,memory_gib,on_demand_usd_per_hour,spot_usd_per_hour,region,zone_id\n\
p5e.48xlarge,H200,8,192,2048,,15.9942,eu-west-1,euw1-az1\n\
g6f.large,L4,0.125,2,8,0.2,0.02,eu-west-1,euw1-az1\n";
const AWS_ZONES: &str = "region,zone_id_or_name,instance_type\n\
eu-west-1,euw1-az1,m7i.2xlarge\n\
eu-west-1,euw1-az2,m7i.2xlarge\n\
eu-west-1,euw1-az3,m7i.2xlarge\n\
eu-west-1,euw1-az1,m7i.8xlarge\n\
eu-west-1,euw1-az1,m7i.metal-24xl\n\
eu-west-1,euw1-az1,c4.large\n\
eu-west-1,euw1-wl1-wlz1,c4.large\n\
eu-west-1,euw1-az1,p5e.48xlarge\n\
eu-west-1,euw1-az1,g6f.large\n\
eu-west-1,euw1-az1,trn1.2xlarge\n\
us-east-1,use1-az1,c4.large\n";
const AWS_EAST: &str = "# source: list; \"generated at 2026-07-20T13:44:30Z for us-east-1\"\n\
instance_type,on_demand_usd_per_hour\n\
c4.large,0.100000\n\
m7i.metal-24xl,9.9\n";
const AWS_ADVISOR: &str = "# source: list changed 2025-06-28T13:10:57+03:00\n\
region,instance_type,savings_percent,interruption_bucket\n\
eu-west-1,m7i.8xlarge,54,3\n\
us-east-1,c4.large,-62,4\n\
eu-west-1,c4.large,50,0\n";

fn aws() -> mlinfra::catalog::import::Imported {
    imported(
        Format::Aws,
        &[
            ("instance_types.csv", AWS_TYPES),
            ("cpu_reference_prices.csv", AWS_CPU),
            ("gpu_prices.csv", AWS_GPU),
            ("offerings_by_zone.csv", AWS_ZONES),
            ("us_east_1_on_demand.csv", AWS_EAST),
            ("aws_spot_advisor_2025-06.csv", AWS_ADVISOR),
        ],
    )
}

#[test]
fn aws_rates_are_listed_derived_estimated_or_unknown_each_marked() {
    let got = aws();
    assert_eq!(
        table(&got, "rates/eu-west-1.tsv")
            .lines()
            .collect::<Vec<_>>(),
        [
            // No sheet has it, and without an on-demand rate savings are of nothing.
            "c4.large\teuw1-az1\tunknown:not-covered\tunknown:not-covered",
            "g6f.large\teuw1-az1\t0.2@g\t0.02@g",
            "m7i.2xlarge\teuw1-az1\t0.4494@c\t0.304@c",
            "m7i.2xlarge\teuw1-az2\t0.4494@c\tunknown:empty-in-source",
            // Another zone of the region has the type.
            "m7i.2xlarge\teuw1-az3\t0.4494~c\tunknown:not-covered",
            // 0.4494 × 32 / 8 = 1.7976; × 46 % = 0.826896.
            "m7i.8xlarge\teuw1-az1\t1.7976~c\t0.826896?a",
            "m7i.metal-24xl\teuw1-az1\tunknown:not-covered\tunknown:not-covered",
            // Sold in capacity blocks only.
            "p5e.48xlarge\teuw1-az1\tunknown:not-sold\t15.9942@g",
        ]
    );
    // The newer list of us-east-1; spot is dearer than on demand: 162 %.
    assert_eq!(
        table(&got, "rates/us-east-1.tsv"),
        "c4.large\tuse1-az1\t0.1@u\t0.162?a"
    );
}

#[test]
fn aws_rows_that_are_no_offerings_are_dropped_with_a_reason() {
    let got = aws();
    assert_eq!(
        account(&got, "instance_types.csv"),
        "8 6 a Mac, rented by the day only=1 has an accelerator that isn't a GPU=1"
    );
    assert_eq!(
        account(&got, "offerings_by_zone.csv"),
        "11 9 Local or Wavelength Zone, which repeats its region's price=1 \
         the type was dropped or isn't listed=1"
    );
    assert_eq!(
        account(&got, "cpu_reference_prices.csv"),
        "3 2 Local or Wavelength Zone, which repeats its region's price=1"
    );
    assert_eq!(
        account(&got, "us_east_1_on_demand.csv"),
        "2 1 bare metal at its dedicated-tenancy price=1"
    );
    assert_eq!(
        got.report.notes["spot rates at exactly 10 % of the on-demand rate, a floor"],
        1
    );
}

#[test]
fn a_part_of_an_l4_is_told_by_its_memory() {
    let types = table(&aws(), "types.tsv");
    assert!(
        types.contains("g6f.large\t2\t8192\tx86_64\tamd\tL4\t0.125\t100"),
        "{types}"
    );
    assert!(types.contains("p5e.48xlarge\t192\t2097152\tx86_64\tintel\tH200-SXM5-141\t8\t30400"));
}

#[test]
fn sheets_that_say_their_day_are_believed() {
    let got = aws();
    let day = |id: &str| {
        let source = got.catalog.sources.iter().find(|s| s.id == id).unwrap();
        source.as_of.to_string()
    };
    assert_eq!(
        [day("a"), day("c"), day("u")],
        ["2025-06-28", "2026-05-20", "2026-07-20"]
    );
    assert_eq!(got.catalog.as_of.to_string(), "2026-05-20");
}

#[test]
fn lambda_sells_no_spot() {
    let got = imported(
        Format::Lambda,
        &[(
            "vms.csv",
            "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice\n\
             gpu_1x_gh200,GH200,1.0,64.0,432.0,2.29,us-east-3,,\n\
             gpu_1x_new,NEW,1.0,64.0,432.0,2.29,us-east-3,,\n",
        )],
    );
    assert_eq!(
        account(&got, "vms.csv"),
        "2 1 an accelerator that isn't a known GPU=1"
    );
    assert_eq!(
        table(&got, "rates/us-east-3.tsv"),
        "gpu_1x_gh200\t-\t2.29@v\tunknown:not-sold"
    );
    assert_eq!(
        table(&got, "types.tsv"),
        "gpu_1x_gh200\t64\t442368\tarm64\tnvidia\tGH200\t1\t-"
    );
}

#[test]
fn the_newer_transfer_table_counts_and_the_rest_is_estimated() {
    let got = imported(
        Format::Transfer,
        &[
            (
                "region_pair_cost.csv",
                "src,dest,src_tier,dest_tier,cost\n\
                 aws:us-east-1,aws:us-west-2,PREMIUM,PREMIUM,0.03\n\
                 gcp:us-east1-b,aws:us-east-1,PREMIUM,PREMIUM,0.12\n\
                 gcp:us-east1-b,aws:ap-southeast-2,PREMIUM,PREMIUM,0.19\n\
                 gcp:us-east1-b,aws:us-west-2,PREMIUM,PREMIUM,0.12\n\
                 aws:us-east-1,gcp:us-east1-b,PREMIUM,PREMIUM,\n",
            ),
            (
                "aws_transfer_costs.csv",
                "src,dst,cost\nus-east-1,us-west-2,0.02\nus-east-1,internet,0.09\n",
            ),
        ],
    );
    assert_eq!(
        account(&got, "region_pair_cost.csv"),
        "5 3 no region or rate in the row=1 the newer table of AWS has the pair=1"
    );
    assert_eq!(
        table(&got, "transfer.tsv").lines().collect::<Vec<_>>(),
        [
            "aws/*\taws/*\t0.02?n",
            "aws/*\tinternet\t0.09?n",
            "aws/*\tsame\t0~n",
            // Of no sheet.
            "aws/*\tzones\t0.02?z",
            "aws/us-east-1\taws/us-west-2\t0.02@n",
            "aws/us-east-1\tinternet\t0.09@n",
            "azure/*\tzones\t0?z",
            "gcp/*\tinternet\t0.19?p",
            "gcp/*\tzones\t0.01?z",
            "gcp/us-east1\taws/ap-southeast-2\t0.19@p",
            "gcp/us-east1\taws/us-east-1\t0.12@p",
            "gcp/us-east1\taws/us-west-2\t0.12@p",
            "gcp/us-east1\tinternet\t0.12~p",
            "lambda/*\tinternet\t0?h",
            "lambda/*\tlambda/*\t0?h",
            "lambda/*\tsame\t0?h",
            "lambda/*\tzones\tunknown:not-covered",
        ]
    );
}

#[test]
fn blank_gpu_facts_are_unknown_and_odd_names_are_mended() {
    let got = imported(
        Format::Gpus,
        &[(
            "gpus.csv",
            "gpu,arch,compute_cap,mem_nominal_gb,nvml_total_mib,cuda_total_gib_obs,bw_gb_s,fp16_tensor_dense_tflops,public_cloud\n\
             \"A16 (per GPU, x4 board)\",Ampere,8.6,16,15356,14.89,200,17.9,none\n\
             H100-NVL-94,Hopper,9.0,94,,,3938,,-\n",
        )],
    );
    let gpus = table(&got, "gpus.tsv");
    assert!(
        gpus.starts_with(
            "A16\tAmpere\t8.6\t15356\t15247\t200\t17.9\tNVIDIA A16\t-\t-\tnone\nGH200\t"
        )
    );
    assert!(
        gpus.contains(
            "H100-NVL-94\tHopper\t9.0\t96256\tunknown\t3938\tunknown\tNVIDIA H100 NVL\t-\t-\t-\n"
        ),
        "{gpus}"
    );
}

#[test]
fn regions_of_clouds_without_a_catalog_are_dropped() {
    let got = imported(
        Format::Regions,
        &[(
            "regions.csv",
            "provider,region,country,city\nalicloud,x,CN,y\naws,me-central-1,AE,\n",
        )],
    );
    assert_eq!(
        account(&got, "regions.csv"),
        "2 1 a provider without a catalog=1"
    );
    assert_eq!(table(&got, "regions.tsv"), "aws\tme-central-1\tAE\tunknown");
}

#[test]
fn what_can_not_be_imported_says_why() {
    let error = import(Format::Gcp, &input(&[])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the format needs a file called `vms.csv`"
    );
    let error = import(Format::Gcp, &input(&[("vms.csv", "a,b\n1,2\n")])).unwrap_err();
    assert_eq!(error.to_string(), "`vms.csv` has no column `InstanceType`");
    let mut undated = input(&[("vms.csv", GCP)]);
    undated.default_as_of = None;
    assert_eq!(
        import(Format::Gcp, &undated).unwrap_err(),
        ImportError::NoDate {
            file: "vms.csv".into()
        }
    );
    let zipped = input(&[
        ("instance_types.csv", AWS_TYPES),
        ("cpu_reference_prices.csv", AWS_CPU),
        ("gpu_prices.csv", AWS_GPU),
        ("offerings_by_zone.csv.gz", "this is no gzip"),
    ]);
    assert_eq!(
        import(Format::Aws, &zipped).unwrap_err().to_string(),
        "`offerings_by_zone.csv.gz` can't be decompressed"
    );
}
