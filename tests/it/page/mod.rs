//! Pages of plans and reviews: their structure, and how they are in a browser.

mod browser;
mod command;
mod hostile;
mod structure;

use std::path::Path;
use std::sync::LazyLock;

use crate::cli::mlinfra;

/// Examples whose pages are looked at.
const EXAMPLES: [&str; 3] = ["recommender", "fits-or-not", "aws-training"];

/// The pages of the examples and of a review, by name.
static PAGES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let of_example = |name: &&str| (format!("{name}.html"), plan_page(name));
    let mut pages: Vec<(String, String)> = EXAMPLES.iter().map(of_example).collect();
    pages.push(("review.html".into(), review_page()));
    pages.push(("hostile.html".into(), hostile::page()));
    pages.push(("hostile-review.html".into(), hostile::review_page()));
    pages
});

/// A page that the program writes.
fn written(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let path = file.to_str().unwrap();
    let ran = mlinfra([arguments, &["--html", path]].concat()).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    std::fs::read_to_string(file).unwrap()
}

fn plan_page(example: &str) -> String {
    written(&["plan", &format!("examples/{example}")])
}

/// The page of a change of the recommender: a stage is new, one moves, one is only dearer.
fn review_page() -> String {
    let folder = tempfile::tempdir().unwrap();
    changed_recommender(folder.path());
    let (valid_at, new) = ("2026-11-21T10:00:00Z", folder.path().to_str().unwrap());
    written(&["diff", "examples/recommender", new, "--valid-at", valid_at])
}

/// Writes the recommender's spec with larger features, A100 alone, and one more stage.
fn changed_recommender(folder: &Path) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/recommender");
    let main = std::fs::read_to_string(example.join("main.mlinfra.hcl")).unwrap();
    let larger = main.replace("\"600GiB\"", "\"900GiB\"");
    let a100 = larger.replace("any_of = [\"A30\", \"A100\"]", "any_of = [\"A100\"]");
    assert_ne!(larger, main);
    assert_ne!(a100, larger);
    let report = r#"
        stage "report" {
          kind  = "data-processing"
          reads = { features = { from = stage.prepare.output.features } }
          requirements { vcpus = 16 }
          run {
            duration       = "1h"
            runs_per_month = 30
          }
        }
    "#;
    std::fs::write(folder.join("main.mlinfra.hcl"), a100 + report).unwrap();
    let places = example.join("places.mlinfra.hcl");
    std::fs::copy(places, folder.join("places.mlinfra.hcl")).unwrap();
}
