//! Stages, datasets and places as a Mermaid graph, which GitHub and GitLab draw.
//!
//! ````text
//! ```mermaid
//! flowchart LR
//!   subgraph p0["aws/us-east-1"]
//!     s0["train<br/>2 × p4d.24xlarge"]
//!     d0[("dataset.events")]
//!   end
//!   d0 -->|"2 TiB"| s0
//! ```
//! ````

use std::collections::BTreeMap;

use crate::planning::plan::{Movement, Plan, PlannedStage};
use crate::render::plan::nodes_of;
use crate::render::text;
use crate::review::{StageReview, StageStatus};
use crate::units::Money;

/// More than this nobody can read in a comment.
const NODES: usize = 40;

/// Columns of a name in a box.
const NAME: usize = 32;

/// A graph of places, what is in them, and what is read from where.
struct Graph<'a> {
    places: BTreeMap<String, Vec<String>>,
    edges: Vec<String>,
    datasets: BTreeMap<(&'a str, String), usize>,
}

/// How many stages and datasets a graph would have, where that is too many to draw.
pub(super) fn too_many(plan: &Plan) -> Option<usize> {
    let nodes = plan.stages.len() + datasets(plan).len();
    (nodes > NODES).then_some(nodes)
}

/// The datasets by name and place, numbered.
fn datasets(plan: &Plan) -> BTreeMap<(&str, String), usize> {
    let movements = plan.stages.iter().flat_map(|stage| &stage.movements);
    let mut found: BTreeMap<(&str, String), usize> = movements
        .filter(|movement| maker(plan, movement).is_none())
        .map(|movement| ((movement.source.as_str(), movement.from.to_string()), 0))
        .collect();
    for (number, entry) in found.values_mut().enumerate() {
        *entry = number;
    }
    found
}

/// The number of the stage that makes what is read.
fn maker(plan: &Plan, movement: &Movement) -> Option<usize> {
    let rest = movement.source.strip_prefix("stage.")?;
    let (name, _) = rest.split_once(".output.")?;
    plan.stages.iter().position(|stage| stage.name == name)
}

/// Draws a plan, with the stages that change marked; `None` where there is too much of it.
pub(super) fn graph(plan: &Plan, reviews: &[StageReview]) -> Option<String> {
    if too_many(plan).is_some() || plan.stages.is_empty() {
        return None;
    }
    let mut graph = Graph {
        places: BTreeMap::new(),
        edges: Vec::new(),
        datasets: datasets(plan),
    };
    graph.add_datasets();
    for (number, stage) in plan.stages.iter().enumerate() {
        graph.add_stage(number, stage, reviews);
        for movement in &stage.movements {
            graph.add_edge(plan, number, movement);
        }
    }
    Some(graph.text())
}

impl Graph<'_> {
    fn add_datasets(&mut self) {
        for ((name, place), number) in &self.datasets {
            let node = format!("d{number}[(\"{}\")]", label(name, NAME));
            self.places.entry(place.clone()).or_default().push(node);
        }
    }

    fn add_stage(&mut self, number: usize, stage: &PlannedStage, reviews: &[StageReview]) {
        let mut found = reviews.iter().filter(|review| review.name == stage.name);
        let (word, class) = match found.next().map(|review| review.status) {
            Some(StageStatus::Added) => (" (new)", ":::changed"),
            Some(StageStatus::Changed) => (" (changed)", ":::changed"),
            Some(StageStatus::Removed | StageStatus::Unchanged) | None => ("", ""),
        };
        let node = format!(
            "s{number}[\"{}{word}<br/>{}\"]{class}",
            label(&stage.name, NAME),
            label(&nodes_of(stage), 2 * NAME)
        );
        let place = stage.placement.location.to_string();
        self.places.entry(place).or_default().push(node);
    }

    fn add_edge(&mut self, plan: &Plan, reader: usize, movement: &Movement) {
        let key = (movement.source.as_str(), movement.from.to_string());
        let from = match (maker(plan, movement), self.datasets.get(&key)) {
            (Some(stage), _) => format!("s{stage}"),
            (None, Some(dataset)) => format!("d{dataset}"),
            (None, None) => return,
        };
        let cost = match movement.cost {
            Money::ZERO => String::new(),
            cost => format!(", USD {}", cost.cents()),
        };
        let amount = label(&format!("{}{cost}", movement.amount), NAME);
        self.edges
            .push(format!("{from} -->|\"{amount}\"| s{reader}"));
    }

    fn text(&self) -> String {
        let mut out = String::from("```mermaid\nflowchart LR\n");
        for (number, (place, nodes)) in self.places.iter().enumerate() {
            out.push_str(&format!(
                "  subgraph p{number}[\"{}\"]\n",
                label(place, NAME)
            ));
            for node in nodes {
                out.push_str(&format!("    {node}\n"));
            }
            out.push_str("  end\n");
        }
        for edge in &self.edges {
            out.push_str(&format!("  {edge}\n"));
        }
        out.push_str("  classDef changed stroke-width:4px\n```\n");
        out
    }
}

/// Text in quotes: what Mermaid, HTML or Markdown might act on is an entity code of Mermaid's.
fn label(raw: &str, columns: usize) -> String {
    let mut out = String::new();
    let line = text::cut(&text::inert_line(raw), columns);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        // Mermaid takes a number, a point and a space for a list, which it doesn't draw.
        let point = c == '.' && chars.peek().is_some_and(|next| next.is_alphanumeric());
        if c.is_alphanumeric() || " /,-_()×→…".contains(c) || point {
            out.push(c);
        } else {
            out.push_str(&format!("#{};", u32::from(c)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_nothing_that_mermaid_acts_on() {
        let raw = "a\"]; click s0 \"javascript:x\" `x` #quot; <b> 1. x\nend";
        let shown = label(raw, 200);
        assert_eq!(
            shown,
            "a#34;#93;#59; click s0 #34;javascript#58;x#34; #96;x#96; #35;quot#59; #60;b#62; \
             1#46; x#92;nend"
        );
    }
}
