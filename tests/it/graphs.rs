//! Large specs for measuring: stages over every region, joined by data.
//!
//! Used by `speed.rs` and, by path, by `benches/plan.rs`.

/// A spec of `n` jobs, each reading from those before it that `reads` tells.
pub(crate) fn spec_of(n: usize, mut reads: impl FnMut(usize, usize) -> bool) -> String {
    let mut text = String::from("project \"graph\" {}\n");
    for i in 0..n {
        let reads: String = (0..i)
            .filter(|from| reads(*from, i))
            .map(|from| format!("    r{from} = {{ from = stage.s{from}.output.o }}\n"))
            .collect();
        let vcpus = 4 << (i % 5);
        text.push_str(&format!(
            "stage \"s{i}\" {{\n  kind = \"data-processing\"\n  reads = {{\n{reads}  }}\n  \
             requirements {{\n    vcpus = {vcpus}\n  }}\n  run {{\n    duration = \"2h\"\n    \
             runs_per_month = 30\n  }}\n  output \"o\" {{\n    size = \"100GiB\"\n  }}\n}}\n"
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
