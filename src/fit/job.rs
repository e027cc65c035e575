//! A model and how it is used, held against cards.

use super::card::Card;
use super::estimate::Estimate;
use super::inference::inference;
use super::subject::{Parallel, Subject};
use super::training::training;
use super::verdict::{
    Verdict, inference_limit, inference_verdict, training_limit, training_verdict,
};
use crate::model::{MlModel, Serving, Stage, Training};

/// A model and how it is used.
#[derive(Debug, Clone)]
pub struct Job {
    /// The model.
    pub subject: Subject,
    /// How it is used.
    pub usage: Usage,
    /// GPUs of a training run, or of one copy of a service.
    pub gpus: u64,
}

/// How a model is used.
#[derive(Debug, Clone)]
pub enum Usage {
    /// It answers.
    Inference(Serving),
    /// It learns.
    Training(Training),
}

/// A job on one kind of card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What one card needs to have.
    pub estimate: Estimate,
    /// Whether it has.
    pub verdict: Verdict,
}

impl Job {
    /// What a stage does with its model; `None` for a stage that needs no GPU, names no model or
    /// doesn't say how it is used. A serving stage without a `serving` block answers one by one.
    #[must_use]
    pub fn of_stage(stage: &Stage, model: &MlModel) -> Option<Self> {
        let gpus = stage.requirements.gpu.as_ref()?.value.count.value.into();
        let usage = match (&stage.serving, &stage.training) {
            (Some(serving), _) => Usage::Inference(serving.clone()),
            (None, Some(training)) => Usage::Training(training.clone()),
            (None, None) => return None,
        };
        Some(Self {
            subject: Subject::from(model),
            usage,
            gpus,
        })
    }

    /// How the model is spread; `None` when the GPUs don't make up whole copies of it.
    ///
    /// A copy of a service is spread over all its GPUs unless its spec says otherwise.
    #[must_use]
    pub fn parallel(&self) -> Option<Parallel> {
        match &self.usage {
            Usage::Training(training) => Parallel::of(
                self.gpus,
                training.tensor_parallel.into(),
                training.pipeline_parallel.into(),
            ),
            Usage::Inference(serving) => {
                let pipeline = u64::from(serving.pipeline_parallel.max(1));
                let tensor = serving
                    .tensor_parallel
                    .map_or(self.gpus / pipeline, u64::from);
                Parallel::of(self.gpus, tensor, pipeline)
            }
        }
    }

    /// Memory of one GPU; as on a single GPU where they don't make up whole copies.
    #[must_use]
    pub fn estimate(&self, card: &Card) -> Estimate {
        let parallel = self.parallel().unwrap_or(Parallel::ONE);
        match &self.usage {
            Usage::Training(how) => training(&self.subject, how, parallel),
            Usage::Inference(how) => inference(&self.subject, how, parallel, card),
        }
    }

    /// What one card needs, and whether it has it.
    #[must_use]
    pub fn judge(&self, card: &Card) -> Judged {
        let estimate = self.estimate(card);
        let verdict = self.verdict(&estimate, card.usable);
        Judged { estimate, verdict }
    }

    /// Whether an estimate is within so many bytes, by the rule for this usage.
    #[must_use]
    pub fn verdict(&self, estimate: &Estimate, usable: u64) -> Verdict {
        match &self.usage {
            Usage::Training(_) => training_verdict(estimate, usable),
            Usage::Inference(_) => inference_verdict(estimate, usable),
        }
    }

    /// What the estimate may be of so many usable bytes: the rest is for what it may be wrong by.
    #[must_use]
    pub const fn limit(&self, usable: u64) -> u64 {
        match &self.usage {
            Usage::Training(_) => training_limit(usable),
            Usage::Inference(_) => inference_limit(usable),
        }
    }

    /// Samples that one GPU works on at once.
    #[must_use]
    pub const fn batch(&self) -> u32 {
        match &self.usage {
            Usage::Training(how) => how.micro_batch,
            Usage::Inference(how) => how.max_batch,
        }
    }

    /// Tokens of a sample.
    #[must_use]
    pub const fn sequence(&self) -> Option<u32> {
        match &self.usage {
            Usage::Training(how) => how.sequence,
            Usage::Inference(how) => how.sequence,
        }
    }

    /// The same with another batch.
    #[must_use]
    pub fn with_batch(&self, batch: u32) -> Self {
        let mut job = self.clone();
        match &mut job.usage {
            Usage::Training(how) => how.micro_batch = batch,
            Usage::Inference(how) => how.max_batch = batch,
        }
        job
    }

    /// The same with samples of another length.
    #[must_use]
    pub fn with_sequence(&self, tokens: u32) -> Self {
        let mut job = self.clone();
        match &mut job.usage {
            Usage::Training(how) => how.sequence = Some(tokens),
            Usage::Inference(how) => how.sequence = Some(tokens),
        }
        job
    }
}
