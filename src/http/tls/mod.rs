//! TLS at our own door: the certificate, its key and, for mutual TLS, the authorities of clients. The files are read
//! again when they change; what cannot be used is told once, and what was in use before stays in use.

/// The certificates of clients.
mod client;
/// From the files to what a handshake needs.
mod files;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use actix_web::web::block;
use rustls::ServerConfig;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use self::client::Verifier;
use self::files::{Contents, Identity};
use crate::config;

/// How often the files are looked at.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(1);

/// Our side of TLS, shared by all handshakes.
#[derive(Debug, Clone)]
pub struct Tls(Arc<Shared>);

struct Shared {
    files: config::Tls,
    identity: RwLock<Identity>,
    /// What the files held when they were last looked at, and whether it could not be used.
    seen: Mutex<(Contents, bool)>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Reads the files of these settings; `None` when they name no certificate.
    pub fn read(files: &config::Tls) -> Result<Option<Tls>, String> {
        if files.certificate.is_none() {
            return Ok(None);
        }
        let contents = Contents::read(files);
        let identity = contents.identity(files)?;
        let shared =
            Shared { files: files.clone(), identity: RwLock::new(identity), seen: Mutex::new((contents, false)) };
        Ok(Some(Tls(Arc::new(shared))))
    }

    /// What rustls is given: it asks us for the certificate, and about a client's, at each handshake.
    pub fn config(&self) -> Result<ServerConfig, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let schemes = provider.signature_verification_algorithms;
        let builder = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| format!("tls: {error}"))?;
        if self.0.files.client_ca.is_none() {
            return Ok(builder.with_no_client_auth().with_cert_resolver(Arc::new(self.clone())));
        }
        let verifier = Verifier::new(self.clone(), schemes);
        let mut config =
            builder.with_client_cert_verifier(Arc::new(verifier)).with_cert_resolver(Arc::new(self.clone()));
        // A session that is taken up again would outlive the authority that vouched for its client.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }

    /// Looks at the files again and again.
    pub async fn watch(self) {
        loop {
            tokio::time::sleep(LOOKED_AT_EVERY).await;
            let tls = self.clone();
            let _ = block(move || tls.look()).await;
        }
    }

    /// What is wrong with the files on disk, if the ones before are still in use.
    pub fn trouble(&self) -> Option<&'static str> {
        self.seen().1.then_some("the files changed and cannot be used; those before are still in use (see the log)")
    }

    /// Who vouches for clients now.
    pub fn clients(&self) -> Option<Arc<dyn ClientCertVerifier>> {
        self.identity().clients
    }

    fn look(&self) {
        let contents = Contents::read(&self.0.files);
        let mut seen = self.seen();
        if seen.0 == contents {
            return;
        }
        let identity = contents.identity(&self.0.files);
        *seen = (contents, identity.is_err());
        match identity {
            Ok(identity) => {
                *self.0.identity.write().unwrap_or_else(PoisonError::into_inner) = identity;
                tracing::info!("TLS: the files changed and are in use");
            }
            Err(problem) => {
                tracing::error!(problem, "TLS: the files changed and cannot be used; those before stay in use")
            }
        }
    }

    fn identity(&self) -> Identity {
        self.0.identity.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn seen(&self) -> MutexGuard<'_, (Contents, bool)> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Tls {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.identity().certificate)
    }
}
