//! `mlinfra gpu list`.

use super::watch::{self, WatchArgs};
use super::{Io, Outcome, Source};
use crate::cli::Report;
use crate::render::gpu::{list_json, list_labels, list_text};

/// List this machine's GPUs with everything that NVML says of them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print labels for the Kubernetes node, one `key=value` a line
    #[arg(long, conflicts_with = "json")]
    labels: bool,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let library = args.source.open(io).map_err(|diagnostic| Report {
        json: args.json,
        ..diagnostic.into()
    })?;
    if args.watch.watch {
        watch::run(&args.watch, args.json, &library, io);
        return Ok(0);
    }
    let facts = args.source.facts(&library);
    let text = if args.json {
        list_json(&facts)
    } else if args.labels {
        list_labels(&facts)
    } else {
        list_text(&facts, io.width, &io.palette)
    };
    io.print(&text);
    Ok(0)
}
