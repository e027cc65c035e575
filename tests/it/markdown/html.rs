//! What a forge makes of Markdown: the elements and the text of its HTML.

use comrak::nodes::NodeValue;
use comrak::{Arena, Node, Options, markdown_to_html, parse_document};

/// All that GitHub or GitLab reads, and HTML as it stands.
pub(super) fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.strikethrough = true;
    extension.table = true;
    extension.autolink = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.inline_footnotes = true;
    extension.description_lists = true;
    extension.multiline_block_quotes = true;
    extension.alerts = true;
    extension.math_dollars = true;
    extension.math_code = true;
    extension.superscript = true;
    extension.wikilinks_title_after_pipe = true;
    options.parse.relaxed_autolinks = true;
    options.parse.relaxed_tasklist_matching = true;
    options.render.r#unsafe = true;
    options
}

/// A piece of HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Tag(String),
    Text(String),
}

/// The HTML of a Markdown text in pieces.
pub(super) fn pieces(markdown: &str) -> Vec<Piece> {
    let html = markdown_to_html(markdown, &options());
    let mut pieces = Vec::new();
    let mut rest = html.as_str();
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag ends") + 1;
        push_text(&rest[..start], &mut pieces);
        let tag = &rest[start..end];
        pieces.push(Piece::Tag(tag.to_owned()));
        rest = &rest[end..];
    }
    push_text(rest, &mut pieces);
    pieces
}

fn push_text(html: &str, pieces: &mut Vec<Piece>) {
    let text = decoded(html);
    match pieces.last_mut() {
        Some(Piece::Text(before)) => before.push_str(&text),
        _ if text.is_empty() => {}
        _ => pieces.push(Piece::Text(text)),
    }
}

/// Text with the characters that entities stand for.
fn decoded(html: &str) -> String {
    let mut parts = html.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').expect("an entity ends");
        out.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "amp" => '&',
            other => {
                let number = other.strip_prefix('#').expect("it has a name or a number");
                char::from_u32(number.parse().unwrap()).unwrap()
            }
        });
        out.push_str(rest);
    }
    out
}

/// The tags alone, without those of elements that only hold text apart.
pub(super) fn tags(markdown: &str) -> Vec<String> {
    let tags = pieces(markdown)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Tag(tag) if tag != "<span>" && tag != "</span>" => Some(tag),
            Piece::Tag(_) | Piece::Text(_) => None,
        });
    tags.collect()
}

/// The text outside `code` and `pre`, in which a forge looks for names of things.
pub(super) fn searched(markdown: &str) -> String {
    let mut out = String::new();
    let mut inside = 0;
    for piece in pieces(markdown) {
        match piece {
            Piece::Tag(tag) if tag.starts_with("<code") || tag.starts_with("<pre") => inside += 1,
            Piece::Tag(tag) if tag == "</code>" || tag == "</pre>" => inside -= 1,
            Piece::Text(text) if inside == 0 => out.push_str(&text),
            // Forges look at one text at a time.
            Piece::Tag(_) | Piece::Text(_) => out.push('\n'),
        }
    }
    out
}

/// The kinds of block in a text, outermost first.
pub(super) fn blocks(markdown: &str) -> Vec<&'static str> {
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options());
    let is_block = |node: &Node<'_>| node.data.borrow().value.block();
    let nodes = root.descendants().filter(is_block);
    nodes.map(|node| kind(&node.data.borrow().value)).collect()
}

fn kind(value: &NodeValue) -> &'static str {
    value.xml_node_name()
}
