//! Whether a stage's model fits the GPUs of an offering, and what of that a plan says.

use serde::{Deserialize, Serialize};

use super::candidates::gpu_lists;
use crate::catalog::{Basis, Catalog, Gpu, GpuCount};
use crate::fit::{Card, Estimate, Job, Term, Usage, Verdict, largest};
use crate::model::{Project, Stage};

/// Memory of a card from which on servers choose larger defaults, in MiB: 70 GiB.
const LARGE_MIB: u32 = 70 * 1024;

/// What a stage does with its model, ready to be held against many GPUs.
#[derive(Debug, Clone)]
pub(crate) struct Fitting {
    job: Job,
    /// Bytes that a GPU needs, with a server's defaults for small cards and for large ones.
    needed: [Estimate; 2],
    /// Whether a GPU that is only just large enough will do, since a node is tried first.
    probed: bool,
}

impl Fitting {
    /// `None` when there is nothing to judge: no GPU, no model, or no word of how it is used.
    pub(crate) fn of(stage: &Stage, project: &Project) -> Option<Self> {
        let model = project.models.get(&stage.model.as_ref()?.value)?;
        let job = Job::of_stage(stage, model)?;
        let with = |large| {
            job.estimate(&Card {
                name: String::new(),
                usable: 0,
                estimated: false,
                large,
            })
        };
        let probed = matches!(&job.usage, Usage::Training(how) if how.probe.is_some());
        Some(Self {
            needed: [with(false), with(true)],
            job,
            probed,
        })
    }

    /// Whether the model fits the GPUs of a node; not where nobody knows how large they are.
    pub(crate) fn fits(&self, count: GpuCount, catalog: &Catalog) -> bool {
        let card = card(count, catalog.gpu(count.gpu));
        card.is_some_and(|card| self.allowed(self.verdict(&card)))
    }

    /// Tight GPUs are allowed where a node is tried first.
    fn allowed(&self, verdict: Verdict) -> bool {
        verdict == Verdict::Fits || (verdict == Verdict::Tight && self.probed)
    }

    fn verdict(&self, card: &Card) -> Verdict {
        self.job.verdict(self.needs(card), card.usable)
    }

    /// What a GPU of a card needs.
    pub(crate) fn needs(&self, card: &Card) -> &Estimate {
        &self.needed[usize::from(card.large)]
    }

    pub(crate) const fn job(&self) -> &Job {
        &self.job
    }

    /// What a plan says of a stage on these GPUs; `None` where their size isn't known.
    pub(crate) fn planned(
        &self,
        count: GpuCount,
        stage: &Stage,
        catalog: &Catalog,
    ) -> Option<PlannedFit> {
        let card = card(count, catalog.gpu(count.gpu))?;
        let estimate = self.needs(&card).clone();
        let room = largest(&self.job, &card);
        let probe = match &self.job.usage {
            Usage::Training(how) => how.probe.as_ref().map(|probe| probe.value.clone()),
            Usage::Inference(_) => None,
        };
        let verdict = self.verdict(&card);
        Some(PlannedFit {
            verdict,
            needed_bytes: estimate.total(),
            limit_bytes: self.job.limit(card.usable),
            usable_bytes: card.usable,
            usable_estimated: card.estimated,
            gpu: card.name,
            binding: estimate.binding().map(|component| component.term),
            estimate,
            largest_batch: room.batch,
            largest_sequence: room.sequence,
            probe: probe.filter(|_| verdict == Verdict::Tight),
            refused: self.refused(stage, catalog),
        })
    }

    /// The GPUs that a stage names and that don't hold its model, each with what it has.
    pub(crate) fn refused(&self, stage: &Stage, catalog: &Catalog) -> Vec<RefusedGpu> {
        let (first, second) = gpu_lists(stage);
        let names: Vec<&String> = first.into_iter().chain(second).flatten().collect();
        let named = |gpu: &Gpu| names.iter().any(|name| gpu.answers_to(name));
        let asked = catalog.gpus().filter(|(_, gpu)| named(gpu));
        let whole = asked.map(|(index, _)| GpuCount {
            gpu: index,
            milli: 1000,
        });
        let small = whole.filter_map(|count| {
            let card = card(count, catalog.gpu(count.gpu))?;
            let verdict = self.verdict(&card);
            (!self.allowed(verdict)).then(|| RefusedGpu {
                needed_bytes: self.needs(&card).total(),
                limit_bytes: self.job.limit(card.usable),
                usable_bytes: card.usable,
                gpu: card.name,
                verdict,
            })
        });
        small.collect()
    }
}

/// A GPU of a node as far as memory goes; of a part of one, its part. `None` where its size isn't
/// known.
#[must_use]
pub fn card(count: GpuCount, gpu: &Gpu) -> Option<Card> {
    let usable = gpu.usable()?;
    let part = u64::from(count.milli.min(1000));
    let large = gpu.memory_mib.is_some_and(|mib| mib >= LARGE_MIB);
    Some(Card {
        usable: (u64::from(usable.mib) << 20) * part / 1000,
        estimated: usable.basis == Basis::Estimated || part < 1000,
        // vLLM leaves A100s out of its larger defaults.
        large: large && part == 1000 && !gpu.name.starts_with("A100"),
        name: gpu.name.clone(),
    })
}

/// Whether a stage's model fits its GPU, in bytes of one GPU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedFit {
    /// The GPU's name in the catalog.
    pub gpu: String,
    /// Fits or tight: nothing else is chosen.
    pub verdict: Verdict,
    /// What the stage needs.
    pub needed_bytes: u64,
    /// What a program can have.
    pub usable_bytes: u64,
    /// How much of that an estimate may come to.
    pub limit_bytes: u64,
    /// Whether that was never observed.
    pub usable_estimated: bool,
    /// What needs most of it.
    pub binding: Option<Term>,
    /// What the need is made of.
    pub estimate: Estimate,
    /// The largest batch that fits, with the sequence as it is.
    pub largest_batch: Option<u32>,
    /// The longest sequence that fits, with the batch as it is.
    pub largest_sequence: Option<u32>,
    /// The command that must run on a node before the work starts; only where it is tight.
    pub probe: Option<Vec<String>>,
    /// GPUs that the stage names and that are too small.
    pub refused: Vec<RefusedGpu>,
}

/// A GPU that is too small for a stage, in bytes of one GPU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedGpu {
    /// Its name in the catalog.
    pub gpu: String,
    /// Tight, or doesn't fit.
    pub verdict: Verdict,
    /// What the stage needs.
    pub needed_bytes: u64,
    /// What a program can have.
    pub usable_bytes: u64,
    /// How much of that an estimate may come to.
    pub limit_bytes: u64,
}
