//! Mistakes in the spec.

codes! {
    /// The text is no HCL.
    SYNTAX = "spec::syntax", "syntax error", Usage;
    /// A block has an argument that it doesn't know.
    UNSUPPORTED_ARGUMENT = "spec::unsupported-argument", "unsupported argument", Usage;
}
