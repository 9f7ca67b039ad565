//! A web page of somebody else can neither write feedback nor start a call where no token is asked for, under whatever
//! name it has the service; our own pages can.

use serde_json::json;

use super::{SIGN, small};
use crate::errors::refused;
use crate::server::Server;
use crate::store::{Database, feedback, items};
use crate::support::eventually;

#[test]
fn a_page_of_somebody_else_writes_nothing() {
    let database = Database::sqlite();
    let server = Server::with_settings(&database.settings(""));
    let own = server.url().to_owned();
    let body = items(&[json!({"card": "a", "outcome": "overridden"})]);
    // The first feedback waits until the store has its tables.
    assert_eq!(feedback(&server, &body).status, 200);
    let url = format!("{SIGN}/feedback");
    for (what, headers, status) in [
        ("as a browser sends it from a file", &[("Origin", "null"), ("Sec-Fetch-Site", "cross-site")][..], 403),
        ("without a word about the site", &[("Origin", "https://evil.example")], 403),
        ("without an origin", &[("Sec-Fetch-Site", "cross-site")], 403),
        ("of our own", &[("Origin", own.as_str()), ("Sec-Fetch-Site", "same-origin")], 200),
        ("of our own, whose policy hides its origin", &[("Origin", "null"), ("Sec-Fetch-Site", "same-origin")], 200),
        ("of this machine", &[("Origin", "http://localhost:3000"), ("Sec-Fetch-Site", "same-site")], 200),
        ("no page", &[], 200),
    ] {
        let before = database.one("SELECT CAST(COUNT(*) AS TEXT) FROM feedback");
        // No type of content: that is what a page can send without asking.
        let call = server.send("POST", SIGN, headers, small().to_string().as_bytes());
        let reply = server.send("POST", &url, headers, body.as_bytes());
        assert_eq!((call.status, reply.status), (status, status), "{what}: {}", reply.body);
        if status == 403 {
            refused(what, &reply, 403, "security", &["cors.origins"]);
            let after = database.one("SELECT CAST(COUNT(*) AS TEXT) FROM feedback");
            assert_eq!(after, before, "{what}: nothing is written");
        }
    }
}

#[test]
fn a_name_that_leads_here_is_not_ours() {
    let database = Database::sqlite();
    let server = Server::with_settings(&database.settings("authentication.hosts = ['cds']"));
    // Numbers can be read once the store has been made.
    eventually("the store is there", || (server.get("/stats").status == 200).then_some(()));
    for (host, status) in [("evil.example", 421), ("localhost", 200), ("cds:8080", 200)] {
        for path in ["/stats", "/cds-services", "/handbook"] {
            let reply = server.send("GET", path, &[("Host", host)], b"");
            assert_eq!(reply.status, status, "{host} {path}: {}", reply.body);
        }
        let reply = server.send("POST", SIGN, &[("Host", host)], small().to_string().as_bytes());
        assert_eq!(reply.status, status, "{host}: {}", reply.body);
        assert_eq!(server.send("GET", "/health/ready", &[("Host", host)], b"").status, 200, "{host}: health");
    }
    let reply = server.send("GET", "/stats", &[("Host", "evil.example")], b"");
    refused("another name", &reply, 421, "security", &["public-url", "authentication.hosts"]);
}
