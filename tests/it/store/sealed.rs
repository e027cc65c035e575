//! What is encrypted says nothing to those without its key, and can't be changed by them unseen.

use mlinfra::store::blobs::sealed::StateKey;
use mlinfra::store::blobs::{BlobError, Blobs, SealError, Sealed, When};
use mlinfra::store::lease::TIME_TO_LIVE;
use mlinfra::store::vault::{break_open, diagnostic, look};

use super::at_once;
use super::events::{addresses, at, made, open};
use super::everywhere::KEY;
use crate::blobs::Memory;

/// Another key, in base64.
const OTHER: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

fn with(blobs: &Memory, key: Option<&str>) -> Sealed {
    let key = key.map(|text| StateKey::parse(text).unwrap());
    Sealed::new(Box::new(blobs.clone()), key)
}

#[track_caller]
fn problem(blobs: &dyn Blobs, name: &str) -> SealError {
    match at_once(blobs.get(name)) {
        Err(BlobError::Sealing { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

/// What is kept, encrypted: a state with an object, whose holder is gone.
fn kept() -> Memory {
    let blobs = Memory::default();
    let sealed = with(&blobs, Some(KEY));
    let mut vault = open(&sealed, 0).unwrap();
    at_once(vault.note(made(1), at(0))).unwrap();
    at_once(vault.commit(|_| {}, at(0))).unwrap();
    at_once(vault.note(made(2), at(0))).unwrap();
    blobs
}

#[test]
fn nothing_but_the_lease_can_be_read_in_it() {
    let blobs = kept();
    let names = at_once(blobs.list("")).unwrap();
    assert_eq!(names.len(), 3, "{names:?}");
    for name in names {
        let bytes = at_once(blobs.get(&name)).unwrap().unwrap().bytes;
        let text = String::from_utf8_lossy(&bytes);
        if name == "lease.json" {
            assert!(text.contains("\"fence\": 1"), "{text}");
        } else {
            // sha-256 of the key begins so.
            assert!(text.starts_with("mlinfra-sealed 1 630dcd29\n"), "{text}");
            assert!(!text.contains("pool"), "{text}");
        }
    }
    let later = TIME_TO_LIVE.as_secs();
    let sealed = with(&blobs, Some(KEY));
    let vault = open(&sealed, later).unwrap();
    assert_eq!(addresses(vault.state()), ["pool.n1", "pool.n2"]);
}

#[test]
fn the_same_is_never_written_twice_alike() {
    let blobs = Memory::default();
    let sealed = with(&blobs, Some(KEY));
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        at_once(sealed.put("a", b"text", &When::Always)).unwrap();
        seen.insert(at_once(blobs.get("a")).unwrap().unwrap().bytes);
    }
    assert_eq!(seen.len(), 20);
}

#[test]
fn no_flipped_byte_and_no_shortened_text_is_taken() {
    let blobs = kept();
    let sealed = with(&blobs, Some(KEY));
    let whole = at_once(blobs.get("state.json")).unwrap().unwrap().bytes;
    let put = |bytes: &[u8]| at_once(blobs.put("state.json", bytes, &When::Always)).unwrap();
    for at_byte in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at_byte] ^= 1;
        put(&bytes);
        assert!(at_once(sealed.get("state.json")).is_err(), "byte {at_byte}");
        put(&whole[..at_byte]);
        assert!(
            at_once(sealed.get("state.json")).is_err(),
            "{at_byte} bytes"
        );
    }
    put(&whole);
    assert!(at_once(sealed.get("state.json")).is_ok());
}

#[test]
fn one_blob_cannot_stand_in_for_another() {
    let blobs = kept();
    let sealed = with(&blobs, Some(KEY));
    let state = at_once(blobs.get("state.json")).unwrap().unwrap().bytes;
    at_once(blobs.put("history/1.json", &state, &When::Always)).unwrap();
    assert_eq!(problem(&sealed, "history/1.json"), SealError::Damaged);
}

#[test]
fn without_its_key_it_is_told_which_key_it_needs() {
    let blobs = kept();
    let (none, other) = (with(&blobs, None), with(&blobs, Some(OTHER)));
    let key = "630dcd29".to_owned();
    let found = key.clone();
    let given = StateKey::parse(OTHER).unwrap().name().to_owned();
    assert_eq!(problem(&none, "state.json"), SealError::NoKey { key });
    assert_eq!(
        problem(&other, "state.json"),
        SealError::OtherKey { found, given }
    );
    let code = |blobs: &dyn Blobs| diagnostic(&at_once(look(blobs)).unwrap_err()).code.slug;
    assert_eq!(code(&none), "state::encrypted");
    assert_eq!(code(&other), "state::wrong-key");
}

#[test]
fn what_is_not_encrypted_is_refused_where_there_is_a_key() {
    let blobs = Memory::default();
    at_once(open(&blobs, 0).unwrap().close()).unwrap();
    let sealed = with(&blobs, Some(KEY));
    assert_eq!(problem(&sealed, "state.json"), SealError::NotSealed);
    let error = open(&sealed, 1).err().unwrap();
    assert_eq!(diagnostic(&error).code.slug, "state::not-encrypted");
    // It was given back, so that it can be opened as it is.
    assert!(open(&blobs, 1).is_ok());
}

#[test]
fn a_later_form_of_encryption_is_told() {
    let blobs = Memory::default();
    let later = b"mlinfra-sealed 2 630dcd29\nwhatever";
    at_once(blobs.put("state.json", later, &When::Always)).unwrap();
    let sealed = with(&blobs, Some(KEY));
    let form = "2".to_owned();
    assert_eq!(problem(&sealed, "state.json"), SealError::Newer { form });
}

#[test]
fn who_has_no_key_sees_who_holds_it_and_can_end_that() {
    let blobs = kept();
    let none = with(&blobs, None);
    let lease = at_once(mlinfra::store::lease::current(&none)).unwrap();
    assert_eq!(lease.unwrap().fence, 1);
    let holder = mlinfra::store::lease::Holder::default();
    let error = at_once(break_open(&none, 1, holder, at(1))).unwrap_err();
    assert_eq!(diagnostic(&error).code.slug, "state::encrypted");
    assert_eq!(at_once(mlinfra::store::lease::current(&none)), Ok(None));
}

#[test]
fn keys_are_32_bytes_in_hexadecimal_or_base64() {
    let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let name = |text: &str| StateKey::parse(text).map(|key| key.name().to_owned());
    assert_eq!(name(KEY), name(base64));
    assert_eq!(name(&KEY.to_uppercase()), name(base64));
    assert_eq!(name(&format!(" {base64}\n")), name(base64));
    assert_eq!(name(base64.trim_end_matches('=')), name(base64));
    let url = "-_-_AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    assert_eq!(name(url), name(&url.replace('-', "+").replace('_', "/")));
    for wrong in [
        "",
        "secret",
        &KEY[1..],
        &format!("{KEY}0"),
        &KEY.replace('0', "g"),
        &base64[4..],
        &base64.replace("8=", "9="),
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8==",
        "ÄAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    ] {
        assert!(name(wrong).is_err(), "{wrong}");
    }
    assert_eq!(
        format!("{:?}", StateKey::parse(KEY).unwrap()),
        "StateKey(\"630dcd29\")"
    );
}
