//! Folders of catalogs, their kept compiled form, and the lock file.

use std::fs;
use std::path::Path;

use mlinfra::catalog::Catalog;
use mlinfra::catalog::text::Digests;
use mlinfra::store::catalogs::{compile, load, read, write, write_compiled};
use mlinfra::store::lock::{self, FILE_NAME, LockStatus};

/// A folder with a small catalog, and a folder to keep the compiled form in.
fn folders() -> (tempfile::TempDir, tempfile::TempDir) {
    let (dir, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = dir.path().join("aws");
    fs::create_dir_all(aws.join("rates")).unwrap();
    let manifest =
        "mlinfra-catalog\t1\nname\taws\nas-of\t2026-01-02\nsource\tc\t2026-01-02\t-\tBy hand\n";
    fs::write(aws.join("catalog.tsv"), manifest).unwrap();
    fs::write(
        aws.join("types.tsv"),
        "m.l\t2\t8192\tx86_64\tintel\t-\t0\t-\n",
    )
    .unwrap();
    fs::write(aws.join("rates/r1.tsv"), "m.l\tz1\t0.1@c\t0.02@c\n").unwrap();
    seal(dir.path());
    (dir, cache)
}

fn seal(dir: &Path) {
    for catalog in read(dir, Digests::Renew).unwrap() {
        write(dir, &catalog).unwrap();
    }
}

fn edit(dir: &Path, from: &str, to: &str) {
    let path = dir.join("aws/rates/r1.tsv");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    fs::write(path, text.replace(from, to)).unwrap();
}

fn spot_of(catalog: &Catalog) -> String {
    catalog.rows()[0].spot.quote().unwrap().rate.to_string()
}

#[test]
fn the_compiled_form_is_made_once_and_again_after_a_change() {
    let (dir, cache) = folders();
    let first = load(dir.path(), cache.path()).unwrap();
    assert!(first.compiled.is_some());
    let second = load(dir.path(), cache.path()).unwrap();
    assert_eq!(
        (second.compiled, spot_of(&second.catalog)),
        (None, "0.02".into())
    );
    edit(dir.path(), "0.02@c", "0.03@c");
    seal(dir.path());
    let third = load(dir.path(), cache.path()).unwrap();
    assert!(third.compiled.is_some());
    assert_eq!(spot_of(&third.catalog), "0.03");
}

#[test]
fn a_damaged_compiled_form_is_made_again() {
    let (dir, cache) = folders();
    let kept = load(dir.path(), cache.path()).unwrap().compiled.unwrap();
    let mut bytes = fs::read(&kept).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&kept, bytes).unwrap();
    let again = load(dir.path(), cache.path()).unwrap();
    assert_eq!(
        (again.compiled, spot_of(&again.catalog)),
        (Some(kept), "0.02".into())
    );
}

#[test]
fn a_compiled_file_can_stand_for_its_folder() {
    let (dir, cache) = folders();
    let file = cache.path().join("c.bin");
    let catalogs = read(dir.path(), Digests::Check).unwrap();
    write_compiled(&file, &compile(dir.path(), &catalogs).unwrap()).unwrap();
    let loaded = load(&file, cache.path()).unwrap();
    assert_eq!(spot_of(&loaded.catalog), "0.02");
    fs::write(&file, "cut off").unwrap();
    let error = load(&file, cache.path()).unwrap_err();
    assert_eq!(error.code.slug, "catalog::damaged");
}

#[test]
fn a_folder_that_does_not_fit_together_is_refused() {
    let (dir, cache) = folders();
    let code = || load(dir.path(), cache.path()).unwrap_err().code.slug;
    edit(dir.path(), "0.02@c", "0.03@c");
    assert_eq!(code(), "catalog::digest-mismatch");
    edit(dir.path(), "0.03@c", "0.03");
    seal(dir.path());
    assert_eq!(code(), "catalog::malformed");
    fs::remove_dir_all(dir.path().join("aws")).unwrap();
    assert_eq!(code(), "catalog::not-found");
    fs::remove_dir(dir.path()).unwrap();
    assert_eq!(code(), "cli::cannot-read");
}

#[test]
fn writing_leaves_equal_files_alone_and_removes_tables_that_are_gone() {
    let (dir, _cache) = folders();
    let mut catalog = read(dir.path(), Digests::Check).unwrap().remove(0);
    assert_eq!(write(dir.path(), &catalog).unwrap(), 0);
    let rows = catalog.tables.remove("rates/r1.tsv").unwrap();
    catalog.tables.insert("rates/r2.tsv".into(), rows);
    assert_eq!(write(dir.path(), &catalog).unwrap(), 2);
    assert!(!dir.path().join("aws/rates/r1.tsv").exists());
    assert_eq!(read(dir.path(), Digests::Check).unwrap(), [catalog]);
}

#[test]
fn a_spec_without_a_lock_file_takes_any_catalogs() {
    let (dir, cache) = folders();
    let catalog = load(dir.path(), cache.path()).unwrap().catalog;
    assert_eq!(lock::check(cache.path(), &catalog), Ok(LockStatus::Absent));
    assert_eq!(
        lock::write(cache.path(), &catalog).unwrap(),
        cache.path().join(FILE_NAME)
    );
    assert_eq!(
        lock::check(cache.path(), &catalog),
        Ok(LockStatus::Matching)
    );
}

#[test]
fn other_catalogs_than_those_locked_are_an_error_that_names_both() {
    let (dir, cache) = folders();
    let old = load(dir.path(), cache.path()).unwrap().catalog;
    lock::write(cache.path(), &old).unwrap();
    edit(dir.path(), "0.02@c", "0.03@c");
    seal(dir.path());
    let new = load(dir.path(), cache.path()).unwrap().catalog;
    let error = lock::check(cache.path(), &new).unwrap_err();
    assert_eq!(error.code.slug, "catalog::lock-mismatch");
    let short = |c: &Catalog| c.infos()[0].sha256[..12].to_owned();
    let line = format!(
        "  aws: locked 2026-01-02 ({}), at hand 2026-01-02 ({})\n",
        short(&old),
        short(&new)
    );
    assert!(error.detail.contains(&line), "{}", error.detail);
    assert_eq!(error.hints.len(), 1);
}

#[test]
fn a_lock_file_that_is_none_is_refused() {
    let (dir, cache) = folders();
    let catalog = load(dir.path(), cache.path()).unwrap().catalog;
    for text in [
        "catalog \"aws\" {\n",
        "catalog \"aws\" { as_of = 3 }",
        "lock = true\n",
    ] {
        fs::write(cache.path().join(FILE_NAME), text).unwrap();
        let error = lock::check(cache.path(), &catalog).unwrap_err();
        assert_eq!(error.code.slug, "catalog::lock-malformed", "{text}");
    }
}
