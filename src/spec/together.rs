//! What stages say of each other: shared nodes, affinities and anti-affinities.

use std::collections::BTreeMap;

use petgraph::unionfind::UnionFind;

use crate::diagnostics::{Diagnostic, Diagnostics, Hint, Origin, spec};
use crate::model::{AntiAffinity, Domain, Project, Share};

/// Most stages that may leave it to the planner with whom they share.
///
/// Every way to divide them into groups is a plan of its own: 203 ways for six stages, 877 for seven,
/// 115,975 for ten. Named pools say the groups, so that any number of stages may have one.
const MOST_AUTO: usize = 6;

/// Most pools whose names are compared with each other for a hint; the time grows with the square.
const MOST_COMPARED: usize = 100;

/// Checks that stages can share and be together as they say.
pub(super) fn check(project: &Project, found: &mut Diagnostics) {
    auto_shares(project, found);
    contradictions(project, found);
}

fn auto_shares(project: &Project, found: &mut Diagnostics) {
    let stages = project.stages.values();
    let auto: Vec<Origin> = stages
        .filter(|s| matches!(s.share, Share::Auto))
        .map(|s| s.origin)
        .collect();
    let Some(first_beyond) = auto.get(MOST_AUTO) else {
        return;
    };
    let detail = format!(
        "{} stages say `share = \"auto\"`, and {MOST_AUTO} at most may: the ways to divide more of \
         them into groups are too many to try.",
        auto.len()
    );
    let diagnostic = Diagnostic::error(&spec::TOO_MANY_AUTO).at(*first_beyond);
    found.push(diagnostic.detail(detail).hint(
        "name a pool in the stages that go together, e.g. `share = \"nightly\"`; pools may have any \
         number of stages.",
    ));
}

/// Warns of pools that one stage names: it shares with nobody, most often because of a slip.
///
/// Only for a project without errors: the other stages of a pool may be those that are wrong.
pub(super) fn lonely_pools(project: &Project) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut pools: BTreeMap<&str, Vec<Origin>> = BTreeMap::new();
    for stage in project.stages.values() {
        if let Share::Pool(pool) = &stage.share {
            pools.entry(&pool.value).or_default().push(pool.origin);
        }
    }
    let hinted = pools.len() <= MOST_COMPARED;
    for (name, origins) in &pools {
        let [origin] = origins.as_slice() else {
            continue;
        };
        let mut diagnostic = Diagnostic::warning(&spec::POOL_OF_ONE)
            .at(*origin)
            .detail(format!(
                "No other stage names pool `{name}`, so this one shares with nobody."
            ));
        if hinted {
            let others = pools.keys().copied().filter(|other| other != name);
            let near = super::suggest::nearest(name, others);
            let hint = near.map(|other| Hint::Text(format!("did you mean `{other}`?")));
            diagnostic.hints.extend(hint);
        }
        found.push(diagnostic);
    }
    found
}

/// Stages that one block wants apart and others, directly or one after another, want together.
fn contradictions(project: &Project, found: &mut Diagnostics) {
    for domain in [Domain::Provider, Domain::Region, Domain::Zone] {
        let apart = project.anti_affinities.iter();
        let apart: Vec<_> = apart.filter(|(_, a)| a.different == domain).collect();
        if apart.is_empty() {
            continue;
        }
        let groups = Groups::of(project, domain);
        for (name, block) in apart {
            if let Some(diagnostic) = groups.contradiction(name, block) {
                found.push(diagnostic);
            }
        }
    }
}

/// Stages by what they must be in the same of.
struct Groups<'p> {
    domain: Domain,
    places: BTreeMap<&'p str, usize>,
    joined: UnionFind<usize>,
}

impl<'p> Groups<'p> {
    fn of(project: &'p Project, domain: Domain) -> Self {
        let names = project.stages.keys().map(String::as_str);
        let places: BTreeMap<&str, usize> = names.zip(0..).collect();
        let mut joined = UnionFind::new(places.len());
        // What is in the same zone is in the same region and with the same provider as well.
        for affinity in project.affinities.values().filter(|a| a.same >= domain) {
            let members = affinity.stages.value.iter();
            let members: Vec<usize> = members
                .filter_map(|s| places.get(s.as_str()).copied())
                .collect();
            for pair in members.windows(2) {
                if let [one, other] = pair {
                    joined.union(*one, *other);
                }
            }
        }
        Self {
            domain,
            places,
            joined,
        }
    }

    fn contradiction(&self, name: &str, apart: &AntiAffinity) -> Option<Diagnostic> {
        let mut seen: BTreeMap<usize, &str> = BTreeMap::new();
        for stage in &apart.stages.value {
            let group = self.joined.find(*self.places.get(stage.as_str())?);
            if let Some(other) = seen.insert(group, stage) {
                let same = self.domain.as_str();
                let detail = format!(
                    "`{other}` and `{stage}` must be in the same {same} by their `affinity`, and in \
                     different ones by anti-affinity `{name}`; no plan can be both."
                );
                let diagnostic = Diagnostic::error(&spec::CONFLICT).at(apart.origin);
                return Some(diagnostic.detail(detail));
            }
        }
        None
    }
}
