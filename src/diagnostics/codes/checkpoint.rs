//! Mistakes in the files of published models.

codes! {
    /// A `config.json` doesn't say what is needed, or of a family that isn't known.
    CONFIG = "checkpoint::config", "model's configuration can't be used", Usage;
    /// A file of weights, or their index, isn't what it should be.
    WEIGHTS = "checkpoint::weights", "model's weights can't be used", Usage;
    /// A folder has no file of a model.
    NOT_FOUND = "checkpoint::not-found", "no model in the folder", Usage;
}
