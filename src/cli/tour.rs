//! `mlinfra tour`: the whole loop in the sandbox, for newcomers.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use mlinfra_provider_api::Attributes;
use mlinfra_provider_sandbox::{Sandbox, SandboxError, SystemClock};
use serde_json::json;

use super::{Io, Outcome};
use crate::diagnostics::{Diagnostic, apply, cli};
use crate::render::style::paint;

/// The spec that the tour shows: of `examples/aws-training`.
const SPEC: &str = include_str!("../../examples/aws-training/main.mlinfra.hcl");

/// How the sandbox behaves in it: objects take a moment, and what the training stage wants most is
/// out of stock.
const SCRIPT: &str = include_str!("../../examples/aws-training/sandbox/script.json");

/// See the whole loop in the sandbox: plan, apply, drift, repair, destroy
///
/// Everything happens in a temporary folder with an example spec; nothing is reached and nothing costs
/// anything. It takes some seconds.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Keep the folder, to go on trying
    #[arg(long)]
    keep: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let folder = tempfile::Builder::new()
        .prefix("mlinfra-tour-")
        .tempdir()
        .map_err(|error| failed(&error.to_string()))?;
    let cloud = folder.path().join(".mlinfra").join("sandbox").join("cloud");
    write(&folder.path().join("main.mlinfra.hcl"), SPEC)?;
    write(&cloud.join("script.json"), SCRIPT)?;
    let outcome = walk(folder.path(), &cloud, io);
    if args.keep {
        let kept = folder.keep();
        io.note(&format!("\nKept in {}.\n", kept.display()));
    }
    outcome
}

/// The commands, one after another, each with a word about it.
fn walk(folder: &Path, cloud: &Path, io: &mut Io) -> Outcome {
    say(
        io,
        "What should three stages run on, and what would be made?",
    );
    command(&["plan", "--sandbox"], folder, io)?;
    say(
        io,
        "Making it, in a cloud that is a folder. There the nodes that train are out of stock where they \
         cost least.",
    );
    command(&["apply", "--sandbox", "--auto-approve"], folder, io)?;
    say(io, "What exists now.");
    command(&["state", "list", "--sandbox", "--spec"], folder, io)?;
    let what = meddle(cloud).map_err(|error| failed(&error.to_string()))?;
    say(io, &format!("Behind mlinfra's back, {what}. It is found:"));
    command(&["plan", "--sandbox", "--refresh-only"], folder, io)?;
    say(io, "And repaired.");
    command(&["apply", "--sandbox", "--auto-approve"], folder, io)?;
    say(io, "All of it is deleted again.");
    command(&["destroy", "--sandbox", "--auto-approve"], folder, io)?;
    io.note(
        "\nThat was the loop. `mlinfra init` writes a spec of your own, and `mlinfra apply --sandbox` \
         tries it.\n",
    );
    Ok(0)
}

fn say(io: &mut Io, text: &str) {
    let head = paint(io.palette.hint, text);
    io.print(&format!("\n# {head}\n"));
}

/// Runs one command of the program as if it had been typed.
fn command(words: &[&str], folder: &Path, io: &mut Io) -> Result<(), super::Report> {
    let shown = words.iter().filter(|word| **word != "--spec");
    let shown: Vec<&str> = shown.copied().collect();
    let prompt = paint(io.palette.strong, &format!("$ mlinfra {}", shown.join(" ")));
    io.print(&format!("{prompt}\n"));
    io.flush();
    let program = std::iter::once("mlinfra").chain(words.iter().copied());
    let mut argv: Vec<OsString> = program.map(OsString::from).collect();
    argv.push(folder.into());
    match super::run(argv, io)? {
        0 => Ok(()),
        code => Err(failed(&format!("`{}` ended with {code}", shown.join(" "))).into()),
    }
}

/// Does what a well-meaning colleague might do in the cloud's console; what that was.
fn meddle(cloud: &Path) -> Result<String, SandboxError> {
    let sandbox = Sandbox::open(cloud, Arc::new(SystemClock))?;
    let objects = sandbox.objects()?;
    let node = objects
        .iter()
        .find(|object| object.id.kind.as_str() == "nodes");
    let group = objects
        .iter()
        .find(|object| object.id.kind.as_str() == "security-group");
    if let Some(node) = node {
        sandbox.delete(&node.id)?;
    }
    if let Some(group) = group {
        let open =
            json!([{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"}]);
        sandbox.change(&group.id, &Attributes::from([("rules".into(), open)]))?;
    }
    Ok("somebody deletes a node and opens a port to everybody".into())
}

fn write(path: &Path, text: &str) -> Result<(), Diagnostic> {
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)
    };
    write().map_err(|error| {
        let path = path.display();
        Diagnostic::error(&cli::CANNOT_WRITE).detail(format!("`{path}`: {error}."))
    })
}

fn failed(why: &str) -> Diagnostic {
    Diagnostic::error(&apply::PROVIDER).detail(format!("The tour can't go on: {why}."))
}
