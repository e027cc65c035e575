//! A lower bound on the probability that a job is done in time.
//!
//! Work is cut into `n` segments, each with its checkpoint. Every attempt at one is taken to be as
//! long as the longest, `R + τ + C`, so it goes through with probability at least
//! `p = e^{−λ(R+τ+C)}`, and the failed attempts are at most a negative binomial number. Each of them
//! costs at most `τ + C` of work, `D` and one restore. So with
//! `k = ⌊(limit − W − nC) / (R + τ + C + D)⌋`,
//!
//! `P(T ≤ limit) ≥ P(NegBin(n, p) ≤ k) = I_p(n, k + 1)`.
//!
//! Leaving out checkpoints (but still paying for them) can only delay a job: coupled to the same
//! interruptions it is never ahead. So the bound for any `2^j` segments taken as one holds as well,
//! and the highest of them is returned. It is often better, as restores count once per attempt.

use super::checkpointing::Schedule;

/// Segments beyond which neighbours are always taken together, and the number that continuous
/// checkpoints are cut into.
const SEGMENTS: f64 = 1_048_576.0;
/// Failures beyond which more are not counted; keeps the continued fraction short.
const FAILURES: f64 = 1e8;
/// The continued fraction takes about `√max(n, k)` steps, so it never gets here.
const STEPS: u32 = 100_000;

/// What an interruption is like, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outage {
    /// Interruptions per second.
    pub(super) rate: f64,
    /// From having a node to working.
    pub(super) restore: f64,
    /// Until there is a node.
    pub(super) reacquire: f64,
}

/// Returns the bound for `work` seconds within `limit` seconds.
pub(super) fn probability(work: f64, schedule: Schedule, outage: Outage, limit: f64) -> f64 {
    let interval = match schedule.interval {
        None => work,
        // Saving all the time for a while each time never gets anywhere.
        Some(0.0) if schedule.cost > 0.0 => return 0.0,
        Some(0.0) => work / SEGMENTS,
        Some(interval) => interval,
    };
    let segments = if work > 0.0 {
        (work / interval).ceil()
    } else {
        1.0
    };
    let slack = limit - work - segments * schedule.cost;
    // Not `slack < 0`, which would let pass what isn't a number.
    let in_time = slack >= 0.0;
    if !in_time || outage.rate == 0.0 {
        return if in_time { 1.0 } else { 0.0 };
    }
    let mut merged = 1.0_f64.max(2.0_f64.powf((segments / SEGMENTS).log2().ceil()));
    let mut best = 0.0_f64;
    loop {
        let segment = merged.min(segments) * (interval + schedule.cost);
        let attempt = outage.restore + segment;
        let failures = (slack / (attempt + outage.reacquire)).floor();
        let successes = (segments / merged).ceil();
        let bound = at_most(failures.min(FAILURES), successes, outage.rate * attempt);
        best = best.max(bound);
        if merged >= segments {
            return best;
        }
        merged *= 2.0;
    }
}

/// `P(NegBin(n, p) ≤ k)` with `p = e^{−exponent}`: at most `k` failures before the `n`th success.
fn at_most(k: f64, n: f64, exponent: f64) -> f64 {
    let success = (-exponent).exp();
    let failure = -(-exponent).exp_m1();
    if failure <= 0.0 {
        return 1.0;
    }
    if success <= 0.0 {
        return 0.0;
    }
    incomplete_beta(n, k + 1.0, success, failure).unwrap_or(0.0)
}

/// The regularised incomplete beta function `I_x(a, b)` with `y = 1 − x` given for precision, by its
/// continued fraction (NIST Handbook of Mathematical Functions, 8.17.22) on the side of the mean
/// where that converges fast. `None` if it didn't converge.
fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> Option<f64> {
    let log_beta = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    let front = (a * x.ln() + b * y.ln() - log_beta).exp();
    let value = if x < (a + 1.0) / (a + b + 2.0) {
        front / a * continued_fraction(a, b, x)?
    } else {
        1.0 - front / b * continued_fraction(b, a, y)?
    };
    Some(value.clamp(0.0, 1.0))
}

/// The fraction `1/(1 + d₁/(1 + d₂/(1 + …)))` by the modified method of Lentz.
fn continued_fraction(a: f64, b: f64, x: f64) -> Option<f64> {
    // Keeps divisors off zero without changing a value that matters.
    let nonzero = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let mut upper = 1.0_f64;
    let mut lower = nonzero(1.0 - (a + b) * x / (a + 1.0)).recip();
    let mut value = lower;
    for step in 1..=STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = value;
        for term in [even, odd] {
            lower = nonzero(1.0 + term * lower).recip();
            upper = nonzero(1.0 + term / upper);
            value *= lower * upper;
        }
        if (value - before).abs() <= 1e-15 * value.abs() {
            return Some(value);
        }
    }
    None
}

/// `ln Γ(x)` for `x ≥ 1` by Stirling's series (NIST 5.11.1), after moving `x` to 10 or beyond,
/// where five terms give all digits.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 1.0_f64);
    while x < 10.0 {
        shift *= x;
        x += 1.0;
    }
    let inverse = (x * x).recip();
    let series = 1.0 / 12.0
        - inverse
            * (1.0 / 360.0
                - inverse * (1.0 / 1260.0 - inverse * (1.0 / 1680.0 - inverse * (1.0 / 1188.0))));
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series / x - shift.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum itself, with terms from one to the next.
    fn summed(k: u32, n: u32, exponent: f64) -> f64 {
        let mut term = (-exponent * f64::from(n)).exp();
        let mut sum = term;
        for i in 1..=k {
            term *= f64::from(n + i - 1) / f64::from(i) * -(-exponent).exp_m1();
            sum += term;
        }
        sum
    }

    #[test]
    fn the_tail_is_that_of_the_plain_sum() {
        for (k, n, exponent) in [
            (0, 1, 0.1),
            (3, 5, 0.3),
            (7, 2, 1.5),
            (40, 100, 0.2),
            (12, 300, 0.05),
        ] {
            let sum = summed(k, n, exponent);
            let found = at_most(f64::from(k), f64::from(n), exponent);
            assert!((found - sum).abs() < 1e-12, "{k} {n}: {found} for {sum}");
        }
    }

    /// At 10⁶ successes with a mean of 1000 failures the number of these is almost normal around
    /// its mean, with a deviation of 31.6.
    #[test]
    fn a_million_segments_are_no_trouble() {
        let exponent = 1e-3_f64.ln_1p();
        let at = |k| at_most(k, 1e6, exponent);
        assert!((at(1000.0) - 0.5).abs() < 0.02, "{}", at(1000.0));
        assert!((at(1063.0) - 0.9776).abs() < 0.005, "{}", at(1063.0));
        assert!(at(800.0) < 1e-9);
        assert!(at(1200.0) > 1.0 - 1e-8);
    }

    #[test]
    fn the_logarithm_of_gamma_is_that_of_factorials() {
        for (x, factorial) in [(1.0, 1.0), (2.0, 1.0), (5.0, 24.0), (11.0, 3_628_800.0_f64)] {
            assert!((ln_gamma(x) - factorial.ln()).abs() < 1e-12, "{x}");
        }
    }
}
