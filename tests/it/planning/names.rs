//! Names that only the catalogs know: zones of data, what commitments cover.

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::Sources;
use mlinfra::{planning, render, spec};

/// What is said of the names of a spec over the embedded catalogs.
fn told(text: &str) -> String {
    let mut sources = Sources::new();
    sources.add("main.mlinfra.hcl", text);
    let (project, _) = spec::load(&sources, &spec::Inputs::default());
    let catalog = Catalog::embedded().unwrap();
    let found = planning::check_names(&project.unwrap(), &catalog);
    render::diagnostics::human(&found, &sources)
}

fn dataset(location: &str, zone: &str) -> String {
    format!(
        "project \"p\" {{}}\ndataset \"d\" {{\n  location = \"{location}\"\n  zone     = \"{zone}\"\n  size     = \
         \"1TiB\"\n}}\n"
    )
}

fn commitment(more: &str) -> String {
    format!(
        "project \"p\" {{}}\ncommitment \"c\" {{\n  provider     = \"aws\"\n  kind         = \
         \"instance-savings-plan\"\n  usd_per_hour = 4\n  discount     = 0.3\n  {more}\n}}\n"
    )
}

#[test]
fn a_zone_that_is_not_there_is_refused_with_those_that_are() {
    let message = told(&dataset("aws/us-east-1", "us-east-1a"));
    for part in [
        "error[planning::unknown-location]",
        "`aws/us-east-1` has no zone `us-east-1a`",
        "The zones that are known: use1-az1, use1-az2,",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let message = told(&dataset("aws/us-east-1", "use1-az11"));
    assert!(message.contains("did you mean `use1-az1`?"), "{message}");
}

#[test]
fn a_zone_of_a_region_that_is_not_there_is_one_mistake() {
    let message = told(&dataset("aws/us-est-1", "use1-az1"));
    assert_eq!(message.matches("error[").count(), 1, "{message}");
}

#[test]
fn a_commitment_to_what_is_not_there_is_told() {
    let message = told(&commitment("family = \"m7x\"\n  region = \"us-est-1\""));
    for part in [
        "error[planning::unknown-instance-type]",
        "no instance type of aws begins like that",
        "error[planning::unknown-location]",
        "did you mean `us-east-1`?",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let right = commitment("family = \"m7i\"\n  region = \"us-east-1\"");
    assert_eq!(told(&right), "");
}
