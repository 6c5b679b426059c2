//! An internal note cannot reach a reporter: what is written here goes to offices, and there is no
//! way to name anybody else.

mod support;

use std::collections::BTreeSet;

use candor_casework::{Event, Scope, event::Content};
use candor_wire::OfficeId;
use support::{School, bodies::note};

/// Whom an event can be sealed to. This does not compile if that could be anybody but offices.
const fn sealed_to(content: &Content) -> &Vec<OfficeId> {
    &content.recipients
}

#[test]
fn whoever_is_named_is_an_office() {
    let school = School::new(&["dean", "affairs"], 2);
    let mut dean = school.desk("dean");
    let event = dean.say(&school, note("between us"));
    let recipients: BTreeSet<_> = sealed_to(event.content()).iter().cloned().collect();
    assert_eq!(recipients, dean.work(&school).participants.now);
    let own = dean.write(&school, Scope::Office, note("for ourselves"));
    assert_eq!(*sealed_to(own.content()), [support::office("dean")]);

    // A reply's recipient is no name of an office, nor is anything else in the place of one.
    let text = std::str::from_utf8(event.bytes()).expect("JSON");
    let planted = [
        "age1pq1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ];
    for planted in planted {
        let with = text.replace(
            "\"recipients\":[",
            &format!("\"recipients\":[\"{planted}\","),
        );
        assert!(Event::decode(with.as_bytes()).is_err(), "{planted}");
    }
    // Nor has the content a place for a drop, or for a message of another kind.
    for member in ["\"drop\":1", "\"reply\":{}", "\"generation\":0"] {
        let with = text.replacen('{', &format!("{{{member},"), 1);
        assert!(Event::decode(with.as_bytes()).is_err(), "{member}");
    }
}
