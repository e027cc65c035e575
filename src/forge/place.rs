//! What a forge does for us.

use super::failure::Failure;

/// A comment as it is at a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// By which requests name it.
    pub id: u64,
    /// By which GitHub's GraphQL names it; empty elsewhere.
    pub node: String,
    /// The login of whoever wrote it.
    pub author: String,
    /// Its text.
    pub body: String,
    /// Where people see it.
    pub url: String,
    /// Whether it is folded away.
    pub hidden: bool,
}

/// The comments of one pull request.
pub trait Forge {
    /// Most UTF-16 units of a comment. Forges count characters, which are fewer.
    fn limit(&self) -> usize;

    /// A text of which the forge carries nothing out.
    fn inert(&self, text: String) -> String {
        text
    }

    /// The login that the token comments as.
    ///
    /// # Errors
    ///
    /// [`Failure`], as for all below.
    fn author(&self) -> Result<String, Failure>;

    /// All comments, oldest first.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    fn comments(&self) -> Result<Vec<Comment>, Failure>;

    /// Makes a comment, by one request. After [`Failure::Unreachable`] it may be there.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    fn create(&self, body: &str) -> Result<Comment, Failure>;

    /// Gives a comment another text.
    ///
    /// # Errors
    ///
    /// [`Failure`]; [`Failure::NotFound`] when it was deleted meanwhile.
    fn edit(&self, comment: &Comment, body: &str) -> Result<(), Failure>;

    /// Deletes a comment; one that is gone already is as good.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    fn delete(&self, comment: &Comment) -> Result<(), Failure>;

    /// Folds a comment away as outdated.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    fn hide(&self, comment: &Comment) -> Result<(), Failure>;

    /// Waits before a comment is tried to be made again; `false` when there is no time left.
    fn back_off(&self, failed: u32) -> bool;

    /// A text that is never given twice.
    fn nonce(&self) -> String;
}
