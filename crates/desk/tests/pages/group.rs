//! Putting together what may be about the same: offered with the reason, ticked by a person.

use candor_directory::Answer;
use candor_wire::ConversationId;

use crate::{
    room::{DEAN, OFFICE, Report, Room, browser::Browser, tree},
    scene::{Scene, hidden, squeezed},
};

/// A report that names somebody.
fn about(person: &str) -> Report {
    let answer = Answer::Many(vec!["resident".to_owned(), person.to_owned()]);
    Report {
        topic: "mistreatment".to_owned(),
        structured: [("person", answer)].into(),
        ..Report::default()
    }
}

fn scene() -> (Scene, Vec<ConversationId>) {
    let room = Room::new();
    let ids = room.fill([
        about("Dr. José Müller"),
        about("muller jose"),
        about("Somebody Else"),
        Report {
            offices: vec![OFFICE, DEAN],
            ..about("Müller, José MD")
        },
    ]);
    let server = room.serve();
    let browser = Browser::launch(&server);
    let id = ids[0];
    let scene = Scene {
        room,
        id,
        server,
        browser,
    };
    (scene, ids)
}

fn group_of(scene: &Scene, id: &ConversationId) -> bool {
    let page = scene.browser.get(&format!("/case/{id}"));
    squeezed(&tree::words(&page.text())).contains("“Ward 7”")
}

#[test]
fn what_may_be_about_the_same_is_offered_with_the_reason_and_nothing_is_chosen() {
    let (scene, ids) = scene();
    let page = scene.browser.get(&scene.at("group"));
    let html = page.text();
    let words = squeezed(&tree::words(&html));
    assert!(words.contains("Perhaps about the same"), "{words}");
    assert_eq!(
        words.matches("may name the same person").count(),
        2,
        "{words}"
    );
    assert!(words.contains(", came "), "{words}");
    for at in [1, 3] {
        assert!(
            html.contains(&format!("name=\"with-{}\"", ids[at])),
            "{html}"
        );
    }
    assert!(
        !html.contains(&format!("with-{}", ids[2])) && !html.contains(&format!("with-{}", ids[0]))
    );
    let boxes = html.split("name=\"with-").skip(1);
    for one in boxes {
        let tag = one.split('>').next().unwrap();
        assert!(
            !tag.contains("checked") && !tag.contains("disabled"),
            "{tag}"
        );
    }

    // Without a tick, the case alone; a mistake loses no tick.
    let handle = page.hidden("handle");
    let also = format!("with-{}", ids[1]);
    let fields = [
        ("group", handle.as_str()),
        ("label", ""),
        (also.as_str(), "yes"),
    ];
    let again = scene.send("group", &hidden(&page), &fields);
    assert_eq!(again.status, 409);
    let text = again.text();
    let ticked = text.split(&format!("name=\"{also}\"")).nth(1).unwrap();
    assert!(
        ticked.split('>').next().unwrap().contains("checked"),
        "{text}"
    );
    let fields = [
        ("group", handle.as_str()),
        ("label", "Ward 7"),
        (also.as_str(), "yes"),
    ];
    let done = scene.send("group", &hidden(&again), &fields);
    assert_eq!(done.status, 303, "{}", done.text());
    let together: Vec<bool> = ids.iter().map(|id| group_of(&scene, id)).collect();
    assert_eq!(together, [true, true, false, false]);
    assert!(
        scene.words().contains("2 reports on this desk"),
        "{}",
        scene.words()
    );

    // What is together already is not offered again. From the other side it is: by its group.
    let html = scene.browser.get(&scene.at("group")).text();
    assert!(!html.contains(&also) && html.contains(&format!("with-{}", ids[3])));
    let other = scene.browser.get(&format!("/case/{}/group", ids[3]));
    let html = other.text();
    let first = html
        .split(&format!("name=\"with-{}\"", ids[0]))
        .nth(1)
        .unwrap();
    assert!(
        first.split('>').next().unwrap().contains("disabled"),
        "{html}"
    );
    let words = squeezed(&tree::words(&html));
    assert!(
        words.contains("It is in the group “ Ward 7 ” already"),
        "{words}"
    );
}

#[test]
fn nothing_is_put_together_that_was_not_offered() {
    let (scene, ids) = scene();
    let page = scene.browser.get(&scene.at("group"));
    let handle = page.hidden("handle");
    let send = |with: &str, group: &str| {
        let also = format!("with-{with}");
        let fields = [
            ("group", group),
            ("label", "Ward 7"),
            (also.as_str(), "yes"),
        ];
        scene.act("group", &fields)
    };
    for with in [&ids[2].to_string(), &ids[0].to_string(), "00", "<script>"] {
        let answer = send(with, &handle);
        assert_eq!(answer.status, 409, "{}", answer.text());
    }
    // A group is needed for them.
    let fields = [("group", handle.as_str()), ("label", "Ward 7")];
    let done = scene.send("group", &hidden(&page), &fields);
    assert_eq!(done.status, 303, "{}", done.text());
    let answer = send(&ids[1].to_string(), "none");
    assert!(
        answer.text().contains("Choose a group for them"),
        "{}",
        answer.text()
    );

    // Somebody else was faster: a colleague's tab has put the other one into a group.
    let old = hidden(&scene.browser.get(&scene.at("group")));
    let other = Scene {
        id: ids[1],
        ..scene
    };
    let page = other.browser.get(&other.at("group"));
    let theirs = page.hidden("handle");
    let done = other.send(
        "group",
        &hidden(&page),
        &[("group", &theirs), ("label", "Theirs")],
    );
    assert_eq!(done.status, 303, "{}", done.text());
    let scene = Scene {
        id: ids[0],
        ..other
    };
    let also = format!("with-{}", ids[1]);
    let fields = [
        ("group", handle.as_str()),
        ("label", ""),
        (also.as_str(), "yes"),
    ];
    let answer = scene.send("group", &old, &fields);
    assert_eq!(answer.status, 409);
    let words = squeezed(&tree::words(&answer.text()));
    assert!(
        words.contains("has been put into a group meanwhile"),
        "{words}"
    );
    assert!(!group_of(&scene, &ids[1]));
}
