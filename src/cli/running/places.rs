//! Where state and sandbox are.

use std::path::{Path, PathBuf};

use super::super::Io;
use super::super::spec_args;
use crate::changes::wanted::Realm;
use crate::diagnostics::Diagnostic;
use crate::model::{Project, StatePlace};
use crate::store::blobs::Blobs;
use crate::store::place;

/// Arguments that say where things are.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Places")]
pub(crate) struct PlaceArgs {
    /// Use the sandbox, a cloud in a folder, instead of the clouds: nothing is reached, nothing costs
    /// anything
    #[arg(long)]
    pub sandbox: bool,
    /// Where state is kept, instead of where the spec says: a folder, s3://BUCKET/KEY,
    /// az://ACCOUNT/CONTAINER/KEY or gs://BUCKET/KEY; also MLINFRA_STATE
    #[arg(long, value_name = "PLACE")]
    pub state: Option<String>,
}

/// Where everything of a project is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    /// What relative paths count from: the spec's folder.
    base: PathBuf,
    /// Its state.
    pub state: StatePlace,
    /// The sandbox's folder, if it is used.
    pub sandbox: Option<PathBuf>,
}

impl Places {
    /// What arguments, spec and environment say, in this order.
    pub(crate) fn of(
        args: &PlaceArgs,
        path: &Path,
        project: &Project,
        io: &Io,
    ) -> Result<Self, Diagnostic> {
        let base = spec_args::folder(path);
        let data = match io.env("MLINFRA_DATA_DIR") {
            Some(dir) => here(dir),
            None => PathBuf::from(".mlinfra"),
        };
        let sandbox = args.sandbox.then(|| data.join("sandbox"));
        let kept = |under: &Path| StatePlace::Local {
            path: under
                .join("state")
                .join(&project.name)
                .display()
                .to_string(),
        };
        // What the sandbox has is nothing that a team shares, so the spec doesn't tell where it is.
        let spec = project.state.as_ref().map(|state| state.place.clone());
        let default = match &sandbox {
            Some(folder) => kept(folder),
            None => spec.unwrap_or_else(|| kept(&data)),
        };
        let state = place::choose(args.state.as_deref(), io.env_vars(), Some(&default))?;
        let state = match state {
            // What is said on the command line counts from where that is.
            StatePlace::Local { path } if state_is_told(args, io) => StatePlace::Local {
                path: here(&path).display().to_string(),
            },
            other => other,
        };
        let sandbox = sandbox.map(|folder| base.join(folder).join("cloud"));
        Ok(Self {
            base,
            state,
            sandbox,
        })
    }

    /// Where plans are applied.
    pub(crate) const fn realm(&self) -> Realm {
        match self.sandbox {
            Some(_) => Realm::Sandbox,
            None => Realm::Clouds,
        }
    }

    /// Opens the place of the state.
    pub(crate) fn blobs(&self, io: &Io) -> Result<Box<dyn Blobs>, Diagnostic> {
        let blobs = place::open(&self.state, &self.base, io.env_vars())?;
        #[cfg(debug_assertions)]
        let blobs = super::mortal::Mortal::wrap(blobs, io.env(super::mortal::VARIABLE));
        Ok(blobs)
    }
}

/// Whether it isn't the spec that says where state is.
fn state_is_told(args: &PlaceArgs, io: &Io) -> bool {
    args.state.is_some()
        || io
            .env(place::PLACE_VARIABLE)
            .is_some_and(|text| !text.is_empty())
}

/// A path that counts from the working directory, so that it can't be taken for one that counts from
/// the spec's.
fn here(path: &str) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path))
}
