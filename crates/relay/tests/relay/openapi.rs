//! `openapi.yaml` against the relay that runs: the same routes both ways, and answers of the
//! described shapes.

use std::collections::{BTreeMap, BTreeSet};

use candor_directory::{Cards, Epoch};
use candor_relay::desk_routes;
use candor_wire::{ProblemType, desk::COVERED, sizes::CELL_LEN};
use serde_json::Value;

use crate::support::{Desk, Got, Hotline, key, random};

fn document() -> Value {
    serde_yaml_ng::from_str(include_str!("../../openapi.yaml")).unwrap()
}

/// Method in capitals and path, as the document has them.
fn documented(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .filter(|key| ["get", "put", "post", "delete", "patch"].contains(&key.as_str()))
                .map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect()
}

#[test]
fn the_document_and_the_code_name_the_same_routes() {
    let code: BTreeSet<_> = desk_routes()
        .into_iter()
        .map(|(method, path)| (method, path.to_owned()))
        .collect();
    assert_eq!(documented(&document()), code);
}

#[test]
fn the_document_describes_the_signature_and_every_problem() {
    let document = document();
    let text = document["info"]["description"].as_str().unwrap();
    for component in COVERED {
        assert!(text.contains(component), "{component}");
    }
    let known: BTreeSet<_> = ProblemType::ALL.iter().map(|kind| kind.uri()).collect();
    let named = document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
        .as_array()
        .unwrap();
    let named: BTreeSet<_> = named
        .iter()
        .map(|uri| uri.as_str().unwrap().to_owned())
        .collect();
    assert!(named.is_subset(&known), "{:?}", named.difference(&known));
    // Every response that a path names exists.
    let responses = document["components"]["responses"].as_object().unwrap();
    let mut used = BTreeSet::new();
    references(&document["paths"], &mut used);
    for name in used
        .iter()
        .filter_map(|name| name.strip_prefix("#/components/responses/"))
    {
        assert!(responses.contains_key(name), "{name}");
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if let ("$ref", Value::String(target)) = (key.as_str(), member) {
                    found.insert(target.clone());
                }
                references(member, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Checks a value against the part of JSON Schema that the document uses.
fn fits(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').unwrap();
        return fits(document, document.pointer(pointer).unwrap(), value, at);
    }
    match schema["type"].as_str().unwrap() {
        "object" => {
            let members = value
                .as_object()
                .unwrap_or_else(|| panic!("{at}: no object"));
            let properties = schema["properties"].as_object().unwrap();
            for name in schema["required"].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap();
                assert!(members.contains_key(name), "{at}: lacks {name}");
            }
            for (name, member) in members {
                let schema = properties
                    .get(name)
                    .unwrap_or_else(|| panic!("{at}: {name} is not described"));
                fits(document, schema, member, &format!("{at}.{name}"));
            }
        }
        "array" => {
            for item in value.as_array().unwrap_or_else(|| panic!("{at}: no array")) {
                fits(document, &schema["items"], item, at);
            }
        }
        "string" => {
            let text = value.as_str().unwrap_or_else(|| panic!("{at}: no string"));
            if let Some(allowed) = schema["enum"].as_array() {
                assert!(allowed.contains(value), "{at}: {text}");
            }
            if schema["pattern"] == "^[0-9a-f]{64}$" {
                assert_eq!(text.len(), 64, "{at}");
            }
        }
        "integer" => assert!(value.is_u64(), "{at}: {value}"),
        "boolean" => assert!(value.is_boolean(), "{at}: {value}"),
        other => panic!("{at}: {other} is not handled"),
    }
}

/// Checks that the document describes this status, content type and shape for the route.
fn described(document: &Value, method: &str, path: &str, got: &Got) {
    let route = format!("{method} {path} {}", got.status);
    let operation = &document["paths"][path][method.to_lowercase()];
    let mut response = &operation["responses"][got.status.as_str()];
    if let Some(reference) = response["$ref"].as_str() {
        response = document
            .pointer(reference.strip_prefix('#').unwrap())
            .unwrap();
    }
    assert!(response.is_object(), "{route} is not described");
    let kind = got.kind.split(';').next().unwrap();
    if got.body.is_empty() {
        assert!(response["content"].is_null(), "{route}");
        return;
    }
    let content = &response["content"][kind];
    assert!(content.is_object(), "{route}: {kind} is not described");
    if kind.ends_with("json") {
        fits(document, &content["schema"], &got.json(), &route);
    }
}

#[actix_web::test]
async fn every_documented_route_answers_as_described() {
    let document = document();
    let hotline = Hotline::new();
    let live = hotline.start().await;
    live.enroll(&hotline, "title-ix", &key(1)).await;
    let cards = Cards::blob(vec![hotline.card(
        "title-ix",
        Epoch::of(hotline.today()),
        'q',
    )])
    .unwrap();
    let list = hotline.list("title-ix", 1, &[&key(1)], &[]);
    let envelope = crate::support::envelope(&["title-ix"], candor_wire::Urgency::Batched).encode();
    let reader = candor_wire::Capability::new(random());
    let drop = reader.drop_address().to_string();
    let cell = reader.cell_address().to_string();
    let bodies: BTreeMap<(&str, &str), Vec<u8>> = BTreeMap::from([
        (("PUT", "/v1/drops/{address}"), b"sealed".to_vec()),
        (("POST", "/v1/drops/read"), reader.expose().to_vec()),
        (("POST", "/v1/envelopes"), envelope),
        (("PUT", "/v1/cells/{address}"), vec![1; CELL_LEN]),
        (("POST", "/v1/cells/read"), reader.expose().to_vec()),
        (("PUT", "/v1/cards"), cards.into_bytes()),
        (("PUT", "/v1/devices"), list),
    ]);
    let mut routes: Vec<_> = documented(&document).into_iter().collect();
    // What is read must have been written.
    routes.sort_by_key(|(method, path)| (method != "PUT", path.clone()));
    for (method, path) in &routes {
        let address = if path.contains("cells") { &cell } else { &drop };
        let real = path
            .replace("{address}", address)
            .replace("{office}", "title-ix")
            .replace("{seq}", "1");
        let body = bodies
            .get(&(method.as_str(), path.as_str()))
            .cloned()
            .unwrap_or_default();
        let request = Desk::new(method, &real, &body);

        let got = live.desk(&hotline, &key(1), request).await;
        assert!(got.status.is_success(), "{method} {path}: {got:?}");
        described(&document, method, path, &got);

        let refused = live.desk(&hotline, &key(9), request).await;
        refused.is(ProblemType::Unauthorized);
        described(&document, method, path, &refused);

        // Another method is not taken there.
        let wrong = Desk::new("PATCH", &real, &[]);
        live.desk(&hotline, &key(1), wrong)
            .await
            .is(ProblemType::MethodNotAllowed);
    }
    live.stop().await;
}
