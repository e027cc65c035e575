//! `mlinfra state pull` and `push`.

use std::path::PathBuf;

use super::super::running::{System, block_on, session};
use super::super::{Io, Outcome};
use super::Whose;
use crate::applying::Clock as _;
use crate::diagnostics::{Diagnostic, state as codes};
use crate::state::State;
use crate::store::bounded;
use crate::store::plans;
use crate::store::vault::{self, VaultError};

/// Print the state, as `push` takes it
#[derive(Debug, clap::Args)]
pub(crate) struct PullArgs {
    #[command(flatten)]
    whose: Whose,
    /// Write it to a file instead
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Put another state in its place
#[derive(Debug, clap::Args)]
pub(crate) struct PushArgs {
    /// The file with the state, as `pull` prints it
    file: PathBuf,
    #[command(flatten)]
    whose: Whose,
    /// Also when it is older, or of another lineage: objects that it doesn't know are then known to
    /// nobody until the next apply finds them by their tags
    #[arg(long)]
    force: bool,
}

/// Runs `pull`.
pub(super) fn pull(args: &PullArgs, io: &mut Io) -> Outcome {
    let found = args.whose.find(io)?;
    let look = block_on(session::look(&*found.blobs))?;
    let Some(look) = look else {
        let place = &found.places.state;
        return Err(Diagnostic::error(&codes::ABSENT)
            .detail(format!("There is no state in `{place}`."))
            .into());
    };
    let text = look.state.to_text();
    match &args.out {
        Some(file) => plans::write(file, &text)?,
        None => io.print(&text),
    }
    Ok(0)
}

/// Runs `push`.
pub(super) fn push(args: &PushArgs, io: &mut Io) -> Outcome {
    let found = args.whose.find(io)?;
    let bytes = bounded::read(&args.file)?;
    let name = args.file.display().to_string();
    let state = State::from_text(&String::from_utf8_lossy(&bytes)).map_err(|source| {
        let name = name.clone();
        vault::diagnostic(&VaultError::State { name, source })
    })?;
    let pushed = block_on(async {
        let mut vault =
            session::open_to_replace(&*found.blobs, &found.project, args.force, io).await?;
        let pushed = vault.push(state, args.force, System.now()).await;
        let serial = vault.state().serial;
        session::close(vault).await?;
        pushed.map_err(|error| vault::diagnostic(&error))?;
        Ok::<_, Diagnostic>(serial)
    })?;
    io.note(&format!(
        "The state of {name} is in place, as serial {pushed}.\n"
    ));
    Ok(0)
}
