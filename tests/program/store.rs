//! Feedback, what was issued, statistics and decision records: each test runs on SQLite and on a real PostgreSQL.
//!
//! Those on PostgreSQL need one to talk to: `tests/run` starts it and runs them too, so none passes by being skipped.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use sqlx::any::{AnyConnectOptions, install_default_drivers};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

use crate::server::{Reply, Server};
use crate::support::{Folder, cards, eventually, moved, text};

/// Runs each test on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            use crate::store::Database;
            $( #[test] fn $name() { super::$name(&Database::sqlite()); } )+
        }
        mod on_postgres {
            use crate::store::Database;
            $( #[test] #[ignore = "needs TEST_POSTGRES_URL; tests/run starts a PostgreSQL and runs it"]
               fn $name() { super::$name(&Database::postgres()); } )+
        }
    };
}

/// The way from a card to its decision.
mod decision;
/// The process is killed, or asked to stop.
mod ends;
/// What became of each card, row by row.
pub mod export;
/// Feedback in every spelling.
mod feedback;
/// What is old, copies, and the way back to an older version.
mod keep;
/// The store is broken, and whole again.
mod outage;
/// Decision records.
mod record;
/// Several services on one store.
mod replicas;
/// Cards that no user sees.
mod silence;
/// The numbers.
mod statistics;

/// A database of one test.
pub struct Database {
    /// As the setting names it.
    pub url: String,
    /// Where SQLite's file is.
    pub folder: Option<Folder>,
}

impl Database {
    /// A file that is not there yet, in a folder that is not there yet.
    pub fn sqlite() -> Database {
        let folder = Folder::new();
        Database { url: format!("sqlite:{}", folder.path().join("state/store.sqlite").display()), folder: Some(folder) }
    }

    /// An empty database of the server that the environment names.
    pub fn postgres() -> Database {
        let server = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL; tests/run sets it");
        Database { url: Database::within(&server), folder: None }
    }

    /// An empty database of a server.
    pub fn within(server: &str) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        query(server, &format!("CREATE DATABASE {name}")).expect("a database");
        let (host, _) = server.rsplit_once('/').expect("a URL with a database");
        format!("{host}/{name}")
    }

    /// The settings that name it, with others in front.
    pub fn settings(&self, others: &str) -> String {
        format!("{others}\n[store]\nurl = \"{}\"\n", self.url)
    }

    /// The rows that a statement finds.
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        query(&self.url, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The first column of the only row.
    pub fn one(&self, sql: &str) -> String {
        self.rows(sql).first().and_then(|row| row.first().cloned()).unwrap_or_default()
    }
}

/// Runs a statement; what is not text in a column must be cast to it.
pub fn query(url: &str, sql: &str) -> Result<Vec<Vec<String>>, sqlx::Error> {
    install_default_drivers();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = url.parse::<AnyConnectOptions>()?.connect().await?;
        let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await?;
        let column = |row: &sqlx::any::AnyRow, at| row.try_get::<Option<String>, _>(at).map(Option::unwrap_or_default);
        rows.iter().map(|row| (0..row.len()).map(|at| column(row, at)).collect()).collect()
    })
}

/// Sends feedback.
pub fn feedback(server: &Server, body: &str) -> Reply {
    let path = "/cds-services/tocilizumab-order-sign/feedback";
    server.send("POST", path, &[("Content-Type", "application/json")], body.as_bytes())
}

/// A body of feedback with these items.
pub fn items(items: &[Value]) -> String {
    json!({"feedback": items}).to_string()
}

/// A call that gets cards, under an id of its own; the cards' uuids with their rules.
pub fn called(server: &Server, instance: &str) -> Vec<(String, String)> {
    let mut request = moved("patients/neutrophils-1.9");
    request["hookInstance"] = Value::from(instance);
    let answer = server.call(instance, &request);
    let of = |card: &Value| (text(card, "/uuid").to_owned(), text(card, "/source/topic/code").to_owned());
    let found: Vec<_> = cards(&answer).iter().map(of).collect();
    assert!(!found.is_empty(), "{instance}: no cards");
    found
}

/// What the service says of its store.
pub fn health(server: &Server) -> Value {
    server.get("/health/ready").json()["parts"]["store"].clone()
}

/// Waits until the store works and nothing waits to be written.
pub fn drained(server: &Server) -> Value {
    eventually("the store has written all notes", || {
        let health = health(server);
        (text(&health, "/status") == "working" && health["queued"] == 0).then_some(health)
    })
}
