//! What type a configuration says that the weights are of.

use serde_json::Value;

use super::config::ConfigError;
use super::keys::Keys;
use crate::model::Dtype;

/// As published, before any quantisation.
pub(super) fn dtype(keys: &Keys<'_>) -> Result<Option<Dtype>, ConfigError> {
    let names = ["torch_dtype", "dtype"];
    let Some(word) = keys.word(&names)? else {
        return Ok(None);
    };
    match word.trim_start_matches("torch.") {
        "float32" | "float" => Ok(Some(Dtype::Fp32)),
        "bfloat16" => Ok(Some(Dtype::Bf16)),
        "float16" | "half" => Ok(Some(Dtype::Fp16)),
        "float8_e4m3fn" | "float8_e5m2" => Ok(Some(Dtype::Fp8)),
        "auto" => Ok(None),
        other => Err(unknown_format("torch_dtype", other)),
    }
}

fn unknown_format(key: &'static str, word: &str) -> ConfigError {
    let word = word.chars().take(40).collect();
    ConfigError::UnknownFormat { key, word }
}

/// What `quantization_config` says that the weights were quantised to.
pub(super) fn quantization(keys: &Keys<'_>) -> Result<Option<Dtype>, ConfigError> {
    let Some(object) = keys.object("quantization_config")? else {
        return Ok(None);
    };
    let inner = Keys {
        object,
        defaults: &[],
    };
    let integers = |bits: u64| match bits {
        4 => Ok(Dtype::Int4),
        8 => Ok(Dtype::Int8),
        other => Err(ConfigError::number("bits", other)),
    };
    let method = inner.word(&["quant_method"])?;
    let found = match method.unwrap_or("bitsandbytes") {
        "gptq" | "awq" => integers(inner.dimension(&["bits", "w_bit"])?)?,
        "bitsandbytes" if inner.flag("load_in_4bit", false)? => Dtype::Nf4,
        "bitsandbytes" if inner.flag("load_in_8bit", false)? => Dtype::Int8,
        "bitsandbytes" => return Ok(None),
        "fp8" | "fbgemm_fp8" => Dtype::Fp8,
        "mxfp4" => Dtype::Mxfp4,
        "compressed-tensors" => compressed(&inner)?,
        other => return Err(unknown_format("quant_method", other)),
    };
    Ok(Some(found))
}

/// The weights of the first group of a `compressed-tensors` configuration.
fn compressed(keys: &Keys<'_>) -> Result<Dtype, ConfigError> {
    let missing = ConfigError::Missing {
        key: "config_groups",
    };
    let groups = keys.object("config_groups")?;
    let group = groups.and_then(|groups| groups.values().next());
    let weights = group
        .and_then(|g| g.get("weights"))
        .and_then(Value::as_object);
    let inner = Keys {
        object: weights.ok_or(missing)?,
        defaults: &[],
    };
    let bits = inner.dimension(&["num_bits"])?;
    match (bits, inner.word(&["type"])?) {
        (8, Some("float")) => Ok(Dtype::Fp8),
        (8, _) => Ok(Dtype::Int8),
        (4, Some("float")) => Err(unknown_format("type", "float of 4 bits")),
        (4, _) => Ok(Dtype::Int4),
        (other, _) => Err(ConfigError::number("num_bits", other)),
    }
}
