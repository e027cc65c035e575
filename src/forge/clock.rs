//! Time and chance, which tests give by hand.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use jiff::Timestamp;

/// What time it is, how to wait, and a number that nobody can guess.
pub trait Clock {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Waits.
    fn sleep(&self, time: Duration);

    /// Any number; another one with each call.
    fn random(&self) -> u64;
}

/// The machine's.
#[derive(Debug, Clone, Copy)]
pub struct System;

impl Clock for System {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn random(&self) -> u64 {
        // The standard library seeds each of these anew from the system's randomness.
        RandomState::new().hash_one(std::process::id())
    }
}
