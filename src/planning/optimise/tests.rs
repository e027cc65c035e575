//! The exact solver and its pruning against exhaustive search.

use super::*;
use proptest::prelude::*;

/// More work than any of these needs.
fn unhurried() -> Work<'static> {
    Work::until(&|| false)
}

/// The oracle: every combination, one after the other.
fn exhaustive(problem: &Problem) -> Cost {
    let sizes: Vec<usize> = problem.unary.iter().map(Vec::len).collect();
    let all: Vec<usize> = (0..sizes.len()).collect();
    let mut choice = Cell::first(&all, &[], &sizes);
    let mut least = FORBIDDEN;
    for _ in 0..sizes.iter().product::<usize>() {
        least = least.min(problem.cost(&choice.options));
        choice.advance();
    }
    least
}

fn cost() -> impl Strategy<Value = Cost> {
    prop_oneof![9 => 0..50i64, 1 => Just(FORBIDDEN)]
}

fn problem() -> impl Strategy<Value = Problem> {
    proptest::collection::vec(1..=4usize, 1..=5).prop_flat_map(|sizes| {
        let n = sizes.len();
        let unary: Vec<_> = sizes
            .iter()
            .map(|s| proptest::collection::vec(cost(), *s))
            .collect();
        let pairs: Vec<_> = (0..n)
            .flat_map(|a| (a + 1..n).map(move |b| (a, b)))
            .map(|(a, b)| {
                let table = proptest::collection::vec(cost(), sizes[a] * sizes[b]);
                proptest::option::of(table.prop_map(move |costs: Vec<Cost>| Pair {
                    a,
                    b,
                    costs: costs.into(),
                }))
            })
            .collect();
        (unary, pairs).prop_map(|(unary, pairs)| Problem {
            unary,
            pairs: pairs.into_iter().flatten().collect(),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn elimination_equals_exhaustive_search(problem in problem()) {
        match solve(&problem, &mut unhurried()) {
            Answer::Exact(solution) => {
                prop_assert_eq!(solution.cost, exhaustive(&problem));
                prop_assert_eq!(problem.cost(&solution.choice), solution.cost);
            }
            answer => {
                prop_assert_eq!(answer, Answer::Nothing);
                prop_assert_eq!(exhaustive(&problem), FORBIDDEN);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn pruning_keeps_every_optimum(problem in problem()) {
        let least = exhaustive(&problem);
        let found = prune::best_found(&problem, prune::STARTS, &mut unhurried());
        let upper = found.map_or(FORBIDDEN, |found| found.cost);
        let pruned = prune::worthwhile(&problem, upper, Sweeping::Thorough, &mut unhurried());
        let kept = pruned.kept;
        prop_assert!(pruned.lower <= least);
        if least == FORBIDDEN {
            return Ok(());
        }
        let all: Vec<usize> = (0..kept.len()).collect();
        let sizes: Vec<usize> = problem.unary.iter().map(Vec::len).collect();
        let mut choice = Cell::first(&all, &[], &sizes);
        for _ in 0..sizes.iter().product::<usize>() {
            let options = &choice.options;
            if problem.cost(options) == least {
                let all_kept = options.iter().zip(&kept).all(|(option, kept)| kept.contains(option));
                prop_assert!(all_kept, "{:?} of {:?}", options, kept);
            }
            choice.advance();
        }
    }
}

/// Stages on a line of sites, each with its own favourite: moving costs by distance.
fn on_a_line(n: usize, sites: usize, edges: &[(usize, usize)]) -> Problem {
    let away = |a: usize, b: usize| Cost::try_from(a.abs_diff(b)).unwrap();
    let costs = |v: usize| {
        (0..sites)
            .map(|s| 1000 + 40 * away(s, v * 7 % sites))
            .collect()
    };
    let pair = |(a, b): &(usize, usize)| Pair {
        a: *a,
        b: *b,
        costs: (0..sites)
            .flat_map(|x| (0..sites).map(move |y| 30 * away(x, y)))
            .collect(),
    };
    Problem {
        unary: (0..n).map(costs).collect(),
        pairs: edges.iter().map(pair).collect(),
    }
}

#[test]
fn hard_problems_are_pruned_to_the_same_answer() {
    let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (1, 2), (0, 3)];
    let problem = on_a_line(4, 60, &edges);
    assert!(Order::of(&problem).effort > EASY);
    assert_eq!(
        Some(solve(&problem, &mut unhurried())),
        eliminate_all(&problem, &Order::of(&problem), &mut unhurried())
    );
}

#[test]
fn a_dense_graph_is_solved_where_most_options_are_never_best() {
    let n = 8;
    let unary: Vec<Cost> = (0..40).map(|option| 100 * (option - 3i64).abs()).collect();
    let apart = (0..40i64).flat_map(|a| (0..40).map(move |b| (a - b).abs()));
    let apart: Rc<[Cost]> = apart.collect();
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
    let pairs = pairs
        .map(|(a, b)| Pair {
            a,
            b,
            costs: apart.clone(),
        })
        .collect();
    let problem = Problem {
        unary: vec![unary; n],
        pairs,
    };
    let (cost, choice) = (0, vec![3; n]);
    let expected = Answer::Exact(Solution { cost, choice });
    assert_eq!(solve(&problem, &mut unhurried()), expected);
}

#[test]
fn a_graph_that_is_too_dense_is_bounded_and_a_choice_found() {
    let n = 12;
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
    let problem = Problem {
        unary: vec![vec![0; 10]; n],
        pairs: pairs
            .map(|(a, b)| Pair {
                a,
                b,
                costs: vec![1; 100].into(),
            })
            .collect(),
    };
    let Answer::Bounded(bounded) = solve(&problem, &mut unhurried()) else {
        panic!("it is too dense");
    };
    assert_eq!((bounded.lower, bounded.found.unwrap().cost), (66, 66));
}
