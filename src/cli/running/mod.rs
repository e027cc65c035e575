//! What every command needs that carries something out: time, signals, a reporter.

mod reporter;
mod time;
