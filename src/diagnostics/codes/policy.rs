//! What policies say against a plan, and what is wrong with policies.

codes! {
    /// A rule that denies is broken.
    DENIED = "policy::denied", "a policy forbids this plan", Denied;
    /// A rule that warns is broken.
    BROKEN = "policy::broken", "a policy isn't kept", Usage;
    /// A waiver's last day is past.
    WAIVER_EXPIRED = "policy::waiver-expired", "waiver has expired", Usage;
    /// A waiver is for a rule that the organisation denies to all.
    NOT_WAIVABLE = "policy::not-waivable", "rule can't be waived here", Usage;
    /// There is no policy file where one is said to be.
    NO_FILES = "policy::no-files", "no policy files", Usage;
    /// A module in Rego can't be read or evaluated.
    REGO = "policy::rego", "policy in Rego can't be used", Usage;
    /// There are policies in Rego, and the program was built without it.
    NO_REGO = "policy::no-rego", "this program has no Rego", Usage;
}
