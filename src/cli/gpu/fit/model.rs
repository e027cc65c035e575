//! Arguments that describe a model, under the names that a spec has for them.

use super::words::{parameters, word};
use crate::diagnostics::{Diagnostic, cli};
use crate::fit::Subject;
use crate::model::{Architecture, Census, Dtype, Experts};
use crate::units::Parameters;

/// A model, or what is different about the one of a spec or a configuration.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Model, instead of or beside a spec's")]
pub(super) struct ModelArgs {
    /// Number of parameters: `7B`, `350M`, `8030261248`
    #[arg(long, value_name = "N", value_parser = parameters)]
    parameters: Option<Parameters>,
    /// Type of its weights [default: as a spec or a configuration says, else bf16]
    #[arg(long, value_name = "TYPE", value_parser = word(Dtype::WORDS, Dtype::from_name))]
    pub(super) dtype: Option<Dtype>,
    #[command(flatten)]
    shape: ShapeArgs,
}

/// The shape of a transformer.
#[derive(Debug, Clone, clap::Args)]
struct ShapeArgs {
    /// Layers
    #[arg(long, value_name = "N", value_parser = dimension())]
    layers: Option<u64>,
    /// Hidden size
    #[arg(long, value_name = "N", value_parser = dimension())]
    hidden: Option<u64>,
    /// Attention heads
    #[arg(long, value_name = "N", value_parser = dimension())]
    heads: Option<u64>,
    /// Key-value heads [default: as many as heads]
    #[arg(long, value_name = "N", value_parser = dimension())]
    kv_heads: Option<u64>,
    /// Size of a head [default: hidden / heads]
    #[arg(long, value_name = "N", value_parser = dimension())]
    head_dim: Option<u64>,
    /// Inner size of the feed-forward part; of one expert where there are experts
    #[arg(long, value_name = "N", value_parser = dimension())]
    ffn: Option<u64>,
    /// Size of the vocabulary
    #[arg(long, value_name = "N", value_parser = dimension())]
    vocab: Option<u64>,
    /// Whether the feed-forward part has a gate [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    gated: Option<bool>,
    /// Whether the output head is the embedding's matrix [default: false]
    #[arg(long, visible_alias = "tied", value_name = "BOOL", num_args = 0..=1)]
    #[arg(require_equals = true, default_missing_value = "true")]
    tied_embeddings: Option<bool>,
    /// Whether it generates tokens; `--generates=false` for encoders [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    generates: Option<bool>,
    /// Whether dropout is used in training [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    dropout: Option<bool>,
    /// Experts of a layer
    #[arg(long, value_name = "N", value_parser = dimension())]
    experts: Option<u64>,
    /// Experts that work on one token [default: 2]
    #[arg(long, value_name = "N", value_parser = dimension())]
    active_experts: Option<u64>,
}

/// Up to ten million, as in specs.
fn dimension() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(1..=10_000_000)
}

impl ModelArgs {
    /// A model of these arguments alone; `None` where they don't say how large it is.
    ///
    /// # Errors
    ///
    /// `cli::usage` when they make up only part of a shape.
    pub(super) fn alone(&self) -> Result<Option<Subject>, Diagnostic> {
        let Some(parameters) = self.parameters else {
            return Ok(None);
        };
        let shape = self.shape.of(None)?;
        Ok(Some(Subject {
            census: Census::of(parameters, shape.as_ref()),
            shape,
            dtype: self.dtype.unwrap_or(Dtype::Bf16),
            weight_bytes: None,
        }))
    }

    /// A known model with what these arguments say put over it.
    ///
    /// # Errors
    ///
    /// `cli::usage` when they make up only part of a shape.
    pub(super) fn over(&self, known: Subject) -> Result<Subject, Diagnostic> {
        let reshaped = self.shape.is_given();
        let shape = match reshaped {
            true => self.shape.of(known.shape.as_ref())?,
            false => known.shape.clone(),
        };
        let total = self.parameters.map(Parameters::get);
        let census = match total {
            None if !reshaped => known.census,
            _ => Census::of(
                Parameters::new(total.unwrap_or(known.census.total)),
                shape.as_ref(),
            ),
        };
        let dtype = self.dtype.unwrap_or(known.dtype);
        // What files hold says nothing of other types or sizes.
        let same = dtype == known.dtype && total.is_none();
        Ok(Subject {
            census,
            shape,
            dtype,
            weight_bytes: known.weight_bytes.filter(|_| same),
        })
    }
}

impl ShapeArgs {
    fn is_given(&self) -> bool {
        let numbers = [
            self.layers,
            self.hidden,
            self.heads,
            self.kv_heads,
            self.head_dim,
            self.ffn,
            self.vocab,
            self.experts,
            self.active_experts,
        ];
        let words = [
            self.gated,
            self.tied_embeddings,
            self.generates,
            self.dropout,
        ];
        numbers.iter().any(Option::is_some) || words.iter().any(Option::is_some)
    }

    /// The shape of a known one and these arguments together; `None` when neither is there.
    fn of(&self, known: Option<&Architecture>) -> Result<Option<Architecture>, Diagnostic> {
        if known.is_none() && !self.is_given() {
            return Ok(None);
        }
        let required = [
            ("--layers", self.layers, known.map(|s| s.layers)),
            ("--hidden", self.hidden, known.map(|s| s.hidden)),
            ("--heads", self.heads, known.map(|s| s.heads)),
            ("--ffn", self.ffn, known.map(|s| s.ffn)),
            ("--vocab", self.vocab, known.map(|s| s.vocab)),
        ];
        let missing: Vec<&str> = required
            .iter()
            .filter(|(_, given, known)| given.or(*known).is_none())
            .map(|(name, ..)| *name)
            .collect();
        let numbers = required.map(|(_, given, known)| given.or(known));
        let [
            Some(layers),
            Some(hidden),
            Some(heads),
            Some(ffn),
            Some(vocab),
        ] = numbers
        else {
            return Err(incomplete(&missing));
        };
        let shape = Architecture {
            layers,
            hidden,
            heads,
            kv_heads: self.kv_heads(heads, known),
            head_dim: self.head_dim(hidden, heads, known)?,
            ffn,
            vocab,
            gated: self.gated.or(known.map(|s| s.gated)).unwrap_or(true),
            tied_embeddings: self
                .tied_embeddings
                .or(known.map(|s| s.tied_embeddings))
                .unwrap_or(false),
            generates: self
                .generates
                .or(known.map(|s| s.generates))
                .unwrap_or(true),
            dropout: self.dropout.or(known.map(|s| s.dropout)).unwrap_or(false),
            experts: self.experts(known)?,
            kv_latent: known.and_then(|s| s.kv_latent),
            window: known.and_then(|s| s.window),
        };
        match shape.contradiction() {
            Some(why) => Err(Diagnostic::error(&cli::USAGE).detail(why)),
            None => Ok(Some(shape)),
        }
    }

    /// Key-value heads of a known model stay, unless its heads are changed.
    fn kv_heads(&self, heads: u64, known: Option<&Architecture>) -> u64 {
        let kept = known.filter(|s| s.heads == heads).map(|s| s.kv_heads);
        self.kv_heads.or(kept).unwrap_or(heads)
    }

    fn head_dim(
        &self,
        hidden: u64,
        heads: u64,
        known: Option<&Architecture>,
    ) -> Result<u64, Diagnostic> {
        let kept = known.filter(|s| (s.hidden, s.heads) == (hidden, heads));
        match self.head_dim.or(kept.map(|s| s.head_dim)) {
            Some(size) => Ok(size),
            None if hidden.is_multiple_of(heads) => Ok(hidden / heads),
            None => {
                let detail = format!(
                    "The hidden size of {hidden} isn't a multiple of {heads} heads, so `--head-dim` \
                     must be given."
                );
                Err(Diagnostic::error(&cli::USAGE).detail(detail))
            }
        }
    }

    fn experts(&self, known: Option<&Architecture>) -> Result<Option<Experts>, Diagnostic> {
        let known = known.and_then(|s| s.experts);
        match (self.experts.or(known.map(|e| e.count)), self.active_experts) {
            (Some(count), active) => Ok(Some(Experts {
                count,
                active: active.or(known.map(|e| e.active)).unwrap_or(count.min(2)),
            })),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Diagnostic::error(&cli::USAGE)
                .detail("`--active-experts` is of a model with `--experts`.")),
        }
    }
}

fn incomplete(missing: &[&str]) -> Diagnostic {
    let missing: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let missing = missing.join(", ");
    Diagnostic::error(&cli::USAGE)
        .detail(format!(
            "The model's shape is incomplete; it lacks {missing}."
        ))
        .hint(
            "leave its shape out to count only weights and what training keeps for each parameter",
        )
}
