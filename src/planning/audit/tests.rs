//! The audit and the search judge alike: what the audit names first is what the funnel counts.

use std::collections::BTreeMap;

use super::*;
use crate::diagnostics::Sources;
use crate::planning::candidates::gpu_lists;
use crate::planning::sites::Locus;
use crate::planning::{Options, Planner, bill};
use crate::spec;

#[track_caller]
fn check(text: &str) {
    let mut sources = Sources::new();
    sources.add("main.mlinfra.hcl", text);
    let (project, diagnostics) = spec::load(&sources, &spec::Inputs::default());
    let project = project.unwrap_or_else(|| panic!("{diagnostics:?}"));
    let catalog = crate::catalog::Catalog::embedded().unwrap();
    let planner = Planner::new(&project, &catalog);
    let found = planner.candidates(&Options::default());
    for (index, stage) in planner.order.iter().enumerate() {
        let data = |locus: Locus| bill::data_at(stage, &project, &planner.sites, locus);
        let most_wait = |locus: Locus| planner.most_wait(index, locus);
        let around = Surroundings {
            data: &data,
            most_wait: &most_wait,
            matters: planner.matters(&Options::default())[index],
        };
        let market = planner.market(None);
        let (first, second) = gpu_lists(stage);
        let names = if found[index].escalated {
            second
        } else {
            first
        };
        let audit = Audit::new(stage, &market, &around, names);
        let mut counted: BTreeMap<Option<Step>, u64> = BTreeMap::new();
        audit.each(&mut |audited| *counted.entry(audited.fails.first()).or_default() += 1);
        let counts = &found[index].counts;
        let mut expected: BTreeMap<Option<Step>, u64> = Step::ALL
            .into_iter()
            .map(|step| (Some(step), counts.removed(step)))
            .collect();
        expected.insert(None, counts.left());
        expected.retain(|_, count| *count > 0);
        assert_eq!(counted, expected, "stage {}", stage.name);
        assert!(counted.len() > 3, "stage {} tests little", stage.name);
    }
}

#[test]
fn the_first_failure_is_where_the_funnel_counts_for_a_job_on_processors() {
    check(
        r#"
project "p" {}
dataset "d" {
  location = "aws/us-east-1"
  size     = "1TiB"
}
stage "prepare" {
  kind  = "data-processing"
  reads = {
    d = { from = dataset.d }
  }
  requirements {
    vcpus          = 300
    memory         = "1TiB"
    arch           = "x86_64"
    cpu_vendor     = ["amd", "intel"]
    locations      = ["aws/*", "gcp/us-*"]
    max_nodes      = 4
    max_node_hour  = 4
    local_disk_min = "100GB"
  }
  run {
    runs_per_month = 30
    duration       = "2h"
    deadline       = "4h"
  }
  interruption {
    tolerated = true
  }
}
"#,
    );
}

#[test]
fn the_first_failure_is_where_the_funnel_counts_for_gpus() {
    check(
        r#"
project "p" {}
provider "aws" {}
provider "gcp" {
  regions = ["us-central1", "europe-west4"]
}
stage "train" {
  kind = "training"
  requirements {
    gpu {
      prefer       = ["A100", "H100"]
      else_any_of  = ["L4", "A10G"]
      count        = 4
      memory_min   = "40GiB"
      interconnect = "single-node"
    }
  }
  run {
    runs_per_month = 4
    work           = { A100 = "20h", L4 = "60h" }
    deadline       = "24h"
  }
  interruption {
    tolerated = true
  }
}
stage "serve" {
  kind = "serving"
  requirements {
    gpu {
      any_of = ["L4", "T4", "A10G"]
      count  = 1
    }
  }
  traffic {
    peak_rps = 400
  }
  replicas {
    min            = 1
    max            = 6
    throughput_rps = { T4 = 40, L4 = 90 }
  }
}
"#,
    );
}
