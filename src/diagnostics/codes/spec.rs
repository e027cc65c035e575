//! Mistakes in the spec.

codes! {
    /// The text is no HCL.
    SYNTAX = "spec::syntax", "syntax error", Usage;
    /// A file isn't UTF-8.
    INVALID_UTF8 = "spec::invalid-utf8", "file isn't UTF-8", Usage;
    /// Brackets, templates or references are nested deeper than any real spec.
    TOO_DEEP = "spec::too-deep", "nested too deeply", Usage;
    /// A file, a value or the work to evaluate it is larger than any real spec's.
    TOO_LARGE = "spec::too-large", "too large", Usage;
    /// The path given doesn't exist or can't be read.
    NOT_READABLE = "spec::not-readable", "can't read the spec", Usage;
    /// The folder holds no `*.mlinfra.hcl` file.
    NO_SPEC_FILES = "spec::no-spec-files", "no spec files", Usage;
    /// `init` found a spec where it was to write one.
    SPEC_EXISTS = "spec::spec-exists", "a spec is there already", Usage;
    /// A block of a type that isn't known here.
    UNSUPPORTED_BLOCK = "spec::unsupported-block", "unsupported block", Usage;
    /// A block has an argument that it doesn't know.
    UNSUPPORTED_ARGUMENT = "spec::unsupported-argument", "unsupported argument", Usage;
    /// A required argument isn't there.
    MISSING_ARGUMENT = "spec::missing-argument", "missing argument", Usage;
    /// A required block isn't there.
    MISSING_BLOCK = "spec::missing-block", "missing block", Usage;
    /// A block has too few or too many labels.
    WRONG_LABELS = "spec::wrong-labels", "wrong number of labels", Usage;
    /// A name has characters that names can't have.
    INVALID_NAME = "spec::invalid-name", "invalid name", Usage;
    /// An argument or an object's key is given twice.
    DUPLICATE_ARGUMENT = "spec::duplicate-argument", "argument given twice", Usage;
    /// A block that may stand once stands twice.
    DUPLICATE_BLOCK = "spec::duplicate-block", "block given twice", Usage;
    /// Two things of one kind have one name.
    DUPLICATE_NAME = "spec::duplicate-name", "name used twice", Usage;
    /// A value has the wrong type.
    WRONG_TYPE = "spec::wrong-type", "wrong type", Usage;
    /// A quantity without its unit, or with one that isn't known.
    INVALID_UNIT = "spec::invalid-unit", "invalid quantity", Usage;
    /// A number outside of its range.
    OUT_OF_RANGE = "spec::out-of-range", "out of range", Usage;
    /// A word that isn't one of those allowed.
    INVALID_CHOICE = "spec::invalid-choice", "not one of the allowed values", Usage;
    /// A text that must have a certain form (a location, a version, a schedule) hasn't.
    INVALID_FORM = "spec::invalid-form", "value isn't in the expected form", Usage;
    /// A least value above its greatest.
    IMPOSSIBLE_RANGE = "spec::impossible-range", "impossible range", Usage;
    /// A stage reads more of its source than there is.
    READ_EXCEEDS_SIZE = "spec::read-exceeds-size", "reads more than there is", Usage;
    /// Two arguments or blocks that exclude each other.
    CONFLICT = "spec::conflict", "arguments exclude each other", Usage;
    /// More stages than can be tried in every grouping leave it open with whom they share.
    TOO_MANY_AUTO = "spec::too-many-auto", "too many stages share with any other", Usage;
    /// A pool that a single stage names.
    POOL_OF_ONE = "spec::pool-of-one", "pool of a single stage", Usage;
    /// A block or argument that this kind of stage can't have.
    WRONG_STAGE_KIND = "spec::wrong-stage-kind", "not for this kind of stage", Usage;
    /// A reference to something that doesn't exist.
    UNKNOWN_REFERENCE = "spec::unknown-reference", "unknown reference", Usage;
    /// A reference to the wrong kind of thing.
    WRONG_REFERENCE = "spec::wrong-reference", "reference to the wrong kind of thing", Usage;
    /// A value that is known after apply only, used before.
    KNOWN_AFTER_APPLY = "spec::known-after-apply", "known after apply only", Usage;
    /// Values that are defined by each other.
    REFERENCE_CYCLE = "spec::reference-cycle", "values refer to each other", Usage;
    /// Stages that read each other's outputs.
    DATA_CYCLE = "spec::data-cycle", "stages read each other's outputs", Usage;
    /// A function that isn't known.
    UNKNOWN_FUNCTION = "spec::unknown-function", "unknown function", Usage;
    /// A function called with too few or too many arguments.
    FUNCTION_ARGUMENTS = "spec::function-arguments", "wrong number of arguments", Usage;
    /// A function that has no result for these arguments.
    FUNCTION_FAILED = "spec::function-failed", "function has no result", Usage;
    /// A division by zero.
    DIVISION_BY_ZERO = "spec::division-by-zero", "division by zero", Usage;
    /// A key or position that isn't there.
    INVALID_INDEX = "spec::invalid-index", "no such element", Usage;
    /// `env("X")` of an environment variable that isn't set.
    ENV_NOT_SET = "spec::env-not-set", "environment variable isn't set", Usage;
    /// `file("x")` can't be read.
    FILE_NOT_READABLE = "spec::file-not-readable", "file can't be read", Usage;
    /// A variable without default and without value.
    VARIABLE_NOT_SET = "spec::variable-not-set", "variable has no value", Usage;
    /// A value given to a variable that doesn't suit it.
    VARIABLE_VALUE = "spec::variable-value", "value doesn't suit the variable", Usage;
    /// A value given to a variable that isn't declared.
    UNDECLARED_VARIABLE = "spec::undeclared-variable", "variable isn't declared", Usage;
    /// A sensitive value where it would be shown.
    SENSITIVE_VALUE = "spec::sensitive-value", "sensitive value would be shown", Usage;
    /// The spec was written for another version of mlinfra.
    VERSION_NOT_MET = "spec::version-not-met", "made for another version of mlinfra", Usage;
}
