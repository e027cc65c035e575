//! Comments on pull requests: finds those that are ours, decides what becomes of them, and makes,
//! changes, hides and deletes them at a forge (GitHub or GitLab), over HTTP.
//!
//! What a comment says comes from `render`. This module puts a [`Marker`] before it, by which the next
//! run finds it again. `docs/comments.md` has the rules.

mod client;
mod clock;
mod decide;
mod failure;
mod fitted;
mod github;
mod gitlab;
mod http;
mod marker;
mod place;
mod post;

pub use client::{Client, Token};
pub use clock::{Clock, System};
pub use decide::{Behaviour, Draft, Existing, Kept, Step, steps, withdrawals};
pub use failure::Failure;
pub use fitted::fitted;
pub use github::GitHub;
pub use gitlab::GitLab;
pub use http::{Answer, NoAnswer, Request, Transport, Web};
pub use marker::Marker;
pub use place::{Comment, Forge};
pub use post::{Done, How, Left, Posted, post};
