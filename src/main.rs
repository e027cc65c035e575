//! The `mlinfra` program; everything is in the library's `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mlinfra::cli::main()
}
