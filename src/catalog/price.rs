use std::fmt;

use crate::model::ProviderName;
use crate::units::{Date, Rate};

/// A rate, or the reason why there is none. Never a number that stands for "unknown".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// The rate and where it comes from.
    Known(Quote),
    /// No rate is known.
    Unknown {
        /// Why not.
        reason: UnknownReason,
    },
}

impl Price {
    /// The quote, if the rate is known.
    #[must_use]
    pub const fn quote(self) -> Option<Quote> {
        match self {
            Self::Known(quote) => Some(quote),
            Self::Unknown { .. } => None,
        }
    }
}

/// A known rate with its provenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// USD per unit.
    pub rate: Rate,
    /// Which source; see [`Catalog::source`](super::Catalog::source).
    pub source: SourceIndex,
    /// How it follows from that source.
    pub basis: Basis,
}

/// How a rate follows from its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The source prints it.
    Listed,
    /// Exact arithmetic on what the source prints, by a rule that was checked (size of a family
    /// from its reference size).
    Derived,
    /// A guess from something related or older (average spot savings).
    Estimated,
}

impl Basis {
    /// The name as written in catalogs, bills and plans.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Derived => "derived",
            Self::Estimated => "estimated",
        }
    }

    /// The mark between rate and source in text catalogs: `@`, `~` or `?`.
    #[must_use]
    pub const fn mark(self) -> char {
        match self {
            Self::Listed => '@',
            Self::Derived => '~',
            Self::Estimated => '?',
        }
    }

    /// The basis with that mark.
    #[must_use]
    pub fn from_mark(mark: char) -> Option<Self> {
        let all = [Self::Listed, Self::Derived, Self::Estimated];
        all.into_iter().find(|b| b.mark() == mark)
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a rate isn't known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnknownReason {
    /// The provider doesn't sell it this way (no spot, capacity blocks only).
    NotSold,
    /// No source covers it.
    NotCovered,
    /// The source has a row for it with an empty cell.
    EmptyInSource,
}

impl UnknownReason {
    /// The name as written in catalogs and plans.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSold => "not-sold",
            Self::NotCovered => "not-covered",
            Self::EmptyInSource => "empty-in-source",
        }
    }

    /// The reason of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::NotSold, Self::NotCovered, Self::EmptyInSource];
        all.into_iter().find(|r| r.as_str() == name)
    }
}

impl fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A source, by its place in the catalog's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceIndex(pub u8);

/// Where figures come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceInfo {
    /// The catalog that it belongs to: `aws`, `transfer`, …
    pub catalog: String,
    /// Short id, unique in its catalog.
    pub id: String,
    /// What it is, for readers.
    pub title: String,
    /// The day its figures were true.
    pub as_of: Date,
    /// sha-256 of the source's bytes as imported, in hex; empty when written by hand.
    pub sha256: String,
}

impl SourceInfo {
    /// `aws@2026-05-20`, as cited after a figure.
    #[must_use]
    pub fn citation(&self) -> String {
        format!("{}@{}", self.catalog, self.as_of)
    }

    /// The provider whose catalog it belongs to, if it is one's.
    #[must_use]
    pub fn provider(&self) -> Option<ProviderName> {
        ProviderName::from_name(&self.catalog)
    }
}
