//! The servers must not be able to open a seal: neither they nor anything under them may reach
//! `candor-sealing`, nor the libraries that only an end needs.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Who may never reach what.
const SERVERS: [&str; 5] = [
    "candor-relay",
    "candor-intake",
    "candor-store",
    "candor-service",
    "candor-journal",
];
const FORBIDDEN: [&str; 4] = ["candor-sealing", "age", "candor-desk", "candor-reporter"];

/// Package name → names of its normal and build dependencies.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn graph() -> Graph {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"))
        // Only what this platform builds has been fetched, so the graph is this platform's.
        .other_options(vec![
            "--offline".to_owned(),
            format!("--filter-platform={}", host()),
        ])
        .exec()
        .expect("cargo metadata");
    let names: BTreeMap<_, _> = metadata
        .packages
        .iter()
        .map(|package| (package.id.clone(), package.name.to_string()))
        .collect();
    let resolve = metadata.resolve.expect("a resolved graph");
    let mut graph = Graph::new();
    for node in resolve.nodes {
        let edges = node
            .deps
            .iter()
            .filter(|dep| {
                dep.dep_kinds
                    .iter()
                    .any(|kind| kind.kind != DependencyKind::Development)
            })
            .map(|dep| names[&dep.pkg].clone());
        graph
            .entry(names[&node.id].clone())
            .or_default()
            .extend(edges);
    }
    graph
}

fn host() -> String {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc");
    let text = String::from_utf8(rustc.stdout).expect("text");
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("a host line").to_owned()
}

/// Every forbidden crate that a server reaches, with the way to it.
fn violations(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for server in SERVERS {
        assert!(graph.contains_key(server), "{server} is not in the graph");
        let mut ways = vec![vec![server.to_owned()]];
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop() {
            let Some(last) = way.last().filter(|last| seen.insert((*last).clone())) else {
                continue;
            };
            if FORBIDDEN.contains(&last.as_str()) {
                found.push(way.join(" -> "));
            }
            for next in graph.get(last).into_iter().flatten() {
                let mut longer = way.clone();
                longer.push(next.clone());
                ways.push(longer);
            }
        }
    }
    found
}

#[test]
fn servers_never_reach_what_opens_a_seal() {
    assert_eq!(violations(&graph()), Vec::<String>::new());
}

#[test]
fn a_planted_violation_is_caught() {
    let mut graph = graph();
    // Three steps deep, as an innocent-looking helper crate would bring it in.
    let plant = |graph: &mut Graph, from: &str, to: &str| {
        graph
            .entry(from.to_owned())
            .or_default()
            .insert(to.to_owned());
    };
    plant(&mut graph, "candor-service", "innocent-helper");
    plant(&mut graph, "innocent-helper", "candor-sealing");
    let found = violations(&graph);
    assert!(
        found.contains(
            &"candor-intake -> candor-service -> innocent-helper -> candor-sealing".to_owned()
        ),
        "{found:?}"
    );
}

#[test]
fn the_ends_do_reach_it() {
    // If this fails, the graph above is not the real one.
    let graph = graph();
    for end in ["candor-desk", "candor-reporter"] {
        assert!(graph[end].contains("candor-sealing"), "{end}");
    }
}
