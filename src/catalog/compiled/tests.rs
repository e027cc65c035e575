use super::*;
use crate::catalog::text::{Digests, TextCatalog, TextFiles, assemble};
use crate::catalog::{Catalog, CatalogParts};

fn tiny() -> CatalogParts {
    let manifest =
        "mlinfra-catalog\t1\nname\taws\nas-of\t2026-01-02\nsource\tc\t2026-01-02\t-\tBy hand\n";
    let files = TextFiles::from([
        ("catalog.tsv".into(), manifest.into()),
        (
            "types.tsv".into(),
            "m.l\t2\t8192\tx86_64\tintel\t-\t0\t-\n".into(),
        ),
        (
            "gpus.tsv".into(),
            "A30\tAmpere\t8.0\t24576\t24094\t933\t165\tNVIDIA A30\t-\t-\t-\n\
             A30-MIG-1g.6gb\tAmpere\t8.0\t5949\tunknown\t233.25\t41.25\tunknown\tA30\t4\t-\n"
                .into(),
        ),
        (
            "rates/r1.tsv".into(),
            "m.l\tz1\t0.1@c\tunknown:not-sold\n".into(),
        ),
        ("rates/r2.tsv".into(), String::new()),
        ("aws/r1.tsv".into(), "m.l\t5-10@c\n".into()),
        ("bandwidth.tsv".into(), "aws/r1\taws/r2\t4000@c\n".into()),
    ]);
    assemble(&[TextCatalog::parse(&files, "aws", Digests::Renew).unwrap()]).unwrap()
}

/// The bytes with the length and the checksum that belong to them.
fn sealed(body: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

#[test]
fn parts_survive_the_round_trip() {
    let parts = tiny();
    let again = decode(&encode(&parts)).unwrap();
    assert_eq!(again.gpus, parts.gpus);
    assert_eq!(parts.gpus[1].slice.as_ref().unwrap().per_card, 4);
    assert_eq!(again.rows, parts.rows);
    assert_eq!(again.instance_types, parts.instance_types);
    assert_eq!(again.places, parts.places);
    assert_eq!(again.sources, parts.sources);
    assert_eq!(again.infos, parts.infos);
    assert_eq!(again.between_zones, parts.between_zones);
    assert_eq!((parts.interruptions.len(), parts.bandwidth.len()), (1, 4));
    assert_eq!(again.interruptions, parts.interruptions);
    assert_eq!(again.bandwidth, parts.bandwidth);
    assert_eq!(Catalog::new(again).offering_count(), 2);
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = encode(&tiny());
    for len in 0..bytes.len() {
        assert!(decode(&bytes[..len]).is_err(), "cut to {len} bytes");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(matches!(decode(&longer), Err(CatalogError::Length { .. })));
}

#[test]
fn every_flipped_byte_is_an_error() {
    let bytes = encode(&tiny());
    for at in 0..bytes.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= mask;
            assert!(decode(&damaged).is_err(), "byte {at} ^ {mask:#x}");
        }
    }
}

#[test]
fn a_wrong_body_under_a_right_checksum_never_panics() {
    let body = encode(&tiny())[HEADER..].to_vec();
    for len in 0..body.len() {
        assert!(matches!(
            decode(&sealed(&body[..len])),
            Err(CatalogError::Inconsistent { .. })
        ));
    }
    for at in 0..body.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut wrong = body.clone();
            wrong[at] = value;
            if let Ok(parts) = decode(&sealed(&wrong)) {
                assert_eq!(Catalog::new(parts).offering_count(), 2);
            }
        }
    }
}

#[test]
fn a_newer_version_says_so() {
    let mut bytes = encode(&tiny());
    bytes[8] = 4;
    let error = decode(&bytes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the compiled catalog has version 4; this program reads version 3"
    );
}

#[test]
fn other_files_are_not_catalogs() {
    assert_eq!(decode(b"").unwrap_err(), CatalogError::NotACatalog);
    assert_eq!(decode(&[b'#'; 99]).unwrap_err(), CatalogError::NotACatalog);
}
