//! The picture of a graph as SVG.

use maud::{Markup, html};

use super::layout::{BEND, BOX, GAP, LINE, Layout};
use super::{Edge, Graph, Kind, Node};
use crate::render::text;
use crate::units::Money;

/// Letters of a line in a box; beyond that it is shortened, and whole in the title that a pointer
/// shows.
const LETTERS: usize = 26;
/// Letters of a label at an edge.
const LABEL: usize = 15;

/// Draws a graph. `id` sets the picture apart from others of the page.
pub(super) fn picture(graph: &Graph, layout: &Layout, id: &str) -> Markup {
    let (width, height) = (layout.width, layout.height);
    html! {
        svg.graph role="group" aria-labelledby={ "graph-" (id) "-title graph-" (id) "-desc" }
            width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } {
            title id={ "graph-" (id) "-title" } { "Stages and places" }
            desc id={ "graph-" (id) "-desc" } { (description(graph, layout)) }
            @for band in &layout.bands {
                rect.band x="0" y=(band.top) width=(width) height=(band.height) rx="4" {}
                text.place x="12" y=(band.top + 18) { (text::cut(&band.place, 60)) }
            }
            @for (i, edge) in graph.edges.iter().enumerate() { (way(layout, edge, &layout.ways[i])) }
            @for (i, node) in graph.nodes.iter().enumerate() { (boxed(layout, node, i)) }
        }
    }
}

fn description(graph: &Graph, layout: &Layout) -> String {
    format!(
        "{} stages and datasets at {} places; data goes from left to right. The table after the picture tells the same.",
        graph.nodes.len(),
        layout.bands.len()
    )
}

fn boxed(layout: &Layout, node: &Node, i: usize) -> Markup {
    let at = layout.boxes[i];
    let class = match node.kind {
        Kind::Data => "node data",
        Kind::Stage => "node",
        Kind::Added => "node added",
        Kind::Changed => "node changed",
        Kind::Removed => "node removed",
    };
    let x = at.left + 10;
    // Lines stand in the middle of a box that its ports made higher.
    let lines = u32::try_from(node.lines.len()).unwrap_or(0) + 1;
    let first = at.top + at.height.saturating_sub(lines * LINE) / 2 + 12;
    let content = html! {
        title { (node.about) }
        rect x=(at.left) y=(at.top) width=(BOX) height=(at.height) rx="4" {}
        text.name x=(x) y=(first) { (text::cut(&node.title, LETTERS)) }
        @for (line, place) in node.lines.iter().zip(1..) {
            text x=(x) y=(first + place * LINE) { (text::cut(line, LETTERS + 2)) }
        }
    };
    html! {
        @match &node.href {
            Some(href) => a class=(class) href=(href) { (content) },
            None => g class=(class) { (content) },
        }
    }
}

/// An edge with what goes along it above and what that costs below its end.
fn way(layout: &Layout, edge: &Edge, heights: &[u32]) -> Markup {
    let mut at = layout.middle(edge.from);
    let mut path = format!("M{} {at}", layout.left_of(edge.from, 0) + BOX);
    for (after, height) in (1..).zip(heights) {
        let end = layout.left_of(edge.from, after);
        let begin = end - GAP;
        let (half, bend) = (begin + BEND / 2, begin + BEND);
        path.push_str(&format!(
            "H{begin}C{half} {at} {half} {height} {bend} {height}H{end}"
        ));
        at = *height;
    }
    let end = layout.left_of(edge.from, heights.len());
    let label = end - GAP + BEND + 4;
    let cost = if edge.cost == Money::ZERO {
        "no charge".to_owned()
    } else {
        format!("USD {}", edge.cost.cents())
    };
    html! {
        g.way {
            title { (edge.what) ", USD " (edge.cost.cents()) " per month" }
            path d=(path) {}
            path.head d={ "M" (end) " " (at) "l-7 -4v8z" } {}
            text x=(label) y=(at.saturating_sub(5)) { (text::cut(&edge.short, LABEL)) }
            text.usd x=(label) y=(at + 14) { (cost) }
        }
    }
}
