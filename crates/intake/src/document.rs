//! Bytes that are served as they are, with an entity tag.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, ETAG, HeaderValue, IF_NONE_MATCH},
    web::Bytes,
};
use sha2::{Digest as _, Sha256};

/// One document in memory.
#[derive(Clone, Debug)]
pub struct Document {
    bytes: Bytes,
    tag: String,
    media_type: &'static str,
    cache_control: &'static str,
}

impl Document {
    /// Any document.
    #[must_use]
    pub fn new(bytes: Bytes, media_type: &'static str, cache_control: &'static str) -> Self {
        Self {
            tag: entity_tag(&bytes),
            bytes,
            media_type,
            cache_control,
        }
    }

    /// A JSON document.
    #[must_use]
    pub fn json(bytes: Bytes, cache_control: &'static str) -> Self {
        Self::new(bytes, "application/json", cache_control)
    }

    /// Other bytes of the same kind.
    #[must_use]
    pub fn with(&self, bytes: Bytes) -> Self {
        Self::new(bytes, self.media_type, self.cache_control)
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What tells them from others.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The whole document, or 304 if the client has it.
    #[must_use]
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = if has(request, &self.tag) {
            HttpResponse::NotModified().finish()
        } else {
            HttpResponse::Ok()
                .content_type(self.media_type)
                .body(self.bytes.clone())
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(self.cache_control));
        if let Ok(tag) = HeaderValue::from_str(&self.tag) {
            headers.insert(ETAG, tag);
        }
        response
    }
}

/// A strong entity tag: half of the SHA-256 of the bytes.
#[must_use]
pub fn entity_tag(bytes: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(bytes));
    format!("\"{}\"", hash.get(..32).unwrap_or(&hash))
}

/// Whether the client says that it has what this tag names.
#[must_use]
pub fn has(request: &HttpRequest, tag: &str) -> bool {
    request
        .headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim() == tag)
}
