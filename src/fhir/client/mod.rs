//! The FHIR server as a source: what prefetch did not bring, read with the call's own token, side by side, under
//! one deadline. What fails is handed on with the way in which it failed.
//!
//! One shared connection pool, one fhir-sdk client per call. Redirects are not followed, bodies are capped, and a
//! server that is not on the list is never contacted, whatever the call says.

/// Which addresses a name may lead to.
mod address;
/// From an HTTP answer to a resource.
mod answer;
/// The base URL of a server.
mod base;
/// Why a part could not be had.
mod failure;
/// Who may be asked.
mod guard;
/// What came of a search.
mod pages;
/// How a query is put.
mod request;
/// A server for the length of one call.
mod session;
/// What a busy server asks for.
mod wait;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use tokio::time::Instant;

pub use self::address::{Forbidden, Resolver, never};
pub use self::failure::{Access, Failure};
pub use self::guard::Refusal;
pub use self::pages::{Cut, Pages};

use self::guard::Allowed;
use self::session::{Limits, Session};
use super::fetched::{Fetched, Wanted};
use crate::config::Settings;
use crate::hook::call::HookCall;

/// Reads from the FHIR servers that calls name.
#[derive(Debug, Clone)]
pub struct FhirServers {
    http: reqwest::Client,
    allowed: Allowed,
    /// The servers of clients that have a list of their own, by the client's name.
    of_clients: BTreeMap<String, Allowed>,
    limits: Limits,
}

/// What one query came to.
#[derive(Debug)]
pub struct Asked {
    /// The pages, or why there are none.
    pub answer: Result<Pages, Failure>,
    /// How long it took.
    pub elapsed: Duration,
}

impl FhirServers {
    /// A reader for the servers of these settings.
    pub fn new(settings: &Settings) -> Result<FhirServers, String> {
        // A second call finds the provider installed already, which is as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            // A token goes to its own server and nowhere between.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(2))
            // Node closes idle connections after five seconds, others soon after; we are gone before.
            .pool_idle_timeout(Duration::from_secs(3))
            .dns_resolver(Arc::new(Resolver { private: settings.fhir_private_addresses }))
            .user_agent(concat!("tocilizumab-cds/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("the HTTP client could not be set up: {error}"))?;
        let of_clients: Result<_, String> = settings
            .clients
            .iter()
            .filter(|(_, client)| !client.fhir_servers.is_empty())
            .map(|(name, client)| {
                let setting = format!("clients.{name}.fhir-servers");
                Ok((name.clone(), Allowed::read(&setting, &client.fhir_servers)?))
            })
            .collect();
        Ok(FhirServers {
            http,
            allowed: Allowed::read("fhir-servers", &settings.fhir_servers)?,
            of_clients: of_clients?,
            limits: Limits { body: settings.limits.fhir_body_bytes, pages: settings.limits.fhir_pages },
        })
    }

    /// Why the call's server may not be asked, if it may not. A client is named as in the settings.
    pub fn refusal(&self, call: &HookCall<'_>, client: Option<&str>) -> Option<Refusal> {
        self.list_of(client).server_of(call).err()
    }

    /// Reads what is wanted, all of it side by side: what takes longest is what it takes.
    pub async fn fetch(
        &self,
        call: &HookCall<'_>,
        client: Option<&str>,
        wanted: &Wanted<'_>,
        deadline: Instant,
    ) -> Fetched {
        let keys = wanted.queries.iter().map(|query| query.key.clone());
        let asked = keys.chain(wanted.medications.iter().cloned()).collect();
        let refusal = self.refusal(call, client);
        let session = self.session(call, client, deadline);
        let session = session.as_ref().map_err(|failure| *failure);
        let queries =
            join_all(wanted.queries.iter().map(async |query| session?.query(&query.template, &query.resource).await));
        let medications =
            join_all(wanted.medications.iter().map(async |link| session?.referred(link, "Medication").await));
        let (parts, medications) = join(queries, medications).await;
        let parts = wanted.queries.iter().map(|query| query.key.clone()).zip(parts).collect();
        Fetched { parts, medications, asked, refusal }
    }

    /// Asks the call's server one query, such as `Condition?patient={{context.patientId}}`.
    pub async fn ask(&self, call: &HookCall<'_>, client: Option<&str>, query: &str, deadline: Instant) -> Asked {
        let started = Instant::now();
        let resource = query.split(['?', '/']).next().unwrap_or_default();
        let answer = match self.session(call, client, deadline) {
            Ok(session) => session.query(query, resource).await,
            Err(failure) => Err(failure),
        };
        Asked { answer, elapsed: started.elapsed() }
    }

    fn session<'c>(
        &self,
        call: &'c HookCall<'c>,
        client: Option<&str>,
        deadline: Instant,
    ) -> Result<Session<'c>, Failure> {
        let base = self.list_of(client).server_of(call).map_err(Failure::NotAllowed)?;
        Session::new(&self.http, base, call, self.limits, deadline)
    }

    fn list_of(&self, client: Option<&str>) -> &Allowed {
        client.and_then(|name| self.of_clients.get(name)).unwrap_or(&self.allowed)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{FhirServers, Refusal};
    use crate::config::{Client, Settings};
    use crate::hook::call::HookCall;

    #[test]
    fn a_client_with_a_list_of_its_own_is_bound_to_it() {
        let listed = |url: &str| vec![url.to_owned()];
        let client = |fhir_servers| Client { fhir_servers, ..Client::default() };
        let settings = Settings {
            fhir_servers: listed("https://all.example/r4"),
            clients: BTreeMap::from([
                ("a".to_owned(), client(listed("https://a.example/r4"))),
                ("b".to_owned(), client(Vec::new())),
            ]),
            ..Settings::default()
        };
        let servers = FhirServers::new(&settings).expect("servers");
        let body = |server: &str| {
            format!(r#"{{"hook":"patient-view","fhirServer":"{server}","context":{{"patientId":"1"}}}}"#)
        };
        for (server, client, refused) in [
            ("https://all.example/r4", None, None),
            ("https://all.example/r4", Some("b"), None),
            ("https://all.example/r4", Some("a"), Some(Refusal::NotListed)),
            ("https://a.example/r4", Some("a"), None),
            ("https://a.example/r4", Some("b"), Some(Refusal::NotListed)),
            ("https://a.example/r4", None, Some(Refusal::NotListed)),
            ("http://localhost/r4", None, Some(Refusal::NotListed)),
            ("a.example", Some("a"), Some(Refusal::NoBaseUrl)),
        ] {
            let body = body(server);
            let call = HookCall::parse(&body, None).expect("a call");
            assert_eq!(servers.refusal(&call, client), refused, "{server} named by {client:?}");
        }
    }
}
