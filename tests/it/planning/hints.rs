//! What to do about a model that fits nothing: done as it says, there is a plan.

use mlinfra::diagnostics::{Diagnostics, Hint, Sources};
use mlinfra::planning::{self, Options};
use mlinfra::spec;

use crate::scenarios::catalog;

/// A stage with a model of 8 billion parameters, and what is said of it.
#[derive(Clone)]
struct Written {
    gpu: &'static str,
    count: u64,
    kind: &'static str,
    /// Arguments of its `serving` or `training` block.
    usage: Vec<(String, String)>,
}

impl Written {
    fn new(gpu: &'static str, kind: &'static str, usage: &str) -> Self {
        let usage = usage.split(", ").map(|argument| {
            let (name, value) = argument.split_once(" = ").unwrap();
            (name.to_owned(), value.to_owned())
        });
        Self {
            gpu,
            count: 1,
            kind,
            usage: usage.collect(),
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        if name == "count" {
            self.count = value.parse().unwrap();
            return;
        }
        self.usage.retain(|(known, _)| known != name);
        self.usage.push((name.to_owned(), value.to_owned()));
    }

    fn text(&self) -> String {
        let Self {
            gpu, count, kind, ..
        } = self;
        let usage = self
            .usage
            .iter()
            .map(|(name, value)| format!("    {name} = {value}\n"));
        let demand = match *kind {
            "serving" => "  replicas {\n    min = 1\n  }\n",
            _ => "  run {\n    duration = \"9h\"\n    runs_per_month = 4\n  }\n",
        };
        format!(
            "project \"p\" {{}}\n\
             model \"m\" {{\n  parameters = \"8B\"\n  dtype = \"bf16\"\n  architecture {{\n    \
             layers = 32\n    hidden = 4096\n    heads = 32\n    kv_heads = 8\n    ffn = 14336\n    \
             vocab = 128256\n  }}\n}}\n\
             stage \"s\" {{\n  kind = \"{kind}\"\n  model = model.m\n  {kind} {{\n{}  }}\n  \
             requirements {{\n    gpu {{\n      any_of = [\"{gpu}\"]\n      count = {count}\n    }}\n  \
             }}\n{demand}}}\n",
            usage.collect::<String>()
        )
    }

    /// Whether there is a plan, and what was said.
    fn planned(&self) -> (bool, Diagnostics) {
        let text = self.text();
        let mut sources = Sources::new();
        sources.add("main.mlinfra.hcl", text);
        let (project, found) = spec::load(&sources, &spec::Inputs::default());
        assert!(!found.has_errors(), "{found:?}");
        let (plan, found) =
            planning::plan(&project.unwrap(), &catalog(), &sources, &Options::default());
        (plan.is_some(), found)
    }
}

/// The arguments that a hint says to change: `lower `sequence` to 864`, `with `count = 2` and …`.
fn changes(hint: &str) -> Vec<(String, String)> {
    let quoted: Vec<&str> = hint.split('`').skip(1).step_by(2).collect();
    if let Some(rest) = hint.strip_prefix("lower `") {
        let (name, rest) = rest.split_once("` to ").unwrap();
        let value: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return vec![(name.to_owned(), value)];
    }
    if !hint.starts_with("with `") {
        return Vec::new();
    }
    let written = quoted.iter().map(|change| {
        let (name, value) = change.split_once(" = ").unwrap();
        (name.to_owned(), value.to_owned())
    });
    written.collect()
}

#[test]
fn done_as_a_hint_says_the_model_fits() {
    let mut done = 0;
    for gpu in ["L4", "A100-40-SXM4"] {
        for (kind, usage) in [
            ("serving", "max_batch = 64, sequence = 8192"),
            (
                "serving",
                "max_batch = 64, sequence = 8192, tensor_parallel = 1",
            ),
            (
                "serving",
                "max_batch = 32, sequence = 16384, runtime = \"vllm\"",
            ),
            (
                "training",
                "micro_batch = 2, sequence = 2048, precision = \"bf16\"",
            ),
            (
                "training",
                "micro_batch = 4, sequence = 4096, sharding = \"fsdp\"",
            ),
            (
                "training",
                "micro_batch = 16, sequence = 1024, method = \"lora\"",
            ),
            (
                "training",
                "micro_batch = 16, sequence = 1024, method = \"qlora\"",
            ),
        ] {
            let written = Written::new(gpu, kind, usage);
            let (planned, found) = written.planned();
            assert!(!planned, "{gpu} {usage}");
            let hints = found.iter().flat_map(|diagnostic| diagnostic.hints.iter());
            for hint in hints.filter_map(|hint| match hint {
                Hint::Text(text) => Some(text.as_str()),
                Hint::Command { .. } => None,
            }) {
                let mut changed = written.clone();
                let changes = changes(hint);
                for (name, value) in &changes {
                    changed.set(name, value);
                }
                if !changes.is_empty() {
                    let (planned, found) = changed.planned();
                    assert!(planned, "{gpu} {usage}: {hint}, and then {found:?}");
                    done += 1;
                }
            }
        }
    }
    // As many as there are now: none means that hints are worded in another way.
    assert!(done >= 15, "{done}");
}
