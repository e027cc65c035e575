//! What valid specs mean.

use std::path::PathBuf;

use mlinfra::diagnostics::Sources;
use mlinfra::model::{Demand, Project, Share};
use mlinfra::render::diagnostics::human;
use mlinfra::spec::{Inputs, load};

use super::{load_texts, valid};

fn everything() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/specs/valid/everything");
    ["main", "stages"]
        .iter()
        .map(|n| std::fs::read_to_string(folder.join(format!("{n}.mlinfra.hcl"))).unwrap())
        .collect()
}

fn project(texts: &[String]) -> Project {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (project, diagnostics, sources) = load_texts(&texts);
    assert_eq!(human(&diagnostics, &sources), "");
    project.unwrap()
}

/// The text's top-level blocks: each begins in the first column and ends with a `}` there.
fn blocks(text: &str) -> Vec<String> {
    let ends = text.match_indices("\n}\n").map(|(i, _)| i + 3);
    let mut blocks = Vec::new();
    let mut start = 0;
    for end in ends {
        blocks.push(text[start..end].to_owned());
        start = end;
    }
    assert_eq!(text[start..].trim(), "");
    blocks
}

#[test]
fn a_spec_with_every_block_means_what_it_says() {
    let json = project(&everything()).canonical_json();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let pretty = format!("{value:#}\n");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/specs/valid/everything.json");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &pretty).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), pretty);
}

#[test]
fn the_order_of_blocks_and_files_changes_nothing() {
    let texts = everything();
    let expected = project(&texts).canonical_json();
    let mut all: Vec<String> = texts.iter().flat_map(|t| blocks(t)).collect();
    assert!(all.len() > 20);
    all.reverse();
    assert_eq!(
        project(&all).canonical_json(),
        expected,
        "reversed, a file each"
    );
    assert_eq!(
        project(&[all.concat()]).canonical_json(),
        expected,
        "one file"
    );
    for turn in [3, 7, 11] {
        all.rotate_left(turn);
        let (left, right) = all.split_at(turn);
        let files = [right.concat(), left.concat()];
        assert_eq!(project(&files).canonical_json(), expected, "{turn}");
    }
}

#[test]
fn literals_keep_every_decimal() {
    let text = |cost: &str| {
        format!(
            "project \"p\" {{}}\ncluster \"c\" {{\n  location = \"onprem/c\"\n  node_pool \"n\" {{\n    \
             vcpus = 1\n    memory = \"1GiB\"\n    nodes = 1\n    cost_per_node_hour = {cost}\n  }}\n}}\n"
        )
    };
    for (written, rate) in [
        ("1.90", "1.9"),
        ("0.000000000001", "0.000000000001"),
        ("0.1 + 0.2", "0.3"),
        ("\"63.296\"", "63.296"),
        ("19e-1", "1.9"),
        ("100 / 3", "33.333333333333"),
    ] {
        let project = valid(&text(written));
        let pool = &project.clusters["c"].node_pools["n"];
        assert_eq!(pool.cost_per_node_hour.to_string(), rate, "{written}");
    }
}

#[track_caller]
fn value_of(expression: &str) -> serde_json::Value {
    let text = format!("project \"p\" {{}}\noutput \"o\" {{\n  value = {expression}\n}}\n");
    let project = valid(&text);
    serde_json::from_str::<serde_json::Value>(&project.canonical_json()).unwrap()["outputs"]["o"]
        ["value"]["known"]
        .clone()
}

#[test]
fn functions_give_what_their_names_say() {
    for (expression, value) in [
        ("abs(-2)", "2"),
        ("can(1 / 0)", "false"),
        ("ceil(1.2) + floor(-1.2)", "0"),
        ("coalesce(null, \"\", \"x\")", r#""x""#),
        ("concat([1], [2, 3])", "[1,2,3]"),
        ("contains([1, 2], 2)", "true"),
        ("distinct([\"a\", \"b\", \"a\", 1])", r#"["a","b",1]"#),
        ("element([\"a\", \"b\"], 3)", r#""b""#),
        (
            "endswith(\"abc\", \"bc\") && startswith(\"abc\", \"ab\")",
            "true",
        ),
        ("flatten([1, [2, [3]], []])", "[1,2,3]"),
        (
            "format(\"%s-%03d-%.2f-%5s|%-3s|%q%%\", \"a\", 7, 1.005, \"x\", \"y\", \"z\")",
            r#""a-007-1.00-    x|y  |\"z\"%""#,
        ),
        (
            "formatdate(\"EEE DD MMM YYYY hh:mm 'at' ZZZ\", \"2026-05-20T14:05:00+02:00\")",
            r#""Wed 20 May 2026 14:05 at +0200""#,
        ),
        ("join(\", \", [1, true, \"x\"])", r#""1, true, x""#),
        (
            "jsondecode(\"{\\\"a\\\": [1.50, null]}\")",
            r#"{"a":[1.5,null]}"#,
        ),
        (
            "jsonencode({ b = 1.5, a = [\"x\"] })",
            r#""{\"a\":[\"x\"],\"b\":1.5}""#,
        ),
        ("keys({ b = 1, a = 2 })", r#"["a","b"]"#),
        ("length(\"äb\") + length([1]) + length({})", "3"),
        ("lookup({ a = 1 }, \"b\", 5)", "5"),
        ("lower(\"ÄB\")", r#""äb""#),
        ("max(1, 3, 2) - min(1, 3, 2)", "2"),
        ("max([4, 5]...)", "5"),
        ("merge({ a = 1 }, { a = 2, b = 3 })", r#"{"a":2,"b":3}"#),
        ("range(3)", "[0,1,2]"),
        ("range(5, 1, -2)", "[5,3]"),
        ("replace(\"a-b-c\", \"-\", \"+\")", r#""a+b+c""#),
        ("reverse([1, 2])", "[2,1]"),
        ("slice([1, 2, 3], 1, 3)", "[2,3]"),
        ("sort([\"b\", \"a\"])", r#"["a","b"]"#),
        ("split(\",\", \"a,b\")", r#"["a","b"]"#),
        ("sum([1, 2.5])", "3.5"),
        ("tobool(\"true\")", "true"),
        ("tolist(toset([3, 1, 3]))", "[1,3]"),
        ("tomap({ a = 1 })", r#"{"a":1}"#),
        ("tonumber(\"1.5\")", "1.5"),
        ("tostring(1.50)", r#""1.5""#),
        ("trimspace(\"  x \")", r#""x""#),
        ("try([][0], 1 / 0, \"last\")", r#""last""#),
        ("upper(\"a\")", r#""A""#),
        ("values({ b = 1, a = 2 })", "[2,1]"),
        (
            "yamlencode({ a = [1, { b = \"no\" }], c = {} })",
            r#""\"a\":\n  - 1\n  - \"b\": \"no\"\n\"c\": {}\n""#,
        ),
    ] {
        assert_eq!(value_of(expression).to_string(), value, "{expression}");
    }
}

#[test]
fn expressions_are_evaluated_as_in_hcl() {
    for (expression, value) in [
        ("1 + 2 * 3 - 4 / 2 % 3", "5"),
        ("!(1 < 2) || 2 >= 2 && \"a\" != \"b\"", "true"),
        ("false && 1 / 0 == 1", "false"),
        ("true ? 1 : [][0]", "1"),
        ("[{ a = 1 }, { a = 2 }][*].a", "[1,2]"),
        ("[{ a = [1] }].*.a[0]", "[1]"),
        (
            "{ for k, v in { a = 1, b = 2 } : upper(k) => v * 10 if v > 1 }",
            r#"{"B":20}"#,
        ),
        (
            "{ for i, v in [\"x\", \"y\", \"x\"] : v => i... }",
            r#"{"x":[0,2],"y":[1]}"#,
        ),
        ("[for x in [1, 2] : [for y in [x] : x + y]]", "[[2],[4]]"),
        ("\"a${1 + 1}b$${c}%%{d}\\n\"", r#""a2b${c}%{d}\n""#),
        (
            "\"%{ for i in range(3) ~} ${i}, %{ endfor ~} end\"",
            r#""0, 1, 2, end""#,
        ),
        ("\"%{ if 1 > 2 }x%{ else }y%{ endif }\"", r#""y""#),
        ("\"${[1]}\"", "[1]"),
        ("<<-EOT\n    a ${1}\n      b\n    EOT\n", r#""a 1\n  b\n""#),
        ("-(-5)", "5"),
        ("{ \"a b\" = 1, (\"c\") : 2 }", r#"{"a b":1,"c":2}"#),
    ] {
        assert_eq!(value_of(expression).to_string(), value, "{expression}");
    }
}

#[test]
fn defaults_are_the_documented_ones() {
    let project = valid(
        "project \"p\" {}\n\nstage \"s\" {\n  kind = \"serving\"\n  requirements {\n    gpu {}\n  }\n  \
         replicas {}\n}\n",
    );
    let stage = &project.stages["s"];
    let Demand::AlwaysOn { traffic, replicas } = &stage.demand else {
        panic!("not always on");
    };
    assert!(traffic.is_none());
    assert_eq!((replicas.min, replicas.max), (1, 1));
    assert_eq!(
        stage.requirements.gpu.as_ref().unwrap().value.count.value,
        1
    );
    assert!(!stage.interruption.tolerated);
    assert!(matches!(stage.share, Share::Never));
    assert_eq!(replicas.startup, None);
}

#[test]
fn a_schedule_becomes_runs_per_month() {
    let project = project(&everything());
    let Demand::Runs(runs) = &project.stages["prepare"].demand else {
        panic!("no runs");
    };
    assert_eq!(runs.per_month.runs.to_string(), "30.416667");
    assert_eq!(runs.per_month.schedule.as_deref(), Some("0 2 * * *"));
    let starts = runs.per_month.starts.as_deref().unwrap();
    assert_eq!(starts, [120, 1560, 3000, 4440, 5880, 7320, 8760]);
    let Demand::Runs(runs) = &project.stages["train"].demand else {
        panic!("no runs");
    };
    assert_eq!(runs.per_month.starts, None);
}

#[test]
fn comments_and_positions_are_no_part_of_the_meaning() {
    let plain = valid("project \"p\" {\n  team = \"a\"\n}\n").canonical_json();
    let other = valid("# c\n\n\nproject \"p\" { team = join(\"\", [\"a\"]) } // d\n");
    assert_eq!(other.canonical_json(), plain);
}

#[test]
fn the_environment_and_files_are_what_the_caller_hands_over() {
    let mut sources = Sources::new();
    sources.add(
        "a",
        "project \"p\" {\n  team  = env(\"TEAM\")\n  owner = trimspace(file(\"owner\"))\n}\n",
    );
    let inputs = Inputs {
        env: &|name| (name == "TEAM").then(|| "ranking".to_owned()),
        file: &|path| Ok(format!("{path}@acme.test\n")),
        ..Inputs::default()
    };
    let (project, _) = load(&sources, &inputs);
    let project = project.unwrap();
    assert_eq!(project.team.as_deref(), Some("ranking"));
    assert_eq!(project.owner.as_deref(), Some("owner@acme.test"));
}

#[test]
fn a_models_configuration_says_its_size_type_and_shape() {
    let config = r#"{\"model_type\": \"gpt2\", \"n_embd\": 768, \"n_layer\": 12, \"n_head\": 12,
        \"n_positions\": 1024, \"vocab_size\": 50257, \"torch_dtype\": \"float16\"}"#
        .replace('\n', "");
    let text = format!(
        "project \"p\" {{}}\nmodel \"m\" {{\n  config = \"{config}\"\n}}\nmodel \"n\" {{\n  config = \"{config}\"\n  parameters = \"124M\"\n  dtype = \"bf16\"\n}}\n"
    );
    let project = project(&[text]);
    let (m, n) = (&project.models["m"], &project.models["n"]);
    assert_eq!(m.parameters.get(), 124_439_808);
    assert_eq!(m.dtype.as_str(), "fp16");
    assert_eq!(m.census.embeddings, (50_257 + 1024) * 768);
    assert_eq!(m.architecture.as_ref().unwrap().layers, 12);
    assert_eq!(n.parameters.get(), 124_000_000);
    assert_eq!(n.dtype.as_str(), "bf16");
    assert_eq!(n.census.total, 124_000_000);
}
