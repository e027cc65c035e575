//! The canonical text of catalogs: what it must be like, and what no order of rows changes.

use mlinfra::catalog::compiled::encode;
use mlinfra::catalog::text::{Digests, TextFiles, assemble, sha256_hex};
use mlinfra::catalog::{Catalog, CatalogParts, TextCatalog, TextError};

/// A catalog of one provider with two types in two zones, its digests in order.
fn files() -> TextFiles {
    let rates = "# instance type\tzone\ton demand, USD/h\tspot, USD/h\n\
        m.l\tz1\t0.1@c\t0.02@c\nm.l\tz2\t0.1@c\tunknown:empty-in-source\nm.xl\tz1\t0.2~c\t0.05?c\n";
    let types =
        "m.l\t2\t8192\tx86_64\tintel\t-\t0\t-\nm.xl\t0.5\tunknown\tunknown\tamd|intel\t-\t0\t75\n";
    let manifest =
        "mlinfra-catalog\t1\nname\taws\nas-of\t2026-01-02\nsource\tc\t2026-01-02\t-\tBy hand\n";
    sealed(manifest, types, rates)
}

fn sealed(manifest: &str, types: &str, rates: &str) -> TextFiles {
    let files = TextFiles::from([
        ("catalog.tsv".into(), manifest.into()),
        ("types.tsv".into(), types.into()),
        ("rates/r1.tsv".into(), rates.into()),
    ]);
    TextCatalog::parse(&files, "aws", Digests::Renew)
        .unwrap()
        .print()
}

fn parse(files: &TextFiles) -> Result<TextCatalog, TextError> {
    TextCatalog::parse(files, "aws", Digests::Check)
}

/// Compiles one catalog after an edit of one file, digests made anew.
fn edited(path: &str, from: &str, to: &str) -> Result<CatalogParts, TextError> {
    let mut files = files();
    let text = files[path].clone();
    assert!(text.contains(from), "{text}");
    files.insert(path.into(), text.replacen(from, to, 1));
    assemble(&[TextCatalog::parse(&files, "aws", Digests::Renew)?])
}

#[track_caller]
fn check_refused(path: &str, from: &str, to: &str, message: &str) {
    let error = edited(path, from, to).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}

#[test]
fn printing_what_was_parsed_gives_the_same_bytes() {
    let files = files();
    assert_eq!(parse(&files).unwrap().print(), files);
}

#[test]
fn the_order_of_rows_changes_neither_digest_nor_compiled_bytes() {
    let straight = files();
    let mut other = straight.clone();
    for path in ["rates/r1.tsv", "types.tsv"] {
        let mut lines: Vec<&str> = straight[path].lines().collect();
        lines.reverse();
        other.insert(path.into(), lines.join("\r\n"));
    }
    assert_ne!(straight, other);
    let (straight, other) = (parse(&straight).unwrap(), parse(&other).unwrap());
    assert_eq!(straight.sha256(), other.sha256());
    let compiled =
        |catalog: &TextCatalog| encode(&assemble(std::slice::from_ref(catalog)).unwrap());
    assert_eq!(compiled(&straight), compiled(&other));
}

#[test]
fn the_order_of_catalogs_makes_no_difference() {
    let aws = parse(&files()).unwrap();
    let gpus = "mlinfra-catalog\t1\nname\tgpus\nas-of\t2026-01-02\n";
    let gpus = TextFiles::from([("catalog.tsv".into(), gpus.into())]);
    let gpus = TextCatalog::parse(&gpus, "gpus", Digests::Check).unwrap();
    let one = encode(&assemble(&[aws.clone(), gpus.clone()]).unwrap());
    let other = encode(&assemble(&[gpus, aws]).unwrap());
    assert_eq!(one, other);
}

#[test]
fn what_a_catalog_holds_survives_text_and_compiled_form() {
    let parts = assemble(&[parse(&files()).unwrap()]).unwrap();
    let catalog = Catalog::from_compiled(&encode(&parts)).unwrap();
    assert_eq!(catalog.offering_count(), 6);
    assert_eq!(catalog.rows(), Catalog::new(parts).rows());
    let (_, small) = catalog.instance_types().nth(1).unwrap();
    assert_eq!((small.vcpus_milli, small.memory_mib), (500, None));
    assert_eq!(small.cpu_vendors.to_string(), "amd|intel");
    assert_eq!(small.local_disk_gb, Some(75));
}

#[test]
fn an_edited_row_is_found_by_its_digest() {
    let mut files = files();
    let text = files["rates/r1.tsv"].replace("0.02@c", "0.03@c");
    let digest = sha256_hex(text.as_bytes());
    files.insert("rates/r1.tsv".into(), text);
    let error = parse(&files).unwrap_err();
    assert!(
        matches!(&error, TextError::DigestMismatch { found, .. } if digest.starts_with(found)),
        "{error}"
    );
}

#[test]
fn files_must_be_those_of_the_manifest() {
    let mut missing = files();
    missing.remove("types.tsv");
    let file = "aws/types.tsv".to_owned();
    assert_eq!(parse(&missing), Err(TextError::MissingFile { file }));
    let mut more = files();
    more.insert("rates/r2.tsv".into(), String::new());
    let file = "aws/rates/r2.tsv".to_owned();
    assert_eq!(parse(&more), Err(TextError::Unlisted { file }));
    let mut odd = files();
    odd.insert("notes.tsv".into(), String::new());
    assert!(TextCatalog::parse(&odd, "aws", Digests::Renew).is_err());
    let file = "aws/catalog.tsv".to_owned();
    assert_eq!(
        parse(&TextFiles::new()),
        Err(TextError::MissingFile { file })
    );
}

#[test]
fn manifests_of_other_versions_and_forms_are_refused() {
    check_refused("catalog.tsv", "catalog\t1", "catalog\t2", "has version 2");
    check_refused(
        "catalog.tsv",
        "2026-01-02",
        "someday",
        "isn't a number of year",
    );
    check_refused(
        "catalog.tsv",
        "name\taws",
        "nom\taws",
        "no such line in a manifest",
    );
    check_refused("catalog.tsv", "name\taws\n", "", "there is no `name` line");
}

#[test]
fn a_rate_of_zero_is_refused() {
    check_refused("rates/r1.tsv", "0.02@c", "0@c", "write `unknown:…`");
}

#[test]
fn cells_without_meaning_are_refused_with_their_row() {
    check_refused("rates/r1.tsv", "0.02@c", "0.02", "has no mark");
    check_refused(
        "rates/r1.tsv",
        "0.02@c",
        "0.02@x",
        "no source of the manifest has id `x`",
    );
    check_refused("rates/r1.tsv", "0.02@c", "unknown:why", "is no reason");
    check_refused("rates/r1.tsv", "0.02@c", "", "has no mark");
    check_refused(
        "rates/r1.tsv",
        "m.l\tz1",
        "m.s\tz1",
        "`types.tsv` has no `m.s`",
    );
    check_refused(
        "rates/r1.tsv",
        "m.l\tz2",
        "m.l\tz1",
        "stands twice for one zone",
    );
    check_refused("rates/r1.tsv", "m.l\tz2\t", "m.l\t", "3 cells instead of 4");
    check_refused(
        "types.tsv",
        "m.xl\t0.5",
        "m.l\t0.5",
        "this name stands twice",
    );
    check_refused("types.tsv", "x86_64", "vax", "no known instruction set");
    check_refused("types.tsv", "intel", "zilog", "no known CPU vendor");
    check_refused("types.tsv", "8192", "8GB", "isn't a whole number");
    check_refused(
        "types.tsv",
        "intel\t-\t0",
        "intel\tT9\t1",
        "no GPU is called `T9`",
    );
}

/// What compiling says of a catalog with these rows of `gpus.tsv`.
fn gpus(rows: &[&str]) -> Result<CatalogParts, TextError> {
    let manifest = "mlinfra-catalog\t1\nname\tgpus\nas-of\t2026-01-02\n";
    let files = TextFiles::from([
        ("catalog.tsv".into(), manifest.into()),
        ("gpus.tsv".into(), rows.join("\n")),
    ]);
    assemble(&[TextCatalog::parse(&files, "gpus", Digests::Renew)?])
}

const CARD: &str = "A30\tAmpere\t8.0\t24576\t24094\t933\t165\tNVIDIA A30\t-\t-\tnowhere";
const SLICE: &str = "A30-MIG-1g.6gb\tAmpere\t8.0\t5949\tunknown\t233.25\t41.25\tunknown\tA30\t4\t-";

#[test]
fn a_slice_names_its_card_and_how_many_one_gives() {
    let parts = gpus(&[SLICE, CARD]).unwrap();
    let [card, slice] = parts.gpus.as_slice() else {
        panic!("{:?}", parts.gpus);
    };
    assert_eq!(card.product.as_deref(), Some("NVIDIA A30"));
    assert_eq!(card.usable().unwrap().mib, 24_094);
    let of = slice.slice.as_ref().unwrap();
    assert_eq!((of.card.as_str(), of.per_card), ("A30", 4));
    assert_eq!(
        (slice.product.as_ref(), slice.bandwidth_milli_gb_s),
        (None, Some(233_250))
    );
}

#[test]
fn slices_that_make_no_sense_are_refused() {
    let edited = |from: &str, to: &str| {
        let slice = SLICE.replacen(from, to, 1);
        gpus(&[CARD, &slice]).unwrap_err().to_string()
    };
    for (from, to, message) in [
        ("A30\t4", "A30\t0", "how many slices a card gives"),
        ("A30\t4", "A30\t-", "how many slices a card gives"),
        ("A30\t4", "-\t4", "a whole card isn't cut into slices"),
        (
            "A30\t4",
            "A31\t4",
            "a slice of it is called `A31-MIG-` and a profile",
        ),
        (
            "A30-MIG-1g.6gb",
            "A30-1g.6gb",
            "is called `A30-MIG-` and a profile",
        ),
    ] {
        let told = edited(from, to);
        assert!(told.contains(message), "{told}");
    }
    let told = gpus(&[SLICE]).unwrap_err().to_string();
    assert!(told.contains("no card is called `A30`"), "{told}");
}
