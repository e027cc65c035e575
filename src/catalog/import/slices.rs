//! The slices that cards can be partitioned into (MIG), from the vendor's guide and from what
//! `nvidia-smi mig -lgip` printed, by hand.

use super::gpus::Facts;
use crate::catalog::text::{NONE, UNKNOWN, parse_thousandths, print_thousandths};

/// How cards of a kind are partitioned.
struct Partition {
    /// The cards.
    cards: &'static [&'static str],
    /// Parts that the processors of a card come in.
    compute: u64,
    /// Parts that its memory comes in.
    memory: u64,
    profiles: &'static [Profile],
}

/// Name, parts of the processors, parts of the memory, hundredths of GiB, slices of one card.
type Profile = (&'static str, u64, u64, u64, u64);

/// Where drivers print different sizes the least stands here. Of the B200's `3g`, `4g` and `7g` no
/// output was found: they are multiples of its `2g`, which is less than they can have.
const PARTITIONS: [Partition; 7] = [
    Partition {
        cards: &["A30"],
        compute: 4,
        memory: 4,
        profiles: &[
            ("1g.6gb", 1, 1, 581, 4),
            ("2g.12gb", 2, 2, 1169, 2),
            ("4g.24gb", 4, 4, 2344, 1),
        ],
    },
    Partition {
        cards: &["A100-40-PCIe", "A100-40-SXM4"],
        compute: 7,
        memory: 8,
        profiles: &[
            ("1g.5gb", 1, 1, 475, 7),
            ("1g.10gb", 1, 2, 962, 4),
            ("2g.10gb", 2, 2, 962, 3),
            ("3g.20gb", 3, 4, 1950, 2),
            ("4g.20gb", 4, 4, 1950, 1),
            ("7g.40gb", 7, 8, 3925, 1),
        ],
    },
    Partition {
        cards: &["A100-80-PCIe", "A100-80-SXM4"],
        compute: 7,
        memory: 8,
        profiles: &[
            ("1g.10gb", 1, 1, 950, 7),
            ("1g.20gb", 1, 2, 1950, 4),
            ("2g.20gb", 2, 2, 1950, 3),
            ("3g.40gb", 3, 4, 3925, 2),
            ("4g.40gb", 4, 4, 3925, 1),
            ("7g.80gb", 7, 8, 7875, 1),
        ],
    },
    Partition {
        cards: &["H100-PCIe-80", "H100-SXM5-80"],
        compute: 7,
        memory: 8,
        profiles: &[
            ("1g.10gb", 1, 1, 975, 7),
            ("1g.20gb", 1, 2, 1962, 4),
            ("2g.20gb", 2, 2, 1962, 3),
            ("3g.40gb", 3, 4, 3950, 2),
            ("4g.40gb", 4, 4, 3950, 1),
            ("7g.80gb", 7, 8, 7925, 1),
        ],
    },
    Partition {
        cards: &["H100-NVL-94"],
        compute: 7,
        memory: 8,
        profiles: &[
            ("1g.12gb", 1, 1, 1075, 7),
            ("1g.24gb", 1, 2, 2150, 4),
            ("2g.24gb", 2, 2, 2150, 3),
            ("3g.47gb", 3, 4, 4612, 2),
            ("4g.47gb", 4, 4, 4612, 1),
            ("7g.94gb", 7, 8, 9262, 1),
        ],
    },
    Partition {
        cards: &["H200-SXM5-141"],
        compute: 7,
        memory: 8,
        profiles: &[
            ("1g.18gb", 1, 1, 1600, 7),
            ("1g.35gb", 1, 2, 3225, 4),
            ("2g.35gb", 2, 2, 3225, 3),
            ("3g.71gb", 3, 4, 6950, 2),
            ("4g.71gb", 4, 4, 6950, 1),
            ("7g.141gb", 7, 8, 13975, 1),
        ],
    },
    Partition {
        cards: &["B200"],
        compute: 7,
        memory: 8,
        profiles: &[
            ("1g.23gb", 1, 1, 2050, 7),
            ("1g.45gb", 1, 2, 4425, 4),
            ("2g.45gb", 2, 2, 4425, 3),
            ("3g.90gb", 3, 4, 8850, 2),
            ("4g.90gb", 4, 4, 8850, 1),
            ("7g.180gb", 7, 8, 17700, 1),
        ],
    },
];

/// The slices of a card, as lines of `gpus.tsv`.
pub(super) fn of(card: &Facts) -> Vec<Facts> {
    let of_card = |p: &&Partition| p.cards.contains(&card[0].as_str());
    let partitions = PARTITIONS.iter().filter(of_card);
    let slices = partitions.flat_map(|p| p.profiles.iter().map(|profile| slice(card, p, profile)));
    slices.collect()
}

/// A slice has its share of the card's bandwidth by memory, and of its throughput by processors.
fn slice(card: &Facts, partition: &Partition, profile: &Profile) -> Facts {
    let [
        name,
        architecture,
        capability,
        _,
        _,
        bandwidth,
        tensor,
        product,
        ..,
    ] = card;
    let (profile, compute, memory, centi_gib, per_card) = *profile;
    let product = match product.as_str() {
        UNKNOWN => UNKNOWN.to_owned(),
        card => format!("{card} MIG {profile}"),
    };
    [
        format!("{name}-MIG-{profile}"),
        architecture.clone(),
        capability.clone(),
        (centi_gib * 1024 / 100).to_string(),
        UNKNOWN.to_owned(),
        share(bandwidth, memory, partition.memory),
        share(tensor, compute, partition.compute),
        product,
        name.clone(),
        per_card.to_string(),
        NONE.to_owned(),
    ]
}

/// So many parts of a figure, in whole thousandths.
fn share(figure: &str, parts: u64, of: u64) -> String {
    let milli = parse_thousandths(figure).ok();
    let part = milli.and_then(|milli| Some(milli.checked_mul(parts)? / of));
    part.map_or_else(|| UNKNOWN.to_owned(), print_thousandths)
}
