//! The process is killed, or asked to stop: what was answered with 200 is kept, and what waits is written.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::{Database, called, feedback, items};
use crate::server::Server;

on_both!(a_killed_service_loses_nothing_that_it_answered, a_service_that_ends_writes_what_waits);

fn a_killed_service_loses_nothing_that_it_answered(database: &Database) {
    // Far more than can be answered before the kill, however slowly this thread is woken.
    const POSTS: usize = 100_000;
    const BEFORE: usize = 333;
    let server = Server::with_settings(&database.settings(""));
    let (next, answered) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let post = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let client = reqwest::Client::builder().no_proxy().build().expect("a client");
            let url = format!("{}/cds-services/tocilizumab-order-sign/feedback", server.url());
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= POSTS {
                    break;
                }
                let body = items(&[json!({"card": format!("card {number}"), "outcome": "overridden"})]);
                let request = client.post(&url).header("Content-Type", "application/json").body(body);
                // From the kill on nobody answers.
                let Ok(reply) = request.send().await else { break };
                assert_eq!(reply.status().as_u16(), 200, "post {number}");
                answered.lock().expect("no thread panicked").push(format!("card {number}"));
            }
        });
    };
    std::thread::scope(|scope| {
        (0..4).for_each(|_| drop(scope.spawn(post)));
        crate::support::eventually("a part of the posts is answered", || {
            (answered.lock().expect("no thread panicked").len() >= BEFORE).then_some(())
        });
        server.signal("KILL");
    });
    let answered = answered.into_inner().expect("no thread panicked");
    assert!((BEFORE..POSTS).contains(&answered.len()), "killed in the middle: {} answered", answered.len());
    let kept: BTreeSet<String> = database.rows("SELECT card FROM feedback").into_iter().flatten().collect();
    let lost: Vec<&String> = answered.iter().filter(|card| !kept.contains(*card)).collect();
    assert!(lost.is_empty(), "answered with 200 and lost: {lost:?}");
    // The next process goes on with the same store.
    let again = Server::with_settings(&database.settings(""));
    assert_eq!(feedback(&again, &items(&[json!({"card": "after", "outcome": "overridden"})])).status, 200);
    assert_eq!(again.get("/stats").json()["apart"]["overridden"], json!(kept.len() + 1));
}

fn a_service_that_ends_writes_what_waits(database: &Database) {
    let server = Server::with_settings(&database.settings(""));
    let cards: usize = (0..20).map(|n| called(&server, &format!("call {n}")).len()).sum();
    server.signal("TERM");
    let (status, log) = server.ended();
    assert_eq!(status, Some(0), "{log}");
    assert_eq!(database.one("SELECT CAST(COUNT(*) AS TEXT) FROM issued"), cards.to_string(), "{log}");
}
