//! What a form brings: fields and files, in memory, within limits.
//!
//! Every form is `multipart/form-data` and begins with the session's form token; nothing behind
//! it is read before the token was compared. Files stay in memory: no plaintext reaches the disk.

use std::collections::BTreeMap;

use actix_multipart::{Field, Multipart};
use actix_web::{HttpRequest, web::Payload};
use futures_util::StreamExt as _;
use zeroize::Zeroizing;

use super::launch::Session;

/// The most bytes of one field that is not a file.
const MAX_FIELD: usize = 1 << 20;
/// The most fields and files.
const MAX_PARTS: usize = 256;
/// The most files.
const MAX_FILES: usize = 64;
/// What is still read, and thrown away, of a body that is too long, so that the browser shows the
/// answer instead of a broken connection.
const DRAIN: usize = 1 << 30;

/// The name of the field with the form token.
pub const TOKEN: &str = "token";

/// A file that was chosen.
pub struct Upload {
    /// Its name, as the browser says.
    pub name: String,
    /// Its bytes.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// A form.
#[derive(Default)]
pub struct Submission {
    fields: BTreeMap<String, Zeroizing<String>>,
    /// The files.
    pub files: Vec<Upload>,
}

/// Why a form is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is not of the expected form.
    Malformed,
    /// It does not come from a page of this session.
    NoToken,
    /// It is too long.
    TooLarge,
}

/// A form that is not taken, with what was read of it.
#[derive(Debug)]
pub struct Rejected {
    /// Why.
    pub why: Refused,
    /// What came before that.
    pub so_far: Submission,
}

impl Submission {
    /// A field; empty if it is not there.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.as_str())
    }

    /// The fields whose names begin so, with what follows in their names.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.fields
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }

    /// Every field, in the order of their names.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.under("")
    }

    /// A form that was carried along within this one, under names that begin so.
    pub fn within(&self, prefix: &str) -> Self {
        let inner = |(name, value): (&str, &str)| {
            // Browsers drop a line break right behind `<textarea>`, and send those of Windows.
            let value = value.strip_prefix("\r\n").unwrap_or(value);
            let value = value.strip_prefix('\n').unwrap_or(value);
            (name.to_owned(), Zeroizing::new(value.to_owned()))
        };
        Self {
            fields: self.under(prefix).map(inner).collect(),
            files: Vec::new(),
        }
    }

    /// Text of several lines, with plain line ends.
    pub fn text(&self, name: &str) -> String {
        self.field(name).replace("\r\n", "\n").replace('\r', "\n")
    }
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Submission(.., {} files)", self.files.len())
    }
}

/// Reads a form. Its files may have `max_files` bytes together.
pub async fn read(
    request: &HttpRequest,
    payload: Payload,
    session: &Session,
    max_files: usize,
) -> Result<Submission, Rejected> {
    let mut multipart = Multipart::new(request.headers(), payload);
    let mut so_far = Submission::default();
    let mut has_ended = false;
    let read = read_parts(
        &mut multipart,
        session,
        max_files,
        &mut so_far,
        &mut has_ended,
    );
    match read.await {
        Ok(()) => Ok(so_far),
        Err(why) => {
            // What has ended, or is no form, must not be asked for more.
            if !has_ended && why != Refused::Malformed {
                drain(&mut multipart).await;
            }
            Err(Rejected { why, so_far })
        }
    }
}

async fn read_parts(
    multipart: &mut Multipart,
    session: &Session,
    max_files: usize,
    submission: &mut Submission,
    has_ended: &mut bool,
) -> Result<(), Refused> {
    let mut has_token = false;
    let mut parts = 0;
    let mut left = max_files;
    while let Some(field) = multipart.next().await {
        let mut field = field.map_err(|_| Refused::Malformed)?;
        parts += 1;
        if parts > MAX_PARTS {
            return Err(Refused::TooLarge);
        }
        let name = field.name().unwrap_or_default().to_owned();
        if !has_token {
            let given = whole(&mut field, 256).await?;
            let given = std::str::from_utf8(&given).map_err(|_| Refused::NoToken)?;
            if name != TOKEN || !session.form_token.is(given) {
                return Err(Refused::NoToken);
            }
            has_token = true;
            continue;
        }
        let file_name = field
            .content_disposition()
            .and_then(|disposition| disposition.get_filename())
            .map(unescaped);
        match file_name {
            Some(file_name) => {
                let bytes = whole(&mut field, left).await?;
                left -= bytes.len();
                // A browser sends an empty one where no file was chosen.
                if submission.files.len() >= MAX_FILES {
                    return Err(Refused::TooLarge);
                }
                if !file_name.is_empty() {
                    submission.files.push(Upload {
                        name: file_name,
                        bytes,
                    });
                }
            }
            None => {
                let bytes = whole(&mut field, MAX_FIELD).await?;
                let text = std::str::from_utf8(&bytes).map_err(|_| Refused::Malformed)?;
                let text = Zeroizing::new(text.to_owned());
                if submission.fields.insert(name, text).is_some() {
                    return Err(Refused::Malformed);
                }
            }
        }
    }
    *has_ended = true;
    if has_token {
        Ok(())
    } else {
        Err(Refused::NoToken)
    }
}

async fn whole(field: &mut Field, max: usize) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(chunk) = field.next().await {
        let chunk = chunk.map_err(|_| Refused::Malformed)?;
        if bytes.len() + chunk.len() > max {
            return Err(Refused::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn drain(multipart: &mut Multipart) {
    let mut left = DRAIN;
    while let Some(Ok(mut field)) = multipart.next().await {
        while let Some(Ok(chunk)) = field.next().await {
            left = left.saturating_sub(chunk.len());
            if left == 0 {
                return;
            }
        }
    }
}

/// Browsers write these three as `%..` in a file's name, and nothing else.
fn unescaped(name: &str) -> String {
    name.replace("%22", "\"")
        .replace("%0D", " ")
        .replace("%0A", " ")
}
