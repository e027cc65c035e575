//! `mlinfra state`: what is believed to exist.

mod edit;
mod exchange;
mod history;
mod list;

use super::running::places::{PlaceArgs, Places};
use super::spec_args::{self, SpecArgs, SpecOption};
use super::{Io, Outcome, Report};
use crate::store::blobs::Blobs;

/// Arguments of `mlinfra state`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the objects, with what they cost
    List(list::ListArgs),
    /// Show one object with all its attributes
    Show(list::ShowArgs),
    /// Print the state, as `push` takes it
    Pull(exchange::PullArgs),
    /// Put another state in its place
    Push(exchange::PushArgs),
    /// Forget objects; they stay where they are
    Rm(edit::RmArgs),
    /// Take the lock from whoever holds it
    Unlock(edit::UnlockArgs),
    /// List what the state was at earlier runs, or print one of them
    History(history::Args),
}

/// Whose state, and where it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Whose {
    #[command(flatten)]
    spec: SpecOption,
    #[command(flatten)]
    places: PlaceArgs,
}

/// Where the state is, opened.
pub(crate) struct Found {
    pub(crate) project: String,
    pub(crate) places: Places,
    pub(crate) blobs: Box<dyn Blobs>,
}

impl Whose {
    /// Reads the spec and opens the place of its state.
    pub(crate) fn find(&self, io: &Io) -> Result<Found, Report> {
        find(&self.spec.clone().into(), &self.places, io)
    }
}

/// Reads the spec and opens the place of its state.
pub(crate) fn find(spec: &SpecArgs, places: &PlaceArgs, io: &Io) -> Result<Found, Report> {
    let loaded = spec_args::load(spec, io)?;
    let places = Places::of(places, &spec.path, &loaded.project, io)?;
    let blobs = places.blobs(io)?;
    Ok(Found {
        project: loaded.project.name,
        places,
        blobs,
    })
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    match &args.command {
        Command::List(args) => list::list(args, io),
        Command::Show(args) => list::show(args, io),
        Command::Pull(args) => exchange::pull(args, io),
        Command::Push(args) => exchange::push(args, io),
        Command::Rm(args) => edit::rm(args, io),
        Command::Unlock(args) => edit::unlock(args, io),
        Command::History(args) => history::run(args, io),
    }
}
