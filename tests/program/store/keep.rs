//! What is old is deleted, a copy of a store is a whole store, and tables go to a newer version and back.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};
use sqlx::any::{AnyConnectOptions, install_default_drivers};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{ConnectOptions, SqlSafeStr};

use super::export::exported;
use super::{Database, called, drained, feedback, items, query};
use crate::server::Server;
use crate::support::{Folder, eventually, program};

on_both!(
    only_what_is_old_is_deleted,
    a_service_deletes_what_is_old_by_itself,
    a_store_of_the_version_before_opens_and_goes_back,
);

/// Runs `store …` on a store; its exit status, what it printed and what it wrote to standard error.
fn store(url: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = program();
    let output = command.arg("store").args(arguments).env("TOCILIZUMAB_CDS_STORE_URL", url).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// How many rows each table has: cards, suggestions, feedback, records.
fn counts(database: &Database) -> [usize; 4] {
    ["issued", "suggested", "feedback", "decision_records"]
        .map(|table| database.one(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}")).parse().expect("a number"))
}

/// Three calls with a record each, the first of them of 400 days ago, as is its feedback and that on a card of elsewhere;
/// what each table holds of the other two.
fn aged(database: &Database) -> [usize; 4] {
    let server = Server::with_settings(&database.settings("record.share = 1.0"));
    let first = called(&server, "old");
    drained(&server);
    let overridden = |card: &str| json!({"card": card, "outcome": "overridden"});
    assert_eq!(feedback(&server, &items(&[overridden("elsewhere")])).status, 200);
    for (table, column) in [("issued", "at_ms"), ("decision_records", "at_ms"), ("feedback", "received_ms")] {
        database.rows(&format!("UPDATE {table} SET {column} = {column} - 34560000000"));
    }
    // Late feedback on an old card goes with the card.
    let late: Vec<Value> = first.iter().map(|(card, _)| overridden(card)).collect();
    assert_eq!(feedback(&server, &items(&late)).status, 200);
    let old = counts(database);
    let newer: Vec<_> = ["one", "two"].into_iter().flat_map(|instance| called(&server, instance)).collect();
    let told: Vec<Value> = newer.iter().map(|(card, _)| overridden(card)).collect();
    assert_eq!(feedback(&server, &items(&told)).status, 200);
    drained(&server);
    let all = counts(database);
    std::array::from_fn(|at| all[at] - old[at])
}

fn only_what_is_old_is_deleted(database: &Database) {
    let left = aged(database);
    assert!(left.iter().all(|count| *count > 0), "{left:?}");
    let before = counts(database);
    let (status, out, err) = store(&database.url, &["prune"]);
    assert!(
        (status, out.as_str()) == (Some(2), "")
            && err.contains("--before (such as 2026-11-01), or set store.keep-days"),
        "{err}"
    );
    let (status, _, err) = store(&database.url, &["prune", "--before", "soon"]);
    assert!(status == Some(2) && err.contains("--before: must be a day such as 2026-11-01"), "{err}");
    assert_eq!(store(&database.url, &["prune", "--before", "2020-01-01"]).0, Some(0));
    assert_eq!(counts(database), before, "nothing is so old");
    let mut command = program();
    command.args(["store", "prune"]).env("TOCILIZUMAB_CDS_STORE_URL", &database.url);
    let output = command.env("TOCILIZUMAB_CDS_STORE_KEEP_DAYS", "365").output().expect("it runs");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(counts(database), left, "{out}");
    let gone: Vec<usize> = [0, 2, 3].iter().map(|at| before[*at] - left[*at]).collect();
    assert_eq!(
        out.trim(),
        format!("deleted: {} cards, {} items of feedback, {} decision records", gone[0], gone[1], gone[2])
    );
    let (_, rows, _) = exported(database, "", &["--format", "ndjson"]);
    assert_eq!(rows.lines().count(), left[0], "no feedback is left without its card");
}

fn a_service_deletes_what_is_old_by_itself(database: &Database) {
    let left = aged(database);
    let server = Server::with_settings(&format!("{}keep-days = 365\n", database.settings("")));
    eventually("the service has deleted what is old", || (counts(database) == left).then_some(()));
    drop(server);
    let log = Server::with_settings(&database.settings("")).into_log();
    assert!(!log.contains("was deleted"), "without the setting nothing is deleted: {log}");
    assert_eq!(counts(database), left);
}

#[test]
fn a_copy_made_while_the_service_writes_is_a_whole_store() {
    let (database, folder) = (Database::sqlite(), Folder::new());
    let server = Server::with_settings(&database.settings(""));
    called(&server, "before");
    drained(&server);
    let (stop, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let copies: Vec<(std::path::PathBuf, usize)> = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let card = format!("card {}", written.load(Ordering::Relaxed));
                let body = items(&[json!({"card": card, "outcome": "overridden"})]);
                assert_eq!(feedback(&server, &body).status, 200, "the service does not wait for the copy");
                written.fetch_add(1, Ordering::Relaxed);
            }
        });
        let copy = |number: usize| {
            let to = folder.path().join(format!("copy {number}.sqlite"));
            let before = eventually("something is written", || {
                Some(written.load(Ordering::Relaxed)).filter(|count| *count > 10 * number)
            });
            let (status, out, err) = store(&database.url, &["backup", to.to_str().expect("UTF-8")]);
            assert_eq!(status, Some(0), "{out}{err}");
            (to, before)
        };
        let copies = (0..3).map(copy).collect();
        stop.store(true, Ordering::Relaxed);
        copies
    });
    for (file, at_least) in &copies {
        let copied = Database { url: format!("sqlite:{}", file.display()), folder: None };
        assert_eq!(copied.one("PRAGMA integrity_check"), "ok");
        assert!(counts(&copied)[2] >= *at_least && counts(&copied)[0] > 0, "{:?}", counts(&copied));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(file).expect("the copy").permissions().mode() & 0o077, 0);
        }
    }
    // One that is put back goes on.
    let (file, _) = &copies[0];
    let back = Database { url: format!("sqlite:{}", file.display()), folder: None };
    let before = counts(&back);
    let again = Server::with_settings(&back.settings(""));
    called(&again, "after");
    drained(&again);
    assert!(counts(&back)[0] > before[0]);
    let (status, _, err) = store(&database.url, &["backup", file.to_str().expect("UTF-8")]);
    assert!(status == Some(2) && err.contains("File exists"), "nothing is written over: {err}");
    assert!(counts(&back)[0] > before[0]);
}

#[test]
fn who_copies_a_postgresql_is_told_how() {
    let (status, out, err) = store("postgres://cds:hunter2@127.0.0.1:1/cds", &["backup", "/nowhere/copy"]);
    assert!((status, out.as_str()) == (Some(2), "") && err.contains("pg_dump") && !err.contains("hunter2"), "{err}");
}

#[test]
#[ignore = "needs TEST_POSTGRES_URL; tests/run starts a PostgreSQL and runs it"]
fn a_dump_on_postgres_is_a_whole_store() {
    let (database, other, folder) = (Database::postgres(), Database::postgres(), Folder::new());
    let server = Server::with_settings(&database.settings(""));
    called(&server, "before");
    drained(&server);
    let before = counts(&database);
    let file = folder.path().join("store.sql");
    let file = file.to_str().expect("UTF-8");
    let run = |program: &str, arguments: &[&str]| {
        let output = std::process::Command::new(program).args(arguments).output().expect(program);
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run("pg_dump", &["--file", file, &database.url]);
    run("psql", &["--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--file", file, &other.url]);
    assert_eq!(counts(&other), before);
    let again = Server::with_settings(&other.settings(""));
    called(&again, "after");
    drained(&again);
    assert!(counts(&other)[0] > before[0], "it goes on");
}

/// Makes the tables as the version before made them.
fn make_version_2(url: &str) {
    const UP: [(i64, &str, &str); 2] = [
        (1, "start", include_str!("../../../crates/store/src/sql/migrations/0001_start.sql")),
        (2, "mode", include_str!("../../../crates/store/src/sql/migrations/0002_mode.sql")),
    ];
    install_default_drivers();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = url.parse::<AnyConnectOptions>().expect("a URL").connect().await.expect("a connection");
        let steps = UP.iter().map(|(version, name, sql)| {
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
        });
        Migrator::with_migrations(steps.collect()).run_direct(None, &mut connection, false).await.expect("tables");
    });
}

fn a_store_of_the_version_before_opens_and_goes_back(database: &Database) {
    if let Some(folder) = &database.folder {
        std::fs::create_dir_all(folder.path().join("state")).expect("a folder");
        std::fs::write(folder.path().join("state/store.sqlite"), "").expect("a file");
    }
    make_version_2(&database.url);
    // As that version writes.
    let written = |card: &str| {
        let columns = "card, rule, indicator, service, hook, instance, client, library, at_ms, mode";
        let values = "'laboratory-limits', 'critical', 's', 'order-sign', 'i', NULL, 'l', 1795341600000, 'silent'";
        query(&database.url, &format!("INSERT INTO issued ({columns}) VALUES ('{card}', {values})")).expect("a row");
    };
    let rows = || {
        let (status, out, err) = exported(database, "", &["--format", "ndjson"]);
        assert_eq!(status, Some(0), "{err}");
        out.lines().count()
    };
    written("of version 2");
    assert_eq!(rows(), 1, "what the version before wrote is read");
    let server = Server::with_settings(&database.settings(""));
    let issued = called(&server, "of this version").len();
    drained(&server);
    written("of a replica that is not replaced yet");
    assert_eq!(rows(), issued + 2);
    drop(server);
    for (to, columns) in [("2", false), ("3", true), ("1", false)] {
        let (status, out, err) = store(&database.url, &["migrate", "--to", to]);
        assert!(status == Some(0) && out.contains(&format!("version {to}")), "{out}{err}");
        assert_eq!(query(&database.url, "SELECT user_id FROM issued").is_ok(), columns, "version {to}");
        let kept = if to == "1" { issued } else { issued + 2 };
        assert_eq!(counts(database)[0], kept, "version {to}: without a mode only those that were shown are kept");
    }
    let server = Server::with_settings(&database.settings(""));
    called(&server, "after all");
    drained(&server);
    assert!(rows() > issued, "and up again");
    for to in ["0", "99"] {
        let (status, _, err) = store(&database.url, &["migrate", "--to", to]);
        assert!(status == Some(2) && err.contains(&format!("no version {to}")), "{err}");
    }
}
