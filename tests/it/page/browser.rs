//! Pages in headless Chromium, as people see and use them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::PAGES;
use crate::skipped::skip;

/// Where a Chromium may be; the variable names one that is elsewhere.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const VARIABLE: &str = "MLINFRA_TEST_CHROMIUM";

fn chromium() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return Ok(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::env::split_paths(&path).flat_map(|dir| NAMES.map(|name| dir.join(name)));
    let mut there = all.filter(|file| file.is_file());
    there
        .next()
        .ok_or(format!("no Chromium in PATH, and {VARIABLE} names none"))
}

/// The folder with what drives it and what judges accessibility, which is fetched once.
fn modules() -> Result<PathBuf, String> {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = tmp.join("page-1");
    if !folder.is_dir() {
        let new = tempfile::tempdir_in(tmp).unwrap();
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-fund", "--prefix"]);
        npm.arg(new.path())
            .args(["playwright-core@1", "axe-core@4"]);
        let run = npm.output();
        let run = run.map_err(|error| format!("npm can't be started: {error}"))?;
        if !run.status.success() {
            let words = String::from_utf8_lossy(&run.stderr).into_owned();
            return Err(format!("playwright-core can't be installed: {words}"));
        }
        // Another may have been first, which is as good.
        drop(std::fs::rename(new.keep(), &folder));
    }
    Ok(folder.join("node_modules"))
}

/// What Chromium says of all pages; the pictures are left in the folder for people.
fn seen() -> Result<Value, String> {
    let (chromium, modules) = (chromium()?, modules()?);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    let files = PAGES.iter().map(|(name, page)| {
        let file = folder.join(name);
        std::fs::write(&file, page).unwrap();
        file
    });
    let files: Vec<PathBuf> = files.collect();
    let mut node = Command::new("node");
    node.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page/look.mjs"));
    node.arg(chromium).arg(folder).args(files);
    let run = node.env("NODE_MODULES", modules).output();
    let run = run.map_err(|error| format!("node can't be started: {error}"))?;
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{errors}");
    Ok(serde_json::from_slice(&run.stdout).unwrap())
}

#[test]
fn pages_are_good_in_a_browser() {
    let seen = match seen() {
        Ok(seen) => seen,
        Err(why) => return skip(&why),
    };
    let mut wrong = Vec::new();
    for (page, views) in seen.as_object().unwrap() {
        for (view, facts) in views.as_object().unwrap() {
            let mut must = vec![("console", json!([])), ("requests", json!([]))];
            if view != "scriptless" {
                must.extend([("hostile", Value::Null), ("overflow", json!(0))]);
            }
            if ["phone", "desk-dark"].contains(&view.as_str()) {
                must.push(("violations", json!([])));
            }
            let broken = must
                .into_iter()
                .filter(|(fact, value)| facts[fact] != *value);
            wrong.extend(broken.map(|(fact, _)| format!("{page}, {view}: {fact} {}", facts[fact])));
        }
        let first = &views["desk"]["firstStop"];
        assert_eq!(
            *first,
            json!({ "text": "Skip to the content", "hash": "#main" })
        );
        assert_eq!(views["scriptless"]["buttons"], 0);
        assert!(views["scriptless"]["rows"].as_u64() > Some(10));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let cheapest_first = json!([
        { "names": ["serve", "prepare", "train"], "order": "ascending" },
        { "names": ["train", "prepare", "serve"], "order": "descending" },
    ]);
    let sorted = &seen["recommender.html"]["desk"]["sorted"];
    assert_eq!(sorted["click"], cheapest_first);
    assert_eq!(sorted["keyboard"], cheapest_first);
}
