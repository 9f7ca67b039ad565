//! The only file that speaks SQL: connections, migrations, rows in. One set of statements for both databases.

use std::time::Duration;

use sqlx::any::{AnyArguments, AnyConnectOptions, install_default_drivers};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, ConnectOptions, Connection, SqlSafeStr};

use super::note::{Table, Value};
use super::place::{Place, without_password};

/// The migrations in their order; one that was ever shipped is never changed, a further one is added.
const MIGRATIONS: [(i64, &str, &str); 1] = [(1, "start", include_str!("migrations/0001_start.sql"))];

/// How long a statement may wait, for a lock or for the database.
const STATEMENT: Duration = Duration::from_secs(3);

/// Rows in one statement: far below the number of parameters that either database takes.
const ROWS: usize = 100;

/// Why the store could not do something.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// What the database says, without secrets.
    pub(super) text: String,
    /// Whether the rows are to blame, so that trying again is in vain.
    pub(super) of_the_rows: bool,
}

impl Failure {
    pub(super) fn plain(text: impl Into<String>) -> Failure {
        Failure { text: text.into(), of_the_rows: false }
    }

    pub(super) fn of(place: &Place, error: &sqlx::Error) -> Failure {
        let code = match error {
            sqlx::Error::Database(error) => error.code().map(|code| code.into_owned()).unwrap_or_default(),
            _ => String::new(),
        };
        let of_the_rows = match place {
            // Classes "data exception" and "integrity constraint violation".
            Place::Postgres(_) => code.starts_with("22") || code.starts_with("23"),
            // TOOBIG, CONSTRAINT, MISMATCH; the lower byte is the primary code.
            _ => code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 18..=20)),
        };
        let text = match place {
            // A driver may repeat what it was given.
            Place::Postgres(url) => error.to_string().replace(url.as_str(), &without_password(url)),
            _ => error.to_string(),
        };
        Failure { text, of_the_rows }
    }
}

/// A connection with the tables in it.
pub(super) async fn open(place: &Place) -> Result<AnyConnection, Failure> {
    if let Place::Sqlite(file) = place {
        prepare(file).map_err(|error| Failure::plain(format!("{}: {error}", file.display())))?;
    }
    let failed = |error: sqlx::Error| Failure::of(place, &error);
    let mut connection = connect(place, STATEMENT).await?;
    let migrations = MIGRATIONS.iter().map(|(version, name, sql)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // While replicas are replaced one by one, a newer one may have been here; what it adds does not concern us.
    migrator.set_ignore_missing(true);
    migrator.run_direct(None, &mut connection, false).await.map_err(|error| failed(error.into()))?;
    Ok(connection)
}

/// A connection to tables that are there already, whose statements may take so long.
pub(super) async fn connect(place: &Place, wait: Duration) -> Result<AnyConnection, Failure> {
    install_default_drivers();
    let failed = |error: sqlx::Error| Failure::of(place, &error);
    let options: AnyConnectOptions = place.url().parse().map_err(failed)?;
    let mut connection = options.connect().await.map_err(failed)?;
    let wait = wait.as_millis();
    let settings = match place {
        Place::Postgres(_) => format!("SET statement_timeout = {wait}; SET lock_timeout = {wait}"),
        // Readers and the writer do not wait for each other; what was written outlives even a power cut.
        _ => format!("PRAGMA busy_timeout = {wait}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"),
    };
    sqlx::raw_sql(AssertSqlSafe(settings)).execute(&mut connection).await.map_err(failed)?;
    Ok(connection)
}

/// Makes the folder and the file, for the user of the service only.
fn prepare(file: &std::path::Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

/// Writes all of the rows or none; those that are there already stay as they are.
pub(super) async fn write(
    connection: &mut AnyConnection,
    place: &Place,
    rows: Vec<(Table, Vec<Value>)>,
) -> Result<(), Failure> {
    let failed = |error: sqlx::Error| Failure::of(place, &error);
    let mut tables: Vec<(Table, Vec<Vec<Value>>)> = Vec::new();
    for (table, row) in rows {
        match tables.iter_mut().find(|(name, _)| *name == table) {
            Some((_, rows)) => rows.push(row),
            None => tables.push((table, vec![row])),
        }
    }
    let mut transaction = connection.begin().await.map_err(failed)?;
    for (table, rows) in tables {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            insert(&mut transaction, table, rows.by_ref().take(ROWS).collect()).await.map_err(failed)?;
        }
    }
    transaction.commit().await.map_err(failed)
}

/// Adds rows; how many were not there yet.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    table: Table,
    rows: Vec<Vec<Value>>,
) -> Result<u64, sqlx::Error> {
    let mut parameter = 0;
    let mut tuples = Vec::new();
    for row in &rows {
        let places = row.iter().map(|_| {
            parameter += 1;
            format!("${parameter}")
        });
        tuples.push(format!("({})", places.collect::<Vec<_>>().join(", ")));
    }
    // Only names of our own and numbers of parameters stand in the statement.
    let sql = AssertSqlSafe(format!("INSERT INTO {table} VALUES {} ON CONFLICT DO NOTHING", tuples.join(", ")));
    let query = rows.into_iter().flatten().fold(sqlx::query(sql), bind);
    // One statement for each number of rows is too many to keep prepared.
    query.persistent(false).execute(connection).await.map(|done| done.rows_affected())
}

fn bind(query: Query<'_, Any, AnyArguments>, value: Value) -> Query<'_, Any, AnyArguments> {
    // PostgreSQL takes no text with a zero in it, and a client may send one.
    let clean = |text: String| if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    match value {
        Value::Text(text) => query.bind(clean(text)),
        Value::Maybe(text) => query.bind(text.map(clean)),
        Value::Number(number) => query.bind(number),
    }
}
