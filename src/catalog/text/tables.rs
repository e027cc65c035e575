//! Which tables there are and what their columns are called.

/// The line of column names of a table, or `None` when no table has such a path.
pub(super) fn header(path: &str) -> Option<&'static str> {
    let region = path
        .strip_prefix("rates/")
        .and_then(|p| p.strip_suffix(".tsv"));
    if region.is_some_and(|r| !r.is_empty() && !r.contains('/')) {
        return Some("instance type\tzone\ton demand, USD/h\tspot, USD/h");
    }
    match path {
        "types.tsv" => {
            Some("instance type\tvCPUs\tmemory, MiB\tarch\tCPU vendors\tGPU\tGPUs\tlocal disk, GB")
        }
        "gpus.tsv" => Some(
            "GPU\tarchitecture\tcompute capability\tmemory, MiB\tbandwidth, GB/s\t16-bit dense, TFLOPS\trented as",
        ),
        "regions.tsv" => Some("provider\tregion\tcountry\ttown"),
        "transfer.tsv" => Some("from\tto\tUSD/GB"),
        "storage.tsv" => Some("region\tUSD/GB-month"),
        _ => None,
    }
}
