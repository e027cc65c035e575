//! The mix of fractional nodes: a linear program, solved through its dual.
//!
//! With a price `z_g` on the capacity of each type, `y_b` on each bucket served and `w_bg` the work
//! of a whole bucket, the dual is
//!
//! ```text
//! maximise   Σ y_b + Σ least_g · p_g − Σ most_g · q_g
//! such that  y_b − w_bg · z_g ≤ 0           for every bucket and type that can serve it
//!            z_g + p_g − q_g ≤ cost_g       for every type
//! ```
//!
//! with nothing negative. All right sides are at least 0, so the simplex method starts at 0 and
//! needs no first phase; it runs off without bound exactly when no mix serves everything. What it
//! prices the rows at is the answer: shares of buckets, and counts of nodes.
//!
//! The bound is computed afresh from the prices alone: any `z ≥ 0` proves
//! `Σ_b min_g w_bg·z_g + Σ_g [least_g·(cost_g − z_g)⁺ − most_g·(z_g − cost_g)⁺]`.

use super::Problem;

/// Entries of the table smaller than this are rounding, as all are scaled to about one.
const TINY: f64 = 1e-11;

/// Pivots that a program of this many rows and columns may take before it is given up; the simplex
/// method usually takes two or three times the rows.
const PIVOTS_PER_LINE: usize = 50;

/// Pivots without progress after which Bland's rule takes over, which never comes round in a circle.
const STALLED: u32 = 20;

/// A fractional mix.
pub(super) struct Relaxed {
    /// Nodes of each type.
    pub(super) nodes: Vec<f64>,
    /// Shares of each bucket that go to each type; of each bucket 1 in all.
    pub(super) shares: Vec<Vec<f64>>,
    /// No whole mix in these limits costs less, in micro-USD per hour.
    pub(super) bound: u128,
}

/// Solves the relaxation with counts from `least` to `most`; `None` when these can't serve all.
///
/// Takes what it computes off `work_left`. With nothing left the bound holds all the same, and the
/// shares are a guess.
pub(super) fn solve(
    problem: &Problem,
    least: &[u32],
    most: &[u32],
    work_left: &mut u64,
) -> Option<Relaxed> {
    let (n_types, n_buckets) = (least.len(), problem.work.len());
    let dearest = problem.costs.iter().copied().fold(0.0, f64::max);
    let scale = if dearest > 0.0 { dearest } else { 1.0 };
    let largest: Vec<f64> = problem.work.iter().map(|work| largest(work)).collect();
    let mut table = Table::new(n_buckets + 3 * n_types);
    for (b, size) in largest.iter().enumerate() {
        table.objective[b] = *size;
        for (g, work) in problem.work[b].iter().enumerate() {
            if work.is_finite() {
                table.row(&[(b, 1.0), (n_buckets + g, -work / size)], 0.0);
            }
        }
    }
    for (g, cost) in problem.costs.iter().enumerate() {
        let [price, low, high] = [0, 1, 2].map(|block| n_buckets + block * n_types + g);
        table.objective[low] = f64::from(least[g]);
        table.objective[high] = -f64::from(most[g]);
        table.row(&[(price, 1.0), (low, 1.0), (high, -1.0)], cost / scale);
    }
    if !table.maximise(work_left) {
        return None;
    }
    let prices: Vec<f64> = (0..n_types)
        .map(|g| table.value(n_buckets + g).max(0.0) * scale)
        .collect();
    let shares = shares(problem, &table, &prices);
    Some(Relaxed {
        nodes: (0..n_types)
            .map(|g| busy(problem, &shares, g).max(f64::from(least[g])))
            .collect(),
        bound: bound(problem, &prices, least, most),
        shares,
    })
}

/// The nodes of a type that the shares keep busy.
pub(super) fn busy(problem: &Problem, shares: &[Vec<f64>], g: usize) -> f64 {
    let parts = shares.iter().zip(&problem.work);
    // No share of what can't be served: 0 times infinity would be no number.
    let taken = parts.filter(|(share, _)| share[g] > 0.0);
    taken.map(|(share, work)| share[g] * work[g]).sum()
}

/// A whole number that a float holds, within what a count can be.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates, which is what is wanted"
)]
pub(super) fn whole(value: f64) -> u32 {
    value as u32
}

/// The largest work of a bucket where it can be served, to scale it by; 1 for none.
fn largest(work: &[f64]) -> f64 {
    let finite = work.iter().copied().filter(|w| w.is_finite());
    let largest = finite.fold(0.0, f64::max);
    if largest > 0.0 { largest } else { 1.0 }
}

/// What the rows of buckets and types are priced at, made to be 1 for each bucket. A bucket too
/// small beside the others to show goes where its work is cheapest.
fn shares(problem: &Problem, table: &Table, prices: &[f64]) -> Vec<Vec<f64>> {
    let mut row = 0;
    let mut of_bucket = |work: &Vec<f64>| {
        let mut share = vec![0.0; work.len()];
        for (g, work) in work.iter().enumerate() {
            if work.is_finite() {
                share[g] = table.price(row).max(0.0);
                row += 1;
            }
        }
        let sum: f64 = share.iter().sum();
        for share in &mut share {
            // What rounding leaves behind must not take a node.
            *share = if *share < sum * 1e-12 { 0.0 } else { *share };
        }
        if sum > TINY {
            return share.iter().map(|s| s / sum).collect();
        }
        let servable = (0..work.len()).filter(|g| work[*g].is_finite());
        let cheapest = servable.min_by(|a, b| {
            let cost = |g: usize| (work[g] * prices[g], work[g]);
            let ((cost_a, work_a), (cost_b, work_b)) = (cost(*a), cost(*b));
            cost_a.total_cmp(&cost_b).then(work_a.total_cmp(&work_b))
        });
        if let Some(g) = cheapest {
            share[g] = 1.0;
        }
        share
    };
    problem.work.iter().map(&mut of_bucket).collect()
}

/// The bound that prices prove, rounded up to a whole micro-USD since costs are whole.
fn bound(problem: &Problem, prices: &[f64], least: &[u32], most: &[u32]) -> u128 {
    let (mut sum, mut size) = (0.0_f64, 0.0_f64);
    let mut add = |term: f64| {
        sum += term;
        size += term.abs();
    };
    for work in &problem.work {
        let costs = work.iter().zip(prices);
        let served = costs.filter(|(work, _)| work.is_finite());
        let least = served.map(|(w, z)| w * z).fold(f64::INFINITY, f64::min);
        if least.is_finite() {
            add(least);
        }
    }
    for (g, cost) in problem.costs.iter().enumerate() {
        add(f64::from(least[g]) * (cost - prices[g]).max(0.0));
        add(-f64::from(most[g]) * (prices[g] - cost).max(0.0));
    }
    // A sum of floats is off by less than this, so that the bound stays one.
    let proven = (sum - size * 1e-12 - 1e-6).ceil().max(0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and the conversion saturates"
    )]
    let bound = proven as u128;
    bound
}

/// The simplex method on `maximise c·x, A·x ≤ b, x ≥ 0` with `b ≥ 0`, in the form that keeps only
/// the columns of variables that are zero (G. B. Dantzig, "Linear Programming and Extensions", 1963).
struct Table {
    /// Entries by row; the last of each is its right side.
    rows: Vec<Vec<f64>>,
    objective: Vec<f64>,
    /// The variable of each row; those from `n_columns` on are slacks of the rows.
    of_row: Vec<usize>,
    /// The variable of each column.
    of_column: Vec<usize>,
}

impl Table {
    fn new(n_columns: usize) -> Self {
        Self {
            rows: Vec::new(),
            objective: vec![0.0; n_columns],
            of_row: Vec::new(),
            of_column: (0..n_columns).collect(),
        }
    }

    fn row(&mut self, entries: &[(usize, f64)], right: f64) {
        let n_columns = self.objective.len();
        let mut row = vec![0.0; n_columns + 1];
        for (column, entry) in entries {
            row[*column] = *entry;
        }
        row[n_columns] = right;
        self.of_row.push(n_columns + self.rows.len());
        self.rows.push(row);
    }

    /// Goes to the optimum, or as far as `work_left` reaches; false if there is none, as the
    /// objective grows without end.
    fn maximise(&mut self, work_left: &mut u64) -> bool {
        let n_lines = self.rows.len() + self.objective.len();
        let entries = self.rows.len().saturating_mul(self.objective.len());
        let entries = u64::try_from(entries).unwrap_or(u64::MAX).max(1);
        let largest = self.objective.iter().fold(1.0_f64, |m, c| m.max(*c));
        let mut stalled = 0;
        for _ in 0..n_lines * PIVOTS_PER_LINE {
            let Some(column) = self.entering(largest * TINY, stalled >= STALLED) else {
                return true;
            };
            let Some(row) = self.leaving(column) else {
                return false;
            };
            if *work_left < entries {
                *work_left = 0;
                return true;
            }
            *work_left -= entries;
            let moves = self.rows[row][self.objective.len()] > TINY;
            stalled = if moves { 0 } else { stalled + 1 };
            self.pivot(row, column);
        }
        true
    }

    /// The column that improves fastest, or by Bland's rule the first variable that improves.
    fn entering(&self, tolerance: f64, by_bland: bool) -> Option<usize> {
        let improving = (0..self.objective.len()).filter(|c| self.objective[*c] > tolerance);
        if by_bland {
            improving.min_by_key(|c| self.of_column[*c])
        } else {
            improving.min_by(|a, b| {
                let faster = self.objective[*b].total_cmp(&self.objective[*a]);
                faster.then(self.of_column[*a].cmp(&self.of_column[*b]))
            })
        }
    }

    /// The row that limits a column most, of equals the first variable.
    fn leaving(&self, column: usize) -> Option<usize> {
        let right = self.objective.len();
        let limiting = (0..self.rows.len()).filter(|r| self.rows[*r][column] > TINY);
        limiting.min_by(|a, b| {
            let ratio = |r: usize| self.rows[r][right] / self.rows[r][column];
            let nearer = ratio(*a).total_cmp(&ratio(*b));
            nearer.then(self.of_row[*a].cmp(&self.of_row[*b]))
        })
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let inverse = self.rows[row][column].recip();
        for entry in &mut self.rows[row] {
            *entry *= inverse;
        }
        self.rows[row][column] = inverse;
        let pivot_row = self.rows[row].clone();
        let eliminate = |line: &mut Vec<f64>| {
            let factor = line[column];
            if factor == 0.0 {
                return;
            }
            line[column] = 0.0;
            for (entry, pivot) in line.iter_mut().zip(&pivot_row) {
                *entry -= factor * pivot;
            }
        };
        let others = self.rows.iter_mut().enumerate();
        others
            .filter(|(r, _)| *r != row)
            .for_each(|(_, line)| eliminate(line));
        eliminate(&mut self.objective);
        let right = self.objective.len();
        for line in &mut self.rows {
            // Right sides are never negative but by rounding.
            line[right] = line[right].max(0.0);
        }
        std::mem::swap(&mut self.of_row[row], &mut self.of_column[column]);
    }

    /// What a variable is worth: its right side if it has a row, else 0.
    fn value(&self, variable: usize) -> f64 {
        let row = self.of_row.iter().position(|v| *v == variable);
        row.map_or(0.0, |r| self.rows[r][self.objective.len()])
    }

    /// What one more on the right side of an original row would add to the objective.
    fn price(&self, row: usize) -> f64 {
        let slack = self.objective.len() + row;
        let column = self.of_column.iter().position(|v| *v == slack);
        column.map_or(0.0, |c| -self.objective[c])
    }
}
