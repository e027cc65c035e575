//! Exact counts of parameters from a shape.

use super::family::{Attention, Body, Family, HeadNorms};
use crate::model::{Architecture, Census};

/// All that the count depends on.
pub(super) struct Shape {
    pub architecture: Architecture,
    pub family: &'static Family,
    /// How many of the layers are a decoder's that also attends to an encoder.
    pub decoders: u64,
    /// Inner size of the feed-forward part in layers without experts.
    pub dense_ffn: u64,
    pub expertise: Option<Expertise>,
    /// Width of the embedding; narrower than the hidden size in some families.
    pub embedding: u64,
    /// Rows of learnt positions.
    pub positions: u64,
    /// Rows of token types.
    pub types: u64,
    pub latent: Option<Latent>,
    /// Rows of the table of relative positions.
    pub distances: u64,
    /// Width of a convolution beside the first layer; 0 for none.
    pub convolution: u64,
    /// Whether relative positions have projections of their own in each layer.
    pub separate_keys: bool,
    /// Normalisations in each layer.
    pub norms: u64,
    pub final_norm: bool,
    pub qkv_bias: bool,
    pub output_bias: bool,
    pub ffn_bias: bool,
}

/// Experts, and in how many layers.
pub(super) struct Expertise {
    pub count: u64,
    pub active: u64,
    pub width: u64,
    /// Inner size of what sees each token beside them.
    pub shared_width: u64,
    pub layers: u64,
}

impl Expertise {
    /// The shared part as so many experts of the common size.
    pub(super) const fn shared_units(&self) -> u64 {
        self.shared_width.div_ceil(self.width)
    }
}

/// Sizes of latent attention.
pub(super) struct Latent {
    pub query_rank: Option<u64>,
    /// Values kept for each token, without those that positions turn.
    pub rank: u64,
    pub rope: u64,
    pub plain: u64,
    pub value: u64,
}

/// Parameters of a part. In 128 bits, which no product of dimensions within their limits exceeds.
#[derive(Clone, Copy, Default)]
struct Tally {
    matrices: u128,
    experts: u128,
    vectors: u128,
    /// The largest tensor.
    widest: u128,
}

impl Tally {
    fn matrix(&mut self, rows: u64, columns: u64) {
        let size = u128::from(rows) * u128::from(columns);
        self.matrices += size;
        self.widest = self.widest.max(size);
    }

    fn vector(&mut self, size: u64) {
        self.vectors += u128::from(size);
        self.widest = self.widest.max(u128::from(size));
    }

    fn biased(&mut self, rows: u64, columns: u64, bias: bool) {
        self.matrix(rows, columns);
        if bias {
            self.vector(columns);
        }
    }

    const fn total(&self) -> u128 {
        self.matrices + self.vectors
    }
}

impl Shape {
    /// Counts all parameters.
    pub(super) fn census(&self) -> Census {
        let dense = self.layer(false);
        let sparse = self.layer(true);
        let cross = self.crossed();
        let sparse_layers = self.expertise.as_ref().map_or(0, |experts| experts.layers);
        let distinct = self.architecture.layers - self.decoders;
        let distinct = if self.family.one_layer { 1 } else { distinct };
        let kinds = [
            (dense, distinct.saturating_sub(sparse_layers)),
            (sparse, sparse_layers),
            (cross, self.decoders),
        ];
        let embeddings = self.embeddings();
        let mut rest = self.rest();
        let mut all = Tally::default();
        let mut layer = 0;
        for (kind, times) in kinds.iter().filter(|(_, times)| *times > 0) {
            all.matrices += kind.matrices * u128::from(*times);
            all.experts += kind.experts * u128::from(*times);
            all.vectors += kind.vectors * u128::from(*times);
            rest.widest = rest.widest.max(kind.widest);
            layer = layer.max(kind.total());
        }
        if self.family.bare_first {
            all.vectors -= u128::from(self.architecture.hidden * self.family.norm_vectors);
        }
        let total = all.total() + embeddings.total() + rest.total();
        let narrow = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        Census {
            total: narrow(total),
            embeddings: narrow(embeddings.matrices),
            linear: narrow(all.matrices),
            experts: narrow(all.experts),
            layer: narrow(layer),
            tensor: narrow(rest.widest.max(embeddings.widest)),
        }
    }

    /// Tokens, positions, types and a head of its own.
    fn embeddings(&self) -> Tally {
        let shape = &self.architecture;
        let mut tally = Tally::default();
        tally.matrix(shape.vocab, self.embedding);
        let wide = if self.family.body == Body::Encoder {
            self.embedding
        } else {
            shape.hidden
        };
        tally.matrix(self.positions, wide);
        tally.matrix(self.types, self.embedding);
        if shape.generates && !shape.tied_embeddings {
            tally.matrix(shape.vocab, self.embedding);
        }
        tally
    }

    /// What is neither an embedding nor in a layer.
    fn rest(&self) -> Tally {
        let (shape, family) = (&self.architecture, self.family);
        let mut tally = Tally::default();
        if family.embedding_norm {
            tally.vector(self.embedding * family.norm_vectors);
        }
        if self.final_norm {
            let ends = if self.decoders > 0 { 2 } else { 1 };
            tally.vector(shape.hidden * family.norm_vectors * ends);
        }
        if self.embedding != shape.hidden {
            // Into the layers and, in a decoder, out of them again.
            tally.biased(self.embedding, shape.hidden, family.body == Body::Encoder);
            if family.body == Body::Decoder {
                tally.matrix(shape.hidden, self.embedding);
            }
        }
        if family.head_bias {
            tally.vector(shape.vocab);
        }
        if family.pooler {
            tally.biased(shape.hidden, shape.hidden, true);
        }
        match family.attention {
            Attention::Disentangled if self.distances > 0 => {
                tally.matrix(self.distances, shape.hidden);
                tally.vector(shape.hidden * 2);
            }
            Attention::Buckets => {
                tally.matrix(self.distances, shape.heads);
                tally.matrix(self.distances, shape.heads);
            }
            _ => {}
        }
        if self.convolution > 0 {
            tally.matrix(shape.hidden * self.convolution, shape.hidden);
            tally.vector(shape.hidden * 3);
        }
        tally
    }

    fn layer(&self, experts: bool) -> Tally {
        let mut tally = Tally::default();
        self.attention(&mut tally);
        match &self.expertise {
            Some(expertise) if experts => self.mixture(expertise, &mut tally),
            _ => self.feed_forward(self.dense_ffn, &mut tally),
        }
        let hidden = self.architecture.hidden;
        tally.vector(hidden * self.norms * self.family.norm_vectors);
        tally
    }

    /// A layer of a decoder that attends to an encoder too.
    fn crossed(&self) -> Tally {
        let mut tally = self.layer(false);
        self.attention(&mut tally);
        tally.vector(self.architecture.hidden * self.family.norm_vectors);
        tally
    }

    fn attention(&self, tally: &mut Tally) {
        let shape = &self.architecture;
        if let Some(latent) = &self.latent {
            return latent_attention(shape, latent, tally);
        }
        let (queries, keys) = (
            shape.heads * shape.head_dim,
            shape.kv_heads * shape.head_dim,
        );
        for width in [queries, keys, keys] {
            tally.biased(shape.hidden, width, self.qkv_bias);
        }
        tally.biased(queries, shape.hidden, self.output_bias);
        match self.family.head_norms {
            HeadNorms::None => {}
            HeadNorms::Shared => tally.vector(2 * shape.head_dim),
            HeadNorms::Whole => tally.vector(queries + keys),
        }
        if self.family.attention == Attention::Sinks {
            tally.vector(shape.heads);
        }
        if self.family.attention == Attention::Disentangled && self.separate_keys {
            tally.biased(shape.hidden, queries, true);
            tally.biased(shape.hidden, queries, true);
        }
    }

    fn feed_forward(&self, width: u64, tally: &mut Tally) {
        let (hidden, bias) = (self.architecture.hidden, self.ffn_bias);
        if self.architecture.gated {
            tally.biased(hidden, width, bias);
        }
        tally.biased(hidden, width, bias);
        tally.biased(width, hidden, bias);
    }

    fn mixture(&self, expertise: &Expertise, tally: &mut Tally) {
        let (parts, hidden) = (&self.family.experts, self.architecture.hidden);
        let mut expert = Tally::default();
        self.feed_forward(expertise.width, &mut expert);
        if parts.biases {
            let inner = if self.architecture.gated { 2 } else { 1 };
            expert.vector(inner * expertise.width);
            expert.vector(hidden);
        }
        let count = u128::from(expertise.count);
        tally.experts += expert.matrices * count;
        tally.matrices += expert.matrices * count;
        tally.vectors += expert.vectors * count;
        let widest = if parts.fused {
            // The gate's matrix and the one beside it are one tensor for all experts.
            expert.widest * count * if self.architecture.gated { 2 } else { 1 }
        } else {
            expert.widest
        };
        tally.widest = tally.widest.max(widest);
        tally.biased(hidden, expertise.count, parts.biases);
        if parts.correction {
            tally.vector(expertise.count);
        }
        if expertise.shared_width > 0 {
            self.feed_forward(expertise.shared_width, tally);
            if parts.shared_gate {
                tally.matrix(hidden, 1);
            }
        }
    }
}

/// Queries and keys in two parts, one that positions turn and one that they don't; keys and values
/// through a narrow vector.
fn latent_attention(shape: &Architecture, latent: &Latent, tally: &mut Tally) {
    let queries = shape.heads * (latent.plain + latent.rope);
    match latent.query_rank {
        Some(rank) => {
            tally.matrix(shape.hidden, rank);
            tally.vector(rank);
            tally.matrix(rank, queries);
        }
        None => tally.matrix(shape.hidden, queries),
    }
    tally.matrix(shape.hidden, latent.rank + latent.rope);
    tally.vector(latent.rank);
    tally.matrix(latent.rank, shape.heads * (latent.plain + latent.value));
    tally.matrix(shape.heads * latent.value, shape.hidden);
}
