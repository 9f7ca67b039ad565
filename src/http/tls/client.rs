//! Mutual TLS with authorities that may change: each handshake uses those that are in use at that moment.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use super::Tls;

/// Requires a certificate of the client and has it checked by the authorities in use.
#[derive(Debug)]
pub struct Verifier {
    tls: Tls,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// A verifier that takes the authorities from `tls`.
    pub fn new(tls: Tls, algorithms: WebPkiSupportedAlgorithms) -> Verifier {
        Verifier { tls, algorithms }
    }
}

impl ClientCertVerifier for Verifier {
    /// Names no authority, since they may change: a client sends the certificate that it was configured with.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let authorities = self.tls.clients().ok_or_else(|| Error::General("no authority of clients".to_owned()))?;
        authorities.verify_client_cert(end_entity, intermediates, now).inspect_err(|error| {
            tracing::warn!(%error, "TLS: the certificate of a client is refused");
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
