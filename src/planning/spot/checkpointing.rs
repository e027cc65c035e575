//! Expected run time with checkpoints, and the interval that makes it least.
//!
//! All times are in one unit, whichever: `work`, `cost` of a checkpoint, `restore`, `reacquire`
//! (until there is a node again), `mean` time between interruptions (may be infinite), `interval`.

/// When state is saved, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    /// Work between two checkpoints; `None` when none is made, 0 for all the time.
    pub(super) interval: Option<f64>,
    /// Time that each takes.
    pub(super) cost: f64,
}

impl Schedule {
    /// No checkpoints: one segment, the whole work.
    pub(super) const NEVER: Self = Self {
        interval: None,
        cost: 0.0,
    };
}

/// Young's interval `√(2Cμ)` (J. W. Young, "A first order approximation to the optimum checkpoint
/// interval", CACM 17(9), 1974). Good when checkpoints are short beside `mean`.
#[cfg(test)]
pub(super) fn young(cost: f64, mean: f64) -> f64 {
    (2.0 * cost * mean).sqrt()
}

/// Daly's interval `√(2Cμ)·[1 + ⅓√(C/2μ) + C/(18μ)] − C` (J. T. Daly, "A higher order estimate of
/// the optimum checkpoint interval for restart dumps", FGCS 22, 2006); `None` unless `C < 2μ`.
#[cfg(test)]
pub(super) fn daly(cost: f64, mean: f64) -> Option<f64> {
    let ratio = cost / mean;
    let series = 1.0 + (ratio / 2.0).sqrt() / 3.0 + ratio / 18.0;
    (cost < 2.0 * mean).then(|| young(cost, mean) * series - cost)
}

/// The expected time `(W/τ)·e^{λR}·(1/λ + D)·(e^{λ(τ+C)} − 1)` with `λ = 1/mean`: each segment of
/// `τ` work and its checkpoint is repeated, after a restore that may itself be interrupted, until it
/// goes through (Daly 2006, with `D` added to every interruption).
///
/// Without interruptions that is `(W/τ)·(τ + C)`, and without segments (`τ = C = 0`)
/// `W·e^{λR}·(1 + λD)`. Infinite when it is beyond a float.
pub(super) fn expected(
    work: f64,
    cost: f64,
    restore: f64,
    reacquire: f64,
    mean: f64,
    interval: f64,
) -> f64 {
    let rate = mean.recip();
    let segment = interval + cost;
    // How much longer than itself a segment takes for being repeated: (e^{λx} − 1) / λx.
    let exponent = rate * segment;
    let repeats = if exponent > 0.0 {
        exponent.exp_m1() / exponent
    } else {
        1.0
    };
    let overhead = if cost > 0.0 { segment / interval } else { 1.0 };
    work * overhead * repeats * (rate * restore).exp() * (1.0 + rate * reacquire)
}

/// The interval of least [`expected`] time, at most `work`; 0 when checkpoints cost nothing.
///
/// With `x = τ/μ` and `a = C/μ` the derivative of `(e^{x+a} − 1)/x` vanishes where
/// `x − 1 + e^{−(x+a)} = 0`, that is `x = 1 + W₀(−e^{−1−a})`. The left side grows and is convex, so
/// Newton's method from `x = 1`, where it is positive, descends to the root without passing it.
pub(super) fn best_interval(cost: f64, mean: f64, work: f64) -> f64 {
    if cost == 0.0 {
        return 0.0;
    }
    let ratio = cost / mean;
    if ratio == 0.0 {
        return work;
    }
    let mut x = 1.0_f64;
    // The distance to the root √(2a) halves at worst, and soon squares: 60 steps reach any `a`
    // that a float can hold beside 1.
    for _ in 0..60 {
        let shift = (-(x + ratio)).exp_m1();
        let next = x + (x + shift) / shift;
        if next >= x || next <= 0.0 {
            break;
        }
        x = next;
    }
    (x * mean).min(work)
}
