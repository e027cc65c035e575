//! Why NVML can't be used at all.

use nvml_wrapper::error::NvmlError;
use thiserror::Error;

/// Why the library couldn't be loaded or started.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LoadError {
    /// None of the files is there.
    #[error("no {} was found", .tried.join(" or "))]
    Absent {
        /// Names or paths that were tried, in order.
        tried: Vec<String>,
    },
    /// A file is there and is no library that can be loaded.
    #[error("`{path}` can't be loaded: {reason}")]
    Unusable {
        /// Its name or path.
        path: String,
        /// What the loader said.
        reason: String,
    },
    /// The library is there and the kernel's driver isn't.
    #[error("the library is there, but the NVIDIA driver isn't loaded")]
    DriverNotLoaded,
    /// The library and the kernel's driver are of two versions.
    #[error("the library and the loaded driver are of different versions")]
    VersionMismatch,
    /// The library lacks a function without which nothing can be read.
    #[error("the library has no `{symbol}`: it is too old, or not NVML")]
    MissingSymbol {
        /// The function's name.
        symbol: String,
    },
    /// The library refused to start for another reason.
    #[error("NVML can't start: {reason}")]
    Refused {
        /// The library's words.
        reason: String,
    },
}

/// Of an error at starting the library that was found at `path`.
pub(crate) fn at_start(error: &NvmlError, path: &str) -> LoadError {
    match error {
        NvmlError::DriverNotLoaded => LoadError::DriverNotLoaded,
        NvmlError::LibRmVersionMismatch => LoadError::VersionMismatch,
        NvmlError::FailedToLoadSymbol(text) => LoadError::MissingSymbol {
            symbol: symbol_in(text).to_owned(),
        },
        NvmlError::LibloadingError(reason) => LoadError::Unusable {
            path: path.to_owned(),
            reason: reason.to_string(),
        },
        other => LoadError::Refused {
            reason: other.to_string(),
        },
    }
}

/// Whether the loader's message says that the file isn't there, rather than that it is no library.
pub(crate) fn is_absent(error: &NvmlError, path: &str) -> bool {
    let NvmlError::LibloadingError(error) = error else {
        return false;
    };
    // glibc and musl name the file that is missing first, which may also be one that it needs.
    let text = error.to_string();
    let named = text.starts_with(path) || text.contains(&format!("library {path}:"));
    named && (text.contains("No such file") || text.contains("cannot find"))
}

/// The name of the function that the loader's message says is missing.
pub(crate) fn symbol_in(message: &str) -> &str {
    let at = message.find("nvml").unwrap_or(message.len());
    // The path of the library comes first and may have the word in it too.
    let at = message
        .rfind("undefined symbol: ")
        .map_or(at, |start| start + "undefined symbol: ".len());
    let rest = &message[at..];
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    &rest[..end.unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_function_is_found_in_the_loaders_words() {
        let glibc = "/x/libnvml.so: undefined symbol: nvmlInit_v2";
        assert_eq!(symbol_in(glibc), "nvmlInit_v2");
        assert_eq!(
            symbol_in("Error relocating: nvmlInit_v2: not found"),
            "nvmlInit_v2"
        );
        assert_eq!(symbol_in("nothing"), "");
    }
}
