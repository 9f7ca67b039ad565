//! Rows F: who calls, whom we call, and what is kept of either.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::authentication::issuer::{Key, but, message, now, set};
use crate::authentication::key_server::{Answer, KeyServer};
use crate::edge::tls::{Authority, ready, serve};
use crate::server::{Reply, Server};
use crate::stand_in::{StandIn, TOKEN};
use crate::support::{Folder, cards, moved, outcome, text, with};

const PUBLIC: &str = "https://cds.example";
const LIST: &str = "/cds-services";
const SERVICE: &str = "/cds-services/tocilizumab-order-sign";
const FEEDBACK: &str = "/cds-services/tocilizumab-order-sign/feedback";

/// A service that asks for tokens, and a client with a key on P-384 and one for RSA.
pub struct Trusting {
    pub server: Server,
    pub ec: Key,
    rsa: Key,
    _folder: Folder,
}

impl Trusting {
    pub fn start() -> Trusting {
        let (ec, rsa, folder) = (Key::p384("ec"), Key::rsa("rsa"), Folder::new());
        let keys = folder.write("keys.json", &set(&[&ec, &rsa]));
        let server = Server::with_store(&format!(
            "public-url = '{PUBLIC}'\n[clients.mercy]\nissuer = 'https://mercy.example'\nkeys = '{keys}'\n\
             [limits]\ncalls-per-second = 1000\n"
        ));
        Trusting { server, ec, rsa, _folder: folder }
    }

    /// Claims that are right for this path.
    pub fn claims(&self, path: &str) -> Value {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let jti = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        json!({"iss": "https://mercy.example", "aud": format!("{PUBLIC}{path}"), "iat": now(), "exp": now() + 300, "jti": jti})
    }

    /// A call of this path with this token.
    pub fn call(&self, path: &str, token: Option<&str>, body: &Value) -> Reply {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("Content-Type", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
        match path {
            LIST => self.server.send("GET", path, &headers, b""),
            path => self.server.send("POST", path, &headers, body.to_string().as_bytes()),
        }
    }

    /// The status of a call whose token has these claims and this header changed.
    fn status(&self, header: &Value, claims: &Value) -> u16 {
        let token = self.ec.token(&but(&self.ec.header(), header), &but(&self.claims(SERVICE), claims));
        self.call(SERVICE, Some(&token), &moved("textbook")).status
    }
}

fn feedback() -> Value {
    json!({"feedback": [{"card": "x", "outcome": "overridden", "outcomeTimestamp": "2026-11-22T10:00:00Z"}]})
}

#[test]
fn f1_without_a_token() {
    let site = Trusting::start();
    assert_eq!(site.call(SERVICE, None, &moved("textbook")).status, 401);
}

#[test]
fn f2_on_every_call() {
    let site = Trusting::start();
    for (path, body) in [(LIST, Value::Null), (SERVICE, moved("textbook")), (FEEDBACK, feedback())] {
        assert_eq!(site.call(path, None, &body).status, 401, "{path}");
        let token = site.ec.token(&site.ec.header(), &site.claims(path));
        let reply = site.call(path, Some(&token), &body);
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    }
}

#[test]
fn b11_the_audience_of_the_list() {
    let site = Trusting::start();
    for (audience, status) in [(LIST, 200), (SERVICE, 401), ("", 401)] {
        let token = site.ec.token(&site.ec.header(), &site.claims(audience));
        assert_eq!(site.call(LIST, Some(&token), &Value::Null).status, status, "{audience}");
    }
}

#[test]
fn f3_the_header() {
    let site = Trusting::start();
    assert_eq!(site.status(&json!({}), &json!({})), 200);
    for header in [json!({"kid": null}), json!({"typ": null}), json!({"typ": "JWS"}), json!({"kid": "other"})] {
        assert_eq!(site.status(&header, &json!({})), 401, "{header}");
    }
}

#[test]
fn f4_the_claims() {
    let site = Trusting::start();
    for claim in ["iss", "aud", "exp", "iat", "jti"] {
        assert_eq!(site.status(&json!({}), &json!({claim: null})), 401, "{claim}");
    }
    assert_eq!(site.status(&json!({}), &json!({"nbf": now() - 300, "sub": "x", "tenant": "y"})), 200);
}

#[test]
fn f5_the_audience() {
    let site = Trusting::start();
    for (audience, status) in [
        (json!(format!("{PUBLIC}{SERVICE}")), 200),
        (json!([format!("{PUBLIC}{SERVICE}"), "https://other.example"]), 200),
        (json!("https://other.example/cds-services/tocilizumab-order-sign"), 401),
        (json!(format!("http://127.0.0.1{SERVICE}")), 401),
    ] {
        assert_eq!(site.status(&json!({}), &json!({"aud": audience})), status, "{audience}");
    }
}

#[test]
fn f6_no_unsigned_and_no_shared_secret() {
    let site = Trusting::start();
    for algorithm in ["none", "NONE", "HS256", "HS384", "HS512"] {
        let header = but(&site.ec.header(), &json!({"alg": algorithm}));
        let unsigned = format!("{}.", message(&header, &site.claims(SERVICE)));
        assert_eq!(site.call(SERVICE, Some(&unsigned), &moved("textbook")).status, 401, "{algorithm}");
        assert_eq!(site.status(&json!({"alg": algorithm}), &json!({})), 401, "{algorithm}");
    }
}

#[test]
fn f7_es384_and_rs384() {
    let site = Trusting::start();
    for key in [&site.ec, &site.rsa] {
        let token = key.token(&key.header(), &site.claims(SERVICE));
        assert_eq!(site.call(SERVICE, Some(&token), &moved("textbook")).status, 200, "{}", key.algorithm());
    }
    assert_eq!(site.status(&json!({"alg": "ES256"}), &json!({})), 401, "not by setting");
}

#[test]
fn f8_keys_of_a_set() {
    let (old, new) = (Key::p384("old"), Key::p384("new"));
    let keys = KeyServer::start(Answer::ok(set(&[&old])));
    let server = Server::with_settings(&format!(
        "public-url = '{PUBLIC}'\n[authentication]\nkeys-floor-s = 0\n\
         [clients.harbor]\nissuer = 'https://mercy.example'\njku = ['{}']\n",
        keys.url
    ));
    let site = Trusting { server, ec: old, rsa: Key::rsa("rsa"), _folder: Folder::new() };
    assert_eq!(site.status(&json!({}), &json!({})), 200, "the keys at the URL");
    keys.answer(Answer::ok(set(&[&new])));
    let token = new.token(&new.header(), &site.claims(SERVICE));
    assert_eq!(
        site.call(SERVICE, Some(&token), &moved("textbook")).status,
        200,
        "an unknown key has the set read again"
    );
}

#[test]
fn f9_only_listed_issuers_and_urls() {
    let (key, stranger) = (Key::p384("ec"), KeyServer::start(Answer::ok(String::new())));
    let keys = KeyServer::start(Answer::ok(set(&[&key])));
    let server = Server::with_settings(&format!(
        "public-url = '{PUBLIC}'\n[clients.harbor]\nissuer = 'https://mercy.example'\njku = ['{}']\n",
        keys.url
    ));
    stranger.answer(Answer::ok(set(&[&key])));
    let site = Trusting { server, ec: key, rsa: Key::rsa("rsa"), _folder: Folder::new() };
    assert_eq!(site.status(&json!({"jku": keys.url}), &json!({})), 200);
    assert_eq!(site.status(&json!({"jku": stranger.url}), &json!({})), 401);
    assert_eq!(site.status(&json!({}), &json!({"iss": "https://nobody.example"})), 401);
    assert_eq!(stranger.reads(), 0, "a URL that is not listed is never fetched");
}

#[test]
fn f10_every_claim_and_each_token_once() {
    let site = Trusting::start();
    for (what, claims) in [
        ("expired", json!({"exp": now() - 3600, "iat": now() - 4000})),
        ("not yet valid", json!({"nbf": now() + 3600})),
        ("of the future", json!({"iat": now() + 3600, "exp": now() + 3700})),
    ] {
        assert_eq!(site.status(&json!({}), &claims), 401, "{what}");
    }
    let token = site.ec.token(&site.ec.header(), &site.claims(SERVICE));
    let statuses = [(); 2].map(|()| site.call(SERVICE, Some(&token), &moved("textbook")).status);
    assert_eq!(statuses, [200, 401], "the second time");
    let cut = &token[..token.len() - 8];
    assert_eq!(site.call(SERVICE, Some(cut), &moved("textbook")).status, 401, "a signature that was cut");
}

#[test]
fn f11_401_says_nothing_and_nothing_is_kept() {
    let site = Trusting::start();
    let token = site.ec.token(&site.ec.header(), &but(&site.claims(SERVICE), &json!({"aud": "x"})));
    let good = site.ec.token(&site.ec.header(), &site.claims(SERVICE));
    let bodies: Vec<String> =
        [None, Some("x"), Some(&token)].into_iter().map(|t| site.call(SERVICE, t, &moved("textbook")).body).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    assert_eq!(site.call(SERVICE, Some(&good), &moved("textbook")).status, 200);
    crate::store::drained(&site.server);
    let kept = site.server.kept();
    let log = site.server.into_log();
    for part in good.split('.').chain(token.split('.').skip(1)) {
        assert!(!log.contains(part) && !kept.contains(part), "part of a token is in the log or the store");
    }
}

#[test]
fn f12_certificates_of_clients() {
    let (ours, theirs, other) = (Authority::new("ours"), Authority::new("theirs"), Authority::new("other"));
    let (server, _) = serve(&ours.sign(), Some(&theirs));
    let shown = |authority: &Authority| ready(&server, ours.client().identity(authority.sign().identity()));
    assert!(shown(&theirs).is_ok(), "{:?}", shown(&theirs));
    assert!(shown(&other).is_err(), "a certificate that another authority signed");
    assert!(ready(&server, ours.client()).is_err(), "no certificate");
}

/// The textbook call with this FHIR server and its token, and without prefetch.
fn served(fhir: &StandIn) -> Value {
    let textbook = moved("textbook");
    fhir.hold(&textbook);
    let authorization =
        json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "", "subject": ""});
    let served = with(&textbook, "/fhirServer", Some(fhir.base().into()));
    with(&with(&served, "/fhirAuthorization", Some(authorization)), "/prefetch", None)
}

#[test]
fn f13_the_access_token_dies_with_its_call() {
    let (fhir, server) = (StandIn::start(), Server::with_store("deadline-ms = 60000"));
    let request = served(&fhir);
    assert_eq!(outcome(&server.call("with token", &request), "platelets-below-start-limit"), "not-met");
    let again = server.post("tocilizumab-order-sign", &with(&request, "/fhirAuthorization", None));
    assert_eq!(again.status, 412, "the token of the call before is not used again");
    crate::store::drained(&server);
    let kept = server.kept();
    assert!(!kept.contains(TOKEN) && !server.into_log().contains(TOKEN));
}

#[test]
fn f14_what_to_register() {
    let fhir = StandIn::start();
    Server::unhurried().call("all from the server", &served(&fhir));
    let asked = fhir.asked();
    let read: BTreeSet<&str> = asked.iter().filter_map(|query| query.split(['?', '/']).next()).collect();
    let (_, scopes) = include_str!("../../../README.md").split_once("or `.rs` for ").expect("the scopes to register");
    let scopes = scopes.split('.').next().unwrap_or_default();
    let named: BTreeSet<&str> = scopes.split(|c: char| !c.is_ascii_alphabetic()).collect();
    let unnamed: Vec<&&str> = read.difference(&named).collect();
    assert!(!read.is_empty() && unnamed.is_empty(), "read without a scope in the README: {unnamed:?}");
}

#[test]
fn f15_the_token_goes_with_every_request() {
    let (fhir, server) = (StandIn::start(), Server::unhurried());
    // The stand-in refuses requests without the token, and what it refused would be missing from the answer.
    let answer = server.call("all from the server", &served(&fhir));
    assert!(!answer.to_string().contains("not-retrieved") && fhir.asked().len() > 20);
}

#[test]
fn f16_links_lead_here() {
    let server = Server::with_settings("public-url = 'https://cds.example/base'");
    let answer = server.call("links", &moved("patients/neutrophils-1.9"));
    let links: Vec<&Value> =
        cards(&answer).iter().flat_map(|card| card["links"].as_array().into_iter().flatten()).collect();
    assert!(!links.is_empty());
    assert!(links.iter().all(|link| text(link, "/url").starts_with("https://cds.example/base/")), "{links:?}");
}

#[test]
fn f17_preflights_and_errors_of_web_pages() {
    let site = Trusting::start();
    let origin = ("Origin", "http://localhost:8080");
    for path in [LIST, SERVICE, FEEDBACK] {
        let asked = [
            origin,
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "authorization,content-type"),
        ];
        let reply = site.server.send("OPTIONS", path, &asked, b"");
        assert!((200..300).contains(&reply.status), "{path}: {}", reply.status);
        assert_eq!(reply.header("access-control-allow-origin"), origin.1, "{path}");
        let allowed = reply.header("access-control-allow-headers").to_lowercase();
        assert!(allowed.contains("authorization") && allowed.contains("content-type"), "{path}: {allowed}");
        assert!(reply.header("access-control-allow-methods").contains("POST"), "{path}");
        let error = site.server.send("POST", path, &[origin], b"");
        assert!(error.status >= 400, "{path}: {}", error.status);
        assert_eq!(error.header("access-control-allow-origin"), origin.1, "{path}: errors too");
        assert_eq!(error.header("access-control-allow-credentials"), "", "{path}");
    }
}
