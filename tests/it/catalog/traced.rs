//! Rows of the built-in catalogs, traced by hand to the published sheets: two for each cloud, one
//! of them with GPUs.

use std::sync::LazyLock;

use mlinfra::catalog::{Basis, Catalog, Price, UnknownReason};
use mlinfra::model::{CapacityType, ProviderName};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().unwrap());

/// `rate basis` of an offering, or `unknown reason`.
#[track_caller]
fn rate(provider: ProviderName, name: &str, place: &str, capacity: CapacityType) -> String {
    let types = CATALOG.instance_types();
    let found = types.filter(|(_, t)| t.provider == provider && t.name == name);
    let rows = found.flat_map(|(index, _)| CATALOG.rows_of(index));
    let here = |p: &mlinfra::catalog::Place| {
        let region = CATALOG.region(p.region).name.as_str();
        p.zone.as_deref().unwrap_or(region) == place
    };
    let rows: Vec<_> = rows.filter(|r| here(CATALOG.place(r.place))).collect();
    assert_eq!(rows.len(), 1, "{name} in {place}");
    match rows[0].price(capacity) {
        Price::Known(quote) => format!("{} {}", quote.rate, quote.basis),
        Price::Unknown { reason } => format!("unknown {reason}"),
    }
}

use CapacityType::{OnDemand, Spot};
use ProviderName::{Aws, Azure, Gcp, Lambda};

/// gpu_prices.csv: `g5.2xlarge,A10G,1,8,32,1.35296,0.820600,eu-west-1,euw1-az1`.
#[test]
fn aws_gpu_machine() {
    assert_eq!(
        rate(Aws, "g5.2xlarge", "euw1-az1", OnDemand),
        "1.35296 listed"
    );
    assert_eq!(rate(Aws, "g5.2xlarge", "euw1-az1", Spot), "0.8206 listed");
}

/// cpu_reference_prices.csv: `m7i.2xlarge,8.0,…,0.4494,…,eu-west-1,euw1-az1`; m7i.8xlarge has 32
/// vCPUs: × 4 = 1.7976. The spot advisor says 54 % savings: × 0.46 = 0.826896.
#[test]
fn aws_cpu_machine() {
    assert_eq!(
        rate(Aws, "m7i.8xlarge", "euw1-az1", OnDemand),
        "1.7976 derived"
    );
    assert_eq!(
        rate(Aws, "m7i.8xlarge", "euw1-az1", Spot),
        "0.826896 estimated"
    );
}

/// gpu_prices.csv: `p5e.48xlarge,H200,8,192,2048,,82.284800,ap-southeast-2,apse2-az3`.
#[test]
fn aws_machine_that_is_sold_in_blocks_only() {
    assert_eq!(
        rate(Aws, "p5e.48xlarge", "apse2-az3", OnDemand),
        "unknown not-sold"
    );
    assert_eq!(
        rate(Aws, "p5e.48xlarge", "apse2-az3", Spot),
        "82.2848 listed"
    );
}

/// vms.csv: `Standard_NC24ads_A100_v4,A100-80GB,1,24,220,A100-80GB,3.673,0.746721,eastus,V2`.
#[test]
fn azure_gpu_machine() {
    let name = "Standard_NC24ads_A100_v4";
    assert_eq!(rate(Azure, name, "eastus", OnDemand), "3.673 listed");
    assert_eq!(rate(Azure, name, "eastus", Spot), "0.746721 listed");
    let mut types = CATALOG.instance_types();
    let gpu = types.find(|(_, t)| t.name == name).unwrap().1.gpu.unwrap();
    assert_eq!(CATALOG.gpu(gpu.gpu).name, "A100-80-PCIe");
    assert_eq!(gpu.milli, 1000);
}

/// vms.csv: `Standard_D4as_v5,,,4,16,,0.208,0.038438,westeurope,V1,V2`.
#[test]
fn azure_cpu_machine() {
    assert_eq!(
        rate(Azure, "Standard_D4as_v5", "westeurope", OnDemand),
        "0.208 listed"
    );
    assert_eq!(
        rate(Azure, "Standard_D4as_v5", "westeurope", Spot),
        "0.038438 listed"
    );
}

/// vms.csv, us-central1-a: host a2-highgpu-1g 0.73948 and 0.36975; A100 × 1 2.93391 and 1.4341.
#[test]
fn gcp_gpu_machine() {
    assert_eq!(
        rate(Gcp, "a2-highgpu-1g", "us-central1-a", OnDemand),
        "3.67339 derived"
    );
    assert_eq!(
        rate(Gcp, "a2-highgpu-1g", "us-central1-a", Spot),
        "1.80385 derived"
    );
    // Host n1-standard-8 0.38 and T4 × 1 0.35.
    let name = "n1-standard-8+T4x1";
    assert_eq!(rate(Gcp, name, "us-central1-a", OnDemand), "0.73 derived");
}

/// vms.csv: `n2-standard-4,4.0,16.0,,,,europe-west4,europe-west4-a,0.21383,0.07811`.
#[test]
fn gcp_cpu_machine() {
    assert_eq!(
        rate(Gcp, "n2-standard-4", "europe-west4-a", OnDemand),
        "0.21383 listed"
    );
    assert_eq!(
        rate(Gcp, "n2-standard-4", "europe-west4-a", Spot),
        "0.07811 listed"
    );
}

/// vms.csv: `gpu_8x_h100_sxm5,H100,8.0,208.0,1800.0,31.92,us-east-1`.
#[test]
fn lambda_gpu_machine() {
    assert_eq!(
        rate(Lambda, "gpu_8x_h100_sxm5", "us-east-1", OnDemand),
        "31.92 listed"
    );
    assert_eq!(
        rate(Lambda, "gpu_8x_h100_sxm5", "us-east-1", Spot),
        "unknown not-sold"
    );
}

/// vms.csv: `cpu_4x_general,,,4.0,16.0,0.2,us-west-1`.
#[test]
fn lambda_cpu_machine() {
    assert_eq!(
        rate(Lambda, "cpu_4x_general", "us-west-1", OnDemand),
        "0.2 listed"
    );
}

/// `rate basis` between two regions.
#[track_caller]
fn transfer(from: (ProviderName, &str), to: (ProviderName, &str)) -> String {
    let find = |(provider, name)| CATALOG.find_region(provider, name).unwrap();
    let quote = CATALOG.transfer(find(from), find(to)).quote().unwrap();
    format!("{} {}", quote.rate, quote.basis)
}

/// aws_transfer_costs.csv and region_pair_cost.csv.
#[test]
fn transfer_between_regions() {
    let east = (Aws, "us-east-1");
    assert_eq!(transfer(east, east), "0 listed");
    assert_eq!(transfer(east, (Aws, "eu-west-1")), "0.02 listed");
    assert_eq!(transfer(east, (Gcp, "us-central1")), "0.09 listed");
    // Regions of no table: within the cloud its highest rate, out of it the internet rate.
    assert_eq!(transfer(east, (Aws, "ap-southeast-5")), "0.147 estimated");
    assert_eq!(transfer(east, (Lambda, "us-east-1")), "0.09 derived");
    assert_eq!(transfer((Lambda, "us-east-1"), east), "0 estimated");
    let new = (Azure, "denmarkeast");
    assert_eq!(transfer(new, new), "0 derived");
    assert_eq!(transfer(new, east), "0.12 estimated");
}

#[test]
fn egress_and_storage_are_by_region() {
    let quote = |price: Price| {
        let quote = price.quote().unwrap();
        format!("{} {}", quote.rate, quote.basis)
    };
    let east = CATALOG.find_region(Aws, "us-east-1").unwrap();
    assert_eq!(quote(CATALOG.egress(east)), "0.09 listed");
    assert_eq!(quote(CATALOG.storage(east)), "0.023 estimated");
    let iowa = CATALOG.find_region(Gcp, "us-central1").unwrap();
    assert_eq!(quote(CATALOG.storage(iowa)), "0.02 listed");
    let cape = CATALOG.find_region(Aws, "af-south-1").unwrap();
    assert_eq!(quote(CATALOG.storage(cape)), "0.0405 estimated");
    let lambda = CATALOG.find_region(Lambda, "us-east-1").unwrap();
    let unknown = Price::Unknown {
        reason: UnknownReason::NotCovered,
    };
    assert_eq!(CATALOG.storage(lambda), unknown);
}

#[test]
fn there_are_more_than_100_000_offerings_and_none_is_free() {
    assert!(
        CATALOG.offering_count() > 300_000,
        "{}",
        CATALOG.offering_count()
    );
    for row in CATALOG.rows() {
        for price in [row.on_demand, row.spot] {
            assert!(price.quote().is_none_or(|q| q.rate.pico_usd() > 0));
        }
    }
}

#[test]
fn rates_cite_a_source_of_their_own_provider() {
    for (index, instance_type) in CATALOG.instance_types() {
        for row in CATALOG.rows_of(index) {
            for quote in [row.on_demand, row.spot]
                .into_iter()
                .filter_map(Price::quote)
            {
                let source = CATALOG.source(quote.source);
                assert_eq!(source.provider(), Some(instance_type.provider));
                let advisor = source.title.contains("Advisor");
                assert_eq!(advisor, quote.basis == Basis::Estimated, "{}", source.title);
            }
        }
    }
}

#[test]
fn the_lists_are_sorted_as_planning_expects() {
    let names: Vec<_> = CATALOG
        .instance_types()
        .map(|(_, t)| (t.provider, &t.name))
        .collect();
    assert!(names.is_sorted());
    let regions: Vec<_> = CATALOG
        .regions()
        .map(|(_, r)| (r.provider, &r.name))
        .collect();
    assert!(regions.is_sorted());
    let places: Vec<_> = CATALOG.places().map(|(_, p)| (p.region, &p.zone)).collect();
    assert!(places.is_sorted());
    assert!(
        CATALOG
            .rows()
            .is_sorted_by_key(|r| (r.instance_type, r.place))
    );
    assert!(CATALOG.gpus().map(|(_, g)| &g.name).is_sorted());
}
