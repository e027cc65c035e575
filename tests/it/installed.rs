//! What tests need of package registries, fetched once.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of what `install` puts into the folder that it is given, once. Two that install at the
/// same time don't disturb each other.
pub(crate) fn installed(
    name: &str,
    install: impl Fn(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = tmp.join(name);
    if folder.is_dir() {
        return Ok(folder);
    }
    let new = tempfile::tempdir_in(tmp).unwrap();
    install(new.path()).map_err(|why| format!("{name} can't be installed: {why}"))?;
    // Another may have been first, which is as good.
    drop(std::fs::rename(new.keep(), &folder));
    Ok(folder)
}

/// Runs a command of an installation; what it said when it failed.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let ran = command.output();
    let ran = ran.map_err(|error| format!("{program} can't be started: {error}"))?;
    if ran.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&ran.stderr).into_owned())
}
