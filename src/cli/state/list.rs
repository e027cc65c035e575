//! `mlinfra state list` and `show`.

use super::super::running::{block_on, session};
use super::super::{Io, Outcome};
use super::Whose;
use crate::diagnostics::{Diagnostic, apply};
use crate::render;
use crate::state::State;

/// List the objects, with what they cost
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    whose: Whose,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Show one object with all its attributes
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// Its address, e.g. `pool.train.nodes`
    address: String,
    #[command(flatten)]
    whose: Whose,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs `list`.
pub(super) fn list(args: &ListArgs, io: &mut Io) -> Outcome {
    let state = look(&args.whose, io)?;
    io.print(&if args.json {
        format!("{:#}\n", render::state::json(&state))
    } else {
        render::state::list(&state, io.width, &io.palette)
    });
    Ok(0)
}

/// Runs `show`.
pub(super) fn show(args: &ShowArgs, io: &mut Io) -> Outcome {
    let state = look(&args.whose, io)?;
    let Some(object) = state.objects.get(&args.address) else {
        return Err(unknown(&args.address, &state).into());
    };
    io.print(&if args.json {
        format!(
            "{:#}\n",
            render::state::object_json(&args.address, object, false)
        )
    } else {
        render::state::show(&args.address, object)
    });
    Ok(0)
}

/// What is believed to exist, as of now; nothing when there is no state.
fn look(whose: &Whose, io: &Io) -> Result<State, super::Report> {
    let found = whose.find(io)?;
    let look = block_on(session::look(&*found.blobs))?;
    Ok(look.map_or_else(|| State::new(found.project, ""), |look| look.state))
}

/// That nothing has that address.
pub(super) fn unknown(address: &str, state: &State) -> Diagnostic {
    let near = state
        .objects
        .keys()
        .min_by_key(|known| strsim::damerau_levenshtein(known, address));
    let diagnostic = Diagnostic::error(&apply::NO_SUCH_OBJECT)
        .detail(format!("The state has nothing at `{address}`."));
    match near {
        Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
        None => diagnostic.hint("the state is empty"),
    }
}
