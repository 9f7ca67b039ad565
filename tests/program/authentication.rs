//! Who may call: what a client's token must be, every way in which one may be wrong, and that the answer to all of
//! them is the same.

use serde_json::{Value, json};

use self::issuer::{Key, base64url, but, message, now, set};
use self::key_server::{Answer, KeyServer};
use crate::server::{Reply, Server};
use crate::support::{Folder, moved};

/// Tokens and the keys behind them.
mod issuer;
/// Where a client publishes its keys.
mod key_server;
/// Keys that change while the service runs.
mod rotation;
/// Settings that would let everyone in, or nobody.
mod start;

const ISSUER: &str = "https://mercy.example";
const PUBLIC: &str = "https://cds.example/base";
const SERVICE: &str = "/cds-services/tocilizumab-order-sign";

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
            "public-url = '{PUBLIC}/'\n[limits]\ncalls-per-second = 10000\n\
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
    let list = |aud: &str| ec.token(&ec.header(), &but(&claims(), &json!({ "aud": aud })));
    for (name, path, header, aud) in [
        ("discovery", "/cds-services", "Bearer", format!("{PUBLIC}/cds-services")),
        ("discovery with a slash", "/cds-services/", "Bearer", format!("{PUBLIC}/cds-services")),
        ("small letters, two spaces", "/cds-services", "bearer ", format!("{PUBLIC}/cds-services/")),
    ] {
        let reply = site.server.send("GET", path, &[("Authorization", &format!("{header} {}", list(&aud)))], b"");
        assert_eq!(reply.status, 200, "{name}: {}", reply.body);
    }
    assert_eq!((site.jku.reads(), site.stranger.reads()), (1, 0), "keys are read once, before the first call");
    let log = site.server.into_log();
    assert!(log.contains("answered client=\"harbor\""), "the line of a call names the client: {log}");
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
    assert_eq!(ignored.status, 200, "without authentication a token is nobody's business");
}

/// An attack: its name, why it fails, and the request that it is.
struct Attack {
    name: String,
    cause: &'static str,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, Vec<u8>)>,
}

/// Collects attacks.
struct Attacks(Vec<Attack>);

impl Attacks {
    fn raw(&mut self, name: &str, cause: &'static str, headers: Vec<(&'static str, Vec<u8>)>) {
        let path = SERVICE.to_owned();
        self.0.push(Attack { name: name.to_owned(), cause, method: "POST", path, headers });
    }

    fn token(&mut self, name: &str, cause: &'static str, token: &str) {
        self.raw(name, cause, vec![("Authorization", format!("Bearer {token}").into_bytes())]);
    }
}

#[test]
fn every_wrong_token_reads_the_same_401() {
    let site = Site::start();
    let mut attacks = Attacks(Vec::new());
    algorithms(&site, &mut attacks);
    signatures(&site, &mut attacks);
    headers(&site, &mut attacks);
    contents(&site, &mut attacks);
    forms(&site, &mut attacks);
    // Anything but the first use of a good token.
    let used = site.ec.token(&site.ec.header(), &claims());
    assert_eq!(call_with(&site.server, &used).status, 200, "the first use");
    attacks.token("replayed", "replayed", &used);
    let same_jti = but(&claims(), &json!({"jti": serde_json::from_str::<Value>("\"again\"").expect("JSON")}));
    assert_eq!(call_with(&site.server, &site.ec.token(&site.ec.header(), &same_jti)).status, 200, "the first use");
    attacks.token("its jti signed anew", "replayed", &site.rsa.token(&site.rsa.header(), &same_jti));

    let body = moved("textbook").to_string();
    let mut first: Option<(String, Vec<(String, String)>)> = None;
    for attack in &attacks.0 {
        let headers: Vec<(&str, &[u8])> =
            attack.headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
        let reply = site.server.send_bytes(attack.method, &attack.path, &headers, body.as_bytes());
        assert_eq!(reply.status, 401, "{}: {}", attack.name, reply.body);
        let told = (reply.body.clone(), told(&reply));
        let first = first.get_or_insert_with(|| told.clone());
        assert_eq!(told, *first, "{}: the answer tells it from the others", attack.name);
    }
    let (body, headers) = first.expect("attacks");
    assert!(headers.contains(&("www-authenticate".to_owned(), "Bearer".to_owned())), "{headers:?}");
    let outcome: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((&outcome["resourceType"], &outcome["issue"][0]["code"]), (&json!("OperationOutcome"), &json!("login")));

    assert_eq!((site.jku.reads(), site.stranger.reads()), (1, 0), "no token makes us read anything");
    let log = site.server.into_log();
    let causes: Vec<&str> = log.lines().filter_map(|line| line.split("cause=\"").nth(1)?.split('"').next()).collect();
    let expected: Vec<&str> = attacks.0.iter().map(|attack| attack.cause).collect();
    let names: Vec<&str> = attacks.0.iter().map(|attack| attack.name.as_str()).collect();
    let differ = names.iter().zip(expected.iter().zip(&causes)).find(|(_, (expected, cause))| expected != cause);
    assert_eq!((differ, causes.len()), (None, expected.len()), "each fails for its own reason");
    for attack in &attacks.0 {
        for (_, value) in &attack.headers {
            let text = String::from_utf8_lossy(value);
            let parts = text.split(['.', ' ']).filter(|part| part.len() > 20);
            parts.for_each(|part| assert!(!log.contains(&part[..20]), "{}: the log holds the token", attack.name));
        }
    }
    assert!(log.lines().all(|line| line.len() < 600), "a sender does not choose how long our lines are");
}

/// The headers of an answer but for its moment.
fn told(reply: &Reply) -> Vec<(String, String)> {
    let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap_or_default().to_owned())
    };
    let mut headers: Vec<_> = reply.headers.iter().map(header).filter(|(name, _)| name != "date").collect();
    headers.sort();
    headers
}

/// `none`, symmetric algorithms, and those of other keys.
fn algorithms(site: &Site, attacks: &mut Attacks) {
    for none in ["none", "None", "NONE", "nOnE", "", "ES384 ", "es384"] {
        let header = but(&site.ec.header(), &json!({ "alg": none }));
        attacks.token(&format!("alg {none:?}, unsigned"), "header", &format!("{}.", message(&header, &claims())));
        attacks.token(&format!("alg {none:?}, signed"), "header", &site.ec.token(&header, &claims()));
    }
    for (name, alg) in [("no alg", Value::Null), ("alg in an array", json!(["ES384"]))] {
        attacks.token(name, "header", &site.ec.token(&but(&site.ec.header(), &json!({ "alg": alg })), &claims()));
    }
    let hs =
        [("HS256", ring::hmac::HMAC_SHA256), ("HS384", ring::hmac::HMAC_SHA384), ("HS512", ring::hmac::HMAC_SHA512)];
    for (alg, hmac) in hs {
        for key in [&site.ec, &site.rsa] {
            let der = key.public_bytes();
            let pem =
                format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", base64url(&der)).into_bytes();
            let jwk = key.jwk().to_string().into_bytes();
            for (form, secret) in [("DER", der), ("PEM", pem), ("modulus", key.modulus()), ("JWK", jwk)] {
                let message = message(&but(&key.header(), &json!({ "alg": alg })), &claims());
                let tag = ring::hmac::sign(&ring::hmac::Key::new(hmac, &secret), message.as_bytes());
                let token = format!("{message}.{}", base64url(tag.as_ref()));
                attacks.token(&format!("{alg} with the {form} of {}", key.id), "algorithm", &token);
            }
        }
    }
    for (name, key, header) in [
        ("ES256, not accepted", &site.p256, json!({})),
        ("P-256 as ES384", &site.p256, json!({"alg": "ES384"})),
        ("RS256, not accepted", &site.rsa, json!({"alg": "RS256"})),
        ("RS512, not accepted", &site.rsa, json!({"alg": "RS512"})),
        ("PS384, not accepted", &site.rsa, json!({"alg": "PS384"})),
        ("RS384 with the name of an EC key", &site.rsa, json!({"kid": "ec"})),
        ("ES384 with the name of an RSA key", &site.ec, json!({"kid": "rsa"})),
        ("EdDSA", &site.ec, json!({"alg": "EdDSA"})),
    ] {
        attacks.token(name, "algorithm", &key.token(&but(&key.header(), &header), &claims()));
    }
}

/// Signatures that are not those of the token.
fn signatures(site: &Site, attacks: &mut Attacks) {
    let (ec, other) = (&site.ec, Key::p384("ec"));
    let good = ec.token(&ec.header(), &claims());
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let elsewhere = ec.token(&ec.header(), &claims());
    let foreign = elsewhere.rsplit_once('.').expect("three parts").1;
    for (name, token) in [
        ("key of somebody else", other.token(&ec.header(), &claims())),
        ("issuer of somebody else", site.harbor.token(&ec.header(), &claims())),
        ("cut signature", format!("{message}.{}", &signature[..signature.len() - 4])),
        ("signature of another payload", format!("{message}.{foreign}")),
        ("signature with padding", format!("{message}.{signature}==")),
        ("no signature", format!("{message}.")),
        ("zeros", format!("{message}.{}", base64url(&[0; 96]))),
        ("in ASN.1", format!("{message}.{}", base64url(&ec.sign_in_asn1(message)))),
        ("RSA signed as RS256", format!("{message}.{}", base64url(&[1; 256]))),
        ("jwk in the header", other.token(&but(&ec.header(), &json!({"jwk": other.jwk()})), &claims())),
        ("x5c in the header", other.token(&but(&ec.header(), &json!({"x5c": ["MIIB"]})), &claims())),
        ("x5u in the header", other.token(&but(&ec.header(), &json!({"x5u": site.stranger.url})), &claims())),
    ] {
        attacks.token(name, "signature", &token);
    }
}

/// Headers that name other keys, or too much.
fn headers(site: &Site, attacks: &mut Attacks) {
    let of_harbor = || but(&claims(), &json!({"iss": "https://harbor.example"}));
    for (name, cause, header) in [
        ("no typ", "typ", json!({"typ": null})),
        ("wrong typ", "typ", json!({"typ": "at+jwt"})),
        ("typ as a number", "header", json!({"typ": 1})),
        ("no kid", "kid", json!({"kid": null})),
        ("empty kid", "kid", json!({"kid": ""})),
        ("kid as a path", "key", json!({"kid": "../../../../dev/null"})),
        ("kid as SQL", "key", json!({"kid": "' OR '1'='1"})),
        ("kid with a line break", "key", json!({"kid": "ec\nINFO answered"})),
        ("long kid", "key", json!({"kid": "k".repeat(5000)})),
        ("kid as an array", "header", json!({"kid": ["ec"]})),
        ("kid as an object", "header", json!({"kid": {"$ne": ""}})),
        ("crit", "crit", json!({"crit": ["b64"], "b64": false})),
        ("crit without a name", "crit", json!({"crit": []})),
        ("jku that nobody listed", "jku", json!({"jku": site.stranger.url})),
        ("jku of a client without any", "jku", json!({"jku": site.jku.url})),
    ] {
        attacks.token(name, cause, &site.ec.token(&but(&site.ec.header(), &header), &claims()));
    }
    let padded = format!("{}@{}", site.jku.url, site.stranger.url.trim_start_matches("http://"));
    for (name, jku) in [
        ("jku that nobody listed, known client", site.stranger.url.as_str()),
        ("jku of a service for metadata", "http://169.254.169.254/latest/meta-data"),
        ("jku on a private address", "http://10.0.0.1/keys"),
        ("jku on this machine", "http://127.0.0.1:1/keys"),
        ("jku as a file", "file:///etc/passwd"),
        ("jku that begins like the listed one", &format!("{}.json", site.jku.url)),
        ("jku with the listed one as its user", &padded),
        ("empty jku", ""),
    ] {
        attacks.token(
            name,
            "jku",
            &site.harbor.token(&but(&site.harbor.header(), &json!({ "jku": jku })), &of_harbor()),
        );
    }
    let unknown = site.harbor.token(&but(&site.harbor.header(), &json!({"kid": "other"})), &of_harbor());
    attacks.token("kid that the jku does not have", "key", &unknown);
}

/// Claims that are missing, or are not for us, or not for now.
fn contents(site: &Site, attacks: &mut Attacks) {
    let now = now();
    let (ec, service) = (&site.ec, format!("{PUBLIC}{SERVICE}"));
    for claim in ["iss", "aud", "exp", "iat", "jti"] {
        attacks.token(
            &format!("no {claim}"),
            "claims",
            &ec.token(&ec.header(), &but(&claims(), &json!({ claim: null }))),
        );
    }
    for (name, cause, others) in [
        ("unknown issuer", "issuer", json!({"iss": "https://evil.example"})),
        ("issuer with a slash", "issuer", json!({"iss": format!("{ISSUER}/")})),
        ("long issuer", "issuer", json!({"iss": "i".repeat(5000)})),
        ("issuer as an array", "claims", json!({"iss": [ISSUER]})),
        ("audience of somebody else", "audience", json!({"aud": "https://other.example/cds-services"})),
        ("audience of another service", "audience", json!({"aud": service.replace("sign", "select")})),
        ("audience of discovery", "audience", json!({"aud": format!("{PUBLIC}/cds-services")})),
        ("audience below ours", "audience", json!({"aud": format!("{service}/feedback")})),
        ("audience with two slashes", "audience", json!({"aud": format!("{service}//")})),
        ("audience with another port", "audience", json!({"aud": service.replace("example/", "example:80/")})),
        ("audience with another scheme", "audience", json!({"aud": service.replace("https", "http")})),
        ("empty audience", "audience", json!({"aud": ""})),
        ("no audience in the array", "audience", json!({"aud": []})),
        ("audience as a number", "claims", json!({"aud": 1})),
        ("expired", "expired", json!({"iat": now - 400, "exp": now - 61})),
        ("expired long ago", "expired", json!({"iat": -1e300, "exp": -1e300})),
        ("not yet issued", "not-yet", json!({"iat": now + 120, "exp": now + 300})),
        ("not yet valid", "not-yet", json!({"nbf": now + 120})),
        ("valid for too long", "lifetime", json!({"iat": now, "exp": now + 3601})),
        ("valid for ever", "lifetime", json!({"exp": 1e300})),
        ("largest number", "lifetime", json!({"exp": u64::MAX})),
        ("ends before it begins", "lifetime", json!({"iat": now + 30, "exp": now})),
        ("exp as words", "claims", json!({"exp": (now + 300).to_string()})),
        ("nbf as words", "claims", json!({"nbf": "soon"})),
        ("empty jti", "claims", json!({"jti": ""})),
        ("jti as a number", "claims", json!({"jti": 1})),
        ("tenant of somebody else", "tenant", json!({"iss": "https://bound.example", "tenant": "west"})),
        ("no tenant", "tenant", json!({"iss": "https://bound.example"})),
    ] {
        attacks.token(name, cause, &ec.token(&ec.header(), &but(&claims(), &others)));
    }
    let host = ec.token(&ec.header(), &but(&claims(), &json!({"aud": format!("https://evil.example{SERVICE}")})));
    let forwarded = b"evil.example".to_vec();
    let authorization = format!("Bearer {host}").into_bytes();
    attacks.raw(
        "audience by the Host header",
        "audience",
        vec![("Host", forwarded.clone()), ("X-Forwarded-Host", forwarded), ("Authorization", authorization)],
    );
    let claims = claims().to_string().replace("300", "300").replacen('{', "{\"exp\":1e999,", 1);
    let huge = format!("{}.{}", base64url(ec.header().to_string().as_bytes()), base64url(claims.as_bytes()));
    attacks.token("a number beyond all", "claims", &format!("{huge}.{}", base64url(&[0; 96])));
}

/// What is hardly a token, or not where it belongs.
fn forms(site: &Site, attacks: &mut Attacks) {
    let good = || site.ec.token(&site.ec.header(), &claims());
    let bearer = |token: &str| ("Authorization", format!("Bearer {token}").into_bytes());
    attacks.raw("nothing", "missing", vec![]);
    attacks.raw("two headers", "malformed", vec![bearer(&good()), bearer(&good())]);
    attacks.raw("not UTF-8", "malformed", vec![("Authorization", b"Bearer \xff\xfe.\xfd.\xfc".to_vec())]);
    for (name, value) in [
        ("another scheme", format!("Basic {}", good())),
        ("no scheme", good()),
        ("no token", "Bearer".to_owned()),
        ("an empty token", "Bearer ".to_owned()),
        ("a tab for the space", format!("Bearer\t{}", good())),
        ("garbage", "Bearer \"';--<>{}".to_owned()),
        ("dots", "Bearer ..".to_owned()),
        ("many dots", format!("Bearer {}", ".".repeat(10_000))),
        ("two parts", format!("Bearer {}", good().rsplit_once('.').expect("three parts").0)),
        ("four parts", format!("Bearer {}.AAAA", good())),
        ("two tokens", format!("Bearer {}, {}", good(), good())),
    ] {
        let cause = if name == "dots" { "header" } else { "malformed" };
        attacks.raw(name, cause, vec![("Authorization", value.into_bytes())]);
    }
    let large = site.ec.token(&but(&site.ec.header(), &json!({"pad": "x".repeat(20_000)})), &claims());
    attacks.token("too long", "too-long", &large);
    let query = format!("{SERVICE}?access_token={}", good());
    let get = |name: &str, path: &str| Attack {
        name: name.to_owned(),
        cause: "missing",
        method: "GET",
        path: path.to_owned(),
        headers: vec![],
    };
    attacks.0.push(Attack { method: "POST", ..get("token in the query", &query) });
    attacks.0.push(get("discovery", "/cds-services"));
    attacks.0.push(get("discovery with a slash", "/cds-services/"));
    attacks.0.push(get("a service that is not there", "/cds-services/nonsense"));
    attacks.0.push(Attack { method: "DELETE", ..get("a method that is not there", SERVICE) });
}
