//! `mlinfra output`: what is handed over to others.

use serde_json::{Value, json};

use super::running::places::PlaceArgs;
use super::running::{System, block_on, session};
use super::spec_args::{self, SpecArgs, SpecOption};
use super::{Io, Outcome, state};
use crate::applying::Clock as _;
use crate::diagnostics::{Diagnostic, apply};
use crate::model::{OutputValue, Project};
use crate::render::events;
use crate::render::outputs::{self, Named, Outputs};
use crate::state::State;

/// Print the outputs of what is applied
///
/// Without a name, all of them; those marked sensitive are hidden. With a name, its value alone, as
/// it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print this one's value alone
    name: Option<String>,
    #[command(flatten)]
    spec: SpecOption,
    #[command(flatten)]
    places: PlaceArgs,
    /// Print JSON: `{"name": {"value": …, "type": …, "sensitive": …}}`
    #[arg(long)]
    json: bool,
    /// Print `NAME='value'` lines for a shell
    #[arg(long, value_name = "FORMAT", value_parser = ["env"], conflicts_with = "json")]
    format: Option<String>,
    /// Also print values that are marked sensitive
    #[arg(long)]
    show_sensitive: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let spec: SpecArgs = args.spec.clone().into();
    let loaded = spec_args::load(&spec, io)?;
    let found = state::find(&spec, &args.places, io)?;
    let look = block_on(session::look(&*found.blobs))?;
    let state = look.map(|look| look.state);
    let outputs = of(&loaded.project, state.as_ref());
    if let Some(name) = &args.name {
        let output = outputs.get(name).ok_or_else(|| {
            Diagnostic::error(&apply::NO_SUCH_OUTPUT)
                .detail(format!("The spec has no output `{name}`."))
        })?;
        io.print(&one(name, output, args)?);
        return Ok(0);
    }
    io.print(&if args.json {
        format!("{:#}\n", outputs::json(&outputs, args.show_sensitive))
    } else if args.format.is_some() {
        outputs::env(&outputs, args.show_sensitive)
    } else {
        outputs::human(&outputs)
    });
    Ok(0)
}

fn one(name: &str, output: &Named, args: &Args) -> Result<String, Diagnostic> {
    let value = output.value.as_ref().ok_or_else(|| {
        Diagnostic::error(&apply::NO_SUCH_OUTPUT)
            .detail(format!("`{name}` is known only after an apply."))
    })?;
    Ok(if args.json {
        format!("{value}\n")
    } else {
        format!("{}\n", outputs::raw(value))
    })
}

/// Tells the outputs at the end of an apply, if there are any.
pub(crate) fn tell(project: &Project, state: &State, json: bool, io: &mut Io) {
    let outputs = of(project, Some(state));
    if outputs.is_empty() {
        return;
    }
    if json {
        let time = System.now().to_string();
        let event = events::outputs(&outputs::json(&outputs, false), &time);
        io.print(&format!("{event}\n"));
    } else {
        io.print(&format!("\nOutputs:\n{}", outputs::human(&outputs)));
    }
}

/// The outputs of a project with what the state tells of them.
pub(crate) fn of(project: &Project, state: Option<&State>) -> Outputs {
    let each = project.outputs.iter().map(|(name, output)| {
        let value = match &output.value {
            OutputValue::Known(value) => Some(value.clone()),
            OutputValue::AfterApply { stage, attribute } => {
                state.and_then(|state| attribute_of(state, stage, attribute))
            }
        };
        let named = Named {
            value,
            sensitive: output.sensitive,
        };
        (name.clone(), named)
    });
    each.collect()
}

/// What a stage's pool has: `endpoint` and `addresses` are the addresses of its nodes.
fn attribute_of(state: &State, stage: &str, attribute: &str) -> Option<Value> {
    let listed = match attribute {
        "endpoint" | "addresses" => "addresses",
        "node_ids" => "node_ids",
        _ => return None,
    };
    let nodes = state
        .objects
        .values()
        .filter(|object| object.intent.stage == stage && object.id.kind.as_str() == "nodes");
    let values: Vec<Value> = nodes
        .filter_map(|object| object.observed.get(listed)?.as_array())
        .flatten()
        .cloned()
        .collect();
    (!values.is_empty()).then(|| json!(values))
}
