//! How a device signs a desk request (`crates/relay/openapi.yaml`; RFC 9421 with Ed25519, RFC 9530
//! for the digest of the body): one module for both ends.
//!
//! The covered components, the tag and the header names are those of [`crate::desk`]. The key id
//! is the [`DeviceId`], which is the public key itself: [`verify`] proves that the holder of that
//! key made this very request. Whether the device may act for the office, whether the time is
//! near enough and whether the nonce is new are for the relay to judge.
//!
//! The parameters stand in the order `created`, `nonce`, `alg`, `keyid`, `tag`; there is no
//! `expires`.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use httpsig::prelude::{
    AlgorithmName, HttpSigError, HttpSigResult, HttpSignatureBase, HttpSignatureHeaders,
    HttpSignatureParams, SigningKey as SignsHttp, VerifyingKey as VerifiesHttp,
    message_component::{HttpMessageComponent, HttpMessageComponentId},
};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::{
    desk::{COVERED, INSTANCE_HEADER, MAX_SKEW_SECONDS, OFFICE_HEADER, SIGNATURE_TAG},
    id::{DeviceId, InstanceId},
    office::OfficeId,
};

/// The header that carries the digest of the body.
pub const DIGEST_HEADER: &str = "content-digest";
/// The header that says what is signed.
pub const SIGNATURE_INPUT_HEADER: &str = "signature-input";
/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "signature";
/// The label that joins the two signature headers.
pub const LABEL: &str = "desk";
/// The length of a nonce, in bytes.
pub const NONCE_LEN: usize = 16;

/// What a signature covers.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// In capitals, as it is sent.
    pub method: &'a str,
    /// The path as it is sent, percent-encoding and all.
    pub path: &'a str,
    /// The query without its `?`; empty if there is none.
    pub query: &'a str,
    /// The office for which the device acts.
    pub office: &'a OfficeId,
    /// The instance that the request is for.
    pub instance: &'a InstanceId,
    /// The body; empty if there is none.
    pub body: &'a [u8],
}

/// The headers to send along with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeaders {
    content_digest: String,
    office: String,
    instance: String,
    signature_input: String,
    signature: String,
}

impl SignedHeaders {
    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            (DIGEST_HEADER, self.content_digest.as_str()),
            (OFFICE_HEADER, &self.office),
            (INSTANCE_HEADER, &self.instance),
            (SIGNATURE_INPUT_HEADER, &self.signature_input),
            (SIGNATURE_HEADER, &self.signature),
        ]
        .into_iter()
    }
}

/// The headers as they came; a missing one is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReceivedHeaders<'a> {
    /// The `content-digest` header.
    pub content_digest: Option<&'a str>,
    /// The `signature-input` header.
    pub signature_input: Option<&'a str>,
    /// The `signature` header.
    pub signature: Option<&'a str>,
}

/// Who signed a request, when by their clock, and the number that makes it unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Signed {
    /// The device whose key made the signature.
    pub device: DeviceId,
    /// Seconds since 1970 by the device's clock.
    pub created: u64,
    /// Never used twice by a device.
    pub nonce: [u8; NONCE_LEN],
}

impl Signed {
    /// Whether the time of signing is within [`MAX_SKEW_SECONDS`] of `now`, in seconds since 1970.
    #[must_use]
    pub const fn is_timely(&self, now: u64) -> bool {
        self.created.abs_diff(now) <= MAX_SKEW_SECONDS
    }
}

/// Why a request is not signed as the desk API wants it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestSignatureError {
    /// A header is missing.
    #[error("the request carries no signature")]
    Missing,
    /// A header is not of the described form, or something else is covered.
    #[error("the signature headers are not of the described form")]
    Form,
    /// The body is not the one that was signed.
    #[error("the digest of the body does not match")]
    Digest,
    /// The signature is not the key's over this request.
    #[error("the signature does not hold for this request")]
    Signature,
}

/// Signs a request. `created` is in seconds since 1970; the nonce must be random.
///
/// ```
/// use candor_wire::http_signature::{ReceivedHeaders, Request, sign, verify};
/// # let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
/// # let office = "title-ix".parse().unwrap();
/// # let instance = candor_wire::InstanceId::new([2; 32]);
/// let request = Request {
///     method: "GET", path: "/v1/queue", query: "after=0",
///     office: &office, instance: &instance, body: &[],
/// };
/// let headers = sign(&request, &key, 1_800_000_000, [3; 16]);
/// let find = |name| headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value);
/// let signed = verify(&request, &ReceivedHeaders {
///     content_digest: find("content-digest"),
///     signature_input: find("signature-input"),
///     signature: find("signature"),
/// }).unwrap();
/// assert_eq!(signed.device.as_bytes(), key.verifying_key().as_bytes());
/// ```
#[must_use]
pub fn sign(
    request: &Request<'_>,
    key: &SigningKey,
    created: u64,
    nonce: [u8; NONCE_LEN],
) -> SignedHeaders {
    let device = DeviceId::new(key.verifying_key().to_bytes());
    let content_digest = content_digest(request.body);
    let signed = Signed {
        device,
        created,
        nonce,
    };
    let headers = components(request, &content_digest)
        .and_then(|lines| HttpSignatureBase::try_new(&lines, &parameters(&lines, &signed)))
        .and_then(|base| base.build_signature_headers(&DeviceKey(key), Some(LABEL)));
    // The components are constants and the values plain text: building the base cannot fail. If
    // it ever did, the relay would refuse the empty headers.
    let (signature_input, signature) = headers.map_or_else(
        |_| (String::new(), String::new()),
        |headers| {
            (
                headers.signature_input_header_value(),
                headers.signature_header_value(),
            )
        },
    );
    SignedHeaders {
        content_digest,
        office: request.office.to_string(),
        instance: request.instance.to_string(),
        signature_input,
        signature,
    }
}

/// Checks that the holder of the named key made this very request.
///
/// # Errors
/// [`RequestSignatureError`]
pub fn verify(
    request: &Request<'_>,
    headers: &ReceivedHeaders<'_>,
) -> Result<Signed, RequestSignatureError> {
    use RequestSignatureError::{Digest, Form, Missing, Signature};

    let signature_input = headers.signature_input.ok_or(Missing)?;
    let signature = headers.signature.ok_or(Missing)?;
    let digest_header = headers.content_digest.ok_or(Missing)?;

    let parsed = HttpSignatureHeaders::try_parse(signature, signature_input).map_err(|_| Form)?;
    let (Some(received), 1) = (parsed.get(LABEL), parsed.len()) else {
        return Err(Form);
    };
    let signed = parse_parameters(received.signature_params())?;

    if digest_header != content_digest(request.body) {
        return Err(Digest);
    }
    let lines = components(request, digest_header).map_err(|_| Form)?;
    let base = HttpSignatureBase::try_new(&lines, received.signature_params()).map_err(|_| Form)?;
    let key = VerifyingKey::from_bytes(signed.device.as_bytes()).map_err(|_| Signature)?;
    base.verify_signature_headers(&DevicePublicKey(key), received)
        .map_err(|_| Signature)?;
    Ok(signed)
}

fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", BASE64.encode(Sha256::digest(body)))
}

/// The lines of the signature base (RFC 9421, section 2.5), in the order of [`COVERED`].
fn components(
    request: &Request<'_>,
    content_digest: &str,
) -> HttpSigResult<Vec<HttpMessageComponent>> {
    let values = [
        request.method.to_owned(),
        request.path.to_owned(),
        format!("?{}", request.query),
        content_digest.to_owned(),
        request.office.to_string(),
        request.instance.to_string(),
    ];
    COVERED
        .iter()
        .zip(values)
        .map(|(name, value)| {
            let id = HttpMessageComponentId::try_from(*name)?;
            HttpMessageComponent::try_from((&id, [value].as_slice()))
        })
        .collect()
}

fn parameters(lines: &[HttpMessageComponent], signed: &Signed) -> HttpSignatureParams {
    HttpSignatureParams {
        created: Some(signed.created),
        expires: None,
        nonce: Some(hex::encode(signed.nonce)),
        alg: Some(AlgorithmName::Ed25519.to_string()),
        keyid: Some(signed.device.to_string()),
        tag: Some(SIGNATURE_TAG.to_owned()),
        covered_components: lines.iter().map(|line| line.id.clone()).collect(),
    }
}

fn parse_parameters(params: &HttpSignatureParams) -> Result<Signed, RequestSignatureError> {
    use RequestSignatureError::Form;

    // An `expires` would make the crate look at the ambient clock.
    if params.expires.is_some()
        || params.alg.as_deref() != Some(AlgorithmName::Ed25519.as_str())
        || params.tag.as_deref() != Some(SIGNATURE_TAG)
    {
        return Err(Form);
    }
    let mut nonce = [0; NONCE_LEN];
    hex::decode_to_slice(params.nonce.as_deref().ok_or(Form)?, &mut nonce).map_err(|_| Form)?;
    let device = params.keyid.as_deref().ok_or(Form)?;
    Ok(Signed {
        device: device.parse().map_err(|_| Form)?,
        created: params.created.ok_or(Form)?,
        nonce,
    })
}

struct DeviceKey<'a>(&'a SigningKey);

impl SignsHttp for DeviceKey<'_> {
    fn sign(&self, data: &[u8]) -> HttpSigResult<Vec<u8>> {
        Ok(self.0.sign(data).to_bytes().to_vec())
    }

    fn key_id(&self) -> String {
        DeviceId::new(self.0.verifying_key().to_bytes()).to_string()
    }

    fn alg(&self) -> AlgorithmName {
        AlgorithmName::Ed25519
    }
}

struct DevicePublicKey(VerifyingKey);

impl VerifiesHttp for DevicePublicKey {
    fn verify(&self, data: &[u8], signature: &[u8]) -> HttpSigResult<()> {
        // The crate prints the reason of a refusal nowhere; one opaque sentence will do.
        let refused = |_| HttpSigError::InvalidSignature("refused".to_owned());
        let signature = ed25519_dalek::Signature::from_slice(signature).map_err(refused)?;
        self.0.verify_strict(data, &signature).map_err(refused)
    }

    fn key_id(&self) -> String {
        DeviceId::new(self.0.to_bytes()).to_string()
    }

    fn alg(&self) -> AlgorithmName {
        AlgorithmName::Ed25519
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: u64 = 1_800_000_000;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[1; 32])
    }

    struct Fixture {
        office: OfficeId,
        instance: InstanceId,
    }

    impl Fixture {
        fn new() -> Self {
            Self {
                office: "title-ix".parse().unwrap(),
                instance: InstanceId::new([2; 32]),
            }
        }

        fn request(&self) -> Request<'_> {
            Request {
                method: "PUT",
                path: "/v1/drops/ab",
                query: "",
                office: &self.office,
                instance: &self.instance,
                body: b"sealed",
            }
        }
    }

    fn received(headers: &SignedHeaders) -> ReceivedHeaders<'_> {
        ReceivedHeaders {
            content_digest: Some(&headers.content_digest),
            signature_input: Some(&headers.signature_input),
            signature: Some(&headers.signature),
        }
    }

    #[test]
    fn the_headers_and_the_signature_base_are_as_described() {
        let fixture = Fixture::new();
        let headers = sign(&fixture.request(), &key(), CREATED, [3; 16]);
        let device = hex::encode(key().verifying_key().as_bytes());
        let parameters = format!(
            "(\"@method\" \"@path\" \"@query\" \"content-digest\" \"candor-office\" \
             \"candor-instance\");created=1800000000;nonce=\"{}\";alg=\"ed25519\";\
             keyid=\"{device}\";tag=\"candor-desk-v1\"",
            "03".repeat(16)
        );
        assert_eq!(headers.signature_input, format!("desk={parameters}"));
        // The base, written out by hand from RFC 9421.
        let base = format!(
            "\"@method\": PUT\n\"@path\": /v1/drops/ab\n\"@query\": ?\n\"content-digest\": \
             {}\n\"candor-office\": title-ix\n\"candor-instance\": {}\n\"@signature-params\": \
             {parameters}",
            headers.content_digest,
            "02".repeat(32)
        );
        let by_hand = BASE64.encode(key().sign(base.as_bytes()).to_bytes());
        assert_eq!(headers.signature, format!("desk=:{by_hand}:"));
    }

    #[test]
    fn every_covered_part_counts() {
        let fixture = Fixture::new();
        let request = fixture.request();
        let headers = sign(&request, &key(), CREATED, [3; 16]);
        let good = verify(&request, &received(&headers)).unwrap();
        assert_eq!((good.created, good.nonce), (CREATED, [3; 16]));
        assert_eq!(good.device.as_bytes(), key().verifying_key().as_bytes());

        let office = "dean-for-students".parse().unwrap();
        let instance = InstanceId::new([9; 32]);
        let other = |change: &dyn Fn(&mut Request<'_>)| {
            let mut changed = request;
            change(&mut changed);
            verify(&changed, &received(&headers))
        };
        let refused = Err(RequestSignatureError::Signature);
        assert_eq!(other(&|r| r.method = "POST"), refused);
        assert_eq!(other(&|r| r.path = "/v1/drops/ac"), refused);
        assert_eq!(other(&|r| r.query = "after=1"), refused);
        assert_eq!(
            verify(
                &Request {
                    office: &office,
                    ..request
                },
                &received(&headers)
            ),
            refused
        );
        assert_eq!(
            verify(
                &Request {
                    instance: &instance,
                    ..request
                },
                &received(&headers)
            ),
            refused
        );
        assert_eq!(
            other(&|r| r.body = b"other"),
            Err(RequestSignatureError::Digest)
        );
    }

    #[test]
    fn changed_headers_are_refused() {
        let fixture = Fixture::new();
        let request = fixture.request();
        let headers = sign(&request, &key(), CREATED, [3; 16]);
        let check = |input: &str, signature: &str, digest: &str| {
            verify(
                &request,
                &ReceivedHeaders {
                    content_digest: Some(digest),
                    signature_input: Some(input),
                    signature: Some(signature),
                },
            )
        };
        let (input, signature, digest) = (
            headers.signature_input.as_str(),
            headers.signature.as_str(),
            headers.content_digest.as_str(),
        );
        let form = Err(RequestSignatureError::Form);
        let refused = Err(RequestSignatureError::Signature);
        assert_eq!(
            check(
                &input.replace("1800000000", "1800000001"),
                signature,
                digest
            ),
            refused
        );
        assert_eq!(
            check(
                &input.replace("nonce=\"03", "nonce=\"04"),
                signature,
                digest
            ),
            refused
        );
        let another = SigningKey::from_bytes(&[4; 32]).verifying_key();
        let keyid = |key: &VerifyingKey| hex::encode(key.as_bytes());
        let swapped = input.replace(&keyid(&key().verifying_key()), &keyid(&another));
        assert_eq!(check(&swapped, signature, digest), refused);
        for (from, to) in [
            ("candor-desk-v1", "candor-desk-v2"),
            ("ed25519", "hmac-sha256"),
            (";created=1800000000", ""),
            (";created", ";expires=9999999999;created"),
            (" \"content-digest\"", ""),
            ("\"@query\" ", "\"@authority\" "),
            ("desk=", "other="),
        ] {
            assert_eq!(
                check(&input.replace(from, to), signature, digest),
                form,
                "{to}"
            );
        }
        for garbage in [
            "",
            "desk",
            "desk=1",
            "desk=:%%:",
            "\u{fffd}",
            "(((((",
            "desk=()",
        ] {
            assert_eq!(check(garbage, signature, digest), form, "{garbage}");
            assert!(check(input, garbage, digest).is_err(), "{garbage}");
        }
        assert_eq!(
            verify(&request, &ReceivedHeaders::default()),
            Err(RequestSignatureError::Missing)
        );
    }

    #[test]
    fn the_skew_window_is_ten_minutes_both_ways() {
        let signed = Signed {
            device: DeviceId::new([0; 32]),
            created: CREATED,
            nonce: [0; 16],
        };
        assert!(signed.is_timely(CREATED - MAX_SKEW_SECONDS));
        assert!(signed.is_timely(CREATED + MAX_SKEW_SECONDS));
        assert!(!signed.is_timely(CREATED - MAX_SKEW_SECONDS - 1));
        assert!(!signed.is_timely(CREATED + MAX_SKEW_SECONDS + 1));
    }
}
