//! Documents in the forms that clients take: plain, and compressed once, when they change, never
//! for a request. What is served is public and the same for everyone, so that the length of the
//! compressed form tells nothing.

use std::io::Write as _;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue, VARY},
    web::Bytes,
};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

use crate::document::Document;

/// A tenth smaller than the default, and still a tenth of a second for the largest directories.
const BROTLI_QUALITY: i32 = 9;
/// What is shorter than this fits one packet anyway.
const MIN_LEN: usize = 1024;

/// A document, and its compressed forms as far as there are any.
#[derive(Clone, Debug)]
pub struct Encoded {
    plain: Document,
    brotli: Option<Document>,
    gzip: Option<Document>,
}

impl Encoded {
    /// A document with forms that were compressed elsewhere.
    #[must_use]
    pub fn new(plain: Document, brotli: Option<Document>, gzip: Option<Document>) -> Self {
        Self {
            plain,
            brotli,
            gzip,
        }
    }

    /// Compresses a document. A form that is no smaller is left out.
    #[must_use]
    pub fn compress(plain: Document) -> Self {
        let form = |compressed: Option<Vec<u8>>| {
            compressed
                .filter(|bytes| bytes.len() < plain.bytes().len())
                .map(|bytes| plain.with(Bytes::from(bytes)))
        };
        let (brotli, gzip) = if plain.bytes().len() < MIN_LEN {
            (None, None)
        } else {
            (form(brotli(plain.bytes())), form(gzip(plain.bytes())))
        };
        Self::new(plain, brotli, gzip)
    }

    /// The document itself.
    #[must_use]
    pub fn plain(&self) -> &Document {
        &self.plain
    }

    /// The smallest form that the client takes, or 304 if it has that.
    #[must_use]
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let (document, encoding) = match (&self.brotli, &self.gzip) {
            (Some(brotli), _) if takes(request, "br") => (brotli, Some("br")),
            (_, Some(gzip)) if takes(request, "gzip") => (gzip, Some("gzip")),
            _ => (&self.plain, None),
        };
        let mut response = document.answer(request);
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let params = BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &params).ok()?;
    Some(compressed)
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// Whether the client takes an encoding. A quality of zero is a refusal.
fn takes(request: &HttpRequest, encoding: &str) -> bool {
    request
        .headers()
        .get_all(ACCEPT_ENCODING)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
            let refused = parts
                .filter_map(|part| part.strip_prefix("q="))
                .any(|quality| quality.parse().is_ok_and(|quality: f32| quality == 0.0));
            named && !refused
        })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use actix_web::{body::MessageBody as _, http::header::ETAG, test::TestRequest};

    use super::*;

    fn served(encoded: &Encoded, encodings: &str) -> (Vec<u8>, Option<String>, String) {
        let request = TestRequest::get()
            .insert_header((ACCEPT_ENCODING, encodings))
            .to_http_request();
        let response = encoded.answer(&request);
        assert_eq!(
            response.headers().get(VARY).expect("named"),
            "accept-encoding"
        );
        let header = |name| {
            let value = response.headers().get(name)?;
            Some(value.to_str().expect("ASCII").to_owned())
        };
        let (encoding, tag) = (header(CONTENT_ENCODING), header(ETAG).expect("a tag"));
        let body = response.into_body().try_into_bytes().expect("bytes");
        (body.to_vec(), encoding, tag)
    }

    #[test]
    fn both_forms_hold_the_very_bytes() {
        let text = "Only these offices can open it. ".repeat(200);
        let encoded = Encoded::compress(Document::json(text.clone().into(), "no-cache"));
        let (plain, none, tag) = served(&encoded, "");
        assert_eq!((plain.as_slice(), none), (text.as_bytes(), None));
        let (small, encoding, other) = served(&encoded, "gzip, br");
        assert_eq!(encoding.as_deref(), Some("br"));
        assert!(small.len() < text.len() / 10 && tag != other);
        let mut opened = Vec::new();
        brotli::BrotliDecompress(&mut small.as_slice(), &mut opened).expect("brotli");
        assert_eq!(opened, text.as_bytes());
        let (small, encoding, _) = served(&encoded, "gzip, br;q=0");
        assert_eq!(encoding.as_deref(), Some("gzip"));
        let mut opened = String::new();
        flate2::read::GzDecoder::new(small.as_slice())
            .read_to_string(&mut opened)
            .expect("gzip");
        assert_eq!(opened, text);
    }

    #[test]
    fn what_gets_no_smaller_stays_as_it_is() {
        let noise: Vec<u8> = (0_u32..400)
            .flat_map(|n| <[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(n.to_le_bytes())))
            .collect();
        for bytes in [b"short".to_vec(), noise] {
            let encoded = Encoded::compress(Document::json(bytes.clone().into(), "no-cache"));
            let (same, encoding, _) = served(&encoded, "gzip, br");
            assert_eq!((same, encoding), (bytes, None));
        }
    }
}
