//! Requests as a browser makes them, over a real socket, and as one that is led astray makes them.
#![allow(dead_code, reason = "each user needs a part of it")]

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use candor_desk::web::Server;

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is there twice");
        value
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a hidden field.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let text = self.text();
        let mark = format!("name=\"{name}\" value=\"");
        let at = text
            .find(&mark)
            .unwrap_or_else(|| panic!("no {name} in {text}"));
        let rest = &text[at + mark.len()..];
        rest[..rest.find('"').unwrap()].to_owned()
    }
}

/// A browser that is connected to a desk, or is not.
#[derive(Clone, Debug)]
pub struct Browser {
    pub port: u16,
    pub cookie: Option<String>,
    /// The path under which its session's pages lie.
    pub base: String,
    pub token: String,
}

/// A part of a form.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    Field(&'a str, &'a str),
    File(&'a str, &'a str, &'a [u8]),
}

impl Browser {
    /// One without a session.
    pub fn stranger(server: &Server) -> Self {
        Self {
            port: server.port(),
            cookie: None,
            base: String::new(),
            token: String::new(),
        }
    }

    /// One that has opened a launch address.
    #[track_caller]
    pub fn launch(server: &Server) -> Self {
        Self::stranger(server).opened(&server.launch_address())
    }

    /// The same browser, after it has opened a launch address.
    #[track_caller]
    pub fn opened(mut self, address: &str) -> Self {
        let path = address.split_once("/launch").unwrap().1;
        let answer = self.get(&format!("/launch{path}"));
        assert_eq!(answer.status, 303, "{}", answer.text());
        let to = answer.header("location").unwrap();
        self.base = to.strip_suffix('/').unwrap().to_owned();
        assert_eq!(self.base.len(), 21, "{to}");
        let cookie = answer.header("set-cookie").unwrap();
        let (cookie, attributes) = cookie.split_once("; ").unwrap();
        // Only for what lies there, on whichever port: nobody else knows where that is.
        assert_eq!(attributes, format!("Path={to}; HttpOnly; SameSite=Strict"));
        self.cookie = Some(cookie.to_owned());
        self.token = self.get("/").hidden("token");
        self
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The headers of its own pages.
    pub fn headers(&self, method: &str) -> Vec<(String, String)> {
        let mut headers = vec![
            ("Host".to_owned(), self.host()),
            ("Sec-Fetch-Site".to_owned(), "same-origin".to_owned()),
        ];
        if method != "GET" {
            headers.push(("Origin".to_owned(), format!("http://{}", self.host())));
        }
        if let Some(cookie) = &self.cookie {
            headers.push(("Cookie".to_owned(), cookie.clone()));
        }
        headers
    }

    /// Where a page of its session is.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", &self.at(path), &self.headers("GET"), &[])
    }

    /// Posts a form with its token.
    pub fn post(&self, path: &str, parts: &[Part<'_>]) -> Answer {
        let token = [Part::Field("token", &self.token)];
        let (kind, body) = multipart(token.iter().chain(parts));
        let mut headers = self.headers("POST");
        headers.push(("Content-Type".to_owned(), kind));
        let mut answer = self.send("POST", &self.at(path), &headers, &body);
        for (name, value) in &mut answer.headers {
            if name == "location" {
                *value = value.strip_prefix(&self.base).unwrap().to_owned();
            }
        }
        answer
    }

    /// Any request at all.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if method != "GET" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        // A server that has heard enough closes.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        parse(&answer)
    }
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(bytes)));
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        })
        .collect();
    assert!(!headers.iter().any(|(name, _)| name == "transfer-encoding"));
    Answer {
        status: status.parse().unwrap(),
        headers,
        body: bytes[end + 4..].to_vec(),
    }
}

/// A form as browsers write it: content type and body.
pub fn multipart<'a, 'b: 'a>(parts: impl Iterator<Item = &'a Part<'b>>) -> (String, Vec<u8>) {
    let boundary = "----CandorTestBoundary7MA4YWxk";
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        match part {
            Part::Field(name, value) => body.extend_from_slice(
                format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .as_bytes(),
            ),
            Part::File(name, file, bytes) => {
                let file = file.replace('"', "%22");
                body.extend_from_slice(
                    format!(
                        "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
                         Content-Type: application/octet-stream\r\n\r\n"
                    )
                    .as_bytes(),
                );
                body.extend_from_slice(bytes);
                body.extend_from_slice(b"\r\n");
            }
        }
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
