//! What people see when the program has a mistake of its own.

use std::io::Write as _;
use std::panic::PanicHookInfo;

/// Prints a request for a report instead of Rust's message.
pub(super) fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        // Standard error may be gone; there is nobody left to tell then.
        drop(std::io::stderr().write_all(message(info).as_bytes()));
    }));
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    text(info.payload_as_str().unwrap_or("no message"), &place)
}

fn text(payload: &str, place: &str) -> String {
    format!(
        "mlinfra {} stopped at a mistake in its own code, not in your spec:\n\n    {payload}\n    \
         at {place}\n\n\
         Please report it with the text above, the command and the spec.\n",
        env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_asks_for_a_report() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            text("index out of bounds", "src/x.rs:1:2"),
            format!(
                "mlinfra {version} stopped at a mistake in its own code, not in your spec:

    index out of bounds
    at src/x.rs:1:2

Please report it with the text above, the command and the spec.
"
            )
        );
    }
}
