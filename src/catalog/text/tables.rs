//! Which tables there are and what their columns are called.

use crate::model::ProviderName;

/// The line of column names of a table, or `None` when no table has such a path.
pub(super) fn header(path: &str) -> Option<&'static str> {
    let region = path
        .strip_prefix("rates/")
        .and_then(|p| p.strip_suffix(".tsv"));
    if region.is_some_and(|r| !r.is_empty() && !r.contains('/')) {
        return Some("instance type\tzone\ton demand, USD/h\tspot, USD/h");
    }
    if spot_region(path).is_some() {
        return Some("instance type\tinterrupted in a month, %");
    }
    match path {
        "types.tsv" => {
            Some("instance type\tvCPUs\tmemory, MiB\tarch\tCPU vendors\tGPU\tGPUs\tlocal disk, GB")
        }
        "gpus.tsv" => Some(
            "GPU\tarchitecture\tcompute capability\tmemory, MiB\tusable, MiB\tbandwidth, GB/s\t16-bit dense, TFLOPS\tproduct\tcard\tper card\trented as",
        ),
        "regions.tsv" => Some("provider\tregion\tcountry\ttown"),
        "transfer.tsv" => Some("from\tto\tUSD/GB"),
        "bandwidth.tsv" => Some("from\tto\tMbit/s"),
        "storage.tsv" => Some("region\tUSD/GB-month"),
        _ => None,
    }
}

/// The provider and the region of a table of interruptions, as in `aws/eu-west-1.tsv`.
pub(super) fn spot_region(path: &str) -> Option<(ProviderName, &str)> {
    let (provider, region) = path.strip_suffix(".tsv")?.split_once('/')?;
    let provider = ProviderName::from_name(provider)?;
    (!region.is_empty() && !region.contains('/')).then_some((provider, region))
}
