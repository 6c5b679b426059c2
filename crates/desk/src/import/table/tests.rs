//! Tables in every usual form, and broken ones.

use super::*;

fn read(bytes: &[u8]) -> Table {
    Table::read(bytes, Form::default()).unwrap()
}

fn cells(table: &Table) -> Vec<Vec<&str>> {
    table
        .rows
        .iter()
        .map(|row| row.cells.iter().map(|cell| cell.as_str()).collect())
        .collect()
}

#[test]
fn every_usual_form_gives_the_same_table() {
    let plain = "Course,Comment\nAnatomy,\"Née in Köln: he shouted, twice\"\nSurgery,€5 fine\n";
    let wanted = [
        ["Anatomy", "Née in Köln: he shouted, twice"],
        ["Surgery", "€5 fine"],
    ];
    let semicolons = "Course;Comment\nAnatomy;Née in Köln: he shouted, twice\nSurgery;€5 fine";
    let tabs = semicolons.replace(';', "\t");
    let wide = |big: bool| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(tabs.encode_utf16());
        units
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    };
    let western = WINDOWS_1252.encode(semicolons).0.into_owned();
    let hinted = format!("sep=;\r\n{}", semicolons.replace('\n', "\r\n"));
    for (bytes, encoding, delimiter) in [
        (plain.as_bytes().to_vec(), Encoding::Utf8, Delimiter::Comma),
        (
            [BOM, plain.as_bytes()].concat(),
            Encoding::Utf8,
            Delimiter::Comma,
        ),
        (
            plain.replace('\n', "\r").into_bytes(),
            Encoding::Utf8,
            Delimiter::Comma,
        ),
        (western, Encoding::Windows1252, Delimiter::Semicolon),
        (tabs.clone().into_bytes(), Encoding::Utf8, Delimiter::Tab),
        (wide(false), Encoding::Utf16, Delimiter::Tab),
        (wide(true), Encoding::Utf16, Delimiter::Tab),
        (hinted.into_bytes(), Encoding::Utf8, Delimiter::Semicolon),
    ] {
        let table = read(&bytes);
        assert_eq!((table.encoding, table.delimiter), (encoding, delimiter));
        assert_eq!(table.headings, ["Course", "Comment"]);
        assert_eq!(cells(&table), wanted);
        assert_eq!(table.broken, []);
    }
}

#[test]
fn a_broken_row_is_named_by_its_line_and_spoils_no_other() {
    let text = "Course,Period,Comment\n\
                A,P1,\"two\nlines, and a \"\"quotation\"\"\"\n\
                B,P1\n\
                \n\
                C,P1,\"never closed\n\
                D,P1,fine\n\
                E,P1,\"closed\" and more\n\
                F,P1,one,two\n\
                ,,\n\
                G,P1,last";
    let table = read(text.as_bytes());
    let lines: Vec<u64> = table.rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [2, 7, 11]);
    assert_eq!(cells(&table)[0][2], "two\nlines, and a \"quotation\"");
    let broken: Vec<u64> = table.broken.iter().map(|broken| broken.line).collect();
    assert_eq!(broken, [4, 6, 8, 9]);
    assert!(table.broken[0].why.contains("2 columns instead of 3"));
    assert!(table.broken[3].why.contains("4 columns instead of 3"));
    assert!(!table.broken.iter().any(|b| b.why.contains("never")));
}

#[test]
fn bytes_that_are_not_what_they_should_be_break_their_row_alone() {
    let bytes = [BOM, b"Course,Comment\nA,good\nB,b\xff\xfed\nC,good\n"].concat();
    let table = read(&bytes);
    assert_eq!(cells(&table), [["A", "good"], ["C", "good"]]);
    assert_eq!(table.broken[0].line, 3);
    assert!(table.broken[0].why.contains("not UTF-8"));
    // Without a mark and without anything that is UTF-8 the whole file counts as Windows-1252,
    // unless somebody knows better.
    let bare = bytes.strip_prefix(BOM).unwrap();
    assert_eq!(read(bare).encoding, Encoding::Windows1252);
    let form = Form {
        encoding: Some(Encoding::Utf8),
        delimiter: None,
    };
    assert_eq!(Table::read(bare, form).unwrap().broken.len(), 1);
}

#[test]
fn a_bad_byte_leaves_the_rest_of_a_file_in_utf_8() {
    let bytes = [
        "Course,Comment\nA,Née in Köln\nB,b".as_bytes(),
        b"\xe9d\nC,good\n",
    ]
    .concat();
    let table = read(&bytes);
    assert_eq!(table.encoding, Encoding::Utf8);
    assert_eq!(cells(&table), [["A", "Née in Köln"], ["C", "good"]]);
    assert_eq!(table.broken.len(), 1);
    assert_eq!(table.broken[0].line, 3);
    assert!(table.broken[0].why.contains("not UTF-8"));
}

#[test]
fn cells_are_text_whatever_a_spreadsheet_would_make_of_them() {
    let text = "Course,Comment\nA,\"=HYPERLINK(\"\"http://x\"\")\"\nB,+1\nC,-1\nD,@SUM(A1)\n";
    let table = read(text.as_bytes());
    let comments: Vec<&str> = cells(&table).iter().map(|row| row[1]).collect();
    assert_eq!(
        comments,
        ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)"]
    );
}

#[test]
fn headings_are_told_apart() {
    let table = read(b"Comment,, Comment \na,b,c\n");
    assert_eq!(table.headings, ["Comment", "Column 2", "Comment (2)"]);
    assert_eq!(table.column("Comment (2)"), Some(2));
}

#[test]
fn what_is_no_table_is_refused_with_a_remedy() {
    let long = vec![b'a'; MAX_LEN + 1];
    let rows = "a,b\n".repeat(MAX_ROWS + 2);
    let open = format!("a,b\n{}", "\"x,y\nz,\"\"w\n".repeat(MAX_OPEN * 2));
    for (bytes, words) in [
        (b"PK\x03\x04 workbook".as_slice(), "workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"", "no rows"),
        (b"Course,Comment\n", "no rows"),
        (b"\"Course,Comment\nA,b\n", "quotation"),
        (&long, "larger than 32 MiB"),
        (rows.as_bytes(), "more than 20000 rows"),
        (open.as_bytes(), "quotation"),
    ] {
        let failure = Table::read(bytes, Form::default()).unwrap_err();
        assert!(failure.cause().contains(words), "{words}: {failure}");
    }
}
