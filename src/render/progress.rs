//! What happens while a plan is carried out: one line for people, one JSON object for programs.

use std::time::Duration;

use serde_json::{Value, json};

use super::style::{Palette, paint};
use super::text::inert_line;

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted.
    Delete,
}

impl Verb {
    const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    const fn running(self) -> &'static str {
        match self {
            Self::Create => "creating",
            Self::Update => "updating",
            Self::Delete => "deleting",
        }
    }

    const fn done(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Update => "updated",
            Self::Delete => "deleted",
        }
    }
}

/// An object and what is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'s> {
    /// Its address.
    pub address: &'s str,
    /// What is done to it.
    pub verb: Verb,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening<'h> {
    /// An attempt begins.
    Started {
        /// What is made, in a few words; empty when there is nothing to say.
        what: &'h str,
        /// The place of the alternative; 0 is the first choice.
        alternative: usize,
        /// Which attempt of it; 1 is the first.
        attempt: u32,
    },
    /// It is still under way.
    Still {
        /// Since when.
        since: Duration,
    },
    /// A call is made again after a while.
    Waiting {
        /// Why.
        why: String,
        /// After how long.
        pause: Duration,
        /// For how long it has been tried in vain.
        since: Duration,
    },
    /// What was asked for can't be had.
    Refused {
        /// What the provider says.
        why: String,
        /// What is tried next; `None` when that was the last.
        next: Option<&'h str>,
    },
    /// It is done.
    Done {
        /// The object's identifier; `None` when it is gone.
        id: Option<String>,
        /// How long it took.
        took: Duration,
    },
    /// It can't be done.
    Failed {
        /// Why.
        why: String,
    },
    /// What was made is to be removed again, since what it belongs to can't be made.
    Undoing,
    /// That is done.
    Undone,
}

/// The line for people, with its end.
#[must_use]
pub fn line(subject: Subject<'_>, happening: &Happening<'_>, palette: &Palette) -> String {
    let Subject { address, verb } = subject;
    let strong = paint(palette.strong, &inert_line(address));
    let text = match happening {
        Happening::Started {
            what,
            alternative,
            attempt,
        } => {
            let choice = if *alternative > 0 {
                format!(", choice {}", alternative + 1)
            } else {
                String::new()
            };
            let again = if *attempt > 1 {
                format!(", attempt {attempt}")
            } else {
                String::new()
            };
            let what = if what.is_empty() {
                String::new()
            } else {
                format!(" {}", inert_line(what))
            };
            format!("{}{what}{choice}{again}", verb.running())
        }
        Happening::Still { since } => format!("still {} after {}", verb.running(), short(*since)),
        Happening::Waiting { why, pause, since } => {
            let since = if since.as_secs() > 0 {
                format!(" (for {} now)", short(*since))
            } else {
                String::new()
            };
            format!(
                "trying again in {}{since}: {}",
                short(*pause),
                inert_line(why)
            )
        }
        Happening::Refused { why, next } => {
            let why = paint(palette.warning, &inert_line(why));
            match next {
                Some(next) => format!("{why}; trying {} instead", inert_line(next)),
                None => format!("{why}; there is nothing else to try"),
            }
        }
        Happening::Done { id, took } => {
            let id = id.as_ref().map(|id| format!(" as {}", inert_line(id)));
            let took = short(*took);
            format!("{}{} in {took}", verb.done(), id.unwrap_or_default())
        }
        Happening::Failed { why } => paint(palette.error, &inert_line(why)),
        Happening::Undoing => "removing it again".into(),
        Happening::Undone => "removed again".into(),
    };
    format!("{strong}: {text}\n")
}

/// The same for programs, in the shape of Terraform's machine-readable output.
#[must_use]
pub fn event(subject: Subject<'_>, happening: &Happening<'_>, time: &str) -> Value {
    let Subject { address, verb } = subject;
    let message = line(subject, happening, &Palette::PLAIN);
    let (kind, level) = match happening {
        Happening::Started { .. } => ("apply_start", "info"),
        Happening::Still { .. } | Happening::Waiting { .. } | Happening::Undoing => {
            ("apply_progress", "info")
        }
        Happening::Refused { .. } => ("apply_progress", "warn"),
        Happening::Done { .. } | Happening::Undone => ("apply_complete", "info"),
        Happening::Failed { .. } => ("apply_errored", "error"),
    };
    let mut hook = json!({
        "resource": { "addr": address },
        "action": verb.word(),
    });
    let more = match happening {
        Happening::Started {
            alternative,
            attempt,
            what,
        } => json!({ "alternative": alternative, "attempt": attempt, "what": what }),
        Happening::Still { since } => json!({ "elapsed_seconds": since.as_secs() }),
        Happening::Waiting { why, pause, since } => json!({
            "waiting_milliseconds": millis(*pause),
            "elapsed_seconds": since.as_secs(),
            "reason": why,
        }),
        Happening::Refused { why, next } => json!({ "reason": why, "next": next }),
        Happening::Done { id, took } => json!({
            "id_key": id.as_ref().map(|_| "id"),
            "id_value": id,
            "elapsed_seconds": took.as_secs(),
        }),
        Happening::Failed { why } => json!({ "reason": why }),
        Happening::Undoing | Happening::Undone => json!({ "undo": true }),
    };
    if let (Some(hook), Value::Object(more)) = (hook.as_object_mut(), more) {
        hook.extend(more);
    }
    json!({
        "@level": level,
        "@message": message.trim_end(),
        "@timestamp": time,
        "type": kind,
        "hook": hook,
    })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// `850ms`, `12s`, `3m05s`.
#[must_use]
pub fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds == 0 {
        format!("{}ms", time.as_millis())
    } else if seconds < 60 {
        format!("{seconds}s")
    } else {
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAIN: Subject<'_> = Subject {
        address: "pool.train.nodes",
        verb: Verb::Create,
    };

    fn said(happening: &Happening<'_>) -> String {
        line(TRAIN, happening, &Palette::PLAIN)
    }

    #[test]
    fn lines_say_what_happens_and_why() {
        let what = "4 × p4d.24xlarge on spot in use1-az1";
        let first = Happening::Started {
            what,
            alternative: 0,
            attempt: 1,
        };
        assert_eq!(
            said(&first),
            "pool.train.nodes: creating 4 × p4d.24xlarge on spot in use1-az1\n"
        );
        let third = Happening::Started {
            what,
            alternative: 1,
            attempt: 3,
        };
        assert_eq!(
            said(&third),
            "pool.train.nodes: creating 4 × p4d.24xlarge on spot in use1-az1, choice 2, attempt 3\n"
        );
        let refused = Happening::Refused {
            why: "no p4d.24xlarge is left".into(),
            next: Some("use1-az2"),
        };
        assert_eq!(
            said(&refused),
            "pool.train.nodes: no p4d.24xlarge is left; trying use1-az2 instead\n"
        );
        let done = Happening::Done {
            id: Some("r-1".into()),
            took: Duration::from_secs(185),
        };
        assert_eq!(said(&done), "pool.train.nodes: created as r-1 in 3m05s\n");
    }

    #[test]
    fn events_have_terraforms_shape() {
        let waiting = Happening::Waiting {
            why: "throttled".into(),
            pause: Duration::from_millis(1500),
            since: Duration::from_secs(4),
        };
        let event = event(TRAIN, &waiting, "2026-11-21T10:00:00Z");
        assert_eq!(event["type"], "apply_progress");
        assert_eq!(event["hook"]["resource"]["addr"], "pool.train.nodes");
        assert_eq!(event["hook"]["action"], "create");
        assert_eq!(event["hook"]["waiting_milliseconds"], 1500);
        assert_eq!(
            event["@message"],
            "pool.train.nodes: trying again in 1s (for 4s now): throttled"
        );
    }

    #[test]
    fn what_a_provider_says_cannot_drive_the_terminal() {
        let why = "bad\u{1b}[2Jnews".into();
        assert!(!said(&Happening::Failed { why }).contains('\u{1b}'));
    }
}
