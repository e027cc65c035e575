//! Messages with a stable code, a position and a way out. Collected here, printed by `render`.
//!
//! A [`Diagnostic`] holds data only: which [`Code`], which part of which file, the detail in full
//! sentences, and hints. Summaries are static, so that they can be learnt and searched; everything
//! that depends on the user's input goes into the detail.

mod codes;
mod source;

pub use codes::{
    Code, ExitKind, all_codes, apply, catalog, checkpoint, cli, diff, forge, gpu, planning, policy,
    spec, state,
};
pub use source::{FileId, Origin, Position, SourceFile, Sources};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be done until this is mended.
    Error,
    /// The work goes on, and the result may not be what was meant.
    Warning,
}

/// One thing the reader can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Advice in words.
    Text(String),
    /// A command to run, standing alone so that it can be copied, with a lead-in that ends in a
    /// colon.
    Command {
        /// "To see what is offered, run:"
        lead: String,
        /// The command line.
        command: String,
    },
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of mistake; has a heading in `docs/errors.md`.
    pub code: &'static Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the spec, if it is about a place in it.
    pub origin: Option<Origin>,
    /// Beside the carets under the snippet: a few words, or empty.
    pub label: String,
    /// Full sentences: what is wrong, why it matters here, what would work. May hold several
    /// lines; may be empty when label and summary say it all.
    pub detail: String,
    /// Ways out, best first. Empty rather than vague.
    pub hints: Vec<Hint>,
}

impl Diagnostic {
    /// An error with a code and nothing else yet.
    #[must_use]
    pub fn error(code: &'static Code) -> Self {
        Self::new(code, Severity::Error)
    }

    /// A warning with a code and nothing else yet.
    #[must_use]
    pub fn warning(code: &'static Code) -> Self {
        Self::new(code, Severity::Warning)
    }

    fn new(code: &'static Code, severity: Severity) -> Self {
        Self {
            code,
            severity,
            origin: None,
            label: String::new(),
            detail: String::new(),
            hints: Vec::new(),
        }
    }

    /// Adds the place it is about.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Adds the few words beside the carets.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds the sentences.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Adds advice in words.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(Hint::Text(hint.into()));
        self
    }

    /// Adds a command to run.
    #[must_use]
    pub fn hint_command(mut self, lead: impl Into<String>, command: impl Into<String>) -> Self {
        self.hints.push(Hint::Command {
            lead: lead.into(),
            command: command.into(),
        });
        self
    }
}

/// The messages of one run, in the order in which a reader wants them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No messages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of another collection.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether an error is among them.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// The errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter().filter(|d| d.severity == Severity::Error)
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sorts by file and position, errors without a place last, and drops exact repetitions.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            let key = |d: &Diagnostic| (d.origin.is_none(), d.origin, d.code.slug);
            key(a).cmp(&key(b)).then_with(|| a.detail.cmp(&b.detail))
        });
        self.0.dedup();
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
