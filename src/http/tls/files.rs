//! From the files to what a handshake needs, or to what is wrong with which of them.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, RootCertStore};

use crate::config;

/// What a handshake needs.
#[derive(Clone)]
pub struct Identity {
    /// Our certificate with its key.
    pub certificate: Arc<CertifiedKey>,
    /// Who vouches for clients, where they are asked for a certificate.
    pub clients: Option<Arc<dyn ClientCertVerifier>>,
}

/// The files as they were read: certificate, key and authorities.
#[derive(PartialEq)]
pub struct Contents([Option<Result<Vec<u8>, String>>; 3]);

impl Contents {
    /// Reads the files; one that cannot be read is what it is said to be.
    pub fn read(files: &config::Tls) -> Contents {
        let read = |path: &Path| std::fs::read(path).map_err(|error| error.to_string());
        Contents([&files.certificate, &files.key, &files.client_ca].map(|path| path.as_deref().map(read)))
    }

    /// The files as an identity, or what is wrong with which of them.
    pub fn identity(&self, files: &config::Tls) -> Result<Identity, String> {
        let paths =
            [("tls.certificate", &files.certificate), ("tls.key", &files.key), ("tls.client-ca", &files.client_ca)];
        let [certificate, key, authorities] = [0, 1, 2].map(|at| {
            let (setting, path) = paths[at];
            let place = format!("{setting}: {}", path.as_deref().unwrap_or(Path::new("")).display());
            let content = self.0[at].as_ref().map(|read| read.as_deref().map_err(|error| format!("{place}: {error}")));
            (place, content)
        });
        let provider = rustls::crypto::ring::default_provider();
        let (place, content) = certificate;
        let chain = certificates(&place, content.transpose()?.unwrap_or_default())?;
        let (place, content) = key;
        let key = private_key(&place, content.transpose()?.unwrap_or_default())?;
        let certificate = CertifiedKey::from_der(chain, key, &provider).map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                format!("{place} is not the key of the certificate")
            }
            error => format!("{place} does not go with the certificate: {error}"),
        })?;
        let (place, content) = authorities;
        let clients = content.transpose()?.map(|pem| verifier(&place, pem, provider)).transpose()?;
        Ok(Identity { certificate: Arc::new(certificate), clients })
    }
}

fn certificates(place: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if found.is_empty() => {
            Err(format!("{place} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"))
        }
        Ok(found) => Ok(found),
        Err(error) => Err(format!("{place} is no PEM: {error}")),
    }
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
