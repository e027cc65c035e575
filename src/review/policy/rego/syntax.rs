//! What modules define, by their syntax trees: the rules that are asked, and functions that never end.
//!
//! The interpreter notices rules that need themselves, but functions only by the end of its stack, which
//! would end the program. So functions that could call themselves are refused before anything runs.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use serde_json::Value;

use crate::diagnostics::FileId;
use crate::review::verdict::Severity;

/// A rule that is asked about every plan.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Its package and name with dots: `main.deny`.
    pub(super) name: String,
    /// What it asks.
    pub(super) query: String,
    /// How much it matters.
    pub(super) severity: Severity,
    /// What its package lets pass, and its own word in there.
    pub(super) exceptions: Option<String>,
    pub(super) word: String,
}

/// A name as its parts: `data`, the package, the name.
type Path = Vec<String>;

/// What all modules define.
#[derive(Debug, Default)]
pub(super) struct Syntax {
    pub(super) asked: Vec<Asked>,
    functions: BTreeMap<Path, (FileId, usize)>,
    /// Which function calls which.
    calls: BTreeSet<(Path, Path)>,
}

impl Syntax {
    /// Reads the interpreter's JSON of all modules.
    pub(super) fn read(json: &str) -> Result<Self, String> {
        let modules: Value = serde_json::from_str(json).map_err(|_| "they are nested too deep")?;
        let modules = modules.as_array().map_or(&[][..], Vec::as_slice);
        let mut syntax = Self::default();
        let mut rules = BTreeSet::new();
        for (module, file) in modules.iter().zip((0..).map(FileId)) {
            let tree = &module["ast"];
            let text = module["source"]["contents"].as_str().unwrap_or_default();
            let names = Names::of(tree, text);
            for rule in tree["rules"].as_array().into_iter().flatten() {
                syntax.rule(rule, &names, file, &mut rules);
            }
        }
        let packages: BTreeSet<&[String]> = rules
            .iter()
            .filter_map(|path: &Path| path.strip_suffix(&["exception".to_owned()]))
            .collect();
        syntax.asked = rules
            .iter()
            .filter_map(|path| asked(path, &packages))
            .collect();
        Ok(syntax)
    }

    fn rule(&mut self, rule: &Value, names: &Names, file: FileId, rules: &mut BTreeSet<Path>) {
        let head = &rule["Spec"]["head"];
        let Some((kind, head)) = head.as_object().and_then(|head| head.iter().next()) else {
            return;
        };
        let Some(parts) = parts(&head["refr"]) else {
            return;
        };
        let path = names.here(parts);
        if kind != "Func" {
            // `deny["x"] := …` is a part of `deny`.
            rules.insert(path.into_iter().take(names.package.len() + 1).collect());
            return;
        }
        let start = head["span"]["start"].as_u64().unwrap_or(0);
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        self.functions.entry(path.clone()).or_insert((file, start));
        let mut called = Vec::new();
        calls(rule, &mut called);
        let called = called.into_iter().map(|parts| names.meant(parts));
        self.calls.extend(called.map(|to| (path.clone(), to)));
    }

    /// A function that can call itself: its file, where it stands there, and its name.
    pub(super) fn endless(&self) -> Option<(FileId, usize, String)> {
        let mut graph: DiGraph<&Path, ()> = DiGraph::new();
        let nodes: BTreeMap<&Path, NodeIndex> = self
            .functions
            .keys()
            .map(|path| (path, graph.add_node(path)))
            .collect();
        for (from, to) in &self.calls {
            if let (Some(from), Some(to)) = (nodes.get(from), nodes.get(to)) {
                graph.add_edge(*from, *to, ());
            }
        }
        let components = tarjan_scc(&graph).into_iter();
        let mut endless = components.filter(|component| {
            let itself = |node: &NodeIndex| graph.contains_edge(*node, *node);
            component.len() > 1 || component.iter().any(itself)
        });
        let first = endless.next()?.into_iter().min()?;
        let path = *graph.node_weight(first)?;
        let (file, start) = self.functions.get(path)?;
        Some((*file, *start, path.last()?.clone()))
    }
}

/// What names of a module mean.
struct Names {
    package: Path,
    imports: BTreeMap<String, Path>,
}

impl Names {
    fn of(tree: &Value, text: &str) -> Self {
        let mut package = vec!["data".to_owned()];
        package.extend(parts(&tree["package"]["refr"]).unwrap_or_default());
        let imports = tree["imports"].as_array().into_iter().flatten();
        let imports = imports.filter_map(|import| {
            let path = parts(&import["refr"])?;
            // An alias is told by its place alone.
            let place = |end: &str| usize::try_from(import["as"][end].as_u64()?).ok();
            let alias = place("start").zip(place("end"));
            let alias = alias.and_then(|(start, end)| text.get(start..end));
            let name = alias.unwrap_or(path.last()?).to_owned();
            Some((name, path))
        });
        Self {
            imports: imports.collect(),
            package,
        }
    }

    /// What is defined by this name.
    fn here(&self, parts: Path) -> Path {
        self.package.iter().cloned().chain(parts).collect()
    }

    /// What is called by this name.
    fn meant(&self, parts: Path) -> Path {
        let Some((first, rest)) = parts.split_first() else {
            return parts;
        };
        match self.imports.get(first) {
            Some(import) => import.iter().chain(rest).cloned().collect(),
            None if first == "data" => parts,
            None => self.here(parts),
        }
    }
}

/// The parts of a name: `a.b["c"]`; `None` when one of them isn't known before it runs.
fn parts(expression: &Value) -> Option<Path> {
    if let Some(name) = expression["Var"]["value"].as_str() {
        return Some(vec![name.to_owned()]);
    }
    let (inner, last) = match (&expression["RefDot"], &expression["RefBrack"]) {
        (Value::Object(dot), _) => (dot.get("refr")?, dot.get("field")?.get(1)?.as_str()?),
        (_, Value::Object(bracket)) => {
            let index = bracket.get("index")?;
            (bracket.get("refr")?, index["String"]["value"].as_str()?)
        }
        _ => return None,
    };
    let mut path = parts(inner)?;
    path.push(last.to_owned());
    Some(path)
}

/// All that is called in a tree, and what `with` puts in the place of something.
fn calls(tree: &Value, called: &mut Vec<Path>) {
    match tree {
        Value::Array(items) => items.iter().for_each(|item| calls(item, called)),
        Value::Object(members) => {
            called.extend(members.get("fcn").and_then(parts));
            if let (Some(_), Some(instead)) = (members.get("refr"), members.get("as")) {
                called.extend(parts(instead));
            }
            members.values().for_each(|value| calls(value, called));
        }
        _ => {}
    }
}

/// A rule that is asked, by its name.
fn asked(path: &Path, exceptions: &BTreeSet<&[String]>) -> Option<Asked> {
    let (name, package) = path.split_last()?;
    let (kind, word) = name.split_once('_').unwrap_or((name, ""));
    let severity = match kind {
        "deny" | "violation" => Severity::Deny,
        "warn" => Severity::Warn,
        _ => return None,
    };
    let excepted = exceptions.contains(package);
    Some(Asked {
        name: path.get(1..)?.join("."),
        query: query(path),
        severity,
        exceptions: excepted.then(|| format!("{}.exception", query(package))),
        word: word.to_owned(),
    })
}

/// A path as it is written in Rego.
fn query(path: &[String]) -> String {
    let mut query = String::new();
    for part in path {
        let plain = part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        match (query.is_empty(), plain) {
            (true, _) => query.push_str(part),
            (false, true) => query.push_str(&format!(".{part}")),
            (false, false) => query.push_str(&format!("[{}]", Value::from(part.as_str()))),
        }
    }
    query
}
