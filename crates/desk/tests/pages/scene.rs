//! A desk with a report, and a browser that fills in its forms.

use candor_wire::ConversationId;

use crate::room::{
    Report, Room,
    browser::{Answer, Browser, Part},
    today, tree,
};

/// A desk with one report, and a browser on its page.
pub struct Scene {
    pub room: Room,
    pub id: ConversationId,
    pub server: candor_desk::web::Server,
    pub browser: Browser,
}

impl Scene {
    pub fn new() -> Self {
        Self::of(Report::default())
    }

    pub fn of(report: Report) -> Self {
        let room = Room::new();
        let id = room.fill([report])[0];
        let server = room.serve();
        let browser = Browser::launch(&server);
        Self {
            room,
            id,
            server,
            browser,
        }
    }

    pub fn at(&self, act: &str) -> String {
        format!("/case/{}/{act}", self.id)
    }

    pub fn page(&self) -> Answer {
        let page = self.browser.get(&format!("/case/{}", self.id));
        assert_eq!(page.status, 200, "{}", page.text());
        page
    }

    /// The words of the case's page.
    pub fn words(&self) -> String {
        squeezed(&tree::words(&self.page().text()))
    }

    /// Opens a form and sends it with these fields.
    pub fn act(&self, act: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.browser.get(&self.at(act));
        assert_eq!(page.status, 200, "{act}: {}", page.text());
        let act = act.split('?').next().unwrap();
        self.send(act, &hidden(&page), fields)
    }

    pub fn send(&self, act: &str, hidden: &[(String, String)], fields: &[(&str, &str)]) -> Answer {
        let hidden = hidden.iter().map(|(name, value)| Part::Field(name, value));
        let fields = fields.iter().map(|(name, value)| Part::Field(name, value));
        let parts: Vec<Part<'_>> = hidden.chain(fields).collect();
        self.browser.post(&self.at(act), &parts)
    }

    /// The same, and it is done.
    #[track_caller]
    pub fn done(&self, act: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.act(act, fields);
        assert_eq!(answer.status, 303, "{act}: {}", tree::words(&answer.text()));
        answer.header("location").unwrap().to_owned()
    }

    /// The same, and it is refused with these words.
    #[track_caller]
    pub fn refused(&self, act: &str, fields: &[(&str, &str)], why: &str) -> Answer {
        let answer = self.act(act, fields);
        assert_eq!(answer.status, 409, "{act}: {}", tree::words(&answer.text()));
        let words = squeezed(&tree::words(&answer.text()));
        assert!(words.contains(why), "{act}: {words}");
        answer
    }
}

pub fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The hidden fields of the form on a page: all but the token of the session.
pub fn hidden(page: &Answer) -> Vec<(String, String)> {
    let text = page.text();
    let form = text.rsplit_once("<form class=\"stack").unwrap().1;
    let mut found: Vec<(String, String)> = Vec::new();
    for tag in form.split("<input type=\"hidden\" ").skip(1) {
        let tag = tag.split('>').next().unwrap();
        let value = |name: &str| {
            let mark = format!("{name}=\"");
            let rest = tag.split_once(&mark).unwrap().1;
            rest.split('"').next().unwrap().to_owned()
        };
        if value("name") != "token" {
            found.push((value("name"), value("value")));
        }
    }
    for tag in form.split("<textarea name=\"").skip(1) {
        let (name, rest) = tag.split_once('"').unwrap();
        if let Some(rest) = rest.strip_prefix(" hidden>\n") {
            let value = rest.split("</textarea>").next().unwrap();
            found.push((name.to_owned(), unescaped(value)));
        }
    }
    found
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

pub fn in_days(days: u32) -> String {
    today().plus(days).to_string()
}

pub const SORTED: [(&str, &str); 5] = [
    ("type-sexist-remarks", "yes"),
    ("setting", "clerkship"),
    ("source", "resident"),
    ("specific", "yes"),
    ("becomes", "yes"),
];
