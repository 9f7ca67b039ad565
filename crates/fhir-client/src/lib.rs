//! The client for FHIR servers: it reads what prefetch did not provide, with the call's own token, in parallel, and
//! under one deadline. A read that fails is returned with the kind of its failure.
//!
//! All calls share one pool of connections. Redirects are not followed, bodies have a largest size, and a server that
//! is not on the list is never contacted, whatever the call says.

/// The addresses to which a host name may resolve.
mod address;
/// The check of an HTTP answer.
mod answer;
/// The base URL of a server.
mod base_url;
/// The memory that all answers of one call may take.
mod budget;
/// Answers that are cached for seconds.
mod cache;
/// The access that a call grants.
mod grant;
/// The servers that calls may name.
mod guard;
/// The interface that is called for every request.
mod observer;
/// A query as an HTTP request.
mod request;
/// The reads of one call.
mod session;
/// The wait that a busy server asks for.
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
use reqwest::header::HeaderMap;
use tokio::time::Instant;

pub use self::address::never;
pub use self::budget::{Budget, MemoryPool};
pub use self::grant::Grant;
pub use self::guard::ServerUrl;
pub use self::observer::{Observer, Read};

use self::address::Resolver;
use self::cache::AnswerCache;
use self::guard::Allowed;
use self::session::{Limits, ReadObservers, Session};

/// The client for the FHIR servers that calls name; clones share one pool of connections.
#[derive(Debug, Clone)]
pub struct FhirServers {
    http: reqwest::Client,
    allowed: Allowed,
    /// The servers of clients that have their own list, by the name of the client in the settings.
    of_clients: BTreeMap<String, Allowed>,
    limits: Limits,
    kept: Option<AnswerCache>,
    observer: Option<Arc<dyn Observer>>,
}

/// Which servers may be asked, and how much is read of them.
#[derive(Debug, Clone, Default)]
pub struct ReaderOptions {
    /// The servers that calls may name; empty allows only servers on this machine.
    pub servers: Vec<ServerUrl>,
    /// The servers for clients that have their own list, by the name of the client in the settings.
    pub servers_of_clients: BTreeMap<String, Vec<ServerUrl>>,
    /// Whether the host name of a server may resolve to a private address.
    pub private_addresses: bool,
    /// Bytes of the largest answer, after decompression.
    pub body_bytes: usize,
    /// Most pages of one search.
    pub pages: usize,
    /// How many queries of one call are put at the same time; 0 is all of them.
    pub reads: usize,
    /// How long whole answers are kept in memory for another call with the same token for the same patient.
    pub keep: Duration,
    /// What is called for every request.
    pub observer: Option<Arc<dyn Observer>>,
}

/// What the reads of one call share: their access, their deadline and their memory.
#[derive(Debug, Clone, Copy)]
pub struct ReadContext<'c> {
    /// The access that the call grants.
    pub grant: Grant<'c>,
    /// Name of the client in the settings, when the call was authenticated.
    pub client: Option<&'c str>,
    /// When reading ends; what has not arrived by then counts as timed out.
    pub deadline: Instant,
    /// The memory that is left for the answers.
    pub budget: &'c Budget<'c>,
    /// Headers that every request carries, such as `traceparent`.
    pub headers: &'c HeaderMap,
    /// Who observes the requests of this call, besides the observer of all calls.
    pub observer: Option<&'c dyn Observer>,
}

/// The result of one query.
#[derive(Debug)]
pub struct QueryResult {
    /// The pages, or why there are none.
    pub answer: Result<Pages, Failure>,
    /// How long the query took.
    pub elapsed: Duration,
}

/// An HTTP client that contacts only the server of a URL: it uses no proxy, follows no redirect, and refuses host names
/// that resolve to a forbidden address. `private_addresses` is whether they may resolve to a private one.
pub fn guarded_client(private_addresses: bool) -> reqwest::ClientBuilder {
    // Installing fails only where another part of the program has installed the provider before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(Arc::new(Resolver { private: private_addresses }))
        .user_agent(concat!("tocilizumab-cds/", env!("CARGO_PKG_VERSION")))
}

impl FhirServers {
    /// A reader with these options.
    ///
    /// # Errors
    ///
    /// The HTTP client could not be set up, for example because the system has no root certificates.
    pub fn new(options: &ReaderOptions) -> Result<FhirServers, String> {
        let http = guarded_client(options.private_addresses)
            .connect_timeout(Duration::from_secs(2))
            // Servers close idle connections: Node after five seconds, others later. This closes them first.
            .pool_idle_timeout(Duration::from_secs(3))
            .build()
            .map_err(|error| format!("the HTTP client could not be set up: {error}"))?;
        let with_list = options.servers_of_clients.iter().filter(|(_, servers)| !servers.is_empty());
        Ok(FhirServers {
            http,
            allowed: Allowed::of(&options.servers),
            of_clients: with_list.map(|(name, servers)| (name.clone(), Allowed::of(servers))).collect(),
            limits: Limits { body: options.body_bytes, pages: options.pages, reads: options.reads },
            kept: AnswerCache::during(options.keep),
            observer: options.observer.clone(),
        })
    }

    /// Why the server of the call may not be asked; `None` when it may. `client` is a name of the settings.
    pub fn refusal(&self, grant: &Grant<'_>, client: Option<&str>) -> Option<Refusal> {
        self.list_of(client).server_of(grant).err()
    }

    /// The server of the call as the settings name it: its base URL, or `this machine`; `None` when it may not be
    /// asked.
    pub fn server(&self, grant: &Grant<'_>, client: Option<&str>) -> Option<&str> {
        let list = self.list_of(client);
        list.server_of(grant).ok().map(|base| list.name_of(&base))
    }

    /// Reads everything that is wanted in parallel, so that it takes as long as the slowest read.
    pub async fn fetch(&self, context: ReadContext<'_>, wanted: &Wanted<'_>) -> Fetched {
        let keys = wanted.queries.iter().map(|query| query.key.clone());
        let asked = keys.chain(wanted.medications.iter().cloned()).collect();
        let refusal = self.refusal(&context.grant, context.client);
        let session = self.session(context);
        let session = session.as_ref().map_err(|failure| *failure);
        let queries = join_all(wanted.queries.iter().map(async |query| session?.query(query).await));
        let medications = join_all(wanted.medications.iter().map(async |link| session?.medication(link).await));
        let (parts, medications) = join(queries, medications).await;
        let parts = wanted.queries.iter().map(|query| query.key.clone()).zip(parts).collect();
        Fetched { parts, medications, asked, refusal }
    }

    /// Asks the server of the call one query, and measures how long that takes.
    pub async fn ask(&self, context: ReadContext<'_>, query: &Query) -> QueryResult {
        let started = Instant::now();
        let answer = match self.session(context) {
            Ok(session) => session.query(query).await,
            Err(failure) => Err(failure),
        };
        QueryResult { answer, elapsed: started.elapsed() }
    }

    fn session<'c>(&'c self, context: ReadContext<'c>) -> Result<Session<'c>, Failure> {
        let list = self.list_of(context.client);
        let base = list.server_of(&context.grant).map_err(Failure::NotAllowed)?;
        let observers =
            ReadObservers { server: list.name_of(&base), observers: [self.observer.as_deref(), context.observer] };
        Ok(Session::new(self.http.clone(), base, context, self.limits, observers).keeping(self.kept.as_ref()))
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
