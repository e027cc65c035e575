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
    /// The text is no plan that can be applied.
    NOT_A_PLAN = "apply::not-a-plan", "not a plan that can be applied", Usage;
}
