//! The FHIR server as a source: what prefetch did not bring, read with the call's own token, side by side, under
//! one deadline. What fails is handed on with the way in which it failed.
//!
//! All calls share one pool of connections. Redirects are not followed, bodies are capped, and a server that is not on
//! the list is never contacted, whatever the call says.

/// Which addresses a name may lead to.
mod address;
/// From an HTTP answer to a resource.
mod answer;
/// The base URL of a server.
mod base;
/// How much of one call's answers may be held.
mod budget;
/// What a call lets its service ask.
mod grant;
/// Who may be asked.
mod guard;
/// How a query is put.
mod request;
/// A server for the length of one call.
mod session;
/// What a busy server asks for.
mod wait;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fhir::failure::Failure;
use fhir::fetched::{Fetched, Wanted};
use fhir::pages::Pages;
use fhir::refusal::Refusal;
use futures_util::future::{join, join_all};
use knowledge::services::Query;
use tokio::time::Instant;

pub use self::address::{Resolver, never};
pub use self::budget::Budget;
pub use self::grant::Grant;
pub use self::guard::ServerUrl;

use self::guard::Allowed;
use self::session::{Limits, Session};

/// Reads from the FHIR servers that calls name.
#[derive(Debug, Clone)]
pub struct FhirServers {
    http: reqwest::Client,
    allowed: Allowed,
    /// The servers of clients that have a list of their own, by the client's name.
    of_clients: BTreeMap<String, Allowed>,
    limits: Limits,
}

/// Which servers are asked, and how much is read of them.
#[derive(Debug, Clone, Default)]
pub struct ReaderOptions {
    /// Base URLs of servers that calls may name; with none, only servers on this machine.
    pub servers: Vec<ServerUrl>,
    /// Base URLs for the clients that have a list of their own, by the client's name.
    pub servers_of_clients: BTreeMap<String, Vec<ServerUrl>>,
    /// Whether the name of a listed server may lead to a private address.
    pub private_addresses: bool,
    /// Bytes of one answer, unpacked.
    pub body_bytes: usize,
    /// Pages of one search.
    pub pages: usize,
}

/// Reads of one call: as whom, for how long, and how much.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'c> {
    /// What the call lets us ask.
    pub grant: Grant<'c>,
    /// The client of the call by its name in the settings, if it proved who it is.
    pub client: Option<&'c str>,
    /// When the answers must be here.
    pub deadline: Instant,
    /// How much of them may be held.
    pub budget: &'c Budget,
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
    /// A reader with these options.
    ///
    /// # Errors
    ///
    /// The HTTP client could not be set up, for example because the system has no root certificates.
    pub fn new(options: &ReaderOptions) -> Result<FhirServers, String> {
        // Installing fails only where another part of the program has installed a provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            // A token goes to its own server and nowhere between.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(2))
            // Node closes idle connections after five seconds, others soon after; we are gone before.
            .pool_idle_timeout(Duration::from_secs(3))
            .dns_resolver(Arc::new(Resolver { private: options.private_addresses }))
            .user_agent(concat!("tocilizumab-cds/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("the HTTP client could not be set up: {error}"))?;
        let with_list = options.servers_of_clients.iter().filter(|(_, servers)| !servers.is_empty());
        Ok(FhirServers {
            http,
            allowed: Allowed::of(&options.servers),
            of_clients: with_list.map(|(name, servers)| (name.clone(), Allowed::of(servers))).collect(),
            limits: Limits { body: options.body_bytes, pages: options.pages },
        })
    }

    /// Why the call's server may not be asked, if it may not. A client is named as in the settings.
    pub fn refusal(&self, grant: &Grant<'_>, client: Option<&str>) -> Option<Refusal> {
        self.list_of(client).server_of(grant).err()
    }

    /// Reads what is wanted, all of it side by side: what takes longest is what it takes.
    pub async fn fetch(&self, visit: Visit<'_>, wanted: &Wanted<'_>) -> Fetched {
        let keys = wanted.queries.iter().map(|query| query.key.clone());
        let asked = keys.chain(wanted.medications.iter().cloned()).collect();
        let refusal = self.refusal(&visit.grant, visit.client);
        let session = self.session(visit);
        let session = session.as_ref().map_err(|failure| *failure);
        let queries = join_all(wanted.queries.iter().map(async |query| session?.query(query).await));
        let medications =
            join_all(wanted.medications.iter().map(async |link| session?.referred(link, "Medication").await));
        let (parts, medications) = join(queries, medications).await;
        let parts = wanted.queries.iter().map(|query| query.key.clone()).zip(parts).collect();
        Fetched { parts, medications, asked, refusal }
    }

    /// Asks the call's server one query.
    pub async fn ask(&self, visit: Visit<'_>, query: &Query) -> Asked {
        let started = Instant::now();
        let answer = match self.session(visit) {
            Ok(session) => session.query(query).await,
            Err(failure) => Err(failure),
        };
        Asked { answer, elapsed: started.elapsed() }
    }

    fn session<'c>(&self, visit: Visit<'c>) -> Result<Session<'c>, Failure> {
        let base = self.list_of(visit.client).server_of(&visit.grant).map_err(Failure::NotAllowed)?;
        Ok(Session::new(self.http.clone(), base, visit, self.limits))
    }

    fn list_of(&self, client: Option<&str>) -> &Allowed {
        client.and_then(|name| self.of_clients.get(name)).unwrap_or(&self.allowed)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{FhirServers, Grant, ReaderOptions, Refusal};
    use fhir::failure::Access;

    #[test]
    fn a_client_with_a_list_of_its_own_is_bound_to_it() {
        let listed = |url: &str| vec![url.parse().expect("a base URL")];
        let options = ReaderOptions {
            servers: listed("https://all.example/r4"),
            servers_of_clients: BTreeMap::from([
                ("a".to_owned(), listed("https://a.example/r4")),
                ("b".to_owned(), Vec::new()),
            ]),
            ..ReaderOptions::default()
        };
        let servers = FhirServers::new(&options).expect("servers");
        let grant = |server| Grant {
            server: Some(server),
            token: Err(Access::NoToken),
            bound_patient: None,
            patient_id: "1",
            encounter_id: None,
            user_id: None,
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
            assert_eq!(servers.refusal(&grant(server), client), refused, "{server} named by {client:?}");
        }
    }
}
