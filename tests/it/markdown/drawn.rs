//! The graph in a comment is one that Mermaid reads.

use std::path::PathBuf;
use std::process::Command;

use mlinfra::render::review::markdown;
use mlinfra::review::{Made, SpecReview};

use super::{roomy, worked};
use crate::installed::{installed, run};
use crate::skipped::skip;

/// Reads a graph with Mermaid itself and prints how many nodes, places and arrows it found.
const PARSE: &str = r"
    import { readFileSync } from 'node:fs';
    import { JSDOM } from 'jsdom';
    const dom = new JSDOM('<body></body>');
    globalThis.window = dom.window;
    globalThis.document = dom.window.document;
    const { default: mermaid } = await import('mermaid');
    const text = readFileSync(process.argv[1], 'utf8');
    await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    console.log(db.getVertices().size, db.getSubGraphs().length, db.getEdges().length);
";

fn mermaid() -> Result<PathBuf, String> {
    installed("mermaid-11.17.2", |folder| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]);
        npm.arg(folder);
        run(npm.args(["mermaid@11.17.2", "jsdom@29.1.1"]))
    })
}

/// How many nodes, places and arrows Mermaid reads from a comment.
fn read(comment: &str) -> Result<String, String> {
    let folder = mermaid()?;
    let text = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(text.path(), graph(comment).join("\n")).unwrap();
    let mut node = Command::new("node");
    node.args(["--input-type=module", "--eval", PARSE])
        .arg(text.path());
    node.current_dir(folder);
    let ran = node.output().map_err(|error| format!("node: {error}"))?;
    assert!(ran.status.success(), "{ran:?}");
    Ok(String::from_utf8(ran.stdout).unwrap().trim().to_owned())
}

/// The lines of the graph of a comment.
fn graph(comment: &str) -> Vec<&str> {
    let lines = comment.lines().skip_while(|line| *line != "```mermaid");
    lines.skip(1).take_while(|line| *line != "```").collect()
}

/// Whether a line has one of the forms that the graph is made of: stricter than Mermaid.
fn is_known(line: &str) -> bool {
    let line = line.trim_start();
    let node = |text: &str| {
        let digits = text.strip_prefix(['s', 'd']);
        digits.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    if ["flowchart LR", "end", "classDef changed stroke-width:4px"].contains(&line) {
        return true;
    }
    if let Some((from, rest)) = line.split_once(" -->|\"") {
        let Some((label, to)) = rest.split_once("\"| ") else {
            return false;
        };
        return node(from) && node(to) && is_label(label);
    }
    if let Some(rest) = line.strip_prefix("subgraph p") {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let label = rest.strip_prefix("[\"").and_then(|r| r.strip_suffix("\"]"));
        return label.is_some_and(is_label);
    }
    let Some((name, rest)) = line.split_once('[') else {
        return false;
    };
    let rest = rest.strip_suffix(":::changed").unwrap_or(rest);
    let stage = rest.strip_prefix('"').and_then(|r| r.strip_suffix("\"]"));
    let dataset = rest
        .strip_prefix("(\"")
        .and_then(|r| r.strip_suffix("\")]"));
    node(name)
        && stage
            .or(dataset)
            .is_some_and(|label| label.split("<br/>").all(is_label))
}

/// Letters, digits, a few signs, and entity codes.
fn is_label(text: &str) -> bool {
    let mut parts = text.split('#');
    let plain = |part: &str| {
        part.chars()
            .all(|c| c.is_alphanumeric() || " /,-_().×→…".contains(c))
    };
    parts.next().is_some_and(plain)
        && parts.all(|part| {
            part.split_once(';').is_some_and(|(code, rest)| {
                !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit()) && plain(rest)
            })
        })
}

#[test]
fn stages_stand_in_their_places_and_read_along_arrows() {
    let comment = markdown(&worked(), &roomy());
    insta::assert_snapshot!(graph(&comment).join("\n"));
}

#[test]
fn mermaid_reads_as_many_nodes_places_and_arrows_as_there_are() {
    for (review, drawn) in [(worked(), "4 3 2"), (hostile(), "4 3 2")] {
        match read(&markdown(&review, &roomy())) {
            Ok(found) => assert_eq!(found, drawn),
            Err(why) => return skip(&why),
        }
    }
}

/// A review whose stages, datasets and machines have a hostile name.
fn hostile() -> SpecReview {
    let mut review = worked();
    let hostile = "x\"]; click s0 callback \"`1. md` <b>#quot;\n```\nend %%{init: {}}%%";
    let Made::Planned { plan, .. } = &mut review.head.made else {
        panic!("the head is planned");
    };
    for stage in &mut plan.stages {
        stage.placement.instance_type = hostile.into();
        stage.name = format!("{hostile}{}", stage.name);
        for movement in &mut stage.movements {
            movement.source = format!("dataset.{hostile}");
        }
    }
    review
}

#[test]
fn a_hostile_name_is_a_label_and_nothing_else() {
    let comment = markdown(&hostile(), &roomy());
    let graph = graph(&comment);
    assert!(graph.len() >= 10, "{graph:#?}");
    let odd: Vec<&&str> = graph.iter().filter(|line| !is_known(line)).collect();
    assert!(odd.is_empty(), "{odd:#?}");
}

#[test]
fn a_graph_that_nobody_could_read_is_not_drawn() {
    let mut review = worked();
    let Made::Planned { plan, .. } = &mut review.head.made else {
        panic!("the head is planned");
    };
    let one = plan.stages[0].clone();
    for number in 0..40 {
        let mut more = one.clone();
        more.name = format!("more{number}");
        plan.stages.push(more);
    }
    let comment = markdown(&review, &roomy());
    assert!(!comment.contains("```mermaid"), "{comment}");
    assert!(
        comment.contains("the graph of 44 stages and datasets"),
        "{comment}"
    );
}
