//! `mlinfra schema`.

use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use super::{Io, Outcome};

/// Arguments of `mlinfra schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The format; without one, all are listed
    #[arg(value_parser = PossibleValuesParser::new(FORMATS.iter().map(|f| f.name)))]
    format: Option<String>,
}

/// A format with a schema.
struct Format {
    name: &'static str,
    doc: &'static str,
    schema: fn() -> Value,
}

/// Every format that a program can rely on.
const FORMATS: &[Format] = &[
    Format {
        name: "diff",
        doc: "what `mlinfra diff --json` prints and `-o` writes",
        schema: crate::render::review::schema,
    },
    Format {
        name: "explain",
        doc: "what `mlinfra explain --json` prints",
        schema: crate::render::explain::schema,
    },
    Format {
        name: "gpu-fit",
        doc: "what `mlinfra gpu fit --json` prints",
        schema: crate::render::fit::schema,
    },
    Format {
        name: "plan",
        doc: "what `mlinfra plan --json` prints and `-o` writes",
        schema: crate::render::plan::schema,
    },
    Format {
        name: "spec",
        doc: "a spec as an object of its blocks",
        schema: crate::spec::spec_schema,
    },
    Format {
        name: "validate",
        doc: "what `mlinfra validate --json` prints",
        schema: validate,
    },
];

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    match FORMATS
        .iter()
        .find(|f| Some(f.name) == args.format.as_deref())
    {
        Some(format) => io.print(&format!("{:#}\n", (format.schema)())),
        None => {
            for format in FORMATS {
                io.print(&format!("{:<10}{}\n", format.name, format.doc));
            }
        }
    }
    Ok(0)
}

fn validate() -> Value {
    let count = json!({"type": "integer", "minimum": 0});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mlinfra:schema:validate",
        "title": "mlinfra validate --json",
        "type": "object",
        "properties": {
            "format_version": {"const": "1.0"},
            "valid": {"type": "boolean"},
            "error_count": count,
            "warning_count": count,
            "diagnostics": {"type": "array", "items": diagnostic()},
        },
        "required": ["format_version", "valid", "error_count", "warning_count", "diagnostics"],
    })
}

fn diagnostic() -> Value {
    let text = json!({"type": "string"});
    let position = json!({
        "type": "object",
        "properties": {
            "line": {"type": "integer", "minimum": 1},
            "column": {"type": "integer", "minimum": 1},
            "byte": {"type": "integer", "minimum": 0},
        },
        "required": ["line", "column", "byte"],
    });
    json!({
        "type": "object",
        "properties": {
            "severity": {"enum": ["error", "warning"]},
            "code": text,
            "summary": text,
            "detail": text,
            "label": text,
            "range": {
                "type": ["object", "null"],
                "properties": {"file": text, "start": position, "end": position},
                "required": ["file", "start", "end"],
            },
            "snippet": {"type": ["string", "null"]},
            "hints": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"text": text, "lead": text, "command": text},
                },
            },
        },
        "required": ["severity", "code", "summary", "detail", "label", "range", "snippet", "hints"],
    })
}
