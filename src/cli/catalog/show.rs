//! `mlinfra catalog show`.

use super::{CatalogSource, Io, Outcome, report};
use crate::catalog::Catalog;
use crate::catalog::search::Filter;
use crate::diagnostics::{self, Diagnostic};
use crate::model::{CapacityType, ProviderName};
use crate::render::catalog::{show_json, show_table};
use crate::units::Rate;

/// Likeness of two names, between 0 and 1, below which one is no slip of the other.
const ALIKE: f64 = 0.7;

/// Show offerings with their rates, cheapest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this provider's
    #[arg(long, value_name = "NAME", value_parser = ["aws", "azure", "gcp", "lambda"])]
    provider: Option<String>,
    /// Only regions or zones of this name; `*` stands for any characters
    #[arg(long, value_name = "PATTERN")]
    region: Option<String>,
    /// Only machines with this GPU or one of this family
    #[arg(long, value_name = "GPU")]
    gpu: Option<String>,
    /// Only this instance type; `*` stands for any characters
    #[arg(long, value_name = "PATTERN")]
    instance_type: Option<String>,
    /// Only this capacity type
    #[arg(long, value_name = "TYPE", value_parser = ["on-demand", "spot"])]
    capacity: Option<String>,
    /// Only rates up to so many USD per node-hour
    #[arg(long, value_name = "USD", value_parser = parse_rate)]
    max_rate: Option<Rate>,
    /// Most lines to show; 0 for all
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    source: CatalogSource,
}

fn parse_rate(text: &str) -> Result<Rate, String> {
    Rate::parse(text).map_err(|e| e.to_string())
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let catalog = args.source.load(io).map_err(report(args.json))?;
    if let Some(name) = &args.gpu {
        check_gpu(&catalog, name).map_err(report(args.json))?;
    }
    let capacity = args.capacity.as_deref().map(|c| match c {
        "spot" => CapacityType::Spot,
        _ => CapacityType::OnDemand,
    });
    let found = catalog.search(&Filter {
        provider: args.provider.as_deref().and_then(ProviderName::from_name),
        region: args.region.clone(),
        gpu: args.gpu.clone(),
        instance_type: args.instance_type.clone(),
        capacity,
        max_rate: args.max_rate,
    });
    let limit = match args.limit {
        0 => usize::MAX,
        limit => limit,
    };
    let text = if args.json {
        show_json(&catalog, &found, limit)
    } else {
        show_table(&catalog, &found, limit, io.width)
    };
    io.print(&text);
    Ok(0)
}

/// A GPU that no catalog knows is a mistake in the name, not an empty answer.
pub(crate) fn check_gpu(catalog: &Catalog, name: &str) -> Result<(), Diagnostic> {
    if catalog.gpus_called(name).next().is_some() {
        return Ok(());
    }
    let likeness = |known: &str| strsim::jaro_winkler(&known.to_lowercase(), &name.to_lowercase());
    let names = catalog.gpus().map(|(_, gpu)| gpu.name.as_str());
    let closest = names
        .map(|known| (likeness(known), known))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .filter(|(likeness, _)| *likeness >= ALIKE);
    let diagnostic = Diagnostic::error(&diagnostics::catalog::UNKNOWN_NAME)
        .detail(format!("No catalog knows a GPU called `{name}`."));
    Err(match closest {
        Some((_, known)) => diagnostic.hint(format!("did you mean `{known}`?")),
        None => diagnostic.hint_command(
            "To see those that it knows, run:",
            "mlinfra gpu fit --parameters 1B --slices",
        ),
    })
}
