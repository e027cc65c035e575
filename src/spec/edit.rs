//! Changes to one stage in the text of a spec: `requirements.gpu.count = 4`, `- requirements.arch`.
//!
//! The text is cut where the parser says that a value stands, so all the rest stays as it was
//! written. What is put in isn't looked at here: the changed text is read like any other, and its
//! mistakes are told with their places in it.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Object, ObjectKey};
use hcl_edit::structure::{Block, Body, Structure};

use super::syntax;
use crate::diagnostics::{Diagnostic, FileId, cli};

/// A change to a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Names of blocks, their labels, and of an argument, from the outermost.
    path: Vec<String>,
    /// The text of the new value; `None` to leave the argument or block out.
    value: Option<String>,
}

impl Change {
    /// Reads `path = value` or `- path`.
    ///
    /// # Errors
    ///
    /// `cli::wrong-change` when it is neither.
    pub fn parse(text: &str) -> Result<Self, Box<Diagnostic>> {
        let text = text.trim();
        let (path, value) = match text.strip_prefix('-') {
            Some(path) => (path, None),
            None => {
                let (path, value) = text.split_once('=').ok_or_else(|| wrong(text, NEITHER))?;
                (path, Some(value.trim().to_owned()))
            }
        };
        let path: Vec<String> = path.split('.').map(|part| part.trim().to_owned()).collect();
        let named = |part: &String| {
            let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            !part.is_empty() && part.chars().all(plain)
        };
        if !path.iter().all(named) || value.as_ref().is_some_and(String::is_empty) {
            return Err(wrong(text, NEITHER));
        }
        Ok(Self { path, value })
    }

    /// The text of a file with the change made to a stage in it; `None` when the stage isn't there,
    /// or the file is no HCL.
    ///
    /// # Errors
    ///
    /// `cli::wrong-change` when what it names can't be set, or isn't there to be left out.
    pub fn made_in(&self, text: &str, stage: &str) -> Result<Option<String>, Box<Diagnostic>> {
        // With its limits on nesting: the text may hold what an earlier change put in.
        let parsed = syntax::parse(FileId(0), text);
        let [part] = parsed.parts.as_slice() else {
            return Ok(None);
        };
        if parsed.diagnostics.has_errors() {
            return Ok(None);
        }
        let body = &part.body;
        let is_stage = |block: &&Block| {
            block.has_ident("stage") && block.labels.iter().any(|label| label.as_str() == stage)
        };
        let Some(block) = body.blocks().find(is_stage) else {
            return Ok(None);
        };
        let edit = self
            .in_block(block, text, &self.path)
            .map_err(|why| self.refused(why))?;
        let (range, new) = edit;
        Ok(Some(format!(
            "{}{new}{}",
            &text[..range.start],
            &text[range.end..]
        )))
    }

    fn refused(&self, why: &'static str) -> Box<Diagnostic> {
        let path = self.path.join(".");
        match &self.value {
            Some(value) => wrong(&format!("{path} = {value}"), why),
            None => wrong(&format!("- {path}"), why),
        }
    }

    /// Which part of the text becomes what.
    fn in_block(&self, block: &Block, text: &str, path: &[String]) -> Result<Edit, &'static str> {
        let [name, rest @ ..] = path else {
            return Err(NO_VALUE);
        };
        if let Some(attribute) = block.body.get_attribute(name) {
            return match (&attribute.value, rest) {
                (Expression::Object(object), [_, ..]) => {
                    self.in_object(object, attribute.value.span(), text, rest)
                }
                (_, [_, ..]) => Err("the argument on the way to it has no parts"),
                (value, []) => match &self.value {
                    Some(new) => Ok((value.span().ok_or(LOST)?, new.clone())),
                    None => Ok((attribute.span().ok_or(LOST)?, String::new())),
                },
            };
        }
        if let Some((inner, rest)) = block_at(&block.body, name, rest) {
            return match (rest, &self.value) {
                ([], None) => Ok((inner.span().ok_or(LOST)?, String::new())),
                ([], Some(_)) => Err(NO_VALUE),
                _ => self.in_block(inner, text, rest),
            };
        }
        let value = self.value.as_ref().ok_or(ABSENT)?;
        let range = block.span().ok_or(LOST)?;
        inserted(text, range, &written(path, value))
    }

    fn in_object(
        &self,
        object: &Object,
        range: Option<Range<usize>>,
        text: &str,
        path: &[String],
    ) -> Result<Edit, &'static str> {
        let [name, rest @ ..] = path else {
            return Err(NO_VALUE);
        };
        let value = self
            .value
            .as_ref()
            .ok_or("parts of a value can be set, not left out")?;
        let found = object.iter().find(|(key, _)| key_name(key) == Some(name));
        match found.map(|(_, value)| value.expr()) {
            Some(Expression::Object(inner)) if !rest.is_empty() => {
                self.in_object(inner, inner.span(), text, rest)
            }
            Some(old) if rest.is_empty() => Ok((old.span().ok_or(LOST)?, value.clone())),
            None if rest.is_empty() => {
                inserted(text, range.ok_or(LOST)?, &format!("{name} = {value}"))
            }
            _ => Err("the argument on the way to it has no parts"),
        }
    }
}

/// A part of the text, and what it becomes.
type Edit = (Range<usize>, String);

const NEITHER: &str = "it is neither a path with a value, as in `requirements.gpu.count = 4`, nor a path after a dash";
const NO_VALUE: &str = "this is a block; name the argument in it";
const ABSENT: &str = "the stage has nothing of this name";
const LOST: &str = "its place in the file isn't known";

fn wrong(change: &str, why: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(&cli::WRONG_CHANGE)
            .detail(format!("The change `{change}` can't be made: {why}.")),
    )
}

fn key_name(key: &ObjectKey) -> Option<&str> {
    match key {
        ObjectKey::Ident(name) => Some(name.as_str()),
        ObjectKey::Expression(Expression::String(name)) => Some(name.as_str()),
        ObjectKey::Expression(_) => None,
    }
}

/// The block of a name, by its labels where it has some, and what of the path is left then.
fn block_at<'b, 'p>(
    body: &'b Body,
    name: &str,
    path: &'p [String],
) -> Option<(&'b Block, &'p [String])> {
    body.iter().find_map(|structure| {
        let Structure::Block(block) = structure else {
            return None;
        };
        let n_labels = block.labels.len();
        let labels = path.get(..n_labels)?;
        let named = block
            .labels
            .iter()
            .zip(labels)
            .all(|(have, want)| have.as_str() == want);
        (block.has_ident(name) && named).then(|| (block, &path[n_labels..]))
    })
}

/// `gpu { count = 4 }` over several lines, for a path whose blocks aren't there yet.
fn written(path: &[String], value: &str) -> String {
    match path {
        [] => String::new(),
        [name] => format!("{name} = {value}"),
        [block, rest @ ..] => format!("{block} {{\n{}\n}}", written(rest, value)),
    }
}

/// The braces at the end of a range with a further line in them.
fn inserted(text: &str, range: Range<usize>, line: &str) -> Result<Edit, &'static str> {
    let inside = text.get(range.clone()).ok_or(LOST)?;
    let close = inside.rfind('}').ok_or(LOST)?;
    let open = inside.find('{').ok_or(LOST)?;
    let body = inside[open + 1..close].trim();
    let separator = if body.is_empty() { "" } else { "\n" };
    let new = format!("{{\n{body}{separator}{line}\n}}");
    Ok((range.start + open..range.start + close + 1, new))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"project "p" {}
stage "other" {
  kind = "training"
}
stage "train" {
  kind = "training" # a comment
  reads = {
    a = { from = dataset.a, amount = "1GiB" }
  }
  requirements {
    arch = "x86_64"
    gpu {
      count = 8
    }
  }
  output "weights" {
    size = "2GiB"
  }
}
"#;

    /// The lines of the stage that a change makes different: those that go, then those that come.
    #[track_caller]
    fn check(change: &str, gone: &[&str], come: &[&str]) {
        let change = Change::parse(change).unwrap();
        let new = change.made_in(TEXT, "train").unwrap().unwrap();
        let lines = |text: &str| -> Vec<String> {
            text.lines().map(|line| line.trim().to_owned()).collect()
        };
        let (before, after) = (lines(TEXT), lines(&new));
        let only = |one: &[String], other: &[String]| -> Vec<String> {
            one.iter()
                .filter(|line| !other.contains(line) && !line.is_empty())
                .cloned()
                .collect()
        };
        assert_eq!(only(&before, &after), gone, "{new}");
        assert_eq!(only(&after, &before), come, "{new}");
        assert!(hcl_edit::parser::parse_body(&new).is_ok(), "{new}");
    }

    #[test]
    fn values_are_replaced_where_they_stand() {
        check("requirements.gpu.count = 4", &["count = 8"], &["count = 4"]);
        check(
            "output.weights.size = \"1GiB\"",
            &["size = \"2GiB\""],
            &["size = \"1GiB\""],
        );
        check(
            "reads.a.amount = \"2GiB\"",
            &["a = { from = dataset.a, amount = \"1GiB\" }"],
            &["a = { from = dataset.a, amount = \"2GiB\" }"],
        );
    }

    #[test]
    fn what_is_not_there_is_added_with_its_blocks() {
        check("requirements.vcpus = 4", &[], &["vcpus = 4"]);
        check(
            "run.deadline = \"2d\"",
            &[],
            &["run {", "deadline = \"2d\""],
        );
    }

    #[test]
    fn arguments_and_blocks_are_left_out() {
        check("- requirements.arch", &["arch = \"x86_64\""], &[]);
        check("- requirements.gpu", &["gpu {", "count = 8"], &[]);
    }

    #[test]
    fn text_that_is_broken_or_nested_without_end_is_left_alone() {
        let change = Change::parse("kind = 4").unwrap();
        let nested = format!("stage \"train\" {{\n  x = {}\n}}\n", "[".repeat(100_000));
        for text in ["stage \"train\" {", nested.as_str()] {
            assert_eq!(change.made_in(text, "train"), Ok(None));
        }
    }

    #[test]
    fn changes_that_cannot_be_made_are_refused() {
        for text in ["requirements", "= 4", "a..b = 1", "a.b =", "- a b"] {
            assert!(Change::parse(text).is_err(), "{text}");
        }
        for text in [
            "requirements = 4",
            "- requirements.vcpus",
            "kind.x = 1",
            "- reads.a",
        ] {
            let change = Change::parse(text).unwrap();
            assert!(change.made_in(TEXT, "train").is_err(), "{text}");
        }
        let change = Change::parse("kind = 4").unwrap();
        assert_eq!(change.made_in(TEXT, "absent"), Ok(None));
    }
}
