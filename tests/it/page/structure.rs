//! The structure of pages, as a browser's parser understands it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use html5ever::parse_document;
use html5ever::tendril::TendrilSink as _;
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use super::PAGES;

/// An element: its name, its attributes, and what stands in it.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub name: String,
    attributes: Vec<(String, String)>,
    text: String,
    /// Names of the elements directly in it.
    children: Vec<String>,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        let found = all.find(|(is, _)| is == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A page: its elements from the first to the last.
pub(super) struct Document {
    elements: Vec<Element>,
    /// What a parser forgives.
    mistakes: Vec<String>,
}

impl Document {
    pub(super) fn named(&self, name: &str) -> Vec<&Element> {
        self.elements.iter().filter(|e| e.name == name).collect()
    }

    pub(super) fn attributes_starting(&self, with: &str) -> usize {
        let all = self.elements.iter().flat_map(|e| &e.attributes);
        all.filter(|(name, _)| name.starts_with(with)).count()
    }
}

pub(super) fn parse(page: &str) -> Document {
    let dom = parse_document(RcDom::default(), html5ever::ParseOpts::default()).one(page);
    let elements = RefCell::new(Vec::new());
    walk(&dom.document, &elements);
    let mistakes = dom
        .errors
        .borrow()
        .iter()
        .map(ToString::to_string)
        .collect();
    Document {
        elements: elements.into_inner(),
        mistakes,
    }
}

fn walk(node: &Handle, into: &RefCell<Vec<Element>>) {
    if let NodeData::Element { name, attrs, .. } = &node.data {
        let attributes = attrs.borrow();
        let attributes = attributes.iter().map(|attribute| {
            let name = attribute.name.local.to_string();
            (name, attribute.value.to_string())
        });
        let children = node.children.borrow();
        let children = children.iter().filter_map(element_name);
        into.borrow_mut().push(Element {
            name: name.local.to_string(),
            attributes: attributes.collect(),
            text: text_of(node),
            children: children.collect(),
        });
    }
    for child in node.children.borrow().iter() {
        walk(child, into);
    }
}

fn element_name(node: &Rc<markup5ever_rcdom::Node>) -> Option<String> {
    match &node.data {
        NodeData::Element { name, .. } => Some(name.local.to_string()),
        _ => None,
    }
}

fn text_of(node: &Handle) -> String {
    match &node.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => node.children.borrow().iter().map(text_of).collect(),
    }
}

/// Holds every page against a rule that names what breaks it.
#[track_caller]
fn check(rule: impl Fn(&Document) -> Vec<String>) {
    for (name, page) in PAGES.iter() {
        let broken = rule(&parse(page));
        assert!(broken.is_empty(), "{name}: {broken:#?}");
    }
}

#[test]
fn pages_are_well_formed() {
    check(|page| page.mistakes.clone());
}

#[test]
fn every_id_is_there_once_and_every_reference_leads_to_one() {
    check(|page| {
        let ids: Vec<&str> = page
            .elements
            .iter()
            .filter_map(|e| e.attribute("id"))
            .collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        let mut broken: Vec<String> = Vec::new();
        if ids.len() != unique.len() {
            broken.push(format!("twice: {ids:?}"));
        }
        let links = page
            .named("a")
            .into_iter()
            .filter_map(|a| a.attribute("href"));
        let labels = page
            .elements
            .iter()
            .filter_map(|e| e.attribute("aria-labelledby"));
        let to = links
            .map(|to| to.trim_start_matches('#'))
            .chain(labels.flat_map(|l| l.split(' ')));
        broken.extend(
            to.filter(|id| !unique.contains(id))
                .map(|id| format!("leads nowhere: {id}")),
        );
        broken
    });
}

#[test]
fn headings_begin_with_one_of_the_first_level_and_leave_none_out() {
    check(|page| {
        let levels = page
            .elements
            .iter()
            .filter_map(|e| e.name.strip_prefix('h')?.parse::<u32>().ok());
        let levels: Vec<u32> = levels.collect();
        let jumps = levels.windows(2).filter(|pair| pair[1] > pair[0] + 1);
        let mut broken: Vec<String> = jumps.map(|pair| format!("{pair:?}")).collect();
        if levels.first() != Some(&1) || levels.iter().filter(|level| **level == 1).count() != 1 {
            broken.push(format!("{levels:?}"));
        }
        broken
    });
}

#[test]
fn every_table_has_a_caption_and_heads_that_say_what_they_head() {
    check(|page| {
        let tables = page.named("table").into_iter();
        let bare = tables.filter(|table| {
            table
                .children
                .first()
                .is_none_or(|first| first != "caption")
        });
        let heads = page
            .named("th")
            .into_iter()
            .filter(|th| th.attribute("scope").is_none());
        bare.chain(heads)
            .map(|element| element.text.clone())
            .collect()
    });
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    check(|page| {
        let all = page.elements.iter().flat_map(|e| &e.attributes);
        let loads = [
            "src",
            "srcset",
            "data",
            "action",
            "background",
            "poster",
            "xlink:href",
        ];
        let loading = all.filter(|(name, value)| {
            loads.contains(&name.as_str()) || (name == "href" && !value.starts_with('#'))
        });
        let mut broken: Vec<String> = loading
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let styles = page
            .named("style")
            .into_iter()
            .filter(|style| style.text.contains("url("));
        broken.extend(styles.map(|_| "url() in a style".to_owned()));
        broken
    });
}

#[test]
fn pages_name_their_language_and_landmarks_and_let_only_their_own_script_run() {
    check(|page| {
        let mut broken = Vec::new();
        for (name, times) in [
            ("html", 1),
            ("main", 1),
            ("nav", 1),
            ("title", 2),
            ("script", 1),
        ] {
            let found = page.named(name).len();
            // Pictures have titles too.
            if found != times && !(name == "title" && found > times) {
                broken.push(format!("{found} × {name}"));
            }
        }
        let language = page
            .named("html")
            .first()
            .and_then(|html| html.attribute("lang"));
        if language != Some("en") {
            broken.push("no language".into());
        }
        let metas = page.named("meta").into_iter();
        let policies =
            metas.filter(|meta| meta.attribute("http-equiv") == Some("Content-Security-Policy"));
        let policies: Vec<&str> = policies
            .filter_map(|meta| meta.attribute("content"))
            .collect();
        if !matches!(policies[..], [one] if one.starts_with("default-src 'none'; style-src 'sha256-")
            && !one.contains("unsafe"))
        {
            broken.push(format!("{policies:?}"));
        }
        broken
    });
}

#[test]
fn pages_of_examples_are_small() {
    for (name, page) in PAGES
        .iter()
        .filter(|(name, _)| !name.starts_with("hostile"))
    {
        assert!(page.len() < 150_000, "{name} has {} bytes", page.len());
    }
}
