use std::sync::Barrier;

use mlinfra::store::blobs::{BlobError, Blobs as _, Local, Version, When};

use super::at_once;

fn local() -> (tempfile::TempDir, Local) {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::new(folder.path().join("state"));
    (folder, local)
}

#[test]
fn a_blob_is_read_as_it_was_written() {
    let (_folder, local) = local();
    assert_eq!(at_once(local.get("a/b.json")).unwrap(), None);
    assert!(at_once(local.list("")).unwrap().is_empty());
    let version = at_once(local.put("a/b.json", b"1", &When::Always)).unwrap();
    let blob = at_once(local.get("a/b.json")).unwrap().unwrap();
    assert_eq!((blob.bytes.as_slice(), blob.version), (&b"1"[..], version));
    at_once(local.put("a/c", b"", &When::Absent)).unwrap();
    at_once(local.put("b", b"", &When::Absent)).unwrap();
    assert_eq!(at_once(local.list("a/")).unwrap(), ["a/b.json", "a/c"]);
    at_once(local.delete("a/b.json")).unwrap();
    at_once(local.delete("a/b.json")).unwrap();
    assert_eq!(at_once(local.list("")).unwrap(), ["a/c", "b"]);
}

#[test]
fn a_write_whose_condition_does_not_hold_changes_nothing() {
    let (_folder, local) = local();
    let put = |bytes: &'static [u8], when: &When| at_once(local.put("s", bytes, when));
    let conflict = Err(BlobError::Conflict { name: "s".into() });
    assert_eq!(put(b"1", &When::Is(Version::of(b"0"))), conflict);
    let first = put(b"1", &When::Absent).unwrap();
    assert_eq!(put(b"2", &When::Absent), conflict);
    put(b"2", &When::Is(first.clone())).unwrap();
    assert_eq!(put(b"3", &When::Is(first)), conflict);
    assert_eq!(at_once(local.get("s")).unwrap().unwrap().bytes, b"2");
}

#[test]
fn of_writers_at_the_same_time_one_wins() {
    const WRITERS: usize = 8;
    let (_folder, local) = local();
    let mut before = When::Absent;
    for round in 0..50u32 {
        let barrier = Barrier::new(WRITERS);
        let wins: Vec<bool> = std::thread::scope(|scope| {
            let write = |writer: usize| {
                let (local, barrier, before) = (&local, &barrier, &before);
                scope.spawn(move || {
                    let bytes = format!("{round} {writer}");
                    barrier.wait();
                    at_once(local.put("s", bytes.as_bytes(), before)).is_ok()
                })
            };
            let writers: Vec<_> = (0..WRITERS).map(write).collect();
            writers.into_iter().map(|w| w.join().unwrap()).collect()
        });
        assert_eq!(wins.iter().filter(|won| **won).count(), 1, "round {round}");
        let blob = at_once(local.get("s")).unwrap().unwrap();
        let winner = wins.iter().position(|won| *won).unwrap();
        assert_eq!(blob.bytes, format!("{round} {winner}").as_bytes());
        before = When::Is(blob.version);
    }
}

#[test]
fn names_that_lead_out_of_the_folder_are_refused() {
    let (folder, local) = local();
    for name in [
        "",
        "../x",
        "a/../../x",
        "/x",
        "a//b",
        ".lock",
        "a b",
        "a\\b",
    ] {
        let put = at_once(local.put(name, b"", &When::Always));
        assert!(matches!(put, Err(BlobError::Failed { .. })), "{name}");
        let got = at_once(local.get(name));
        assert!(matches!(got, Err(BlobError::Failed { .. })), "{name}");
        assert!(at_once(local.delete(name)).is_err(), "{name}");
    }
    assert!(!folder.path().join("x").exists());
}

#[test]
fn what_cannot_be_written_certainly_had_no_effect() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let local = Local::new(file);
    let put = at_once(local.put("s", b"", &When::Always));
    assert!(matches!(put, Err(BlobError::Failed { .. })), "{put:?}");
}
