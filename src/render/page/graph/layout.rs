//! Where nodes and edges go, in pixels: columns by depth along the data, a band for each place.
//!
//! An edge over several columns gets a way of its own in each column between, so that no edge runs
//! through a box. In a band, what comes from further up stands further up.

use super::{Graph, Kind, Node};

/// Width of a box: a name of two dozen letters.
pub(super) const BOX: u32 = 188;
/// Between two columns: room for a label, and for edges to change their height.
pub(super) const GAP: u32 = 124;
/// Where edges change their height, at the left of a gap.
pub(super) const BEND: u32 = 26;
/// Left and right of everything.
const MARGIN: u32 = 14;
/// Height of a line of a box.
pub(super) const LINE: u32 = 16;
/// Between an edge and the next that ends at the same box: a label above and one below.
const PORT: u32 = 40;
/// Height of an edge's way through a column.
const WAY: u32 = 20;
/// Between two things in a column.
const SPACE: u32 = 14;
/// The name of a place, above what stands there.
const HEAD: u32 = 28;

/// Where everything is.
pub(super) struct Layout {
    pub width: u32,
    pub height: u32,
    pub bands: Vec<Band>,
    /// By node.
    pub boxes: Vec<Rectangle>,
    /// By edge: the heights at which it passes the columns from its source's to its target's.
    pub ways: Vec<Vec<u32>>,
    /// By node.
    columns: Vec<usize>,
}

/// The band of a place.
pub(super) struct Band {
    pub place: String,
    pub top: u32,
    pub height: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub left: u32,
    pub top: u32,
    pub height: u32,
}

/// What stands in a column of a band.
#[derive(Clone, Copy)]
enum Item {
    Node(usize),
    /// An edge on its way, in the column so many after its source's.
    Way(usize, usize),
}

impl Layout {
    /// The left end of the column so many after an edge's source's.
    pub(super) fn left_of(&self, source: usize, after: usize) -> u32 {
        left(self.columns[source] + after)
    }
}

/// Lays a graph out.
pub(super) fn of(graph: &Graph) -> Layout {
    let columns = columns(graph);
    let places = places(graph, &columns);
    let n_columns = columns.iter().max().map_or(0, |most| most + 1);
    let cells = cells(graph, &columns, &places, n_columns);
    let bands = bands(graph, &places, &cells);
    let last = bands.last();
    let mut layout = Layout {
        width: left(n_columns.max(1) - 1) + BOX + MARGIN,
        height: last.map_or(0, |band| band.top + band.height),
        bands,
        boxes: vec![Rectangle::default(); graph.nodes.len()],
        ways: graph.edges.iter().map(|_| Vec::new()).collect(),
        columns,
    };
    for column in 0..n_columns {
        for (band, cells) in cells.iter().enumerate() {
            layout.stack(graph, band, column, &cells[column]);
        }
    }
    layout.dock(graph);
    layout
}

fn left(column: usize) -> u32 {
    let column = u32::try_from(column).unwrap_or(u32::MAX);
    MARGIN.saturating_add(column.saturating_mul(BOX + GAP))
}

/// The column of each node: after all that it reads from. A dataset stands right before its first
/// reader. Of a graph with a circle, which no plan of ours has, each node still gets some column.
fn columns(graph: &Graph) -> Vec<usize> {
    let mut depth = vec![0; graph.nodes.len()];
    for _ in 0..graph.nodes.len() {
        for edge in &graph.edges {
            depth[edge.to] = depth[edge.to]
                .max(depth[edge.from] + 1)
                .min(graph.nodes.len());
        }
    }
    for (node, column) in graph.nodes.iter().zip(0..) {
        if node.kind == Kind::Data {
            let readers = graph.edges.iter().filter(|edge| edge.from == column);
            let first = readers.map(|edge| depth[edge.to]).min();
            depth[column] = first.unwrap_or(1).saturating_sub(1);
        }
    }
    depth
}

/// The places, those where the data begins first.
fn places<'a>(graph: &'a Graph, columns: &[usize]) -> Vec<&'a str> {
    let mut order: Vec<(usize, &Node)> = columns.iter().copied().zip(&graph.nodes).collect();
    order.sort_by_key(|(column, _)| *column);
    let mut places: Vec<&str> = Vec::new();
    for (_, node) in order {
        if !places.contains(&node.place.as_str()) {
            places.push(&node.place);
        }
    }
    places
}

/// What stands where: by band, then by column.
fn cells(
    graph: &Graph,
    columns: &[usize],
    places: &[&str],
    n_columns: usize,
) -> Vec<Vec<Vec<Item>>> {
    let mut cells = vec![vec![Vec::new(); n_columns]; places.len()];
    let band = |node: usize| {
        let mut all = places.iter();
        let place = all.position(|place| *place == graph.nodes[node].place);
        place.unwrap_or(0)
    };
    for (node, column) in columns.iter().enumerate() {
        cells[band(node)][*column].push(Item::Node(node));
    }
    for (i, edge) in graph.edges.iter().enumerate() {
        let (from, to) = (columns[edge.from], columns[edge.to]);
        let between = cells[band(edge.to)].iter_mut().enumerate();
        for (column, cell) in between.take(to).skip(from + 1) {
            cell.push(Item::Way(i, column - from));
        }
    }
    cells
}

fn bands(graph: &Graph, places: &[&str], cells: &[Vec<Vec<Item>>]) -> Vec<Band> {
    let mut top = 0;
    let bands = places.iter().zip(cells).map(|(place, cells)| {
        let stacks = cells.iter().map(|items| stack_height(graph, items));
        let height = HEAD + stacks.max().unwrap_or(0) + SPACE;
        let band = Band {
            place: (*place).to_owned(),
            top,
            height,
        };
        top += height + 6;
        band
    });
    bands.collect()
}

fn stack_height(graph: &Graph, items: &[Item]) -> u32 {
    let heights: u32 = items.iter().map(|item| height(graph, *item)).sum();
    let spaces = u32::try_from(items.len().saturating_sub(1)).unwrap_or(0);
    heights + spaces * SPACE
}

fn height(graph: &Graph, item: Item) -> u32 {
    let Item::Node(node) = item else {
        return WAY;
    };
    let lines = u32::try_from(graph.nodes[node].lines.len()).unwrap_or(0) + 1;
    let ends = graph.edges.iter().filter(|edge| edge.to == node).count();
    let ports = u32::try_from(ends).unwrap_or(0) * PORT;
    (lines * LINE + 14).max(ports)
}

impl Layout {
    /// Puts the items of a cell below each other, in the middle of the band.
    fn stack(&mut self, graph: &Graph, band: usize, column: usize, items: &[Item]) {
        let mut items: Vec<(u32, Item)> = items
            .iter()
            .map(|item| (self.comes_from(graph, *item), *item))
            .collect();
        items.sort_by_key(|(height, _)| *height);
        let items: Vec<Item> = items.into_iter().map(|(_, item)| item).collect();
        let band = &self.bands[band];
        let free = band.height - HEAD - SPACE - stack_height(graph, &items);
        let mut top = band.top + HEAD + free / 2;
        for item in items {
            let height = height(graph, item);
            match item {
                Item::Node(node) => {
                    self.boxes[node] = Rectangle {
                        left: left(column),
                        top,
                        height,
                    };
                }
                Item::Way(edge, _) => self.ways[edge].push(top + height / 2),
            }
            top += height + SPACE;
        }
    }

    /// The mean height of what an item comes from, which is placed already.
    fn comes_from(&self, graph: &Graph, item: Item) -> u32 {
        match item {
            Item::Way(edge, 1) => self.middle(graph.edges[edge].from),
            Item::Way(edge, _) => self.ways[edge].last().copied().unwrap_or(0),
            Item::Node(node) => {
                let into = graph.edges.iter().enumerate();
                let into = into.filter(|(_, edge)| edge.to == node);
                let heights: Vec<u32> = into.map(|(i, _)| self.arrives(graph, i)).collect();
                let n = u32::try_from(heights.len()).unwrap_or(1).max(1);
                heights.iter().sum::<u32>() / n
            }
        }
    }

    /// The height at which an edge leaves the last column before its target's.
    fn arrives(&self, graph: &Graph, edge: usize) -> u32 {
        let last = self.ways[edge].last().copied();
        last.unwrap_or_else(|| self.middle(graph.edges[edge].from))
    }

    pub(super) fn middle(&self, node: usize) -> u32 {
        self.boxes[node].top + self.boxes[node].height / 2
    }

    /// Gives each edge its end at its target: from top to bottom as they arrive.
    fn dock(&mut self, graph: &Graph) {
        for node in 0..graph.nodes.len() {
            let into = graph.edges.iter().enumerate();
            let into = into.filter(|(_, edge)| edge.to == node);
            let mut into: Vec<(u32, usize)> =
                into.map(|(i, _)| (self.arrives(graph, i), i)).collect();
            into.sort_unstable();
            let Rectangle { top, height, .. } = self.boxes[node];
            let n = u32::try_from(into.len()).unwrap_or(1).max(1);
            for (place, (_, edge)) in (0..).zip(into) {
                self.ways[edge].push(top + height * (2 * place + 1) / (2 * n));
            }
        }
    }
}
