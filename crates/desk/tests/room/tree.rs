//! The elements of a page, as a browser's parser sees them.

use html5ever::{parse_document, tendril::TendrilSink as _};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// Elements with their attributes, nested by indentation, and nothing of the text. What differs
/// from case to case (ids, tokens, what was searched for) is replaced.
pub fn elements(html: &str) -> String {
    let mut out = String::new();
    walk(&parsed(html), 0, &mut out);
    out
}

/// All the text of a page.
pub fn words(html: &str) -> String {
    let mut out = String::new();
    collect(&parsed(html), &mut out);
    out
}

fn parsed(html: &str) -> Handle {
    parse_document(RcDom::default(), html5ever::ParseOpts::default())
        .one(html)
        .document
}

fn walk(node: &Handle, depth: usize, out: &mut String) {
    if let NodeData::Element { name, attrs, .. } = &node.data {
        out.push_str(&"  ".repeat(depth));
        out.push_str(&name.local);
        for attribute in attrs.borrow().iter() {
            let value = match &*attribute.name.local {
                "value" => "…".to_owned(),
                _ => without_ids(&attribute.value),
            };
            out.push_str(&format!(" {}={value:?}", attribute.name.local));
        }
        out.push('\n');
    }
    if matches!(
        node.data,
        NodeData::Comment { .. } | NodeData::ProcessingInstruction { .. }
    ) {
        out.push_str("comment\n");
    }
    for child in node.children.borrow().iter() {
        walk(child, depth + 1, out);
    }
}

fn collect(node: &Handle, out: &mut String) {
    if let NodeData::Text { contents } = &node.data {
        out.push_str(&contents.borrow());
        out.push('\n');
    }
    for child in node.children.borrow().iter() {
        collect(child, out);
    }
}

/// Long runs of hexadecimal digits are ids and tokens.
fn without_ids(value: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in value.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() {
            run.push(c);
        } else {
            out.push_str(if run.len() >= 16 { "ID" } else { &run });
            run.clear();
            out.push(c);
        }
    }
    out.trim_end_matches('\n').to_owned()
}
