use crate::model::{Architecture, Census, Dtype, MlModel};
use crate::units::Bytes;

/// A model as far as memory depends on it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Which of its parameters are of what kind.
    pub census: Census,
    /// Its shape; `None` when it isn't known or is no transformer's.
    pub shape: Option<Architecture>,
    /// Type of its weights.
    pub dtype: Dtype,
    /// Exact size of its weights, from the headers of its files.
    pub weight_bytes: Option<Bytes>,
}

impl From<&MlModel> for Subject {
    fn from(model: &MlModel) -> Self {
        Self {
            census: model.census,
            shape: model.architecture.clone(),
            dtype: model.dtype,
            weight_bytes: None,
        }
    }
}

/// How a model is spread over GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parallel {
    /// GPUs among which each matrix is cut, t.
    pub tensor: u64,
    /// GPUs among which the layers are dealt out, p.
    pub pipeline: u64,
    /// Copies of the model that work on different data, N.
    pub data: u64,
}

impl Parallel {
    /// All on one GPU.
    pub const ONE: Self = Self {
        tensor: 1,
        pipeline: 1,
        data: 1,
    };

    /// Of so many GPUs; what tensor and pipeline parallelism leave over works on different data.
    /// `None` when the GPUs don't make up whole copies.
    #[must_use]
    pub const fn of(gpus: u64, tensor: u64, pipeline: u64) -> Option<Self> {
        let copy = tensor.saturating_mul(pipeline);
        if copy == 0 || gpus == 0 || !gpus.is_multiple_of(copy) {
            return None;
        }
        Some(Self {
            tensor,
            pipeline,
            data: gpus / copy,
        })
    }

    /// GPUs that hold one copy of the model together.
    #[must_use]
    pub const fn model(self) -> u64 {
        self.tensor.saturating_mul(self.pipeline)
    }

    /// All GPUs.
    #[must_use]
    pub const fn gpus(self) -> u64 {
        self.model().saturating_mul(self.data)
    }
}
