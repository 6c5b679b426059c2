//! TLS from certificate and key files, by rustls over aws-lc-rs, post-quantum key exchange first.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{ServerConfig, crypto::aws_lc_rs};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject as _},
};
use thiserror::Error;

/// Where certificate chain and private key lie, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, leaf first.
    pub certificate: PathBuf,
    /// The leaf's private key: PKCS #8, SEC1 or PKCS #1.
    pub key: PathBuf,
}

/// Certificate or key cannot be used. Fault: the operator's.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate file is missing or unreadable.
    #[error("cannot read the TLS certificate {0}: {1}")]
    CertificateUnreadable(PathBuf, String),
    /// The file holds no PEM certificate.
    #[error("{0} holds no certificate")]
    NoCertificate(PathBuf),
    /// The key file is missing or unreadable.
    #[error("cannot read the TLS key {0}: {1}")]
    KeyUnreadable(PathBuf, String),
    /// The file holds no PEM private key.
    #[error("{0} holds no private key")]
    NoKey(PathBuf),
    /// The two do not belong together, or the key is of an unsupported kind.
    #[error("the TLS certificate {certificate} and the key {key} cannot be used together: {cause}")]
    Mismatch {
        /// The certificate file.
        certificate: PathBuf,
        /// The key file.
        key: PathBuf,
        /// What rustls said; it never shows key material.
        cause: String,
    },
}

impl TlsError {
    /// What to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::CertificateUnreadable(..) | Self::KeyUnreadable(..) => {
                "Check the path and that this user may read the file."
            }
            Self::NoCertificate(_) => {
                "Give a PEM file with the certificate chain, leaf first (\"BEGIN CERTIFICATE\")."
            }
            Self::NoKey(_) => {
                "Give a PEM file with the unencrypted private key (\"BEGIN PRIVATE KEY\")."
            }
            Self::Mismatch { .. } => {
                "Give the key that the first certificate of the chain was issued for."
            }
        }
    }
}

impl TlsFiles {
    /// Reads both files into a server configuration: TLS 1.2 and 1.3, no client certificates.
    ///
    /// # Errors
    /// [`TlsError`] names the file and what is wrong with it.
    pub fn server_config(&self) -> Result<ServerConfig, TlsError> {
        let certificates = read_certificates(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| match error {
            pem::Error::Io(error) => TlsError::KeyUnreadable(self.key.clone(), error.to_string()),
            _ => TlsError::NoKey(self.key.clone()),
        })?;
        let mismatch = |error: rustls::Error| TlsError::Mismatch {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            cause: error.to_string(),
        };
        ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(mismatch)?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .map_err(mismatch)
    }
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = |error: pem::Error| match error {
        pem::Error::Io(error) => {
            TlsError::CertificateUnreadable(path.to_owned(), error.to_string())
        }
        _ => TlsError::NoCertificate(path.to_owned()),
    };
    let certificates = CertificateDer::pem_file_iter(path)
        .map_err(unreadable)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    if certificates.is_empty() {
        return Err(TlsError::NoCertificate(path.to_owned()));
    }
    Ok(certificates)
}
