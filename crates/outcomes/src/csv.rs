//! The tables for a spreadsheet (RFC 4180).

use crate::summary::Summary;

/// A cell. What a spreadsheet would take for a formula is made text.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// All tables of a summary, one row for each row. A number that is not shown is an empty cell.
#[must_use]
pub fn tables(summary: &Summary) -> String {
    let mut out = String::from("from,through,table,row,name,number\r\n");
    for table in &summary.tables {
        for row in &table.rows {
            let count = row.count.map(|count| count.to_string()).unwrap_or_default();
            out.push_str(&format!(
                "{},{},{},{},{},{count}\r\n",
                summary.from,
                summary.through,
                table.id.id(),
                cell(&row.id),
                cell(&row.label),
            ));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_is_a_formula_or_ends_it() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
