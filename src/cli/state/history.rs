//! `mlinfra state history`.

use super::super::running::block_on;
use super::super::{Io, Outcome};
use super::Whose;
use crate::diagnostics::{Diagnostic, state as codes};
use crate::render;
use crate::render::state::PastState;
use crate::store::vault::{self, Past};

/// List what the state was at earlier runs, or print one of them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the state of this serial, as `push` takes it
    #[arg(value_name = "SERIAL")]
    serial: Option<u64>,
    #[command(flatten)]
    whose: Whose,
    /// Print JSON
    #[arg(long, conflicts_with = "serial")]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args, io: &mut Io) -> Outcome {
    let found = args.whose.find(io)?;
    let Some(serial) = args.serial else {
        let history = block_on(vault::history(&*found.blobs));
        let history = history.map_err(|error| vault::diagnostic(&error))?;
        let rows: Vec<PastState> = history.into_iter().map(row).collect();
        io.print(&if args.json {
            format!("{:#}\n", render::state::history_json(&rows))
        } else {
            render::state::history(&rows, io.width, &io.palette)
        });
        return Ok(0);
    };
    let past = block_on(vault::past(&*found.blobs, serial));
    match past.map_err(|error| vault::diagnostic(&error))? {
        Some(state) => io.print(&state.to_text()),
        None => {
            return Err(Diagnostic::error(&codes::ABSENT)
                .detail(format!("Nothing is kept of serial {serial}."))
                .hint_command("To see what is kept, run:", "mlinfra state history")
                .into());
        }
    }
    Ok(0)
}

fn row(past: Past) -> PastState {
    PastState {
        serial: past.serial,
        time: past.time.to_string(),
        who: past.holder.who,
        host: past.holder.host,
        command: past.holder.command,
        job: past.holder.job,
        objects: past.objects,
        sha256: past.sha256,
    }
}
