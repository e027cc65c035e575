use serde_json::{Value, json};

use crate::units::{Date, Rate};

/// One hour of one GPU on demand, everything else of its node included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rent {
    /// USD per GPU-hour.
    pub rate: Rate,
    /// Who rents it out.
    pub provider: String,
    /// As what.
    pub instance_type: String,
    /// Where.
    pub region: String,
    /// The day of the rate.
    pub as_of: Date,
}

impl Rent {
    /// The rate with three decimals, rounded to the nearest: `0.805`.
    pub(super) fn short(&self) -> String {
        let thousandths = (self.rate.pico_usd() + 500_000_000) / 1_000_000_000;
        format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
    }

    /// "`USD 0.805 per GPU-hour on demand (aws g6.xlarge, us-east-1, 2026-03-20)`".
    pub(super) fn sentence(&self) -> String {
        format!(
            "USD {} per GPU-hour on demand ({} {}, {}, {})",
            self.short(),
            self.provider,
            self.instance_type,
            self.region,
            self.as_of
        )
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "usd": self.rate,
            "provider": self.provider,
            "instance_type": self.instance_type,
            "region": self.region,
            "as_of": self.as_of,
        })
    }
}
