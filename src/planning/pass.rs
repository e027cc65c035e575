//! How long one pass through all stages takes: from the start of the first to the end of the last,
//! along the data.

use super::bill;
use super::candidate::Candidate;
use super::graph::StageRead;
use super::sites::Sites;
use super::sizing::sum;
use crate::units::Duration;

/// What the stages of a pass take, without and with each other's data.
pub(crate) struct Pass<'p, 'a> {
    pub(crate) reads: &'p [StageRead<'a>],
    pub(crate) sites: &'p Sites<'a>,
}

impl Pass<'_, '_> {
    /// How long a stage takes by itself: a run, or the start of a service.
    pub(crate) fn own_time(candidate: &Candidate<'_>) -> Duration {
        if candidate.sizing.by_hour.is_some() {
            candidate.sizing.startup
        } else {
            candidate.duration()
        }
    }

    /// The longest way through the stages: its time, and the stages on it in order.
    ///
    /// A stage starts when all that it reads from is done; then its nodes wait for one read after
    /// the other, over one pair of machines.
    pub(crate) fn longest(&self, chosen: &[&Candidate<'_>]) -> (Duration, Vec<usize>) {
        let mut ends: Vec<(Duration, Option<usize>)> = Vec::with_capacity(chosen.len());
        for (stage, candidate) in chosen.iter().enumerate() {
            let reads = || self.reads.iter().filter(|read| read.to == stage);
            let waits = reads().map(|read| {
                let (from, to) = (chosen[read.from].locus.site, candidate.locus.site);
                bill::flow_wait(read, self.sites, from, to)
            });
            let time = waits.fold(Self::own_time(candidate), sum);
            // Producers stand before their readers, so they are known. The first of equals counts.
            let mut before: Option<(Duration, usize)> = None;
            for read in reads() {
                let end = ends[read.from].0;
                if before.is_none_or(|(latest, _)| end > latest) {
                    before = Some((end, read.from));
                }
            }
            let start = before.map_or(Duration::ZERO, |(end, _)| end);
            ends.push((sum(start, time), before.map(|(_, from)| from)));
        }
        let Some(last) = (0..ends.len()).max_by_key(|i| (ends[*i].0, std::cmp::Reverse(*i))) else {
            return (Duration::ZERO, Vec::new());
        };
        let mut path = vec![last];
        while let Some(before) = ends[path[path.len() - 1]].1 {
            path.push(before);
        }
        path.reverse();
        (ends[last].0, path)
    }
}
