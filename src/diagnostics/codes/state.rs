//! The state: where it is kept, who holds it, and what is wrong with it.

codes! {
    /// Somebody else holds the state.
    LOCKED = "state::locked", "state is locked", Locked;
    /// Somebody else took the state over.
    LOCK_LOST = "state::lock-lost", "lock on the state was lost", Locked;
    /// Nobody holds the state under the number that is to be unlocked.
    NOT_LOCKED = "state::not-locked", "no such lock", Error;
    /// The state isn't what was written.
    DAMAGED = "state::damaged", "state is damaged", StateDamaged;
    /// The journal isn't what was written.
    JOURNAL_DAMAGED = "state::journal-damaged", "journal is damaged", StateDamaged;
    /// The state was written by a later program.
    NEWER_FORMAT = "state::newer-format", "state of a later version", Error;
    /// The state is older than one that was written.
    ROLLED_BACK = "state::rolled-back", "state is older than the last one", StateDamaged;
    /// The state is another project's.
    OTHER_PROJECT = "state::other-project", "state of another project", Error;
    /// What is to be pushed is no later state of the one that is there.
    OTHER_LINEAGE = "state::other-lineage", "state of another lineage", Error;
    /// What is to be pushed is older than what is there.
    OLDER = "state::older", "state is older than the one in its place", Error;
    /// What is to be pushed has the same serial as what is there, and other objects.
    DIVERGED = "state::diverged", "two states with one serial", Error;
    /// The state is encrypted, and there is no key.
    ENCRYPTED = "state::encrypted", "state is encrypted", Credentials;
    /// There is a key, and the state isn't encrypted.
    NOT_ENCRYPTED = "state::not-encrypted", "state isn't encrypted", Credentials;
    /// The state is encrypted with another key.
    WRONG_KEY = "state::wrong-key", "state is encrypted with another key", Credentials;
    /// The key is none.
    BAD_KEY = "state::bad-key", "key can't be understood", Credentials;
    /// The place of the state doesn't answer.
    UNREACHABLE = "state::unreachable", "can't reach the state", Error;
    /// The place of the state doesn't let us in.
    DENIED = "state::denied", "not allowed to use the state", Credentials;
    /// The place of the state is of a kind that this program was built without.
    STORE_NOT_BUILT_IN = "state::store-not-built-in", "built without this kind of store", Usage;
    /// What is to say where the state is doesn't.
    WRONG_PLACE = "state::wrong-place", "no place for a state", Usage;
    /// There is no state there.
    ABSENT = "state::absent", "there is no state", Usage;
}
