//! Specs of any size. Shared with the benchmarks.

/// A spec of that many instances, each an object of its own.
pub(crate) fn instances(count: u32) -> String {
    format!(
        r#"project "many" {{
  team = "tests"
}}

provider "aws" {{
  regions = ["us-east-1"]
}}

stage "serve" {{
  kind = "serving"

  requirements {{
    vcpus  = 2
    memory = "4GiB"
    arch   = "x86_64"
  }}

  pin {{
    instance_type = "m5.large"
  }}

  traffic {{
    peak_rps = {count}
  }}

  replicas {{
    min            = {count}
    max            = {count}
    throughput_rps = 1
  }}
}}
"#
    )
}
