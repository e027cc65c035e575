//! Loading the library.

use std::path::Path;

use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;

use crate::error::{LoadError, at_start, is_absent};
use crate::facts::NodeFacts;
use crate::read;
use crate::sample::{self, Sample};

/// Names that the loader looks for, in this order. Containers have only the first: what mounts the
/// driver into them leaves out the link that is for linking programs.
const NAMES: [&str; 2] = ["libnvidia-ml.so.1", "libnvidia-ml.so"];

/// NVML, loaded and started.
#[derive(Debug)]
pub struct Library {
    nvml: Nvml,
    path: String,
}

impl Library {
    /// Loads the library at a path, or the one that the system's loader finds, and starts it.
    ///
    /// # Errors
    ///
    /// [`LoadError`], for any reason for which nothing at all can be read.
    pub fn open(path: Option<&Path>) -> Result<Self, LoadError> {
        let names = match path {
            // To the loader a name without a folder is one to look for, not a file that is here.
            Some(path) if path.is_file() => {
                let here = Path::new(".").join(path);
                vec![here.to_string_lossy().into_owned()]
            }
            Some(path) => vec![path.to_string_lossy().into_owned()],
            None => NAMES.map(str::to_owned).to_vec(),
        };
        for name in &names {
            match start(name) {
                Ok(nvml) => return Self::with_an_end(nvml, name),
                Err(error) if is_absent(&error, name) => {}
                Err(error) => return Err(at_start(&error, name)),
            }
        }
        Err(LoadError::Absent { tried: names })
    }

    /// Refuses a library that can't be shut down: dropping [`Nvml`] would panic.
    fn with_an_end(nvml: Nvml, path: &str) -> Result<Self, LoadError> {
        if nvml.lib().nvmlShutdown.is_err() {
            std::mem::forget(nvml);
            return Err(LoadError::MissingSymbol {
                symbol: "nvmlShutdown".to_owned(),
            });
        }
        Ok(Self {
            nvml,
            path: path.to_owned(),
        })
    }

    /// The name or path under which it was found.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Reads everything. What can't be read says why; this never fails as a whole.
    pub fn facts(&self) -> NodeFacts {
        read::node(&self.nvml)
    }

    /// Reads what changes while work runs: utilisation, memory in use and power of each card.
    pub fn sample(&self) -> Vec<Sample> {
        sample::take(&self.nvml)
    }
}

fn start(name: &str) -> Result<Nvml, NvmlError> {
    Nvml::builder().lib_path(name.as_ref()).init()
}
