//! Stages and places as a picture: columns along the data, a band for each place.
//!
//! What the picture shows is told once more in a table beside it, for those who can't see it or
//! look at it on a phone.

mod draw;
mod layout;

use maud::{Markup, html};

use super::figures::cell;
use super::shell::wide;
use crate::model::CapacityType;
use crate::planning::plan::{Movement, Placement, Plan, PlannedStage};
use crate::render::plan::{place, rides_with, short, stage_mark};
use crate::units::{Millionths, Money};

/// Something at a place.
pub(super) struct Node {
    /// The band that it stands in.
    pub place: String,
    pub title: String,
    /// Below the title, shortened to the box.
    pub lines: Vec<String>,
    /// All of it in one sentence.
    pub about: String,
    pub href: Option<String>,
    pub kind: Kind,
}

/// What a node is, or what a change makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Data that no stage makes.
    Data,
    Stage,
    Added,
    Changed,
    Removed,
}

/// Data that goes from one node to another.
struct Edge {
    from: usize,
    to: usize,
    /// `features 600GiB, 4 times`.
    what: String,
    /// `600GiB × 4`.
    short: String,
    cost: Money,
}

/// What is drawn.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

/// The graph of a plan, each stage with a link to its section.
pub(super) fn of_plan(plan: &Plan, href: impl Fn(usize) -> String) -> Markup {
    let mut graph = Graph::default();
    for (i, stage) in plan.stages.iter().enumerate() {
        let bill = format!("USD {} {}", stage.costs.total.cents(), stage_mark(stage));
        graph.stage(stage, Kind::Stage, &bill, Some(href(i)));
    }
    graph.connect(&plan.stages.iter().collect::<Vec<_>>());
    graph.render("plan")
}

impl Graph {
    /// Adds a stage with a last line of the caller's.
    pub(super) fn stage(
        &mut self,
        stage: &PlannedStage,
        kind: Kind,
        last: &str,
        href: Option<String>,
    ) {
        let at = &stage.placement;
        let mut lines = match rides_with(stage) {
            Some(holder) => vec![format!("on the nodes of {holder}")],
            None => machine(at),
        };
        lines.push(last.trim_end().to_owned());
        self.nodes.push(Node {
            place: at.location.to_string(),
            title: stage.name.clone(),
            about: format!("{}: {}, {}", stage.name, lines.join(", "), place(at)),
            lines,
            href,
            kind,
        });
    }

    /// Adds what these stages read, and the datasets among that. The nodes of the stages are there, at
    /// the same places as in `stages`.
    pub(super) fn connect(&mut self, stages: &[&PlannedStage]) {
        for (to, stage) in stages.iter().enumerate() {
            for movement in &stage.movements {
                let from = self.source(movement, stages);
                self.edges.push(Edge {
                    from,
                    to,
                    what: format!("{} {}", movement.name, amount(movement, ", ", " times")),
                    short: amount(movement, " × ", ""),
                    cost: movement.cost + movement.wait_cost,
                });
            }
        }
    }

    /// The node that data comes from; a new one for a dataset that isn't there yet.
    fn source(&mut self, movement: &Movement, stages: &[&PlannedStage]) -> usize {
        let makes = |stage: &&PlannedStage| {
            let rest = movement.source.strip_prefix("stage.");
            let rest = rest.and_then(|rest| rest.strip_prefix(&stage.name));
            rest.is_some_and(|rest| rest.starts_with('.'))
        };
        if let Some(stage) = stages.iter().position(makes) {
            return stage;
        }
        let place = movement.from.to_string();
        let title = movement.source.strip_prefix("dataset.");
        let title = title.unwrap_or(&movement.source);
        let mut known = self.nodes.iter();
        let same =
            |node: &Node| node.kind == Kind::Data && node.title == title && node.place == place;
        known.position(same).unwrap_or_else(|| {
            self.nodes.push(Node {
                about: format!("dataset {title}, {place}"),
                place,
                title: title.to_owned(),
                lines: vec!["dataset".to_owned()],
                href: None,
                kind: Kind::Data,
            });
            self.nodes.len() - 1
        })
    }

    /// The picture and its table; `id` sets it apart from others of the page.
    pub(super) fn render(&self, id: &str) -> Markup {
        let picture = draw::picture(self, &layout::of(self), id);
        html! {
            (wide("Graph of stages and places", &picture))
            @if !self.edges.is_empty() { (self.table()) }
        }
    }

    fn table(&self) -> Markup {
        let table = html! {
            table.sortable {
                caption { "Data on its way, with what moving it and waiting for it cost in USD per month" }
                thead { tr {
                    th scope="col" { "From" }
                    th scope="col" { "To" }
                    th scope="col" { "Amount" }
                    th.num scope="col" { "USD" }
                } }
                tbody { @for edge in &self.edges { (self.row(edge)) } }
            }
        };
        wide("Data on its way", &table)
    }

    fn row(&self, edge: &Edge) -> Markup {
        let end = |i: usize| {
            let node = &self.nodes[i];
            html! { td { (node.title) " " span.more { (node.place) } } }
        };
        html! {
            tr {
                (end(edge.from))
                (end(edge.to))
                td { (edge.what) }
                (cell(edge.cost, ""))
            }
        }
    }
}

/// The nodes of a stage, their GPUs on a line of their own.
fn machine(placement: &Placement) -> Vec<String> {
    let spot = if placement.capacity_type == CapacityType::Spot {
        " on spot"
    } else {
        ""
    };
    let mut lines = vec![format!(
        "{} × {}{spot}",
        placement.nodes, placement.instance_type
    )];
    if let (Some(gpu), Some(count)) = (&placement.gpu, placement.gpus_per_node) {
        lines.push(format!("{count} × {gpu} each"));
    }
    lines
}

/// `600GiB × 4`, where the words around the number of times are the caller's.
fn amount(movement: &Movement, before: &str, after: &str) -> String {
    if movement.times_per_month == Millionths::ONE {
        return movement.amount.to_string();
    }
    let times = short(movement.times_per_month);
    format!("{}{before}{times}{after}", movement.amount)
}
