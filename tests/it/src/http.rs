//! The smallest HTTP/1.1 client: it sends what a test wants, sensible or not, from the address a
//! test wants.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use candor_wire::{Problem, ProblemType};
use socket2::{Domain, Socket, Type};

const PATIENCE: Duration = Duration::from_secs(60);

/// What a server answered.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Head and body as they came (chunks joined).
    pub raw: Vec<u8>,
}

impl Response {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The problem that the body is.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The kind of problem that the body is.
    #[must_use]
    pub fn kind(&self) -> Option<ProblemType> {
        self.problem()?.kind()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Headers besides `host` and `content-length`.
    pub headers: Vec<(&'a str, &'a str)>,
    /// The body; its length is announced unless it is none.
    pub body: Option<&'a [u8]>,
}

impl<'a> Request<'a> {
    /// `GET` without more.
    #[must_use]
    pub const fn get(target: &'a str) -> Self {
        Self {
            method: "GET",
            target,
            headers: Vec::new(),
            body: None,
        }
    }

    /// `POST` of a body.
    #[must_use]
    pub fn post(target: &'a str, media_type: &'a str, body: &'a [u8]) -> Self {
        Self {
            method: "POST",
            target,
            headers: vec![("content-type", media_type)],
            body: Some(body),
        }
    }

    fn head(&self) -> String {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\n",
            self.method, self.target
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = self.body {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head + "\r\n"
    }
}

/// A connection that is kept between requests.
#[derive(Debug)]
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects from any address.
    ///
    /// # Errors
    /// If nobody listens there.
    pub fn open(to: SocketAddr) -> io::Result<Self> {
        Self::open_from(IpAddr::V4(Ipv4Addr::LOCALHOST), to)
    }

    /// Connects from an address of this machine, such as 127.13.37.1.
    ///
    /// # Errors
    /// If nobody listens there.
    pub fn open_from(from: IpAddr, to: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
        socket.bind(&SocketAddr::new(from, 0).into())?;
        socket.connect_timeout(&to.into(), PATIENCE)?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// If the connection breaks off.
    pub fn send(&mut self, request: &Request<'_>) -> io::Result<Response> {
        let mut bytes = request.head().into_bytes();
        bytes.extend_from_slice(request.body.unwrap_or_default());
        self.send_raw(&bytes)
    }

    /// Sends bytes as they are and reads one answer. A server may answer before it has read
    /// everything, so a failure to send counts only without an answer.
    ///
    /// # Errors
    /// If the connection breaks off.
    pub fn send_raw(&mut self, bytes: &[u8]) -> io::Result<Response> {
        let sent = self.0.get_mut().write_all(bytes);
        match (self.read(), sent) {
            (Ok(response), _) => Ok(response),
            (Err(error), Ok(())) | (Err(_), Err(error)) => Err(error),
        }
    }

    fn read(&mut self) -> io::Result<Response> {
        let mut response = Response::default();
        let mut line = Vec::new();
        self.line(&mut line, &mut response.raw)?;
        let status = String::from_utf8_lossy(&line);
        response.status = status
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .ok_or(io::ErrorKind::InvalidData)?;
        loop {
            self.line(&mut line, &mut response.raw)?;
            if line.is_empty() {
                break;
            }
            let text = String::from_utf8_lossy(&line);
            let (name, value) = text.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
            response
                .headers
                .push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if response.status == 204 || response.status == 304 {
            return Ok(response);
        }
        if response.header("transfer-encoding") == Some("chunked") {
            loop {
                self.line(&mut line, &mut response.raw)?;
                let len = String::from_utf8_lossy(&line);
                let len = usize::from_str_radix(len.trim(), 16)
                    .map_err(|_| io::ErrorKind::InvalidData)?;
                self.exactly(len, &mut response.body)?;
                self.line(&mut line, &mut response.raw)?;
                if len == 0 {
                    break;
                }
            }
        } else if let Some(len) = response.header("content-length") {
            let len = len.parse().map_err(|_| io::ErrorKind::InvalidData)?;
            self.exactly(len, &mut response.body)?;
        } else {
            self.0.read_to_end(&mut response.body)?;
        }
        response.raw.extend_from_slice(&response.body);
        Ok(response)
    }

    fn line(&mut self, line: &mut Vec<u8>, raw: &mut Vec<u8>) -> io::Result<()> {
        line.clear();
        if self.0.read_until(b'\n', line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        raw.extend_from_slice(line);
        while line.last().is_some_and(u8::is_ascii_whitespace) {
            line.pop();
        }
        Ok(())
    }

    fn exactly(&mut self, len: usize, body: &mut Vec<u8>) -> io::Result<()> {
        let begun = body.len();
        body.resize(begun + len, 0);
        self.0.read_exact(body.get_mut(begun..).unwrap_or_default())
    }
}

/// One request on a connection of its own.
///
/// # Errors
/// If nobody listens there, or the connection breaks off.
pub fn send(to: SocketAddr, request: &Request<'_>) -> io::Result<Response> {
    Connection::open(to)?.send(request)
}

/// `GET`.
///
/// # Errors
/// If nobody listens there, or the connection breaks off.
pub fn get(to: SocketAddr, target: &str) -> io::Result<Response> {
    send(to, &Request::get(target))
}
