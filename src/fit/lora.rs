use super::arithmetic::{product, sum};
use crate::model::{Architecture, LoraTargets};

/// Parameters of all adapters: `r · (in + out)` for each matrix that gets one (LoRA, section 4).
pub(super) fn parameters(shape: &Architecture, rank: u64, targets: LoraTargets) -> u64 {
    let hidden = shape.hidden;
    let query = hidden.saturating_add(product(&[shape.heads, shape.head_dim]));
    let key = hidden.saturating_add(product(&[shape.kv_heads, shape.head_dim]));
    let inner = hidden.saturating_add(shape.ffn);
    let experts = shape.experts.map_or(1, |experts| experts.count.max(1));
    let matrices = if shape.gated { 3 } else { 2 };
    let per_layer = match targets {
        LoraTargets::QueryValue => sum([query, key]),
        LoraTargets::Attention => sum([product(&[2, query]), product(&[2, key])]),
        LoraTargets::All => sum([
            product(&[2, query]),
            product(&[2, key]),
            product(&[matrices, inner, experts]),
        ]),
    };
    product(&[rank, per_layer, shape.layers])
}
