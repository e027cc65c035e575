//! The program with a made-up NVML.

use std::path::{Path, PathBuf};

use crate::cli::{Finished, Program, mlinfra};

/// The library that cargo built beside these tests.
pub(super) fn library() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let library = tests.with_file_name("libmlinfra_fake_nvml.so");
    assert!(library.is_file(), "{} isn't built", library.display());
    library
}

/// A file of `tests/nvml`.
pub(super) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/nvml")
        .join(name)
}

/// `mlinfra gpu …` with a profile, this library, and a kernel's log without errors.
pub(super) fn program_with<'a>(
    library: &Path,
    profile: &str,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Program {
    let profile = data(&format!("profiles/{profile}.json"));
    let arguments: Vec<&str> = arguments.into_iter().collect();
    let own_log = arguments.contains(&"--kernel-log");
    let log = ["--kernel-log", "tests/nvml/clean.log"];
    let log = if own_log { &[][..] } else { &log[..] };
    mlinfra(["gpu"].iter().chain(&arguments).chain(log))
        .env("MLINFRA_FAKE_NVML_PROFILE", profile.to_str().unwrap())
        .env("MLINFRA_NVML_LIBRARY", library.to_str().unwrap())
}

/// The same with the whole library, run to its end.
#[track_caller]
pub(super) fn gpu<'a>(profile: &str, arguments: impl IntoIterator<Item = &'a str>) -> Finished {
    program_with(&library(), profile, arguments).run()
}

/// A copy of the library that lacks some functions: in the table of names each gets another one,
/// so that the loader doesn't find it.
pub(super) fn library_without(symbols: &[&str], folder: &Path) -> PathBuf {
    let mut bytes = std::fs::read(library()).unwrap();
    for symbol in symbols {
        for at in places(&bytes, symbol) {
            bytes[at] = b'x';
        }
    }
    let path = folder.join("libnvidia-ml.so.1");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Where a name stands between two NULs.
fn places(bytes: &[u8], name: &str) -> Vec<usize> {
    let name = [&[0], name.as_bytes(), &[0]].concat();
    let windows = bytes.windows(name.len()).enumerate();
    let found: Vec<usize> = windows
        .filter(|(_, w)| *w == name)
        .map(|(at, _)| at + 1)
        .collect();
    assert!(!found.is_empty(), "the library has no {name:?}");
    found
}

/// All functions of the library.
pub(super) fn symbols() -> Vec<String> {
    let source = ["device", "memory", "parts", "system"]
        .map(|name| std::fs::read_to_string(data(&format!("src/{name}.rs"))).unwrap());
    let source = source.concat();
    let lines = source.lines();
    let names = lines.filter_map(|line| {
        let rest = line.strip_prefix("pub extern \"C\" fn ")?;
        Some(rest.split('(').next()?.to_owned())
    });
    names.collect()
}
