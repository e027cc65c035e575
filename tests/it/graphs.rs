//! Large specs for measuring: jobs over every region, joined by data.
//!
//! Each job also reads a part of a dataset in one of six regions, so that no region is best for all
//! and the joint choice has something to weigh. Used by `speed.rs` and, by path, by
//! `benches/plan.rs`.

/// Where the datasets are.
const REGIONS: [&str; 6] = [
    "aws/us-east-1",
    "aws/eu-west-1",
    "azure/eastus",
    "azure/westeurope",
    "gcp/us-central1",
    "gcp/asia-east1",
];

/// A spec of `n` jobs, each reading from those before it that `reads` tells.
pub(crate) fn spec_of(n: usize, mut reads: impl FnMut(usize, usize) -> bool) -> String {
    let mut text = String::from("project \"graph\" {}\n");
    for (i, region) in REGIONS.iter().enumerate() {
        text.push_str(&format!(
            "dataset \"d{i}\" {{\n  location = \"{region}\"\n  size = \"10TiB\"\n}}\n"
        ));
    }
    for i in 0..n {
        let reads: String = (0..i)
            .filter(|from| reads(*from, i))
            .map(|from| format!("    r{from} = {{ from = stage.s{from}.output.o }}\n"))
            .collect();
        // The factors have nothing in common with the numbers that they go round in.
        let (from, amount) = (i * 5 % REGIONS.len(), 5 + i * 37 % 60);
        let (vcpus, output) = (4 << (i % 5), 1 + i * 53 % 30);
        text.push_str(&format!(
            "stage \"s{i}\" {{\n  kind = \"data-processing\"\n  reads = {{\n{reads}    \
             d = {{ from = dataset.d{from}, amount = \"{amount}GiB\" }}\n  }}\n  \
             requirements {{\n    vcpus = {vcpus}\n  }}\n  run {{\n    duration = \"2h\"\n    \
             runs_per_month = 30\n  }}\n  output \"o\" {{\n    size = \"{output}GiB\"\n  }}\n}}\n"
        ));
    }
    text
}

/// Each job reads from the one before it.
pub(crate) fn chain(n: usize) -> String {
    spec_of(n, |from, to| from + 1 == to)
}

/// All jobs but the first and the last read from the first, and the last reads from them.
pub(crate) fn diamond(n: usize) -> String {
    spec_of(n, |from, to| (from == 0) != (to + 1 == n))
}
