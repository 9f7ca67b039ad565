//! `GET /health/live` and `GET /health/ready`: asked by who has no credentials, answered whatever else goes on.

use serde_json::json;

use crate::server::Server;
use crate::support::{Folder, library, program, text};

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

#[test]
fn the_program_asks_for_its_own_health() {
    let asked = |arguments: &[&str]| {
        let out = program().arg("health").args(arguments).output().expect("the program runs");
        (
            out.status.code(),
            String::from_utf8_lossy(&out.stdout).into_owned(),
            String::from_utf8_lossy(&out.stderr).into_owned(),
        )
    };
    let server = Server::shared();
    let ready = format!("ready (version {})\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(asked(&["--url", server.url()]), (Some(0), ready.clone(), String::new()));
    // The settings say where it listens; all addresses include this machine's own.
    let folder = Folder::new();
    let port = server.address().rsplit_once(':').expect("a port").1;
    for listen in [format!("127.0.0.1:{port}"), format!("0.0.0.0:{port}")] {
        let settings = folder.write("settings.toml", &format!("listen = {listen:?}"));
        assert_eq!(asked(&["--config", &settings]), (Some(0), ready.clone(), String::new()), "{listen}");
    }
    let (status, said, _) = asked(&["--url", "http://127.0.0.1:1"]);
    assert!(status == Some(1) && said.starts_with("not reachable: "), "{said}");
    let (status, said, _) = asked(&["--url", &format!("{}/handbook", server.url())]);
    assert!(status == Some(1) && said.contains("without the state of this service"), "{said}");
}
