//! What stands around the check of a token: a page in a browser reads the refusal, a body is not waited for, and what
//! the settings say of a client holds for its calls.

use serde_json::{Value, json};

use super::issuer::{Key, but, set};
use super::{PUBLIC, SERVICE, Site, call_with, claims};
use crate::server::Server;
use crate::stand_in::StandIn;
use crate::support::{Folder, fixture, moved, with};

#[test]
fn a_page_asks_without_a_token_and_reads_the_refusal() {
    let site = Site::start();
    let origin = ("Origin", "http://localhost:3000");
    let asks = [
        origin,
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization,content-type"),
    ];
    for path in ["/cds-services", SERVICE] {
        let reply = site.server.send("OPTIONS", path, &asks, b"");
        assert!((200..300).contains(&reply.status), "{path}: {}", reply.status);
        let refused = site.server.send("POST", path, &[origin, ("Authorization", "Bearer x.y.z")], b"{}");
        assert_eq!(refused.header("access-control-allow-origin"), origin.1, "{path}: {}", refused.status);
        assert_eq!(refused.status, 401, "{path}");
    }
}

#[test]
fn nobody_waits_for_the_body_of_a_stranger() {
    let site = Site::start();
    for (name, body) in [("not JSON", b"{".to_vec()), ("larger than may be", vec![b' '; 9 << 20])] {
        let headers = [("Content-Type", "text/plain"), ("Authorization", "Bearer x.y.z")];
        assert_eq!(site.server.send("POST", SERVICE, &headers, &body).status, 401, "{name}");
    }
}

#[test]
fn a_client_has_a_share_of_its_own() {
    let key = Key::p384("key");
    let folder = Folder::new();
    let keys = folder.write("keys.json", &set(&[&key]));
    let server = Server::with_settings(&format!(
        "public-url = '{PUBLIC}'\n[limits]\ncalls-per-second = 10000\n\
         [clients.mercy]\nissuer = 'https://mercy.example'\nkeys = '{keys}'\n\
         [clients.busy]\nissuer = 'https://busy.example'\nkeys = '{keys}'\ncalls-per-second = 1\n"
    ));
    let of = |issuer: &str| {
        let claims = but(&claims(), &json!({ "iss": issuer }));
        call_with(&server, &key.token(&key.header(), &claims)).status
    };
    // Were the address counted, the one client would pay for the other.
    let busy: Vec<u16> = (0..20).map(|_| of("https://busy.example")).collect();
    assert!(busy[0] == 200 && busy.contains(&429), "{busy:?}");
    assert_eq!((0..20).map(|_| of("https://mercy.example")).collect::<Vec<_>>(), [200; 20]);
}

#[test]
fn a_client_chooses_the_hook_of_the_card_of_the_whole_assessment() {
    let key = Key::p384("key");
    let folder = Folder::new();
    let keys = folder.write("keys.json", &set(&[&key]));
    let server = Server::with_settings(&format!(
        "public-url = '{PUBLIC}'\n\
         [clients.usual]\nissuer = 'https://usual.example'\nkeys = '{keys}'\n\
         [clients.select]\nissuer = 'https://select.example'\nkeys = '{keys}'\nsummary = 'order-select'\n\
         [clients.both]\nissuer = 'https://both.example'\nkeys = '{keys}'\nsummary = 'both'\n"
    ));
    for (client, at_select, at_sign) in [("usual", 0, 1), ("select", 1, 0), ("both", 1, 1)] {
        for (hook, shown) in [("order-select", at_select), ("order-sign", at_sign)] {
            let path = format!("/cds-services/tocilizumab-{hook}");
            let claims = json!({"iss": format!("https://{client}.example"), "aud": format!("{PUBLIC}{path}")});
            let token = key.token(&key.header(), &but(&super::claims(), &claims));
            let headers = [("Content-Type", "application/json"), ("Authorization", &*format!("Bearer {token}"))];
            let body = with(&moved("textbook"), "/hook", Some(hook.into())).to_string();
            let reply = server.send("POST", &path, &headers, body.as_bytes());
            assert_eq!(reply.status, 200, "{client} at {hook}: {}", reply.body);
            let cards = reply.json()["cards"].as_array().map_or(0, Vec::len);
            assert_eq!(cards, shown, "{client} at {hook}: the textbook patient has no other card");
        }
    }
}

#[test]
fn a_caller_that_guesses_is_slowed_down_and_no_other() {
    let key = Key::p384("key");
    let folder = Folder::new();
    let keys = folder.write("keys.json", &set(&[&key]));
    let server = Server::with_settings(&format!(
        "public-url = '{PUBLIC}'\n[limits]\ncalls-per-second = 1\n\
         [clients.mercy]\nissuer = 'https://mercy.example'\nkeys = '{keys}'\ncalls-per-second = 10000\n"
    ));
    let guesses: Vec<u16> = (0..40).map(|_| call_with(&server, "x.y.z").status).collect();
    let told = guesses.iter().filter(|status| **status == 401).count();
    assert!(guesses[0] == 401 && guesses.iter().all(|status| [401, 429].contains(status)), "{guesses:?}");
    assert!(told < guesses.len(), "{guesses:?}");
    // The client at the same address is known by its token, and does not pay for it.
    let calls = (0..5).map(|_| call_with(&server, &key.token(&key.header(), &claims())).status);
    assert_eq!(calls.collect::<Vec<_>>(), [200; 5]);
    let lines = server.into_log().matches("not authenticated").count();
    assert_eq!(lines, told, "no line in the log for a guess that got no answer");
}

#[test]
fn a_client_names_only_its_own_fhir_servers() {
    let ehr = StandIn::start();
    let key = Key::p384("key");
    let folder = Folder::new();
    let keys = folder.write("keys.json", &set(&[&key]));
    let server = Server::with_settings(&format!(
        "public-url = '{PUBLIC}'\ndeadline-ms = 60000\n\
         [clients.mercy]\nissuer = 'https://mercy.example'\nkeys = '{keys}'\nfhir-servers = ['{}']\n\
         [clients.other]\nissuer = 'https://other.example'\nkeys = '{keys}'\nfhir-servers = ['https://ehr.example/r4']\n",
        ehr.base()
    ));
    let textbook = fixture("textbook");
    let request = with(&moved("textbook"), "/prefetch", None);
    let request = with(&request, "/fhirServer", Some(ehr.base().into()));
    let access = json!({
        "access_token": crate::stand_in::TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "user/*.read",
        "subject": "s", "patient": textbook["context"]["patientId"],
    });
    let request: Value = with(&request, "/fhirAuthorization", Some(access));
    for (issuer, asked) in [("https://mercy.example", true), ("https://other.example", false)] {
        ehr.hold(&moved("textbook"));
        let token = key.token(&key.header(), &but(&claims(), &json!({ "iss": issuer })));
        let headers = [("Content-Type", "application/json"), ("Authorization", &format!("Bearer {token}"))];
        let reply = server.send("POST", SERVICE, &headers, request.to_string().as_bytes());
        assert_eq!(!ehr.asked().is_empty(), asked, "{issuer}: {} {}", reply.status, reply.body);
    }
}
