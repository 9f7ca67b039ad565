//! Every way in which a token may be wrong, and that the answer to all of them is the same: each fails for its own
//! reason, which is in the log and nowhere else.

use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::issuer::but;
use super::{SERVICE, Site, call_with, claims};
use crate::server::Reply;
use crate::support::moved;

/// The attacks, by what is wrong.
mod rows;

use self::rows::{algorithms, contents, forms, headers, signatures};

/// Headers by name, each with the items of its list.
type Headers = Vec<(String, Vec<String>)>;

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
    let same_jti = but(&claims(), &json!({"jti": "again"}));
    assert_eq!(call_with(&site.server, &site.ec.token(&site.ec.header(), &same_jti)).status, 200, "the first use");
    attacks.token("its jti signed anew", "replayed", &site.rsa.token(&site.rsa.header(), &same_jti));

    let body = moved("textbook").to_string();
    let mut first: Option<(String, Headers)> = None;
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
    assert!(headers.contains(&("www-authenticate".to_owned(), vec!["Bearer".to_owned()])), "{headers:?}");
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
        let values = attack.headers.iter().map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        for text in values.chain(attack.path.split_once('?').map(|(_, query)| query.to_owned())) {
            let parts = text.split(['.', ' ', '=', ',']).filter(|part| part.len() > 20);
            parts.for_each(|part| assert!(!log.contains(&part[..20]), "{}: the log holds the token", attack.name));
        }
    }
    assert!(log.lines().all(|line| line.len() < 600), "a sender does not choose how long our lines are");
}

/// The headers of an answer but for its moment and what becomes of the connection; lists have no order.
fn told(reply: &Reply) -> Headers {
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        let mut items: Vec<String> = value.to_str().unwrap_or_default().split(", ").map(str::to_owned).collect();
        items.sort();
        (name.to_string(), items)
    };
    let all = reply.headers.iter().filter(|(name, _)| !["date", "connection"].contains(&name.as_str()));
    let mut headers: Headers = all.map(header).collect();
    headers.sort();
    headers
}
