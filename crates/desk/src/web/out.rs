//! What every answer carries.

use actix_web::{HttpResponse, HttpResponseBuilder, http::StatusCode};

use super::launch::Session;

/// What every page may load: what this server has, and nothing else. Nobody may frame it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; frame-ancestors 'none'; \
                      base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/// What a saved file may do, should a browser show it all the same: nothing.
const DOWNLOAD_POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// An answer, before the headers that all have.
#[derive(Debug)]
pub struct Out {
    status: StatusCode,
    content_type: &'static str,
    body: Vec<u8>,
    /// Under which name to save it.
    save_as: Option<String>,
    /// A path within the session, to be asked for with GET.
    next: Option<String>,
}

impl Out {
    /// Bytes of a type.
    pub fn bytes(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type,
            body: body.into(),
            save_as: None,
            next: None,
        }
    }

    /// A page.
    pub fn page(html: String) -> Self {
        Self::bytes("text/html; charset=utf-8", html)
    }

    /// Nothing.
    pub fn nothing() -> Self {
        Self::bytes("text/plain; charset=utf-8", "").status(StatusCode::NO_CONTENT)
    }

    /// The same with another status.
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Another page of the session.
    pub fn redirect(to: impl Into<String>) -> Self {
        Self {
            next: Some(to.into()),
            ..Self::bytes("text/plain; charset=utf-8", "").status(StatusCode::SEE_OTHER)
        }
    }

    /// A file to save, under a name that is safe in any folder.
    pub fn download(name: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            save_as: Some(disposition(name)),
            ..Self::bytes("application/octet-stream", body)
        }
    }

    pub(super) fn build(self, session: Option<&Session>) -> HttpResponse {
        let policy = match self.save_as {
            Some(_) => DOWNLOAD_POLICY,
            None => POLICY,
        };
        let mut response = HttpResponseBuilder::new(self.status);
        response
            .insert_header(("content-type", self.content_type))
            .insert_header(("content-security-policy", policy))
            .insert_header(("x-content-type-options", "nosniff"))
            .insert_header(("x-frame-options", "DENY"))
            // With “no-referrer” browsers would hide the origin of the desk's own forms.
            .insert_header(("referrer-policy", "same-origin"))
            .insert_header(("cross-origin-opener-policy", "same-origin"))
            .insert_header(("cross-origin-resource-policy", "same-origin"))
            .insert_header(("cross-origin-embedder-policy", "require-corp"))
            .insert_header((
                "permissions-policy",
                "camera=(), microphone=(), geolocation=(), clipboard-read=(), payment=(), usb=()",
            ))
            .insert_header(("x-dns-prefetch-control", "off"))
            .insert_header(("cache-control", "no-store"));
        if let Some(name) = self.save_as {
            response.insert_header(("content-disposition", name));
        }
        if let (Some(next), Some(session)) = (self.next, session) {
            response.insert_header(("location", format!("{}{next}", session.base)));
        }
        response.body(self.body)
    }
}

/// `Content-Disposition` for a name, in the old form and in that of RFC 6266.
fn disposition(name: &str) -> String {
    use std::fmt::Write as _;
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_a_header() {
        assert_eq!(
            disposition("a\"b\\ü%.pdf"),
            "attachment; filename=\"a_b___.pdf\"; filename*=UTF-8''a%22b%5C%C3%BC%25.pdf"
        );
    }
}
