//! Comments on pull requests and merge requests.

codes! {
    /// A file isn't what `mlinfra diff --json` prints.
    WRONG_REVIEW = "forge::wrong-review", "file holds no review", Usage;
    /// It isn't known where to comment.
    NO_PULL_REQUEST = "forge::no-pull-request", "no pull request to comment on", Usage;
    /// There is no token, or one that can't comment.
    NO_TOKEN = "forge::no-token", "no token to comment with", Credentials;
    /// The forge doesn't know the token.
    UNAUTHORIZED = "forge::unauthorized", "token is not accepted", Credentials;
    /// The token isn't allowed to do it.
    FORBIDDEN = "forge::forbidden", "token doesn't suffice", Credentials;
    /// What is commented on isn't there, or is hidden from the token.
    NOT_FOUND = "forge::not-found", "pull request not found", Error;
    /// The forge took the request for wrong.
    REFUSED = "forge::refused", "request was refused", Error;
    /// The forge wants no more requests for longer than this command waits.
    RATE_LIMITED = "forge::rate-limited", "too many requests", Error;
    /// The forge can't be reached, or fails for longer than this command waits.
    UNREACHABLE = "forge::unreachable", "forge gives no answer", Error;
    /// The answer isn't one of a forge.
    UNEXPECTED = "forge::unexpected", "unexpected answer", Error;
    /// Something that was to be hidden or deleted is still there.
    LEFT_OVER = "forge::left-over", "older comment is left", Error;
    /// The comment says it: the change isn't allowed.
    DENIED = "forge::denied", "change is not allowed", Denied;
}
