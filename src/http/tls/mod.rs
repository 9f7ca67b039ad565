//! TLS of the service: its certificate and key and, for mutual TLS, the authorities of clients. The files are read again
//! when they change. Files that cannot be used are logged once, and those before stay in use.

/// Checks the certificates of clients.
mod client;
/// Makes what a handshake needs from the files.
mod files;

use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, Zoned};
use rustls::ServerConfig;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use self::client::Verifier;
use self::files::{Identity, identity, paths};
use super::watched::Watched;
use crate::config;

const SECONDS_OF_A_DAY: i64 = 86_400;
/// Days before the end of the certificate from which on the log says so.
const SOON: i64 = 30;
/// Days before its end from which on health says so: certificates should have been renewed by then.
const URGENT: i64 = 14;
/// How often the days that are left are counted.
const LOOK: Duration = Duration::from_secs(10);

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

    /// Looks at the files for as long as the program runs, and says once a day that the certificate will end.
    pub async fn watch(self, now: fn() -> Zoned) {
        actix_web::rt::spawn(self.clone().watch_end(now));
        let report = |change: Result<Arc<Identity>, String>| match change {
            Ok(_) => tracing::info!("TLS: the files changed and are in use"),
            Err(problem) => {
                tracing::error!(problem, "TLS: the files changed and cannot be used; those before stay in use");
            }
        };
        self.identity.watch(report).await;
    }

    /// What is wrong: the files changed and cannot be used, or the certificate ends.
    pub fn trouble(&self, now: Timestamp) -> Option<&'static str> {
        if !self.identity.is_current() {
            return Some("the files changed and cannot be used; those before are still in use (see the log)");
        }
        match self.days_left(now) {
            Some(..0) => Some("the certificate has ended: clients refuse to connect"),
            Some(0..URGENT) => Some("the certificate is about to end"),
            _ => None,
        }
    }

    /// Whole days until the first certificate of the chain ends; negative when it has ended.
    pub fn days_left(&self, now: Timestamp) -> Option<i64> {
        let seconds = self.identity.get().ends?.saturating_sub(now.as_second());
        Some(seconds.div_euclid(SECONDS_OF_A_DAY))
    }

    /// Says that the certificate will end: once a day, and at once when the days change for another reason.
    async fn watch_end(self, now: fn() -> Zoned) {
        let mut said = None;
        loop {
            let days = self.days_left(now().timestamp()).filter(|days| *days < SOON);
            if days != said {
                said = days;
                match days {
                    Some(days @ ..0) => {
                        tracing::error!(days, "TLS: the certificate has ended: clients refuse to connect")
                    }
                    Some(days) => tracing::warn!(days, "TLS: the certificate will end"),
                    None => {}
                }
            }
            tokio::time::sleep(LOOK).await;
        }
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
