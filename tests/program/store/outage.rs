//! The store is broken: cards keep coming, feedback is refused rather than lost, the health page says so; and once it is
//! whole again everything that waited is written.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use sqlx::any::{AnyConnectOptions, install_default_drivers};
use sqlx::{AnyConnection, ConnectOptions};

use super::{Database, called, drained, feedback, health, items};
use crate::server::Server;
use crate::support::{Folder, eventually, text};

on_both!(a_row_that_is_refused_takes_no_other_with_it);

fn a_row_that_is_refused_takes_no_other_with_it(database: &Database) {
    let server = Server::with_settings(&database.settings(""));
    called(&server, "call");
    drained(&server);
    let refuse = match &database.folder {
        Some(_) => {
            "CREATE TRIGGER t BEFORE INSERT ON issued WHEN NEW.instance = 'refused' \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
        None => "ALTER TABLE issued ADD CONSTRAINT t CHECK (instance <> 'refused')",
    };
    database.rows(refuse);
    for instance in ["one", "refused", "two", "three"] {
        called(&server, instance);
    }
    let said = drained(&server);
    assert_eq!((&said["lost"], &said["written"]), (&json!(1), &json!(4)), "{said}");
    let kept = database.rows("SELECT DISTINCT instance FROM issued ORDER BY instance");
    assert_eq!(kept.concat(), ["call", "one", "three", "two"]);
    assert!(server.into_log().contains("refuses a note"), "the log says what is lost");
}

/// While it is broken: nothing is lost but time. How many cards were issued meanwhile.
fn broken(what: &str, server: &Server) -> usize {
    eventually("the service says that its store fails", || {
        let cards = called(server, &format!("{what}, at first")).len();
        (cards > 0 && text(&health(server), "/status") == "failing").then_some(())
    });
    let cards = (0..5).map(|n| called(server, &format!("{what} {n}")).len()).sum();
    let reply = feedback(server, &items(&[json!({"card": what, "outcome": "overridden"})]));
    assert_eq!((reply.status, reply.header("retry-after")), (503, "30"), "{what}: {}", reply.body);
    assert_eq!(text(&reply.json(), "/issue/0/code"), "transient", "{what}");
    let ready = server.get("/health/ready");
    assert_eq!((ready.status, text(&ready.json(), "/status")), (200, "degraded"), "{what}: cards come all the same");
    let said = health(server);
    assert!(said["queued"].as_u64().is_some_and(|queued| queued >= 5), "{what}: {said}");
    assert!(said["failingSince"].is_string() && said["lost"] == 0, "{what}: {said}");
    cards
}

/// Once it is whole: what waited is written, feedback is taken, and each change was logged once.
fn whole(what: &str, server: Server, database: &Database, cards: usize) {
    let said = drained(&server);
    assert_eq!(said["lost"], 0, "{what}: {said}");
    assert_eq!(feedback(&server, &items(&[json!({"card": what, "outcome": "overridden"})])).status, 200, "{what}");
    let kept = database.one(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM issued WHERE instance <> '{what}, at first'"));
    assert_eq!(kept, cards.to_string(), "{what}: every card that was issued meanwhile");
    let log = server.into_log();
    for turn in ["the store fails", "the store works again"] {
        assert_eq!(log.matches(turn).count(), 1, "{what}: `{turn}` in {log}");
    }
}

/// SQLite in a folder, and what stands in the way of it.
fn blocked(at: &str, content: &[u8]) -> (Database, PathBuf) {
    let folder = Folder::new();
    let path = folder.path().join(at);
    std::fs::write(&path, content).expect("a file");
    (Database { url: format!("sqlite:{}", folder.path().join("state/x").display()), folder: Some(folder) }, path)
}

#[test]
fn a_folder_that_cannot_be_made() {
    let (database, path) = blocked("state", b"a file where a folder must be");
    let server = Server::with_settings(&database.settings(""));
    let cards = broken("no folder", &server);
    std::fs::remove_file(path).expect("it goes");
    whole("no folder", server, &database, cards);
}

#[test]
fn a_file_that_is_no_database() {
    let folder = Folder::new();
    let path = folder.path().join("store.sqlite");
    let noise: Vec<u8> =
        (0..40_000_u32).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap_or(0)).collect();
    std::fs::write(&path, &noise).expect("a file");
    let database = Database { url: format!("sqlite:{}", path.display()), folder: Some(folder) };
    let server = Server::with_settings(&database.settings(""));
    let cards = broken("no database", &server);
    assert_eq!(std::fs::read(&path).expect("a file"), noise, "what is not ours is not touched");
    std::fs::remove_file(&path).expect("it goes");
    whole("no database", server, &database, cards);
}

#[test]
fn a_disk_that_is_full() {
    let database = Database::sqlite();
    let server = Server::with_disk(&database.settings(""));
    assert_eq!(feedback(&server, &items(&[json!({"card": "before", "outcome": "overridden"})])).status, 200);
    server.limit_files("1");
    let cards = broken("full disk", &server);
    server.limit_files("unlimited");
    drained(&server);
    assert_eq!(database.one("SELECT card FROM feedback WHERE card = 'before'"), "before");
    whole("full disk", server, &database, cards);
}

/// Runs a statement on a connection that stays.
fn held(url: &str, sql: &'static str) -> (tokio::runtime::Runtime, AnyConnection) {
    install_default_drivers();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let connection = runtime.block_on(async {
        let mut connection = url.parse::<AnyConnectOptions>()?.connect().await?;
        sqlx::raw_sql(sql).execute(&mut connection).await.map(|_| connection)
    });
    (runtime, connection.expect("a lock"))
}

#[test]
fn a_store_that_is_locked() {
    let database = Database::sqlite();
    let server = Server::with_settings(&database.settings(""));
    called(&server, "locked, at first");
    drained(&server);
    let lock = held(&database.url, "BEGIN EXCLUSIVE");
    let cards = broken("locked", &server);
    drop(lock);
    whole("locked", server, &database, cards);
}

#[test]
fn a_file_that_is_deleted_or_replaced() {
    let database = Database::sqlite();
    let server = Server::with_settings(&database.settings(""));
    called(&server, "at first");
    drained(&server);
    let folder = database.folder.as_ref().expect("a folder").path().join("state");
    for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
        std::fs::remove_file(entry.path()).expect("it goes");
    }
    assert_eq!(feedback(&server, &items(&[json!({"card": "after", "outcome": "overridden"})])).status, 200);
    assert_eq!(
        database.one("SELECT card FROM feedback"),
        "after",
        "what was answered 200 is in the file that is there"
    );
    assert_eq!(server.log().matches("was deleted, replaced or overwritten").count(), 1, "{}", server.log());
    called(&server, "again");
    drained(&server);
    assert_ne!(database.one("SELECT CAST(COUNT(*) AS TEXT) FROM issued"), "0");
    // Something else is written over it: it is reported, and whatever is answered 200 is kept, here in SQLite's journal.
    std::fs::write(folder.join("store.sqlite"), vec![7; 100_000]).expect("a file");
    let answered = feedback(&server, &items(&[json!({"card": "over", "outcome": "overridden"})])).status;
    assert_eq!(server.log().matches("was deleted, replaced or overwritten").count(), 2, "{}", server.log());
    if answered == 200 {
        assert_eq!(database.one("SELECT card FROM feedback WHERE card = 'over'"), "over");
    } else {
        assert_eq!(answered, 503);
        eventually("health says so", || (text(&health(&server), "/status") == "failing").then_some(()));
    }
    called(&server, "cards come all the same");
}

/// `tests/postgres`, which starts and stops a server in a folder.
fn postgres(what: &str, folder: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres");
    let output = Command::new(script).arg(what).arg(folder).output().expect("it runs");
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A server of its own, since it is stopped under everyone who uses it.
struct Cluster(PathBuf);

impl Drop for Cluster {
    fn drop(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres");
        let _ = Command::new(script).arg("stop").arg(&self.0).output();
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
#[ignore = "needs PostgreSQL; tests/run installs it and runs this"]
fn a_server_that_stops_and_comes_back() {
    // Its user may not enter the folder that this is built in.
    let cluster = Cluster(std::env::temp_dir().join(format!("tocilizumab-cds-outage-{}", std::process::id())));
    let url = Database::within(&postgres("start", &cluster.0));
    let database = Database { url: url.replacen("cds@", "cds:hunter2@", 1), folder: None };
    let server = Server::with_settings(&database.settings(""));
    called(&server, "stopped, at first");
    drained(&server);
    // Stopped and back while nothing happened: nobody needs to know.
    postgres("stop", &cluster.0);
    postgres("start", &cluster.0);
    assert_eq!(feedback(&server, &items(&[json!({"card": "idle", "outcome": "overridden"})])).status, 200);
    postgres("stop", &cluster.0);
    let cards = broken("stopped", &server);
    postgres("start", &cluster.0);
    whole("stopped", server, &database, cards);
}

#[test]
fn a_queue_that_is_full_loses_and_counts() {
    let secret = "[store]\nurl = \"postgres://cds:hunter2@127.0.0.1:1/cds\"\nqueue = 3";
    let server = Server::with_settings(secret);
    (0..10).for_each(|n| drop(called(&server, &format!("call {n}"))));
    let said = health(&server);
    assert_eq!((&said["queued"], &said["lost"]), (&json!(3), &json!(7)), "{said}");
    assert_eq!(server.get("/stats").status, 503);
    server.signal("TERM");
    let (_, log) = server.ended();
    for (said, times) in
        [("the store fails", 1), ("further ones are lost", 1), ("before these notes could be written", 1)]
    {
        assert_eq!(log.matches(said).count(), times, "`{said}` in {log}");
    }
    assert!(log.contains("cds:***@127.0.0.1:1") && !log.contains("hunter2"), "{log}");
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_for_its_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let database = Database::sqlite();
    let server = Server::with_settings(&database.settings(""));
    called(&server, "call");
    drained(&server);
    let folder = database.folder.as_ref().expect("a folder").path().join("state");
    for (path, mode) in
        [(folder.clone(), 0o700), (folder.join("store.sqlite"), 0o600), (folder.join("store.sqlite-wal"), 0o600)]
    {
        let found = std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}: {found:o}", path.display());
    }
}
