use std::collections::BTreeMap;

use super::eval::Outside;
use crate::diagnostics::FileId;

/// What a spec gets from outside: values for its variables, the environment, files beside it.
pub struct Inputs<'a> {
    /// Values given one by one, by the variable's name. They override the files'.
    pub variables: BTreeMap<String, VariableInput>,
    /// Variable files among the sources, in the order given; later ones override earlier ones.
    /// A name that ends in `.json` is read as JSON.
    pub variable_files: Vec<FileId>,
    /// Values from the environment (`MLINFRA_VAR_name`); everything else overrides them.
    pub environment_variables: BTreeMap<String, VariableInput>,
    /// Reads an environment variable for `env("X")`.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a file of the spec's folder for `file("x")`; the error is a sentence.
    pub file: &'a dyn Fn(&str) -> Result<String, String>,
}

/// A variable's value as text: taken as it is for a string, else read as an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableInput {
    /// The text.
    pub text: String,
    /// Who gave it, for messages: `-var`, `MLINFRA_VAR_env`.
    pub given_by: String,
}

impl Default for Inputs<'static> {
    /// Nothing from outside: no values, no environment, no files.
    fn default() -> Self {
        Self {
            variables: BTreeMap::new(),
            variable_files: Vec::new(),
            environment_variables: BTreeMap::new(),
            env: &|_| None,
            file: &|path| Err(format!("`{path}` can't be read: there are no files here.")),
        }
    }
}

impl Outside for Inputs<'_> {
    fn env(&self, name: &str) -> Option<String> {
        (self.env)(name)
    }

    fn file(&self, path: &str) -> Result<String, String> {
        (self.file)(path)
    }
}
