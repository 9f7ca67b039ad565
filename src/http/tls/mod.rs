//! TLS of the service: its certificate and key and, for mutual TLS, the authorities of clients. The files are read again
//! when they change. Files that cannot be used are logged once, and those before stay in use.

/// Checks the certificates of clients.
mod client;
/// Makes what a handshake needs from the files.
mod files;

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use self::client::Verifier;
use self::files::{Identity, identity, paths};
use super::watched::Watched;
use crate::config;

/// TLS of the service, shared by all handshakes.
#[derive(Debug, Clone)]
pub struct Tls {
    asks_clients: bool,
    identity: Arc<Watched<Identity>>,
}

impl Tls {
    /// Reads the files of these settings; `None` when they name no certificate.
    ///
    /// # Errors
    ///
    /// What is wrong with which file, by the name of its setting.
    pub fn read(files: &config::Tls) -> Result<Option<Tls>, String> {
        if files.certificate.is_none() {
            return Ok(None);
        }
        let settings = files.clone();
        let identity = Watched::open(paths(files), move |contents| identity(&settings, contents))?;
        Ok(Some(Tls { asks_clients: files.client_ca.is_some(), identity: Arc::new(identity) }))
    }

    /// The configuration for rustls, which asks for the certificate, and has a client's checked, at each handshake.
    ///
    /// # Errors
    ///
    /// The cryptography supports none of the versions of TLS.
    pub fn config(&self) -> Result<ServerConfig, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let schemes = provider.signature_verification_algorithms;
        let builder = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| format!("tls: {error}"))?;
        if !self.asks_clients {
            return Ok(builder.with_no_client_auth().with_cert_resolver(Arc::new(self.clone())));
        }
        let verifier = Verifier::new(self.clone(), schemes);
        let mut config =
            builder.with_client_cert_verifier(Arc::new(verifier)).with_cert_resolver(Arc::new(self.clone()));
        // A resumed session would outlive the authority that signed the certificate of its client.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }

    /// Looks at the files for as long as the program runs.
    pub async fn watch(self) {
        let report = |change: Result<Arc<Identity>, String>| match change {
            Ok(_) => tracing::info!("TLS: the files changed and are in use"),
            Err(problem) => {
                tracing::error!(problem, "TLS: the files changed and cannot be used; those before stay in use");
            }
        };
        self.identity.watch(report).await;
    }

    /// What is wrong, when the files changed and cannot be used.
    pub fn trouble(&self) -> Option<&'static str> {
        (!self.identity.is_current())
            .then_some("the files changed and cannot be used; those before are still in use (see the log)")
    }

    /// When the first certificate of the chain ends, in seconds since 1970.
    pub fn ends(&self) -> Option<i64> {
        self.identity.get().ends
    }

    /// What checks the certificates of clients.
    pub fn clients(&self) -> Option<Arc<dyn ClientCertVerifier>> {
        self.identity.get().clients.clone()
    }
}

impl ResolvesServerCert for Tls {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.identity.get().certificate.clone())
    }
}
