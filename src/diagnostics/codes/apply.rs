//! What keeps a plan from being applied.

codes! {
    /// A stage is planned at a place that no backend reaches yet.
    NOT_POSSIBLE_YET = "apply::not-possible-yet", "can't be applied there yet", Error;
    /// A label of the project would be a tag that is taken.
    RESERVED_LABEL = "apply::reserved-label", "label is reserved", Usage;
    /// A pool has more nodes than can be made.
    TOO_MANY_NODES = "apply::too-many-nodes", "pool has too many nodes", Error;
    /// An object that is protected would be deleted.
    PREVENT_DESTROY = "apply::prevent-destroy", "protected object would be deleted", Denied;
    /// Only some stages are looked at.
    PARTIAL = "apply::partial", "only a part is planned", Usage;
    /// Nobody knows whether an object was made that is now wanted otherwise.
    UNSETTLED = "apply::unsettled", "an earlier operation isn't settled", Error;
    /// The project's name and the state's lineage are too long for a tag.
    NAME_TOO_LONG = "apply::name-too-long", "name is too long for a tag", Usage;
    /// What exists isn't what the plan was made from.
    STALE_PLAN = "apply::stale-plan", "plan is out of date", StalePlan;
    /// The plan is another project's, or another state's.
    FOREIGN_PLAN = "apply::foreign-plan", "plan of another project or state", Error;
    /// The plan was applied before.
    CONSUMED_PLAN = "apply::consumed-plan", "plan was applied already", StalePlan;
    /// The plan isn't as it was written.
    EDITED_PLAN = "apply::edited-plan", "plan was changed", Error;
    /// The catalogs aren't those that the plan was made from.
    EDITED_CATALOG = "apply::edited-catalog", "catalogs changed since the plan", StalePlan;
    /// The spec isn't the one that the plan was made from.
    EDITED_SPEC = "apply::edited-spec", "spec changed since the plan", StalePlan;
    /// The plan isn't the one that was asked for by its digest.
    OTHER_PLAN = "apply::other-plan", "plan isn't the one that was reviewed", StalePlan;
    /// The text is no plan that can be applied.
    NOT_A_PLAN = "apply::not-a-plan", "not a plan that can be applied", Usage;
    /// A backend can't be used, or isn't built in.
    PROVIDER = "apply::provider", "backend can't be used", Error;
    /// A backend shows nothing with these credentials, or there are none.
    CREDENTIALS = "apply::credentials", "a cloud lets nobody in with these credentials", Credentials;
    /// Something can't be read, or what became of it can't be found out.
    UNREACHABLE = "apply::unreachable", "can't find out what exists", Incomplete;
    /// Nobody was there to agree.
    NOT_APPROVED = "apply::not-approved", "nobody agreed to it", Usage;
    /// A backend says beforehand that it would refuse.
    PREFLIGHT = "apply::preflight", "something stands in the way", Denied;
    /// There is no object of that address, or of that identifier.
    NO_SUCH_OBJECT = "apply::no-such-object", "no such object", Usage;
    /// The spec has no such output, or it isn't known yet.
    NO_SUCH_OUTPUT = "apply::no-such-output", "no such output", Usage;
    /// No run was interrupted.
    NOTHING_OPEN = "apply::nothing-open", "no apply is to be gone on with", Usage;
    /// What is imported can't be.
    CANNOT_IMPORT = "apply::cannot-import", "object can't be imported", Error;
}
