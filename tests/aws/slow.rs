//! A moto that takes its time, so that a run has moments at which it can be killed.

use std::sync::MutexGuard;

use serde_json::json;

use crate::moto::Moto;

/// Every call to EC2 takes this long, in milliseconds.
const EACH: u64 = 40;

/// The server, as it is after its start but slow.
pub(crate) fn moto() -> Option<MutexGuard<'static, Moto>> {
    let moto = Moto::shared()?;
    moto.script(&json!({
        "faults": [{"service": "ec2", "do": {"delay_ms": EACH}}],
        "pending_ms": 100,
    }));
    Some(moto)
}
