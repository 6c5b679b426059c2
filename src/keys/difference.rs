//! What changed between two directories, entry by entry and in full: a signer must be able to see
//! everything that the signature will stand for.

use std::collections::BTreeMap;

use candor_directory::{Directory, Fingerprint};
use serde_json::Value;

/// One line for each change, in the order of the entries' names; none if nothing changed.
pub fn difference(old: &Directory, new: &Directory) -> Vec<String> {
    let (old, new) = (flat(old), flat(new));
    let mut lines = Vec::new();
    for (path, value) in &new {
        match old.get(path) {
            None => lines.push(format!("+ {path}: {value}")),
            Some(before) if before != value => {
                lines.push(format!("~ {path}: {before}  →  {value}"));
            }
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|(path, _)| !new.contains_key(*path));
    lines.extend(gone.map(|(path, value)| format!("- {path}: {value}")));
    lines
}

/// Who can read what, for a directory that has no predecessor to compare with.
pub fn summary(directory: &Directory) -> Vec<String> {
    let mut lines = vec![
        format!(
            "version {}, good until {}",
            directory.version, directory.not_after
        ),
        format!(
            "relay: {}",
            Fingerprint::of_relay(&directory.instance, &directory.relay.signing_key)
        ),
    ];
    for office in &directory.offices {
        let key = &office.signing_key;
        let print = Fingerprint::of_office(&directory.instance, &office.id, key);
        lines.push(format!("office {}: {print}", office.id));
    }
    for topic in &directory.topics {
        lines.push(format!(
            "topic {} goes by the route {}",
            topic.id, topic.route
        ));
    }
    for route in &directory.routes {
        for rule in &route.rules {
            let names = |ids: &[candor_directory::TargetId]| {
                let names: Vec<_> = ids.iter().map(ToString::to_string).collect();
                names.join(", ")
            };
            let mut line = format!("route {}: to {}", route.id, names(&rule.to));
            for (word, ids) in [("copy", &rule.copy), ("else", &rule.fallback)] {
                if !ids.is_empty() {
                    line += &format!("; {word} {}", names(ids));
                }
            }
            lines.push(line);
        }
    }
    lines
}

/// Every value under its path. Lists of named entries go by name; their order is a value too.
fn flat(directory: &Directory) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    // A directory is made of strings, numbers, lists and maps, all of which JSON can hold.
    if let Ok(value) = serde_json::to_value(directory) {
        flatten("", &value, &mut values);
    }
    for office in &directory.offices {
        let print = Fingerprint::of_office(&directory.instance, &office.id, &office.signing_key);
        values.insert(
            format!("offices.{}.fingerprint", office.id),
            print.to_string(),
        );
    }
    values
}

fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    match value {
        Value::Object(entries) => {
            for (name, value) in entries {
                flatten(&below(name), value, into);
            }
        }
        Value::Array(list) => {
            let names: Vec<_> = list.iter().map(|entry| entry.get("id")?.as_str()).collect();
            let named: Option<Vec<&str>> = names.into_iter().collect();
            match named {
                Some(names) if !names.is_empty() => {
                    for (name, value) in names.iter().zip(list) {
                        flatten(&below(name), value, into);
                    }
                    into.insert(format!("{path} (order)"), names.join(", "));
                }
                _ => {
                    into.insert(path.to_owned(), value.to_string());
                }
            }
        }
        other => {
            into.insert(path.to_owned(), other.to_string());
        }
    }
}
