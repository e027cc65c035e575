//! The graph in a comment is one that Mermaid reads.

use mlinfra::render::review::markdown;
use mlinfra::review::Made;

use super::{roomy, worked};

/// The lines of the graph of a comment.
fn graph(comment: &str) -> Vec<&str> {
    let lines = comment.lines().skip_while(|line| *line != "```mermaid");
    lines.skip(1).take_while(|line| *line != "```").collect()
}

/// Whether a line has one of the forms that the graph is made of. This is stricter than Mermaid:
/// `docs/ci.md` says how it was held against Mermaid's own parser.
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
fn a_hostile_name_is_a_label_and_nothing_else() {
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
    let comment = markdown(&review, &roomy());
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
