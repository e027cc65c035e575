//! What can be told only of several blocks together.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::diagnostics::{Diagnostic, Diagnostics, spec};
use crate::model::{Project, Source, Stage};
use crate::units::Bytes;

/// Checks a project that is made of valid blocks.
pub(super) fn all(project: &Project) -> Diagnostics {
    let mut found = Diagnostics::new();
    for stage in project.stages.values() {
        reads_within_size(project, stage, &mut found);
    }
    data_cycles(project, &mut found);
    sites(project, &mut found);
    super::together::check(project, &mut found);
    found
}

fn reads_within_size(project: &Project, stage: &Stage, found: &mut Diagnostics) {
    for read in stage.reads.values() {
        let (Some(amount), Some(size)) = (read.amount, size(project, &read.source)) else {
            continue;
        };
        if amount > size {
            let detail = format!("{amount} are read in each run, of {size} that there are.");
            let diagnostic = Diagnostic::error(&spec::READ_EXCEEDS_SIZE);
            found.push(diagnostic.at(read.origin).detail(detail));
        }
    }
}

fn size(project: &Project, source: &Source) -> Option<Bytes> {
    match source {
        Source::Dataset(name) => project.datasets.get(name).map(|d| d.size),
        Source::Output { stage, output } => {
            let outputs = &project.stages.get(stage)?.outputs;
            outputs.get(output).map(|o| o.size)
        }
    }
}

/// Stages that can't run because each waits for another's output.
fn data_cycles(project: &Project, found: &mut Diagnostics) {
    let mut graph: DiGraph<&str, ()> = DiGraph::new();
    let nodes: BTreeMap<&str, NodeIndex> = project
        .stages
        .keys()
        .map(|name| (name.as_str(), graph.add_node(name.as_str())))
        .collect();
    for (name, stage) in &project.stages {
        for source in stage.reads.values().filter_map(|r| source_stage(&r.source)) {
            if let (Some(from), Some(to)) = (nodes.get(source), nodes.get(name.as_str())) {
                graph.add_edge(*from, *to, ());
            }
        }
    }
    for component in tarjan_scc(&graph) {
        let itself = matches!(component.as_slice(), [only] if graph.contains_edge(*only, *only));
        if component.len() > 1 || itself {
            found.push(cycle(project, &graph, &component));
        }
    }
}

fn source_stage(source: &Source) -> Option<&str> {
    match source {
        Source::Dataset(_) => None,
        Source::Output { stage, .. } => Some(stage),
    }
}

/// One cycle of a strongly connected component, from its first stage by name.
fn cycle(project: &Project, graph: &DiGraph<&str, ()>, component: &[NodeIndex]) -> Diagnostic {
    let name = |node: NodeIndex| graph.node_weight(node).copied().unwrap_or("");
    let start = component
        .iter()
        .copied()
        .min_by_key(|n| name(*n))
        .unwrap_or_default();
    // Shortest way from the start back to itself, breadth first, within the component.
    let mut came_from: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    'search: while let Some(node) = queue.pop_front() {
        let mut next: Vec<_> = graph
            .neighbors(node)
            .filter(|n| component.contains(n))
            .collect();
        next.sort_by_key(|n| name(*n));
        for neighbor in next {
            if neighbor == start {
                came_from.insert(start, node);
                break 'search;
            }
            if let Entry::Vacant(entry) = came_from.entry(neighbor) {
                entry.insert(node);
                queue.push_back(neighbor);
            }
        }
    }
    let mut written = vec![format!("`{}`", name(start))];
    let mut at = start;
    while let Some(before) = came_from.get(&at) {
        written.push(format!("`{}`", name(*before)));
        at = *before;
        if at == start {
            break;
        }
    }
    let detail = format!(
        "{}: none of them can run first.",
        written.join(" reads from ")
    );
    let diagnostic = Diagnostic::error(&spec::DATA_CYCLE).detail(detail);
    match project.stages.get(name(start)) {
        Some(stage) => diagnostic.at(stage.origin),
        None => diagnostic,
    }
}

/// Two clusters at one site would make its location ambiguous; a dataset at a site needs one.
fn sites(project: &Project, found: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, cluster) in &project.clusters {
        if let Some(other) = seen.insert(&cluster.site, name) {
            let detail = format!(
                "Cluster `{other}` is at `onprem/{}` as well; a site has one cluster.",
                cluster.site
            );
            let diagnostic = Diagnostic::error(&spec::DUPLICATE_NAME);
            found.push(diagnostic.at(cluster.origin).detail(detail));
        }
    }
}
