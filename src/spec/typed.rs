//! Arguments as their tables say they are, and how the builder gets at them.

use std::collections::BTreeMap;

use super::section::Section;
use super::value::{Reference, Value};
use crate::model::{CheckpointEvery, Location, LocationPattern, RunsPerMonth, Written};
use crate::units::{Bytes, Duration, Millionths, Money, Parameters, Rate};

/// A converted argument.
#[derive(Debug, Clone)]
pub(crate) enum Typed {
    Text(String),
    Bool(bool),
    Count(u64),
    Number(Millionths),
    Rate(Rate),
    Money(Money),
    Bytes(Bytes),
    Duration(Duration),
    Parameters(Parameters),
    Location(Location),
    Pattern(LocationPattern),
    Capability((u32, u32)),
    Schedule(RunsPerMonth),
    Interval(CheckpointEvery),
    Reference(Reference),
    List(Vec<Written<Self>>),
    Map(BTreeMap<String, Written<Self>>),
    Value { value: Value, sensitive: bool },
}

impl Typed {
    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_rate(&self) -> Option<Rate> {
        match self {
            Self::Rate(rate) => Some(*rate),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<Millionths> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn as_bytes(&self) -> Option<Bytes> {
        match self {
            Self::Bytes(bytes) => Some(*bytes),
            _ => None,
        }
    }
}

impl Section {
    /// A list of texts, each with its place.
    pub(crate) fn texts(&self, argument: &str) -> Option<Written<Vec<Written<String>>>> {
        let list = self.list(argument)?;
        let texts = list.value.into_iter();
        let texts = texts.filter_map(|w| Some(Written::new(w.value.into_text()?, w.origin)));
        Some(Written::new(texts.collect(), list.origin))
    }

    /// A list of texts as a whole.
    pub(crate) fn texts_written(&self, argument: &str) -> Option<Written<Vec<String>>> {
        let list = self.texts(argument)?;
        let texts = list.value.into_iter().map(|w| w.value).collect();
        Some(Written::new(texts, list.origin))
    }

    /// Arguments with names of the user's choice.
    pub(crate) fn other_texts(&self) -> BTreeMap<String, String> {
        let texts = self.others();
        texts
            .filter_map(|(k, w)| Some((k.clone(), w.value.clone().into_text()?)))
            .collect()
    }
}

/// Getters of one type each: `None` when the argument isn't given or couldn't be read.
macro_rules! getters {
    ($($name:ident: $variant:ident => $type:ty;)*) => {
        impl Section {
            $(pub(crate) fn $name(&self, argument: &str) -> Option<Written<$type>> {
                let written = self.typed(argument)?;
                match &written.value {
                    Typed::$variant(value) => Some(Written::new(value.clone(), written.origin)),
                    _ => None,
                }
            })*
        }
    };
}

getters! {
    text: Text => String;
    boolean: Bool => bool;
    count: Count => u64;
    number: Number => Millionths;
    rate: Rate => Rate;
    money: Money => Money;
    bytes: Bytes => Bytes;
    duration: Duration => Duration;
    parameters: Parameters => Parameters;
    location: Location => Location;
    capability: Capability => (u32, u32);
    schedule: Schedule => RunsPerMonth;
    interval: Interval => CheckpointEvery;
    reference: Reference => Reference;
    list: List => Vec<Written<Typed>>;
    map: Map => BTreeMap<String, Written<Typed>>;
}
