//! The order of elimination, which decides how large its tables get.

use std::collections::BTreeSet;

use super::Problem;

/// In which order variables are eliminated, and how many combinations that looks at.
pub(super) struct Order {
    pub(super) variables: Vec<usize>,
    pub(super) effort: usize,
    /// Cells of the largest combined table.
    pub(super) largest: usize,
}

impl Order {
    /// Always the variable next whose combined table is smallest; the first one of equals.
    pub(super) fn of(problem: &Problem) -> Self {
        let sizes: Vec<usize> = problem.unary.iter().map(Vec::len).collect();
        let mut around: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); sizes.len()];
        for pair in &problem.pairs {
            around[pair.a].insert(pair.b);
            around[pair.b].insert(pair.a);
        }
        let cells = |v: usize, around: &[BTreeSet<usize>]| {
            let sizes = around[v].iter().map(|n| sizes[*n]);
            sizes.fold(1usize, usize::saturating_mul)
        };
        let mut left: BTreeSet<usize> = (0..sizes.len()).collect();
        let (mut variables, mut effort, mut largest) = (Vec::new(), 0usize, 0);
        while let Some(next) = left.iter().copied().min_by_key(|v| cells(*v, &around)) {
            let table = cells(next, &around);
            largest = largest.max(table);
            effort = effort.saturating_add(table.saturating_mul(sizes[next]));
            left.remove(&next);
            variables.push(next);
            let beside = std::mem::take(&mut around[next]);
            for a in &beside {
                around[*a].remove(&next);
                around[*a].extend(beside.iter().filter(|b| *b != a));
            }
        }
        Self {
            variables,
            effort,
            largest,
        }
    }
}
