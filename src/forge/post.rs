//! Carries out what was decided.

use super::client::{ATTEMPTS, count};
use super::decide::{Behaviour, Draft, Existing, Kept, Step, steps, withdrawals};
use super::failure::Failure;
use super::place::{Comment, Forge};

/// What became of a comment; with `dry_run`, what would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It is new.
    Created,
    /// It has the new text.
    Edited,
    /// It says the same already.
    Unchanged,
    /// It says what held later.
    Newer,
    /// There is none, and none is made.
    NotMade,
    /// It is folded away.
    Hidden,
    /// It is deleted.
    Deleted,
    /// It has our marker, and another author. It is left alone.
    Foreign {
        /// The login.
        author: String,
    },
    /// It should have been hidden or deleted.
    Left(Left),
}

/// Why an older comment is still as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// `hidden` or `deleted`.
    pub wanted: &'static str,
    /// Why it isn't.
    pub failure: Failure,
}

/// What became of one comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The spec, as the marker names it.
    pub spec: String,
    /// Where it is; `None` where there is none.
    pub url: Option<String>,
    /// What became of it.
    pub done: Done,
    /// Its whole text, where that was written.
    pub body: Option<String>,
}

/// How to post.
pub struct How<'h> {
    /// The login whose comments are ours.
    pub author: &'h str,
    /// Which set of comments.
    pub tag: &'h str,
    /// When the newest of the drafts held.
    pub valid_at: &'h str,
    /// What becomes of older ones.
    pub behaviour: Behaviour,
    /// The text for a spec that the change no longer touches.
    pub withdrawn: &'h dyn Fn(&str) -> String,
    /// Whether to change nothing.
    pub dry_run: bool,
}

/// Makes comments of drafts, and tells what became of each as soon as it has.
///
/// # Errors
///
/// The first [`Failure`] that leaves a draft without its comment. What was told before it is done.
pub fn post(
    forge: &dyn Forge,
    comments: &[Comment],
    drafts: &[Draft],
    how: &How<'_>,
    tell: &mut dyn FnMut(Posted),
) -> Result<(), Failure> {
    let (own, foreign): (Vec<Existing>, Vec<Existing>) = comments
        .iter()
        .filter_map(Existing::read)
        .partition(|e| e.comment.author.eq_ignore_ascii_case(how.author));
    for other in &foreign {
        if drafts.iter().any(|d| d.marker.is_about(&other.marker)) {
            let author = other.comment.author.clone();
            tell(posted(
                &other.marker.spec,
                &other.comment,
                Done::Foreign { author },
            ));
        }
    }
    let poster = Poster { forge, how };
    for draft in drafts {
        for step in steps(draft, &own, how.behaviour) {
            poster.carry_out(&step, draft, tell)?;
        }
    }
    for marker in withdrawals(drafts, &own, how.tag, how.valid_at) {
        let draft = Draft {
            text: forge.inert((how.withdrawn)(&marker.spec)),
            marker,
            make: false,
        };
        for step in poster.withdrawing(&draft, &own) {
            poster.carry_out(&step, &draft, tell)?;
        }
    }
    Ok(())
}

struct Poster<'p> {
    forge: &'p dyn Forge,
    how: &'p How<'p>,
}

impl Poster<'_> {
    /// What becomes of comments on a spec that the change no longer touches: where older comments are
    /// taken away, these are as well; where they stay, so do these.
    fn withdrawing<'e>(&self, draft: &Draft, own: &'e [Existing]) -> Vec<Step<'e>> {
        let steps = steps(draft, own, self.how.behaviour);
        let each = steps
            .into_iter()
            .filter_map(|step| match (step, self.how.behaviour) {
                (Step::Edit(older), Behaviour::HideAndNew) if older.comment.hidden => None,
                (Step::Edit(older), Behaviour::HideAndNew) => Some(Step::Hide(older)),
                (Step::Edit(older), Behaviour::DeleteAndNew) => Some(Step::Delete(older)),
                (Step::Edit(_), Behaviour::New) => None,
                (step, _) => Some(step),
            });
        each.collect()
    }

    fn carry_out(
        &self,
        step: &Step<'_>,
        draft: &Draft,
        tell: &mut dyn FnMut(Posted),
    ) -> Result<(), Failure> {
        let spec = draft.marker.spec.as_str();
        match step {
            Step::Skip => tell(Posted {
                spec: spec.to_owned(),
                url: None,
                done: Done::NotMade,
                body: None,
            }),
            Step::Keep(e, Kept::Same) => tell(posted(spec, &e.comment, Done::Unchanged)),
            Step::Keep(e, Kept::Newer) => tell(posted(spec, &e.comment, Done::Newer)),
            Step::Create => tell(self.create(draft)?),
            Step::Edit(e) => tell(self.edit(draft, &e.comment)?),
            Step::Hide(e) => tell(self.take_away(spec, &e.comment, "hidden", Done::Hidden)),
            Step::Delete(e) => tell(self.take_away(spec, &e.comment, "deleted", Done::Deleted)),
        }
        Ok(())
    }

    fn create(&self, draft: &Draft) -> Result<Posted, Failure> {
        let body = draft.body();
        let url = if self.how.dry_run {
            None
        } else {
            Some(self.create_once(draft, &body)?.url)
        };
        Ok(Posted {
            spec: draft.marker.spec.clone(),
            url,
            done: Done::Created,
            body: Some(body),
        })
    }

    /// Makes a comment, and looks whether it is there before it tries again.
    fn create_once(&self, draft: &Draft, body: &str) -> Result<Comment, Failure> {
        let mut failed = 0;
        loop {
            let why = match self.forge.create(body) {
                Err(Failure::Unreachable { why, .. }) => why,
                made => return made,
            };
            failed += 1;
            if failed == ATTEMPTS || !self.forge.back_off(failed) {
                let attempts = count(failed);
                return Err(Failure::Unreachable { attempts, why });
            }
            let there = self.forge.comments()?;
            let made = there.into_iter().find(|comment| {
                let marker = Existing::read(comment).map(|existing| existing.marker);
                marker.as_ref() == Some(&draft.marker)
            });
            if let Some(made) = made {
                return Ok(made);
            }
        }
    }

    fn edit(&self, draft: &Draft, comment: &Comment) -> Result<Posted, Failure> {
        let body = draft.body();
        if !self.how.dry_run {
            match self.forge.edit(comment, &body) {
                // Somebody has deleted it since we looked.
                Err(Failure::NotFound(_)) if draft.make => return self.create(draft),
                edited => edited?,
            }
        }
        let mut edited = posted(&draft.marker.spec, comment, Done::Edited);
        edited.body = Some(body);
        Ok(edited)
    }

    fn take_away(&self, spec: &str, comment: &Comment, wanted: &'static str, done: Done) -> Posted {
        let taken = match (self.how.dry_run, &done) {
            (true, _) => Ok(()),
            (false, Done::Hidden) => self.forge.hide(comment),
            (false, _) => self.forge.delete(comment),
        };
        let done = match taken {
            Ok(()) => done,
            Err(failure) => Done::Left(Left { wanted, failure }),
        };
        posted(spec, comment, done)
    }
}

fn posted(spec: &str, comment: &Comment, done: Done) -> Posted {
    Posted {
        spec: spec.to_owned(),
        url: Some(comment.url.clone()),
        done,
        body: None,
    }
}
