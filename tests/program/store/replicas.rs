//! Several services on one store: none stands in another's way, and a token that one of them saw is known to all.

use std::sync::Arc;
use std::time::Duration;

use ::store::note::FeedbackEvent;
use ::store::{Store, Unavailable};
use jiff::Zoned;
use serde_json::json;

use super::{Database, called, drained, feedback, items};
use crate::server::Server;
use crate::support::eventually;

/// How long a store may take here, which is much longer than calls wait for it.
const WAIT: Duration = Duration::from_secs(30);

on_both!(services_start_together_and_again, a_token_is_first_used_once);

fn services_start_together_and_again(database: &Database) {
    // On an empty store, where each would make the tables; and then on one that has them.
    for round in 0..2 {
        let settings = Arc::new(database.settings(""));
        let starting: Vec<_> = (0..3)
            .map(|_| {
                let settings = Arc::clone(&settings);
                std::thread::spawn(move || Server::with_settings(&settings))
            })
            .collect();
        let servers: Vec<Server> = starting.into_iter().map(|thread| thread.join().expect("it starts")).collect();
        for (number, server) in servers.iter().enumerate() {
            called(server, &format!("call {round} {number}"));
            drained(server);
            let card = format!("card {round} {number}");
            assert_eq!(feedback(server, &items(&[json!({"card": card, "outcome": "overridden"})])).status, 200);
        }
    }
    assert_eq!(database.one("SELECT CAST(COUNT(DISTINCT instance) AS TEXT) FROM issued"), "6");
    assert_eq!(database.one("SELECT CAST(COUNT(*) AS TEXT) FROM feedback"), "6");
    assert_eq!(database.one("SELECT CAST(COUNT(*) AS TEXT) FROM _sqlx_migrations"), "3");
}

#[expect(clippy::disallowed_methods, reason = "the store runs by the real clock")]
fn now() -> Zoned {
    Zoned::now()
}

fn a_token_is_first_used_once(database: &Database) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let soon = now().timestamp().as_second() + 300;
    // Until it has opened its tables, a store cannot say; a token that it could not check may still count.
    let asked = |store: &Store, token: &str, expires| {
        eventually("the store says", || runtime.block_on(store.first_use(token, expires, WAIT)).ok())
    };
    let replica = |name: &str| {
        let store = Store::open(database.url.parse(), 100, now);
        asked(&store, name, soon);
        store
    };
    let expired =
        format!("SELECT CAST(COUNT(*) AS TEXT) FROM used_jwts WHERE expires_s < {} AND jwt <> '(removed)'", soon - 300);
    let (one, two) = (replica("one"), replica("two"));
    assert!(asked(&one, "a", soon), "the first time");
    assert!(!asked(&one, "a", soon) && !asked(&two, "a", soon), "on no replica a second time");
    assert!(asked(&two, "b", soon) && asked(&two, "old", soon - 1000), "another one");
    assert_eq!(database.one(&expired), "1");
    let _three = replica("three");
    assert_eq!(database.one(&expired), "0", "what has expired is removed, by a replica that starts if by none before");
    assert_eq!(database.one("SELECT CAST(COUNT(*) AS TEXT) FROM used_jwts WHERE jwt <> '(removed)'"), "5");
    // When the clock is set back, one that was removed would be valid again.
    assert!(!asked(&one, "old", soon - 1000) && !asked(&one, "c", soon - 1000), "it may be one that was removed");
    assert!(asked(&one, "c", soon - 999), "none that was removed lasted so long");
    let nobody = Store::open("postgres://cds@127.0.0.1:1/cds".parse(), 100, now);
    assert_eq!(
        runtime.block_on(nobody.first_use("a", soon, WAIT)),
        Err(Unavailable),
        "a call does not wait for a store"
    );
}

#[test]
fn a_store_that_is_new_takes_tokens_and_feedback_at_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let soon = now().timestamp().as_second() + 300;
    for round in 0..20 {
        let database = Database::sqlite();
        let store = Store::open(database.url.parse(), 100, now);
        let event = FeedbackEvent {
            card: "card".to_owned(),
            service: "service".to_owned(),
            client: None,
            outcome: "overridden",
            at_ms: None,
            received_ms: 0,
            suggestions: Vec::new(),
            reason: None,
            commented: false,
            comment: None,
            unread: None,
        };
        let both = futures_util::future::join(store.first_use("a", soon, WAIT), store.feedback(vec![event]));
        let (used, kept) = runtime.block_on(both);
        assert_eq!((used, kept), (Ok(true), Ok(())), "round {round}: both open it, and neither in the other's way");
    }
}
