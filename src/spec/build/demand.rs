use std::collections::BTreeMap;

use super::Builder;
use super::capacity::small;
use crate::diagnostics::spec;
use crate::model::{
    CheckpointEvery, Demand, Interruption, Replicas, Runs, RunsPerMonth, Throughput, Traffic,
    TrafficShape, Work, Written,
};
use crate::spec::section::Section;
use crate::spec::typed::Typed;
use crate::units::Millionths;

impl Builder<'_, '_> {
    /// How much a job runs.
    pub(super) fn runs(&self, stage: &Section, has_gpus: bool) -> Option<Demand> {
        let Some(section) = stage.block("run") else {
            if stage.lacks("run") {
                let detail = "A job needs a `run` block: how long and how often it runs.";
                self.report(&spec::MISSING_BLOCK, stage.origin, detail);
            }
            return None;
        };
        let work = self.work(section, has_gpus);
        let per_month = self.per_month(section);
        let deadline = section.duration("deadline");
        if let (Some(deadline), Some(Work::Fixed(duration))) = (&deadline, &work)
            && deadline.value < duration.value
        {
            let detail = format!(
                "A run takes {}, which is longer than its deadline of {}.",
                duration.value, deadline.value
            );
            self.report(&spec::IMPOSSIBLE_RANGE, deadline.origin, detail);
        }
        if let (Some(at), true) = (
            section.given("deadline_confidence"),
            section.lacks_argument("deadline"),
        ) {
            let detail = "`deadline_confidence` says how surely `deadline` must be met, which isn't \
                          given.";
            self.report(&spec::CONFLICT, at, detail);
        }
        Some(Demand::Runs(Runs {
            work: work?,
            per_month: per_month?,
            deadline,
            deadline_confidence: section.number("deadline_confidence"),
            startup: section.duration("startup").map(|d| d.value),
            origin: section.origin,
        }))
    }

    fn work(&self, section: &Section, has_gpus: bool) -> Option<Work> {
        let why = "Give `duration` when the time is the same on whatever meets the requirements, \
                   or `work` with times measured by GPU.";
        if self.conflict(section, "duration", "work", why) {
            return None;
        }
        if section.given("duration").is_none() && section.given("work").is_none() {
            if !section.lacks_argument("duration") || !section.lacks_argument("work") {
                return None;
            }
            self.missing(section.origin, "`duration` or `work`", why);
            return None;
        }
        if let Some(duration) = section
            .duration("duration")
            .or_else(|| section.duration("work"))
        {
            return Some(Work::Fixed(duration));
        }
        let map = section.map("work")?;
        if !has_gpus {
            let detail = "Work by GPU needs GPUs, and the stage has no `gpu` requirement; give \
                          `duration` instead.";
            self.report(&spec::CONFLICT, map.origin, detail);
            return None;
        }
        let mut times = BTreeMap::new();
        for (gpu, written) in map.value {
            if let Typed::Duration(time) = written.value {
                times.insert(gpu, time);
            }
        }
        self.not_empty(times.is_empty(), map.origin)
            .then(|| Work::PerGpu(Written::new(times, map.origin)))
    }

    fn not_empty(&self, empty: bool, at: crate::diagnostics::Origin) -> bool {
        if empty {
            let detail = "It is empty; give at least one GPU, e.g. `{ A100 = … }`.";
            self.report(&spec::OUT_OF_RANGE, at, detail);
        }
        !empty
    }

    fn per_month(&self, section: &Section) -> Option<RunsPerMonth> {
        let why = "Give `schedule`, a cron expression, or `runs_per_month`, a number.";
        if self.conflict(section, "schedule", "runs_per_month", why) {
            return None;
        }
        if let Some(schedule) = section.schedule("schedule") {
            return Some(schedule.value);
        }
        if let Some(runs) = section.number("runs_per_month") {
            let runs = runs.value;
            return Some(RunsPerMonth {
                runs,
                schedule: None,
                starts: None,
            });
        }
        let given = section
            .given("schedule")
            .or_else(|| section.given("runs_per_month"));
        let meant =
            !section.lacks_argument("schedule") || !section.lacks_argument("runs_per_month");
        if given.is_none() && !meant {
            self.missing(section.origin, "`schedule` or `runs_per_month`", why);
        }
        None
    }

    /// How much a service runs.
    pub(super) fn always_on(&self, stage: &Section, has_gpus: bool) -> Option<Demand> {
        let traffic = stage.block("traffic").map(|t| self.traffic(t));
        let Some(section) = stage.block("replicas") else {
            if stage.lacks("replicas") {
                let detail = "A serving stage needs a `replicas` block: how many copies stand.";
                self.report(&spec::MISSING_BLOCK, stage.origin, detail);
            }
            return None;
        };
        let replicas = self.replicas(section, has_gpus);
        let traffic = match traffic {
            Some(traffic) => Some(traffic?),
            None => None,
        };
        Some(Demand::AlwaysOn {
            traffic,
            replicas: replicas?,
        })
    }

    fn traffic(&self, section: &Section) -> Option<Traffic> {
        let hourly = self.shape(section);
        Some(Traffic {
            peak_rps: section.number("peak_rps")?,
            hourly: hourly?,
            p95_latency: section.duration("p95_latency"),
            origin: section.origin,
        })
    }

    fn shape(&self, section: &Section) -> Option<TrafficShape> {
        if let Some(word) = section.text("hourly") {
            return Some(match word.value.as_str() {
                "office-hours" => TrafficShape::OfficeHours,
                _ => TrafficShape::Flat,
            });
        }
        let Some(list) = section.list("hourly") else {
            return section
                .given("hourly")
                .is_none()
                .then_some(TrafficShape::Flat);
        };
        let shares: Vec<Millionths> = list
            .value
            .iter()
            .filter_map(|w| match w.value {
                Typed::Number(share) => Some(share),
                _ => None,
            })
            .collect();
        if shares.len() != 24 {
            let detail = format!(
                "A day has 24 shares, hour by hour; this list has {}.",
                shares.len()
            );
            self.report(&spec::OUT_OF_RANGE, list.origin, detail);
            return None;
        }
        if !shares.contains(&Millionths::ONE) {
            let detail = "The busiest hour's share must be 1: the shares are of the peak.";
            self.report(&spec::OUT_OF_RANGE, list.origin, detail);
            return None;
        }
        Some(TrafficShape::Custom(shares))
    }

    fn replicas(&self, section: &Section, has_gpus: bool) -> Option<Replicas> {
        let min = section.count("min").map_or(1, |c| small(&c));
        let max = section.count("max").map_or(min.max(1), |c| small(&c));
        if let (true, Some(at)) = (min > max, section.given("min").or(section.given("max"))) {
            let detail = format!("At least {min} and at most {max} copies can't both be.");
            self.report(&spec::IMPOSSIBLE_RANGE, at, detail);
        }
        let throughput = self.throughput(section, has_gpus);
        if throughput.is_none() && section.given("throughput_rps").is_some() {
            return None;
        }
        Some(Replicas {
            min,
            max,
            throughput,
            startup: section.duration("startup").map(|d| d.value),
            origin: section.origin,
        })
    }

    fn throughput(&self, section: &Section, has_gpus: bool) -> Option<Throughput> {
        if let Some(number) = section.number("throughput_rps") {
            return Some(Throughput::Fixed(number));
        }
        let map = section.map("throughput_rps")?;
        if !has_gpus {
            let detail = "Throughput by GPU needs GPUs, and the stage has no `gpu` requirement; \
                          give one number instead.";
            self.report(&spec::CONFLICT, map.origin, detail);
            return None;
        }
        let by_gpu: BTreeMap<_, _> = map
            .value
            .into_iter()
            .filter_map(|(gpu, w)| match w.value {
                Typed::Number(rps) => Some((gpu, rps)),
                _ => None,
            })
            .collect();
        self.not_empty(by_gpu.is_empty(), map.origin)
            .then(|| Throughput::PerGpu(Written::new(by_gpu, map.origin)))
    }

    pub(super) fn interruption(&self, section: &Section) -> Interruption {
        let tolerated = section.boolean("tolerated");
        let every = section.interval("checkpoint_every");
        if let (Some(false), Some(every)) = (tolerated.as_ref().map(|t| t.value), &every) {
            let detail = "The stage doesn't tolerate interruption, so its checkpoints would have \
                          no effect on the plan; leave them out.";
            self.report(&spec::CONFLICT, every.origin, detail);
        }
        if section.given("checkpoint_every").is_none()
            && let Some(at) = section
                .given("checkpoint_cost")
                .or(section.given("restore"))
        {
            let detail = "Without `checkpoint_every` nothing is saved, so there is nothing that \
                          saving or loading could cost.";
            self.report(&spec::CONFLICT, at, detail);
        }
        if let (Some(false), Some(at)) = (
            tolerated.as_ref().map(|t| t.value),
            section.given("interruptions_per_hour"),
        ) {
            let detail = "The stage doesn't tolerate interruption, so how often it comes would have \
                          no effect on the plan; leave it out.";
            self.report(&spec::CONFLICT, at, detail);
        }
        Interruption {
            tolerated: tolerated.is_some_and(|t| t.value),
            checkpoint_every: every.map_or(CheckpointEvery::Never, |e| e.value),
            checkpoint_cost: section.duration("checkpoint_cost").map(|d| d.value),
            restore: section.duration("restore").map(|d| d.value),
            per_hour: section.number("interruptions_per_hour"),
            origin: Some(section.origin),
        }
    }
}
