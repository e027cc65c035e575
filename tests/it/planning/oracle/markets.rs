//! Random tiny catalogs: two or three clouds, a few types, and rates of which some aren't known.

use mlinfra::catalog::text::assemble;
use mlinfra::catalog::{Catalog, SourceInfo, TextCatalog};
use mlinfra::units::Date;

use super::dice::Dice;

/// A GPU's name and its row.
const GPUS: [(&str, &str); 6] = [
    (
        "A100-40-SXM4",
        "Ampere\t8.0\t40960\tunknown\t1555\t312\tunknown\t-\t-\tsome",
    ),
    (
        "A100-40-SXM4-MIG-3g.20gb",
        "Ampere\t8.0\t19968\tunknown\t777.5\t133.714\tunknown\tA100-40-SXM4\t2\t-",
    ),
    (
        "A100-80-SXM4",
        "Ampere\t8.0\t81920\tunknown\t2039\t312\tunknown\t-\t-\tsome",
    ),
    (
        "L4",
        "Ada\t8.9\t23034\tunknown\t300\t121\tunknown\t-\t-\tsome",
    ),
    (
        "T4",
        "Turing\t7.5\t15360\tunknown\t320\t65\tunknown\t-\t-\tsome",
    ),
    (
        "T4-MIG-1g.4gb",
        "Turing\t7.5\t3800\tunknown\t80\t16.25\tunknown\tT4\t4\t-",
    ),
];

/// A cloud with its types: name, vCPUs, MiB, GPU, GPUs, and what an hour costs in thousandths of a
/// USD.
type Cloud = (
    &'static str,
    &'static [(&'static str, u32, u32, &'static str, &'static str, usize)],
);

const CLOUDS: [Cloud; 4] = [
    (
        "aws",
        &[
            ("m5.large", 2, 8192, "-", "0", 100),
            ("m5.xlarge", 4, 16384, "-", "0", 190),
            ("c5.2xlarge", 8, 16384, "-", "0", 340),
            ("g6.xlarge", 4, 16384, "L4", "1", 800),
            ("g6f.xlarge", 4, 16384, "L4", "0.25", 250),
            ("p4.2x", 16, 131_072, "A100-40-SXM4", "2", 5_000),
        ],
    ),
    (
        "azure",
        &[
            ("Standard_D4s_v5", 4, 16384, "-", "0", 200),
            ("Standard_F2s", 2, 4096, "-", "0", 90),
            ("Standard_NC8_T4", 8, 57344, "T4", "1", 600),
            ("Standard_NV4_T4", 4, 28672, "T4", "0.5", 350),
            (
                "Standard_ND16_A100",
                16,
                131_072,
                "A100-80-SXM4",
                "1",
                3_500,
            ),
        ],
    ),
    (
        "gcp",
        &[
            ("n2-standard-4", 4, 16384, "-", "0", 180),
            ("e2-standard-8", 8, 32768, "-", "0", 260),
            ("g2-standard-8", 8, 32768, "L4", "1", 850),
            ("n1-standard-8-t4", 8, 30720, "T4", "2", 900),
        ],
    ),
    (
        "lambda",
        &[
            ("cpu_4x_general", 4, 16384, "-", "0", 170),
            ("gpu_1x_a100", 30, 204_800, "A100-40-SXM4", "1", 1_300),
        ],
    ),
];

/// The texts of one market, and what specs may name.
pub(in crate::planning) struct Market {
    pub(in crate::planning) texts: Vec<TextCatalog>,
    /// `aws/east` and its zones; none where they aren't known.
    pub(in crate::planning) regions: Vec<(String, Vec<String>)>,
    pub(in crate::planning) clouds: Vec<&'static str>,
    /// GPUs that some type has.
    pub(in crate::planning) gpus: Vec<&'static str>,
    /// Instance types that are offered, with their clouds.
    pub(in crate::planning) types: Vec<(&'static str, &'static str)>,
}

impl Market {
    pub(in crate::planning) fn catalog(&self) -> Catalog {
        Catalog::new(assemble(&self.texts).unwrap())
    }
}

/// A catalog without rows and with one source, `x`.
pub(super) fn text(name: &str) -> TextCatalog {
    let day = Date::parse("2026-01-01").unwrap();
    let mut catalog = TextCatalog::new(name, day);
    catalog.sources.push(SourceInfo {
        catalog: name.into(),
        id: "x".into(),
        title: "Invented".into(),
        as_of: day,
        sha256: "-".into(),
    });
    catalog
}

/// Thousandths of a USD as a cell, now and then unknown.
fn price(dice: &mut Dice, thousandths: usize, unknown: usize) -> String {
    if dice.chance(unknown) {
        return "unknown:not-covered".into();
    }
    let mark = dice.pick(&["@", "@", "~", "?"]);
    format!("{}.{:03}{mark}x", thousandths / 1000, thousandths % 1000)
}

/// A figure that is up to a half more or less.
fn about(dice: &mut Dice, value: usize) -> usize {
    (value * dice.between(50, 150) / 100).max(1)
}

/// Makes a market: `dice` say what is offered where, and `rates` for how much.
pub(in crate::planning) fn market(dice: &mut Dice, rates: &mut Dice) -> Market {
    let mut clouds: Vec<&Cloud> = CLOUDS.iter().collect();
    dice.shuffle(&mut clouds);
    clouds.truncate(dice.between(2, 3));
    let mut market = Market {
        texts: Vec::new(),
        regions: Vec::new(),
        clouds: clouds.iter().map(|(name, _)| *name).collect(),
        gpus: Vec::new(),
        types: Vec::new(),
    };
    let mut gpus = text("gpus");
    for (name, row) in GPUS {
        gpus.push("gpus.tsv", format!("{name}\t{row}"));
    }
    let mut regions = text("regions");
    let mut spot = text("spot");
    for cloud in clouds {
        let own = offer((dice, rates), cloud, &mut market, &mut regions, &mut spot);
        market.texts.push(own);
    }
    let data = [
        transfer(rates, &market),
        storage(rates, &market),
        bandwidth(rates, &market),
    ];
    market.texts.extend([gpus, regions, spot]);
    market.texts.extend(data);
    for catalog in &mut market.texts {
        catalog.sort();
    }
    market.gpus.sort_unstable();
    market.gpus.dedup();
    market.types.sort_unstable();
    market.types.dedup();
    market
}

/// What one cloud offers where.
fn offer(
    (dice, rates): (&mut Dice, &mut Dice),
    (cloud, types): &Cloud,
    market: &mut Market,
    regions: &mut TextCatalog,
    spot: &mut TextCatalog,
) -> TextCatalog {
    let mut own = text(cloud);
    for (name, vcpus, memory, gpu, gpus, _) in *types {
        own.push(
            "types.tsv",
            format!("{name}\t{vcpus}\t{memory}\tx86_64\tintel\t{gpu}\t{gpus}\t-"),
        );
    }
    let names: &[&str] = &["east", "north", "west"];
    for region in &names[..dice.between(1, 3).min(2 + dice.below(2))] {
        let zones: Vec<String> = match *cloud {
            "lambda" => vec![],
            "azure" if dice.chance(60) => vec![],
            _ => (1..=dice.between(1, 2))
                .map(|n| format!("{region}-{n}"))
                .collect(),
        };
        regions.push("regions.tsv", format!("{cloud}\t{region}\tUS\tTown"));
        let mut offering = std::collections::BTreeSet::new();
        for (name, _, _, gpu, _, rate) in *types {
            if dice.chance(35) {
                continue;
            }
            let unzoned = ["-".to_owned()];
            for zone in if zones.is_empty() {
                &unzoned[..]
            } else {
                &zones
            } {
                if zones.len() > 1 && dice.chance(30) {
                    continue;
                }
                let list = about(rates, *rate);
                let cut = rates.between(25, 90);
                let cells = [
                    price(rates, list, 8),
                    price(rates, (list * cut / 100).max(1), 15),
                ];
                let row = format!("{name}\t{zone}\t{}\t{}", cells[0], cells[1]);
                own.push(&format!("rates/{region}.tsv"), row);
                offering.extend((zone != "-").then(|| zone.clone()));
                market.types.push((cloud, name));
                market.gpus.extend((*gpu != "-").then_some(*gpu));
            }
            if *cloud == "aws" && rates.chance(70) {
                let share = rates.pick(&["<5", "5-10", "10-15", "15-20", ">20"]);
                spot.push(&format!("aws/{region}.tsv"), format!("{name}\t{share}@x"));
            }
        }
        let zones = offering.into_iter().collect();
        market.regions.push((format!("{cloud}/{region}"), zones));
    }
    own
}

fn transfer(dice: &mut Dice, market: &Market) -> TextCatalog {
    let mut transfer = text("transfer");
    let mut push = |dice: &mut Dice, from: &str, to: &str, rate: usize, unknown: usize| {
        let cell = price(dice, rate, unknown);
        transfer.push("transfer.tsv", format!("{from}\t{to}\t{cell}"));
    };
    for cloud in &market.clouds {
        let from = format!("{cloud}/*");
        let rate = dice.between(5, 40);
        push(dice, &from, &from, rate, 5);
        let rate = dice.between(20, 120);
        push(dice, &from, "internet", rate, 10);
        let rate = dice.between(5, 30);
        push(dice, &from, "zones", rate, 10);
        push(dice, &from, "same", 0, 0);
    }
    for (from, _) in &market.regions {
        let (to, _) = dice.pick(&market.regions).clone();
        if *from != to && dice.chance(50) {
            let rate = dice.between(0, 100);
            push(dice, from, &to, rate, 5);
        }
    }
    transfer
}

fn storage(dice: &mut Dice, market: &Market) -> TextCatalog {
    let mut storage = text("storage");
    for (region, _) in &market.regions {
        let rate = dice.between(10, 60);
        let cell = price(dice, rate, 8);
        storage.push("storage.tsv", format!("{region}\t{cell}"));
    }
    storage
}

fn bandwidth(dice: &mut Dice, market: &Market) -> TextCatalog {
    let mut bandwidth = text("bandwidth");
    // Without any row no bandwidth is known, and nothing is waited for.
    let listed = *dice.pick(&[0, 60, 100, 100]);
    for (from, _) in &market.regions {
        for (to, _) in &market.regions {
            if from != to && dice.chance(listed) {
                let megabits = dice.between(100, 6_000);
                bandwidth.push("bandwidth.tsv", format!("{from}\t{to}\t{megabits}@x"));
            }
        }
    }
    bandwidth
}
