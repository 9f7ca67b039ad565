//! `GET /health/live` and `GET /health/ready`: asked by who has no credentials, answered whatever else goes on.

use serde_json::json;

use crate::server::Server;
use crate::support::{library, text};

#[test]
fn a_service_that_is_well_says_so() {
    let server = Server::shared();
    let live = server.get("/health/live");
    assert_eq!((live.status, live.json()), (200, json!({"status": "live"})));
    let ready = server.get("/health/ready");
    let (services, drugs) = (library().services.services.len(), library().drugs.len());
    let rules: usize = library().drugs.iter().map(|drug| drug.rules.len()).sum();
    let said = ready.json();
    assert_eq!((ready.status, text(&said, "/status")), (200, "ready"), "{said}");
    let digest = text(&said, "/library/digest");
    assert_eq!(said["library"], json!({"digest": digest, "services": services, "drugs": drugs, "rules": rules}));
    assert_eq!(said["mode"], json!({"all": "live"}));
    assert_eq!(text(&said, "/version"), env!("CARGO_PKG_VERSION"));
    for path in ["/health/live", "/health/live/", "/health/ready", "/health/ready/"] {
        let reply = server.get(path);
        assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{path}");
    }
    assert_eq!(server.get("/health").status, 404);
}
