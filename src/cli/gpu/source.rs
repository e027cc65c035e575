//! Where the facts of a machine's GPUs are read: the NVML library and the kernel's log.

use std::path::{Path, PathBuf};

use mlinfra_provider_nvml::{KERNEL_LOG, Library, LoadError, NodeFacts, read_log};

use crate::cli::Io;
use crate::diagnostics::{Diagnostic, gpu};

/// What is read.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Source {
    /// The NVML library to load, instead of the one that the system finds; also
    /// MLINFRA_NVML_LIBRARY
    #[arg(long, value_name = "PATH")]
    nvml_library: Option<PathBuf>,
    /// Read Xid errors from this file, instead of the kernel's log
    #[arg(long, value_name = "FILE", default_value = KERNEL_LOG)]
    kernel_log: PathBuf,
}

impl Source {
    /// Loads the library.
    ///
    /// # Errors
    ///
    /// `gpu::no-library`, `gpu::unusable-library`, `gpu::no-driver`.
    pub(super) fn open(&self, io: &Io) -> Result<Library, Diagnostic> {
        let from_env = io.env("MLINFRA_NVML_LIBRARY").filter(|v| !v.is_empty());
        let path = self.nvml_library.as_deref().or(from_env.map(Path::new));
        Library::open(path).map_err(|error| refused(&error))
    }

    /// Everything that NVML and the kernel's log say.
    pub(super) fn facts(&self, library: &Library) -> NodeFacts {
        NodeFacts {
            xids: read_log(&self.kernel_log),
            ..library.facts()
        }
    }
}

fn refused(error: &LoadError) -> Diagnostic {
    let detail = format!("{}.", sentence(&error.to_string()));
    match error {
        LoadError::Absent { .. } => Diagnostic::error(&gpu::NO_LIBRARY)
            .detail(format!("{detail} It comes with the NVIDIA driver."))
            .hint("run this on a machine with NVIDIA GPUs and their driver")
            .hint("in a container, ask for GPUs, so that the runtime mounts the driver's libraries")
            .hint("name the file with `--nvml-library` when it is somewhere else"),
        LoadError::DriverNotLoaded => Diagnostic::error(&gpu::NO_DRIVER)
            .detail(detail)
            .hint_command("To load it, run:", "sudo modprobe nvidia")
            .hint_command(
                "If that fails, the kernel's log says why:",
                "sudo dmesg | grep -i nvrm",
            ),
        LoadError::VersionMismatch => Diagnostic::error(&gpu::NO_DRIVER)
            .detail(format!(
                "{detail} The driver was updated while the old one was still loaded."
            ))
            .hint("restart the machine, or unload the old driver"),
        LoadError::Unusable { .. }
        | LoadError::MissingSymbol { .. }
        | LoadError::Refused { .. } => Diagnostic::error(&gpu::UNUSABLE_LIBRARY).detail(detail),
    }
}

/// With a capital in front, unless it begins with code.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars.as_str().chars()).collect()
}
