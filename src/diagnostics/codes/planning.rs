//! What stops a plan.

codes! {
    /// A GPU of the spec is in no catalog.
    UNKNOWN_GPU = "planning::unknown-gpu", "unknown GPU", Usage;
    /// A region or site of the spec is in no catalog and no cluster.
    UNKNOWN_LOCATION = "planning::unknown-location", "unknown region or site", Usage;
    /// A pin names an instance type that is in no catalog and no cluster.
    UNKNOWN_INSTANCE_TYPE = "planning::unknown-instance-type", "unknown instance type", Usage;
    /// The GPUs of a stage don't make up whole copies of its model.
    UNEVEN_COPIES = "planning::uneven-copies", "no whole number of copies on these GPUs", Usage;
    /// A stage has no candidate left.
    NO_FEASIBLE_OFFERING = "planning::no-feasible-offering", "no offering meets every requirement", Infeasible;
    /// A GPU that a stage needs is offered by no allowed catalog or cluster.
    GPU_NOT_OFFERED = "planning::gpu-not-offered", "no allowed place offers this GPU", Infeasible;
    /// Every stage has candidates, but no combination has a known cost or fits the limits.
    NO_JOINT_PLACEMENT = "planning::no-joint-placement", "no joint placement of the stages", Infeasible;
    /// The cheapest plan is dearer than a budget that denies.
    BUDGET_EXCEEDED = "planning::budget-exceeded", "budget exceeded", Denied;
    /// The cheapest plan is near or above a budget that only warns.
    BUDGET_WARNING = "planning::budget-warning", "budget nearly used", Usage;
    /// A question is about a stage that the spec doesn't have.
    UNKNOWN_STAGE = "planning::unknown-stage", "unknown stage", Usage;
    /// A question is about an offering that no catalog and no cluster has.
    UNKNOWN_OFFERING = "planning::unknown-offering", "unknown offering", Usage;
    /// The spec has more commitments than can be told apart.
    TOO_MANY_COMMITMENTS = "planning::too-many-commitments", "too many commitments", Usage;
}
