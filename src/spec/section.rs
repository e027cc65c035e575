//! Bodies → sections: each block checked against its table, each argument evaluated and made into
//! what the table says.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Body, Structure};

use super::convert::{Converter, Spot};
use super::eval::{Evaluator, Frame};
use super::schema::{BlockSchema, Kind, Label, Nested, Times};
use super::suggest;
use super::typed::Typed;
use crate::diagnostics::{Diagnostic, Origin, spec};
use crate::model::Written;

/// A block that has been read.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    schema: &'static BlockSchema,
    /// The block's head.
    pub(crate) origin: Origin,
    pub(crate) label: Option<Written<String>>,
    /// Arguments that could be read.
    values: BTreeMap<String, Written<Typed>>,
    /// Where each argument's name stands, whether it could be read or not.
    given: BTreeMap<String, Origin>,
    blocks: Vec<Self>,
    /// Arguments and blocks that were meant by a name that isn't known: those aren't missing.
    meant: BTreeSet<&'static str>,
}

impl Section {
    /// Where an argument stands, if it is given.
    pub(crate) fn given(&self, name: &str) -> Option<Origin> {
        self.given.get(name).copied()
    }

    /// All arguments that are given, known by the table, and where each stands.
    pub(crate) fn all_given(&self) -> impl Iterator<Item = (&str, Origin)> {
        self.given.iter().map(|(name, at)| (name.as_str(), *at))
    }

    /// An argument that is given and could be read.
    pub(crate) fn typed(&self, name: &str) -> Option<&Written<Typed>> {
        self.values.get(name)
    }

    /// Arguments with names of the user's choice.
    pub(crate) fn others(&self) -> impl Iterator<Item = (&String, &Written<Typed>)> {
        let known: BTreeSet<_> = self.schema.arguments.iter().map(|a| a.name).collect();
        let all = self.values.iter();
        all.filter(move |(name, _)| !known.contains(name.as_str()))
    }

    pub(crate) fn blocks<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Self> {
        self.blocks.iter().filter(move |b| b.name == name)
    }

    /// Whether a block isn't there, and isn't meant by a slip that is reported already either.
    pub(crate) fn lacks(&self, block: &str) -> bool {
        self.block(block).is_none() && !self.meant.contains(block)
    }

    /// Whether an argument isn't there, and isn't meant by a slip either.
    pub(crate) fn lacks_argument(&self, name: &str) -> bool {
        !self.given.contains_key(name) && !self.meant.contains(name)
    }

    /// The only block of that type.
    pub(crate) fn block(&self, name: &str) -> Option<&Self> {
        self.blocks.iter().find(|b| b.name == name)
    }

    /// The label, where the table demands one.
    pub(crate) fn label(&self) -> Option<&str> {
        self.label.as_ref().map(|l| l.value.as_str())
    }
}

/// Reads the blocks of one body after another into one section.
pub(crate) struct Reader<'r, 'a> {
    pub(crate) evaluator: &'r Evaluator<'a>,
    /// A part of the spec couldn't be parsed, so a missing block may be in there.
    pub(crate) incomplete: bool,
}

impl Reader<'_, '_> {
    /// Reads a whole spec, all of its parts together.
    pub(crate) fn spec<'b>(
        &self,
        schema: &'static BlockSchema,
        parts: impl Iterator<Item = (Frame<'b>, &'b Body)>,
        start: Origin,
    ) -> Section {
        let mut section = empty(schema, start);
        for (frame, body) in parts {
            self.body(schema, &frame, body, &mut section);
        }
        self.finish(schema, &mut section);
        section
    }

    fn body(
        &self,
        schema: &'static BlockSchema,
        frame: &Frame<'_>,
        body: &Body,
        section: &mut Section,
    ) {
        for structure in body.iter() {
            match structure {
                Structure::Attribute(attribute) => {
                    self.argument(schema, frame, attribute, section);
                }
                Structure::Block(block) => self.block(schema, frame, block, section),
            }
        }
    }

    fn argument(
        &self,
        schema: &'static BlockSchema,
        frame: &Frame<'_>,
        attribute: &Attribute,
        section: &mut Section,
    ) {
        let name = attribute.key.as_str();
        let at = frame.place.origin(attribute.key.span());
        let known = schema.argument(name).map(|a| &a.kind).or_else(|| {
            // Where names are free, a slip in a known one must not pass for a new one.
            let slip = suggest::nearest(name, schema.arguments.iter().map(|a| a.name));
            schema.others.filter(|_| slip.is_none())
        });
        let Some(kind) = known else {
            if !self.evaluator.is_hopeless() {
                section.meant.extend(meant(schema, name));
            }
            self.evaluator
                .report(unsupported_argument(schema, name, at, self.evaluator));
            return;
        };
        section.given.insert(name.to_owned(), at);
        if matches!(kind, Kind::Expression) {
            return;
        }
        let Some(evaluated) = self.evaluator.argument(frame, &attribute.value) else {
            return;
        };
        let value_at = frame.origin(&attribute.value);
        if evaluated.sensitive && !matches!(kind, Kind::Value) {
            self.evaluator.report(sensitive(name, value_at));
            return;
        }
        let spot = Spot {
            at: value_at,
            written: Some((frame, &attribute.value)),
            sensitive: evaluated.sensitive,
        };
        let converter = Converter {
            evaluator: self.evaluator,
        };
        if let Some(typed) = converter.convert(kind, &evaluated.value, &spot) {
            let written = Written::new(typed, value_at);
            section.values.insert(name.to_owned(), written);
        }
    }

    fn block(
        &self,
        parent: &'static BlockSchema,
        frame: &Frame<'_>,
        block: &Block,
        section: &mut Section,
    ) {
        let head = head_origin(frame, block);
        let name = block.ident.as_str();
        let Some(schema) = parent.block(name) else {
            let at = frame.place.origin(block.ident.span());
            if !self.evaluator.is_hopeless() {
                section.meant.extend(meant(parent, name));
            }
            self.evaluator
                .report(unsupported_block(parent, name, at, self.evaluator));
            return;
        };
        let mut inner = empty(schema, head);
        inner.label = self.label(schema, frame, block, head);
        self.body(schema, frame, &block.body, &mut inner);
        self.finish(schema, &mut inner);
        section.blocks.push(inner);
    }

    fn label(
        &self,
        schema: &BlockSchema,
        frame: &Frame<'_>,
        block: &Block,
        head: Origin,
    ) -> Option<Written<String>> {
        let wanted = usize::from(schema.label != Label::None);
        if block.labels.len() != wanted {
            self.evaluator
                .report(wrong_labels(schema, block.labels.len(), head));
            return None;
        }
        let label = block.labels.first()?;
        let text = label.as_str();
        let at = frame.place.origin(label.span());
        match schema.label {
            Label::OneOf(words) if !words.contains(&text) => {
                let mut diagnostic = Diagnostic::error(&spec::INVALID_CHOICE)
                    .at(at)
                    .label(format!("`{}` has no `{text}`", schema.name));
                diagnostic.hints.extend(
                    suggest::hint(text, words.iter().copied(), "There are")
                        .map(crate::diagnostics::Hint::Text),
                );
                self.evaluator.report(diagnostic);
                None
            }
            Label::Name if !is_name(text) => {
                let detail = "A name begins with a letter and goes on with letters, digits, `-` \
                              and `_`, 63 characters at most.";
                let diagnostic = Diagnostic::error(&spec::INVALID_NAME);
                self.evaluator.report(diagnostic.at(at).detail(detail));
                None
            }
            _ => Some(Written::new(text.to_owned(), at)),
        }
    }

    /// Reports what is missing or there too often, and keeps the first of each.
    fn finish(&self, schema: &'static BlockSchema, section: &mut Section) {
        for argument in schema.arguments.iter().filter(|a| a.required) {
            if section.lacks_argument(argument.name) {
                let diagnostic = Diagnostic::error(&spec::MISSING_ARGUMENT)
                    .at(section.origin)
                    .label(format!("`{}` is missing", argument.name))
                    .detail(format!("`{}`: {}", argument.name, argument.doc));
                self.evaluator.report(diagnostic);
            }
        }
        for nested in schema.blocks {
            self.count(schema, nested, section);
        }
    }

    fn count(&self, schema: &BlockSchema, nested: &Nested, section: &mut Section) {
        let name = nested.schema.name;
        if nested.times == Times::Once && section.lacks(name) && !self.incomplete {
            let within = match schema.name {
                "spec" => "the spec".to_owned(),
                other => format!("block `{other}`"),
            };
            let diagnostic = Diagnostic::error(&spec::MISSING_BLOCK)
                .at(section.origin)
                .detail(format!(
                    "There is no `{name}` block in {within}. {}",
                    nested.schema.doc
                ));
            self.evaluator.report(diagnostic);
        }
        let once = matches!(nested.times, Times::Once | Times::AtMostOnce);
        let mut seen: BTreeMap<Option<String>, Origin> = BTreeMap::new();
        let labelled = nested.schema.label != Label::None;
        section.blocks.retain(|block| {
            if block.name != name || nested.times == Times::Repeated || (!once && !labelled) {
                return true;
            }
            if labelled && block.label.is_none() {
                // Its label is wrong, which is reported; what is in it still counts.
                return true;
            }
            let key = if once {
                None
            } else {
                block.label().map(str::to_owned)
            };
            let at = block.label.as_ref().map_or(block.origin, |l| l.origin);
            match seen.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(at);
                    true
                }
                Entry::Occupied(entry) => {
                    let repeated = repeated(name, entry.key().as_deref(), at, block.origin);
                    self.evaluator.report(repeated);
                    false
                }
            }
        });
    }
}

/// The argument or block that a name which isn't known was most likely meant to be.
fn meant(schema: &BlockSchema, name: &str) -> Option<&'static str> {
    let arguments = schema.arguments.iter().map(|a| a.name);
    let blocks = schema.blocks.iter().map(|n| n.schema.name);
    suggest::nearest(name, arguments.chain(blocks))
}

fn repeated(name: &str, label: Option<&str>, at: Origin, head: Origin) -> Diagnostic {
    match label {
        None => Diagnostic::error(&spec::DUPLICATE_BLOCK)
            .at(head)
            .detail(format!(
                "There may be one `{name}` block here, and one is given already."
            )),
        Some(label) => Diagnostic::error(&spec::DUPLICATE_NAME)
            .at(at)
            .label(format!("there is a `{name}` with this name already"))
            .hint(format!("give one of the two `{label}` another name.")),
    }
}

fn empty(schema: &'static BlockSchema, origin: Origin) -> Section {
    Section {
        name: schema.name,
        schema,
        origin,
        label: None,
        values: BTreeMap::new(),
        given: BTreeMap::new(),
        blocks: Vec::new(),
        meant: BTreeSet::new(),
    }
}

/// From the block's type to its last label.
fn head_origin(frame: &Frame<'_>, block: &Block) -> Origin {
    let mut origin = frame.place.origin(block.ident.span());
    if let Some(last) = block.labels.last() {
        origin.end = frame.place.origin(last.span()).end.max(origin.end);
    }
    origin
}

/// Whether a text can be a name: what Kubernetes, clouds and references all take.
pub(crate) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && text.len() <= 63
}

fn unsupported_argument(
    schema: &BlockSchema,
    name: &str,
    at: Origin,
    evaluator: &Evaluator<'_>,
) -> Diagnostic {
    let place = match schema.name {
        "spec" => "a spec has no arguments outside of blocks".to_owned(),
        "policy file" => "a policy file has no arguments outside of blocks".to_owned(),
        block => format!("block `{block}` has no such argument"),
    };
    let mut diagnostic = Diagnostic::error(&spec::UNSUPPORTED_ARGUMENT)
        .at(at)
        .label(place);
    if evaluator.is_hopeless() {
        return diagnostic;
    }
    if schema.block(name).is_some() {
        return diagnostic.hint(format!(
            "`{name}` is a block: write `{name} {{ … }}` without `=`."
        ));
    }
    let known = schema.arguments.iter().map(|a| a.name);
    let hint = suggest::hint(name, known, "The arguments here are");
    diagnostic
        .hints
        .extend(hint.map(crate::diagnostics::Hint::Text));
    diagnostic
}

fn unsupported_block(
    parent: &BlockSchema,
    name: &str,
    at: Origin,
    evaluator: &Evaluator<'_>,
) -> Diagnostic {
    let place = match parent.name {
        "spec" => format!("there is no block type `{name}`"),
        "policy file" => format!("policy files have no block type `{name}`"),
        block => format!("block `{block}` has no such block"),
    };
    let mut diagnostic = Diagnostic::error(&spec::UNSUPPORTED_BLOCK)
        .at(at)
        .label(place);
    if evaluator.is_hopeless() {
        return diagnostic;
    }
    if parent.argument(name).is_some() {
        return diagnostic.hint(format!("`{name}` is an argument: write `{name} = …`."));
    }
    let known = parent.blocks.iter().map(|n| n.schema.name);
    let hint = suggest::hint(name, known, "The blocks here are");
    diagnostic
        .hints
        .extend(hint.map(crate::diagnostics::Hint::Text));
    diagnostic
}

fn wrong_labels(schema: &BlockSchema, given: usize, at: Origin) -> Diagnostic {
    let form = match schema.label {
        Label::None => format!("{} {{ … }}", schema.name),
        Label::Name => format!("{} \"NAME\" {{ … }}", schema.name),
        Label::OneOf(words) => {
            format!(
                "{} \"{}\" {{ … }}",
                schema.name,
                words.first().unwrap_or(&"")
            )
        }
    };
    Diagnostic::error(&spec::WRONG_LABELS)
        .at(at)
        .detail(format!(
            "This block has {given} label{}; it is written `{form}`.",
            if given == 1 { "" } else { "s" }
        ))
}

fn sensitive(name: &str, at: Origin) -> Diagnostic {
    Diagnostic::error(&spec::SENSITIVE_VALUE)
        .at(at)
        .label("a sensitive variable takes part in this")
        .detail(format!(
            "`{name}` appears in plans, so it can't be kept from being shown. Sensitive values can \
             go into outputs that are marked `sensitive = true`."
        ))
}

/// The expression of an argument of a block, where code evaluates it itself.
pub(crate) fn expression<'b>(body: &'b Body, name: &str) -> Option<&'b Expression> {
    body.get_attribute(name).map(|a| &a.value)
}
