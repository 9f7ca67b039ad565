//! Who may call: what a client's token must be, what it permits, and what needs none.

use serde_json::{Value, json};

use self::issuer::{Key, but, now, set};
use self::key_server::{Answer, KeyServer};
use crate::server::{Reply, Server};
use crate::support::{Folder, moved};

/// What stands around the check of a token.
mod around;
/// Every way in which a token may be wrong.
mod attacks;
/// Tokens and the keys behind them.
pub mod issuer;
/// Where a client publishes its keys.
pub mod key_server;
/// Keys that change while the service runs.
mod rotation;
/// Settings that would let everyone in, or nobody.
mod start;

/// The issuer of the client `mercy`.
pub const ISSUER: &str = "https://mercy.example";
/// Where clients reach the service.
pub const PUBLIC: &str = "https://cds.example/base";
/// The service that tests call.
pub const SERVICE: &str = "/cds-services/tocilizumab-order-sign";

/// Claims that are right for a call of the service; each has a `jti` of its own.
pub fn claims() -> Value {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let (now, count) = (now(), COUNT.fetch_add(1, Ordering::Relaxed));
    json!({
        "iss": ISSUER, "aud": format!("{PUBLIC}{SERVICE}"), "iat": now, "exp": now + 300, "jti": format!("{count:064x}"),
    })
}

/// Calls the service with a token.
pub fn call_with(server: &Server, token: &str) -> Reply {
    let headers = [("Content-Type", "application/json"), ("Authorization", &format!("Bearer {token}"))];
    server.send("POST", SERVICE, &headers, moved("textbook").to_string().as_bytes())
}

/// The clients of the tables: `mercy` with its keys in a file, `harbor` with a jku, `bound` with limits.
struct Site {
    ec: Key,
    rsa: Key,
    p256: Key,
    harbor: Key,
    jku: KeyServer,
    /// Whom nobody listed.
    stranger: KeyServer,
    server: Server,
    _folder: Folder,
}

impl Site {
    fn start() -> Site {
        let (ec, rsa, p256, harbor) = (Key::p384("ec"), Key::rsa("rsa"), Key::p256("p256"), Key::p384("harbor"));
        let jku = KeyServer::start(Answer::ok(set(&[&harbor])));
        let stranger = KeyServer::start(Answer::ok(set(&[&ec, &rsa, &harbor])));
        let folder = Folder::new();
        let keys = folder.write("keys.json", &set(&[&ec, &rsa, &p256]));
        let server = Server::with_settings(&format!(
            "public-url = '{PUBLIC}/'\nlog.level = 'debug'\n\
             [authentication]\naudiences = ['alias']\n\
             [clients.mercy]\nissuer = '{ISSUER}'\nkeys = '{keys}'\naudiences = ['mercy-alias']\n\
             [clients.harbor]\nissuer = 'https://harbor.example'\njku = ['{}']\n\
             [clients.bound]\nissuer = 'https://bound.example'\nkeys = '{keys}'\ntenants = ['north', 'south']\n\
             services = ['tocilizumab-order-select']\n",
            jku.url
        ));
        Site { ec, rsa, p256, harbor, jku, stranger, server, _folder: folder }
    }
}

#[test]
fn a_token_that_is_right_lets_the_call_in() {
    let site = Site::start();
    let (ec, rsa, harbor, now) = (&site.ec, &site.rsa, &site.harbor, now());
    let service = format!("{PUBLIC}{SERVICE}");
    let of_harbor = || but(&claims(), &json!({"iss": "https://harbor.example"}));
    for (name, key, header, claims) in [
        ("ES384", ec, json!({}), claims()),
        ("RS384", rsa, json!({}), claims()),
        ("typ in small letters", ec, json!({"typ": "jwt"}), claims()),
        ("jti 64 hex", ec, json!({}), but(&claims(), &json!({"jti": "ab".repeat(32)}))),
        ("jti UUID", ec, json!({}), but(&claims(), &json!({"jti": "6f1f0f5e-6a3b-4a0e-9a52-1f0a5b3c7d11"}))),
        ("aud as array", ec, json!({}), but(&claims(), &json!({"aud": ["https://other.example", service]}))),
        ("aud with a slash", ec, json!({}), but(&claims(), &json!({"aud": format!("{service}/")}))),
        (
            "aud with the port",
            ec,
            json!({}),
            but(&claims(), &json!({"aud": service.replace("example/", "example:443/")})),
        ),
        ("aud of the site's own", ec, json!({}), but(&claims(), &json!({"aud": "alias"}))),
        ("aud of the client's own", ec, json!({}), but(&claims(), &json!({"aud": "mercy-alias"}))),
        (
            "as Epic sends it",
            rsa,
            json!({}),
            but(&claims(), &json!({"nbf": now - 300, "exp": now + 900, "sub": "client-id"})),
        ),
        ("ended half the skew ago", ec, json!({}), but(&claims(), &json!({"iat": now - 330, "exp": now - 30}))),
        ("begins half the skew ahead", ec, json!({}), but(&claims(), &json!({"iat": now + 30, "nbf": now + 30}))),
        ("as long as may be", ec, json!({}), but(&claims(), &json!({"exp": now + 3600, "iat": now}))),
        (
            "fractions of seconds",
            ec,
            json!({}),
            but(&claims(), &json!({"iat": now as f64 - 0.25, "exp": now as f64 + 60.5})),
        ),
        ("a tenant nobody asked for", ec, json!({}), but(&claims(), &json!({"tenant": "west"}))),
        ("a certificate chain beside the key", ec, json!({"x5c": ["MIIB"], "x5t": "AA"}), claims()),
        ("the client's jku", harbor, json!({"jku": site.jku.url}), of_harbor()),
        ("no jku", harbor, json!({}), of_harbor()),
    ] {
        let token = key.token(&but(&key.header(), &header), &claims);
        let reply = call_with(&site.server, &token);
        assert_eq!(reply.status, 200, "{name}: {}", reply.body);
        assert!(reply.json()["cards"].is_array(), "{name}");
    }
    assert_eq!((site.jku.reads(), site.stranger.reads()), (1, 0), "keys are read once, before the first call");
    let log = site.server.into_log();
    assert!(log.contains("answered client=\"harbor\""), "the line of a call names the client: {log}");
}

#[test]
fn each_url_has_its_own_audience() {
    let site = Site::start();
    let feedback = format!("{SERVICE}/feedback");
    let url = |path: &str| format!("{PUBLIC}{path}");
    for (name, method, path, scheme, aud, status) in [
        ("discovery", "GET", "/cds-services", "Bearer", url("/cds-services"), 200),
        ("discovery with a slash", "GET", "/cds-services/", "Bearer", url("/cds-services"), 200),
        ("small letters, two spaces", "GET", "/cds-services", "bearer ", url("/cds-services/"), 200),
        ("feedback", "POST", &feedback, "Bearer", url(&feedback), 200),
        ("feedback as the service", "POST", &feedback, "Bearer", url(SERVICE), 200),
        ("feedback as discovery", "POST", &feedback, "Bearer", url("/cds-services"), 401),
        ("feedback of another service", "POST", &feedback, "Bearer", url("/cds-services/x/feedback"), 401),
        ("statistics", "GET", "/stats", "Bearer", url("/stats"), 404),
        ("statistics as discovery", "GET", "/stats", "Bearer", url("/cds-services"), 401),
    ] {
        let token = site.ec.token(&site.ec.header(), &but(&claims(), &json!({ "aud": aud })));
        let headers = [("Content-Type", "application/json"), ("Authorization", &format!("{scheme} {token}"))];
        let reply = site.server.send(method, path, &headers, b"{\"feedback\": []}");
        assert_eq!(reply.status, status, "{name}: {}", reply.body);
    }
}

#[test]
fn a_client_that_is_known_calls_only_what_it_may() {
    let site = Site::start();
    let bound = |aud: &str, tenant: &str| {
        let claims =
            but(&claims(), &json!({"iss": "https://bound.example", "aud": format!("{PUBLIC}{aud}"), "tenant": tenant}));
        format!("Bearer {}", site.ec.token(&site.ec.header(), &claims))
    };
    let select = "/cds-services/tocilizumab-order-select";
    let request = crate::support::with(&moved("textbook"), "/hook", Some("order-select".into())).to_string();
    for (name, method, path, status) in [
        ("listed", "POST", select, 200),
        ("not listed", "POST", SERVICE, 403),
        ("not there", "POST", "/cds-services/nonsense", 403),
        ("the list", "GET", "/cds-services", 200),
    ] {
        let headers = [("Content-Type", "application/json"), ("Authorization", &bound(path, "north"))];
        let reply = site.server.send(method, path, &headers, request.as_bytes());
        assert_eq!(reply.status, status, "{name}: {}", reply.body);
        if status == 403 {
            assert_eq!(reply.json()["issue"][0]["code"], "forbidden", "{name}");
        }
    }
}

#[test]
fn what_needs_no_token_asks_for_none() {
    let site = Site::start();
    for path in ["/handbook", "/handbook/index.html"] {
        assert_eq!(site.server.get(path).status, 200, "{path}");
    }
    for path in ["/cds-services", SERVICE] {
        assert_ne!(site.server.send("OPTIONS", path, &[], b"").status, 401, "OPTIONS {path}");
    }
    let open = Server::shared();
    let ignored = open.send("GET", "/cds-services", &[("Authorization", "Bearer nonsense")], b"");
    assert_eq!(ignored.status, 200, "without authentication a token is not looked at");
}
