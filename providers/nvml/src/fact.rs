//! A fact that may be missing, and why.

/// What the library said when it was asked for one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// It told.
    Known(T),
    /// The card or the driver has no such thing.
    Unsupported,
    /// It couldn't tell; the reason in words.
    Failed(String),
}

impl<T> Fact<T> {
    /// The value, when it is known.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unsupported | Self::Failed(_) => None,
        }
    }

    /// The fact about something else that follows from this one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(change(value)),
            Self::Unsupported => Fact::Unsupported,
            Self::Failed(reason) => Fact::Failed(reason),
        }
    }

    /// Why there is no value; `None` when there is one.
    pub fn missing(&self) -> Option<&str> {
        match self {
            Self::Known(_) => None,
            Self::Unsupported => Some("not reported by this card or driver"),
            Self::Failed(reason) => Some(reason),
        }
    }
}
