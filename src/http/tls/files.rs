//! Makes what a handshake needs from the files, or says what is wrong with which of them.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, RootCertStore};

use super::super::watched::Content;
use crate::config;

/// What a handshake needs.
pub struct Identity {
    /// The chain of certificates of the service, with the private key.
    pub certificate: Arc<CertifiedKey>,
    /// When the first certificate of the chain ends, in seconds since 1970.
    pub ends: Option<i64>,
    /// What checks the certificates of clients, where `tls.client-ca` asks for them.
    pub clients: Option<Arc<dyn ClientCertVerifier>>,
}

/// The files of the settings: certificate, key and, where clients need a certificate, their authorities.
pub fn paths(files: &config::Tls) -> Vec<PathBuf> {
    [&files.certificate, &files.key, &files.client_ca].into_iter().flatten().cloned().collect()
}

/// Makes the identity from the contents of these files, in the order of [`paths`].
///
/// # Errors
///
/// What is wrong with which file, by the name of its setting.
pub fn identity(files: &config::Tls, contents: &[Content]) -> Result<Identity, String> {
    let mut contents = contents.iter();
    let mut next = |setting: &str, path: &Option<PathBuf>| {
        let Some(path) = path else { return Ok((setting.to_owned(), None)) };
        let place = format!("{setting}: {}", path.display());
        match contents.next() {
            Some(Err(error)) => Err(format!("{place}: {error}")),
            content => Ok((place, content.and_then(|content| content.as_deref().ok()))),
        }
    };
    let provider = rustls::crypto::ring::default_provider();
    let (place, pem) = next("tls.certificate", &files.certificate)?;
    let chain = certificates(&place, pem.unwrap_or_default())?;
    let ends = chain.iter().filter_map(|certificate| ends(certificate)).min();
    let (place, pem) = next("tls.key", &files.key)?;
    let key = private_key(&place, pem.unwrap_or_default())?;
    let certificate = CertifiedKey::from_der(chain, key, &provider).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            format!("{place} is not the key of the certificate")
        }
        error => format!("{place} does not match the certificate: {error}"),
    })?;
    let (place, pem) = next("tls.client-ca", &files.client_ca)?;
    let clients = pem.map(|pem| verifier(&place, pem, provider)).transpose()?;
    Ok(Identity { certificate: Arc::new(certificate), ends, clients })
}

fn certificates(place: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if found.is_empty() => {
            Err(format!("{place} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"))
        }
        Ok(found) => Ok(found),
        Err(error) => Err(format!("{place} is not PEM: {error}")),
    }
}

/// When a certificate ends, in seconds since 1970; `None` where that cannot be read, which stops nothing.
fn ends(certificate: &[u8]) -> Option<i64> {
    let (_, read) = x509_parser::parse_x509_certificate(certificate).ok()?;
    Some(read.validity().not_after.timestamp())
}

fn private_key(place: &str, pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    let holds = |text: &[u8]| pem.windows(text.len()).any(|window| window == text);
    if holds(b"BEGIN ENCRYPTED PRIVATE KEY") || holds(b"Proc-Type: 4,ENCRYPTED") {
        return Err(format!(
            "{place} is encrypted, and there is nobody to type its password; store it decrypted (openssl pkey)"
        ));
    }
    PrivateKeyDer::from_pem_slice(pem)
        .map_err(|_| format!("{place} holds no private key in PEM (-----BEGIN PRIVATE KEY-----)"))
}

fn verifier(place: &str, pem: &[u8], provider: CryptoProvider) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(place, pem)? {
        roots.add(certificate).map_err(|error| format!("{place}: {error}"))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(provider));
    builder.build().map_err(|error| format!("{place}: {error}"))
}
