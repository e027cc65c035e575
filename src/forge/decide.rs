//! What becomes of the comments that are there. Pure: comments and a draft go in, steps come out.

use std::collections::BTreeSet;

use super::marker::Marker;
use super::place::Comment;

/// How a comment comes to be beside older ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// The older one gets the new text.
    Update,
    /// The older ones stay.
    New,
    /// The older ones are folded away.
    HideAndNew,
    /// The older ones are deleted.
    DeleteAndNew,
}

/// What is to be said of a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What the comment begins with.
    pub marker: Marker,
    /// What follows.
    pub text: String,
    /// Whether a comment is made where there is none. One that is there is kept true either way.
    pub make: bool,
}

/// A comment of ours that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// What it begins with.
    pub marker: Marker,
    /// What follows.
    pub text: String,
    /// The comment.
    pub comment: Comment,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'e> {
    /// A comment is made.
    Create,
    /// No comment is made, since the difference isn't one that is to be shown.
    Skip,
    /// One stays as it is.
    Keep(&'e Existing, Kept),
    /// One gets the draft's text.
    Edit(&'e Existing),
    /// One is folded away.
    Hide(&'e Existing),
    /// One is deleted.
    Delete(&'e Existing),
}

/// Why a comment stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It says the same.
    Same,
    /// What it says held later than the draft: another run was faster.
    Newer,
}

impl Draft {
    /// The whole comment.
    #[must_use]
    pub fn body(&self) -> String {
        format!("{}\n{}", self.marker.line(), self.text)
    }
}

impl Existing {
    /// A comment with a marker; `None` for any other.
    #[must_use]
    pub fn read(comment: &Comment) -> Option<Self> {
        let (marker, text) = Marker::split(&comment.body)?;
        Some(Self {
            marker,
            text: text.to_owned(),
            comment: comment.clone(),
        })
    }

    /// Whether it says what a draft says. Forges change the ends of lines and of texts.
    fn says(&self, draft: &Draft) -> bool {
        let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
        self.marker.plan == draft.marker.plan && plain(&self.text) == plain(&draft.text)
    }
}

/// The steps for a draft, in order: what is made comes before what is taken away, so that a run that
/// ends early leaves too much rather than too little. `existing` are our comments of any spec.
#[must_use]
pub fn steps<'e>(draft: &Draft, existing: &'e [Existing], behaviour: Behaviour) -> Vec<Step<'e>> {
    let about = existing.iter().filter(|e| e.marker.is_about(&draft.marker));
    let mut own: Vec<&Existing> = about.collect();
    own.sort_by(|a, b| {
        let time = if a.marker.is_newer_than(&b.marker) {
            std::cmp::Ordering::Greater
        } else if b.marker.is_newer_than(&a.marker) {
            std::cmp::Ordering::Less
        } else {
            std::cmp::Ordering::Equal
        };
        time.then(a.comment.id.cmp(&b.comment.id))
    });
    let newest = own.pop();
    if let Some(newest) = newest
        && newest.marker.is_newer_than(&draft.marker)
    {
        return vec![Step::Keep(newest, Kept::Newer)];
    }
    let anew = behaviour != Behaviour::Update && draft.make;
    let mut steps = Vec::new();
    match newest {
        None if draft.make => steps.push(Step::Create),
        None => steps.push(Step::Skip),
        Some(newest) if anew => {
            own.push(newest);
            steps.push(Step::Create);
        }
        Some(newest) if newest.says(draft) => steps.push(Step::Keep(newest, Kept::Same)),
        Some(newest) => steps.push(Step::Edit(newest)),
    }
    steps.extend(own.into_iter().filter_map(|older| match behaviour {
        Behaviour::New => None,
        Behaviour::HideAndNew if older.comment.hidden => None,
        Behaviour::HideAndNew => Some(Step::Hide(older)),
        Behaviour::Update | Behaviour::DeleteAndNew => Some(Step::Delete(older)),
    }));
    steps
}

/// Markers of the specs that comments of the set `tag` are about and no draft is: the change has been
/// changed so that it no longer touches them.
#[must_use]
pub fn withdrawals(
    drafts: &[Draft],
    existing: &[Existing],
    tag: &str,
    valid_at: &str,
) -> Vec<Marker> {
    let drafted: BTreeSet<&str> = drafts.iter().map(|d| d.marker.spec.as_str()).collect();
    let empty = Marker::new("", tag, None, valid_at);
    let gone: BTreeSet<&str> = existing
        .iter()
        .filter(|e| e.marker.tag == empty.tag && !drafted.contains(e.marker.spec.as_str()))
        .map(|e| e.marker.spec.as_str())
        .collect();
    let marker = |spec: &str| Marker::new(spec, tag, None, valid_at);
    gone.into_iter().map(marker).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(minute: u32) -> Marker {
        let valid_at = format!("2026-11-21T10:{minute:02}:00Z");
        Marker::new("train", "", Some("ab"), &valid_at)
    }

    fn draft() -> Draft {
        Draft {
            marker: marker(30),
            text: "new".to_owned(),
            make: true,
        }
    }

    fn existing(id: u64, minute: u32, text: &str) -> Existing {
        Existing {
            marker: marker(minute),
            text: text.to_owned(),
            comment: Comment {
                id,
                node: String::new(),
                author: "bot".to_owned(),
                body: String::new(),
                url: String::new(),
                hidden: false,
            },
        }
    }

    /// The steps as `create`, `edit 1` and so on.
    #[track_caller]
    fn check(draft: &Draft, there: &[Existing], behaviour: Behaviour, expect: &str) {
        let word = |step: &Step<'_>| match step {
            Step::Create => "create".to_owned(),
            Step::Skip => "skip".to_owned(),
            Step::Keep(e, Kept::Same) => format!("same {}", e.comment.id),
            Step::Keep(e, Kept::Newer) => format!("newer {}", e.comment.id),
            Step::Edit(e) => format!("edit {}", e.comment.id),
            Step::Hide(e) => format!("hide {}", e.comment.id),
            Step::Delete(e) => format!("delete {}", e.comment.id),
        };
        let words: Vec<String> = steps(draft, there, behaviour).iter().map(word).collect();
        assert_eq!(words.join(", "), expect);
    }

    use Behaviour::{DeleteAndNew, HideAndNew, New, Update};

    #[test]
    fn where_there_is_none_one_is_made_by_every_behaviour() {
        for behaviour in [Update, New, HideAndNew, DeleteAndNew] {
            check(&draft(), &[], behaviour, "create");
        }
    }

    #[test]
    fn each_behaviour_does_with_older_ones_what_it_is_called() {
        let there = [existing(1, 1, "a"), existing(2, 2, "b")];
        check(&draft(), &there, Update, "edit 2, delete 1");
        check(&draft(), &there, New, "create");
        check(&draft(), &there, HideAndNew, "create, hide 1, hide 2");
        check(&draft(), &there, DeleteAndNew, "create, delete 1, delete 2");
    }

    #[test]
    fn one_that_is_hidden_already_is_left() {
        let mut there = [existing(1, 1, "a"), existing(2, 2, "b")];
        there[0].comment.hidden = true;
        check(&draft(), &there, HideAndNew, "create, hide 2");
    }

    #[test]
    fn the_newest_is_told_by_its_time_and_then_by_its_number() {
        check(
            &draft(),
            &[existing(1, 9, "a"), existing(2, 8, "b")],
            Update,
            "edit 1, delete 2",
        );
        check(
            &draft(),
            &[existing(3, 8, "a"), existing(2, 8, "b")],
            Update,
            "edit 3, delete 2",
        );
    }

    #[test]
    fn the_same_text_is_left_and_another_plan_with_it_is_not() {
        check(&draft(), &[existing(1, 1, "\r\nnew\r\n")], Update, "same 1");
        let mut other = existing(1, 1, "new");
        other.marker.plan = None;
        check(&draft(), &[other], Update, "edit 1");
    }

    #[test]
    fn a_newer_one_wins_over_every_behaviour() {
        for behaviour in [Update, New, HideAndNew, DeleteAndNew] {
            let there = [existing(1, 31, "a"), existing(2, 2, "b")];
            check(&draft(), &there, behaviour, "newer 1");
        }
    }

    #[test]
    fn what_isnt_to_be_shown_makes_nothing_and_keeps_what_is_there_true() {
        let draft = Draft {
            make: false,
            ..draft()
        };
        for behaviour in [Update, New, HideAndNew, DeleteAndNew] {
            check(&draft, &[], behaviour, "skip");
            check(&draft, &[existing(1, 1, "new")], behaviour, "same 1");
            check(&draft, &[existing(1, 1, "old")], behaviour, "edit 1");
        }
    }

    #[test]
    fn other_specs_and_other_sets_are_left() {
        let mut there = [existing(1, 1, "a"), existing(2, 2, "b")];
        there[0].marker.spec = "serve".to_owned();
        there[1].marker.tag = "nightly".to_owned();
        check(&draft(), &there, Update, "create");
        let withdrawn = withdrawals(&[draft()], &there, "", "2026-11-21T10:30:00Z");
        let specs: Vec<&str> = withdrawn
            .iter()
            .map(|marker| marker.spec.as_str())
            .collect();
        assert_eq!(specs, ["serve"]);
    }
}
