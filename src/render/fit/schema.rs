//! The JSON schema of `mlinfra gpu fit --json`.

use serde_json::{Value, json};

use crate::model::{Dtype, Recompute, Sharding};
use crate::render::schema::{count, object, optional_text, text};

/// The schema.
#[must_use]
pub fn schema() -> Value {
    let mut schema = object(json!({
        "format_version": { "const": "1.0" },
        "jobs": list(&job()),
    }));
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$id"] = json!("urn:mlinfra:schema:gpu-fit");
    schema["title"] = json!("mlinfra gpu fit --json");
    schema
}

fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// It, or null where it isn't known or there is none.
fn optional(of: &Value) -> Value {
    json!({ "anyOf": [{ "type": "null" }, of] })
}

fn words(words: &[&str]) -> Value {
    json!({ "enum": words })
}

fn job() -> Value {
    object(json!({
        "stage": optional_text(),
        "model": object(json!({
            "parameters": count(),
            "dtype": words(Dtype::WORDS),
            "weight_bytes": optional(&count()),
            "shape": { "type": ["object", "null"] },
        })),
        "usage": object(json!({
            "purpose": words(&["inference", "training"]),
            "batch": count(),
            "sequence": optional(&count()),
            "gpus": count(),
            "parallel": optional(&object(json!({
                "tensor": count(),
                "pipeline": count(),
                "data": count(),
            }))),
        })),
        "notes": list(&text()),
        "fits_any": { "type": "boolean" },
        "gpus": list(&gpu()),
    }))
}

fn gpu() -> Value {
    let size = optional(&count());
    object(json!({
        "gpu": text(),
        "slice_of": optional_text(),
        "verdict": optional(&words(&["fits", "tight", "does-not-fit"])),
        "needed_bytes": count(),
        "limit_bytes": size,
        "usable_bytes": size,
        "usable_basis": optional(&words(&["observed", "estimated"])),
        "estimate": estimate(),
        "largest_batch": size,
        "largest_sequence": size,
        "fewest": optional(&object(json!({
            "gpus": count(),
            "tensor": count(),
            "sharding": optional(&words(Sharding::WORDS)),
            "recompute": optional(&words(Recompute::WORDS)),
        }))),
        "remarks": list(&text()),
        "gpu_hour": optional(&object(json!({
            "usd": { "type": "string", "pattern": "^[0-9]+(\\.[0-9]{1,12})?$" },
            "provider": text(),
            "instance_type": text(),
            "region": text(),
            "as_of": text(),
        }))),
    }))
}

fn estimate() -> Value {
    object(json!({
        "components": list(&object(json!({
            "term": text(),
            "bytes": count(),
            "formula": text(),
        }))),
        "binding": optional_text(),
        "moment": optional_text(),
        "measured": { "type": "boolean" },
        "not_counted": list(&text()),
    }))
}
