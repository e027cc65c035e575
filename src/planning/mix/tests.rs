//! The published example, cases worked out by hand, and small random ones against all counts.

use proptest::prelude::*;

use super::*;

fn node(cost: u64, most: u32) -> NodeType {
    NodeType { cost, most }
}

fn bucket(rate: f64, throughput: &[f64]) -> Bucket {
    Bucket {
        rate,
        throughput: throughput
            .iter()
            .map(|t| (*t > 0.0).then_some(*t))
            .collect(),
    }
}

/// That a mix serves everything with the nodes it has, and costs what it says.
#[track_caller]
fn assert_serves(mix: &Mix, types: &[NodeType], buckets: &[Bucket], utilisation: f64) {
    for (part, bucket) in mix.split.iter().zip(buckets) {
        let served: f64 = part.iter().sum();
        assert!((served - bucket.rate).abs() <= 1e-9 * bucket.rate.max(1.0));
        assert!(part.iter().all(|rate| *rate >= 0.0));
    }
    let mut cost = 0;
    for (g, kind) in types.iter().enumerate() {
        let mut busy = 0.0;
        for (part, bucket) in mix.split.iter().zip(buckets) {
            if part[g] > 0.0 {
                busy += part[g] / bucket.throughput[g].unwrap();
            }
        }
        let available = f64::from(mix.nodes[g]) * utilisation;
        assert!(busy <= available + 1e-8, "{busy} of {available}");
        assert!(mix.nodes[g] <= kind.most);
        cost += u128::from(kind.cost) * u128::from(mix.nodes[g]);
    }
    assert_eq!(cost, mix.cost);
    assert!(mix.bound <= mix.cost);
}

/// Mélange's example: 30 requests/s are 6, 3, 15 and 6 of the four buckets. What nodes of each type
/// that takes, and what it costs to serve a whole bucket by shares of nodes:
///
/// | rate | A10G | nodes | USD | A100 | nodes | USD |
/// | ---: | ---: | ----: | --: | ---: | ----: | --: |
/// | 6 | 2 | 3.0 | 3.03 | 20 | 0.30 | 1.101 |
/// | 3 | 1 | 3.0 | 3.03 | 20 | 0.15 | 0.5505 |
/// | 15 | 5 | 3.0 | 3.03 | 40 | 0.375 | 1.37625 |
/// | 6 | 2 | 3.0 | 3.03 | 20 | 0.30 | 1.101 |
///
/// All on A100 is 1.125 nodes, so 1 isn't enough. One A10G takes over a third of the third bucket,
/// 0.125 of the A100, and all fits: 3.67 + 1.01 = 4.68. Two A100 cost 7.34, A10G alone 12.12.
#[test]
fn the_published_example_takes_one_of_each() {
    let types = [node(1_010_000, 100), node(3_670_000, 100)];
    let buckets = [
        bucket(6.0, &[2.0, 20.0]),
        bucket(3.0, &[1.0, 20.0]),
        bucket(15.0, &[5.0, 40.0]),
        bucket(6.0, &[2.0, 20.0]),
    ];
    let mix = cheapest(&types, &buckets, 1.0).unwrap();
    assert_eq!((mix.nodes.as_slice(), mix.cost), (&[1, 1][..], 4_680_000));
    assert_eq!(mix.bound, mix.cost);
    assert_serves(&mix, &types, &buckets, 1.0);
}

#[test]
fn a_type_that_runs_out_is_helped_by_a_dearer_one() {
    let types = [node(1_000, 2), node(3_000, 9)];
    let mix = cheapest(&types, &[bucket(35.0, &[10.0, 10.0])], 1.0).unwrap();
    assert_eq!((mix.nodes, mix.cost), (vec![2, 2], 8_000));
}

#[test]
fn utilisation_leaves_room() {
    let types = [node(1_000, 9)];
    let nodes = |utilisation| cheapest(&types, &[bucket(20.0, &[10.0])], utilisation);
    assert_eq!(nodes(1.0).unwrap().nodes, [2]);
    assert_eq!(nodes(0.7).unwrap().nodes, [3]);
}

#[test]
fn a_full_node_is_no_two_nodes_for_rounding() {
    let buckets: Vec<Bucket> = (0..10).map(|_| bucket(0.1, &[1.0])).collect();
    let mix = cheapest(&[node(7, 9)], &buckets, 1.0).unwrap();
    assert_eq!(mix.nodes, [1]);
}

#[test]
fn what_nothing_can_serve_has_no_mix() {
    let types = [node(1_000, 2), node(1_000, 2)];
    let none = |buckets: &[Bucket]| cheapest(&types, buckets, 1.0).unwrap_err();
    assert_eq!(none(&[bucket(1.0, &[0.0, 0.0])]), NoMix::NotEnough);
    assert_eq!(none(&[bucket(41.0, &[10.0, 10.0])]), NoMix::NotEnough);
    assert_eq!(none(&[bucket(21.0, &[10.0, 0.0])]), NoMix::NotEnough);
    assert_eq!(
        cheapest(&[], &[bucket(1.0, &[])], 1.0).unwrap_err(),
        NoMix::NotEnough
    );
}

#[test]
fn no_requests_take_no_nodes() {
    let types = [node(1_000, 2)];
    assert_eq!(cheapest(&types, &[], 1.0).unwrap().nodes, [0]);
    let idle = cheapest(&types, &[bucket(0.0, &[0.0])], 1.0).unwrap();
    assert_eq!((idle.nodes, idle.cost), (vec![0], 0));
}

#[test]
fn what_is_no_rate_is_refused() {
    let types = [node(1_000, 2)];
    let refused = |bucket, utilisation| cheapest(&types, &[bucket], utilisation).unwrap_err();
    assert_eq!(refused(bucket(-1.0, &[1.0]), 1.0), NoMix::Malformed);
    assert_eq!(refused(bucket(f64::NAN, &[1.0]), 1.0), NoMix::Malformed);
    assert_eq!(refused(bucket(1.0, &[1.0, 2.0]), 1.0), NoMix::Malformed);
    assert_eq!(refused(bucket(1.0, &[1.0]), 0.0), NoMix::Malformed);
    assert_eq!(refused(bucket(1.0, &[1.0]), 1.1), NoMix::Malformed);
    let many = vec![node(1, 1); 1_000];
    let buckets = vec![bucket(1.0, &[1.0; 1_000]); 10];
    assert_eq!(cheapest(&many, &buckets, 1.0).unwrap_err(), NoMix::TooLarge);
}

/// Types that are each best at something, so that a mix pays.
fn varied(n_types: u32, n_buckets: u32) -> (Vec<NodeType>, Vec<Bucket>) {
    let types = (0..n_types).map(|g| node(700_000 + 613_000 * u64::from(g), 500));
    let of_bucket = |b: u32| {
        let speed = |g: u32| f64::from(3 + g * (2 + (b * 7 + g * 3) % 5));
        let speeds: Vec<f64> = (0..n_types).map(speed).collect();
        bucket(f64::from(40 + 17 * b), &speeds)
    };
    (types.collect(), (0..n_buckets).map(of_bucket).collect())
}

#[test]
fn a_service_of_many_nodes_is_proven() {
    let (types, buckets) = varied(8, 10);
    let mix = cheapest(&types, &buckets, 0.7).unwrap();
    assert_eq!(mix.bound, mix.cost);
    assert!(mix.nodes.iter().sum::<u32>() > 20);
    assert_serves(&mix, &types, &buckets, 0.7);
}

#[test]
fn a_mix_without_proof_says_how_much_cheaper_one_may_be() {
    let (types, buckets) = varied(8, 10);
    let best = cheapest(&types, &buckets, 0.7).unwrap();
    let mix = cheapest_within(1_000_000, &types, &buckets, 0.7).unwrap();
    assert!(mix.bound < mix.cost);
    assert!(mix.bound <= best.cost && best.cost <= mix.cost);
    assert_serves(&mix, &types, &buckets, 0.7);
}

/// Whether counts of two types can serve all: it is best for the first to take on what saves most
/// of the second for each node of the first, until it is full.
fn can_serve(nodes: [u32; 2], buckets: &[Bucket], utilisation: f64) -> bool {
    let mut room = f64::from(nodes[0]) * utilisation;
    let mut other = 0.0;
    // What only the first can do saves infinitely much, and so comes first.
    let mut works: Vec<(f64, f64)> = buckets
        .iter()
        .map(|b| {
            let work = |g: usize| b.throughput[g].map_or(f64::INFINITY, |t| b.rate / t);
            (work(0), work(1))
        })
        .collect();
    works.sort_by(|a, b| (b.1 / b.0).total_cmp(&(a.1 / a.0)));
    for (first, second) in works {
        let share = (room / first).min(1.0);
        // Full up to rounding: what is left over is no reason for another node.
        let share = if share > 1.0 - 1e-9 { 1.0 } else { share };
        room -= if share > 0.0 { share * first } else { 0.0 };
        room = room.max(0.0);
        other += if share < 1.0 {
            (1.0 - share) * second
        } else {
            0.0
        };
    }
    other <= f64::from(nodes[1]) * utilisation + 1e-9
}

fn any_bucket(n_types: usize) -> impl Strategy<Value = Bucket> {
    let throughput = proptest::option::weighted(0.85, (1..40u32).prop_map(f64::from));
    (1..60u32, proptest::collection::vec(throughput, n_types)).prop_map(|(rate, throughput)| {
        Bucket {
            rate: f64::from(rate),
            throughput,
        }
    })
}

fn any_types(n_types: usize) -> impl Strategy<Value = Vec<NodeType>> {
    let kind = (0..20u64, 0..8u32).prop_map(|(cost, most)| node(cost, most));
    proptest::collection::vec(kind, n_types)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_mix_of_two_types_is_the_cheapest_of_all_counts(
        types in any_types(2), buckets in proptest::collection::vec(any_bucket(2), 0..5),
        percent in 50..=100u32,
    ) {
        let utilisation = f64::from(percent) / 100.0;
        let mut least: Option<u128> = None;
        for first in 0..=types[0].most {
            for second in 0..=types[1].most {
                let cost = u128::from(types[0].cost) * u128::from(first)
                    + u128::from(types[1].cost) * u128::from(second);
                if can_serve([first, second], &buckets, utilisation) {
                    least = Some(least.map_or(cost, |l| l.min(cost)));
                }
            }
        }
        let found = cheapest(&types, &buckets, utilisation);
        prop_assert_eq!(found.as_ref().ok().map(|m| m.cost), least);
        if let Ok(mix) = found {
            prop_assert_eq!(mix.bound, mix.cost);
            assert_serves(&mix, &types, &buckets, utilisation);
        }
    }

    /// With one bucket counts need only sum to enough, so all of four types can be tried.
    #[test]
    fn a_mix_for_one_bucket_is_the_cheapest_of_all_counts(
        types in any_types(4), bucket in any_bucket(4),
    ) {
        let mut least: Option<u128> = None;
        let counts: Vec<u32> = types.iter().map(|t| t.most + 1).collect();
        for number in 0..counts.iter().product::<u32>() {
            let (mut rest, mut cost, mut served) = (number, 0, 0.0);
            for (g, count) in counts.iter().enumerate() {
                let nodes = rest % count;
                rest /= count;
                cost += u128::from(nodes) * u128::from(types[g].cost);
                served += f64::from(nodes) * bucket.throughput[g].unwrap_or(0.0);
            }
            if served >= bucket.rate {
                least = Some(least.map_or(cost, |l| l.min(cost)));
            }
        }
        let found = cheapest(&types, &[bucket], 1.0);
        prop_assert_eq!(found.ok().map(|m| m.cost), least);
    }
}
