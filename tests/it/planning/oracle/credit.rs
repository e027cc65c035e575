//! What commitments take off: the most that can be, hour by hour.

use mlinfra::model::{CapacityType, Project, ProviderName};

use super::money::Micro;
use super::offers::Offer;

/// One commitment: what it covers, and pico-USD at list of each hour.
pub(super) struct Promise {
    provider: ProviderName,
    region: Option<String>,
    family: Option<String>,
    cap: i128,
}

pub(super) fn promises(project: &Project) -> Vec<Promise> {
    let promise = |commitment: &mlinfra::model::Commitment| Promise {
        provider: commitment.provider,
        region: commitment.region.as_ref().map(|r| r.value.clone()),
        family: commitment.family.as_ref().map(|f| f.value.clone()),
        cap: i128::from(commitment.usd_per_hour.pico_usd()) * 1_000_000
            / i128::from(1_000_000 - commitment.discount.get()),
    };
    project.commitments.values().map(promise).collect()
}

impl Promise {
    fn covers(&self, offer: &Offer<'_>) -> bool {
        let family = self.family.as_ref().is_none_or(|family| {
            let rest = offer.name.strip_prefix(family.as_str());
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
        });
        offer.capacity == CapacityType::OnDemand
            && offer.at.provider == Some(self.provider)
            && self
                .region
                .as_ref()
                .is_none_or(|r| *r == offer.at.location.region)
            && family
    }
}

/// One stage's use of two commitments at most.
struct Use {
    offer: usize,
    compute: i128,
    /// Pico-USD in all hours of the week.
    draw: i128,
    covered_by: [bool; 2],
}

/// Cost that is covered. `hours` are those that differ, with how many are alike.
pub(super) fn taken_off(
    promises: &[Promise],
    chosen: &[&Offer<'_>],
    hours: &[(usize, i128)],
) -> Micro {
    if promises.is_empty() {
        return 0;
    }
    let draw = |offer: &Offer<'_>, hour: usize| {
        i128::from(offer.list) * i128::from(offer.size.hours[hour])
    };
    let cap = |n: usize| promises.get(n).map_or(0, |p| p.cap);
    let covers = |n: usize, o: &Offer<'_>| promises.get(n).is_some_and(|p| p.covers(o));
    assert!(promises.len() <= 2);
    let mut uses: Vec<Use> = Vec::new();
    for (offer, o) in chosen.iter().enumerate() {
        let covered_by = [covers(0, o), covers(1, o)];
        let draw = hours
            .iter()
            .map(|(hour, alike)| draw(o, *hour) * alike)
            .sum();
        if covered_by != [false; 2] && draw > 0 {
            uses.push(Use {
                offer,
                compute: o.compute,
                draw,
                covered_by,
            });
        }
    }
    // A dollar of list price covered is worth `compute / draw`: that of the stage that runs the
    // larger share of the hours in which it may. The dearest dollars are covered first.
    uses.sort_by(|a, b| (b.compute * a.draw).cmp(&(a.compute * b.draw)));
    let mut covered = vec![0; uses.len()];
    for (hour, alike) in hours {
        let mut before = 0;
        for n in 0..uses.len() {
            // By which commitments: only the first, only the second, either.
            let (mut only, mut either) = ([0, 0], 0);
            for use_ in &uses[..=n] {
                let drawn = draw(chosen[use_.offer], *hour);
                match use_.covered_by {
                    [true, true] => either += drawn,
                    [true, false] => only[0] += drawn,
                    [false, _] => only[1] += drawn,
                }
            }
            let own = [only[0].min(cap(0)), only[1].min(cap(1))];
            let left = cap(0) - own[0] + cap(1) - own[1];
            let all = own[0] + own[1] + either.min(left);
            covered[n] += (all - before) * alike;
            before = all;
        }
    }
    let credit = |(use_, covered): (&Use, i128)| use_.compute * covered / use_.draw;
    uses.iter().zip(covered).map(credit).sum()
}
