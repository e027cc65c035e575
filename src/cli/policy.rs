//! `mlinfra policy`: which rules there are.

use super::{Io, Outcome};
use crate::render;

/// Rules that plans are held to: docs/policies.md
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the rules that are built in, and how they are held where nobody says
    List(List),
}

#[derive(Debug, clap::Args)]
struct List {
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let Command::List(list) = &args.command;
    io.print(&if list.json {
        format!("{:#}\n", render::policies::list_json())
    } else {
        render::policies::list(io.width.clamp(60, 120), &io.palette)
    });
    Ok(0)
}
