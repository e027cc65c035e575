//! The machine as a whole: driver, number of cards, the kernel's log, and what is between cards.

use super::Check;
use super::Outcome::{Skip, Warn};
use crate::expectation::{Expectation, Mig, least_driver};
use crate::fact::Fact;
use crate::facts::{NodeFacts, Peer, Version, Xid};
use crate::xid::FATAL_XIDS;

pub(super) fn checks(facts: &NodeFacts, expectation: &Expectation) -> Vec<Check> {
    vec![
        driver(&facts.driver, expectation),
        cuda(facts, expectation),
        count(facts, expectation),
        excluded(facts),
    ]
}

pub(super) fn between(facts: &NodeFacts, expectation: &Expectation) -> Vec<Check> {
    let mut checks = Vec::new();
    if expectation.nvlink {
        checks.push(peer_access(&facts.peers, facts.gpus.len()));
    }
    checks.push(xid(&facts.xids));
    checks
}

/// The parts of a version that are numbers: `535.154.05` is 535, 154, 5.
fn parts(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

fn dotted(parts: &[u32]) -> String {
    let parts: Vec<String> = parts.iter().map(u32::to_string).collect();
    parts.join(".")
}

fn driver(found: &Fact<String>, expectation: &Expectation) -> Check {
    let check = Check::new("driver", None).required(true);
    check.of(found, |check, version| {
        let check = check.found(version);
        let Some(least) = &expectation.driver else {
            return check;
        };
        let holds = parts(version) >= *least;
        check
            .expected(format!("at least {}", dotted(least)))
            .unless(holds, "the driver is older than the stage needs")
    })
}

fn cuda(facts: &NodeFacts, expectation: &Expectation) -> Check {
    let check = Check::new("cuda", None).required(expectation.cuda.is_some());
    let Some((major, minor)) = expectation.cuda else {
        let known = |check: Check, version: &Version| check.found(version.to_string());
        // Without an expectation it is only told, and a machine may lack CUDA's library.
        return match &facts.cuda {
            Fact::Failed(reason) => check.ends(Skip, reason),
            fact => check.of(fact, known),
        };
    };
    let wanted = minor.map_or_else(|| major.to_string(), |minor| format!("{major}.{minor}"));
    check.of(&facts.cuda, |check, version| {
        let check = check
            .found(version.to_string())
            .expected(format!("at least {wanted}"));
        let running = facts.driver.known().map(|driver| parts(driver));
        let running = running.and_then(|parts| parts.first().copied());
        let enough = match (least_driver(major), running) {
            // Any driver of the same major version or a later one runs what was built with it.
            (Some(least), Some(running)) => running >= least,
            _ => version.major >= major,
        };
        let minor = Version {
            major,
            minor: minor.unwrap_or(0),
        };
        let least = least_driver(major).map_or_else(String::new, |d| format!("; it needs {d}"));
        let reason = format!("the driver doesn't run programs built with CUDA {wanted}{least}");
        check.unless(enough && *version >= minor, reason)
    })
}

fn count(facts: &NodeFacts, expectation: &Expectation) -> Check {
    let check = Check::new("count", None).required(true);
    if let Some(first) = facts.unreadable.first() {
        let all = facts.unreadable.len();
        let reason = format!("gpu {} can't be opened: {}", first.index, first.reason);
        let found = format!("{} readable, {all} not", facts.gpus.len());
        return check.found(found).unless(false, reason);
    }
    let parts = matches!(expectation.mig, Some(Mig::Profile(_)));
    let found = if parts {
        let parts = facts.gpus.iter().filter_map(|gpu| gpu.mig_devices.known());
        parts.map(Vec::len).sum()
    } else {
        facts.gpus.len()
    };
    let said = facts.count.known().copied().unwrap_or(0);
    let named = if parts { "MIG devices" } else { "GPUs" };
    check.of(&facts.count, |check, _| {
        if usize::try_from(said) != Ok(facts.gpus.len()) {
            let reason = format!("the library counts {said} GPUs, more than a node can have");
            return check.found(format!("{said}")).unless(false, reason);
        }
        let check = check.found(found.to_string());
        match expectation.count {
            Some(wanted) => check.expected(wanted.to_string()).unless(
                Ok(found) == usize::try_from(wanted),
                format!("there are {found} {named}"),
            ),
            None => check.unless(found > 0, format!("there are no {named}")),
        }
    })
}

fn excluded(facts: &NodeFacts) -> Check {
    let check = Check::new("excluded", None);
    let check = check.of(&facts.excluded, |check, excluded| {
        let names: Vec<&str> = excluded.iter().map(|card| card.bus_id.as_str()).collect();
        let reason = format!("the driver was told to leave alone {}", names.join(", "));
        check
            .found(format!("{} cards", names.len()))
            .expected("none")
            .unless(names.is_empty(), reason)
    });
    // Only drivers since 450 know of it, so that they don't say is nothing against a node.
    check.required(false)
}

fn xid(found: &Fact<Vec<Xid>>) -> Check {
    let check = Check::new("xid", None);
    let check = check.of(found, |check, xids| {
        let fatal = xids.iter().filter(|xid| FATAL_XIDS.contains(&xid.code));
        let fatal: Vec<String> = fatal
            .map(|xid| format!("{} on {}", xid.code, xid.bus_id))
            .collect();
        let others = xids.len() - fatal.len();
        let reason = format!("the driver reported Xid {}", fatal.join(", "));
        let check = check
            .found(format!("{} since boot", xids.len()))
            .unless(fatal.is_empty(), reason);
        if fatal.is_empty() && others > 0 {
            return check.ends(
                Warn,
                "errors that applications cause, or that need no action",
            );
        }
        check
    });
    // Reading the kernel's log needs a privilege that a container seldom has.
    check.required(false)
}

fn peer_access(peers: &[Peer], cards: usize) -> Check {
    let check = Check::new("peer-access", None)
        .required(true)
        .expected("all pairs over NVLink");
    if cards < 2 {
        return check.found("one card").expected("");
    }
    for peer in peers {
        let pair = format!("gpu {} and {}", peer.first, peer.second);
        for (fact, how) in [
            (&peer.read, "reach each other"),
            (&peer.nvlink, "share an NVLink"),
        ] {
            match fact {
                Fact::Known(true) => {}
                Fact::Known(false) => return check.unless(false, format!("{pair} don't {how}")),
                other => {
                    let why = other.missing().unwrap_or_default();
                    return check.ends(Skip, format!("{pair}: {why}"));
                }
            }
        }
    }
    check.found(format!("{} pairs", peers.len()))
}
